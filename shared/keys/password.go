package keys

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// MaxPassword is how many bytes a password may have. Beyond it is no human's,
// and hashing it would be work for an attacker's benefit.
const MaxPassword = 1024

// cost is argon2id's parameters as they stand in a hash.
type cost struct {
	memory  uint32 // KiB
	time    uint32 // passes
	threads uint8
}

// present is what new hashes cost. Source: OWASP password storage cheat sheet,
// argon2id, 19 MiB, 2 passes, 1 thread.
var present = cost{memory: 19 * 1024, time: 2, threads: 1}

// most is what checking a stored hash may cost, so that a tampered row can't
// take the server's memory.
var most = cost{memory: 256 * 1024, time: 16, threads: 16}

const (
	saltSize = 16 // bytes
	hashSize = 32 // bytes
)

// HashPassword returns the argon2id hash of password in PHC string form, salt
// and parameters inside. It takes about 19 MiB and some 20 ms of one core;
// who serves many callers limits how many run at once. Invalid for an empty
// password and for more than [MaxPassword] bytes.
func HashPassword(password string, chance io.Reader) (string, error) {
	if password == "" {
		return "", fault.Wrap("keys.HashPassword", fault.New(fault.Invalid, keyPasswordEmpty))
	}
	if len(password) > MaxPassword {
		return "", fault.Wrap("keys.HashPassword", fault.New(fault.Invalid, keyPasswordLong, "Max", strconv.Itoa(MaxPassword)))
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(chance, salt); err != nil {
		return "", fault.Wrap("keys.HashPassword", err)
	}
	sum := present.hash(password, salt, hashSize)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		present.memory, present.time, present.threads, b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

// CheckPassword reports whether password is the one that hash was made from.
// It compares in constant time and is false for a malformed hash. To spend the
// same time on unknown names, check against the hash of something else.
func CheckPassword(hash, password string) bool {
	if len(password) > MaxPassword {
		return false
	}
	c, salt, want, ok := parseHash(hash)
	if !ok {
		return false
	}
	return subtle.ConstantTimeCompare(c.hash(password, salt, len(want)), want) == 1
}

// StaleHash reports whether hash was made with other parameters than new ones
// are, so that it should be renewed at the next sign-in. A malformed hash is
// stale.
func StaleHash(hash string) bool {
	c, salt, sum, ok := parseHash(hash)
	return !ok || c != present || len(salt) != saltSize || len(sum) != hashSize
}

// hash computes argon2id. Passwords are normalised first, since the same
// Hangul is sent composed by one system and decomposed by another.
func (c cost) hash(password string, salt []byte, size int) []byte {
	return argon2.IDKey(norm.NFC.Bytes([]byte(password)), salt, c.time, c.memory, c.threads, uint32(size))
}

// parseHash reads a PHC string within the limits.
func parseHash(hash string) (c cost, salt, sum []byte, ok bool) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost{}, nil, nil, false
	}
	c, ok = parseCost(parts[3])
	if !ok {
		return cost{}, nil, nil, false
	}
	salt, err := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	if err != nil || len(salt) < 8 || len(salt) > 64 {
		return cost{}, nil, nil, false
	}
	sum, err = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if err != nil || len(sum) < 16 || len(sum) > 64 {
		return cost{}, nil, nil, false
	}
	return c, salt, sum, true
}

// parseCost reads "m=19456,t=2,p=1".
func parseCost(text string) (cost, bool) {
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return cost{}, false
	}
	var n [3]uint32
	limits := [3]uint32{most.memory, most.time, uint32(most.threads)}
	for i, name := range []string{"m=", "t=", "p="} {
		digits, found := strings.CutPrefix(fields[i], name)
		value, err := strconv.ParseUint(digits, 10, 32)
		if !found || err != nil || value < 1 || value > uint64(limits[i]) {
			return cost{}, false
		}
		n[i] = uint32(value)
	}
	return cost{memory: n[0], time: n[1], threads: uint8(n[2])}, true
}
