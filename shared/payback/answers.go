package payback

import "slices"

// What a store answers to a request: accept, order, arrive, decline.

// answered says what stops a store's answer to a request, as the op's end; the
// request is returned only if the answer may go on.
func (a *act) answered(k Key, assign int, from ...State) *Request {
	r := get[*Request](a, k)
	switch {
	case r == nil:
		a.hold(k, why("request_unknown"))
		return nil
	case !a.ours(r.Store) || r.Assign != assign:
		a.reject(r.Op, why("moved"))
		return nil
	case !slices.Contains(from, r.State):
		a.reject(r.Op, why("is_now", "state", string(r.State)))
		return nil
	}
	return r
}

// shut says that the request's store has closed: its resident was asked to name
// another, and an answer that was on its way promises nothing any more.
func (a *act) shut(r *Request) bool {
	s := a.store(r.Store)
	return s != nil && s.Successor != ""
}

// Accept says that the store has a copy and sets it aside.
type Accept struct {
	Request RequestID `json:"request"`
	Assign  int       `json:"assign"`
	Price   Won       `json:"price,omitempty"` // typed from the copy; 0 = the known price stands
	Hold    int       `json:"hold,omitempty"`  // number on the hold shelf
	Turn    int       `json:"turn,omitempty"`  // the request's, so that an answer taken back can be given again
}

// Kind is accept.
func (*Accept) Kind() Kind { return KAccept }

// Act is one a request, store and turn.
func (b *Accept) Act() string {
	return "accept/" + string(b.Request) + "/" + num(b.Assign) + "/" + num(b.Turn)
}

// Subject is the request.
func (b *Accept) Subject() Key { return RequestKey(b.Request) }

// Check bounds the fields.
func (b *Accept) Check() Reason {
	return first(idOK(b.Request), "request", b.Assign > 0, "assign", b.Price >= 0 && b.Price <= MaxAmount, "price",
		b.Hold >= 0 && b.Hold <= 9999, "hold", b.Turn >= 0, "turn")
}

func (b *Accept) apply(a *act) {
	a.want(DistrictKey())
	r := get[*Request](a, b.Subject())
	if r != nil && r.Assign == b.Assign && a.ours(r.Store) {
		switch {
		case r.State != Sold && a.shut(r):
			a.reject(r.Op, why("store_closed"))
			return
		case r.State == Accepted || r.State == Ready:
			a.duplicate(r.Op, why("accepted_before"))
			return
		case r.State == Sold:
			a.note(why("sold_before")) // the sale implied it; this completes the history
			return
		case r.State == Expired && r.Was == Placed && a.byEndOf(r.EndsOn):
			b.revive(a, r)
			return
		}
	}
	if r = a.answered(b.Subject(), b.Assign, Placed); r != nil {
		b.accept(a, r)
	}
}

func (b *Accept) accept(a *act, r *Request) {
	p := a.policy()
	a.want(TitleKey(r.ISBN), StoreKey(r.Store), StockKey(r.Store, r.ISBN))
	if b.Price > 0 && b.Price != r.Price {
		if over := p.CheckTitle(&Title{Price: b.Price}, a.today()); !over.None() {
			a.declined(r, over.Key)
			a.reject(OpRef{}, over)
			return
		}
		a.shift(r.Year, b.Price-r.Reserved, 0, 0)
		r.Price, r.Reserved = b.Price, b.Price
		if t := get[*Title](a, TitleKey(r.ISBN)); t != nil && t.Price == 0 {
			t.Price = b.Price
			a.put(t)
		}
	}
	a.fetchable(r, Accepted, b.Hold)
	a.tell(r.Resident, "accepted", r.ID, "title", a.titleName(r.ISBN), "number", r.Number, "until", string(r.EndsOn),
		"store", a.storeName(r.Store), "price", won(r.Price))
}

// revive lets a late answer stand that was given in time: the server had not
// heard of it when it ended the request.
func (b *Accept) revive(a *act, r *Request) {
	if c := a.retake(r, Case{Kind: CaseOverCap, Store: r.Store, Request: r.ID, Other: r.Op, Reason: why("over_cap_accept")}); c != "" {
		r.Case = c
	}
	r.State = Placed // so that an answer taken back leads there, and not to an end that holds a slot
	b.accept(a, r)
}

