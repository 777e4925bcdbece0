package payback

import "slices"

// The sale: a fact that always stands. What it means for slot and money may need
// a case.

// Sell records that a copy was sold. The copy and its loan are born with it, and
// the right to pay the refund with the device that sold.
type Sell struct {
	Copy     CopyID    `json:"copy"`
	Request  RequestID `json:"request,omitempty"`
	Number   string    `json:"number,omitempty"` // a pick-up number that this PC had not heard of
	ISBN     ISBN      `json:"isbn"`
	Paid     Won       `json:"paid"`
	List     Won       `json:"list,omitempty"`
	PayBy    PayKind   `json:"kind"`
	Approval string    `json:"approval,omitempty"`
	Due      Date      `json:"due"`                // as told to the resident; the server keeps the later day
	Card     string    `json:"card,omitempty"`     // id of the attachment with the sealed card
	CardTag  string    `json:"card_tag,omitempty"` // so that the card finds the loan at this store
	Seen     bool      `json:"seen,omitempty"`     // card or code was shown
}

// Kind is sell.
func (*Sell) Kind() Kind { return KSell }

// Act is one a copy.
func (b *Sell) Act() string { return "sell/" + string(b.Copy) }

// Subject is the loan.
func (b *Sell) Subject() Key { return LoanKey(b.Copy) }

// Check bounds the fields.
func (b *Sell) Check() Reason {
	_, err := ParseDate(string(b.Due))
	return first(idOK(b.Copy), "copy", short(MaxID, b.Request), "request", short(8, b.Number), "number", b.ISBN.Valid(), "isbn",
		b.Paid > 0 && b.Paid <= MaxAmount, "paid", b.List >= 0 && b.List <= MaxAmount, "list", b.PayBy.valid(), "kind",
		short(32, b.Approval), "approval", err == nil, "due", short(MaxID, b.Card, b.CardTag), "card")
}

func (k PayKind) valid() bool { return k == ByCard || k == ByCash || k == ByLocal }

// DueOn is the last day on which a copy sold on day sold comes back in time: the
// sale's day plus the loan days, moved to the store's next open day.
// Source: three weeks, case study; the first day counted is the day after.
func DueOn(p Policy, s *Store, d *District, sold Date) Date {
	return NextOpen(s, d, sold.Add(p.LoanDays))
}

func (b *Sell) apply(a *act) {
	store := a.op.Store
	a.want(b.Subject(), RequestKey(b.Request), StoreKey(store), DistrictKey(), StockKey(store, b.ISBN), CopyKey(b.Copy))
	if l := get[*Loan](a, b.Subject()); l != nil {
		a.duplicate(l.Op, why("sold_before"))
		return
	}
	sold := DateOf(a.op.When.Lo, a.env.Zone)
	l := &Loan{ID: b.Copy, Number: b.Number, ISBN: b.ISBN, Store: store, State: LoanOut, SoldAt: a.op.When.Lo, SoldOn: sold,
		Paid: b.Paid, List: b.List, Kind: b.PayBy, Approval: b.Approval, CardTag: b.CardTag, Op: a.op.Ref,
		Right: DeviceRight(a.op.Device)}
	l.Due = b.due(a)
	r := b.request(a)
	b.takeFromStock(a, r)
	a.put(&Copy{ID: b.Copy, ISBN: b.ISBN, Store: store, State: CopyOut, Op: a.op.Ref})
	switch {
	case r != nil && r.State == Sold:
		b.second(a, l, r)
	case r != nil:
		a.settleSale(l, r)
	case b.Request != "" && a.blind(RequestKey(b.Request)):
		l.Request, l.Waits = b.Request, true // it stands with another store by now
		a.put(l)
	case b.Request != "" && a.op.Told:
		l.Waits = true
		l.Block = a.opened(Case{Kind: CaseWalkIn, Store: l.Store, Loan: l.ID, Reason: why("request_unknown")})
		a.put(l)
	case b.Request != "":
		a.hold(RequestKey(b.Request), why("request_unknown"))
	case b.Number != "":
		b.unmatched(a, l)
	default:
		b.walkIn(a, l)
	}
	if l.Due < b.Due {
		a.note(why("due_too_late", "told", string(b.Due), "due", string(l.Due)))
	}
}

