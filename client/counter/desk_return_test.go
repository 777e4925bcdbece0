package counter_test

import (
	"testing"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/payback"
)

func TestOneKeyTakesBackAndTheMoneyFollows(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.lend(371, 4)
	w.scan(book)
	w.says(ask, "반납", "불편한 편의점", "홍*동", "기한보다 4일 일찍", "이상 없음", "문제 있음")
	w.key("1")
	w.says(assets.StateDone, "책 받음. 이제 환불", "14,000원", "승인을 취소하세요", "30418827", "11월 6일", "상자", "반포도서관", "3~5일 뒤")
	if w.last.Panel.Label.Number != "1" {
		t.Errorf("label %+v", w.last.Panel.Label)
	}
	if w.loan(id).State != payback.LoanReturned || w.copy(id).State != payback.CopyAtStore {
		t.Errorf("loan %s, copy %s", w.loan(id).State, w.copy(id).State)
	}
	w.enter("cancel", "3052")
	w.says(assets.StateDone, "환불 끝", "14,000원")
	refund := w.row(payback.RefundKey(id)).(*payback.Refund)
	if refund.State != payback.RefundPaid || refund.Cancel != "3052" {
		t.Errorf("refund %+v", refund)
	}
	if w.copy(id).State != payback.CopyInBox {
		t.Errorf("the copy is %s after the clerk went on", w.copy(id).State)
	}
}

func TestGoingOnAfterATakeBackPacksTheCopyAndOwesTheMoney(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.lend(1, 4)
	w.scan(book)
	w.key("1")
	w.key("Esc")
	if w.copy(id).State != payback.CopyInBox {
		t.Errorf("copy %s", w.copy(id).State)
	}
	if got := w.last.List.Rows[0]; got.Note != "환불 남음" || got.Mark != assets.StateLook {
		t.Errorf("today's row %+v", got)
	}
	w.key("Ctrl+2")
	if len(w.last.List.Rows) != 1 || w.last.List.Rows[0].Amount != "14,000" {
		t.Fatalf("owed %+v", w.last.List)
	}
	w.do(counter.Event{Pick: w.last.List.Rows[0].ID})
	w.holds("30418827")
	w.enter("cancel", "1")
	w.says(assets.StateDone, "환불 끝")
}

func TestACopyWhoseLibraryIsNotKnownStaysLoose(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.lend(1, 4, func(l *payback.Loan) { l.Library = "" })
	w.scan(book)
	w.key("1")
	w.holds("따로 두세요")
	w.enter("cancel", "1")
	if w.copy(id).State != payback.CopyAtStore {
		t.Errorf("copy %s", w.copy(id).State)
	}
	w.key("Ctrl+1")
	if len(w.last.List.Rows) != 2 || w.last.List.Rows[0].Head == "" {
		t.Errorf("boxes %+v", w.last.List.Rows)
	}
}

func TestASecondRefundIsRefused(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.lend(1, 4)
	w.scan(book)
	w.key("1")
	w.enter("cancel", "3052")
	n := w.waiting()
	w.do(counter.Event{Pick: "owed/" + string(id)})
	w.says(assets.StateNot, "이미 환불했습니다", "다시 환불하지 마세요")
	if len(w.last.Band.Fields) > 0 || w.waiting() != n {
		t.Error("a second refund could be typed")
	}
}

func TestCashIsGivenBackWithADigitAndNeverWithABareEnter(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.lend(1, 4, func(l *payback.Loan) { l.Kind, l.Approval = payback.ByCash, "" })
	w.scan(book)
	w.key("1")
	w.holds("현금으로 돌려드리세요")
	w.key("Enter")
	if r := w.row(payback.RefundKey(id)).(*payback.Refund); r.State != payback.RefundDue {
		t.Error("Enter alone paid")
	}
	w.scan(book)
	w.key("1")
	w.says(assets.StateDone, "환불 끝")
}

