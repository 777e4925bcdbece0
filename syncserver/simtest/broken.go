package simtest

import (
	"context"
	"errors"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// database wraps the server's database in a sabotage of the server; nil = none.
func (b Sabotage) database(s *Sim, d db.DB) db.DB {
	switch b {
	case AckBeforeCommit, NoDedupe, RefundWithoutKey, CapWithoutCase, IntervalIgnored, PoisonBlocks, ScopeFromBody, LateFactRefused,
		SlotFreedTwice, FeedSkips:
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
	undo := b.how == AckBeforeCommit && !b.s.calm && b.s.odds(12)
	err := b.DB.Update(ctx, d, func(w db.Writer) error {
		if err := f(brokenWriter{w, b}); err != nil || !undo {
			return err
		}
		return errUndone
	})
	if undo && errors.Is(err, errUndone) {
		return nil
	}
	return err
}

// View runs f over a broken reader.
func (b broken) View(ctx context.Context, d payback.DistrictID, f func(db.Reader) error) error {
	return b.DB.View(ctx, d, func(r db.Reader) error { return f(brokenReader{r, b}) })
}

type brokenReader struct {
	db.Reader
	b broken
}

// Feed gives a store another store's rows too, or leaves some out.
func (r brokenReader) Feed(name payback.Bucket, after, upTo uint64, limit int) ([]db.FeedRow, error) {
	rows, err := r.Reader.Feed(name, after, upTo, limit)
	if err != nil {
		return nil, err
	}
	switch {
	case r.b.how == FeedSkips && len(rows) > 1 && rows[0].Key.Table != payback.TTitle:
		return rows[1:], nil
	case r.b.how == ScopeFromBody && name == payback.StoreBucket(stores[0]):
		more, err := r.Reader.Feed(payback.StoreBucket(stores[1]), after, upTo, limit)
		return append(more, rows...), err
	}
	return rows, nil
}

type brokenWriter struct {
	db.Writer
	b broken
}

// OpsByAct forgets what was done before.
func (w brokenWriter) OpsByAct(acts []string) (map[string]db.Op, error) {
	if w.b.how == NoDedupe {
		return nil, nil
	}
	return w.Writer.OpsByAct(acts)
}

// Rows shows paid refunds as due.
func (w brokenWriter) Rows(keys []payback.Key) (map[payback.Key]db.Stored, error) {
	found, err := w.Writer.Rows(keys)
	if err != nil || w.b.how != RefundWithoutKey {
		return found, err
	}
	for k, st := range found {
		if r, ok := st.Row.(*payback.Refund); ok && r.State == payback.RefundPaid {
			again := *r
			again.State, again.Payout, again.Cancel = payback.RefundDue, "", ""
			st.Row = &again
			found[k] = st
		}
	}
	return found, nil
}

// PutRows takes the case from a slot, or a slot from its quota.
func (w brokenWriter) PutRows(rows []db.Stored) error {
	for i, st := range rows {
		var changed payback.Row
		switch r := st.Row.(type) {
		case *payback.Slot:
			if again := *r; w.b.how == CapWithoutCase && r.N > r.Cap {
				again.Case = ""
				changed = &again
			}
		case *payback.Quota:
			if again := *r; w.b.how == SlotFreedTwice && len(r.Held) > 1 {
				again.Held = again.Held[1:]
				changed = &again
			}
		}
		if changed == nil {
			continue
		}
		raw, err := payback.EncodeRow(changed)
		if err != nil {
			return err
		}
		rows[i].Row, rows[i].Raw = changed, raw
	}
	return w.Writer.PutRows(rows)
}

var errPoison = errors.New("simtest: an op that can't be read")

// AppendOps changes what is kept of ops.
func (w brokenWriter) AppendOps(ops []db.Op) error {
	for i, o := range ops {
		switch {
		case w.b.how == PoisonBlocks && o.Verdict == payback.Quarantined:
			return errPoison
		case w.b.how == IntervalIgnored && o.Device != "":
			ops[i].When = payback.At(o.Received)
		case w.b.how == LateFactRefused && o.Device != "" && o.Kind == payback.KReturn && o.Received-o.When.Hi > 60_000:
			ops[i].Verdict, ops[i].Case = payback.Rejected, ""
		}
	}
	return w.Writer.AppendOps(ops)
}
