package payback

import "slices"

// From the store to the library shelf.

// Pack records that a returned copy lies in the box for its library. The first
// copy in a box begins its transfer.
type Pack struct {
	Copy     CopyID     `json:"copy"`
	Transfer TransferID `json:"transfer"`
	Library  LibraryID  `json:"library"`
	Box      int        `json:"box,omitempty"`
	Serial   int        `json:"serial,omitempty"`
	Turn     int        `json:"turn,omitempty"` // the copy's
}

// Kind is pack.
func (*Pack) Kind() Kind { return KPack }

// Act is one a copy and transfer.
func (b *Pack) Act() string {
	return "pack/" + string(b.Copy) + "/" + string(b.Transfer) + "/" + num(b.Turn)
}

// Subject is the copy.
func (b *Pack) Subject() Key { return CopyKey(b.Copy) }

// Check bounds the fields.
func (b *Pack) Check() Reason {
	return first(idOK(b.Copy), "copy", idOK(b.Transfer), "transfer", idOK(b.Library), "library",
		b.Box >= 0 && b.Box <= 999, "box", b.Serial >= 0 && b.Serial <= 1_000_000, "serial", b.Turn >= 0, "turn")
}

func (b *Pack) apply(a *act) {
	a.want(LoanKey(b.Copy), TransferKey(b.Transfer))
	c, l := get[*Copy](a, b.Subject()), get[*Loan](a, LoanKey(b.Copy))
	switch {
	case c == nil || l == nil:
		a.hold(b.Subject(), why("copy_unknown"))
		return
	case !a.mine(c.Store) || !b.ourBox(a):
		a.foreign(Case{Loan: l.ID, Copy: c.ID, Other: l.Op})
		return
	case l.State == LoanOut:
		a.hold(RefundKey(b.Copy), why("pack_before_return"))
		return
	case l.State != LoanReturned:
		a.opened(Case{Kind: CaseBox, Store: c.Store, Copy: c.ID, Loan: l.ID, Other: l.Op, Reason: why("pack_not_returned", "state", string(l.State))})
		return
	case c.State == CopyInBox && c.Transfer == b.Transfer:
		a.duplicate(c.Op, Reason{})
		return
	case c.State != CopyAtStore && c.State != CopyInBox:
		b.late(a, c) // its intake came first: this only completes the history
		return
	}
	a.unbox(c)
	t := b.box(a, c)
	t.Copies = append(slices.Clone(t.Copies), c.ID)
	a.direct(c, l, t.Library)
	c.State, c.Transfer, c.Op = CopyInBox, t.ID, a.op.Ref
	switch t.State {
	case TransferHanded:
		c.State = CopyHanded
	case TransferTaken: // the library has emptied that box, and this was not in it
		c.State = CopyMissing
	}
	a.put(t, c)
}

// ourBox says that the box is not another store's.
func (b *Pack) ourBox(a *act) bool {
	t := get[*Transfer](a, TransferKey(b.Transfer))
	return t == nil || a.mine(t.Store)
}

// box returns the transfer that the copy goes into, begun if it is the first.
func (b *Pack) box(a *act, c *Copy) *Transfer {
	if t := get[*Transfer](a, TransferKey(b.Transfer)); t != nil {
		return t
	}
	return &Transfer{ID: b.Transfer, Store: c.Store, Library: b.Library, Box: b.Box, Serial: b.Serial, State: TransferOpen, Op: a.op.Ref}
}

// direct sends a copy and its loan to a library.
func (a *act) direct(c *Copy, l *Loan, to LibraryID) {
	a.give(c.ISBN, l.Library, -1)
	a.give(c.ISBN, to, 1)
	c.Library, l.Library = to, to
	a.put(c, l)
}

// late completes the history of a copy that is further on already: its box is
// known now, with what came out of it.
func (b *Pack) late(a *act, c *Copy) {
	t := b.box(a, c)
	if c.Transfer == "" {
		c.Transfer = t.ID
		a.put(c)
	}
	if c.Transfer == t.ID && !slices.Contains(t.Copies, c.ID) {
		t.Copies = append(slices.Clone(t.Copies), c.ID)
		if c.State == CopyTaken || c.State == CopyShelved {
			t.Taken = append(slices.Clone(t.Taken), c.ID)
		}
	}
	a.put(t)
	a.note(why("further_on", "state", string(c.State)))
}

// unbox takes a copy out of the transfer that lists it.
func (a *act) unbox(c *Copy) {
	t := get[*Transfer](a, TransferKey(c.Transfer))
	if t == nil {
		return
	}
	if at := slices.Index(t.Copies, c.ID); at >= 0 {
		t.Copies = slices.Delete(slices.Clone(t.Copies), at, at+1)
		a.put(t)
	}
	c.Transfer = ""
	c.Turn++
}