func TestACopyThatCouldBeBothAsksWithOneAndTwo(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Accepted)
	id := w.lend(2, 4)
	w.scan(book)
	w.says(assets.StateDecide, "무엇을 할까요?")
	if a := w.last.Band.Answers; len(a) != 3 || a[0].Main || a[0].Key != "1" || a[1].Key != "2" {
		t.Fatalf("answers %+v", a)
	}
	w.key("2")
	w.says(ask, "반납")
	w.key("1")
	if w.loan(id).State != payback.LoanReturned {
		t.Error("not taken back")
	}
}

func TestSeveralLoansOfOneTitleAreAskedForNearestDeadlineFirst(t *testing.T) {
	w := newWorld(t, "ko")
	w.lend(1, 9)
	near := w.lend(2, 2)
	w.scan(book)
	w.says(assets.StateDecide, "어느 분 책인가요?")
	w.key("1")
	w.key("1")
	if w.loan(near).State != payback.LoanReturned {
		t.Error("the nearest deadline was not first")
	}
}

func TestALateCopyIsLeftOrKept(t *testing.T) {
	w := newWorld(t, "ko")
	left, kept := w.lend(1, -3), w.lend(2, -1)
	w.scan("0001")
	w.says(assets.StateLook, "3일 지났습니다", "맡기기", "11월 30일", "책을 갖기")
	w.key("1")
	w.says(assets.StateLook, "맡아 두었습니다", "11월 30일")
	w.scan("0002")
	w.key("2")
	w.says(assets.StateDone, "주민이 책을 갖습니다")
	if w.loan(left).State != payback.LoanLeft || w.loan(kept).State != payback.LoanKept {
		t.Errorf("%s, %s", w.loan(left).State, w.loan(kept).State)
	}
	w.scan("0001")
	w.says(assets.StateLook, "맡아 둠", "11월 30일")
}

func TestTheLateRuleOfTheDistrictDecides(t *testing.T) {
	w := newWorld(t, "ko", func(p *payback.Policy) { p.Late = payback.LateRefund })
	id := w.lend(1, -3)
	w.scan(book)
	w.key("1")
	w.says(assets.StateDone, "이제 환불")
	if w.loan(id).State != payback.LoanReturned {
		t.Errorf("loan %s", w.loan(id).State)
	}
	w = newWorld(t, "ko", func(p *payback.Policy) { p.Late = payback.LateRefuse })
	w.lend(1, -3)
	w.scan(book)
	if a := w.last.Band.Answers; len(a) != 2 || a[0].Word != "책을 갖기" {
		t.Errorf("answers %+v", a)
	}
}

func TestAFaultLeavesTheCopyWithWhatIsWrong(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.lend(1, 4)
	w.scan(book)
	w.key("2")
	w.holds("젖음", "찢어짐", "부록이 없음")
	w.key("1")
	w.holds("젖음", "맡기기", "책을 갖기")
	w.key("3")
	w.key("2")
	w.holds("젖음, 찢어짐")
	w.key("1")
	l := w.loan(id)
	if l.State != payback.LoanLeft || len(l.Faults) != 2 || l.Faults[0] != payback.FaultWet {
		t.Errorf("loan %+v", l)
	}
}

func TestUndoTakesTheReturnBackAlsoAfterItWasPacked(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.lend(1, 4)
	for _, goOn := range []bool{false, true} {
		w.scan(book)
		w.key("1")
		if goOn {
			w.key("Esc")
		}
		w.key("F8")
		w.holds("되돌릴까요?", "반납")
		w.key("1")
		w.says(assets.StateDone, "되돌렸습니다")
		if w.loan(id).State != payback.LoanOut {
			t.Fatalf("went on %v: loan %s, %s", goOn, w.loan(id).State, w.last.Band.Why)
		}
	}
}

func TestThereIsNothingToUndoAfterARefund(t *testing.T) {
	w := newWorld(t, "ko")
	w.lend(1, 4)
	w.scan(book)
	w.key("1")
	w.enter("cancel", "1")
	w.key("F8")
	w.says(assets.StateLook, "되돌릴 일이 없습니다")
}
