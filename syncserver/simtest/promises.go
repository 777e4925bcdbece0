package simtest

import (
	"maps"
	"slices"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// checkRuns (I7): in each run the numbers have no gap and each op names the one
// before it; and each run of a device but its first names an op of a run before. A
// disk that was put back or copied may begin once more.
func (s *Sim) checkRuns(t *truth) {
	runs := map[payback.RunID][]*db.Op{}
	var order []payback.RunID
	for i := range t.ops {
		o := &t.ops[i]
		if runs[o.Run] == nil {
			order = append(order, o.Run)
		}
		runs[o.Run] = append(runs[o.Run], o)
	}
	doubled := s.doubled()
	begun := map[payback.DeviceID]bool{}
	for _, id := range order {
		for i, o := range runs[id] {
			env, err := syncproto.Decode(o.Raw)
			switch {
			case t.back[o.Position] && o.Device == "": // a restore may have lost ops of the server's runs
			case o.Wseq != uint64(i+1):
				s.violated("I7: run %s goes from %d to %d", id, i, o.Wseq)
			case syncproto.HashOf(o.Raw) != o.Hash:
				s.violated("I7: op %d of run %s does not have its hash", o.Wseq, id)
			case err != nil:
			case i > 0 && env.Prev != runs[id][i-1].Hash:
				s.violated("I7: op %d of run %s does not follow the one before it", o.Wseq, id)
			case i == 0 && s.late(t, o):
			case i == 0 && env.After == nil && begun[o.Device] && !doubled[o.Device]:
				s.violated("I7: run %s of device %s names no run before it", id, o.Device)
			case i == 0 && env.After != nil && !doubled[o.Device]:
				s.checkAfter(t, o, env.After)
			}
			begun[o.Device] = true
		}
	}
}

func (s *Sim) checkAfter(t *truth, o *db.Op, after *syncproto.After) {
	if before := t.byID[opID{string(after.Run), after.Wseq}]; before == nil || before.Hash != after.Hash || before.Device != o.Device {
		s.violated("I7: run %s of %s follows op %d of run %s, which is not there as it says", o.Run, o.Device, after.Wseq, after.Run)
	}
}

// doubled returns the devices whose disk was put back or copied.
func (s *Sim) doubled() map[payback.DeviceID]bool {
	out := map[payback.DeviceID]bool{}
	for _, p := range s.pcs {
		if id, ok := p.enrolled(); ok && p.twin {
			out[id] = true
		}
	}
	return out
}

// checkArchived (I1): nothing counts as archived that is in no backup that was found
// sound, neither at the server nor at a counter.
func (s *Sim) checkArchived(t *truth) {
	s.srv.view(func(r db.Reader) error {
		head, err := r.Head()
		if err == nil && head.Archived > s.srv.safe {
			s.violated("I1: archived up to %d, and the last sound backup ends at %d", head.Archived, s.srv.safe)
		}
		return err
	})
	for _, p := range s.pcs {
		if !p.up || p.twin {
			continue
		}
		ids, err := p.archived()
		if err != nil {
			s.violated("fail: %s: its archived ops: %v", p.name, err)
		}
		for _, id := range ids {
			if s.once[id] {
				continue
			}
			if o := t.byID[id]; o == nil || o.Position > s.srv.safe {
				s.violated("I1: %s takes op %v for archived, which is in no sound backup", p.name, id)
			}
		}
	}
}

// archived returns the ops that a counter takes for archived.
func (p *pc) archived() (out []opID, err error) {
	rows, err := p.db.File().Read.QueryContext(p.s.ctx, "SELECT run, wseq FROM outbox WHERE archived = 1 ORDER BY seq")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id opID
		if err := rows.Scan(&id.run, &id.wseq); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// checkDoubt (DESIGN 4.9): a return that may have been in time is not late.
func (s *Sim) checkDoubt(t *truth) {
	loans := map[payback.CopyID]*payback.Loan{}
	for _, row := range t.rows {
		if l, ok := row.(*payback.Loan); ok {
			loans[l.ID] = l
		}
	}
	for _, row := range t.rows {
		c, ok := row.(*payback.Case)
		if !ok || c.Kind != payback.CaseLateReturn || loans[c.Loan] == nil {
			continue
		}
		o := t.byID[opID{string(c.Op.Run), c.Op.Wseq}]
		if l := loans[c.Loan]; o != nil && o.When.ByEndOf(l.Due, s.zone) {
			s.violated("4.9: loan %s is late, and its return may have been in time: %d to %d, due %s", l.ID, o.When.Lo, o.When.Hi, l.Due)
		}
	}
}

// conflicts counts the cells of the conflict table that the ledger reached: pairs of
// kinds whose acts met at one row.
func (s *Sim) conflicts(t *truth) {
	if s.result.Cells == nil {
		s.result.Cells = map[string]int{}
	}
	about := map[payback.Key]map[payback.Kind]bool{}
	for i := range t.ops {
		o := &t.ops[i]
		if o.Subject.ID == "" || !o.Kind.Known() {
			continue
		}
		if about[o.Subject] == nil {
			about[o.Subject] = map[payback.Kind]bool{}
		}
		for _, k := range slices.Sorted(maps.Keys(about[o.Subject])) {
			if c, ok := payback.ConflictOf(k, o.Kind); ok {
				s.result.Cells[string(c.A)+"/"+string(c.B)]++
			}
		}
		about[o.Subject][o.Kind] = true
	}
}
