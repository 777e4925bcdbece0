package counter

import (
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
)

func TestARequestWalksFromPlacedToTheBox(t *testing.T) {
	f := newFix(t)
	loan := f.sold(1)
	if l := f.loan(loan); l.Due != "2026-12-14" || l.Paid != 14000 || l.Library != fixLib || l.Right != payback.DeviceRight(fixDevice) {
		t.Errorf("loan: got %+v", l)
	}
	f.did(f.Return(t.Context(), loan))
	f.did(f.Refund(t.Context(), RefundIn{Loan: loan, Amount: 14000, Kind: payback.ByCard, Cancel: "900"}))
	box, err := f.BoxFor(t.Context(), loan)
	if err != nil || box.Number != 2 || box.Library.Name != "반포도서관" || box.Transfer != "" {
		t.Errorf("box: got %+v, %v, want box 2 for 반포도서관, not yet begun", box, err)
	}
	f.did(f.Pack(t.Context(), loan))
	boxes, loose, err := f.Boxes(t.Context())
	if err != nil || len(boxes) != 1 || len(loose) != 0 || boxes[0].Transfer.Serial != 1 || boxes[0].Titles[0].Name != "불편한 편의점" {
		t.Fatalf("boxes: got %+v, loose %v, %v", boxes, loose, err)
	}
	id := boxes[0].Transfer.ID
	f.did(f.CloseBox(t.Context(), id))
	f.did(f.HandOver(t.Context(), id, "V12"))
	if b, _ := f.Transfer(t.Context(), id); b.State != payback.TransferHanded || b.Taker != "V12" {
		t.Errorf("transfer: got %+v", b)
	}
	f.refusedFor(ReasonBefore, func() (Done, error) { return f.HandOver(t.Context(), id, "V12") })
}

func TestAcceptGivesTheLowestFreeHoldNumber(t *testing.T) {
	f := newFix(t)
	f.did(f.Accept(t.Context(), AcceptIn{Request: f.placed(1)}))
	f.did(f.Accept(t.Context(), AcceptIn{Request: f.placed(2)}))
	f.did(f.Cancel(t.Context(), "r001"))
	f.did(f.Accept(t.Context(), AcceptIn{Request: f.placed(3)}))
	if r, _ := f.Request(t.Context(), "r003"); r.Hold != 1 {
		t.Errorf("hold after number 1 was freed: got %d, want 1", r.Hold)
	}
	f.refusedFor("accepted_before", func() (Done, error) { return f.Accept(t.Context(), AcceptIn{Request: "r003"}) })
	f.refusedFor("request_unknown", func() (Done, error) { return f.Accept(t.Context(), AcceptIn{Request: "r999"}) })
}

func TestPriceThatBreaksARuleIsAskedAboutFirst(t *testing.T) {
	f := newFix(t)
	id := f.placed(1)
	f.refusedFor("price_over", func() (Done, error) { return f.Accept(t.Context(), AcceptIn{Request: id, Price: 50001}) })
	done := f.did(f.Accept(t.Context(), AcceptIn{Request: id, Price: 50001, Sure: true}))
	if r, _ := f.Request(t.Context(), id); done.Verdict != payback.Rejected || r.State != payback.Declined {
		t.Errorf("got %+v and state %s, want rejected and the request declined", done, r.State)
	}
}

func TestOrderedCopyArrives(t *testing.T) {
	f := newFix(t)
	id := f.placed(1)
	_, err := f.Order(t.Context(), id, "2026-11-22")
	wantFault(t, err, fault.Invalid)
	f.did(f.Order(t.Context(), id, "2026-11-23"))
	f.did(f.Order(t.Context(), id, "2026-11-26"))
	f.did(f.Arrive(t.Context(), id, 0, 0))
	if r, _ := f.Request(t.Context(), id); r.State != payback.Ready || r.Hold != 1 {
		t.Errorf("got %s on hold %d, want ready on 1", r.State, r.Hold)
	}
	f.refusedFor("arrived_before", func() (Done, error) { return f.Arrive(t.Context(), id, 0, 0) })
}

func TestDeclineNeedsAReasonAndAnOpenRequest(t *testing.T) {
	f := newFix(t)
	id := f.placed(1)
	_, err := f.Decline(t.Context(), id, "no idea")
	wantFault(t, err, fault.Invalid)
	f.did(f.Decline(t.Context(), id, payback.DeclineNotOnShelf))
	f.refusedFor("declined_before", func() (Done, error) { return f.Decline(t.Context(), id, payback.DeclineDamaged) })
	f.did(f.Cancel(t.Context(), id))
	f.refusedFor("is_now", func() (Done, error) { return f.Decline(t.Context(), id, payback.DeclineDamaged) })
}

