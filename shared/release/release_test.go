package release

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
)

func newKey(t *testing.T, seed byte) keys.Key {
	t.Helper()
	k, err := keys.Generate(rand.NewChaCha8([32]byte{seed}))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func good() Manifest {
	return Manifest{Version: "0.2.0", OS: "linux", Arch: "amd64", Face: Terminal, Size: 1, SHA256: strings.Repeat("a", 64), MinSchema: 1}
}

func TestAManifestIsReadOnlyAsItWasSigned(t *testing.T) {
	key, other := newKey(t, 1), newKey(t, 2)
	signed, err := Sign(key, good())
	if err != nil {
		t.Fatal(err)
	}
	if m, err := Open(key.Public(), signed); err != nil || m != good() {
		t.Errorf("got %+v, %v", m, err)
	}
	for name, bytes := range map[string][]byte{
		"changed": bytes.Replace(signed, []byte("0.2.0"), []byte("0.3.0"), 1), "cut": signed[:len(signed)-9], "none": nil,
		"long": append(signed, bytes.Repeat([]byte(" "), MaxManifest)...),
	} {
		if m, err := Open(key.Public(), bytes); fault.CodeOf(err) != fault.Invalid || m != (Manifest{}) {
			t.Errorf("%s: got %+v, %v", name, m, err)
		}
	}
	if _, err := Open(other.Public(), signed); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("another key: %v", err)
	}
	if _, err := Open("", signed); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no key: %v", err)
	}
}

func TestASizeIsFromOneToItsLimit(t *testing.T) {
	for size, want := range map[int64]bool{0: false, 1: true, MaxProgram: true, MaxProgram + 1: false} {
		m := good()
		m.Size = size
		if _, err := Sign(newKey(t, 1), m); (err == nil) != want {
			t.Errorf("size %d: %v", size, err)
		}
	}
}

func TestVersionsAreOrderedAndOthersAreNeverNewer(t *testing.T) {
	ascending := []string{"0.1.0~git202611230900.aaaaaaa", "0.1.0~git202611231000.0000000", "0.1.0", "0.1.1", "0.2.0~git202701010000", "0.2.0", "0.10.0", "1.0.0"}
	for i, a := range ascending {
		for j, b := range ascending {
			if Newer(a, b) != (i > j) {
				t.Errorf("Newer(%s, %s) = %t", a, b, i <= j)
			}
		}
		for _, odd := range []string{"", "039e50b", "v1.0.0", "unknown", "9.9", "1.0.0-dirty"} {
			if Newer(a, odd) || Newer(odd, a) {
				t.Errorf("%q beside %s", odd, a)
			}
		}
	}
}
