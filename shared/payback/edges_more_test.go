package payback

import "testing"

func TestEdgesOfStoresAndMoney(t *testing.T) {
	back := func(w *world) { w.lend(); w.must(pc1, &Return{Loan: "c1"}) }
	story(t, "a silent store: the resident is asked once, and an answer that comes still counts", func(t *testing.T, w *world) {
		w.must(resident, place("r1", "p1", isbnA))
		w.must(theServer, &Ask{Request: "r1", Assign: 1})
		if !w.request("r1").Asked || len(w.told) == 0 || w.told[len(w.told)-1].Key != "store_silent" {
			t.Errorf("%+v", w.told)
		}
		ended(t, w.apply(w.op(theServer, &Ask{Request: "r1", Assign: 1})), Duplicate, "")
		w.must(pc1, w.accept("r1"))
		ended(t, w.do(theServer, &Ask{Request: "r1", Assign: 2}), Rejected, "moot")
	})
	story(t, "another store's loan brought back changes nothing of it, and the office sees it", func(t *testing.T, w *world) {
		w.lend()
		ended(t, w.do(pc3, &Return{Loan: "c1"}), InCase, "other_store")
		if w.loan("c1").State != LoanOut || w.refund("c1") != nil {
			t.Errorf("%+v", w.loan("c1"))
		}
	})
	story(t, "a second sale of one request is a plain sale and the owner's case", func(t *testing.T, w *world) {
		w.lend()
		ended(t, w.do(pc2, sellA("c2")), InCase, "second_sale")
		if w.loan("c1").State != LoanOut || w.loan("c2").State != LoanVoid || w.copyOf("c2").State != CopyGiven {
			t.Errorf("%+v", w.loan("c2"))
		}
	})
	story(t, "the owner pays without the right: paid, and a case for the officer", func(t *testing.T, w *world) {
		back(w)
		pay := payout("c1", "1", 14000)
		pay.Override = true
		out := w.do(pc2.as(RoleOwner), pay)
		ended(t, out, InCase, "refund_override")
		if c := w.rows[CaseKey(out.Case)].(*Case); c.Owner != RoleOfficer || w.refund("c1").State != RefundPaid {
			t.Errorf("%+v", c)
		}
	})
	story(t, "another amount than due: the refund is paid, what was given is kept, and a case", func(t *testing.T, w *world) {
		back(w)
		ended(t, w.do(pc1, payout("c1", "1", 15000)), InCase, "refund_amount")
		if r := w.refund("c1"); r.Amount != 14000 || r.Given != 15000 || w.budget().Paid != 14000 {
			t.Errorf("%+v", r)
		}
	})
	story(t, "money for a left copy is an incident and a case", func(t *testing.T, w *world) {
		w.lend()
		w.must(pc1, &Leave{Loan: "c1", Faults: []string{FaultWet}})
		ended(t, w.do(pc1, payout("c1", "1", 14000)), InCase, "refund_not_due")
		if w.loan("c1").State != LoanLeft || w.rows[IncidentKey("c1", "pay1")] == nil {
			t.Errorf("%+v", w.loan("c1"))
		}
	})
	story(t, "a line owes the refunded amount by the contract's rate, with list and paid price", func(t *testing.T, w *world) {
		w.policy(func(p *Policy) { p.ContractRate = 90 })
		back(w)
		w.must(librarian, &Intake{Copy: "c1", ISBN: isbnA, Library: "111001", Scan: "x"})
		if l := w.rows[Key{TLine, "c1"}].(*Line); l.Amount != 12600 || l.List != 14000 || l.Refunded != 14000 {
			t.Errorf("%+v", l)
		}
	})
	story(t, "a sale beyond the cap taken back gives back all that it took", func(t *testing.T, w *world) {
		w.policy(func(p *Policy) { p.CapOther = 1 })
		w.must(resident, place("r1", "p1", isbnA))
		w.must(resident, &Cancel{Request: "r1"})
		w.must(resident, place("r2", "p2", isbnA))
		ended(t, w.do(pc1, sellA("c1")), InCase, "over_cap_sale")
		w.must(pc1, &Reverse{What: KSell, Of: "c1"})
		if w.request("r1").State != Cancelled || len(w.quota(isbnA).Held) != 1 || w.budget().Reserved != 14000 {
			t.Errorf("%+v, %+v", w.request("r1"), w.budget())
		}
	})
}

func TestEdgesOfPeople(t *testing.T) {
	story(t, "a blocked resident asks for nothing until it is lifted", func(t *testing.T, w *world) {
		w.must(officer, &Block{Resident: "p1", On: true, Note: "x", ID: "b1"})
		ended(t, w.do(resident, place("r1", "p1", isbnA)), Rejected, "resident_blocked")
		w.must(officer, &Block{Resident: "p1", Note: "x", ID: "b2"})
		w.must(resident, place("r2", "p1", isbnA))
		ended(t, w.do(officer, &Block{Resident: "none", On: true, Note: "x", ID: "b3"}), Rejected, "resident_unknown")
	})
	story(t, "a store sets its own clerks and no other's", func(t *testing.T, w *world) {
		w.must(pc1.as(RoleOwner), &SetClerk{Clerk: "k2", ID: "a"})
		ended(t, w.do(pc3.as(RoleOwner), &SetClerk{Clerk: "k2", Gone: true, ID: "b"}), Rejected, "not_yours")
		if c := w.rows[Key{TClerk, "k2"}].(*Clerk); c.Store != "s1" || c.Gone {
			t.Errorf("%+v", c)
		}
	})
	story(t, "each look at a number is a row of its own", func(t *testing.T, w *world) {
		owner := pc1.as(RoleOwner)
		w.must(owner, &RevealPhone{Resident: "p1", ID: "a"})
		w.must(owner, &RevealPhone{Resident: "p1", ID: "b"})
		if r := w.rows[Key{TReveal, "b"}].(*Reveal); r.By != "k1" || r.Store != "s1" || w.rows[Key{TReveal, "a"}] == nil {
			t.Errorf("%+v", r)
		}
	})
}
