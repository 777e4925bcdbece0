package payback

import "slices"

// Taking the last act back: always a compensating op, never a deletion.

// Reverse takes back one earlier act of the same store. A paid refund can't be
// taken back here: money moves only on the shop's own card terminal.
type Reverse struct {
	What     Kind       `json:"what"` // accept, order, arrive, decline, sell, return, leave, keep, close_box or hand_over
	Of       string     `json:"of"`   // id of the request, loan or transfer
	Turn     int        `json:"turn"` // which time, so that an act may be taken back again after being done again
	Transfer TransferID `json:"transfer,omitempty"`
}

// Reversible lists the kinds that can be taken back.
func Reversible() []Kind {
	return []Kind{KAccept, KOrder, KArrive, KDecline, KSell, KReturn, KLeave, KKeep, KCloseBox, KHandOver}
}

// NeedsOwner says that taking such an act back touches money and may ask for the
// owner's PIN.
func NeedsOwner(k Kind) bool { return k == KSell || k == KReturn }

// Kind is reverse.
func (*Reverse) Kind() Kind { return KReverse }

// Act is one an act taken back and turn.
func (b *Reverse) Act() string { return "reverse/" + string(b.What) + "/" + b.Of + "/" + num(b.Turn) }

// Subject is the row whose act is taken back.
func (b *Reverse) Subject() Key {
	switch b.What {
	case KSell, KReturn, KLeave, KKeep:
		return Key{TLoan, b.Of}
	case KCloseBox, KHandOver:
		return Key{TTransfer, b.Of}
	}
	return Key{TRequest, b.Of}
}

// Check bounds the fields.
func (b *Reverse) Check() Reason {
	return first(slices.Contains(Reversible(), b.What), "what", idOK(b.Of), "of", b.Turn >= 0, "turn")
}

func (b *Reverse) apply(a *act) {
	row, p := a.look(b.Subject())
	if p != Present {
		a.hold(b.Subject(), why("row_unknown"))
		return
	}
	switch row.(type) {
	case *Request:
		b.request(a, get[*Request](a, b.Subject()))
	case *Loan:
		b.loan(a, get[*Loan](a, b.Subject()))
	case *Transfer:
		b.transfer(a, get[*Transfer](a, b.Subject()))
	}
}

// undone is the state that each answer to a request is taken back from and to.
func (b *Reverse) undone(r *Request) (from []State, to State) {
	switch b.What {
	case KAccept:
		return []State{Accepted}, Placed
	case KOrder:
		return []State{Ordered}, Placed
	case KArrive:
		if r.Was == Placed || r.Was == Accepted {
			return []State{Ready}, r.Was
		}
		return []State{Ready}, Ordered
	}
	return []State{Declined}, r.Was
}

func (b *Reverse) request(a *act, r *Request) {
	from, to := b.undone(r)
	if !a.ours(r.Store) || !slices.Contains(from, r.State) || to == "" {
		a.reject(r.Op, why("is_now", "state", string(r.State)))
		return
	}
	today := a.today()
	if b.What == KArrive {
		st := a.stock(r.Store, r.ISBN)
		st.change(-1, a.op.When, "reverse")
		a.put(st)
	}
	a.backToShelf(r)
	r.Reason, r.Hold, r.Op = "", 0, a.op.Ref
	r.Turn++
	if to == Accepted || to == Ready {
		a.fetchable(r, to, 0)
		return
	}
	r.State, r.Was, r.EndsOn = to, r.State, ""
	if to == Placed {
		r.EndsOn = today.Add(a.policy().UnansweredDays)
	}
	a.put(r)
	a.tell(r.Resident, "answer_changed", r.ID, "title", a.titleName(r.ISBN), "state", string(to))
}

