package payback

import "slices"

// From the request to the copy that waits for its resident.

// Place asks for one copy of a title at a store. Slot and money are held from
// that moment (DESIGN 1: the promise).
type Place struct {
	Request     RequestID     `json:"request"`
	Resident    ResidentID    `json:"resident"`
	ISBN        ISBN          `json:"isbn"`
	Store       StoreID       `json:"store"`
	CardTag     string        `json:"card_tag,omitempty"` // the card's hash, keyed for this store
	Reservation ReservationID `json:"reservation,omitempty"`
}

// Kind is place.
func (*Place) Kind() Kind { return KPlace }

// Act is one a request.
func (b *Place) Act() string { return "place/" + string(b.Request) }

// Subject is the request.
func (b *Place) Subject() Key { return RequestKey(b.Request) }

// Check bounds the fields.
func (b *Place) Check() Reason {
	return first(idOK(b.Request), "request", idOK(b.Resident), "resident", b.ISBN.Valid(), "isbn",
		idOK(b.Store), "store", short(MaxID, b.CardTag), "card_tag", short(MaxID, b.Reservation), "reservation")
}

func (b *Place) apply(a *act) {
	a.want(b.Subject(), StoreKey(b.Store), DistrictKey(), ResidentKey(b.Resident), QuotaKey(b.ISBN), TitleKey(b.ISBN),
		BudgetKey(a.today().Year()), ClaimKey(b.Resident, b.ISBN), NumbersKey(b.Store),
		TallyKey(b.Resident, a.today().Month()), TallyKey(b.Resident, a.today().Year()), ReservationKey(b.Reservation))
	if r := get[*Request](a, b.Subject()); r != nil {
		a.duplicate(r.Op, Reason{})
		return
	}
	if k := ResidentKey(b.Resident); a.op.Told && get[*Resident](a, k) == nil {
		a.put(&Resident{ID: b.Resident}) // their row is lost; the next list of residents brings the rest
	}
	title := get[*Title](a, TitleKey(b.ISBN))
	if r := b.refuse(a, title); !r.None() {
		a.reject(OpRef{}, r)
		return
	}
	p := a.policy()
	r := &Request{ID: b.Request, Resident: b.Resident, ISBN: b.ISBN, Assign: 0, PlacedAt: a.op.When.Lo, PlacedOn: a.today()}
	if title != nil {
		r.Price = title.Price
	}
	if !b.hold(a, r, p) {
		return
	}
	r.Library = a.allot(b.ISBN)
	a.count(b.Resident, r.PlacedOn, 1)
	a.reclaim(b.Resident, b.ISBN, ReservationKey(b.Reservation), r.Key())
	a.assign(r, b.Store, b.CardTag)
}

// refuse says why the resident can't have this title at this store now.
func (b *Place) refuse(a *act, title *Title) Reason {
	res := get[*Resident](a, ResidentKey(b.Resident))
	if res == nil {
		return why("resident_unknown")
	}
	if r := res.mayAsk(a.today()); !r.None() {
		return r
	}
	if r := a.policy().CheckTitle(title, a.today()); !r.None() {
		return r
	}
	if r := a.takes(b.Store); !r.None() {
		return r
	}
	claim := get[*Claim](a, ClaimKey(b.Resident, b.ISBN))
	if claim != nil && claim.For != ReservationKey(b.Reservation) {
		return why("already_asked")
	}
	return a.overLimit(b.Resident)
}

// hold takes slot and money for the request, or takes over those of an offer.
func (b *Place) hold(a *act, r *Request, p Policy) bool {
	want := p.Reserve(r.Price)
	if b.Reservation != "" {
		v := get[*Reservation](a, ReservationKey(b.Reservation))
		if v == nil || v.State != Offered || v.Resident != b.Resident || v.ISBN != b.ISBN {
			a.reject(OpRef{}, why("offer_gone"))
			return false
		}
		r.Slot, r.Reserved, r.Year = v.Slot, v.Reserved, v.Year
		a.moveSlot(b.ISBN, v.Slot, string(b.Request))
		v.State, v.Request, v.Op = Taken, b.Request, a.op.Ref
		a.put(v)
		return true
	}
	if len(a.quota(b.ISBN).Line) > 0 {
		a.reject(OpRef{}, why("no_slot")) // a slot that is free now belongs to those in line
		return false
	}
	n, ok := a.takeSlot(b.ISBN, string(b.Request))
	if !ok {
		a.reject(OpRef{}, why("no_slot"))
		return false
	}
	year, ok := a.reserve(want)
	if !ok {
		a.forget()
		a.reject(OpRef{}, why("no_money"))
		return false
	}
	r.Slot, r.Reserved, r.Year = n, want, year
	return true
}

