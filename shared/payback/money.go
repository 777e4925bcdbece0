package payback

import (
	"maps"
	"slices"
)

// Slots and money: what a request holds from the moment it is placed (DESIGN 4.7).

// takeSlot takes the lowest free slot of a title. ok is false when none is free.
// Where the quota can't be seen the answer is provisional: slot 0, ok.
func (a *act) takeSlot(i ISBN, holder string) (n int, ok bool) {
	if a.blind(QuotaKey(i)) {
		return 0, true
	}
	q := a.quota(i)
	limit := a.policy().CopyCap(get[*Title](a, TitleKey(i)))
	n = q.Lowest()
	a.want(SlotKey(i, n))
	if n > limit {
		return 0, false
	}
	a.holdSlot(q, &Slot{ISBN: i, N: n, Cap: limit, State: SlotTaken, For: holder})
	return n, true
}

// overSlot takes a slot beyond the cap, which only a case allows.
func (a *act) overSlot(i ISBN, holder string, c CaseID) int {
	if a.blind(QuotaKey(i)) {
		return 0
	}
	q := a.quota(i)
	n := q.Lowest()
	a.want(SlotKey(i, n))
	limit := a.policy().CopyCap(get[*Title](a, TitleKey(i)))
	a.holdSlot(q, &Slot{ISBN: i, N: n, Cap: limit, State: SlotTaken, For: holder, Case: c})
	return n
}

func (a *act) holdSlot(q *Quota, s *Slot) {
	q.Held = append(slices.Clone(q.Held), s.N)
	slices.Sort(q.Held)
	a.put(q, s)
}

func (a *act) quota(i ISBN) *Quota {
	if q := get[*Quota](a, QuotaKey(i)); q != nil {
		return q
	}
	return &Quota{ISBN: i}
}

// useSlot marks the slot of a copy that came back for the libraries.
func (a *act) useSlot(i ISBN, n int) {
	if s := get[*Slot](a, SlotKey(i, n)); n > 0 && s != nil {
		s.State = SlotUsed
		a.put(s)
	}
}

// freeSlot gives a slot back and lets the next in line have it.
func (a *act) freeSlot(i ISBN, n int) {
	if n == 0 || a.blind(QuotaKey(i)) {
		return
	}
	q := a.quota(i)
	at := slices.Index(q.Held, n)
	if at < 0 {
		return
	}
	q.Held = slices.Delete(slices.Clone(q.Held), at, at+1)
	a.put(q)
	if s := get[*Slot](a, SlotKey(i, n)); s != nil {
		s.State, s.For = SlotFreed, ""
		a.put(s)
	}
	if len(q.Line) > 0 {
		a.out.Follow = append(a.out.Follow, &Promote{
			Reservation: q.Line[0], After: a.op.Body.Act(),
		})
	}
}

// moveSlot says who holds a slot now.
func (a *act) moveSlot(i ISBN, n int, holder string) {
	if s := get[*Slot](a, SlotKey(i, n)); n > 0 && s != nil {
		s.For = holder
		a.put(s)
	}
}

func (a *act) budget(year string) *Budget {
	if b := get[*Budget](a, BudgetKey(year)); b != nil {
		return b
	}
	return &Budget{Year: year}
}

// reserve holds amount in this year's budget; ok is false when it does not reach.
// Where the budget can't be seen the answer is provisional: ok.
func (a *act) reserve(amount Won) (year string, ok bool) {
	year = a.today().Year()
	if a.blind(BudgetKey(year)) {
		return year, true
	}
	b := a.budget(year)
	if limit := a.policy().BudgetYear; limit > 0 && b.Used()+amount > limit {
		return year, false
	}
	b.Reserved += amount
	a.put(b)
	return year, true
}

// seize takes a slot and amount where there are any, and where there are none all
// the same, under the case that a person decides: a late fact needs them. block is
// that case, or "".
func (a *act) seize(i ISBN, holder string, amount Won, c Case) (n int, year string, block CaseID) {
	n, free := a.takeSlot(i, holder)
	year, paid := a.today().Year(), false
	if free {
		year, paid = a.reserve(amount)
	}
	if paid {
		return n, year, ""
	}
	block = a.opened(c)
	a.shift(year, amount, 0, 0)
	if !free {
		return a.overSlot(i, holder, block), year, block
	}
	if s := get[*Slot](a, SlotKey(i, n)); s != nil {
		s.Case = block
		a.put(s)
	}
	return n, year, block
}

// shift moves money within a year's budget: each amount is added to its place.
func (a *act) shift(year string, reserved, due, paid Won) {
	if year == "" || a.blind(BudgetKey(year)) {
		return
	}
	b := a.budget(year)
	b.Reserved += reserved
	b.Due += due
	b.Paid += paid
	a.put(b)
}

// count adds n to what a resident placed in the month and year of day d.
func (a *act) count(r ResidentID, d Date, n int) {
	for _, period := range []string{d.Month(), d.Year()} {
		k := TallyKey(r, period)
		if a.blind(k) {
			continue
		}
		t := get[*Tally](a, k)
		if t == nil {
			t = &Tally{Resident: r, Period: period}
		}
		t.N = max(0, t.N+n)
		a.put(t)
	}
}

