package stamp

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// crockford is base 32 without I, L, O and U, which are misread or misheard.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// CodeGroup is how many characters a group of a code has, 5 bits each.
const CodeGroup = 4

// IDs makes ids and codes from an injected clock and chance. It may be used by
// several goroutines at once.
type IDs struct {
	now func() time.Time

	mu     sync.Mutex // protects all below
	chance io.Reader
	ms     int64  // of the last id
	count  uint16 // of the last id, 12 bits
}

// NewIDs returns a source of ids. Chance is crypto/rand.Reader in the mains
// and a seeded reader in tests.
func NewIDs(now func() time.Time, chance io.Reader) *IDs {
	return &IDs{now: now, chance: chance}
}

// New returns a UUID version 7 (RFC 9562) in its usual text form, 36
// characters. Ids of one source are strictly increasing as text, also when the
// clock goes back. New panics when chance fails, since nothing can go on then.
func (s *IDs) New() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	// The library's own version 7 reads the real clock, so the time and the
	// counter (RFC 9562, method 1) are put over a version 4 here.
	id, err := uuid.NewRandomFromReader(s.chance)
	if err != nil {
		panic(fmt.Sprintf("stamp: no chance: %v", err))
	}
	const maxMs, maxCount = 1<<48 - 1, 1<<12 - 1
	now := clamp(s.now().UnixMilli(), 0, maxMs)
	switch {
	case now > s.ms:
		// A new millisecond starts at a random count with its top bit clear, which
		// leaves room for 2,048 more.
		s.ms, s.count = now, binary.BigEndian.Uint16(id[6:8])&(maxCount>>1)
	case s.count < maxCount:
		s.count++
	default:
		s.ms, s.count = min(s.ms+1, maxMs), 0
	}
	var head [8]byte
	binary.BigEndian.PutUint64(head[:], uint64(s.ms)<<16|7<<12|uint64(s.count))
	copy(id[:8], head[:])
	return id.String()
}

// Code returns a code for people to type: groups of four characters of
// Crockford's base 32 with hyphens between, 20 bits of chance a group. Groups
// are held to 1 to 16. Code panics when chance fails.
func (s *IDs) Code(groups int) string {
	groups = min(max(groups, 1), 16)
	raw := make([]byte, groups*CodeGroup) // 8 bits for each 5 needed
	s.mu.Lock()
	_, err := io.ReadFull(s.chance, raw)
	s.mu.Unlock()
	if err != nil {
		panic(fmt.Sprintf("stamp: no chance: %v", err))
	}
	for i, b := range raw {
		raw[i] = crockford[b&31]
	}
	return group(string(raw))
}

// ReadCode returns a code as a person typed it in its usual form: any case,
// with or without hyphens and spaces, O for 0, I and L for 1. It returns false
// for an empty text and for characters that no code has.
func ReadCode(typed string) (code string, ok bool) {
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case ' ', '-', '\t', '\u00a0', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(crockford, r) {
			return "", false
		}
		b.WriteRune(r)
	}
	if b.Len() == 0 {
		return "", false
	}
	return group(b.String()), true
}

// Grouped returns data in Crockford's base 32, grouped like a code: what
// people compare by eye.
func Grouped(data []byte) string {
	return group(base32.NewEncoding(crockford).WithPadding(base32.NoPadding).EncodeToString(data))
}

// group puts a hyphen after every four characters.
func group(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i += CodeGroup {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(s[i:min(i+CodeGroup, len(s))])
	}
	return b.String()
}
