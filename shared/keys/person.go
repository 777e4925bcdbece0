package keys

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// sealVersion is the first byte of everything sealed under a symmetric key:
// version 1 is XChaCha20-Poly1305 with the nonce after this byte.
const sealVersion = 1

// SealOverhead is how much longer a text sealed by [PersonKey.Seal] is, in bytes.
const SealOverhead = 1 + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// PersonKey encrypts what is known of one person. Without it their rows can't
// be read again, so deleting it erases the person.
type PersonKey struct{ key hidden }

// NewPersonKey draws a person's key.
func NewPersonKey(chance io.Reader) (PersonKey, error) {
	key, err := newSecret(chance)
	if err != nil {
		return PersonKey{}, fault.Wrap("keys.NewPersonKey", err)
	}
	return PersonKey{key: hide(key)}, nil
}

// Seal encrypts plaintext. About (which row and column it is) is not stored
// with it, but must be the same when opening, so that sealed values can't be
// moved to another row.
func (k PersonKey) Seal(plaintext, about []byte, chance io.Reader) ([]byte, error) {
	sealed, err := seal(k.key, plaintext, about, chance)
	return sealed, fault.Wrap("keys.PersonKey.Seal", err)
}

// Open returns what Seal was given; invalid if key or about differ or a byte
// was changed.
func (k PersonKey) Open(sealed, about []byte) ([]byte, error) {
	plain, err := open(k.key, sealed, about)
	return plain, fault.Wrap("keys.PersonKey.Open", err)
}

// Format prints a dot, whatever the verb.
func (k PersonKey) Format(f fmt.State, _ rune) { io.WriteString(f, "personkey(·)") }

// MasterKey wraps the persons' keys of a server and is what other secrets of
// the server derive from. It is kept apart from the database.
type MasterKey struct{ key hidden }

// NewMasterKey draws a master key.
func NewMasterKey(chance io.Reader) (MasterKey, error) {
	key, err := newSecret(chance)
	if err != nil {
		return MasterKey{}, fault.Wrap("keys.NewMasterKey", err)
	}
	return MasterKey{key: hide(key)}, nil
}

// Wrap encrypts a person's key for storing. About is the person's pseudonym,
// which binds the key to them.
func (m MasterKey) Wrap(k PersonKey, about []byte, chance io.Reader) ([]byte, error) {
	if k.key == nil {
		return nil, fault.Wrap("keys.Wrap", fault.New(fault.Internal, keyLost))
	}
	plain := k.key()
	sealed, err := seal(m.wrapping(), plain[:], about, chance)
	return sealed, fault.Wrap("keys.Wrap", err)
}

// Unwrap returns the key that Wrap was given; invalid if master key or about
// differ or a byte was changed.
func (m MasterKey) Unwrap(wrapped, about []byte) (PersonKey, error) {
	raw, err := open(m.wrapping(), wrapped, about)
	if err != nil {
		return PersonKey{}, fault.Wrap("keys.Unwrap", err)
	}
	if len(raw) != SecretSize {
		return PersonKey{}, fault.Wrap("keys.Unwrap", fault.New(fault.Invalid, keyForm))
	}
	key := secret(raw)
	return PersonKey{key: hide(&key)}, nil
}

// wrapping is the key that wraps, apart from all other uses of m.
func (m MasterKey) wrapping() hidden {
	key := secret(m.Derive("wrap person keys"))
	return hide(&key)
}

// Derive returns 32 bytes that are the same for the same purpose and tell
// nothing about m or other purposes: a key for [Tag], cookies and the like.
func (m MasterKey) Derive(purpose string) []byte {
	// HKDF fails only for more than 255 blocks; this is one.
	key, err := hkdf.Key(sha256.New, m.key()[:], nil, "bookpayback: "+purpose, SecretSize)
	if err != nil {
		panic(err)
	}
	return key
}

// ID returns eight characters that tell master keys apart, for the column that
// says under which one a key is wrapped.
func (m MasterKey) ID() string { return encode(m.Derive("id")[:6]) }

// Zero reports whether m holds no key.
func (m MasterKey) Zero() bool { return m.key == nil }

// Format prints the id, whatever the verb.
func (m MasterKey) Format(f fmt.State, _ rune) {
	if m.Zero() {
		io.WriteString(f, "masterkey(none)")
		return
	}
	io.WriteString(f, "masterkey("+m.ID()+")")
}

// TagSize is the length of a tag in characters (128 bits).
const TagSize = 22

// Tag returns HMAC-SHA256 of value under key, cut to 128 bits, in base64url: a
// stand-in for a card number or phone that finds equal ones and tells nothing
// to who lacks the key. Tags of different purposes never meet. Normalise value
// first.
func Tag(key []byte, purpose, value string) string {
	mac := hmac.New(sha256.New, key)
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(purpose)))
	mac.Write(n[:]) // the length keeps purpose and value apart
	io.WriteString(mac, purpose)
	io.WriteString(mac, value)
	return encode(mac.Sum(nil)[:16])
}

// seal returns version, nonce and cipher text.
func seal(key hidden, plaintext, about []byte, chance io.Reader) ([]byte, error) {
	aead, err := cipherOf(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 1+aead.NonceSize(), SealOverhead+len(plaintext))
	out[0] = sealVersion
	if _, err := io.ReadFull(chance, out[1:]); err != nil {
		return nil, fault.New(fault.Internal, "").Because(err)
	}
	return aead.Seal(out, out[1:], plaintext, about), nil
}

// open reads what seal returned.
func open(key hidden, sealed, about []byte) ([]byte, error) {
	aead, err := cipherOf(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) < SealOverhead || sealed[0] != sealVersion {
		return nil, fault.New(fault.Invalid, keyCannotDecrypt)
	}
	nonce, text := sealed[1:1+aead.NonceSize()], sealed[1+aead.NonceSize():]
	plain, err := aead.Open(nil, nonce, text, about)
	if err != nil {
		return nil, fault.New(fault.Invalid, keyCannotDecrypt).Because(err)
	}
	return plain, nil
}

func cipherOf(key hidden) (cipher.AEAD, error) {
	if key == nil {
		return nil, fault.New(fault.Internal, keyLost)
	}
	return chacha20poly1305.NewX(key()[:])
}
