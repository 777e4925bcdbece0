package syncproto

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/bits"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// Digest is the sum, modulo 2^256, of the hashes of a bucket's rows as sent. It
// does not depend on their order, and one row's change is one subtraction and one
// addition. Its zero value is the digest of no rows.
type Digest [4]uint64 // least significant first

// rowHash is the hash of table, id and bytes of one row.
func rowHash(t payback.Table, id string, raw []byte) (d Digest) {
	h := sha256.New()
	h.Write([]byte(t))
	h.Write([]byte{0})
	h.Write([]byte(id))
	h.Write([]byte{0})
	h.Write(raw)
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	for i := range d {
		d[i] = binary.LittleEndian.Uint64(sum[8*i:])
	}
	return d
}

// Add adds a row.
func (d *Digest) Add(t payback.Table, id string, raw []byte) {
	r, carry := rowHash(t, id, raw), uint64(0)
	for i := range d {
		d[i], carry = bits.Add64(d[i], r[i], carry)
	}
}

// Sub takes a row away.
func (d *Digest) Sub(t payback.Table, id string, raw []byte) {
	r, borrow := rowHash(t, id, raw), uint64(0)
	for i := range d {
		d[i], borrow = bits.Sub64(d[i], r[i], borrow)
	}
}

// String returns the digest as 43 characters of base64url.
func (d Digest) String() string {
	var b [32]byte
	for i, w := range d {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// MarshalText writes the digest as text.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the digest; fault code invalid.
func (d *Digest) UnmarshalText(text []byte) error {
	b, err := decodeSum(text)
	if err != nil {
		return err
	}
	for i := range d {
		d[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return nil
}

// ChainNext returns the chain of a bucket after one more op changed it: the hash
// of the chain before, the position and the op's hash. The chain before the first
// is the zero hash.
func ChainNext(before Hash, position uint64, op Hash) Hash {
	b := make([]byte, 0, 2*sha256.Size+8)
	b = append(b, before[:]...)
	b = binary.BigEndian.AppendUint64(b, position)
	b = append(b, op[:]...)
	return sha256.Sum256(b)
}
