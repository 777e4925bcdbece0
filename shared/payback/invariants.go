package payback

import (
	"fmt"
	"iter"
	"slices"
)

// Check returns what in a district's rows contradicts itself, sorted; nothing
// after any history of ops. It wants all rows of the server, each once, and is
// what tests, the simulator and a server's own check have in common:
//   - money: a year's budget is what open requests, offers, loans and refunds say;
//   - slots: a quota holds the slots that are taken or used, each by one holder,
//     and none beyond its cap without a case;
//   - copies: a library is given what is on its way to it or there;
//   - shelves: what is set aside is what accepted and arrived requests wait for;
//   - people: a resident's open count is their claims and the refunds due to them,
//     and each claim is open;
//   - boxes: a copy in a box is listed by that box, and stands as its loan says.
func Check(rows iter.Seq[Row]) []string {
	b := newBooks(rows)
	b.money()
	b.slots()
	b.copies()
	b.shelves()
	b.people()
	b.boxes()
	slices.Sort(b.wrong)
	return b.wrong
}

// books are the rows by table, and what was found wrong with them.
type books struct {
	rows  map[Key]Row
	wrong []string
}

func newBooks(rows iter.Seq[Row]) *books {
	b := &books{rows: map[Key]Row{}}
	for r := range rows {
		if b.rows[r.Key()] != nil {
			b.say("%s is there twice", r.Key())
		}
		b.rows[r.Key()] = r
	}
	return b
}

func (b *books) say(format string, args ...any) {
	b.wrong = append(b.wrong, fmt.Sprintf(format, args...))
}

// each yields the rows of one type, in no order.
func each[T Row](b *books) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, r := range b.rows {
			if t, ok := r.(T); ok && !yield(t) {
				return
			}
		}
	}
}

func find[T Row](b *books, k Key) (T, bool) {
	t, ok := b.rows[k].(T)
	return t, ok
}

// holdsMoney says that the loan's price stands in the budget as reserved.
func (l *Loan) holdsMoney() bool {
	return l.Year != "" && (l.State == LoanOut || l.State == LoanLeft)
}

func (b *books) money() {
	want := map[string]Budget{}
	add := func(year string, reserved, due, paid Won) {
		w := want[year]
		want[year] = Budget{Year: year, Reserved: w.Reserved + reserved, Due: w.Due + due, Paid: w.Paid + paid}
	}
	for r := range each[*Request](b) {
		if r.Open() {
			add(r.Year, r.Reserved, 0, 0)
		}
	}
	for v := range each[*Reservation](b) {
		if v.State == Offered {
			add(v.Year, v.Reserved, 0, 0)
		}
	}
	for l := range each[*Loan](b) {
		if l.holdsMoney() {
			add(l.Year, l.Paid, 0, 0)
		}
	}
	for r := range each[*Refund](b) {
		l, ok := find[*Loan](b, LoanKey(r.Loan))
		switch {
		case !ok || l.State != LoanReturned:
			b.say("%s without a returned loan", r.Key())
		case l.Year == "": // a sale that the programme does not cover yet
		case r.State == RefundDue:
			add(l.Year, 0, r.Amount, 0)
		default:
			add(l.Year, 0, 0, r.Amount)
		}
	}
	for have := range each[*Budget](b) {
		w := want[have.Year]
		delete(want, have.Year)
		if have.Reserved != w.Reserved || have.Due != w.Due || have.Paid != w.Paid {
			b.say("budget %s has %d reserved, %d due, %d paid; the rows say %d, %d, %d", have.Year,
				have.Reserved, have.Due, have.Paid, w.Reserved, w.Due, w.Paid)
		}
	}
	for year, w := range want {
		if w.Used() != 0 {
			b.say("no budget for %q, and the rows say %d", year, w.Used())
		}
	}
}