// forget drops all changes so far: the op is about to be rejected.
func (a *act) forget() {
	a.changed, a.order, a.out.Follow, a.out.Notices = map[Key]Row{}, nil, nil, nil
}

// mayAsk says why a resident may not ask for anything on that day.
func (r *Resident) mayAsk(today Date) Reason {
	switch {
	case r.Erased || r.Erase:
		return why("resident_gone")
	case r.Blocked:
		return why("resident_blocked")
	case r.Barred != "" && today <= r.Barred:
		return why("resident_barred", "until", string(r.Barred))
	}
	return Reason{}
}

// takes says why a store takes no requests, or nothing.
func (a *act) takes(id StoreID) Reason {
	s := a.store(id)
	switch {
	case s == nil:
		return why("store_unknown")
	case s.Successor != "":
		return why("store_closed")
	case s.Paused:
		return why("store_paused")
	}
	return Reason{}
}

// assign hands the request to a store, with the next pick-up number there.
func (a *act) assign(r *Request, store StoreID, cardTag string) {
	n := get[*Numbers](a, NumbersKey(store))
	if n == nil {
		n = &Numbers{Store: store}
	}
	p, number := a.policy(), n.Next()
	n.Last = n.Last%9999 + 1
	r.Store, r.CardTag, r.Number = store, cardTag, number
	r.Assign++
	r.State, r.Asked, r.Reason, r.Hold, r.ReadyBy, r.Op = Placed, false, "", 0, "", a.op.Ref
	today := a.today()
	r.AskOn = WorkingDays(a.store(store), a.district(), today, p.SilenceDays)
	r.EndsOn = today.Add(p.UnansweredDays)
	pick := &Pickup{Store: store, Number: number, Request: r.ID}
	if early := get[*Pickup](a, pick.Key()); early != nil && early.Loan != "" && early.Request == "" {
		a.put(n, r)
		a.match(r, early.Loan)
		pick.Loan = early.Loan
	} else {
		a.put(n, r)
	}
	a.put(pick)
}

// Ask tells a resident that the store is silent and another may be chosen.
type Ask struct {
	Request RequestID `json:"request"`
	Assign  int       `json:"assign"`
}

// Kind is ask.
func (*Ask) Kind() Kind { return KAsk }

// Act is one a request and store.
func (b *Ask) Act() string { return "ask/" + string(b.Request) + "/" + num(b.Assign) }

// Subject is the request.
func (b *Ask) Subject() Key { return RequestKey(b.Request) }

// Check bounds the fields.
func (b *Ask) Check() Reason { return first(idOK(b.Request), "request", b.Assign > 0, "assign") }

func (b *Ask) apply(a *act) {
	r := get[*Request](a, b.Subject())
	if r == nil || r.State != Placed || r.Assign != b.Assign {
		a.reject(OpRef{}, why("moot"))
		return
	}
	if r.Asked {
		a.duplicate(r.Op, Reason{})
		return
	}
	r.Asked = true
	a.put(r)
	a.tell(r.Resident, "store_silent", r.ID, "title", a.titleName(r.ISBN))
}

// ChooseStore moves a declined or unanswered request to another store, with the
// slot and the money that it holds.
type ChooseStore struct {
	Request RequestID `json:"request"`
	Store   StoreID   `json:"store"`
	Assign  int       `json:"assign"` // the number that the request gets with it: its present one + 1
	CardTag string    `json:"card_tag,omitempty"`
}

// Kind is choose_store.
func (*ChooseStore) Kind() Kind { return KChooseStore }

// Act is one a request and assignment.
func (b *ChooseStore) Act() string { return "choose/" + string(b.Request) + "/" + num(b.Assign) }

// Subject is the request.
func (b *ChooseStore) Subject() Key { return RequestKey(b.Request) }

// Check bounds the fields.
func (b *ChooseStore) Check() Reason {
	return first(idOK(b.Request), "request", idOK(b.Store), "store", b.Assign > 1, "assign", short(MaxID, b.CardTag), "card_tag")
}

func (b *ChooseStore) apply(a *act) {
	a.want(StoreKey(b.Store), DistrictKey(), NumbersKey(b.Store))
	r := get[*Request](a, b.Subject())
	switch {
	case r == nil:
		a.reject(OpRef{}, why("request_unknown"))
		return
	case r.Assign != b.Assign-1:
		a.reject(r.Op, why("moved"))
		return
	case r.State != Declined && (r.State != Placed || !r.Asked):
		a.reject(r.Op, why("is_now", "state", string(r.State)))
		return
	case r.Store == b.Store:
		a.reject(r.Op, why("same_store"))
		return
	}
	if no := a.takes(b.Store); !no.None() {
		a.reject(OpRef{}, no)
		return
	}
	if old := get[*Pickup](a, PickupKey(r.Store, r.Number)); old != nil && old.Request == r.ID {
		a.drop(old.Key())
	}
	r.Assign = b.Assign - 1
	a.assign(r, b.Store, b.CardTag)
}

