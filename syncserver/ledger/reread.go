package ledger

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// unknownKind is the reason of an op that a newer counter wrote than this server
// can read. It waits for a server that knows its kind.
const unknownKind = "unknown_kind"

// kindKey is what such an op waits for. No row has it.
func kindKey(k payback.Kind) payback.Key { return payback.Key{Table: "kind", ID: string(k)} }

// Reread gives the ops of kinds that were unknown, and are known to this program
// now, their last verdict: what each says is done at the present place in the
// ledger, by an act of the server's own that names it. It returns how many these
// were. Program is this server's version.
func (l *Ledger) Reread(ctx context.Context, d payback.DistrictID, program string) (int, error) {
	var keys []payback.Key
	for _, k := range payback.Kinds() {
		keys = append(keys, kindKey(k))
	}
	var waiting []db.Op
	err := l.db.View(ctx, d, func(r db.Reader) (err error) {
		head, err := r.Head()
		if err != nil || head.Refill == db.RefillOpen {
			return err // what was read again before a restore comes back first
		}
		waiting, err = r.Waiting(keys)
		return err
	})
	if err != nil {
		return 0, fault.Wrap("ledger.Reread", err)
	}
	n := 0
	for _, o := range waiting {
		res, err := l.Act(ctx, d, Actor{}, &payback.Reread{Run: o.Run, Wseq: o.Wseq, Program: program})
		if err != nil {
			return n, fault.Wrap("ledger.Reread", err)
		}
		if res[0].Verdict == payback.Applied {
			n++
		}
	}
	return n, nil
}

// recall looks whether the act of an op was done by another meanwhile.
func (b *batch) recall(e *entry) error {
	before, err := b.w.OpsByAct([]string{e.op.Act})
	for act, o := range before {
		b.acts[act] = done{payback.OpRef{Kind: o.Kind, Run: o.Run, Wseq: o.Wseq, At: o.When.Lo}, o.Store}
	}
	return err
}