func (b *Reverse) loan(a *act, l *Loan) {
	a.want(RefundKey(l.ID), CopyKey(l.ID))
	if !a.ours(l.Store) {
		a.reject(l.Op, why("moved"))
		return
	}
	switch {
	case b.What == KSell && l.State == LoanOut && a.whereNow(l) == CopyOut:
		b.sale(a, l)
	case b.What == KReturn && l.State == LoanReturned && !a.refundPaid(l.ID) && a.unpacked(l):
		b.takeBack(a, l)
	case b.What == KLeave && l.State == LoanLeft && a.unpacked(l):
		l.Faults, l.DecideBy = nil, ""
		b.outAgain(a, l)
	case b.What == KKeep && l.State == LoanKept && a.whereNow(l) == CopyGiven:
		a.regain(l)
		b.outAgain(a, l)
	case NeedsOwner(b.What): // money may have moved: somebody must look
		a.opened(Case{Kind: CaseReturn, Store: l.Store, Owner: RoleOwner, Loan: l.ID, Other: l.Op,
			Reason: why("undo_too_late", "state", string(l.State))})
	default:
		a.reject(l.Op, why("undo_too_late", "state", string(l.State)))
	}
}

// unpacked says that the copy still lies at the store outside any box.
func (a *act) unpacked(l *Loan) bool {
	c := get[*Copy](a, CopyKey(l.ID))
	return c == nil || c.State == CopyAtStore
}

// takeBack undoes a return whose money was not yet given back.
func (b *Reverse) takeBack(a *act, l *Loan) {
	a.drop(RefundKey(l.ID))
	a.shift(l.Year, l.Paid, -l.Paid, 0)
	a.open(l.Resident, -1)
	if l.Slot > 0 {
		a.claim(l.Resident, l.ISBN, l.Key())
	}
	if s := get[*Slot](a, SlotKey(l.ISBN, l.Slot)); s != nil {
		s.State = SlotTaken
		a.put(s)
	}
	b.outAgain(a, l)
}

func (b *Reverse) outAgain(a *act, l *Loan) {
	l.State, l.EndedAt, l.Op = LoanOut, 0, a.op.Ref
	l.Turn++
	a.put(l)
	a.place(l, CopyOut)
}

// sale undoes a sale: the copy is the shop's again, the request as before it.
func (b *Reverse) sale(a *act, l *Loan) {
	st := a.stock(l.Store, l.ISBN)
	st.change(1, a.op.When, "reverse")
	a.put(st)
	a.drop(CopyKey(l.ID))
	l.State, l.Right, l.Op = LoanVoid, RightVoid, a.op.Ref
	r := get[*Request](a, RequestKey(l.Request))
	if r == nil || r.Loan != l.ID {
		if l.Slot > 0 {
			a.freeSlot(l.ISBN, l.Slot)
			a.shift(l.Year, -l.Paid, 0, 0)
			a.give(l.ISBN, l.Library, -1)
			a.count(l.Resident, l.SoldOn, -1)
		}
		a.unclaim(l.Resident, l.ISBN, l.Key())
		l.Slot = 0
		a.put(l)
		return
	}
	reserve := a.policy().Reserve(r.Price)
	a.shift(l.Year, reserve-l.Paid, 0, 0)
	a.moveSlot(l.ISBN, l.Slot, string(r.ID))
	l.Slot = 0
	a.put(l)
	was := r.Was
	r.Reserved, r.Year, r.Loan, r.State = reserve, l.Year, "", Placed
	r.Turn++
	a.reclaim(r.Resident, r.ISBN, l.Key(), r.Key())
	switch was {
	case Cancelled, Expired, NoShow: // it had ended before the sale
		a.endRequest(r, was)
	default:
		a.fetchable(r, Accepted, 0)
	}
}

func (b *Reverse) transfer(a *act, t *Transfer) {
	switch {
	case !a.ours(t.Store):
		a.reject(t.Op, why("moved"))
		return
	case b.What == KCloseBox && t.State == TransferClosed:
		t.State, t.Op = TransferOpen, a.op.Ref
		t.Turn++
		a.put(t)
	case b.What == KHandOver && t.State == TransferHanded && len(t.Taken) == 0:
		t.State, t.HandedAt, t.Taker, t.LateOn, t.Op = TransferClosed, 0, "", "", a.op.Ref
		t.Turn++
		a.put(t)
		for _, id := range t.Copies {
			if c := get[*Copy](a, CopyKey(id)); c != nil && c.State == CopyHanded {
				c.State, c.Op = CopyInBox, a.op.Ref
				a.put(c)
			}
		}
	default:
		a.reject(t.Op, why("undo_too_late", "state", string(t.State)))
	}
}
