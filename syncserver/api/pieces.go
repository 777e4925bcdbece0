package api

import (
	"crypto/sha256"
	"hash"
	"io"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// pieces writes rows as the pieces of a snapshot, one in memory at a time.
type pieces struct {
	to     io.Writer
	packer *syncproto.Packer
	sum    hash.Hash
	made   syncproto.Snapshot // its pieces, rows and size so far

	frames [][]byte
	bytes  int
}

func newPieces(to io.Writer, p *syncproto.Packer) *pieces {
	return &pieces{to: to, packer: p, sum: sha256.New()}
}

// add takes rows in; a piece that is full is written.
func (p *pieces) add(rows []db.FeedRow) error {
	for _, r := range rows {
		name := syncproto.RowName{Table: string(r.Key.Table), ID: r.Key.ID, Position: r.Position}
		frame, err := syncproto.AppendRow(nil, name, r.Raw)
		if err != nil {
			return err
		}
		if len(p.frames) > 0 && (p.bytes+len(frame) > syncproto.SnapshotPiece || len(p.frames) >= syncproto.MaxFrames-1) {
			if err := p.end(); err != nil {
				return err
			}
		}
		p.frames = append(p.frames, frame)
		p.bytes += len(frame)
	}
	return nil
}

// end writes what is left as a piece. Fault code limited beyond the bounds of a
// shelf or of a manifest, unavailable if the disk takes no more.
func (p *pieces) end() error {
	if len(p.frames) == 0 {
		return nil
	}
	m := &p.made
	packed, err := p.packer.Pack(syncproto.PieceHead{V: syncproto.Version, Piece: len(m.Pieces)}, p.frames)
	if err != nil {
		return err
	}
	m.Size += int64(len(packed))
	m.Rows += len(p.frames)
	if m.Size > shelfBytes || len(m.Pieces) >= syncproto.MaxSnapshotPieces {
		return fault.New(fault.Unavailable, "")
	}
	m.Pieces = append(m.Pieces, syncproto.SnapshotChunk{Size: int64(len(packed)), Rows: len(p.frames), SHA256: syncproto.HashOf(packed)})
	p.sum.Write(packed)
	if _, err := p.to.Write(packed); err != nil {
		return fault.New(fault.Unavailable, "").Because(err)
	}
	p.frames, p.bytes = p.frames[:0], 0
	return nil
}
