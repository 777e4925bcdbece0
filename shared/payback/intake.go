package payback

import "slices"

// What a library does with a box: scan it in, find copies missing, shelve them.

// Intake is the library's scan of one copy out of a box. A copy that belongs in
// another box is matched to the box that misses it.
type Intake struct {
	Copy     CopyID     `json:"copy,omitempty"` // "" for a volume that no box lists
	ISBN     ISBN       `json:"isbn"`
	Library  LibraryID  `json:"library"`
	Transfer TransferID `json:"transfer,omitempty"` // the box that was open on the desk
	Scan     string     `json:"scan"`               // names this scan
	Damaged  bool       `json:"damaged,omitempty"`
}

// Kind is intake.
func (*Intake) Kind() Kind { return KIntake }

// Act is one a copy; for an unlisted volume one a scan.
func (b *Intake) Act() string {
	if b.Copy == "" {
		return "intake/" + b.Scan
	}
	return "intake/" + string(b.Copy)
}

// Subject is the copy, or the box on the desk.
func (b *Intake) Subject() Key {
	if b.Copy == "" {
		return TransferKey(b.Transfer)
	}
	return CopyKey(b.Copy)
}

// Check bounds the fields.
func (b *Intake) Check() Reason {
	return first(short(MaxID, b.Copy), "copy", b.ISBN.Valid(), "isbn", idOK(b.Library), "library",
		short(MaxID, b.Transfer), "transfer", idOK(b.Scan), "scan")
}

func (b *Intake) apply(a *act) {
	a.want(TransferKey(b.Transfer), DistrictKey())
	if b.Copy == "" {
		b.extra(a)
		return
	}
	c, l := get[*Copy](a, b.Subject()), get[*Loan](a, LoanKey(b.Copy))
	switch {
	case c == nil || l == nil:
		a.hold(b.Subject(), why("copy_unknown"))
		return
	case c.State == CopyTaken || c.State == CopyShelved:
		a.duplicate(c.Op, why("taken_before"))
		return
	}
	lost, from := c.State == CopyLost, c.Transfer
	if from == "" {
		from = b.Transfer
	}
	b.received(a, c, l, lost)
	t := get[*Transfer](a, TransferKey(from))
	if t == nil { // its first pack is not heard of yet
		from = ""
	}
	c.State, c.Transfer, c.Op = CopyTaken, from, a.op.Ref
	a.put(c)
	if t != nil && !slices.Contains(t.Taken, c.ID) {
		t.Taken = append(slices.Clone(t.Taken), c.ID)
		if !slices.Contains(t.Copies, c.ID) {
			t.Copies = append(slices.Clone(t.Copies), c.ID)
		}
		a.put(t)
	}
	switch {
	case lost:
		a.found(c)
	case l.State == LoanReturned:
		a.owe(c, "intake")
	case l.State == LoanOut || l.State == LoanLeft:
		a.note(why("intake_before_return")) // owed when its return has come
	default:
		a.opened(Case{Kind: CaseBox, Store: c.Store, Copy: c.ID, Loan: l.ID, Other: l.Op, Reason: why("intake_not_returned", "state", string(l.State))})
	}
}

// received counts the copy for the library that has it, if it is the programme's:
// a loan that ended otherwise is counted nowhere, a lost copy nowhere any more.
func (b *Intake) received(a *act, c *Copy, l *Loan, lost bool) {
	switch l.State {
	case LoanOut, LoanLeft, LoanReturned:
		if lost {
			a.give(c.ISBN, c.Library, 1)
		}
		a.direct(c, l, b.Library)
	default:
		c.Library = b.Library
	}
}

// extra is a volume that no box lists: a person finds out where it came from.
func (b *Intake) extra(a *act) {
	store := StoreID("")
	if t := get[*Transfer](a, TransferKey(b.Transfer)); t != nil {
		store = t.Store
	}
	a.opened(Case{Kind: CaseBox, Store: store, Reason: why("intake_extra", "isbn", string(b.ISBN))})
}

// EndIntake says that a box is empty: what was not scanned is missing.
type EndIntake struct {
	Transfer TransferID `json:"transfer"`
	Library  LibraryID  `json:"library"`
}

// Kind is end_intake.
func (*EndIntake) Kind() Kind { return KEndIntake }

// Act is one a transfer.
func (b *EndIntake) Act() string { return "end_intake/" + string(b.Transfer) }

// Subject is the transfer.
func (b *EndIntake) Subject() Key { return TransferKey(b.Transfer) }