// holders returns who should hold each slot: key of the slot to id of the holder.
func (b *books) holders() map[Key]string {
	held := map[Key]string{}
	hold := func(i ISBN, n int, who string) {
		k := SlotKey(i, n)
		if n == 0 {
			b.say("%s holds no slot", who)
		} else if held[k] != "" {
			b.say("%s is held by %s and %s", k, held[k], who)
		}
		held[k] = who
	}
	for r := range each[*Request](b) {
		if r.Open() {
			hold(r.ISBN, r.Slot, string(r.ID))
		}
	}
	for v := range each[*Reservation](b) {
		if v.State == Offered {
			hold(v.ISBN, v.Slot, string(v.ID))
		}
	}
	for l := range each[*Loan](b) {
		if l.Year != "" && (l.holdsMoney() || l.State == LoanReturned) {
			hold(l.ISBN, l.Slot, string(l.ID))
		}
	}
	return held
}

func (b *books) slots() {
	held, listed := b.holders(), map[Key]bool{}
	for q := range each[*Quota](b) {
		if !slices.IsSorted(q.Held) || len(slices.Compact(slices.Clone(q.Held))) != len(q.Held) {
			b.say("%s is out of order: %v", q.Key(), q.Held)
		}
		for _, n := range q.Held {
			listed[SlotKey(q.ISBN, n)] = true
		}
		b.line(q)
	}
	for s := range each[*Slot](b) {
		k, taken := s.Key(), s.State == SlotTaken || s.State == SlotUsed
		if taken != listed[k] {
			b.say("%s is %s, in its quota: %t", k, s.State, listed[k])
		}
		if taken && held[k] != s.For {
			b.say("%s is for %q; the rows say %q", k, s.For, held[k])
		}
		if taken && s.N > s.Cap && s.Case == "" {
			b.say("%s is over the cap of %d without a case", k, s.Cap)
		}
		if l, ok := find[*Loan](b, LoanKey(CopyID(held[k]))); ok && (s.State == SlotUsed) != (l.State == LoanReturned) {
			b.say("%s is %s, its loan %s", k, s.State, l.State)
		}
		delete(held, k)
		delete(listed, k)
	}
	for k := range held {
		b.say("%s is held by %s and has no row", k, held[k])
	}
	for k := range listed {
		b.say("%s is in its quota and has no row", k)
	}
}

// line checks that those in a title's waiting line wait, and all who wait are in it.
func (b *books) line(q *Quota) {
	waiting := 0
	for v := range each[*Reservation](b) {
		if v.ISBN == q.ISBN && v.State == Waiting {
			waiting++
		}
	}
	if waiting != len(q.Line) {
		b.say("%s lists %d who wait; %d do", q.Key(), len(q.Line), waiting)
	}
	for _, id := range q.Line {
		if v, ok := find[*Reservation](b, ReservationKey(id)); !ok || v.State != Waiting {
			b.say("%s lists %s, who does not wait", q.Key(), id)
		}
	}
}

func (b *books) copies() {
	type share struct {
		isbn    ISBN
		library LibraryID
	}
	want := map[share]int{}
	for r := range each[*Request](b) {
		if r.Open() && r.Library != "" {
			want[share{r.ISBN, r.Library}]++
		}
	}
	for l := range each[*Loan](b) {
		c, _ := find[*Copy](b, CopyKey(l.ID))
		live := l.State == LoanOut || l.State == LoanLeft || l.State == LoanReturned
		if live && l.Library != "" && (c == nil || c.State != CopyLost) {
			want[share{l.ISBN, l.Library}]++
		}
	}
	for q := range each[*Quota](b) {
		for lib, n := range q.Given {
			if w := want[share{q.ISBN, lib}]; w != n {
				b.say("%s gives library %s %d; the rows say %d", q.Key(), lib, n, w)
			}
			delete(want, share{q.ISBN, lib})
		}
	}
	for s, n := range want {
		b.say("library %s has %d of %s and no quota says so", s.library, n, s.isbn)
	}
}

