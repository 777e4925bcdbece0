package syncproto

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/bookpayback/bookpayback/shared/stamp"
)

// CodeGroups is how many groups of an enrolment code are secret, 20 bits each.
// The groups after them, if any, are the fingerprint of the server's own CA.
const CodeGroups = 3

// CodeHash returns the hash under which an enrolment code is kept: SHA-256 of its
// first three groups in their usual form, 43 characters of base64url. False if
// the text is no code or has fewer groups.
func CodeHash(typed string) (string, bool) {
	code, ok := stamp.ReadCode(typed)
	groups := strings.Split(code, "-")
	if !ok || len(groups) < CodeGroups || len(groups[CodeGroups-1]) < stamp.CodeGroup {
		return "", false
	}
	sum := sha256.Sum256([]byte(strings.Join(groups[:CodeGroups], "-")))
	return base64.RawURLEncoding.EncodeToString(sum[:]), true
}