// retake takes again what an ended request gave back: slot and money, its count,
// claim, library and number. Where slot or money are gone it returns the case c,
// under which it has them all the same.
func (a *act) retake(r *Request, c Case) CaseID {
	if r.State != NoShow {
		a.count(r.Resident, r.PlacedOn, 1)
	}
	a.claim(r.Resident, r.ISBN, r.Key())
	a.give(r.ISBN, r.Library, 1)
	if k := PickupKey(r.Store, r.Number); !a.blind(k) && get[*Pickup](a, k) == nil {
		a.put(&Pickup{Store: r.Store, Number: r.Number, Request: r.ID})
	}
	r.Reserved = a.policy().Reserve(r.Price)
	var block CaseID
	r.Slot, r.Year, block = a.seize(r.ISBN, string(r.ID), r.Reserved, c)
	return block
}

// fetchable puts a request into the state in which its copy waits at the store.
func (a *act) fetchable(r *Request, s State, hold int) {
	r.Was, r.State, r.Hold, r.Op = r.State, s, hold, a.op.Ref
	r.EndsOn = a.opensAfter(r.Store, a.today().Add(a.policy().PickupDays))
	a.setAside(r)
	a.put(r)
}

func (a *act) storeName(id StoreID) string {
	if s := a.store(id); s != nil {
		return s.Name
	}
	return string(id)
}

// Order says that the store gets the copy by a day.
type Order struct {
	Request RequestID `json:"request"`
	Assign  int       `json:"assign"`
	ReadyBy Date      `json:"ready_by"`
	Turn    int       `json:"turn,omitempty"` // the request's, so that an answer taken back can be given again
}

// Kind is order.
func (*Order) Kind() Kind { return KOrder }

// Act is one a request, store, day and turn.
func (b *Order) Act() string {
	return "order/" + string(b.Request) + "/" + num(b.Assign) + "/" + num(b.Turn) + "/" + string(b.ReadyBy)
}

// Subject is the request.
func (b *Order) Subject() Key { return RequestKey(b.Request) }

// Check bounds the fields.
func (b *Order) Check() Reason {
	_, err := ParseDate(string(b.ReadyBy))
	return first(idOK(b.Request), "request", b.Assign > 0, "assign", err == nil, "ready_by", b.Turn >= 0, "turn")
}

func (b *Order) apply(a *act) {
	if r := a.answered(b.Subject(), b.Assign, Placed, Ordered); r != nil {
		if a.shut(r) {
			a.reject(r.Op, why("store_closed"))
			return
		}
		r.Was, r.State, r.ReadyBy, r.EndsOn, r.Op = r.State, Ordered, b.ReadyBy, "", a.op.Ref
		r.EndsOn = max(b.ReadyBy, a.today()).Add(a.policy().OrderDays)
		a.put(r)
		a.tell(r.Resident, "ordered", r.ID, "title", a.titleName(r.ISBN), "ready", string(b.ReadyBy), "store", a.storeName(r.Store))
	}
}

// Arrive says that the ordered copy has come.
type Arrive struct {
	Request RequestID `json:"request"`
	Assign  int       `json:"assign"`
	Hold    int       `json:"hold,omitempty"`
	Price   Won       `json:"price,omitempty"` // typed from the copy
	Turn    int       `json:"turn,omitempty"`  // the request's, so that an answer taken back can be given again
}

// Kind is arrive.
func (*Arrive) Kind() Kind { return KArrive }

// Act is one a request and store.
func (b *Arrive) Act() string {
	return "arrive/" + string(b.Request) + "/" + num(b.Assign) + "/" + num(b.Turn)
}

// Subject is the request.
func (b *Arrive) Subject() Key { return RequestKey(b.Request) }

// Check bounds the fields.
func (b *Arrive) Check() Reason {
	return first(idOK(b.Request), "request", b.Assign > 0, "assign", b.Hold >= 0 && b.Hold <= 9999, "hold",
		b.Price >= 0 && b.Price <= MaxAmount, "price", b.Turn >= 0, "turn")
}

