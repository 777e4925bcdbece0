package syncproto

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Limits of a snapshot.
const (
	SnapshotPiece     = 1 << 20 // bytes of rows in a piece before packing; one row alone may be longer
	MaxSnapshotPieces = 16_384
	MaxSnapshotRange  = 1 << 20 // bytes in one reply to GET /v1/snapshot/{id}
)

// SnapshotAsk is the body of POST /v1/snapshot: where the counter is in a bucket
// that it lacks much of.
type SnapshotAsk struct {
	V      int            `json:"v"`
	Epoch  string         `json:"epoch"`
	Schema int            `json:"schema"`
	Bucket payback.Bucket `json:"bucket"`
	Cursor uint64         `json:"cursor"`
	Chain  Hash           `json:"chain,omitzero"`
}

// Snapshot is the manifest of a snapshot, the signed reply to POST /v1/snapshot:
// what a bucket was at a position, and the pieces that its rows come in. What it
// says of its bytes proves them, whoever brought them.
type Snapshot struct {
	V        int             `json:"v"`
	ID       string          `json:"id"` // names the bytes: the same id, the same bytes
	Epoch    string          `json:"epoch"`
	Bucket   payback.Bucket  `json:"bucket"`
	Position uint64          `json:"position"` // the tail begins after it
	Chain    Hash            `json:"chain"`    // at Position
	Digest   Digest          `json:"digest"`   // of all rows: computed and compared, never adopted
	Rows     int             `json:"rows"`
	Size     int64           `json:"size"`   // bytes of all pieces
	SHA256   Hash            `json:"sha256"` // of all bytes
	Pieces   []SnapshotChunk `json:"pieces"`
}

// SnapshotChunk is one piece of a snapshot: a packet by itself, with the header
// PieceHead and rows of bucket 0.
type SnapshotChunk struct {
	Size   int64 `json:"size"` // bytes, packed
	Rows   int   `json:"rows"`
	SHA256 Hash  `json:"sha256"`
}

// PieceHead is the header of a piece.
type PieceHead struct {
	V     int `json:"v"`
	Piece int `json:"piece"` // from 0
}

// Check says whether a manifest agrees with itself; fault code invalid.
func (s Snapshot) Check() error {
	var size int64
	rows := 0
	for _, p := range s.Pieces {
		if p.Size <= 0 || p.Size > MaxPacket+1<<16 || p.Rows <= 0 || p.Rows >= MaxFrames {
			return fault.New(fault.Invalid, "sync.bad_snapshot")
		}
		size += p.Size
		rows += p.Rows
	}
	if s.ID == "" || len(s.ID) > payback.MaxID || len(s.Pieces) == 0 || len(s.Pieces) > MaxSnapshotPieces ||
		size != s.Size || rows != s.Rows || s.Position == 0 {
		return fault.New(fault.Invalid, "sync.bad_snapshot")
	}
	return nil
}

// Span returns where piece n begins and ends, in bytes. The piece after the last
// begins at the end.
func (s Snapshot) Span(n int) (from, to int64) {
	for i, p := range s.Pieces {
		if i == n {
			return from, from + p.Size
		}
		from += p.Size
	}
	return from, from
}

// ReadPiece unpacks piece n, whose bytes must be those of the manifest, and
// returns its rows' frames. Fault code invalid.
func (s Snapshot) ReadPiece(p *Packer, n int, packed []byte) ([][]byte, error) {
	bad := fault.New(fault.Invalid, "sync.bad_snapshot")
	if n < 0 || n >= len(s.Pieces) || HashOf(packed) != s.Pieces[n].SHA256 {
		return nil, bad
	}
	var raw json.RawMessage
	frames, err := p.Unpack(packed, &raw)
	if err != nil {
		return nil, err
	}
	var head PieceHead
	if json.Unmarshal(raw, &head) != nil || head.V < 1 || head.Piece != n || len(frames) != s.Pieces[n].Rows {
		return nil, bad
	}
	return frames, nil
}

// ByteRange returns the value of the header Range for the bytes [from, to).
func ByteRange(from, to int64) string { return fmt.Sprintf("bytes=%d-%d", from, to-1) }

// ParseByteRange reads the header Range of a request for a snapshot of size bytes
// and returns the stretch that is answered: at most MaxSnapshotRange bytes. No
// header means the beginning. Only one range with a beginning is known; fault
// code invalid for another and for one that begins at or after the end.
func ParseByteRange(header string, size int64) (from, to int64, err error) {
	last := ""
	if header != "" {
		rest, ok := strings.CutPrefix(header, "bytes=")
		first, end, dash := strings.Cut(rest, "-")
		if from, err = strconv.ParseInt(first, 10, 64); !ok || !dash || err != nil {
			return 0, 0, fault.New(fault.Invalid, "sync.bad_range")
		}
		last = end
	}
	to = size
	if last != "" {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n < from {
			return 0, 0, fault.New(fault.Invalid, "sync.bad_range")
		}
		to = min(to, n+1)
	}
	if from < 0 || from >= size {
		return 0, 0, fault.New(fault.Invalid, "sync.bad_range")
	}
	return from, min(to, from+MaxSnapshotRange), nil
}

// ContentRange returns the value of the header Content-Range.
func ContentRange(from, to, size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", from, to-1, size)
}
