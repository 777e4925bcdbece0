package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
)

func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

func newKey(t *testing.T, seed byte) Key {
	t.Helper()
	k, err := Generate(seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOnlyTheOwnersSignatureOfTheSameBytesVerifies(t *testing.T) {
	k, other := newKey(t, 1), newKey(t, 2)
	msg := []byte("push run 7 wseq 41")
	sig := k.Sign(msg)
	if !Verify(k.Public(), msg, sig) {
		t.Fatal("the owner's signature was refused")
	}
	bad := bytes.Clone(sig)
	bad[5] ^= 1
	for name, ok := range map[string]bool{
		"another key":     Verify(other.Public(), msg, sig),
		"another message": Verify(k.Public(), []byte("push run 7 wseq 42"), sig),
		"a changed bit":   Verify(k.Public(), msg, bad),
		"a short one":     Verify(k.Public(), msg, sig[:63]),
		"a long one":      Verify(k.Public(), msg, append(bytes.Clone(sig), 0)),
		"none":            Verify(k.Public(), msg, nil),
		"no key":          Verify("", msg, sig),
		"half a key":      Verify(k.Public()[:42], msg, sig),
		"a padded key":    Verify(k.Public()+"=", msg, sig),
	} {
		if ok {
			t.Errorf("%s verified", name)
		}
	}
}

func TestSameSeedGivesSameKey(t *testing.T) {
	if a, b := newKey(t, 1), newKey(t, 1); a.Public() != b.Public() {
		t.Error("two keys from one seed")
	}
	if newKey(t, 1).Public() == newKey(t, 2).Public() {
		t.Error("one key from two seeds")
	}
	if _, err := Generate(broken{}); fault.CodeOf(err) != fault.Internal {
		t.Errorf("without chance: got %v", err)
	}
}

func TestAPublicKeyHasOneSpelling(t *testing.T) {
	p := newKey(t, 1).Public()
	if got, err := ParsePublic(string(p)); err != nil || got != p || len(p) != 43 {
		t.Errorf("got %q, %v", got, err)
	}
	// The last character carries two unused bits; a second spelling sets them.
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := alphabet[strings.IndexByte(alphabet, p[42])|1]
	for _, bad := range []string{"", string(p[:42]) + string(last), string(p) + "A", string(p) + "\n", "가" + string(p[3:])} {
		if _, err := ParsePublic(bad); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: got %v, want invalid", bad, err)
		}
		if _, err := ParseBoxPublic(bad); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("box %q: got %v, want invalid", bad, err)
		}
	}
}

func TestFingerprintsAreFourGroups(t *testing.T) {
	k := newKey(t, 1)
	if f := k.Fingerprint(); len(f) != 19 || strings.Count(f, "-") != 3 || f != k.Public().Fingerprint() {
		t.Errorf("got %q", f)
	}
	if f := Public("x").Fingerprint(); f != "" {
		t.Errorf("of no key: got %q", f)
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	k := newKey(t, 1)
	box, err := GenerateBox(seeded(2))
	if err != nil {
		t.Fatal(err)
	}
	person, _ := NewPersonKey(seeded(3))
	master, _ := NewMasterKey(seeded(4))
	type inside struct {
		k Key
		b BoxKey
		p PersonKey
		m MasterKey
	}
	h := inside{k, box, person, master}
	secrets := [][]byte{k.private().Seed(), box.private()[:], person.key()[:], master.key()[:]}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		out := fmt.Sprintf(verb, h) + fmt.Sprintf(verb, []any{k, box, person, master}) + fmt.Sprintf(verb, &h)
		for i, s := range secrets {
			for _, form := range []string{string(s), fmt.Sprintf("%x", s[:8]), strings.Trim(fmt.Sprint(s[:8]), "[]"), encode(s)} {
				if strings.Contains(out, form) {
					t.Errorf("%s prints secret %d: %.200s", verb, i, out)
				}
			}
		}
	}
	if got := fmt.Sprint(Key{}, BoxKey{}, MasterKey{}); got != "key(none) box(none) masterkey(none)" {
		t.Errorf("zero values: %s", got)
	}
}

func TestASealedBoxOpensForItsOwnerOnly(t *testing.T) {
	mine, err := GenerateBox(seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	other, _ := GenerateBox(seeded(2))
	plain := []byte("card 2900 1234 5678")
	sealed, err := Seal(mine.Public(), plain, seeded(3))
	if err != nil || len(sealed) != len(plain)+BoxOverhead {
		t.Fatalf("sealed %d bytes, %v", len(sealed), err)
	}
	if got, err := mine.Open(sealed); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := other.Open(sealed); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("another key: got %v", err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := mine.Open(bad); err == nil {
			t.Fatalf("opened with byte %d changed", i)
		}
	}
	for n := range BoxOverhead {
		if _, err := mine.Open(sealed[:n]); err == nil {
			t.Fatalf("opened %d bytes", n)
		}
	}
	if _, err := Seal("nobody", plain, seeded(3)); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("to no key: got %v", err)
	}
	if _, err := Seal(mine.Public(), plain, broken{}); fault.CodeOf(err) != fault.Internal {
		t.Errorf("without chance: got %v", err)
	}
}