func TestSaleOfAnotherAmountIsRefused(t *testing.T) {
	f := newFix(t)
	id := f.placed(1)
	for paid, want := range map[payback.Won]string{0: "amount_missing", 12599: "amount_differs", 14001: "amount_differs"} {
		f.refusedFor(want, func() (Done, error) {
			return f.Sell(t.Context(), SellIn{Request: id, Paid: paid, Kind: payback.ByCash})
		})
	}
	f.did(f.Sell(t.Context(), SellIn{Request: id, Paid: 12600, Kind: payback.ByCash})) // ten percent off
	f.refusedFor("sold_before", func() (Done, error) {
		return f.Sell(t.Context(), SellIn{Request: id, Paid: 14000, Kind: payback.ByCash})
	})
}

func TestSaleByNumberFindsTheRequestThatThisPCKnows(t *testing.T) {
	f := newFix(t)
	id := f.placed(1)
	f.refusedFor(ReasonOtherTitle, func() (Done, error) {
		return f.Sell(t.Context(), SellIn{Number: "0001", ISBN: fixOther, Paid: 10000, Kind: payback.ByCash})
	})
	done := f.did(f.Sell(t.Context(), SellIn{Number: "0001", ISBN: fixISBN, Paid: 14000, Kind: payback.ByCash}))
	if l := f.loan(payback.LoanID(done.Subject.ID)); l.Request != id {
		t.Errorf("loan: got request %q, want %s", l.Request, id)
	}
	done = f.did(f.Sell(t.Context(), SellIn{Number: "0777", ISBN: fixOther, Paid: 10000, Kind: payback.ByCash}))
	if l := f.loan(payback.LoanID(done.Subject.ID)); !done.Provisional || !l.Waits || l.Number != "0777" {
		t.Errorf("number not heard of: got %+v, %+v, want provisional and waiting", done, l)
	}
}

func TestWalkInSealsTheCardAndKeepsItNowhere(t *testing.T) {
	f := newFix(t)
	const card = "2976 0960-96"
	done := f.did(f.Sell(t.Context(), SellIn{ISBN: fixOther, Paid: 10000, Kind: payback.ByCash, Card: card}))
	if !done.Provisional {
		t.Error("a walk-in recorded here must be provisional")
	}
	b, err := f.db.Pending(t.Context(), 10, 1<<20)
	if err != nil || len(b.Attachments) != 1 {
		t.Fatalf("attachments: got %d, %v, want 1", len(b.Attachments), err)
	}
	plain, err := f.box.Open(b.Attachments[0].Data)
	if err != nil || string(plain) != "2976096096" {
		t.Errorf("sealed card: got %q, %v", plain, err)
	}
	if strings.Contains(string(b.Ops[0]), "2976") {
		t.Error("the op carries the card's number")
	}
	if l := f.loan(payback.LoanID(done.Subject.ID)); l.CardTag != keys.CardTag(make([]byte, 32), "2976096096") {
		t.Errorf("card tag: got %q", l.CardTag)
	}
	f.give(&payback.Title{ISBN: fixNobody, Name: "수능특강", AddOn: "53370", Price: 9000})
	f.refusedFor("study_aid", func() (Done, error) {
		return f.Sell(t.Context(), SellIn{ISBN: fixNobody, Paid: 9000, Kind: payback.ByCash})
	})
}

func TestReturnAfterTheDueDayIsLeftOrKept(t *testing.T) {
	f := newFix(t)
	loan := f.sold(1)
	last := time.Date(2026, 12, 14, 14, 59, 59, 0, time.UTC) // 23:59:59 in Seoul
	f.clock.Advance(last.Add(time.Second).Sub(fixStart) - 2*time.Second)
	late := f.sold(2)
	f.clock.Advance(21 * 24 * time.Hour)
	f.refusedFor("return_late", func() (Done, error) { return f.Return(t.Context(), loan) })
	_, err := f.Leave(t.Context(), loan, []string{"dirty"})
	wantFault(t, err, fault.Invalid)
	f.did(f.Leave(t.Context(), loan, []string{payback.FaultWet}))
	if l := f.loan(loan); l.State != payback.LoanLeft || l.DecideBy == "" {
		t.Errorf("got %+v, want left with a decide-by day", l)
	}
	f.refusedFor("refund_left", func() (Done, error) {
		return f.Refund(t.Context(), RefundIn{Loan: loan, Amount: 14000, Kind: payback.ByCard, Cancel: "1"})
	})
	f.did(f.Keep(t.Context(), late))
	f.refusedFor(ReasonBefore, func() (Done, error) { return f.Keep(t.Context(), late) })
}