func (b *Arrive) apply(a *act) {
	a.want(DistrictKey())
	r := get[*Request](a, b.Subject())
	switch {
	case r == nil:
		a.hold(b.Subject(), why("request_unknown"))
		return
	case r.State == Ready && r.Assign == b.Assign && a.mine(r.Store):
		a.duplicate(r.Op, why("arrived_before"))
		return
	}
	store := a.op.Store
	if store == "" {
		store = r.Store
	}
	st := a.stock(store, r.ISBN)
	st.change(1, a.op.When, "arrive")
	a.put(st)
	live := r.Assign == b.Assign && a.mine(r.Store) && (r.State == Ordered || r.State == Placed || r.State == Accepted)
	if !live {
		a.note(why("arrived_for_nobody", "state", string(r.State)))
		return
	}
	if b.Price > 0 && r.Price == 0 {
		a.shift(r.Year, b.Price-r.Reserved, 0, 0)
		r.Price, r.Reserved = b.Price, b.Price
	}
	a.fetchable(r, Ready, b.Hold)
	a.tell(r.Resident, "arrived", r.ID, "title", a.titleName(r.ISBN), "number", r.Number, "until", string(r.EndsOn),
		"store", a.storeName(r.Store), "price", won(r.Price))
}

// Reasons for which a store declines.
const (
	DeclineNotOnShelf   = "not_on_shelf"
	DeclineDamaged      = "damaged"
	DeclineNoSupply     = "no_supply" // can't be ordered in time or at all
	DeclineWrongEdition = "wrong_edition"
	DeclineTooBusy      = "too_busy"
	DeclineOther        = "other"
)

// DeclineReasons lists the reasons in the order in which faces number them.
func DeclineReasons() []string {
	return []string{DeclineNotOnShelf, DeclineNoSupply, DeclineDamaged, DeclineWrongEdition, DeclineTooBusy, DeclineOther}
}

// Decline says that the store can't. The resident keeps slot and money for a
// while to name another store.
type Decline struct {
	Request RequestID `json:"request"`
	Assign  int       `json:"assign"`
	Reason  string    `json:"reason"`
	From    State     `json:"from"`           // the state that the clerk saw: another PC may have answered
	Turn    int       `json:"turn,omitempty"` // the request's, so that an answer taken back can be given again
}

// Kind is decline.
func (*Decline) Kind() Kind { return KDecline }

// Act is one a request and store.
func (b *Decline) Act() string {
	return "decline/" + string(b.Request) + "/" + num(b.Assign) + "/" + num(b.Turn)
}

// Subject is the request.
func (b *Decline) Subject() Key { return RequestKey(b.Request) }

// Check bounds the fields.
func (b *Decline) Check() Reason {
	return first(idOK(b.Request), "request", b.Assign > 0, "assign", slices.Contains(DeclineReasons(), b.Reason), "reason",
		slices.Contains([]State{Placed, Accepted, Ordered, Ready}, b.From), "from", b.Turn >= 0, "turn")
}

func (b *Decline) apply(a *act) {
	r := get[*Request](a, b.Subject())
	if r != nil && r.State == Declined && r.Assign == b.Assign {
		a.duplicate(r.Op, why("declined_before"))
		return
	}
	if r = a.answered(b.Subject(), b.Assign, b.From); r != nil {
		a.declined(r, b.Reason)
	}
}

func (a *act) declined(r *Request, reason string) {
	a.want(StockKey(r.Store, r.ISBN), TitleKey(r.ISBN), StoreKey(r.Store))
	a.backToShelf(r)
	if st := get[*Stock](a, StockKey(r.Store, r.ISBN)); st != nil && reason == DeclineNotOnShelf {
		st.N, st.AsOf, st.CountedAt, st.Source = len(st.Aside), a.op.When.Lo, a.op.When.Lo, "decline"
		a.put(st)
	}
	r.Was, r.State, r.Reason, r.Hold, r.Op = r.State, Declined, reason, 0, a.op.Ref
	r.EndsOn = a.today().Add(a.policy().DeclineKeepDays)
	a.put(r)
	a.tell(r.Resident, "declined", r.ID, "title", a.titleName(r.ISBN), "until", string(r.EndsOn), "reason", reason,
		"store", a.storeName(r.Store))
}
