package payback

import (
	"slices"
	"testing"
)

// story is a test of one rule: what happens, in a fresh world that must be sound
// in the end.
func story(t *testing.T, name string, tell func(t *testing.T, w *world)) {
	t.Run(name, func(t *testing.T) {
		w := newWorld(t)
		tell(t, w)
		w.sound()
	})
}

// ended fails unless the outcome has the verdict and reason.
func ended(t *testing.T, out Outcome, v Verdict, reason string) {
	t.Helper()
	if out.Verdict != v || out.Reason.Key != reason {
		t.Errorf("ended %s %q, want %s %q", out.Verdict, out.Reason.Key, v, reason)
	}
}

func (w *world) walkIn(h who, c CopyID) Outcome {
	return w.do(h, &Sell{Copy: c, ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"})
}

func TestPlacing(t *testing.T) {
	story(t, "holds slot, money, number and library", func(t *testing.T, w *world) {
		w.must(resident, place("r1", "p1", isbnA))
		r, b := w.request("r1"), w.budget()
		if r.State != Placed || r.Slot != 1 || r.Reserved != 14000 || r.Number != "0001" || r.Library == "" || r.Assign != 1 || b.Reserved != 14000 {
			t.Errorf("%+v, %+v", r, b)
		}
		if w.tally("p1", "2026-03") != 1 || w.tally("p1", "2026") != 1 || w.person("p1").Open != 1 {
			t.Error("not counted")
		}
	})
	story(t, "refuses what the rules refuse", func(t *testing.T, w *world) {
		w.put(&Resident{ID: "b", Blocked: true}, &Resident{ID: "n", Barred: "2026-03-02"}, &Resident{ID: "gone", Erased: true},
			&Store{ID: "paused", Paused: true}, &Store{ID: "shut", Successor: "s1"}, &Title{ISBN: isbnD, Blocked: "세트"})
		for _, c := range []struct {
			b      *Place
			reason string
		}{
			{place("x", "b", isbnA), "resident_blocked"}, {place("x", "n", isbnA), "resident_barred"}, {place("x", "gone", isbnA), "resident_gone"},
			{place("x", "nobody", isbnA), "resident_unknown"}, {place("x", "p1", isbnD), "title_blocked"},
			{&Place{Request: "x", Resident: "p1", ISBN: isbnA, Store: "paused"}, "store_paused"},
			{&Place{Request: "x", Resident: "p1", ISBN: isbnA, Store: "shut"}, "store_closed"},
			{&Place{Request: "x", Resident: "p1", ISBN: isbnA, Store: "none"}, "store_unknown"},
			{&Place{Request: "x", Resident: "p1", ISBN: isbnA, Store: "s1", Reservation: "v9"}, "offer_gone"},
		} {
			ended(t, w.do(resident, c.b), Rejected, c.reason)
		}
	})
	story(t, "a ban holds to its last day", func(t *testing.T, w *world) {
		w.put(&Resident{ID: "n", Barred: "2026-03-02"})
		ended(t, w.do(resident.at(Date("2026-03-02").End(w.env.Zone)-1), place("r1", "n", isbnA)), Rejected, "resident_barred")
		w.must(resident.at(Date("2026-03-02").End(w.env.Zone)), place("r1", "n", isbnA))
	})
	story(t, "any valid ISBN can be asked for; an unknown price holds the ceiling", func(t *testing.T, w *world) {
		w.must(resident, place("r1", "p1", isbnD))
		if w.request("r1").Reserved != 50000 {
			t.Error("not the ceiling")
		}
		w.must(pc1, &Accept{Request: "r1", Assign: 1, Price: 50000})
	})
	story(t, "one open thing a title and resident", func(t *testing.T, w *world) {
		w.must(resident, place("r1", "p1", isbnA))
		ended(t, w.do(resident, place("r2", "p1", isbnA)), Rejected, "already_asked")
	})
	story(t, "the last slot goes, the next one waits in line", func(t *testing.T, w *world) {
		w.must(resident, place("r1", "p1", isbnA))
		ended(t, w.do(resident, &Reserve{Reservation: "v1", Resident: "p3", ISBN: isbnA, Stores: []StoreID{"s1"}}), Rejected, "slot_free")
		w.must(resident, place("r2", "p2", isbnA))
		ended(t, w.do(resident, place("r3", "p3", isbnA)), Rejected, "no_slot")
		w.must(resident, &Reserve{Reservation: "v1", Resident: "p3", ISBN: isbnA, Stores: []StoreID{"s1"}})
	})
	story(t, "a bestseller has more slots", func(t *testing.T, w *world) {
		for i, p := range []ResidentID{"p1", "p2", "p3"} {
			w.must(resident, place(RequestID("r"+num(i)), p, isbnC))
		}
	})
	story(t, "money is spent to the last won and no further", func(t *testing.T, w *world) {
		w.policy(func(p *Policy) { p.BudgetYear = 28000 })
		w.must(resident, place("r1", "p1", isbnA))
		w.must(resident, place("r2", "p2", isbnA))
		ended(t, w.do(resident, place("r3", "p1", isbnB)), Rejected, "no_money")
		if len(w.quota(isbnB).Held) != 0 {
			t.Error("a slot was taken all the same")
		}
	})
	story(t, "month and year limits; a cancelled one is given back, a no-show is not", func(t *testing.T, w *world) {
		w.policy(func(p *Policy) { p.MonthLimit, p.YearLimit = 1, 2 })
		w.must(resident, place("r1", "p1", isbnA))
		ended(t, w.do(resident, place("r2", "p1", isbnB)), Rejected, "month_limit")
		w.must(resident, &Cancel{Request: "r1"})
		w.must(resident, place("r2", "p1", isbnB))
		w.must(pc1, w.accept("r2"))
		w.must(theServer.at(noon+8*day), &Expire{Request: "r2", Assign: 1, From: Accepted, Day: "2026-03-09"})
		ended(t, w.do(resident.at(noon+40*day), place("r3", "p1", isbnB)), Applied, "")
		ended(t, w.do(resident.at(noon+70*day), place("r4", "p1", isbnA)), Rejected, "year_limit")
	})
	story(t, "the same request twice is one", func(t *testing.T, w *world) {
		w.must(resident, place("r1", "p1", isbnA))
		ended(t, w.apply(w.op(resident, place("r1", "p1", isbnA))), Duplicate, "")
	})
}

func TestAnswering(t *testing.T) {
	begin := func(w *world) { w.must(resident, place("r1", "p1", isbnA)) }
	story(t, "accepting sets a copy aside, also from a shelf that seemed empty", func(t *testing.T, w *world) {
		w.must(resident, &Place{Request: "r1", Resident: "p1", ISBN: isbnB, Store: "s1"})
		w.must(pc1, w.accept("r1"))
		if st := w.stock("s1", isbnB); st.N != 1 || st.Free() != 0 || !slices.Contains(st.Aside, "r1") {
			t.Errorf("%+v", st)
		}
	})
	story(t, "the price on the copy corrects what is held; above the ceiling it is declined", func(t *testing.T, w *world) {
		w.must(resident, place("r1", "p1", isbnD))
		w.must(pc1, &Accept{Request: "r1", Assign: 1, Price: 12000})
		w.must(resident, place("r2", "p2", isbnD))
		ended(t, w.do(pc1, &Accept{Request: "r2", Assign: 1, Price: 50001}), Rejected, "price_over")
		if r := w.request("r2"); r.State != Declined || r.Reason != "price_over" || w.budget().Reserved != 12000+50000 {
			t.Errorf("%+v %+v", r, w.budget())
		}
	})
	story(t, "an answer in time to an ended request, above the ceiling, and taken back: placed, with its slot", func(t *testing.T, w *world) {
		w.must(resident, place("r1", "p1", isbnA))
		w.must(theServer.at(noon+8*day), &Expire{Request: "r1", Assign: 1, From: Placed, Day: "2026-03-09"})
		ended(t, w.do(pc1.at(noon+day), &Accept{Request: "r1", Assign: 1, Price: 60000}), Rejected, "price_over")
		w.must(pc1, &Reverse{What: KDecline, Of: "r1"})
		if r := w.request("r1"); r.State != Placed || r.Slot != 1 || r.Reserved != 14000 {
			t.Errorf("%+v", r)
		}
	})
	story(t, "declined keeps slot and money until its day, then ends", func(t *testing.T, w *world) {
		begin(w)
		w.must(pc1, &Decline{Request: "r1", Assign: 1, From: Placed, Reason: DeclineNotOnShelf})
		if w.stock("s1", isbnA).N != 0 || w.budget().Reserved != 14000 || w.request("r1").EndsOn != "2026-03-05" {
			t.Errorf("%+v", w.request("r1"))
		}
		end := Date("2026-03-05").End(w.env.Zone)
		expire := &Expire{Request: "r1", Assign: 1, From: Declined, Day: "2026-03-05"}
		ended(t, w.do(theServer.at(end-1), expire), Rejected, "moot")
		w.must(theServer.at(end), expire)
		if w.budget().Used() != 0 || w.tally("p1", "2026") != 0 {
			t.Error("not given back")
		}
	})
	story(t, "another store gets the request with its slot and a number there", func(t *testing.T, w *world) {
		begin(w)
		ended(t, w.do(resident, &ChooseStore{Request: "r1", Store: "s2", Assign: 2}), Rejected, "is_now")
		w.must(theServer, &Ask{Request: "r1", Assign: 1})
		ended(t, w.do(resident, &ChooseStore{Request: "r1", Store: "s1", Assign: 2}), Rejected, "same_store")
		ended(t, w.do(resident, &ChooseStore{Request: "r1", Store: "s2", Assign: 3}), Rejected, "moved")
		w.must(resident, &ChooseStore{Request: "r1", Store: "s2", Assign: 2})
		ended(t, w.do(pc1, &Accept{Request: "r1", Assign: 1}), Rejected, "moved")
		w.must(pc3, &Accept{Request: "r1", Assign: 2})
	})
	story(t, "ordered, arrived, taken back and arrived again", func(t *testing.T, w *world) {
		begin(w)
		w.must(pc1, &Order{Request: "r1", Assign: 1, ReadyBy: "2026-03-06"})
		w.must(pc1, &Arrive{Request: "r1", Assign: 1})
		w.must(pc1, &Reverse{What: KArrive, Of: "r1"})
		if r := w.request("r1"); r.State != Ordered || r.EndsOn != "" || r.Turn != 1 {
			t.Errorf("%+v", r)
		}
		w.must(pc1, &Arrive{Request: "r1", Assign: 1, Turn: 1})
		if w.request("r1").State != Ready || w.stock("s1", isbnA).N != 4 {
			t.Error("did not arrive")
		}
	})
	story(t, "the ordered copy of a dead request becomes stock", func(t *testing.T, w *world) {
		begin(w)
		w.must(pc1, &Order{Request: "r1", Assign: 1, ReadyBy: "2026-03-06"})
		w.must(resident, &Cancel{Request: "r1"})
		ended(t, w.do(pc1, &Arrive{Request: "r1", Assign: 1}), Applied, "arrived_for_nobody")
		if st := w.stock("s1", isbnA); st.N != 4 || len(st.Aside) != 0 {
			t.Errorf("%+v", st)
		}
	})
	story(t, "cancel after accept is the policy's to allow a resident, and the desk may", func(t *testing.T, w *world) {
		w.policy(func(p *Policy) { p.CancelAccepted = false })
		begin(w)
		w.must(pc1, w.accept("r1"))
		ended(t, w.do(resident, &Cancel{Request: "r1"}), Rejected, "cancel_too_late")
		w.must(librarian, &Cancel{Request: "r1"})
	})
	story(t, "a no-show is barred; one that was none is not", func(t *testing.T, w *world) {
		begin(w)
		w.must(pc1, w.accept("r1"))
		end := Date("2026-03-09").End(w.env.Zone)
		w.must(theServer.at(end), &Expire{Request: "r1", Assign: 1, From: Accepted, Day: "2026-03-09"})
		if w.person("p1").Barred != "2026-03-30" || w.budget().Used() != 0 {
			t.Errorf("%+v", w.person("p1"))
		}
		w.must(pc1.at(end-1), w.sale("c1", "r1"))
		if w.person("p1").Barred != "" || w.loan("c1").State != LoanOut {
			t.Error("the sale was in time")
		}
	})
	story(t, "an answer of another store is refused", func(t *testing.T, w *world) {
		begin(w)
		ended(t, w.do(pc3, w.accept("r1")), Rejected, "moved")
	})
	story(t, "an answer to a request not heard of waits for it", func(t *testing.T, w *world) {
		ended(t, w.do(pc1, &Accept{Request: "r1", Assign: 1}), Held, "request_unknown")
		begin(w)
		if w.request("r1").State != Accepted || len(w.held) != 0 {
			t.Error("still waits")
		}
	})
}

func TestWaiting(t *testing.T) {
	full := func(w *world) {
		w.policy(func(p *Policy) { p.CapOther, p.MaxLine = 1, 2 })
		w.put(&Resident{ID: "p4"})
		w.must(resident, place("r1", "p1", isbnA))
		for i, p := range []ResidentID{"p2", "p3"} {
			w.must(resident, &Reserve{Reservation: ReservationID("v" + num(i+2)), Resident: p, ISBN: isbnA, Stores: []StoreID{"s1"}})
		}
	}
	story(t, "the line has a longest length", func(t *testing.T, w *world) {
		full(w)
		ended(t, w.do(resident, &Reserve{Reservation: "v4", Resident: "p4", ISBN: isbnA, Stores: []StoreID{"s1"}}), Rejected, "line_full")
	})
	story(t, "a freed slot is offered to the first in line with its money, and is theirs alone", func(t *testing.T, w *world) {
		full(w)
		w.must(resident, &Cancel{Request: "r1"})
		v := w.rows[ReservationKey("v2")].(*Reservation)
		if v.State != Offered || v.Slot != 1 || v.Reserved != 14000 || v.EndsOn != "2026-03-04" {
			t.Errorf("%+v", v)
		}
		ended(t, w.do(resident, place("r4", "p4", isbnA)), Rejected, "no_slot")
		w.must(resident, &Place{Request: "r2", Resident: "p2", ISBN: isbnA, Store: "s1", Reservation: "v2"})
		if w.request("r2").Slot != 1 || w.person("p2").Open != 1 {
			t.Error("not taken over")
		}
	})
	story(t, "a lapsed offer ends and the next is offered", func(t *testing.T, w *world) {
		full(w)
		w.must(resident, &Cancel{Request: "r1"})
		w.must(theServer.at(Date("2026-03-04").End(w.env.Zone)), &EndWait{Reservation: "v2", Day: "2026-03-04"})
		if w.rows[ReservationKey("v3")].(*Reservation).State != Offered || w.rows[ReservationKey("v2")].(*Reservation).State != Ended {
			t.Error("not passed on")
		}
	})
}

func TestSelling(t *testing.T) {
	story(t, "the later due day stands, moved to the next open day", func(t *testing.T, w *world) {
		w.put(&Store{ID: "s1", Name: "반포서점", Holidays: []Date{"2026-03-23", "2026-03-24"}})
		w.lend()
		if w.loan("c1").Due != "2026-03-25" {
			t.Errorf("due %s", w.loan("c1").Due)
		}
		w.must(resident, place("r2", "p2", isbnA))
		s := w.sale("c2", "r2")
		s.Due = "2026-04-30"
		w.must(pc1, s)
		if w.loan("c2").Due != "2026-04-30" {
			t.Errorf("due %s", w.loan("c2").Due)
		}
	})
	for _, from := range []State{Placed, Accepted, Ordered, Ready, Declined, Cancelled, Expired, NoShow} {
		story(t, "from "+string(from)+" the sale stands", func(t *testing.T, w *world) {
			w.must(resident, place("r1", "p1", isbnA))
			w.bring("r1", from)
			w.do(pc1.at(noon+20*day), w.sale("c1", "r1"))
			if l, r := w.loan("c1"), w.request("r1"); l.State != LoanOut || l.Slot != 1 || r.State != Sold || w.budget().Reserved != 14000 || len(w.cases()) != 0 {
				t.Errorf("%+v %v", l, w.cases())
			}
			if st := w.stock("s1", isbnA); len(st.Aside) != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
	story(t, "sold after its slot went: beyond the cap under a case, and no refund before it is decided", func(t *testing.T, w *world) {
		w.policy(func(p *Policy) { p.CapOther = 1 })
		w.must(resident, place("r1", "p1", isbnA))
		w.must(resident, &Cancel{Request: "r1"})
		w.must(resident, place("r2", "p2", isbnA))
		ended(t, w.do(pc1, w.sale("c1", "r1")), InCase, "over_cap_sale")
		l := w.loan("c1")
		if s := w.rows[SlotKey(isbnA, 2)].(*Slot); s.Case != l.Block || s.Cap != 1 {
			t.Errorf("%+v", s)
		}
		w.must(pc1, &Return{Loan: "c1"})
		if no := MayRefund(w.loan("c1"), w.refund("c1"), "d1"); no.Key != "refund_blocked" {
			t.Errorf("%v", no)
		}
		w.must(officer, &Decide{Case: l.Block, Choice: ChooseCover, Note: "ok"})
		if no := MayRefund(w.loan("c1"), w.refund("c1"), "d1"); !no.None() {
			t.Errorf("%v", no)
		}
	})
	story(t, "decided plain, the copy waits for its resident and nothing is refunded", func(t *testing.T, w *world) {
		w.walkIn(pc1, "c1")
		w.must(pc1, &Return{Loan: "c1"})
		w.must(officer, &Decide{Case: w.loan("c1").Block, Choice: ChoosePlain, Note: "no"})
		if w.loan("c1").State != LoanRefused || w.refund("c1") != nil || w.budget().Used() != 0 {
			t.Errorf("%+v", w.loan("c1"))
		}
		w.must(pc1, &GiveBack{Loan: "c1"})
	})
	story(t, "a copy that has gone on can't become a plain sale", func(t *testing.T, w *world) {
		w.walkIn(pc1, "c1")
		w.must(pc1, &Return{Loan: "c1"})
		w.must(pc1, &Pack{Copy: "c1", Transfer: "t1", Library: "111001"})
		ended(t, w.do(officer, &Decide{Case: w.loan("c1").Block, Choice: ChoosePlain, Note: "no"}), Rejected, "copy_gone")
		w.must(officer, &Decide{Case: w.loan("c1").Block, Choice: ChooseCover, Note: "ok"})
	})
	story(t, "a walk-in of an eligible resident is a loan like any other", func(t *testing.T, w *world) {
		ended(t, w.walkIn(pc1.carded("p1"), "c1"), Applied, "")
		if l := w.loan("c1"); l.Slot != 1 || l.Waits || w.tally("p1", "2026") != 1 {
			t.Errorf("%+v", l)
		}
	})
	story(t, "a walk-in of who asked on the web sells that request", func(t *testing.T, w *world) {
		w.must(resident, place("r1", "p1", isbnA))
		w.must(pc1, w.accept("r1"))
		ended(t, w.walkIn(pc1.carded("p1"), "c1"), Applied, "")
		if w.loan("c1").Request != "r1" || w.request("r1").State != Sold || len(w.stock("s1", isbnA).Aside) != 0 {
			t.Errorf("%+v", w.loan("c1"))
		}
	})
	story(t, "a walk-in without a card is a case", func(t *testing.T, w *world) {
		ended(t, w.walkIn(pc1, "c1"), InCase, "resident_unknown")
	})
	story(t, "a counter sells a walk-in provisionally", func(t *testing.T, w *world) {
		out := Apply(&counterView{w, "s1"}, w.op(pc1.carded("p1"), &Sell{Copy: "c1", ISBN: isbnA, Paid: 14000, PayBy: ByCard, Due: "2026-03-23"}), w.env)
		if !out.Provisional || out.Verdict != Applied || len(out.Missing) != 0 {
			t.Errorf("%+v", out)
		}
	})
	story(t, "a number not heard of is matched when its request appears", func(t *testing.T, w *world) {
		ended(t, w.do(pc1, &Sell{Copy: "c1", Number: "0001", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"}), Applied, "number_unknown")
		w.must(resident, place("r1", "p1", isbnA))
		if w.loan("c1").Request != "r1" || w.request("r1").State != Sold || w.loan("c1").Waits {
			t.Errorf("%+v", w.loan("c1"))
		}
	})
	story(t, "a number of another title is a case and leaves that request its number", func(t *testing.T, w *world) {
		w.must(resident, place("r1", "p1", isbnB))
		ended(t, w.do(pc1, &Sell{Copy: "c1", Number: "0001", ISBN: isbnA, Paid: 14000, PayBy: ByCard, Due: "2026-03-23"}), InCase, "number_not_this")
		if w.rows[PickupKey("s1", "0001")].(*Pickup).Request != "r1" {
			t.Error("the request lost its number")
		}
	})
	story(t, "back before it is matched, it is blocked, and matching frees it", func(t *testing.T, w *world) {
		w.do(pc1, &Sell{Copy: "c1", Number: "0001", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"})
		ended(t, w.do(pc1, &Return{Loan: "c1"}), InCase, "number_unknown")
		w.must(resident, place("r1", "p1", isbnA))
		if b := w.budget(); b.Due != 14000 || b.Reserved != 0 || w.loan("c1").Block != "" || w.person("p1").Open != 1 {
			t.Errorf("%+v %+v", b, w.loan("c1"))
		}
	})
	story(t, "decided before its request appears, it is matched no more", func(t *testing.T, w *world) {
		w.do(pc1, &Sell{Copy: "c1", Number: "0001", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"})
		w.do(pc1, &Return{Loan: "c1"})
		w.must(officer, &Decide{Case: "walk_in:return/c1/0", Choice: ChooseCover, Note: "seen"})
		w.must(resident, place("r1", "p1", isbnA))
		if w.loan("c1").Request != "" || w.request("r1").State != Placed {
			t.Errorf("%+v %+v", w.loan("c1"), w.request("r1"))
		}
		w.sound()
	})
	story(t, "a wrong amount is a case and no obstacle", func(t *testing.T, w *world) {
		w.must(resident, place("r1", "p1", isbnA))
		s := w.sale("c1", "r1")
		s.Paid = 12599
		ended(t, w.do(pc1, s), InCase, "amount_differs")
		if w.loan("c1").Block != "" {
			t.Error("blocked")
		}
	})
	story(t, "taken back, the request is as before and the copy the shop's", func(t *testing.T, w *world) {
		w.lend()
		w.must(pc1, &Reverse{What: KSell, Of: "c1"})
		if r := w.request("r1"); r.State != Accepted || r.Reserved != 14000 || w.loan("c1").State != LoanVoid || w.stock("s1", isbnA).N != 3 {
			t.Errorf("%+v", r)
		}
		w.must(pc1, w.sale("c2", "r1"))
	})
	story(t, "a sale to a request that stands elsewhere by now is provisional at a counter", func(t *testing.T, w *world) {
		out := Apply(&counterView{w, "s1"}, w.op(pc1, &Sell{Copy: "c1", Request: "rx", ISBN: isbnA, Paid: 14000, PayBy: ByCard, Due: "2026-03-23"}), w.env)
		if out.Verdict != Applied || !out.Provisional {
			t.Errorf("%+v", out)
		}
	})
}

// bring takes a placed request of store s1 into a state.
func (w *world) bring(id RequestID, s State) {
	w.t.Helper()
	switch s {
	case Accepted:
		w.must(pc1, w.accept(id))
	case Ordered, Ready:
		w.must(pc1, &Order{Request: id, Assign: 1, ReadyBy: "2026-03-06"})
		if s == Ready {
			w.must(pc1, &Arrive{Request: id, Assign: 1})
		}
	case Declined:
		w.must(pc1, &Decline{Request: id, Assign: 1, From: Placed, Reason: DeclineTooBusy})
	case Cancelled:
		w.must(resident, &Cancel{Request: id})
	case Expired:
		w.must(theServer.at(noon+8*day), &Expire{Request: id, Assign: 1, From: Placed, Day: "2026-03-09"})
	case NoShow:
		w.must(pc1, w.accept(id))
		w.must(theServer.at(noon+8*day), &Expire{Request: id, Assign: 1, From: Accepted, Day: "2026-03-09"})
	}
}
