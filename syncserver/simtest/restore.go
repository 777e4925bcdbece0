package simtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile/faultvfs"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// refillWait is how long a restored server waits for its counters.
const refillWait = 2 * time.Minute

// keep copies the server's disk.
func (v *server) keep() faultvfs.Image { return v.disk.Snapshot() }

// restoreServer puts the server's disk back to its last sound backup, or to the
// beginning of the phase if that is later, when all agree, lets the counters refill it, and checks that nothing that any counter was
// told is lost or answered otherwise.
func (s *Sim) restoreServer(image faultvfs.Image) {
	was, touched := s.truth(), s.touched()
	s.srv.shut()
	s.srv.disk.Restore(image)
	s.srv.wake()
	if !s.srv.up {
		return
	}
	e, err := s.srv.ledger.OpenEpoch(s.ctx, district)
	if err != nil {
		s.violated("fail: a new epoch: %v", err)
		return
	}
	s.note("the server is restored to position %d of %d", e.Position, len(was.ops))
	s.faulted("server restored")
	began := s.now
	s.refilling = true
	s.together(func() {
		if s.now.Sub(began) < refillWait {
			return
		}
		s.srv.view(func(r db.Reader) error {
			head, err := r.Head()
			if err == nil && head.Refill == db.RefillOpen {
				err = s.srv.ledger.CloseRefill(s.ctx, district)
			}
			return err
		})
	})
	s.refilling = false
	s.checkRefilled(was, touched, e)
}

// touched returns the positions of ops that touched a store's bucket.
func (s *Sim) touched() map[uint64]bool {
	out := map[uint64]bool{}
	s.srv.view(func(r db.Reader) error {
		for _, store := range stores {
			list, err := r.Touched(payback.StoreBucket(store), 0, 1<<30)
			if err != nil {
				return err
			}
			for _, t := range list {
				for _, p := range t.Ops {
					out[p] = true
				}
			}
		}
		return nil
	})
	return out
}

// asked names the case in which a person looks at an op that came back after a
// restore and is judged otherwise now.
func asked(e db.Epoch, o db.Op) payback.Key {
	return payback.Key{Table: payback.TCase, ID: fmt.Sprintf("restored:restored/%s/%s/%d", e.Before, o.Run, o.Wseq)}
}

// checkRefilled (I1): each op of a counter, and each of the server's that touched a store,
// is there with the verdict that was told, or it is listed as lost.
func (s *Sim) checkRefilled(was *truth, touched map[uint64]bool, e db.Epoch) {
	lost := map[uint64]bool{}
	s.srv.view(func(r db.Reader) error {
		list, _, err := r.Lost(1 << 30)
		for _, l := range list {
			if l.Epoch == e.Before {
				lost[l.Position] = true
			}
		}
		return err
	})
	now := s.truth()
	if s.gone == nil {
		s.gone = map[opID]bool{}
	}
	for _, o := range was.ops {
		if o.Position <= e.Position || o.Device == "" && !touched[o.Position] {
			continue
		}
		id := opID{string(o.Run), o.Wseq}
		got := now.byID[id]
		for _, p := range s.pcs {
			if lost[o.Position] || now.raw[asked(e, o)] != nil { // a case tells of it; until it ends the sale may wait
				p.sold = slices.DeleteFunc(p.sold, func(x sale) bool { return x.op == id })
			}
		}
		if got == nil && lost[o.Position] {
			s.gone[id] = true
		}
		switch {
		case got == nil && !lost[o.Position]:
			s.violated("I1: after the restore op %d (%s, verdict %s) is gone and not listed", o.Position, o.Kind, o.Verdict)
		case got != nil && got.Hash != o.Hash:
			s.violated("I1: after the restore op %d (%s) has other bytes", o.Position, o.Kind)
		case got != nil && !lost[o.Position] && o.Verdict != payback.Held && (got.Verdict != o.Verdict || got.Case != o.Case):
			s.violated("I1: after the restore op %d (%s) is %s, and %s was told", o.Position, o.Kind, got.Verdict, o.Verdict)
		}
	}
	for _, p := range s.pcs {
		if p.up {
			p.still()
		}
	}
	s.note("after the restore: %d ops, %d listed as lost", len(now.ops), len(lost))
}

// keptOnly says that an op came back after a restore with the answer that was told and
// nothing else, since what it depended on is lost.
func (s *Sim) keptOnly(id opID) (kept bool) {
	if !s.c.Faults.Restore || !s.srv.up {
		return s.c.Faults.Restore // it is asked again when the server is up
	}
	s.srv.view(func(r db.Reader) error {
		ops, err := r.OpsOfRun(payback.RunID(id.run), id.wseq, 1)
		if err != nil || len(ops) == 0 || ops[0].Wseq != id.wseq {
			return err
		}
		back, err := r.Refilled(ops[0].Position-1, 1)
		kept = len(back) == 1 && back[0].Position == ops[0].Position && back[0].Kept
		return err
	})
	return kept
}