func TestDueDayIsWhole(t *testing.T) {
	f := newFix(t)
	loan := f.sold(1)
	end := time.Date(2026, 12, 14, 15, 0, 0, 0, time.UTC).UnixMilli() // midnight in Seoul
	f.clock.Advance(time.Duration(end-f.clock.Now().Wall-1) * time.Millisecond)
	f.did(f.Return(t.Context(), loan))
}

func TestLateReturnsAreNotTakenWhereTheRuleRefuses(t *testing.T) {
	f := newFix(t)
	p := payback.DefaultPolicy()
	p.Late = payback.LateRefuse
	f.give(&payback.PolicyRow{Policy: p})
	loan := f.sold(1)
	f.refusedFor(ReasonLateRule, func() (Done, error) { return f.Leave(t.Context(), loan, nil) })
}

func TestLoanOfAnotherStoreIsNotOurs(t *testing.T) {
	f := newFix(t)
	f.refusedFor(ReasonNotOurs, func() (Done, error) { return f.Return(t.Context(), "elsewhere") })
	f.refusedFor(ReasonNotOurs, func() (Done, error) {
		return f.Refund(t.Context(), RefundIn{Loan: "elsewhere", Amount: 1, Kind: payback.ByCash})
	})
}

func TestRefundIsPaidOnceAndAsDue(t *testing.T) {
	f := newFix(t)
	loan := f.sold(1)
	in := RefundIn{Loan: loan, Amount: 14000, Kind: payback.ByCard, Cancel: "900"}
	f.refusedFor("refund_not_due", func() (Done, error) { return f.Refund(t.Context(), in) })
	f.did(f.Return(t.Context(), loan))
	f.refusedFor("returned_before", func() (Done, error) { return f.Return(t.Context(), loan) })
	bare := in
	bare.Cancel = ""
	_, err := f.Refund(t.Context(), bare)
	wantFault(t, err, fault.Invalid)
	less := in
	less.Amount = 13999
	f.refusedFor("refund_amount", func() (Done, error) { return f.Refund(t.Context(), less) })
	cash := in
	cash.Kind = payback.ByCash
	f.refusedFor("refund_kind", func() (Done, error) { return f.Refund(t.Context(), cash) })
	f.did(f.Refund(t.Context(), in))
	again := in
	again.Cancel = "901"
	f.refusedFor("refund_twice_stop", func() (Done, error) { return f.Refund(t.Context(), again) })
	till, err := f.Till(t.Context(), "2026-11-23")
	if err != nil || till.Sales[payback.ByCard] != (Sum{1, 14000}) || till.Refunds[payback.ByCard] != (Sum{1, 14000}) {
		t.Errorf("till: got %+v, %v", till, err)
	}
}

func TestAnotherPCsRefundNeedsTheOwnerAndOnlyAFewTimesADay(t *testing.T) {
	f := newFix(t)
	var loans []payback.LoanID
	for n := range 3 {
		l := f.sold(n + 1)
		f.did(f.Return(t.Context(), l))
		row := *f.loan(l)
		row.Right = payback.DeviceRight("pc2")
		loans = append(loans, l)
		f.give(&row, &payback.Refund{Loan: l, Store: fixStore, State: payback.RefundDue, Amount: 14000, Kind: payback.ByCard})
		f.acked()
		f.give(&row, &payback.Refund{Loan: l, Store: fixStore, State: payback.RefundDue, Amount: 14000, Kind: payback.ByCard})
	}
	pay := func(i int, override bool) func() (Done, error) {
		return func() (Done, error) {
			return f.Refund(t.Context(), RefundIn{Loan: loans[i], Amount: 14000, Kind: payback.ByCard, Cancel: "9", Override: override})
		}
	}
	f.refusedFor("refund_elsewhere", pay(0, false))
	f.refusedFor(ReasonOwnerOnly, pay(0, true))
	f.SetActor(Actor{Role: payback.RoleOwner, By: "o1"})
	for i := range 2 {
		if done := f.did(pay(i, true)()); done.Verdict != payback.InCase {
			t.Errorf("override: got %+v, want a case", done)
		}
	}
	f.refusedFor(ReasonOverrides, pay(2, true))
}
