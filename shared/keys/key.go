package keys

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

// SecretSize is the length of every secret kept by this package, in bytes.
const SecretSize = 32

// Message keys of this package's errors, beside the generic ones.
const (
	keyForm          = "fault.key_form"
	keyDamaged       = "fault.key_damaged"
	keyLost          = "fault.key_lost"
	keyringLocked    = "fault.keyring_locked"
	keyCannotDecrypt = "fault.cannot_decrypt"
	keyPasswordEmpty = "fault.password_empty"
	keyPasswordLong  = "fault.password_long"
)

// Public is the public half of a [Key]: 32 bytes as 43 characters of unpadded
// base64url. It may be stored and sent as it is.
type Public string

// Key is an Ed25519 key. The zero value signs nothing; get one from
// [Generate] or [Ring.Key]. It may be used by several goroutines at once.
type Key struct {
	private func() ed25519.PrivateKey // behind a function for the reason at hidden
}

// Generate returns a new key.
func Generate(chance io.Reader) (Key, error) {
	seed, err := newSecret(chance)
	if err != nil {
		return Key{}, fault.Wrap("keys.Generate", err)
	}
	return keyOf(seed), nil
}

func keyOf(seed *secret) Key {
	private := ed25519.NewKeyFromSeed(seed[:])
	return Key{private: func() ed25519.PrivateKey { return private }}
}

// Sign returns the 64-byte signature of msg.
func (k Key) Sign(msg []byte) []byte { return ed25519.Sign(k.private(), msg) }

// Public returns the public half.
func (k Key) Public() Public {
	return Public(encode(k.private().Public().(ed25519.PublicKey)))
}

// Fingerprint returns the fingerprint of the public half.
func (k Key) Fingerprint() string { return k.Public().Fingerprint() }

// Zero reports whether k holds no key.
func (k Key) Zero() bool { return k.private == nil }

// Format prints the fingerprint, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) {
	if k.Zero() {
		io.WriteString(f, "key(none)")
		return
	}
	io.WriteString(f, "key("+k.Fingerprint()+")")
}

// ParsePublic reads a public key as text; invalid if it is not one.
func ParsePublic(text string) (Public, error) {
	if _, ok := decode(text); !ok {
		return "", fault.Wrap("keys.ParsePublic", fault.New(fault.Invalid, keyForm))
	}
	return Public(text), nil
}

// Fingerprint returns 80 bits of the key's SHA-256 as four groups that two
// people can compare, for example 7K3M-Q2ZX-0F1A-9HNB; empty if p is no key.
func (p Public) Fingerprint() string {
	raw, ok := decode(string(p))
	if !ok {
		return ""
	}
	sum := sha256.Sum256(raw)
	return stamp.Grouped(sum[:10])
}

// Verify reports whether sig is the signature of msg by the owner of pub. It
// is false, never a panic, for anything malformed.
func Verify(pub Public, msg, sig []byte) bool {
	raw, ok := decode(string(pub))
	return ok && len(sig) == ed25519.SignatureSize && ed25519.Verify(raw, msg, sig)
}

// secret is the bytes that every key here grows from.
type secret [SecretSize]byte

// hidden is a secret behind a function. A key inside an unexported field of
// another value can't choose how it prints, and fmt then prints the bytes of
// arrays and even follows pointers to them, but never calls a function.
type hidden func() *secret

func hide(s *secret) hidden { return func() *secret { return s } }

// newSecret draws a secret.
func newSecret(chance io.Reader) (*secret, error) {
	var s secret
	if _, err := io.ReadFull(chance, s[:]); err != nil {
		return nil, fault.New(fault.Internal, "").Because(err)
	}
	return &s, nil
}

// encode returns unpadded base64url.
func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// decode reads the one text form that 32 bytes have: a second spelling of a
// key would be a second identity in tables keyed by it.
func decode(text string) ([]byte, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return raw, err == nil && len(raw) == SecretSize && encode(raw) == text
}
