package payback

import (
	"encoding/json"
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

func TestReturning(t *testing.T) {
	due := Date("2026-03-23")
	story(t, "in time to the last moment, and in doubt", func(t *testing.T, w *world) {
		w.lend()
		end := due.End(w.env.Zone)
		w.must(pc1.between(end-1, end+day), &Return{Loan: "c1"})
		if w.loan("c1").State != LoanReturned || w.refund("c1").Amount != 14000 || w.rows[SlotKey(isbnA, 1)].(*Slot).State != SlotUsed {
			t.Errorf("%+v", w.loan("c1"))
		}
	})
	story(t, "late by the evidence: left for a decision, with a case", func(t *testing.T, w *world) {
		w.lend()
		ended(t, w.do(pc1.at(due.End(w.env.Zone)), &Return{Loan: "c1"}), InCase, "return_late")
		if l := w.loan("c1"); l.State != LoanLeft || l.DecideBy != "2026-03-31" || w.refund("c1") != nil {
			t.Errorf("%+v", l)
		}
	})
	story(t, "late where the policy refunds late returns", func(t *testing.T, w *world) {
		w.policy(func(p *Policy) { p.Late = LateRefund })
		w.lend()
		w.must(pc1.at(due.End(w.env.Zone)), &Return{Loan: "c1"})
	})
	story(t, "no decision by its day refunds", func(t *testing.T, w *world) {
		w.lend()
		w.must(pc1, &Leave{Loan: "c1", Faults: []string{FaultWet}})
		if no := MayRefund(w.loan("c1"), nil, "d1"); no.Key != "refund_left" {
			t.Errorf("%v", no)
		}
		end := Date("2026-03-09").End(w.env.Zone)
		ended(t, w.do(theServer.at(end-1), &Rule{Loan: "c1", Refund: true, Day: "2026-03-09"}), Rejected, "moot")
		w.must(theServer.at(end), &Rule{Loan: "c1", Refund: true, Day: "2026-03-09"})
		if w.refund("c1").State != RefundDue {
			t.Error("not due")
		}
	})
	story(t, "refused: slot and money free, the copy waits to be fetched", func(t *testing.T, w *world) {
		w.lend()
		w.must(pc1, &Leave{Loan: "c1", Faults: []string{FaultWet}})
		w.must(officer, &Rule{Loan: "c1"})
		if w.budget().Used() != 0 || w.loan("c1").FetchBy != "2026-03-16" || w.loan("c1").Right != RightVoid {
			t.Errorf("%+v", w.loan("c1"))
		}
		w.must(pc1, &GiveBack{Loan: "c1"})
		if w.copyOf("c1").State != CopyGiven {
			t.Error("not given back")
		}
	})
	story(t, "begun before the keep, it counts", func(t *testing.T, w *world) {
		w.lend()
		w.must(resident.at(noon+5*day), &Keep{Loan: "c1"})
		ended(t, w.do(pc1.between(noon+5*day, noon+6*day), &Return{Loan: "c1"}), Applied, "return_beats_keep")
		if w.loan("c1").State != LoanReturned || w.loan("c1").Right != "device/d1" || w.budget().Due != 14000 {
			t.Errorf("%+v", w.loan("c1"))
		}
	})
	story(t, "after the keep, the loan stays kept and the clerk is told what to say", func(t *testing.T, w *world) {
		w.lend()
		w.must(resident.at(noon+5*day), &Keep{Loan: "c1"})
		ended(t, w.do(pc1.at(noon+5*day+1), &Return{Loan: "c1"}), InCase, "kept_before_return")
		if w.loan("c1").State != LoanKept || w.refund("c1") != nil {
			t.Errorf("%+v", w.loan("c1"))
		}
	})
	story(t, "before the server's keep, with the slot gone: counts, and blocks the refund", func(t *testing.T, w *world) {
		w.policy(func(p *Policy) { p.CapOther = 1 })
		w.lend()
		on := due.Add(14)
		ended(t, w.do(theServer.at(on.End(w.env.Zone)-1), &Keep{Loan: "c1", Day: on}), Rejected, "moot")
		w.must(theServer.at(on.End(w.env.Zone)), &Keep{Loan: "c1", Day: on})
		w.must(resident.at(on.End(w.env.Zone)), place("r2", "p2", isbnA))
		ended(t, w.do(pc1.at(noon+10*day), &Return{Loan: "c1"}), InCase, "over_cap_return")
		if w.loan("c1").State != LoanReturned || w.loan("c1").Block == "" || w.loan("c1").Slot != 2 {
			t.Errorf("%+v", w.loan("c1"))
		}
	})
	story(t, "taken back while the money is not paid, and no later", func(t *testing.T, w *world) {
		w.lend()
		w.must(pc1, &Return{Loan: "c1"})
		w.must(pc1, &Reverse{What: KReturn, Of: "c1"})
		if w.loan("c1").State != LoanOut || w.refund("c1") != nil || w.budget().Reserved != 14000 {
			t.Errorf("%+v", w.loan("c1"))
		}
		w.must(pc1, &Return{Loan: "c1", Turn: 1})
		w.must(pc1, payout("c1", "1", 14000))
		ended(t, w.do(pc1, &Reverse{What: KReturn, Of: "c1", Turn: 1}), InCase, "undo_too_late")
	})
	story(t, "a loan not heard of is waited for", func(t *testing.T, w *world) {
		ended(t, w.do(pc1, &Return{Loan: "c1"}), Held, "loan_unknown")
		w.lend()
		if w.loan("c1").State != LoanReturned {
			t.Error("still waits")
		}
	})
}

func TestRefunding(t *testing.T) {
	back := func(w *world) { w.lend(); w.must(pc1, &Return{Loan: "c1"}) }
	story(t, "is the right of the PC that sold", func(t *testing.T, w *world) {
		back(w)
		if no := MayRefund(w.loan("c1"), w.refund("c1"), "d2"); no.Key != "refund_elsewhere" {
			t.Errorf("%v", no)
		}
		w.must(pc1, payout("c1", "1", 14000))
		if l, b := w.loan("c1"), w.budget(); l.Right != RightSpent || b.Paid != 14000 || b.Due != 0 || w.person("p1").Open != 0 {
			t.Errorf("%+v %+v", l, b)
		}
		if no := MayRefund(w.loan("c1"), w.refund("c1"), "d1"); no.Key != "refund_twice_stop" {
			t.Errorf("%v", no)
		}
	})
	story(t, "the right goes by the server to another PC", func(t *testing.T, w *world) {
		back(w)
		w.must(pc1, &GiveRight{Loans: []LoanID{"c1"}, Exit: "e1"})
		ended(t, w.do(theServer, &GrantRight{Loan: "c1", Device: "d3", From: RightServer, After: "x"}), Rejected, "moot")
		w.must(theServer, &GrantRight{Loan: "c1", Device: "d2", From: RightServer, After: "y"})
		w.must(pc2, payout("c1", "1", 14000))
	})
	story(t, "a revoked PC's rights are the server's", func(t *testing.T, w *world) {
		back(w)
		w.must(officer, &Revoke{Device: "d1", Loans: []LoanID{"c1"}})
		if w.loan("c1").Right != RightServer {
			t.Error("kept")
		}
		ended(t, w.do(theServer, &GrantRight{Loan: "c1", Device: "d1", From: RightServer, After: "x"}), Rejected, "moot")
	})
	for _, c := range []struct {
		name   string
		h      who
		change func(*RefundPaidOut)
		reason string
	}{
		{"by a PC without the right", pc2, func(*RefundPaidOut) {}, "refund_without_right"},
		{"by the owner's override", pc2, func(b *RefundPaidOut) { b.Override = true }, "refund_override"},
		{"of another amount", pc1, func(b *RefundPaidOut) { b.Amount = 15000 }, "refund_amount"},
		{"of another kind", pc1, func(b *RefundPaidOut) { b.PayBy = ByCash }, "refund_kind"},
	} {
		story(t, c.name+" is paid and a case", func(t *testing.T, w *world) {
			back(w)
			b := payout("c1", "1", 14000)
			c.change(b)
			ended(t, w.do(c.h, b), InCase, c.reason)
			if w.refund("c1").State != RefundPaid || w.budget().Paid != 14000 {
				t.Errorf("%+v", w.refund("c1"))
			}
		})
	}
	story(t, "a second payout is an incident and a case, the same one twice is one", func(t *testing.T, w *world) {
		back(w)
		w.must(pc1, payout("c1", "1", 14000))
		again := payout("c1", "1", 14000)
		again.Payout = "typed at the other PC"
		ended(t, w.apply(w.op(pc2, again)), Duplicate, "refund_same")
		ended(t, w.do(pc2, payout("c1", "2", 14000)), InCase, "refund_twice")
		if w.rows[IncidentKey("c1", "pay2")] == nil || w.budget().Paid != 14000 {
			t.Error("hidden")
		}
	})
	story(t, "before its return it waits; of a kept copy it is an incident", func(t *testing.T, w *world) {
		w.lend()
		ended(t, w.do(pc1, payout("c1", "1", 14000)), Held, "refund_before_return")
		w.must(pc1, &Return{Loan: "c1"})
		if w.refund("c1").State != RefundPaid {
			t.Error("still waits")
		}
		w.must(resident, place("r2", "p2", isbnA))
		w.must(pc1, w.sale("c2", "r2"))
		w.must(resident, &Keep{Loan: "c2"})
		ended(t, w.do(pc1, payout("c2", "9", 14000)), InCase, "refund_not_due")
	})
}

func TestBoxesAndSettlement(t *testing.T) {
	boxed := func(w *world) {
		w.lend()
		w.must(pc1, &Return{Loan: "c1"})
		w.must(pc1, &Pack{Copy: "c1", Transfer: "t1", Library: "111001", Box: 1})
	}
	scan := &Intake{Copy: "c1", ISBN: isbnA, Library: "111001", Transfer: "t1", Scan: "x"}
	story(t, "from the store to the shelf, and owed", func(t *testing.T, w *world) {
		boxed(w)
		w.must(pc1, &CloseBox{Transfer: "t1"})
		w.must(pc1, &HandOver{Transfer: "t1", Taker: "T7"})
		if tr := w.transfer("t1"); tr.State != TransferHanded || tr.LateOn != "2026-03-12" || w.copyOf("c1").State != CopyHanded {
			t.Errorf("%+v", tr)
		}
		w.must(librarian, scan)
		w.must(librarian, &EndIntake{Transfer: "t1", Library: "111001"})
		w.must(librarian, &Shelve{Copy: "c1", Accession: "EM1"})
		line := w.rows[Key{TLine, "c1"}].(*Line)
		if line.Amount != 14000 || line.State != LineOwed || line.PayBy != "2026-04-01" || len(w.cases()) != 0 {
			t.Errorf("%+v", line)
		}
		w.must(who{role: RoleOwner, by: "k1", store: "s1"}, &Contest{Line: "c1", Note: "?"})
		w.must(officer, &Approve{Lines: []LineID{"c1"}, Batch: "b1"})
		ended(t, w.do(officer, &Approve{Lines: []LineID{"c1"}, Batch: "b2"}), Rejected, "approve_none")
		w.must(officer2, &Approve{Lines: []LineID{"c1"}, Batch: "b3"})
		w.must(officer, &Pay{Lines: []LineID{"c1"}, Payment: "p1"})
		if w.budget().Settled != 14000 {
			t.Error("not settled")
		}
		ended(t, w.do(officer, &Pay{Lines: []LineID{"c1"}, Payment: "p2"}), InCase, "paid_twice")
	})
	story(t, "paid before its approval is a case", func(t *testing.T, w *world) {
		boxed(w)
		w.must(librarian, scan)
		ended(t, w.do(officer, &Pay{Lines: []LineID{"c1"}, Payment: "p1"}), InCase, "paid_unapproved")
	})
	story(t, "packed before its return it waits; kept, it is a case", func(t *testing.T, w *world) {
		w.lend()
		ended(t, w.do(pc1, &Pack{Copy: "c1", Transfer: "t1", Library: "111001"}), Held, "pack_before_return")
		w.must(pc1, &Return{Loan: "c1"})
		if w.copyOf("c1").State != CopyInBox {
			t.Error("still waits")
		}
	})
	story(t, "scanned by the library first, the missing steps fill in", func(t *testing.T, w *world) {
		w.lend()
		ended(t, w.do(librarian, scan), Applied, "intake_before_return")
		if w.rows[Key{TLine, "c1"}] != nil {
			t.Error("owed before its return")
		}
		w.must(pc1, &Return{Loan: "c1"})
		ended(t, w.do(pc1, &Pack{Copy: "c1", Transfer: "t1", Library: "111001", Box: 1}), Applied, "further_on")
		w.must(pc1, &HandOver{Transfer: "t1", Taker: "T7"})
		if c := w.copyOf("c1"); c.State != CopyTaken || c.Transfer != "t1" || w.rows[Key{TLine, "c1"}] == nil {
			t.Errorf("%+v", c)
		}
	})
	story(t, "not in the box it is missing, written off it is owed, found it is corrected", func(t *testing.T, w *world) {
		boxed(w)
		ended(t, w.do(officer, &WriteOff{Copy: "c1"}), Rejected, "is_now")
		w.must(pc1, &HandOver{Transfer: "t1", Taker: "T7"})
		ended(t, w.do(librarian, &EndIntake{Transfer: "t1", Library: "111001"}), InCase, "box_short")
		if w.copyOf("c1").State != CopyMissing {
			t.Error("not missing")
		}
		w.must(officer, &WriteOff{Copy: "c1"})
		w.must(librarian, scan)
		if w.copyOf("c1").State != CopyTaken || w.rows[Key{TLine, "c1"}].(*Line).Cause != "write_off" || w.rows[Key{TLine, "c1+1"}].(*Line).Corrects != "c1" {
			t.Errorf("%+v", w.copyOf("c1"))
		}
	})
	story(t, "a copy of another library's box settles that box", func(t *testing.T, w *world) {
		boxed(w)
		w.must(pc1, &HandOver{Transfer: "t1", Taker: "T7"})
		w.must(librarian, &Intake{Copy: "c1", ISBN: isbnA, Library: "111002", Transfer: "t9", Scan: "x"})
		if w.copyOf("c1").Library != "111002" || !slices.Contains(w.transfer("t1").Taken, "c1") {
			t.Errorf("%+v", w.copyOf("c1"))
		}
		w.must(librarian, &EndIntake{Transfer: "t1", Library: "111001"})
	})
	story(t, "an unlisted volume is a case", func(t *testing.T, w *world) {
		boxed(w)
		ended(t, w.do(librarian, &Intake{ISBN: isbnB, Library: "111001", Transfer: "t1", Scan: "y"}), InCase, "intake_extra")
	})
	story(t, "a kept copy that reaches a library is a case and not owed", func(t *testing.T, w *world) {
		w.lend()
		w.must(resident, &Keep{Loan: "c1"})
		ended(t, w.do(librarian, scan), InCase, "intake_not_returned")
		if w.rows[Key{TLine, "c1"}] != nil {
			t.Error("owed")
		}
	})
	story(t, "closed and handed over can be taken back and done again", func(t *testing.T, w *world) {
		boxed(w)
		w.must(pc1, &CloseBox{Transfer: "t1"})
		w.must(pc1, &HandOver{Transfer: "t1", Taker: "T7"})
		ended(t, w.do(pc3, &Reverse{What: KHandOver, Of: "t1"}), Rejected, "moved")
		w.must(pc1, &Reverse{What: KHandOver, Of: "t1"})
		w.must(pc1, &Reverse{What: KCloseBox, Of: "t1", Turn: 1})
		w.must(pc1, &CloseBox{Transfer: "t1", Turn: 2})
		w.must(pc1, &HandOver{Transfer: "t1", Taker: "T8", Turn: 2})
		ended(t, w.do(pc1, &Unpack{Copy: "c1", Transfer: "t1"}), InCase, "unpack_odd")
	})
	story(t, "moved to another library's box, its library is told apart", func(t *testing.T, w *world) {
		boxed(w)
		w.must(pc1, &Pack{Copy: "c1", Transfer: "t2", Library: "111002", Box: 2})
		w.must(pc1, &Unpack{Copy: "c1", Transfer: "t2", Turn: 1})
		w.must(pc1, &Pack{Copy: "c1", Transfer: "t1", Library: "111001", Turn: 2})
		if w.copyOf("c1").Transfer != "t1" || len(w.transfer("t2").Copies) != 0 {
			t.Errorf("%+v", w.copyOf("c1"))
		}
	})
}

func TestStock(t *testing.T) {
	count := func(n int, id string) *Count { return &Count{ISBN: isbnA, N: n, ID: id, Source: "count"} }
	story(t, "the newest count stands, and a sale before it is in it", func(t *testing.T, w *world) {
		w.must(pc1.at(noon+day), count(5, "a"))
		ended(t, w.do(pc1.at(noon), count(9, "b")), Applied, "count_older")
		w.must(resident, place("r1", "p1", isbnA))
		w.must(pc1.at(noon), w.sale("c1", "r1"))
		if st := w.stock("s1", isbnA); st.N != 5 || st.AsOf != noon+day {
			t.Errorf("%+v", st)
		}
		w.must(pc1.at(noon+2*day), &Count{ISBN: isbnA, N: 2, Add: true, ID: "c", Source: "receive"})
		if w.stock("s1", isbnA).N != 7 {
			t.Error("not added")
		}
	})
	story(t, "fewer than set aside is a case on the newest", func(t *testing.T, w *world) {
		for i, p := range []ResidentID{"p1", "p2"} {
			id := RequestID("r" + num(i+1))
			w.must(resident, place(id, p, isbnA))
			w.must(pc1, w.accept(id))
		}
		w.must(pc1, count(2, "a"))
		out := w.do(pc1, count(1, "b"))
		ended(t, out, InCase, "count_short")
		if c := w.rows[CaseKey(out.Case)].(*Case); c.Request != "r2" || c.Owner != RoleOwner {
			t.Errorf("%+v", c)
		}
	})
}

func TestKeepingRows(t *testing.T) {
	edit := func(r Row, fill bool, id string) *Upsert {
		raw, err := EncodeRow(r)
		if err != nil {
			t.Fatal(err)
		}
		return &Upsert{Table: r.Key().Table, Rows: []json.RawMessage{raw}, ID: id, Fill: fill}
	}
	story(t, "of two stores that complete a title the first wins and the other value is kept", func(t *testing.T, w *world) {
		w.must(pc1, edit(&Title{ISBN: isbnD, Name: "가", Class: Bestseller}, true, "a"))
		w.must(pc3, edit(&Title{ISBN: isbnD, Name: "나", Author: "다"}, true, "b"))
		if x := w.rows[TitleKey(isbnD)].(*Title); x.Name != "가" || x.Author != "다" || x.Other != "나" || x.Class != "" {
			t.Errorf("%+v", x)
		}
	})
	story(t, "a store edits its own row and no other, a librarian titles alone", func(t *testing.T, w *world) {
		ended(t, w.do(pc1, edit(&Store{ID: "s2", Name: "x"}, false, "a")), Rejected, "not_yours")
		ended(t, w.do(pc1, edit(&Title{ISBN: isbnA, Name: "x"}, false, "b")), Rejected, "not_yours")
		ended(t, w.do(librarian, edit(&PolicyRow{DefaultPolicy()}, false, "c")), Rejected, "not_yours")
		w.must(librarian, edit(&Title{ISBN: isbnA, Name: "x"}, false, "d"))
		w.must(pc1, edit(&Store{ID: "s1", Name: "딴 이름", Paused: true, Successor: "s2"}, false, "e"))
		if s := w.rows[StoreKey("s1")].(*Store); s.Name != "반포서점" || !s.Paused || s.Successor != "" {
			t.Errorf("%+v", s)
		}
	})
	story(t, "an import brings back no erased member and no count of its own", func(t *testing.T, w *world) {
		w.must(officer, &Erase{Resident: "p3"})
		w.must(officer, edit(&Resident{ID: "p3", CardTag: "t"}, false, "a"))
		w.must(officer, edit(&Resident{ID: "p9", CardTag: "t", Open: 5, Erased: true}, false, "b"))
		if x, y := w.person("p3"), w.person("p9"); !x.Erased || x.CardTag != "" || y.Open != 0 || y.Erased {
			t.Errorf("%+v %+v", x, y)
		}
	})
	story(t, "an erasure waits for what is open and then happens by itself", func(t *testing.T, w *world) {
		w.lend()
		ended(t, w.do(officer, &Erase{Resident: "p1"}), Applied, "erase_waits")
		w.must(pc1, &Return{Loan: "c1"})
		if w.person("p1").Erased {
			t.Error("erased with a refund due")
		}
		w.must(pc1, payout("c1", "1", 14000))
		if !w.person("p1").Erased {
			t.Error("not erased")
		}
	})
	story(t, "a closing store hands on what is open", func(t *testing.T, w *world) {
		w.lend()
		w.must(pc1, &Return{Loan: "c1"})
		w.must(resident, place("r2", "p2", isbnA))
		ended(t, w.do(officer, &CloseStore{Store: "s1", To: "none"}), Rejected, "store_unknown")
		w.must(officer, &CloseStore{Store: "s1", To: "s2", Requests: []RequestID{"r2"}, Loans: []LoanID{"c1"}})
		if w.loan("c1").Store != "s2" || w.loan("c1").Right != RightServer || w.refund("c1").Store != "s2" || !w.request("r2").Asked {
			t.Errorf("%+v", w.loan("c1"))
		}
		w.must(resident, &ChooseStore{Request: "r2", Store: "s2", Assign: 2})
		ended(t, w.do(officer, &CloseStore{Store: "s3", To: "s1"}), Rejected, "store_closed")
	})
	story(t, "a code enrols one PC until it expires", func(t *testing.T, w *world) {
		const key = "0123456789012345678901234567890123456789012"
		device := who{role: RoleDevice}
		ended(t, w.do(pc1.as(RoleOwner), &MakeEnrolCode{Hash: "h", Store: "s2", Expires: noon + day}), Rejected, "not_yours")
		w.must(officer, &MakeEnrolCode{Hash: "h", Store: "s2", Label: "PC 2", Expires: noon + day})
		ended(t, w.do(device, &Enrol{Device: "d9", Hash: "?", PublicKey: key}), Rejected, "code_unknown")
		ended(t, w.do(device.at(noon+day+1), &Enrol{Device: "d9", Hash: "h", PublicKey: key}), Rejected, "code_expired")
		w.must(device.at(noon+day), &Enrol{Device: "d9", Hash: "h", PublicKey: key})
		ended(t, w.do(device, &Enrol{Device: "d8", Hash: "h", PublicKey: key}), Rejected, "code_used")
		if d := w.rows[DeviceKey("d9")].(*Device); d.Store != "s2" || d.Label != "PC 2" {
			t.Errorf("%+v", d)
		}
	})
	story(t, "cases are decided once, by whom they are for", func(t *testing.T, w *world) {
		w.walkIn(pc1, "c1")
		id, owner := w.loan("c1").Block, who{role: RoleOwner, by: "k1", store: "s1"}
		ended(t, w.do(owner, &Decide{Case: id, Choice: ChooseCover, Note: "x"}), Rejected, "not_yours")
		ended(t, w.do(officer, &Decide{Case: id, Choice: ChooseNoted, Note: "x"}), Rejected, "no_such_choice")
		w.must(officer, &Decide{Case: id, Choice: ChoosePlain, Note: "x"})
		ended(t, w.apply(w.op(officer, &Decide{Case: id, Choice: ChoosePlain, Note: "x"})), Duplicate, "")
		ended(t, w.apply(w.op(officer, &Decide{Case: id, Choice: ChooseCover, Note: "x"})), Rejected, "decided_before")
		ended(t, w.do(officer, &Decide{Case: "none", Choice: ChooseCover, Note: "x"}), Rejected, "case_unknown")
	})
}
