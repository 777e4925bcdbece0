package simtest

import (
	"context"
	"errors"
	"slices"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// database wraps the server's database in a sabotage of the server; nil = none.
func (b Sabotage) database(s *Sim, d db.DB) db.DB {
	switch b {
	case AckBeforeCommit, NoDedupe, OutsideLock, RefundWithoutKey, RunsAsOne, DigestReencoded, CapWithoutCase, IntervalIgnored,
		PoisonBlocks, ScopeFromBody, SlotFreedTwice, ExpiredKeepsSlot, MoneyNotHeld, FeedSkips, Redecided:
		return broken{d, s, b}
	}
	return nil
}

// broken is a database that makes the ledger over it work as one with a fault in
// its code.
type broken struct {
	db.DB
	s   *Sim
	how Sabotage
}

var errUndone = errors.New("simtest: undone")

// Update runs f over a broken writer; at AckBeforeCommit its work is undone and
// nobody is told.
func (b broken) Update(ctx context.Context, d payback.DistrictID, f func(db.Writer) error) error {
	if b.how == OutsideLock && !b.s.calm && !b.s.between && b.s.odds(4) {
		return b.late(ctx, d, f)
	}
	undo := b.how == AckBeforeCommit && !b.s.calm && b.s.odds(12)
	err := b.DB.Update(ctx, d, func(w db.Writer) error {
		if err := f(brokenWriter{Writer: w, b: b}); err != nil || !undo {
			return err
		}
		return errUndone
	})
	if undo && errors.Is(err, errUndone) {
		return nil
	}
	return err
}

// late is a batch that takes its positions before it has the lock: another batch
// with later positions, and a pull behind it, come between.
func (b broken) late(ctx context.Context, d payback.DistrictID, f func(db.Writer) error) error {
	n, began := 0, uint64(0)
	err := b.DB.Update(ctx, d, func(w db.Writer) error {
		head, err := w.Head()
		if err != nil {
			return err
		}
		began = head.Position
		if err := f(brokenWriter{Writer: w, b: b, appended: &n}); err != nil {
			return err
		}
		return errUndone
	})
	if !errors.Is(err, errUndone) {
		return err
	}
	b.s.between, b.s.ahead = true, began+uint64(n)
	for _, p := range b.s.pcs {
		if p != b.s.talking {
			p.exchange()
		}
	}
	b.s.between, b.s.ahead = false, 0
	return b.DB.Update(ctx, d, func(w db.Writer) error { return f(brokenWriter{Writer: w, b: b, began: &began}) })
}

// View runs f over a broken reader.
func (b broken) View(ctx context.Context, d payback.DistrictID, f func(db.Reader) error) error {
	return b.DB.View(ctx, d, func(r db.Reader) error { return f(brokenReader{r, b}) })
}

type brokenReader struct {
	db.Reader
	b broken
}

// Feed leaves some rows out.
func (r brokenReader) Feed(name payback.Bucket, after, upTo uint64, limit int) ([]db.FeedRow, error) {
	rows, err := r.Reader.Feed(name, after, upTo, limit)
	if err == nil && r.b.how == FeedSkips && len(rows) > 1 && rows[0].Key.Table != payback.TTitle {
		return rows[1:], nil
	}
	return rows, err
}

// Rows says of a device what it says of itself.
func (r brokenReader) Rows(keys []payback.Key) (map[payback.Key]db.Stored, error) {
	found, err := r.Reader.Rows(keys)
	if err != nil || r.b.how != ScopeFromBody || r.b.s.srv.said == "" {
		return found, err
	}
	for k, st := range found {
		if dev, ok := st.Row.(*payback.Device); ok {
			other := *dev
			other.Store = r.b.s.srv.said
			st.Row = &other
			found[k] = st
		}
	}
	return found, nil
}

type brokenWriter struct {
	db.Writer
	b        broken
	began    *uint64 // where the head was when this batch took its positions
	appended *int    // counts ops
}

// Head returns the head as it was before the lock, or as it will be after a batch
// that has taken its positions and not written them.
func (w brokenWriter) Head() (db.Head, error) {
	head, err := w.Writer.Head()
	if w.began != nil {
		head.Position = *w.began
	}
	head.Position = max(head.Position, w.b.s.ahead)
	return head, err
}

// SetHead leaves the head where a batch that came between has put it.
func (w brokenWriter) SetHead(h db.Head) error {
	if w.began != nil {
		now, err := w.Writer.Head()
		if err != nil {
			return err
		}
		h.Position = max(h.Position, now.Position)
	}
	return w.Writer.SetHead(h)
}

// Run and OpsOfRun give the sender's hashes for the server's.
func (w brokenWriter) Run(id payback.RunID) (*db.Run, error) {
	run, err := w.Writer.Run(id)
	if run != nil && w.b.how == RunsAsOne {
		if h, ok := w.b.s.srv.sent.hash(id, run.Wseq); ok {
			run.Hash = h
		}
	}
	return run, err
}

// OpsOfRun is like Run.
func (w brokenWriter) OpsOfRun(id payback.RunID, from uint64, limit int) ([]db.Op, error) {
	ops, err := w.Writer.OpsOfRun(id, from, limit)
	if w.b.how == RunsAsOne {
		for i := range ops {
			if h, ok := w.b.s.srv.sent.hash(id, ops[i].Wseq); ok {
				ops[i].Hash = h
			}
		}
	}
	return ops, err
}

// OpsByAct forgets what was done before.
func (w brokenWriter) OpsByAct(acts []string) (map[string]db.Op, error) {
	if w.b.how == NoDedupe {
		return nil, nil
	}
	return w.Writer.OpsByAct(acts)
}

// Rows shows paid refunds as due, and rows as they would be encoded now.
func (w brokenWriter) Rows(keys []payback.Key) (map[payback.Key]db.Stored, error) {
	found, err := w.Writer.Rows(keys)
	if err != nil {
		return found, err
	}
	for k, st := range found {
		switch r := st.Row.(type) {
		case *payback.Refund:
			if again := *r; w.b.how == RefundWithoutKey && r.State == payback.RefundPaid {
				again.State, again.Payout, again.Cancel = payback.RefundDue, "", ""
				st.Row = &again
			}
		case *payback.Loan:
			if w.b.how == DigestReencoded {
				if st.Raw, err = payback.EncodeRow(r); err != nil {
					return nil, err
				}
			}
		}
		found[k] = st
	}
	return found, nil
}

// PutRows changes what a batch leaves behind.
func (w brokenWriter) PutRows(rows []db.Stored) (err error) {
	switch w.b.how {
	case CapWithoutCase:
		rows, err = each(rows, func(s *payback.Slot) payback.Row {
			if s.N > s.Cap {
				s.Case = ""
			}
			return s
		})
	case DigestReencoded: // as another version of the programme wrote them
		for i, st := range rows {
			if _, ok := st.Row.(*payback.Loan); ok {
				rows[i].Raw = append(slices.Clone(st.Raw[:len(st.Raw)-1]), " }"...)
			}
		}
	case SlotFreedTwice:
		rows, err = w.freedTwice(rows)
	case ExpiredKeepsSlot:
		rows, err = w.keepsSlot(rows)
	case MoneyNotHeld:
		rows, err = w.holdsNothing(rows)
	}
	if err != nil {
		return err
	}
	return w.Writer.PutRows(rows)
}

// each changes the rows of one type.
func each[R payback.Row](rows []db.Stored, change func(R) payback.Row) ([]db.Stored, error) {
	for i, st := range rows {
		if _, ok := st.Row.(R); !ok {
			continue
		}
		mine, err := payback.DecodeRow(st.Row.Key().Table, st.Raw)
		if err != nil {
			return nil, err
		}
		changed := change(mine.(R))
		if rows[i].Raw, err = payback.EncodeRow(changed); err != nil {
			return nil, err
		}
		rows[i].Row = changed
	}
	return rows, nil
}

// freedTwice frees a slot that was freed before once more, when it is taken anew.
func (w brokenWriter) freedTwice(rows []db.Stored) ([]db.Stored, error) {
	freed, again := w.b.s.srv.freed, map[payback.Key]bool{}
	rows, err := each(rows, func(s *payback.Slot) payback.Row {
		k := s.Key()
		switch {
		case s.State == payback.SlotFreed:
			freed[k] = true
		case freed[k]:
			delete(freed, k)
			again[k] = true
			s.State, s.For = payback.SlotFreed, ""
		}
		return s
	})
	if err != nil {
		return nil, err
	}
	return each(rows, func(q *payback.Quota) payback.Row {
		q.Held = slices.DeleteFunc(q.Held, func(n int) bool { return again[payback.SlotKey(q.ISBN, n)] })
		return q
	})
}

// keepsSlot leaves a slot with an offer that nobody took up.
func (w brokenWriter) keepsSlot(rows []db.Stored) ([]db.Stored, error) {
	kept := map[payback.Key]string{}
	for _, st := range rows {
		v, ok := st.Row.(*payback.Reservation)
		if !ok || v.State == payback.Offered || v.Request != "" {
			continue
		}
		found, err := w.Writer.Rows([]payback.Key{v.Key()})
		if err != nil {
			return nil, err
		}
		if was, ok := found[v.Key()].Row.(*payback.Reservation); ok && was.State == payback.Offered {
			kept[payback.SlotKey(was.ISBN, was.Slot)] = string(v.ID)
		}
	}
	rows, err := each(rows, func(s *payback.Slot) payback.Row {
		if id := kept[s.Key()]; id != "" && s.State == payback.SlotFreed {
			s.State, s.For = payback.SlotTaken, id
		} else {
			delete(kept, s.Key())
		}
		return s
	})
	if err != nil {
		return nil, err
	}
	return each(rows, func(q *payback.Quota) payback.Row {
		for n := range 100 {
			if kept[payback.SlotKey(q.ISBN, n)] != "" {
				q.Held = append(q.Held, n)
			}
		}
		slices.Sort(q.Held)
		return q
	})
}

// holdsNothing takes from the budget what a new request has reserved.
func (w brokenWriter) holdsNothing(rows []db.Stored) ([]db.Stored, error) {
	taken := map[string]payback.Won{}
	for _, st := range rows {
		r, ok := st.Row.(*payback.Request)
		if !ok || r.State != payback.Placed {
			continue
		}
		found, err := w.Writer.Rows([]payback.Key{r.Key()})
		if err != nil {
			return nil, err
		}
		if found[r.Key()].Row == nil {
			taken[r.Year] += r.Reserved
		}
	}
	return each(rows, func(b *payback.Budget) payback.Row {
		b.Reserved -= taken[b.Year]
		return b
	})
}

var errPoison = errors.New("simtest: an op that can't be read")

// AppendOps changes what is kept of ops.
func (w brokenWriter) AppendOps(ops []db.Op) error {
	if w.appended != nil {
		*w.appended += len(ops)
	}
	for i, o := range ops {
		switch {
		case w.b.how == PoisonBlocks && o.Verdict == payback.Quarantined:
			return errPoison
		case w.b.how == IntervalIgnored && o.Device != "":
			ops[i].When = payback.At(o.Received)
		}
	}
	return w.Writer.AppendOps(ops)
}

// PutTold keeps what counters bring to a restored server, or forgets it.
func (w brokenWriter) PutTold(list []db.Told) error {
	if w.b.how == Redecided {
		return nil
	}
	return w.Writer.PutTold(list)
}

// PutLost keeps the list of what is lost, or forgets it.
func (w brokenWriter) PutLost(list []db.Lost) error {
	if w.b.how == Redecided {
		return nil
	}
	return w.Writer.PutLost(list)
}