// Unpack takes a copy out of its box again.
type Unpack struct {
	Copy     CopyID     `json:"copy"`
	Transfer TransferID `json:"transfer"`
	Turn     int        `json:"turn,omitempty"` // the copy's
}

// Kind is unpack.
func (*Unpack) Kind() Kind { return KUnpack }

// Act is one a copy and transfer.
func (b *Unpack) Act() string {
	return "unpack/" + string(b.Copy) + "/" + string(b.Transfer) + "/" + num(b.Turn)
}

// Subject is the copy.
func (b *Unpack) Subject() Key { return CopyKey(b.Copy) }

// Check bounds the fields.
func (b *Unpack) Check() Reason {
	return first(idOK(b.Copy), "copy", idOK(b.Transfer), "transfer", b.Turn >= 0, "turn")
}

func (b *Unpack) apply(a *act) {
	a.want(TransferKey(b.Transfer))
	c := get[*Copy](a, b.Subject())
	switch {
	case c == nil:
		a.hold(b.Subject(), why("copy_unknown"))
	case !a.mine(c.Store):
		a.foreign(Case{Copy: c.ID, Other: c.Op})
	case c.State == CopyInBox && c.Transfer == b.Transfer:
		a.unbox(c)
		c.State, c.Op = CopyAtStore, a.op.Ref
		a.put(c)
	case c.State == CopyAtStore:
		a.duplicate(c.Op, Reason{})
	default:
		a.opened(Case{Kind: CaseBox, Store: c.Store, Copy: c.ID, Other: c.Op, Reason: why("unpack_odd", "state", string(c.State))})
	}
}

// CloseBox says that nothing more goes into a box.
type CloseBox struct {
	Transfer TransferID `json:"transfer"`
	Turn     int        `json:"turn,omitempty"` // the transfer's
}

// Kind is close_box.
func (*CloseBox) Kind() Kind { return KCloseBox }

// Act is one a transfer.
func (b *CloseBox) Act() string { return "close_box/" + string(b.Transfer) + "/" + num(b.Turn) }

// Subject is the transfer.
func (b *CloseBox) Subject() Key { return TransferKey(b.Transfer) }

// Check bounds the fields.
func (b *CloseBox) Check() Reason {
	return first(idOK(b.Transfer), "transfer", b.Turn >= 0, "turn")
}

func (b *CloseBox) apply(a *act) {
	t := get[*Transfer](a, b.Subject())
	switch {
	case t == nil:
		a.hold(b.Subject(), why("transfer_unknown"))
	case !a.mine(t.Store):
		a.foreign(Case{Other: t.Op})
	case t.State == TransferOpen:
		t.State, t.Op = TransferClosed, a.op.Ref
		a.put(t)
	default:
		a.duplicate(t.Op, why("is_now", "state", string(t.State)))
	}
}

// HandOver records that a box left the store with somebody who signed for it.
// From then on its loss is the district's, and a clock runs.
type HandOver struct {
	Transfer TransferID `json:"transfer"`
	Taker    string     `json:"taker"`          // code of who took it, never a name
	Turn     int        `json:"turn,omitempty"` // the transfer's
}

// Kind is hand_over.
func (*HandOver) Kind() Kind { return KHandOver }

// Act is one a transfer.
func (b *HandOver) Act() string { return "hand_over/" + string(b.Transfer) + "/" + num(b.Turn) }

// Subject is the transfer.
func (b *HandOver) Subject() Key { return TransferKey(b.Transfer) }

// Check bounds the fields.
func (b *HandOver) Check() Reason {
	return first(idOK(b.Transfer), "transfer", b.Taker != "" && len(b.Taker) <= 32, "taker", b.Turn >= 0, "turn")
}

func (b *HandOver) apply(a *act) {
	t := get[*Transfer](a, b.Subject())
	if t == nil {
		a.hold(b.Subject(), why("transfer_unknown"))
		return
	}
	if !a.mine(t.Store) {
		a.foreign(Case{Other: t.Op})
		return
	}
	if t.HandedAt != 0 {
		a.duplicate(t.Op, Reason{})
		return
	}
	t.HandedAt, t.Taker = a.op.When.Lo, b.Taker
	t.LateOn = WorkingDays(a.store(t.Store), a.district(), a.today(), a.policy().HandOverDays)
	if t.State != TransferTaken {
		t.State = TransferHanded
	}
	t.Op = a.op.Ref
	a.put(t)
	for _, id := range t.Copies {
		if c := get[*Copy](a, CopyKey(id)); c != nil && c.State == CopyInBox {
			c.State, c.Op = CopyHanded, a.op.Ref
			a.put(c)
		}
	}
}
