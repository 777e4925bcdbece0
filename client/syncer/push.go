package syncer

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// maxStuck is how many answers in a row may acknowledge nothing. A gap or a new
// epoch is one: the next batch begins earlier.
const maxStuck = 3

// push sends what waits until nothing does.
func (s *Syncer) push(ctx context.Context, e db.Enrolment, l *line, r *Report) error {
	for stuck := 0; stuck < maxStuck; {
		batch, err := s.db.Pending(ctx, s.size(syncproto.MaxPushOps, 1), batchBytes)
		if err != nil || batch.Empty() {
			return err
		}
		if err := s.measure(ctx, l); err != nil {
			return err
		}
		reply, proof, err := s.pushBatch(ctx, e, l, batch)
		switch {
		case err != nil && tooLarge(err) && len(batch.Ops) > 1:
			s.shrinkTo(len(batch.Ops))
			continue
		case err != nil:
			return err
		}
		// An answer speaks of what was sent: the server may hold more of this run, from a
		// copy of this disk.
		reply.Acked, reply.Archived = min(reply.Acked, batch.Last), min(reply.Archived, batch.Last)
		if err := s.db.AckedBy(ctx, batch.Run, reply, proof); err != nil {
			return err
		}
		s.grow()
		n := r.took(batch, reply)
		stuck++
		if n > 0 || reply.Fork != 0 {
			stuck = 0
		}
		if e.Epoch != reply.Epoch {
			e.Epoch = reply.Epoch // as the server now names itself; what follows goes there
		}
	}
	return nonsense("the server acknowledges nothing")
}

// shrinkTo makes the next batch smaller than one of n ops.
func (s *Syncer) shrinkTo(n int) {
	s.shrink()
	for s.shrunk < maxShrunk && s.size(syncproto.MaxPushOps, 1) >= n {
		s.shrink()
	}
}

// pushBatch sends one batch and returns the verified answer, and it as it came.
func (s *Syncer) pushBatch(ctx context.Context, e db.Enrolment, l *line, b db.Batch) (reply syncproto.PushReply, proof db.Proof, err error) {
	head, frames := pushOf(e, l, b)
	head.Clock = s.db.Watch().Check()
	if head.Status, err = s.status(ctx); err != nil {
		return reply, proof, err
	}
	packet, err := s.packer.Pack(head, frames)
	if err != nil {
		return reply, proof, err
	}
	a, err := l.call(ctx, http.MethodPost, pathPush, syncproto.ContentPacket, packet)
	if err != nil {
		return reply, proof, err
	}
	if err := s.readHeader(a.body, &reply); err != nil {
		return reply, proof, nonsense("the answer to a push can't be read")
	}
	if reply.V < 1 || reply.V > syncproto.Version {
		return reply, proof, fault.New(fault.Forbidden, KeyTooOld)
	}
	s.watched(a, reply.Received, reply.Now)
	now := s.env.Clock.Now().Wall
	s.note(func(st *db.SyncState) { st.Pushed = now })
	return reply, db.Proof{Nonce: a.nonce, Sig: a.sig, Body: a.body}, nil
}

// measure asks the server for the time before the first ops that are sent since the
// program's start or a step of the clock, so that the server can tell by what clock
// they were dated.
func (s *Syncer) measure(ctx context.Context, l *line) error {
	if s.db.Watch().Check() != (stamp.Check{}) {
		return nil
	}
	h, a, err := l.hello(ctx)
	if err == nil {
		s.watched(a, h.Now, h.Now)
	}
	return err
}

// pushOf returns the header and frames of a batch.
func pushOf(e db.Enrolment, l *line, b db.Batch) (syncproto.Push, [][]byte) {
	head := syncproto.Push{
		V: syncproto.Version, Epoch: e.Epoch, Run: b.Run, From: b.From, Ops: len(b.Ops),
		Tip: syncproto.SignTip(l.key, b.Run, b.Last, b.Hash), Refills: true,
	}
	frames := make([][]byte, 0, len(b.Ops)+len(b.Attachments))
	frames = append(frames, b.Ops...)
	for _, a := range b.Attachments {
		head.Attachments = append(head.Attachments, a.ID)
		frames = append(frames, a.Data)
	}
	return head, frames
}

// took adds what a push's answer says to the report and returns how many of the
// batch's ops it acknowledges.
func (r *Report) took(b db.Batch, reply syncproto.PushReply) int {
	n, acked := 0, min(reply.Acked, b.Last)
	if reply.Fork != 0 {
		acked = min(acked, reply.Fork-1)
	}
	if acked >= b.From {
		n = int(acked - b.From + 1)
	}
	r.Sent += n
	r.Changed = r.Changed || n > 0
	if reply.Fork != 0 {
		r.Fork, r.Changed = b.Run, true
	}
	for _, v := range reply.Verdicts {
		if v.Verdict != payback.Applied {
			r.Told = append(r.Told, Told{Run: b.Run, OpVerdict: v})
		}
	}
	return n
}

// readHeader reads a reply that has a header and nothing else: a packet, or the
// header by itself as JSON.
func (s *Syncer) readHeader(body []byte, header any) error {
	if len(body) > 0 && body[0] == '{' {
		return json.Unmarshal(body, header)
	}
	_, err := s.packer.Unpack(body, header)
	return err
}
