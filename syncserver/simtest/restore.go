package simtest

import (
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

// chosen is the backup that people restore: the last one, or now and then the one
// before it. What a counter took for archived then need not be in it.
func (s *Sim) chosen() faultvfs.Image {
	if !s.old || !s.odds(3) {
		return s.image
	}
	s.note("an older backup is restored than the last one")
	if s.once == nil {
		s.once = map[opID]bool{}
	}
	for _, p := range s.pcs {
		ids, err := p.archived()
		if err != nil {
			s.violated("fail: %s: its archived ops: %v", p.name, err)
		}
		for _, id := range ids {
			s.once[id] = true
		}
	}
	return s.older
}

// late says that an op was archived before an older backup was restored and came again
// by a push: no counter gets to hold what the server made of an op that is archived by
// then, so that it is new to the server, after later runs and with the time of the push.
func (s *Sim) late(t *truth, o *db.Op) bool {
	return s.once[opID{string(o.Run), o.Wseq}] && !t.back[o.Position]
}

// restoreServer puts the server's disk back to a sound backup, or to the
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
			if lost[o.Position] {
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
