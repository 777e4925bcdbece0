package ledger

import (
	"fmt"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// cell is one row in memory: as it was loaded, and as it is now.
type cell struct {
	was      db.Stored   // Row nil: it did not exist
	row      payback.Row // nil: it does not exist
	position uint64      // of the op that changed it; 0 = unchanged
}

// fold runs ops one by one over rows in memory. The batch and the replay of
// verify share it, so that both give the same rows.
type fold struct {
	cells map[payback.Key]*cell
	env   payback.Env
	zone  func(name string) *time.Location
	load  func(keys []payback.Key) error // makes cells for the keys
}

// Row gives the reducer a row.
func (f *fold) Row(k payback.Key) (payback.Row, payback.Presence) {
	c, ok := f.cells[k]
	switch {
	case !ok:
		return nil, payback.Unloaded
	case c.row == nil:
		return nil, payback.Absent
	}
	return c.row, payback.Present
}

// maxRounds bounds the loading: each round follows one more link between rows.
const maxRounds = 64

// apply runs one op, loading what it needs. A panic of the reducer is the op's
// poison, not the server's end.
func (f *fold) apply(op *payback.Op) (out payback.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = payback.Outcome{}, &poison{fmt.Sprint(p)}
		}
	}()
	for range maxRounds {
		out = payback.Apply(f, op, f.env)
		if len(out.Missing) == 0 {
			return out, nil
		}
		if err := f.load(out.Missing); err != nil {
			return out, err
		}
	}
	return out, &poison{"needs rows without end"}
}

// asTold is what an op that was told as done, and came back after a restore, comes
// to: where it would be held or refused now, since what it depended on is lost, it
// stands by what it says itself, if it can. Batch and verify share the rule.
func (f *fold) asTold(op *payback.Op, out payback.Outcome, told payback.Verdict) payback.Outcome {
	if !stands(told) || out.Verdict != payback.Held && out.Verdict != payback.Rejected {
		return out
	}
	again := *op
	again.Told = true
	if x, err := f.apply(&again); err == nil && stands(x.Verdict) {
		return x
	}
	return out
}

// poison says that an op can't be run.
type poison struct{ what string }

// Error returns what the reducer said, for operators.
func (p *poison) Error() string { return "reducer: " + p.what }

// keep takes an outcome's rows into the cells, at the op's position, and returns
// the buckets that changed.
func (f *fold) keep(out payback.Outcome, position uint64) map[payback.Bucket]bool {
	touched := map[payback.Bucket]bool{}
	for _, r := range out.Changed {
		f.set(r.Key(), r, position, touched)
	}
	for _, k := range out.Deleted {
		f.set(k, nil, position, touched)
	}
	return touched
}

func (f *fold) set(k payback.Key, r payback.Row, position uint64, touched map[payback.Bucket]bool) {
	c := f.cells[k]
	if c == nil {
		c = &cell{}
		f.cells[k] = c
	}
	if c.row != nil {
		touched[c.row.Bucket()] = true
	}
	if r != nil {
		touched[r.Bucket()] = true
	}
	c.row, c.position = r, position
	switch x := r.(type) {
	case *payback.PolicyRow:
		f.env.Policies = f.env.Policies.With(x.Policy)
	case *payback.District:
		f.env.Zone = f.zone(x.Zone)
	}
}

// verdictRow is what every PC of the store sees of an op of one of its devices.
func verdictRow(o *db.Op, ref payback.OpRef) payback.Row {
	return &payback.VerdictRow{Store: o.Store, Op: ref, Verdict: o.Verdict, Reason: o.Reason, Winner: o.Winner, Case: o.Case, Subject: o.Subject}
}
