package counter

import (
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

func TestUndoTakesBackTheLastActOnceEach(t *testing.T) {
	f := newFix(t)
	f.refusedFor(ReasonUndoNone, func() (Done, error) { return f.Undo(t.Context()) })
	loan := f.sold(1)
	f.did(f.Return(t.Context(), loan))
	f.did(f.CountStock(t.Context(), fixOther, 3, false, SourceCount)) // passed over
	last, err := f.Last(t.Context())
	if err != nil || last == nil || last.Kind != payback.KReturn || last.Title.Name != "불편한 편의점" || last.Person.Name != "홍*동" {
		t.Fatalf("last: got %+v, %v, want the return", last, err)
	}
	f.did(f.Undo(t.Context()))
	if l := f.loan(loan); l.State != payback.LoanOut {
		t.Errorf("after undoing the return: got %s", l.State)
	}
	f.did(f.Undo(t.Context()))
	if l := f.loan(loan); l.State != payback.LoanVoid {
		t.Errorf("after undoing the sale: got %s", l.State)
	}
	f.did(f.Undo(t.Context()))
	if r, _ := f.Request(t.Context(), "r001"); r.State != payback.Placed {
		t.Errorf("after undoing the accept: got %s", r.State)
	}
	f.refusedFor(ReasonUndoNone, func() (Done, error) { return f.Undo(t.Context()) })
	f.did(f.Accept(t.Context(), AcceptIn{Request: "r001"})) // what was taken back can be done again, and taken back again
	f.did(f.Undo(t.Context()))
	day, err := f.Today(t.Context())
	if err != nil || day.Sales != 0 || day.Returns != 0 {
		t.Errorf("today: got %+v, %v, want neither sale nor return", day, err)
	}
	for _, a := range day.Acts {
		if want := a.Kind != payback.KReverse && a.Kind != payback.KCount; a.Struck != want {
			t.Errorf("%s struck: got %v, want %v", a.Kind, a.Struck, want)
		}
	}
}

func TestUndoNeverPretendsToUndoMoney(t *testing.T) {
	f := newFix(t)
	loan := f.sold(1)
	f.did(f.Return(t.Context(), loan))
	f.did(f.Refund(t.Context(), RefundIn{Loan: loan, Amount: 14000, Kind: payback.ByCard, Cancel: "9"}))
	f.refusedFor(ReasonUndoMoney, func() (Done, error) { return f.Undo(t.Context()) })
	f.refusedFor("undo_too_late", func() (Done, error) { return f.Reverse(t.Context(), payback.KReturn, string(loan)) })
	f.refusedFor(ReasonUndoMoney, func() (Done, error) { return f.Reverse(t.Context(), payback.KRefund, string(loan)) })
	f.refusedFor(ReasonUndoNot, func() (Done, error) { return f.Reverse(t.Context(), payback.KPack, string(loan)) })
}

func TestUndoStopsAtMidnight(t *testing.T) {
	f := newFix(t)
	f.sold(1)
	f.clock.Advance(10 * time.Hour)
	f.refusedFor(ReasonUndoNone, func() (Done, error) { return f.Undo(t.Context()) })
}

func TestDayShowsActsWithMoneyNewestFirst(t *testing.T) {
	f := newFix(t)
	loan := f.sold(1)
	f.did(f.Return(t.Context(), loan))
	f.did(f.Refund(t.Context(), RefundIn{Loan: loan, Amount: 14000, Kind: payback.ByCard, Cancel: "9"}))
	f.give(&payback.VerdictRow{Store: fixStore, Op: payback.OpRef{Kind: payback.KCount, Run: "pc2run", Wseq: 1, At: f.clock.Now().Wall},
		Verdict: payback.Applied, Subject: payback.StockKey(fixStore, fixOther)})
	day, err := f.Today(t.Context())
	if err != nil || len(day.Acts) != 5 || day.Sales != 1 || day.Returns != 1 || day.Other != 3 {
		t.Fatalf("got %d acts, %d %d %d, %v", len(day.Acts), day.Sales, day.Returns, day.Other, err)
	}
	if a := day.Acts[0]; a.Own || !a.Final || a.Title.Name != "채식주의자" {
		t.Errorf("another PC's act: got %+v", a)
	}
	if a := day.Acts[1]; a.Kind != payback.KRefund || a.Amount != -14000 || !a.Own || a.Acked {
		t.Errorf("refund: got %+v", a)
	}
	if d, err := f.DayOf(t.Context(), "2026-11-22"); err != nil || len(d.Acts) != 0 {
		t.Errorf("the day before: got %d acts, %v", len(d.Acts), err)
	}
}

func TestRequestsComeInShelfOrderThenOrderedOnes(t *testing.T) {
	f := newFix(t)
	f.placed(1) // 김호연
	late := f.request(2)
	late.ISBN, late.AskOn = fixOther, "2026-11-20" // 한강
	f.give(late)
	f.did(f.Order(t.Context(), f.placed(3), "2026-11-25"))
	views, err := f.Requests(t.Context())
	if err != nil || len(views) != 3 {
		t.Fatalf("got %d, %v", len(views), err)
	}
	if views[0].Request.ID != "r001" || views[1].Request.ID != "r002" || views[2].Request.ID != "r003" {
		t.Errorf("order: got %s %s %s", views[0].Request.ID, views[1].Request.ID, views[2].Request.ID)
	}
	if views[0].Late || !views[1].Late || views[0].Person.Last4 != "1234" {
		t.Errorf("got %+v and %+v", views[0], views[1])
	}
}

func TestHoldsSayWhatGoesBackTonight(t *testing.T) {
	f := newFix(t)
	f.did(f.Accept(t.Context(), AcceptIn{Request: f.placed(1)}))
	for days, want := range map[int][2]bool{0: {false, false}, 7: {true, false}, 8: {false, true}} {
		f.clock.SetWall(fixStart.AddDate(0, 0, days))
		views, err := f.Holds(t.Context())
		if err != nil || len(views) != 1 || views[0].Today != want[0] || views[0].Late != want[1] {
			t.Errorf("day %d: got %+v, %v, want today %v late %v", days, views, err, want[0], want[1])
		}
	}
}

func TestOwedSaysWhoMayPay(t *testing.T) {
	f := newFix(t)
	loan := f.sold(1)
	f.did(f.Return(t.Context(), loan))
	owed, err := f.Owed(t.Context())
	if err != nil || len(owed) != 1 || !owed[0].Stop.None() || owed[0].Refund.Amount != 14000 {
		t.Errorf("got %+v, %v", owed, err)
	}
	if n, err := f.Counts(t.Context()); err != nil || n.Owed != 1 || n.Loose != 1 || n.Waiting != 3 {
		t.Errorf("counts: got %+v, %v", n, err)
	}
}

func TestCountBelowWhatIsSetAsideOpensACaseForTheOwner(t *testing.T) {
	f := newFix(t)
	f.did(f.Accept(t.Context(), AcceptIn{Request: f.placed(1)}))
	done := f.did(f.CountStock(t.Context(), fixISBN, 0, false, SourceCount))
	cases, err := f.Cases(t.Context())
	if err != nil || len(cases) != 1 || !cases[0].Mine || cases[0].Title.Name != "불편한 편의점" || done.Case != cases[0].Case.ID {
		t.Fatalf("got %+v, %v for %+v", cases, err, done)
	}
	f.refusedFor(ReasonOwnerOnly, func() (Done, error) { return f.DecideCase(t.Context(), done.Case, payback.ChooseNoted, "봄") })
	f.SetActor(Actor{Role: payback.RoleOwner, By: "o1"})
	_, err = f.DecideCase(t.Context(), done.Case, payback.ChooseNoted, "")
	wantFault(t, err, fault.Invalid)
	f.did(f.DecideCase(t.Context(), done.Case, payback.ChooseNoted, "찾았음"))
	if n, _ := f.Counts(t.Context()); n.Cases != 0 {
		t.Errorf("open cases: got %d", n.Cases)
	}
}

func TestOwnerKeepsClerksHoursPauseAndClaims(t *testing.T) {
	f := newFix(t)
	f.refusedFor(ReasonOwnerOnly, func() (Done, error) { return f.SetClerk(t.Context(), ClerkIn{PIN: "1234"}) })
	f.SetActor(Actor{Role: payback.RoleOwner, By: "o1"})
	for pin, ok := range map[string]bool{"123": false, "1234": true, "123456789012": true, "1234567890123": false, "12a4": false} {
		_, err := f.SetClerk(t.Context(), ClerkIn{Owner: true, PIN: pin})
		if (err == nil) != ok {
			t.Errorf("PIN %s: got %v", pin, err)
		}
	}
	if ok, known, err := f.OwnerPIN(t.Context(), "1234"); !ok || !known || err != nil {
		t.Errorf("owner's PIN: got %v %v %v", ok, known, err)
	}
	if ok, known, _ := f.OwnerPIN(t.Context(), "9999"); ok || !known {
		t.Error("a wrong PIN was taken")
	}
	if who, ok, err := f.WhoIs(t.Context(), "1234"); !ok || who.Role != payback.RoleOwner || err != nil {
		t.Errorf("who: got %+v %v %v", who, ok, err)
	}
	f.did(f.Pause(t.Context(), true))
	if shop, _ := f.Shop(t.Context()); !shop.Store.Paused || shop.Today != "2026-11-23" || shop.Store.Name != "한빛서점" {
		t.Errorf("shop: got %+v", shop)
	}
	f.give(&payback.Line{ID: "l1", Store: fixStore, Loan: "l1", ISBN: fixISBN, State: payback.LineOwed, Amount: 14000, OwedOn: "2026-10-01", PayBy: "2026-10-31"})
	f.did(f.Contest(t.Context(), "l1", "금액이 달라요"))
	claims, err := f.Claims(t.Context())
	if err != nil || len(claims) != 1 || claims[0].Line.State != payback.LineContested || !claims[0].Late {
		t.Errorf("claims: got %+v, %v", claims, err)
	}
}

func TestFirstToDescribeATitleWins(t *testing.T) {
	f := newFix(t)
	f.did(f.FillTitle(t.Context(), payback.Title{ISBN: fixNobody, Name: "작별하지 않는다", Author: "한강", Price: 14000}))
	got, err := f.Title(t.Context(), fixNobody)
	if err != nil || got.Name != "작별하지 않는다" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if found, err := f.SearchTitles(t.Context(), "작별", 10); err != nil || len(found) != 1 {
		t.Errorf("a title of our own is not found: %v, %v", found, err)
	}
}

func TestExplainTellsTheStoryOfAnAct(t *testing.T) {
	f := newFix(t)
	loan := f.sold(1)
	done := f.did(f.Return(t.Context(), loan))
	x, err := f.Explain(t.Context(), done.Ref.Run, done.Ref.Wseq)
	if err != nil || !x.Found || x.Act.Kind != payback.KReturn || len(x.Story) != 2 || x.Story[0].Kind != payback.KSell {
		t.Errorf("got %+v, %v", x, err)
	}
	if x, err := f.Explain(t.Context(), "nobody", 1); err != nil || x.Found {
		t.Errorf("unknown op: got %+v, %v", x, err)
	}
}

func TestOutboxListsWhatWaitsThenWhatWasNotApplied(t *testing.T) {
	f := newFix(t)
	f.sold(1)
	acts, err := f.Outbox(t.Context(), 10, 0)
	if err != nil || len(acts) != 2 || acts[0].Kind != payback.KAccept || acts[1].Kind != payback.KSell {
		t.Fatalf("got %+v, %v", acts, err)
	}
	n, since, err := f.Waiting(t.Context())
	if err != nil || n != 2 || since != acts[0].At {
		t.Errorf("waiting: got %d since %d, %v", n, since, err)
	}
}

func TestLeftCopiesWaitInTheOrderOfTheirDays(t *testing.T) {
	f := newFix(t)
	one := f.sold(1)
	two := f.sold(2)
	f.did(f.Leave(t.Context(), two, []string{payback.FaultTorn}))
	f.clock.Advance(24 * time.Hour)
	f.did(f.Leave(t.Context(), one, []string{payback.FaultWet}))
	left, err := f.Left(t.Context())
	if err != nil || len(left) != 2 || left[0].Loan.ID != two || left[0].Copy == nil {
		t.Errorf("got %+v, %v", left, err)
	}
	f.refusedFor("pack_not_returned", func() (Done, error) { return f.Pack(t.Context(), one) })
}
