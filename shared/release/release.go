// Package release is what a program of ours is offered as to the PCs that run an older
// one: a manifest that says which file it is, signed by the release key. That key is
// nobody's server: its public half is built into the programs, so that a server which
// was broken into can withhold an update and can't make one.
package release

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
)

// Limits.
const (
	MaxProgram  = 256 << 20 // bytes of a program
	MaxManifest = 4 << 10   // bytes of a signed manifest
)

// The faces that a counter is built for.
const (
	Desktop  = "desktop"  // with a window
	Terminal = "terminal" // static, without
)

// Manifest says which file a program is.
type Manifest struct {
	Version   string `json:"version"`    // as [Version] takes it
	OS        string `json:"os"`         // as Go names it
	Arch      string `json:"arch"`       // likewise
	Face      string `json:"face"`       // Desktop or Terminal
	Size      int64  `json:"size"`       // bytes, 1 to MaxProgram
	SHA256    string `json:"sha256"`     // of the file, 64 hexadecimal digits
	MinSchema int    `json:"min_schema"` // the oldest schema of a data folder that the program opens
}

// purpose is in front of what is signed, so that no other signature of the key fits.
const purpose = "bookpayback release 1\n"

// envelope is a manifest on its way: the bytes that were signed, unchanged.
type envelope struct {
	Manifest  string `json:"manifest"`
	Signature string `json:"signature"` // Ed25519, unpadded base64url
}

var hexSum = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Sign returns the signed manifest. Invalid for one that no counter would take.
func Sign(key keys.Key, m Manifest) ([]byte, error) {
	if !m.sound() {
		return nil, fault.New(fault.Invalid, "update.bad_manifest")
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fault.Wrap("release.Sign", err)
	}
	out, err := json.Marshal(envelope{Manifest: string(text),
		Signature: base64.RawURLEncoding.EncodeToString(key.Sign([]byte(purpose + string(text))))})
	return out, fault.Wrap("release.Sign", err)
}

// Open returns what is in a signed manifest; fault code invalid unless the owner of
// the public key signed it and it makes sense.
func Open(key keys.Public, signed []byte) (m Manifest, err error) {
	var e envelope
	if len(signed) > MaxManifest || json.Unmarshal(signed, &e) != nil {
		return m, fault.New(fault.Invalid, "update.bad_manifest")
	}
	sig, err := base64.RawURLEncoding.DecodeString(e.Signature)
	if err != nil || !keys.Verify(key, []byte(purpose+e.Manifest), sig) {
		return m, fault.New(fault.Invalid, "update.bad_signature")
	}
	if json.Unmarshal([]byte(e.Manifest), &m) != nil || !m.sound() {
		return Manifest{}, fault.New(fault.Invalid, "update.bad_manifest")
	}
	return m, nil
}

func (m Manifest) sound() bool {
	return Version(m.Version) && m.Size > 0 && m.Size <= MaxProgram && hexSum.MatchString(m.SHA256) && Name(m.OS, m.Arch, m.Face) != ""
}

var word = regexp.MustCompile(`^[a-z0-9]{1,16}$`)

// Name returns what a program is called in a folder of updates, its manifest with
// ".json" behind it; "" unless all three are words of lower-case letters and digits.
func Name(os, arch, face string) string {
	if !word.MatchString(os) || !word.MatchString(arch) || face != Desktop && face != Terminal {
		return ""
	}
	return os + "-" + arch + "-" + face
}

// versionForm is 1.2.3, or 1.2.3~git and the minute of a commit before it, and its hash.
var versionForm = regexp.MustCompile(`^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:~git(\d{12})(?:\.[0-9a-z]{1,16})?)?$`)

// Version says whether a text is a version that updates go by: 1.2.3, or
// 1.2.3~git202611232250.039e50b for a build on the way to it.
func Version(text string) bool { return versionForm.MatchString(text) }

// Newer says whether version a is newer than b; false unless both are versions.
func Newer(a, b string) bool {
	x, y := versionForm.FindStringSubmatch(a), versionForm.FindStringSubmatch(b)
	if x == nil || y == nil {
		return false
	}
	for i := 1; i <= 3; i++ {
		n, m := number(x[i]), number(y[i])
		if n != m {
			return len(n) > len(m) || len(n) == len(m) && n > m
		}
	}
	if x[4] == "" || y[4] == "" {
		return x[4] == "" && y[4] != ""
	}
	return x[4] > y[4]
}

// number drops leading zeros, so that longer is larger.
func number(digits string) string { return strings.TrimLeft(digits, "0") }
