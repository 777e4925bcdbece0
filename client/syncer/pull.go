package syncer

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// pull fetches slices until every bucket is complete. Between two it sends what a
// clerk did meanwhile. A counter that has nothing yet asks for its store's bucket
// alone, so that it can be used before the catalogue is here; later both are asked
// for at once, the store's first.
func (s *Syncer) pull(ctx context.Context, e db.Enrolment, l *line, r *Report, tell func()) error {
	cursors, err := s.db.Cursors(ctx)
	if err != nil || len(cursors) == 0 {
		return err
	}
	_, _, due, err := s.db.Snapshot(ctx)
	if err != nil {
		return err
	}
	alone := due || empty(cursors[0])
	r.heads = nil
	for {
		pulled, reply, err := s.pullOnce(ctx, e, l, r, alone)
		if pulled.Changed {
			tell() // before all that is only noted
		}
		switch {
		case err != nil && tooLarge(err) && s.size(sliceRows, minSlice) > minSlice:
			s.shrink()
			r.heads = nil
			continue
		case err != nil:
			return err
		case len(pulled.Mismatch) > 0:
			return fault.New(fault.Internal, KeyMismatch)
		case reply.Epoch != e.Epoch:
			r.heads = nil // the server was restored: what it lacks waits again, so one round more
		case pulled.Complete && !witnessed(reply): // a section is smaller than a slice
		case pulled.Complete && !alone:
			return s.pulledAll(ctx, reply)
		case pulled.Complete:
			if err := s.snapshot(ctx, e, l, r, tell); err != nil {
				return err
			}
			alone, r.heads = false, nil
		}
		e.Epoch = reply.Epoch
		if err := s.push(ctx, e, l, r); err != nil && !pullsOn(err) {
			return err
		}
	}
}

// pullOnce asks for one slice, of the store's bucket alone or of all, and takes it
// in.
func (s *Syncer) pullOnce(ctx context.Context, e db.Enrolment, l *line, r *Report, alone bool) (p db.Pulled, reply syncproto.PullReply, err error) {
	asked, err := s.db.Cursors(ctx)
	if err != nil {
		return p, reply, err
	}
	if !r.advanced(asked) {
		return p, reply, nonsense("a pull brings nothing and is not complete")
	}
	if alone {
		asked = asked[:1]
	}
	reply, rows, err := s.pullSlice(ctx, e, l, asked)
	if err != nil {
		return p, reply, err
	}
	if p, err = s.db.ApplyPull(ctx, reply, rows); err != nil {
		return p, reply, err
	}
	if err := s.highWater(ctx, reply, r); err != nil {
		return p, reply, err
	}
	s.grow()
	r.pulled(reply, p)
	return p, reply, nil
}

// highWater compares this folder with what the server holds of its runs.
func (s *Syncer) highWater(ctx context.Context, reply syncproto.PullReply, r *Report) error {
	if len(reply.Runs) == 0 {
		return nil
	}
	behind, err := s.db.HighWater(ctx, reply.Runs)
	if behind {
		r.Behind, r.Changed = reply.Runs[0].Run, true
		s.env.Log.Warn("this folder was set back to an older state", "run", reply.Runs[0].Run)
	}
	return err
}

// witnessed says that the reply's sections go up to their buckets' heads.
func witnessed(reply syncproto.PullReply) bool {
	for _, x := range reply.Sections {
		for _, b := range reply.Buckets {
			if b.Name == x.Bucket && x.To < b.Head {
				return false
			}
		}
	}
	return true
}

// empty says that nothing of a bucket was ever taken in.
func empty(c syncproto.BucketCursor) bool { return c.Cursor == 0 && c.Chain == (syncproto.Hash{}) }

// pullSlice asks for one slice and returns the verified reply and its rows. Where it
// witnesses ops of this PC that are not here any more, it asks for their bytes too.
func (s *Syncer) pullSlice(ctx context.Context, e db.Enrolment, l *line, asked []syncproto.BucketCursor) (syncproto.PullReply, []db.PulledRow, error) {
	reply, rows, lacks, err := s.pullAs(ctx, e, l, asked, false)
	if err == nil && lacks {
		reply, rows, _, err = s.pullAs(ctx, e, l, asked, true)
	}
	return reply, rows, err
}

