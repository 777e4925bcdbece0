package ledger

import (
	"context"
	"fmt"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// KeyUnsound is the message key of a copy whose ops do not follow each other.
const KeyUnsound = "server.backup_unsound"

// page is how many ops or runs are read at once.
const page = 1000

// CheckCopy reads the ops of a copy of the ledger after a position and checks that
// positions have no gap, that bytes have their hash and follow their run's chain,
// and that the copy's head and runs are where its ops end. It replays nothing.
// Internal with KeyUnsound and the first thing that is wrong.
func CheckCopy(ctx context.Context, d payback.DistrictID, copied db.DB, after uint64) (head db.Head, err error) {
	err = copied.View(ctx, d, func(r db.Reader) error {
		if head, err = r.Head(); err != nil {
			return err
		}
		c := copyCheck{r: r, ends: map[payback.RunID]end{}, loose: map[payback.RunID]bool{}}
		if c.back, err = refilled(r); err != nil {
			return err
		}
		if err := c.ops(min(after, head.Position), head.Position); err != nil {
			return err
		}
		return c.runs()
	})
	return head, fault.Wrap("ledger.CheckCopy", err)
}

// end is the last op of a run so far.
type end struct {
	wseq uint64
	hash syncproto.Hash
}

type copyCheck struct {
	r     db.Reader
	ends  map[payback.RunID]end
	back  map[uint64]db.Refilled
	loose map[payback.RunID]bool // runs of the server's of which a restore has lost ops
}

// refilled returns the ops that came back after a restore, by position.
func refilled(r db.Reader) (map[uint64]db.Refilled, error) {
	back := map[uint64]db.Refilled{}
	for at := uint64(0); ; {
		list, err := r.Refilled(at, page)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			back[x.Position], at = x, x.Position
		}
		if len(list) < page {
			return back, nil
		}
	}
}

func unsound(format string, args ...any) error {
	return fault.New(fault.Internal, KeyUnsound).Because(fmt.Errorf(format, args...))
}

func (c *copyCheck) ops(at, head uint64) error {
	for {
		list, err := c.r.Ops(at, page)
		if err != nil {
			return err
		}
		for i := range list {
			if list[i].Position != at+1 {
				return unsound("position %d is missing", at+1)
			}
			at++
			if err := c.op(&list[i]); err != nil {
				return err
			}
		}
		if len(list) == page {
			continue
		}
		if at != head {
			return unsound("the head is at %d, the last op at %d", head, at)
		}
		return nil
	}
}

// op checks one op against the one before it in its run.
func (c *copyCheck) op(o *db.Op) error {
	if syncproto.HashOf(o.Raw) != o.Hash {
		return unsound("the bytes of op %d do not have their hash", o.Position)
	}
	if _, ok := c.back[o.Position]; ok && o.Device == "" {
		c.loose[o.Run] = true
		return nil
	}
	last, known := c.ends[o.Run]
	if !known && o.Wseq > 1 {
		before, err := c.r.OpsOfRun(o.Run, o.Wseq-1, 1)
		if err != nil {
			return err
		}
		if len(before) == 1 {
			last = end{before[0].Wseq, before[0].Hash}
		}
	}
	if o.Wseq != last.wseq+1 {
		return unsound("run %s goes from %d to %d", o.Run, last.wseq, o.Wseq)
	}
	if env, err := syncproto.Decode(o.Raw); err == nil && o.Wseq > 1 && env.Prev != last.hash {
		return unsound("op %d does not follow the op before it in its run", o.Position)
	}
	c.ends[o.Run] = end{o.Wseq, o.Hash}
	return nil
}

// runs checks that each run that was read is said to end where it does.
func (c *copyCheck) runs() error {
	for id, last := range c.ends {
		if c.loose[id] {
			continue
		}
		run, err := c.r.Run(id)
		if err != nil {
			return err
		}
		if run == nil || run.Wseq != last.wseq || run.Hash != last.hash {
			return unsound("run %s does not end with its op %d", id, last.wseq)
		}
	}
	return nil
}

// Archive notes that the ops of a copy are safe, so that counters may let go of
// theirs. The copy must be a checked one (CheckCopy), and of this history; fault
// code conflict otherwise.
func (l *Ledger) Archive(ctx context.Context, d payback.DistrictID, copied db.DB) (position uint64, err error) {
	var head db.Head
	var runs []db.Run
	err = copied.View(ctx, d, func(r db.Reader) error {
		if head, err = r.Head(); err != nil {
			return err
		}
		for after := payback.RunID(""); ; {
			list, err := r.Unarchived(after, page)
			if err != nil || len(list) == 0 {
				return err
			}
			runs, after = append(runs, list...), list[len(list)-1].Run
		}
	})
	if err == nil {
		err = l.db.Update(ctx, d, func(w db.Writer) error {
			now, err := w.Head()
			if err != nil {
				return err
			}
			if now.Epoch != head.Epoch || now.Position < head.Position {
				return fault.New(fault.Conflict, "server.backup_other")
			}
			return w.Archive(head.Position, runs)
		})
	}
	return head.Position, fault.Wrap("ledger.Archive", err)
}

// OpenEpoch begins a new history where a restored ledger ends, and the window in
// which counters bring what the backup lacks: until CloseRefill nothing else is
// ordered.
func (l *Ledger) OpenEpoch(ctx context.Context, d payback.DistrictID) (e db.Epoch, err error) {
	err = l.db.Update(ctx, d, func(w db.Writer) error {
		head, err := w.Head()
		if err != nil {
			return err
		}
		e = db.Epoch{Epoch: l.o.IDs.New(), Before: head.Epoch, Position: head.Position, Began: l.Now()}
		last, err := w.OpAt(head.Position)
		if err != nil {
			return err
		}
		if last != nil {
			e.Hash = last.Hash
		}
		if err := w.AddEpoch(e); err != nil {
			return err
		}
		head.Epoch = e.Epoch
		// Without a PC nobody can bring anything back.
		if pcs, err := w.Count(db.Select{Table: payback.TDevice}); err != nil {
			return err
		} else if pcs > 0 {
			if err := w.SetRefill(db.RefillOpen); err != nil {
				return err
			}
		}
		return w.SetHead(head)
	})
	return e, fault.Wrap("ledger.OpenEpoch", err)
}
