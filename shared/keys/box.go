package keys

import (
	"crypto/ecdh"
	"fmt"
	"io"

	"golang.org/x/crypto/nacl/box"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// BoxOverhead is how much longer a sealed text is than its plain one, in bytes.
const BoxOverhead = box.AnonymousOverhead

// BoxPublic is the public half of a [BoxKey]: X25519, 32 bytes as 43
// characters of unpadded base64url.
type BoxPublic string

// BoxKey opens what anybody sealed to its public half.
type BoxKey struct {
	private hidden
	public  *secret
}

// GenerateBox returns a new box key.
func GenerateBox(chance io.Reader) (BoxKey, error) {
	seed, err := newSecret(chance)
	if err != nil {
		return BoxKey{}, fault.Wrap("keys.GenerateBox", err)
	}
	return boxOf(seed)
}

func boxOf(seed *secret) (BoxKey, error) {
	private, err := ecdh.X25519().NewPrivateKey(seed[:])
	if err != nil {
		return BoxKey{}, fault.New(fault.Internal, keyDamaged).Because(err)
	}
	public := secret(private.PublicKey().Bytes())
	return BoxKey{private: hide(seed), public: &public}, nil
}

// Public returns the public half.
func (k BoxKey) Public() BoxPublic { return BoxPublic(encode(k.public[:])) }

// Zero reports whether k holds no key.
func (k BoxKey) Zero() bool { return k.private == nil }

// Format prints the public half, whatever the verb.
func (k BoxKey) Format(f fmt.State, _ rune) {
	if k.Zero() {
		io.WriteString(f, "box(none)")
		return
	}
	io.WriteString(f, "box("+string(k.Public())+")")
}

// ParseBoxPublic reads a public box key as text; invalid if it is not one.
func ParseBoxPublic(text string) (BoxPublic, error) {
	if _, ok := decode(text); !ok {
		return "", fault.Wrap("keys.ParseBoxPublic", fault.New(fault.Invalid, keyForm))
	}
	return BoxPublic(text), nil
}

// Seal encrypts plaintext so that only the owner of to can read it, and so
// that nobody can tell who sealed it. Invalid if to is no key.
func Seal(to BoxPublic, plaintext []byte, chance io.Reader) ([]byte, error) {
	raw, ok := decode(string(to))
	if !ok {
		return nil, fault.Wrap("keys.Seal", fault.New(fault.Invalid, keyForm))
	}
	sealed, err := box.SealAnonymous(nil, plaintext, (*[SecretSize]byte)(raw), chance)
	if err != nil {
		return nil, fault.Wrap("keys.Seal", err)
	}
	return sealed, nil
}

// Open returns what was sealed to k; invalid if it was sealed to another key
// or changed since.
func (k BoxKey) Open(sealed []byte) ([]byte, error) {
	plain, ok := box.OpenAnonymous(nil, sealed, (*[SecretSize]byte)(k.public), (*[SecretSize]byte)(k.private()))
	if !ok {
		return nil, fault.Wrap("keys.Open", fault.New(fault.Invalid, keyCannotDecrypt))
	}
	return plain, nil
}
