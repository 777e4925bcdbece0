package syncproto

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// MaxPacket is the largest packet, unpacked, in bytes; MaxFrames the most frames.
const (
	MaxPacket = 8 << 20
	MaxFrames = 20_000
)

// Packer packs and unpacks packets. It may be used by several goroutines at once;
// make one a program.
type Packer struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

// NewPacker returns a packer.
func NewPacker() (*Packer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(2))
	if err != nil {
		return nil, fault.Wrap("syncproto.NewPacker", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxPacket), zstd.WithDecoderConcurrency(2))
	if err != nil {
		return nil, fault.Wrap("syncproto.NewPacker", err)
	}
	return &Packer{enc: enc, dec: dec}, nil
}

// Pack returns the packet of a header and frames. Fault code limited if it is
// larger than MaxPacket.
func (p *Packer) Pack(header any, frames [][]byte) ([]byte, error) {
	head, err := json.Marshal(header)
	if err != nil {
		return nil, fault.Wrap("syncproto.Pack", err)
	}
	size := 4 + len(head)
	for _, f := range frames {
		size += 4 + len(f)
	}
	if size > MaxPacket || len(frames) >= MaxFrames {
		return nil, fault.New(fault.Limited, "sync.packet_too_large", "Limit", fmt.Sprint(MaxPacket))
	}
	plain := make([]byte, 0, size)
	plain = appendFrame(plain, head)
	for _, f := range frames {
		plain = appendFrame(plain, f)
	}
	return p.enc.EncodeAll(plain, nil), nil
}

// Squeeze packs bytes by themselves; Expand gives them back. Fault code invalid.
func (p *Packer) Squeeze(plain []byte) []byte { return p.enc.EncodeAll(plain, nil) }

// Expand is the reverse of Squeeze.
func (p *Packer) Expand(packed []byte) ([]byte, error) {
	plain, err := p.dec.DecodeAll(packed, nil)
	if err != nil {
		return nil, fault.New(fault.Invalid, "sync.bad_packet")
	}
	return plain, nil
}

func appendFrame(b, frame []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(frame)))
	return append(b, frame...)
}

// Unpack reads a packet: its header into header, its other frames returned. They
// share memory with one another. Fault codes invalid and limited.
func (p *Packer) Unpack(packet []byte, header any) ([][]byte, error) {
	plain, err := p.dec.DecodeAll(packet, nil)
	switch {
	case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded):
		return nil, fault.New(fault.Limited, "sync.packet_too_large", "Limit", fmt.Sprint(MaxPacket))
	case err != nil:
		return nil, fault.New(fault.Invalid, "sync.bad_packet")
	}
	frames, err := splitFrames(plain)
	if err != nil || len(frames) == 0 {
		return nil, fault.New(fault.Invalid, "sync.bad_packet")
	}
	if err := json.Unmarshal(frames[0], header); err != nil {
		return nil, fault.New(fault.Invalid, "sync.bad_packet")
	}
	return frames[1:], nil
}

func splitFrames(plain []byte) ([][]byte, error) {
	var frames [][]byte
	for len(plain) > 0 {
		if len(plain) < 4 || len(frames) >= MaxFrames {
			return nil, io.ErrUnexpectedEOF
		}
		n := binary.BigEndian.Uint32(plain)
		if uint64(n) > uint64(len(plain)-4) {
			return nil, io.ErrUnexpectedEOF
		}
		frames = append(frames, plain[4:4+n:4+n])
		plain = plain[4+n:]
	}
	return frames, nil
}

// RowName is the first line of a row's frame.
type RowName struct {
	Bucket   int    `json:"b"` // index into the header's buckets
	Table    string `json:"t"`
	ID       string `json:"k"`
	Position uint64 `json:"p"`
}

// AppendRow appends a row's frame to b: its name, and its bytes or none if the
// row has left the bucket.
func AppendRow(b []byte, n RowName, raw []byte) ([]byte, error) {
	name, err := json.Marshal(n)
	if err != nil {
		return nil, fault.Wrap("syncproto.AppendRow", err)
	}
	b = append(b, name...)
	b = append(b, '\n')
	return append(b, raw...), nil
}

// ReadRow reads a row's frame; raw is nil if the row has left the bucket.
func ReadRow(frame []byte) (n RowName, raw []byte, err error) {
	name, raw, ok := bytes.Cut(frame, []byte{'\n'})
	if !ok || json.Unmarshal(name, &n) != nil || n.Table == "" || n.ID == "" {
		return n, nil, fault.New(fault.Invalid, "sync.bad_packet")
	}
	if len(raw) == 0 {
		raw = nil
	}
	return n, raw, nil
}