// overLimit says why the resident may place no more today, or nothing.
func (a *act) overLimit(r ResidentID) Reason {
	p, d := a.policy(), a.today()
	month, year := get[*Tally](a, TallyKey(r, d.Month())), get[*Tally](a, TallyKey(r, d.Year()))
	if p.MonthLimit > 0 && month != nil && month.N >= p.MonthLimit {
		return why("month_limit", "limit", num(p.MonthLimit))
	}
	if p.YearLimit > 0 && year != nil && year.N >= p.YearLimit {
		return why("year_limit", "limit", num(p.YearLimit))
	}
	return Reason{}
}

// claim makes k an open thing of the resident's for the title: the one, unless a
// late fact adds to another.
func (a *act) claim(r ResidentID, i ISBN, k Key) { a.reclaim(r, i, Key{}, k) }

// reclaim puts k in the place of from: a request's sale, an offer's request.
func (a *act) reclaim(r ResidentID, i ISBN, from, k Key) {
	ck := ClaimKey(r, i)
	if r == "" || a.blind(ck) {
		return
	}
	c := get[*Claim](a, ck)
	switch {
	case c == nil:
		c = &Claim{Resident: r, ISBN: i, For: k}
		a.open(r, 1)
	case c.For == k || slices.Contains(c.Also, k):
		return
	case c.For == from:
		c.For = k
	default:
		also := slices.Clone(c.Also)
		if at := slices.Index(also, from); at >= 0 {
			also[at] = k
		} else {
			also = append(also, k)
			a.open(r, 1)
		}
		c.Also = also
	}
	a.put(c)
}

// unclaim says that k is open no more.
func (a *act) unclaim(r ResidentID, i ISBN, k Key) {
	ck := ClaimKey(r, i)
	if r == "" || a.blind(ck) {
		return
	}
	c := get[*Claim](a, ck)
	if c == nil {
		return
	}
	at := slices.Index(c.Also, k)
	switch {
	case at >= 0:
		c.Also = slices.Delete(slices.Clone(c.Also), at, at+1)
	case c.For != k:
		return
	case len(c.Also) > 0:
		c.For, c.Also = c.Also[0], slices.Clone(c.Also[1:])
	}
	if len(c.Also) == 0 {
		c.Also = nil
	}
	if c.For == k {
		a.drop(ck)
	} else {
		a.put(c)
	}
	a.open(r, -1)
}

// open counts what is open for a resident; see closing for what happens at none.
func (a *act) open(r ResidentID, n int) {
	res := get[*Resident](a, ResidentKey(r))
	if res == nil {
		return
	}
	res.Open = max(0, res.Open+n)
	a.put(res)
}

// closing lets wanted erasures happen, now that nothing is open for a resident.
func (a *act) closing() {
	for _, k := range a.order {
		if r, ok := a.changed[k].(*Resident); ok && r.Open == 0 && r.Erase && !r.Erased {
			a.out.Follow = append(a.out.Follow, &Erase{Resident: r.ID, Done: true})
		}
	}
}

// allot picks the library that a copy of the title will go to: of the district's
// receiving libraries the one with fewest copies of it so far, the rota deciding
// between equals by a start that differs from title to title.
func (a *act) allot(i ISBN) LibraryID {
	d := a.district()
	if d == nil || len(d.Libraries) == 0 {
		return ""
	}
	if a.blind(QuotaKey(i)) {
		return ""
	}
	q := a.quota(i)
	start := int(digitSum(i)) % len(d.Libraries)
	best := d.Libraries[start]
	for k := range d.Libraries {
		if l := d.Libraries[(start+k)%len(d.Libraries)]; q.Given[l] < q.Given[best] {
			best = l
		}
	}
	a.give(i, best, 1)
	return best
}

// give adds n to what the library has or will have of the title.
func (a *act) give(i ISBN, l LibraryID, n int) {
	if l == "" || a.blind(QuotaKey(i)) {
		return
	}
	q := a.quota(i)
	q.Given = maps.Clone(q.Given)
	if q.Given == nil {
		q.Given = map[LibraryID]int{}
	}
	q.Given[l] = max(0, q.Given[l]+n)
	a.put(q)
}

func digitSum(i ISBN) (n int32) {
	for _, c := range i {
		n = n*7 + c - '0'
		n %= 9973
	}
	return n
}

// stock returns a store's stock of a title to be changed, made if there is none.
func (a *act) stock(s StoreID, i ISBN) *Stock {
	if st := get[*Stock](a, StockKey(s, i)); st != nil {
		return st
	}
	return &Stock{Store: s, ISBN: i}
}

// setAside keeps a copy at the store for a request. A shelf that seemed empty
// has at least the copy that the clerk holds.
func (a *act) setAside(r *Request) {
	st := a.stock(r.Store, r.ISBN)
	if !slices.Contains(st.Aside, r.ID) {
		st.Aside = append(slices.Clone(st.Aside), r.ID)
	}
	st.N = max(st.N, len(st.Aside))
	a.put(st)
}

// backToShelf ends that keeping.
func (a *act) backToShelf(r *Request) {
	st := get[*Stock](a, StockKey(r.Store, r.ISBN))
	if st == nil {
		return
	}
	if at := slices.Index(st.Aside, r.ID); at >= 0 {
		st.Aside = slices.Delete(slices.Clone(st.Aside), at, at+1)
		a.put(st)
	}
}

// change adds n copies to a stock at the time of the act, unless they were counted
// with the others since. It remembers the newest source only.
func (s *Stock) change(n int, when Interval, source string) {
	if when.Hi < s.CountedAt {
		return
	}
	s.N = max(0, s.N+n)
	if when.Lo >= s.AsOf {
		s.AsOf, s.Source = when.Lo, source
	}
}