func (b *books) shelves() {
	want := map[Key][]RequestID{}
	for r := range each[*Request](b) {
		if r.Waiting() {
			k := StockKey(r.Store, r.ISBN)
			want[k] = append(want[k], r.ID)
		}
	}
	for st := range each[*Stock](b) {
		have, w := slices.Sorted(slices.Values(st.Aside)), slices.Sorted(slices.Values(want[st.Key()]))
		if !slices.Equal(have, w) {
			b.say("%s has aside %v; the rows say %v", st.Key(), have, w)
		}
		if st.N < 0 {
			b.say("%s has %d copies", st.Key(), st.N)
		}
		delete(want, st.Key())
	}
	for k, ids := range want {
		b.say("%s has no row, and %v wait there", k, ids)
	}
}

func (b *books) people() {
	open := map[ResidentID]int{}
	for c := range each[*Claim](b) {
		for _, k := range append([]Key{c.For}, c.Also...) {
			open[c.Resident]++
			if !b.isOpen(k) {
				b.say("%s is for %s, which is not open", c.Key(), k)
			}
		}
	}
	for r := range each[*Refund](b) {
		if l, ok := find[*Loan](b, LoanKey(r.Loan)); ok && r.State == RefundDue {
			open[l.Resident]++
		}
	}
	for res := range each[*Resident](b) {
		if res.Open != open[res.ID] {
			b.say("%s has %d open; the rows say %d", res.Key(), res.Open, open[res.ID])
		}
		if res.Erase && !res.Erased && res.Open == 0 {
			b.say("%s waits to be erased with nothing open", res.Key())
		}
	}
	b.claimed()
}

// isOpen says that the row of a claim is one that can be claimed.
func (b *books) isOpen(k Key) bool {
	switch r := b.rows[k].(type) {
	case *Request:
		return r.Open()
	case *Reservation:
		return r.State == Waiting || r.State == Offered
	case *Loan:
		return r.State == LoanOut || r.State == LoanLeft
	}
	return false
}

// claimed checks the other way round: what is open is claimed.
func (b *books) claimed() {
	must := func(r ResidentID, i ISBN, k Key) {
		c, ok := find[*Claim](b, ClaimKey(r, i))
		if r != "" && (!ok || (c.For != k && !slices.Contains(c.Also, k))) {
			b.say("%s is open and %s does not claim it", k, r)
		}
	}
	for r := range each[*Request](b) {
		if r.Open() {
			must(r.Resident, r.ISBN, r.Key())
		}
	}
	for v := range each[*Reservation](b) {
		if v.State == Waiting || v.State == Offered {
			must(v.Resident, v.ISBN, v.Key())
		}
	}
	for l := range each[*Loan](b) {
		if l.holdsMoney() {
			must(l.Resident, l.ISBN, l.Key())
		}
	}
}

func (b *books) boxes() {
	for t := range each[*Transfer](b) {
		for _, id := range t.Copies {
			if c, ok := find[*Copy](b, CopyKey(id)); !ok || c.Transfer != t.ID {
				b.say("%s lists %s, which is not in it", t.Key(), id)
			}
		}
		for _, id := range t.Taken {
			if !slices.Contains(t.Copies, id) {
				b.say("%s took %s, which it does not list", t.Key(), id)
			}
		}
	}
	for c := range each[*Copy](b) {
		if t, ok := find[*Transfer](b, TransferKey(c.Transfer)); ok && !slices.Contains(t.Copies, c.ID) {
			b.say("%s is in %s, which does not list it", c.Key(), t.Key())
		}
		if l, ok := find[*Loan](b, LoanKey(c.ID)); ok && !fits(l.State, c.State) {
			b.say("%s is %s, its loan %s", c.Key(), c.State, l.State)
		}
	}
}

// fits says that a copy can be where it is while its loan is as it is. A library
// may have scanned a copy whose take-back is not heard of yet.
func fits(loan, c State) bool {
	scanned := c == CopyTaken || c == CopyShelved
	switch loan {
	case LoanOut:
		return c == CopyOut || scanned
	case LoanLeft, LoanRefused:
		return c == CopyAtStore || scanned
	case LoanGivenUp:
		return c == CopyGivenUp || scanned
	case LoanReturned:
		return c != CopyOut && c != CopyGiven && c != CopyGivenUp
	case LoanKept, LoanVoid:
		return c == CopyGiven || scanned
	}
	return false
}
