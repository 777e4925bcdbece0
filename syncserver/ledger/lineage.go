package ledger

import (
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// lineage looks whether a device's new run follows its run before, and returns what
// is wrong with that; nil if nothing is. The ops are taken all the same (DESIGN 4.4).
func (b *batch) lineage(dev Device, run *db.Run, last *db.Run) (*payback.Lineage, error) {
	odd := &payback.Lineage{Device: dev.ID, Run: run.Run, What: payback.BreakCloned}
	switch {
	case run.After == nil && last == nil:
		return nil, nil
	case run.After == nil: // its folder was made anew under the old key
		odd.What, odd.Before, odd.Wseq = payback.BreakRestored, last.Run, last.Wseq
		return odd, nil
	}
	odd.Before, odd.Wseq = run.After.Run, run.After.Wseq
	before, err := b.w.Run(run.After.Run)
	switch {
	case err != nil:
		return nil, err
	case before == nil || before.Device != dev.ID:
		odd.What = payback.BreakDropped
	case before.Wseq < run.After.Wseq:
		odd.What = payback.BreakLost
	case before.Wseq > run.After.Wseq:
		odd.What = payback.BreakRestored
	case before.Hash != run.After.Hash:
		odd.What = payback.BreakCloned
	default:
		other, err := b.beside(dev, run, last)
		if err != nil || !other {
			return nil, err
		}
	}
	return odd, nil
}

// beside says that another program writes as this device: another run follows the
// same op, or this one and the run that was written to last part at an older one. The latter shows a copy that goes on after a person has looked.
func (b *batch) beside(dev Device, run, last *db.Run) (bool, error) {
	runs, err := b.w.Runs(dev.ID)
	if err != nil {
		return false, err
	}
	before := map[payback.RunID]payback.RunID{}
	for _, r := range runs {
		if r.After != nil {
			if r.Run != run.Run && *r.After == *run.After {
				return true, nil
			}
			before[r.Run] = r.After.Run
		}
	}
	if last == nil {
		return false, nil
	}
	older := map[payback.RunID]bool{} // than the last one
	for id := before[last.Run]; id != "" && !older[id]; id = before[id] {
		older[id] = true
	}
	for id, n := run.After.Run, 0; id != "" && id != last.Run && n < len(runs); id, n = before[id], n+1 {
		if older[id] {
			return true, nil
		}
	}
	return false, nil
}

// broken tells people of a break in a device's history, by an act of the server's
// own: a case that rests the device's rights to pay. While one is open there is no
// other.
func (b *batch) broken(odd *payback.Lineage) error {
	d, err := b.device(odd.Device)
	if err != nil || d == nil || d.State != payback.DeviceEnrolled || d.Frozen != "" {
		return err
	}
	b.l.o.Log.Error("the history of a device is broken", "device", odd.Device, "what", odd.What, "run", odd.Run, "before", odd.Before, "wseq", odd.Wseq)
	return b.byServer(odd)
}

// found ends the case of missing ops when those have come.
func (b *batch) found(run *db.Run) error {
	d, err := b.device(run.Device)
	if err != nil || d == nil || d.Frozen == "" || d.Missing != run.Run || run.Wseq < d.MissingTo {
		return err
	}
	return b.byServer(&payback.Decide{Case: d.Frozen, Choice: payback.ChooseNoted, Note: payback.NoteFound})
}

func (b *batch) device(id payback.DeviceID) (*payback.Device, error) {
	key := payback.DeviceKey(id)
	if err := b.load([]payback.Key{key}); err != nil {
		return nil, err
	}
	d, _ := b.fold.cells[key].row.(*payback.Device)
	return d, nil
}

// byServer does an act of the server's own.
func (b *batch) byServer(body payback.Body) error {
	e, err := b.own(body, Actor{Role: payback.RoleServer})
	if err != nil {
		return err
	}
	return b.run([]*entry{e})
}