// Check bounds the fields.
func (b *EndIntake) Check() Reason {
	return first(idOK(b.Transfer), "transfer", idOK(b.Library), "library")
}

func (b *EndIntake) apply(a *act) {
	t := get[*Transfer](a, b.Subject())
	switch {
	case t == nil:
		a.hold(b.Subject(), why("transfer_unknown"))
		return
	case t.State == TransferTaken:
		a.duplicate(t.Op, Reason{})
		return
	}
	t.State, t.Op = TransferTaken, a.op.Ref
	a.put(t)
	missing := 0
	for _, id := range t.Copies {
		if c := get[*Copy](a, CopyKey(id)); c != nil && (c.State == CopyInBox || c.State == CopyHanded) {
			c.State, c.Op = CopyMissing, a.op.Ref
			a.put(c)
			missing++
		}
	}
	if missing > 0 {
		a.opened(Case{Kind: CaseBox, Store: t.Store, Reason: why("box_short", "missing", num(missing), "box", num(t.Serial))})
	}
}

// WriteOff says that a handed-over or missing copy is lost; the loss is the
// district's, so the store is owed.
type WriteOff struct {
	Copy CopyID `json:"copy"`
	Note string `json:"note,omitempty"`
}

// Kind is write_off.
func (*WriteOff) Kind() Kind { return KWriteOff }

// Act is one a copy.
func (b *WriteOff) Act() string { return "write_off/" + string(b.Copy) }

// Subject is the copy.
func (b *WriteOff) Subject() Key { return CopyKey(b.Copy) }

// Check bounds the fields.
func (b *WriteOff) Check() Reason { return first(idOK(b.Copy), "copy", short(MaxNote, b.Note), "note") }

func (b *WriteOff) apply(a *act) {
	a.want(LoanKey(b.Copy), DistrictKey())
	c := get[*Copy](a, b.Subject())
	switch {
	case c == nil:
		a.reject(OpRef{}, why("copy_unknown"))
	case c.State == CopyLost:
		a.duplicate(c.Op, Reason{})
	case c.State != CopyHanded && c.State != CopyMissing:
		a.reject(c.Op, why("is_now", "state", string(c.State)))
	default:
		c.State, c.Op = CopyLost, a.op.Ref
		a.put(c)
		a.give(c.ISBN, c.Library, -1)
		a.owe(c, "write_off")
	}
}

// Shelve says that a copy stands on the library's shelf; those who wait for the
// title are told where.
type Shelve struct {
	Copy      CopyID `json:"copy"`
	Accession string `json:"accession,omitempty"`
}

// Kind is shelve.
func (*Shelve) Kind() Kind { return KShelve }

// Act is one a copy.
func (b *Shelve) Act() string { return "shelve/" + string(b.Copy) }

// Subject is the copy.
func (b *Shelve) Subject() Key { return CopyKey(b.Copy) }

// Check bounds the fields.
func (b *Shelve) Check() Reason {
	return first(idOK(b.Copy), "copy", short(MaxID, b.Accession), "accession")
}

func (b *Shelve) apply(a *act) {
	c := get[*Copy](a, b.Subject())
	switch {
	case c == nil:
		a.hold(b.Subject(), why("copy_unknown"))
		return
	case c.State == CopyShelved:
		a.duplicate(c.Op, Reason{})
		return
	case c.State == CopyAtStore || c.State == CopyInBox || c.State == CopyHanded || c.State == CopyMissing:
		// Its check-in comes with a settlement line, if it is not lost before.
		a.hold(Key{TLine, string(CopyLine(c.ID, 0))}, why("shelve_before_intake"))
		return
	case c.State != CopyTaken:
		a.opened(Case{Kind: CaseBox, Store: c.Store, Copy: c.ID, Other: c.Op, Reason: why("shelve_odd", "state", string(c.State))})
		return
	}
	c.State, c.Accession, c.Op = CopyShelved, b.Accession, a.op.Ref
	a.put(c)
	lib := get[*Library](a, Key{TLibrary, string(c.Library)})
	name := string(c.Library)
	if lib != nil {
		name = lib.Name
	}
	if a.blind(QuotaKey(c.ISBN)) {
		return
	}
	for _, id := range a.quota(c.ISBN).Line {
		if v := get[*Reservation](a, ReservationKey(id)); v != nil {
			a.tell(v.Resident, "on_shelf", "", "title", a.titleName(c.ISBN), "library", name)
		}
	}
}
