package syncer

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// sections takes the sections of witnesses off a reply's frames: they are kept
// packed. One without the server's signature makes the reply no reply. lacks says that
// they name ops of this PC that are not here: its disk was set back or copied.
func (s *Syncer) sections(ctx context.Context, l *line, reply *syncproto.PullReply, frames [][]byte) (rows [][]byte, lacks bool, err error) {
	rows, rest := frames[:reply.Rows], frames[reply.Rows:]
	var named []payback.OpRef
	for i := range reply.Sections {
		w := &reply.Sections[i]
		w.Bytes = rest[i]
		if w.Epoch != reply.Epoch || w.From >= w.To || !w.Verify(l.pinned) {
			return nil, false, nonsense("a section of a pull is not the server's")
		}
		if named, err = namedIn(named, w.Bytes); err != nil {
			return nil, false, nonsense("a section of a pull can't be read")
		}
		w.Bytes = s.packer.Squeeze(w.Bytes)
	}
	lacks, err = s.db.Lacks(ctx, named)
	return rows, lacks, err
}

// namedIn adds the ops that a section only names.
func namedIn(named []payback.OpRef, section []byte) ([]payback.OpRef, error) {
	entries, err := syncproto.Entries(section)
	for _, e := range entries {
		if e.Raw == nil {
			named = append(named, payback.OpRef{Run: e.Run, Wseq: e.Wseq})
		}
	}
	return named, err
}

// refillEvery is how often a server that waits for other counters is asked.
const refillEvery = 3 * time.Second

// restored says that the server was restored and wants first what this PC holds; a
// server that does not know this PC may have been restored to before it joined.
func restored(err error) bool {
	said := saidBy(err)
	return keyOf(err) == KeyRefilling || keyOf(err) == KeyRevoked && said != nil && said.Key == "sync.device_unknown"
}

// refill brings a restored server all that this PC holds and the server lacks: its
// own ops of the history that ended, with the answers that it gave. While its window
// is open the error is KeyRefilling, and the next exchange asks again. It goes on
// where it was cut off.
func (s *Syncer) refill(ctx context.Context, l *line) error {
	h, _, err := l.hello(ctx)
	if err != nil {
		return err
	}
	if len(h.Restores) == 0 {
		return fault.New(fault.Forbidden, KeyRevoked)
	}
	for {
		w, err := s.db.Witnesses(ctx, h.Epoch, syncproto.MaxRefillBytes/4)
		if err != nil {
			return err
		}
		reply, err := s.bring(ctx, l, h.Epoch, w)
		if err != nil {
			return err
		}
		if !w.Empty() {
			if err := s.db.Brought(ctx, h.Epoch, w); err != nil {
				return err
			}
			continue
		}
		if reply.Open {
			return fault.New(fault.Unavailable, KeyRefilling)
		}
		return nil
	}
}

// bring sends some sections, with the bytes of this PC's own ops that they name;
// none says that these were all.
func (s *Syncer) bring(ctx context.Context, l *line, epoch string, w db.Witnesses) (reply syncproto.RefillReply, err error) {
	head := syncproto.Refill{V: syncproto.Version, Epoch: epoch, Before: w.Before, Cursor: w.Cursor, Sections: w.Sections, Answers: w.Answers, Done: w.Empty()}
	var frames [][]byte
	var named []payback.OpRef
	for _, x := range w.Sections {
		plain, err := s.packer.Expand(x.Bytes)
		if err != nil {
			return reply, err
		}
		frames = append(frames, plain)
		if named, err = namedIn(named, plain); err != nil {
			return reply, err
		}
	}
	ops, err := s.db.OwnOps(ctx, named)
	if err != nil {
		return reply, err
	}
	head.Ops = len(ops)
	frames = append(frames, ops...)
	for _, x := range w.Answers {
		frames = append(append(append(frames, x.Body), x.Raw...), x.Sealed...)
	}
	packet, err := s.packer.Pack(head, frames)
	if err != nil {
		return reply, err
	}
	a, err := l.call(ctx, http.MethodPost, pathRefill, syncproto.ContentPacket, packet)
	if err != nil {
		return reply, err
	}
	if json.Unmarshal(a.body, &reply) != nil || reply.Epoch != epoch {
		return reply, nonsense("the answer to a refill can't be read")
	}
	return reply, nil
}
