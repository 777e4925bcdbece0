package payback

import (
	"encoding/json"
	"slices"
	"testing"
)

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
	story(t, "begun before the keep of a sale that waits for its request: slot and money come with that", func(t *testing.T, w *world) {
		w.must(pc1, &Sell{Copy: "c9", Number: "0001", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"})
		w.now += 2 * day
		w.must(resident, &Keep{Loan: "c9"})
		w.do(pc1.at(noon+day), &Return{Loan: "c9"})
		if l := w.loan("c9"); l.State != LoanReturned || l.Slot != 0 || len(w.quota(isbnA).Held) != 0 {
			t.Errorf("%+v", l)
		}
		w.do(resident, place("r1", "p1", isbnA))
		if l := w.loan("c9"); l.Request != "r1" || l.Slot != 1 || w.budget().Due != 14000 {
			t.Errorf("%+v, %+v", l, w.budget())
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
