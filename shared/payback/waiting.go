package payback

import "slices"

// The waiting line of a title whose slots are all held.

// Reserve takes a place in the line. It is refused while a slot is free: then
// the title can be asked for at once.
type Reserve struct {
	Reservation ReservationID `json:"reservation"`
	Resident    ResidentID    `json:"resident"`
	ISBN        ISBN          `json:"isbn"`
	Stores      []StoreID     `json:"stores"` // where the resident would fetch it, best first
}

// Kind is reserve.
func (*Reserve) Kind() Kind { return KReserve }

// Act is one a reservation.
func (b *Reserve) Act() string { return "reserve/" + string(b.Reservation) }

// Subject is the reservation.
func (b *Reserve) Subject() Key { return ReservationKey(b.Reservation) }

// Check bounds the fields: one to ten stores.
func (b *Reserve) Check() Reason {
	return first(idOK(b.Reservation), "reservation", idOK(b.Resident), "resident", b.ISBN.Valid(), "isbn",
		len(b.Stores) >= 1 && len(b.Stores) <= 10 && idOK(b.Stores...), "stores")
}

func (b *Reserve) apply(a *act) {
	a.want(b.Subject(), ResidentKey(b.Resident), TitleKey(b.ISBN), QuotaKey(b.ISBN), ClaimKey(b.Resident, b.ISBN))
	if v := get[*Reservation](a, b.Subject()); v != nil {
		a.duplicate(v.Op, Reason{})
		return
	}
	if no := b.refuse(a); !no.None() {
		a.reject(OpRef{}, no)
		return
	}
	q := a.quota(b.ISBN)
	q.Line = append(slices.Clone(q.Line), b.Reservation)
	v := &Reservation{ID: b.Reservation, Resident: b.Resident, ISBN: b.ISBN, Stores: b.Stores, State: Waiting,
		Since: a.op.When.Lo, EndsOn: a.today().Add(a.policy().WaitDays), Op: a.op.Ref}
	a.put(q, v)
	a.claim(b.Resident, b.ISBN, v.Key())
}

func (b *Reserve) refuse(a *act) Reason {
	p, res := a.policy(), get[*Resident](a, ResidentKey(b.Resident))
	if res == nil {
		return why("resident_unknown")
	}
	if r := res.mayAsk(a.today()); !r.None() {
		return r
	}
	title := get[*Title](a, TitleKey(b.ISBN))
	if r := p.CheckTitle(title, a.today()); !r.None() {
		return r
	}
	if get[*Claim](a, ClaimKey(b.Resident, b.ISBN)) != nil {
		return why("already_asked")
	}
	q := a.quota(b.ISBN)
	if q.Lowest() <= p.CopyCap(title) && len(q.Line) == 0 {
		return why("slot_free")
	}
	if len(q.Line) >= p.MaxLine {
		return why("line_full", "limit", num(p.MaxLine))
	}
	return Reason{}
}

// Promote offers a freed slot to the first in line, with the money for it.
type Promote struct {
	Reservation ReservationID `json:"reservation"`
	After       string        `json:"after"` // the act that freed the slot
}

// Kind is promote.
func (*Promote) Kind() Kind { return KPromote }

// Act is one a reservation and freeing act.
func (b *Promote) Act() string { return "promote/" + string(b.Reservation) + "/" + b.After }

// Subject is the reservation.
func (b *Promote) Subject() Key { return ReservationKey(b.Reservation) }

// Check bounds the fields.
func (b *Promote) Check() Reason {
	return first(idOK(b.Reservation), "reservation", short(400, b.After), "after")
}

func (b *Promote) apply(a *act) {
	v := get[*Reservation](a, b.Subject())
	if v == nil || v.State != Waiting {
		a.reject(OpRef{}, why("moot"))
		return
	}
	a.want(TitleKey(v.ISBN), QuotaKey(v.ISBN), BudgetKey(a.today().Year()))
	n, ok := a.takeSlot(v.ISBN, string(v.ID))
	if !ok {
		a.reject(OpRef{}, why("moot"))
		return
	}
	price := Won(0)
	if t := get[*Title](a, TitleKey(v.ISBN)); t != nil {
		price = t.Price
	}
	amount := a.policy().Reserve(price)
	year, ok := a.reserve(amount)
	if !ok {
		a.forget()
		a.reject(OpRef{}, why("no_money"))
		return
	}
	a.leaveLine(v)
	v.State, v.Slot, v.Reserved, v.Year, v.Op = Offered, n, amount, year, a.op.Ref
	v.EndsOn = a.today().Add(a.policy().OfferDays)
	a.put(v)
	a.tell(v.Resident, "offered", "", "title", a.titleName(v.ISBN), "until", string(v.EndsOn))
}

func (a *act) leaveLine(v *Reservation) {
	q := a.quota(v.ISBN)
	if at := slices.Index(q.Line, v.ID); at >= 0 {
		q.Line = slices.Delete(slices.Clone(q.Line), at, at+1)
		a.put(q)
	}
}

// EndWait ends a place in line or an offer: the resident left, or its last day
// is over. There is no return to the back of the line.
type EndWait struct {
	Reservation ReservationID `json:"reservation"`
	Day         Date          `json:"day,omitempty"` // the last day, which is over; "" when the resident leaves
}

// Kind is end_wait.
func (*EndWait) Kind() Kind { return KEndWait }

// Act is one a reservation and day.
func (b *EndWait) Act() string { return "end_wait/" + string(b.Reservation) + "/" + string(b.Day) }

// Subject is the reservation.
func (b *EndWait) Subject() Key { return ReservationKey(b.Reservation) }

// Check bounds the fields.
func (b *EndWait) Check() Reason {
	return first(idOK(b.Reservation), "reservation", short(10, b.Day), "day")
}

func (b *EndWait) apply(a *act) {
	v := get[*Reservation](a, b.Subject())
	if v == nil || (v.State != Waiting && v.State != Offered) {
		a.reject(OpRef{}, why("moot"))
		return
	}
	if b.Day != "" && (v.EndsOn != b.Day || a.byEndOf(b.Day)) {
		a.reject(v.Op, why("moot"))
		return
	}
	if v.State == Offered {
		a.freeSlot(v.ISBN, v.Slot)
		a.shift(v.Year, -v.Reserved, 0, 0)
		v.Slot, v.Reserved = 0, 0
	} else {
		a.leaveLine(v)
	}
	v.State, v.Op = Ended, a.op.Ref
	a.put(v)
	a.unclaim(v.Resident, v.ISBN, v.Key())
	if b.Day != "" {
		a.tell(v.Resident, "wait_over", "", "title", a.titleName(v.ISBN))
	}
}