func (s *Syncer) pullAs(ctx context.Context, e db.Enrolment, l *line, asked []syncproto.BucketCursor, whole bool) (reply syncproto.PullReply, rows []db.PulledRow, lacks bool, err error) {
	status, err := s.status(ctx)
	if err != nil {
		return reply, nil, false, err
	}
	body, err := json.Marshal(syncproto.Pull{
		V: syncproto.Version, Epoch: e.Epoch, Schema: db.Schema, Buckets: asked, MaxRows: s.size(sliceRows, minSlice), Status: status, Refills: true, Whole: whole,
	})
	if err != nil {
		return reply, nil, false, err
	}
	a, err := l.call(ctx, http.MethodPost, pathPull, syncproto.ContentJSON, body)
	if err != nil {
		return reply, nil, false, err
	}
	frames, err := s.packer.Unpack(a.body, &reply)
	if err != nil {
		return reply, nil, false, nonsense("the answer to a pull can't be read")
	}
	if err := sensible(asked, reply, len(frames)); err != nil {
		return reply, nil, false, err
	}
	if frames, lacks, err = s.sections(ctx, l, &reply, frames); err != nil {
		return reply, nil, false, err
	}
	rows = make([]db.PulledRow, 0, len(frames))
	for _, f := range frames {
		name, raw, err := syncproto.ReadRow(f)
		if err != nil || name.Bucket < 0 || name.Bucket >= len(reply.Buckets) {
			return reply, nil, false, nonsense("a row of a pull can't be read")
		}
		rows = append(rows, db.PulledRow{RowName: name, Raw: raw})
	}
	s.watched(a, reply.Received, reply.Now)
	return reply, rows, lacks, nil
}

// sensible refuses a reply that answers another question than ours.
func sensible(asked []syncproto.BucketCursor, reply syncproto.PullReply, frames int) error {
	if reply.V < 1 || reply.V > syncproto.Version {
		return fault.New(fault.Forbidden, KeyTooOld)
	}
	if reply.Rows+len(reply.Sections) != frames || len(reply.Buckets) == 0 {
		return nonsense("the answer to a pull counts wrong")
	}
	for _, part := range reply.Buckets {
		known := slices.ContainsFunc(asked, func(c syncproto.BucketCursor) bool { return c.Name == part.Name })
		if !known || part.To > part.Head || part.From > part.To {
			return nonsense("the answer to a pull is about another bucket")
		}
	}
	return nil
}

// advanced says whether any bucket has moved since the last call.
func (r *Report) advanced(cursors []syncproto.BucketCursor) bool {
	moved := r.heads == nil
	now := make(map[payback.Bucket]at, len(cursors))
	for _, c := range cursors {
		now[c.Name] = at{c.Cursor, c.Chain, c.Witness}
		moved = moved || r.heads[c.Name] != now[c.Name]
	}
	r.heads = now
	return moved
}

// pulled adds what a slice brought to the report.
func (r *Report) pulled(reply syncproto.PullReply, p db.Pulled) {
	r.Rows += p.Rows
	r.Changed = r.Changed || p.Changed
	r.New = append(r.New, p.New...)
	r.Mismatch = append(r.Mismatch, p.Mismatch...)
	r.Archived = max(r.Archived, reply.Archived)
}

// pulledAll notes that nothing was missing at that moment.
func (s *Syncer) pulledAll(ctx context.Context, reply syncproto.PullReply) error {
	if err := s.db.Healed(ctx); err != nil {
		return err
	}
	now := s.env.Clock.Now()
	s.note(func(st *db.SyncState) {
		st.Pulled, st.PulledMono, st.Boot, st.AsOf = now.Wall, now.Mono, now.Boot, reply.Now
	})
	return nil
}