// dueSlack is how many days beyond the rule a due day may lie as told to the
// resident: more is a wrong clock, and would hold slot and money for years.
const dueSlack = 92

// due is the later of the day that the resident was told and the rule's.
func (b *Sell) due(a *act) Date {
	ruled := DueOn(a.policy(), a.store(a.op.Store), a.district(), a.today())
	if b.Due > ruled.Add(dueSlack) {
		return ruled
	}
	return max(b.Due, ruled)
}

// request finds the request that the sale is for: by id, or by a number that only
// the server can look up.
func (b *Sell) request(a *act) *Request {
	if b.Request != "" {
		return get[*Request](a, RequestKey(b.Request))
	}
	if b.Number == "" {
		return nil
	}
	p := get[*Pickup](a, PickupKey(a.op.Store, b.Number))
	if p == nil || p.Request == "" {
		return nil
	}
	if r := get[*Request](a, RequestKey(p.Request)); r != nil && r.ISBN == b.ISBN {
		return r
	}
	return nil
}

func (b *Sell) takeFromStock(a *act, r *Request) {
	st := a.stock(a.op.Store, b.ISBN)
	st.change(-1, a.op.When, "sell")
	if r != nil {
		if at := slices.Index(st.Aside, r.ID); at >= 0 {
			st.Aside = slices.Delete(slices.Clone(st.Aside), at, at+1)
		}
	}
	a.put(st)
}

// settleSale makes the loan of a request. A sale from a state in which slot and
// money were lost takes them again, or opens a case.
func (a *act) settleSale(l *Loan, r *Request) {
	if !r.Open() {
		a.unbar(r)
		l.Block = a.retake(r, Case{Kind: CaseOverCap, Store: l.Store, Request: r.ID, Loan: l.ID, Other: r.Op,
			Reason: why("over_cap_sale", "state", string(r.State))})
	}
	a.backToShelf(r)
	if l.Library != "" { // a library has it already: the request's own choice is void
		a.give(r.ISBN, r.Library, -1)
		r.Library = l.Library
	}
	newcomer := l.Resident == ""
	l.Request, l.Number, l.Resident, l.Library, l.Slot = r.ID, r.Number, r.Resident, r.Library, r.Slot
	l.Year, l.Waits = r.Year, false
	if l.CardTag == "" && r.Store == l.Store {
		l.CardTag = r.CardTag
	}
	if l.List == 0 {
		l.List = r.Price
	}
	if p := a.policy(); l.Block == "" {
		if no := p.CheckAmount(l.List, l.Paid); !no.None() {
			a.opened(Case{Kind: CaseAmount, Store: l.Store, Request: r.ID, Loan: l.ID, Reason: no})
		}
	}
	a.shift(l.Year, l.Paid-r.Reserved, 0, 0)
	a.moveSlot(l.ISBN, l.Slot, string(l.ID))
	r.Was, r.State, r.Loan, r.Store, r.Reserved, r.Hold, r.Op = r.State, Sold, l.ID, l.Store, 0, 0, a.op.Ref
	a.put(l, r)
	if c := get[*Copy](a, CopyKey(l.ID)); c != nil {
		c.Library = l.Library
		a.put(c)
	}
	if l.State == LoanReturned { // it came back before its request was known
		a.unclaim(l.Resident, l.ISBN, r.Key())
		a.settleReturn(l, newcomer)
		return
	}
	a.reclaim(l.Resident, l.ISBN, r.Key(), l.Key())
	a.tell(l.Resident, "sold", r.ID, "title", a.titleName(l.ISBN), "due", string(l.Due), "store", a.storeName(l.Store))
}