// Cancel ends a request before its sale.
type Cancel struct {
	Request RequestID `json:"request"`
	Assign  int       `json:"assign,omitempty"` // given by a store: the assignment that it saw
	Turn    int       `json:"turn,omitempty"`   // the request's
}

// Kind is cancel.
func (*Cancel) Kind() Kind { return KCancel }

// Act is one a request and turn.
func (b *Cancel) Act() string { return "cancel/" + string(b.Request) + "/" + num(b.Turn) }

// Subject is the request.
func (b *Cancel) Subject() Key { return RequestKey(b.Request) }

// Check bounds the fields.
func (b *Cancel) Check() Reason {
	return first(idOK(b.Request), "request", b.Assign >= 0, "assign", b.Turn >= 0, "turn")
}

func (b *Cancel) apply(a *act) {
	r := get[*Request](a, b.Subject())
	switch {
	case r == nil:
		a.reject(OpRef{}, why("request_unknown"))
	case r.State == Cancelled:
		a.duplicate(r.Op, Reason{})
	case !a.ours(r.Store) || (b.Assign > 0 && r.Assign != b.Assign):
		a.reject(r.Op, why("moved"))
	case !r.Open():
		a.reject(r.Op, why("is_now", "state", string(r.State)))
	case r.Waiting() && a.op.Role == RoleResident && !a.policy().CancelAccepted:
		a.reject(r.Op, why("cancel_too_late"))
	default:
		a.endRequest(r, Cancelled)
	}
}

// endRequest ends a request without a sale: copy back to the shelf, slot and
// money free, the next in line promoted. A no-show counts against the limits.
func (a *act) endRequest(r *Request, s State) {
	if s != NoShow {
		a.count(r.Resident, r.PlacedOn, -1)
	}
	a.backToShelf(r)
	a.letGo(r)
	r.Was, r.State, r.Hold, r.Op = r.State, s, 0, a.op.Ref
	a.put(r)
}

// letGo gives back what the request holds.
func (a *act) letGo(r *Request) {
	a.freeSlot(r.ISBN, r.Slot)
	a.shift(r.Year, -r.Reserved, 0, 0)
	a.give(r.ISBN, r.Library, -1)
	a.unclaim(r.Resident, r.ISBN, r.Key())
	r.Slot, r.Reserved = 0, 0
	if p := get[*Pickup](a, PickupKey(r.Store, r.Number)); p != nil && p.Request == r.ID {
		a.drop(p.Key())
	}
}

// Expire ends what a request waits for: unanswered, or declined past its day
// (expired), not fetched (no-show), ordered and never come (declined: the resident
// names another store).
type Expire struct {
	Request RequestID `json:"request"`
	Assign  int       `json:"assign"`
	From    State     `json:"from"`
	Day     Date      `json:"day"` // the last day, which is over
}

// Kind is expire.
func (*Expire) Kind() Kind { return KExpire }

// Act is one a request, store, state and day.
func (b *Expire) Act() string {
	return "expire/" + string(b.Request) + "/" + num(b.Assign) + "/" + string(b.From) + "/" + string(b.Day)
}

// Subject is the request.
func (b *Expire) Subject() Key { return RequestKey(b.Request) }

// Check bounds the fields.
func (b *Expire) Check() Reason {
	_, err := ParseDate(string(b.Day))
	return first(idOK(b.Request), "request", b.Assign > 0, "assign",
		slices.Contains([]State{Placed, Declined, Accepted, Ordered, Ready}, b.From), "from", err == nil, "day")
}

func (b *Expire) apply(a *act) {
	a.want(DistrictKey())
	r := get[*Request](a, b.Subject())
	if r == nil || r.State != b.From || r.Assign != b.Assign || r.EndsOn != b.Day || a.byEndOf(b.Day) {
		a.reject(OpRef{}, why("moot"))
		return
	}
	if r.State == Ordered { // as if the store had said so: slot and money stay for another store
		a.declined(r, DeclineNoSupply)
		return
	}
	if !r.Waiting() {
		a.endRequest(r, Expired)
		a.tell(r.Resident, "expired", r.ID, "title", a.titleName(r.ISBN))
		return
	}
	if res := get[*Resident](a, ResidentKey(r.Resident)); res != nil {
		res.Barred = max(res.Barred, a.today().Add(a.policy().NoShowBarDays))
		a.put(res)
	}
	a.endRequest(r, NoShow)
	a.tell(r.Resident, "no_show", r.ID, "title", a.titleName(r.ISBN), "until", string(a.today().Add(a.policy().NoShowBarDays)))
}
