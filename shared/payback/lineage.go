package payback

import "strconv"

// What breaks a PC's history of runs (DESIGN 4.4). Nothing is refused for it; but
// the danger of a copied disk are its rights to pay, so those rest until a person
// has looked.

// Break is how a run fails to follow the one before it.
type Break string

// The breaks.
const (
	BreakCloned   Break = "cloned"   // two ops under one number, or two runs after one: two programs wrote as this PC
	BreakRestored Break = "restored" // it goes on from an older op than the last: its disk was set back
	BreakLost     Break = "lost"     // the run before it has ops that never came
	BreakDropped  Break = "dropped"  // the run before it never came
)

func (b Break) valid() bool {
	switch b {
	case BreakCloned, BreakRestored, BreakLost, BreakDropped:
		return true
	}
	return false
}

// Lineage says that a PC's history is broken. One case is open at a time for a PC:
// its restarts do not add to it.
type Lineage struct {
	Device DeviceID `json:"device"`
	What   Break    `json:"what"`
	Before RunID    `json:"before,omitempty"` // the run that broke, or that is named as the one before
	Wseq   uint64   `json:"wseq,omitempty"`   // its op there
	Run    RunID    `json:"run"`              // the run that shows it
}

// Kind is lineage.
func (*Lineage) Kind() Kind { return KLineage }

// Act is one a PC and break.
func (b *Lineage) Act() string {
	return "lineage/" + string(b.Device) + "/" + string(b.Run) + "/" + strconv.FormatUint(b.Wseq, 10)
}

// Subject is the device.
func (b *Lineage) Subject() Key { return DeviceKey(b.Device) }

// Check bounds the fields.
func (b *Lineage) Check() Reason {
	return first(idOK(b.Device), "device", idOK(b.Run), "run", short(MaxID, b.Before), "before", b.What.valid(), "what")
}

func (b *Lineage) apply(a *act) {
	d := get[*Device](a, b.Subject())
	switch {
	case d == nil:
		a.reject(OpRef{}, why("device_unknown"))
		return
	case d.Frozen != "":
		a.duplicate(d.Op, Reason{})
		return
	}
	d.Frozen = a.opened(Case{Kind: CaseLineage, Store: d.Store, Device: d.ID, Reason: why("lineage_"+string(b.What), "label", d.Label)})
	if b.What == BreakLost || b.What == BreakDropped {
		d.Missing, d.MissingTo = b.Before, b.Wseq
	}
	a.put(d)
}

// NoteFound is the note with which the server ends the case of missing ops that
// came after all.
const NoteFound = "found"

// thaw lets a PC pay refunds again, whatever broke its history.
func (b *Decide) thaw(a *act, c *Case) {
	d := get[*Device](a, DeviceKey(c.Device))
	if d != nil && d.Frozen == c.ID {
		d.Frozen, d.Missing, d.MissingTo = "", "", 0
		a.put(d)
	}
}