// settleReturn gives a loan that is back at the store, and only now has slot and
// money, what a return does to them.
func (a *act) settleReturn(l *Loan, newcomer bool) {
	a.useSlot(l.ISBN, l.Slot)
	if a.refundPaid(l.ID) {
		a.shift(l.Year, -l.Paid, 0, l.Paid)
		return
	}
	a.shift(l.Year, -l.Paid, l.Paid, 0)
	if newcomer {
		a.open(l.Resident, 1)
	}
}

// unbar lifts the ban of a no-show that was none: the sale happened in time and
// was heard of late.
func (a *act) unbar(r *Request) {
	if r.State != NoShow || !a.byEndOf(r.EndsOn) {
		return
	}
	res := get[*Resident](a, ResidentKey(r.Resident))
	if res != nil && res.Barred == DateOf(r.Op.At, a.env.Zone).Add(a.policy().NoShowBarDays) {
		res.Barred = ""
		a.put(res)
	}
}

// known ends the case that asked whose sale this is, now that its request is there.
func (a *act) known(l *Loan) {
	c := get[*Case](a, CaseKey(l.Block))
	if c == nil || c.Kind != CaseWalkIn || c.State != CaseOpen {
		return
	}
	l.Block = ""
	c.State, c.Choice, c.Decided = CaseDecided, ChooseCover, a.op.Ref
	a.put(c)
}

// match gives an earlier sale by number its request, now that it has appeared.
func (a *act) match(r *Request, loan LoanID) {
	l := get[*Loan](a, LoanKey(loan))
	if l == nil || l.Request != "" || l.ISBN != r.ISBN || !l.Waits { // decided meanwhile: it has a slot of its own, or none
		return
	}
	switch l.State {
	case LoanOut, LoanLeft, LoanReturned:
		a.known(l)
		a.settleSale(l, r)
	}
}

// second is the second sale of one request: one is the loan, this one is a plain
// sale, and a person is told.
func (b *Sell) second(a *act, l *Loan, r *Request) {
	a.opened(Case{Kind: CaseSecondSale, Store: l.Store, Owner: RoleOwner, Request: r.ID, Loan: r.Loan, Copy: l.ID, Other: r.Op,
		Reason: why("second_sale", "number", r.Number)})
	l.State, l.Request, l.Number, l.Right = LoanVoid, r.ID, r.Number, RightVoid
	a.put(l)
	if c := get[*Copy](a, CopyKey(b.Copy)); c != nil {
		c.State = CopyGiven
		a.put(c)
	}
}

// unmatched keeps a sale by a number that the server has not heard of: it waits
// for its request, a week at most.
func (b *Sell) unmatched(a *act, l *Loan) {
	l.Waits = true
	a.put(l)
	k := PickupKey(a.op.Store, b.Number)
	if a.blind(k) {
		return
	}
	if get[*Pickup](a, k) != nil { // another title's request, or another sale
		l.Block = a.opened(Case{Kind: CaseWalkIn, Store: l.Store, Loan: l.ID, Reason: why("number_not_this", "number", b.Number)})
		a.put(l)
		return
	}
	a.put(&Pickup{Store: a.op.Store, Number: b.Number, Loan: l.ID})
	a.note(why("number_unknown", "number", b.Number))
}

// Unmatched says that a sale by a number that nobody knows has waited for its
// request long enough: a person decides what it was. Should the request still come,
// the question is answered by that. Source: states, edges: case after seven days.
type Unmatched struct {
	Loan LoanID `json:"loan"`
	Day  Date   `json:"day"` // the last day on which it waited
}

// Kind is unmatched.
func (*Unmatched) Kind() Kind { return KUnmatched }

// Act is one a loan.
func (b *Unmatched) Act() string { return "unmatched/" + string(b.Loan) }

// Subject is the loan.
func (b *Unmatched) Subject() Key { return LoanKey(b.Loan) }

