package syncproto

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

// Version is the version of the protocol that this package writes.
const Version = 1

// Limits of an op, in bytes.
const (
	MaxOp       = 64 << 10 // of a device
	MaxServerOp = 1 << 20  // of the server: an import
)

// Hash is the SHA-256 of an op's bytes. Its zero value stands for no op.
type Hash [sha256.Size]byte

// HashOf returns the hash of an op's bytes.
func HashOf(raw []byte) Hash { return sha256.Sum256(raw) }

// String returns the hash as text, "" for none.
func (h Hash) String() string {
	if h == (Hash{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// MarshalText writes the hash as text.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads 43 characters of base64url, or none.
func (h *Hash) UnmarshalText(text []byte) error {
	*h = Hash{}
	if len(text) == 0 {
		return nil
	}
	b, err := decodeSum(text)
	copy(h[:], b)
	return err
}

// decodeSum reads the one spelling that a sum of 32 bytes has: the decoder by
// itself also takes line breaks.
func decodeSum(text []byte) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	if err != nil || len(b) != sha256.Size || len(text) != base64.RawURLEncoding.EncodedLen(sha256.Size) {
		return nil, fault.New(fault.Invalid, "sync.bad_hash")
	}
	return b, nil
}

// After names the last op of the device's previous run.
type After struct {
	Run  payback.RunID `json:"run"`
	Wseq uint64        `json:"wseq"`
	Hash Hash          `json:"hash"`
}

// Envelope is an op as it is written: who, when, where in its run, and the body.
type Envelope struct {
	V     int             `json:"v"`
	Kind  payback.Kind    `json:"kind"`
	Run   payback.RunID   `json:"run"`
	Wseq  uint64          `json:"wseq"`
	Prev  Hash            `json:"prev,omitzero"`
	After *After          `json:"after,omitempty"`
	At    stamp.Evidence  `json:"at"`
	Role  payback.Role    `json:"role"`
	By    string          `json:"by,omitempty"` // pseudonym
	Body  json.RawMessage `json:"body"`
}

// Encode returns the op's bytes, final from now on. The limit is MaxOp or
// MaxServerOp; fault code limited beyond it.
func (e Envelope) Encode(limit int) ([]byte, error) {
	e.V = Version
	raw, err := json.Marshal(e)
	if err != nil {
		return nil, fault.Wrap("syncproto.Encode", err)
	}
	if len(raw) > limit {
		return nil, fault.New(fault.Limited, "sync.op_too_large", "Limit", fmt.Sprint(limit))
	}
	return raw, nil
}

// Decode reads an op's bytes. An unknown kind or body is no error here: only what
// every op must have is checked (run, wseq, one of prev and after at most, and a
// predecessor for every op but the first). Fault code invalid.
func Decode(raw []byte) (Envelope, error) {
	var e Envelope
	if len(raw) > MaxServerOp {
		return e, fault.New(fault.Limited, "sync.op_too_large", "Limit", fmt.Sprint(MaxServerOp))
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return e, fault.New(fault.Invalid, "sync.bad_op")
	}
	switch {
	case e.V < 1, e.Kind == "", e.Run == "" || len(e.Run) > payback.MaxID, e.Wseq == 0,
		len(e.By) > payback.MaxID, len(e.Kind) > payback.MaxID,
		e.Wseq > 1 && e.Prev == Hash{}, e.Wseq == 1 && e.Prev != Hash{}, e.Wseq > 1 && e.After != nil:
		return e, fault.New(fault.Invalid, "sync.bad_op")
	}
	return e, nil
}