// Check bounds the fields.
func (b *Unmatched) Check() Reason {
	_, err := ParseDate(string(b.Day))
	return first(idOK(b.Loan), "loan", err == nil, "day")
}

func (b *Unmatched) apply(a *act) {
	l := get[*Loan](a, b.Subject())
	if l == nil || l.WaitsSince() == "" || a.byEndOf(b.Day) {
		a.reject(OpRef{}, why("moot"))
		return
	}
	a.unmatched(l)
}

// WaitsSince is the day of a sale by number whose request has not appeared and
// that nobody was asked about; "" for any other.
func (l *Loan) WaitsSince() Date {
	switch {
	case !l.Waits || l.Number == "" || l.Request != "" || l.Block != "":
		return ""
	case l.State == LoanOut, l.State == LoanLeft:
		return l.SoldOn
	}
	return ""
}

// walkIn is a sale without a request: a loan like any other if the resident may
// have one and slot and money are free, otherwise a case, and no refund before
// that is decided.
func (b *Sell) walkIn(a *act, l *Loan) {
	l.Waits = true
	res := a.op.Card
	a.want(TitleKey(b.ISBN), QuotaKey(b.ISBN), BudgetKey(a.today().Year()), ResidentKey(res), ClaimKey(res, b.ISBN))
	if a.blind(QuotaKey(b.ISBN)) {
		a.put(l)
		return
	}
	if r := b.asked(a, res); r != nil {
		a.settleSale(l, r)
		return
	}
	l.Resident = res
	no := b.walkInRefused(a, res)
	if no.None() {
		no = b.hold(a, l)
	}
	if !no.None() {
		l.Block = a.opened(Case{Kind: CaseWalkIn, Store: l.Store, Loan: l.ID, Reason: no})
		a.put(l)
		return
	}
	l.Library = a.allot(b.ISBN)
	a.count(res, l.SoldOn, 1)
	a.claim(res, b.ISBN, l.Key())
	c := get[*Copy](a, CopyKey(l.ID))
	c.Library = l.Library
	a.put(l, c)
	a.tell(res, "sold", "", "title", a.titleName(l.ISBN), "due", string(l.Due), "store", a.storeName(l.Store))
}

// asked returns the resident's own open request for the title: who buys at the
// counter what they asked for on the web has bought that.
func (b *Sell) asked(a *act, res ResidentID) *Request {
	if res == "" {
		return nil
	}
	c := get[*Claim](a, ClaimKey(res, b.ISBN))
	if c == nil || c.For.Table != TRequest {
		return nil
	}
	if r := get[*Request](a, c.For); r != nil && r.Open() {
		return r
	}
	return nil
}

// hold takes slot and money for a walk-in; without them it says why not.
func (b *Sell) hold(a *act, l *Loan) Reason {
	year, ok := a.reserve(l.Paid)
	if !ok {
		return why("no_money")
	}
	n, ok := a.takeSlot(b.ISBN, string(l.ID))
	if !ok {
		a.shift(year, -l.Paid, 0, 0)
		return why("no_slot")
	}
	l.Slot, l.Year, l.Waits = n, year, false
	return Reason{}
}

func (b *Sell) walkInRefused(a *act, res ResidentID) Reason {
	p := a.policy()
	r := get[*Resident](a, ResidentKey(res))
	if r == nil {
		return why("resident_unknown")
	}
	if no := r.mayAsk(a.today()); !no.None() {
		return no
	}
	title := get[*Title](a, TitleKey(b.ISBN))
	if no := p.CheckTitle(title, a.today()); !no.None() {
		return no
	}
	list := b.List
	if title != nil && title.Price > 0 {
		list = title.Price
	}
	if no := p.CheckAmount(list, b.Paid); !no.None() {
		return no
	}
	if get[*Claim](a, ClaimKey(res, b.ISBN)) != nil {
		return why("already_asked")
	}
	return a.overLimit(res)
}
