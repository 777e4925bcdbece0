package counter_test

import (
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

const ask = assets.State(counter.ToneAsk)

func TestACopyThatWaitsIsSoldWithOneDigitAndTheApprovalNumber(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.place(371, book, payback.Accepted, func(r *payback.Request) { r.Hold = 5 })
	w.scan(book)
	w.says(ask, "판매", "불편한 편의점", "14,000원", "홍*동", "0371", "12월 14일(월)", "이 책만 따로 결제")
	w.key("1")
	w.holds("14,000원", "결제하세요", "승인 번호를 넣으세요")
	w.enter("approval", "30418827")
	w.says(assets.StateDone, "12월 14일(월)")
	r := w.request(id)
	l := w.loan(r.Loan)
	if r.State != payback.Sold || l.Paid != 14000 || l.Kind != payback.ByCard || l.Approval != "30418827" || l.Due != "2026-12-14" {
		t.Errorf("request %+v, loan %+v", r, l)
	}
	if w.last.Sound != counter.SoundDone {
		t.Errorf("sound %q", w.last.Sound)
	}
}

func TestACashSaleIsOneDigit(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.place(1, book, payback.Ready)
	w.scan(book)
	w.key("2")
	w.says(assets.StateDone)
	if l := w.loan(w.request(id).Loan); l.Kind != payback.ByCash {
		t.Errorf("paid by %s", l.Kind)
	}
}

func TestASaleByCardNeedsItsApprovalNumber(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.place(1, book, payback.Accepted)
	w.scan(book)
	w.key("1")
	w.enter("approval", " ")
	w.says(assets.StateNot, "승인 번호를 넣어 주세요")
	if w.request(id).State != payback.Accepted {
		t.Error("sold without the number")
	}
	w.enter("approval", "7")
	w.says(assets.StateDone)
}

func TestAnAmountThatDiffersIsRefusedBeforeItIsRecorded(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.place(1, book, payback.Accepted)
	w.scan(book)
	w.key("4")
	for _, wrong := range []string{"14001", "12599", "0", "abc", ""} {
		w.enter("amount", wrong)
		w.says(assets.StateNot)
	}
	if w.request(id).State != payback.Accepted || w.waiting() != 0 {
		t.Error("something was recorded")
	}
	w.enter("amount", "12,600")
	w.says(ask, "12,600원")
	w.key("2")
	w.says(assets.StateDone)
	if l := w.loan(w.request(id).Loan); l.Paid != 12600 {
		t.Errorf("paid %d", l.Paid)
	}
}

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

func TestARefundNeedsItsCancelNumber(t *testing.T) {
	w := newWorld(t, "ko")
	w.lend(1, 4)
	w.scan(book)
	w.key("1")
	w.enter("cancel", "")
	w.says(assets.StateNot, "취소 번호를 넣어 주세요")
	w.enter("cancel", "9")
	w.says(assets.StateDone, "환불 끝")
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

func TestARefundOfAnotherPCsSaleIsStoppedAndTheOwnerMayOverride(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.lend(1, 4, func(l *payback.Loan) { l.Right = payback.DeviceRight("pc2") })
	pin, err := w.c.SetClerk(t.Context(), counter.ClerkIn{Owner: true, PIN: "2580"})
	if err != nil || !pin.OK() {
		w.c.SetActor(counter.Actor{Role: payback.RoleOwner, By: "o1"})
		pin, err = w.c.SetClerk(t.Context(), counter.ClerkIn{Owner: true, PIN: "2580"})
		w.c.SetActor(counter.Actor{Role: payback.RoleClerk, By: "c1"})
	}
	if err != nil || !pin.OK() {
		t.Fatal(err, pin.Refused)
	}
	w.scan(book)
	w.key("1")
	w.says(assets.StateLook, "환불은 나중에", "책을 판 PC")
	w.key("1")
	w.enter("pin", "0000")
	w.says(assets.StateNot, "비밀번호가 다릅니다")
	w.enter("pin", "2580")
	w.holds("30418827")
	w.enter("cancel", "77")
	w.says(assets.StateLook, "환불 끝") // recorded, and the office is told
	if r := w.row(payback.RefundKey(id)).(*payback.Refund); r.State != payback.RefundPaid {
		t.Errorf("refund %s", r.State)
	}
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

func TestAnOrderedCopyArrivesAndSaysWhoseAndWhere(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, other, payback.Accepted, func(r *payback.Request) { r.Hold = 1 })
	id := w.place(2, book, payback.Ordered)
	w.scan(book)
	w.says(assets.StateDone, "도착", "보관대 2", "홍*동", "0002")
	if r := w.request(id); r.State != payback.Ready || r.Hold != 2 {
		t.Errorf("request %+v", r)
	}
}

func TestAShelfCopyAcceptsTheOldestRequestWithTheNextHoldNumber(t *testing.T) {
	w := newWorld(t, "ko")
	old, young := w.place(1, book, payback.Placed), w.place(2, book, payback.Placed)
	w.scan(book)
	w.says(assets.StateDone, "신청 받음", "보관대 1", "1건 더")
	if w.request(old).State != payback.Accepted || w.request(young).State != payback.Placed {
		t.Error("not the oldest")
	}
	w.scan(book)
	if w.request(young).State == payback.Accepted {
		t.Error("a copy that waits was taken for a second one from the shelf")
	}
}

func TestAnUnknownPriceIsAskedForWhenAccepting(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.place(1, unpriced, payback.Placed)
	w.scan(unpriced)
	w.says(ask, "정가를 넣으세요")
	w.enter("price", "x")
	w.says(assets.StateNot)
	w.enter("price", "17000")
	w.says(assets.StateDone, "보관대 1")
	if r := w.request(id); r.State != payback.Accepted || r.Price != 17000 {
		t.Errorf("request %+v", r)
	}
}

func TestAPriceOverTheCeilingIsRefusedInWords(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.place(1, unpriced, payback.Placed)
	w.scan(unpriced)
	w.enter("price", "50001")
	w.holds("50,001원", "50,000원")
	if w.request(id).State == payback.Accepted {
		t.Error("accepted over the ceiling")
	}
}

func TestBadInputGetsAClearSentenceAndRecordsNothing(t *testing.T) {
	for _, c := range []struct {
		name, code, want string
		tone             assets.State
	}{
		{"damaged bar code", "9791161571189", "다시 찍어 주세요", assets.StateNot},
		{"bar code read in part", "9791161571", "다시 찍어 주세요", assets.StateNot},
		{"a magazine", "9771234567003", "책 바코드가 아닙니다", assets.StateLook},
		{"goods", "8801062475360", "책 바코드가 아닙니다", assets.StateLook},
		{"a book that nothing is open for", other, "우리 서점의 신청이나 대출이 없습니다", assets.StateLook},
		{"a book nobody has described", "9788954692410", "ISBN 9788954692410", assets.StateLook},
		{"an unknown pick-up number", "4711", "아직 오지 않은 신청", assets.StateLook},
		{"an unknown card", "99887766", "이 회원증으로 열린 일이 없습니다", assets.StateLook},
		{"words that no title has", "없는제목입니다", "모르는 코드", assets.StateNot},
		{"a payment card", "4111111111111111", "결제 카드 번호는 받지 않습니다", assets.StateNot},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "ko")
			w.scan(c.code)
			w.says(c.tone, c.want)
			if w.waiting() != 0 {
				t.Error("something was recorded")
			}
			want := counter.SoundNot
			if c.tone == assets.StateLook {
				want = counter.SoundLook
			}
			if w.last.Sound != want {
				t.Errorf("sound %q", w.last.Sound)
			}
		})
	}
}

func TestALoanOfAnotherStoreIsNotOurs(t *testing.T) {
	w := newWorld(t, "ko")
	w.scan(book) // sold by another store: no row of it is here
	w.says(assets.StateLook, "불편한 편의점", "우리 책 아님", "산 서점에서 반납")
}

func TestAPickUpNumberFindsItsRequest(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(371, book, payback.Placed)
	w.scan("0371")
	w.says(ask, "불편한 편의점", "받기", "보관대 1", "주문하기", "어려움")
	if w.request("r371").State != payback.Placed {
		t.Error("a number alone accepted the request: nobody holds the copy")
	}
}

func TestACardFindsWhatItsResidentHasOpen(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Accepted)
	w.scan(card)
	w.says(ask, "판매", "불편한 편의점")
}

func TestTheLastFourDigitsOfAPhoneFindThePerson(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Accepted)
	w.scan("7001")
	w.says(ask, "판매")
}

func TestADoubleTriggerOnlyTicks(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Placed)
	w.scan(book)
	n := w.waiting()
	first := w.last
	w.clock.Advance(scan.DoubleTriggerMs * time.Millisecond / 2)
	w.at(counter.Event{Scan: book})
	if w.last.Sound != counter.SoundTick || w.last.Band.ID != first.Band.ID || w.waiting() != n {
		t.Errorf("sound %q, %d recorded", w.last.Sound, w.waiting())
	}
	w.key("F6") // one more of the same on purpose
	if w.last.Band.ID == first.Band.ID {
		t.Error("F6 did nothing")
	}
}

func TestAScanWhileAQuestionIsOpenKeepsTheQuestionInTheList(t *testing.T) {
	w := newWorld(t, "ko")
	w.lend(1, 4)
	w.scan(book)
	w.scan(other)
	w.says(assets.StateLook, "아몬드")
	w.key("F7")
	if len(w.last.List.Rows) != 1 || w.last.List.Rows[0].Title != "불편한 편의점" || w.last.List.Rows[0].Mark != assets.StateDecide {
		t.Fatalf("cases %+v", w.last.List.Rows)
	}
	w.says(ask, "반납", "불편한 편의점")
	w.key("1")
	w.says(assets.StateDone, "책 받음")
	if n := len(w.last.List.Rows); n != 0 {
		t.Errorf("%d questions are still open after it was answered", n)
	}
}

func TestEscAlwaysReturnsToTheScanField(t *testing.T) {
	w := newWorld(t, "ko")
	w.lend(1, 4)
	w.lend(2, -4)
	w.place(3, unpriced, payback.Placed)
	for _, keys := range [][]string{{}, {"1"}, {"2"}, {"1", "2"}, {"F8"}, {"F1"}, {"Ctrl+L"}, {"Ctrl+Q"}, {"F3", "2"}, {"F3", "3"}} {
		w.scan(book)
		for _, k := range keys {
			w.key(k)
		}
		for range 4 {
			w.key("Esc")
		}
		if w.last.Band.Title != "" || len(w.last.Help) > 0 || w.last.Quit {
			t.Errorf("after %v the band says %q", keys, w.last.Band.Title)
		}
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

func TestUndoOfASaleSaysToCancelTheCardOnTheTerminal(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.place(1, book, payback.Accepted)
	w.scan(book)
	w.key("1")
	w.enter("approval", "555")
	w.key("F8")
	w.key("1")
	w.says(assets.StateDone, "555", "단말기에서 따로 취소")
	if w.request(id).State != payback.Accepted {
		t.Errorf("request %s", w.request(id).State)
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

func TestRequestsAreAnsweredWithDigits(t *testing.T) {
	w := newWorld(t, "ko")
	first, second, third := w.place(1, book, payback.Placed), w.place(2, other, payback.Placed), w.place(3, unpriced, payback.Placed)
	w.key("F3")
	if len(w.last.List.Rows) != 3 || w.last.List.At != 0 {
		t.Fatalf("list %+v", w.last.List)
	}
	ids := map[string]payback.RequestID{"req/r001": first, "req/r002": second, "req/r003": third}
	decline := ids[w.last.List.Rows[0].ID]
	w.key("3")
	w.holds("왜 어려운가요?", "책장에 없음")
	w.key("1")
	w.says(assets.StateDone, "책장에 없음")
	if w.request(decline).State != payback.Declined {
		t.Errorf("%s is %s", decline, w.request(decline).State)
	}
	w.key("F3")
	order := ids[w.last.List.Rows[0].ID]
	w.key("2")
	w.holds("며칠 뒤에 오나요?")
	w.key("3")
	w.says(assets.StateDone, "11월 26일")
	if r := w.request(order); r.State != payback.Ordered || r.ReadyBy != "2026-11-26" {
		t.Errorf("request %+v", r)
	}
	w.key("F3")
	if n := len(w.last.List.Rows); n != 3 || w.last.List.Rows[1].Head == "" {
		t.Errorf("list %+v", w.last.List.Rows)
	}
}

func TestNotOnTheShelfSetsTheStockToNone(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, other, payback.Placed)
	w.scan("0001")
	w.key("3")
	w.key("1")
	if st := w.row(payback.StockKey(shopID, other)).(*payback.Stock); st.N != 0 {
		t.Errorf("stock %d", st.N)
	}
}

func TestABoxIsClosedAndHandedOverWithACode(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.lend(1, 4)
	w.scan(book)
	w.key("1")
	w.enter("cancel", "1")
	w.key("Ctrl+1")
	if len(w.last.List.Rows) != 1 {
		t.Fatalf("boxes %+v", w.last.List.Rows)
	}
	w.key("Down")
	w.says(ask, "반포도서관", "상자 닫기")
	w.key("1")
	w.says(assets.StateDone, "상자를 닫았습니다")
	w.key("1")
	w.enter("taker", "")
	w.says(assets.StateNot, "확인 코드")
	w.enter("taker", "K-17")
	w.says(assets.StateDone, "상자를 넘겼습니다")
	if w.copy(id).State != payback.CopyHanded {
		t.Errorf("copy %s", w.copy(id).State)
	}
}

func TestACopyInABoxCanBeTakenOutAgain(t *testing.T) {
	w := newWorld(t, "ko")
	id := w.lend(1, 4)
	w.scan(book)
	w.key("1")
	w.enter("cancel", "1")
	w.scan(book)
	w.says(assets.StateLook, "상자에 있음")
	w.key("1")
	if w.copy(id).State != payback.CopyAtStore {
		t.Errorf("copy %s", w.copy(id).State)
	}
	w.scan(book)
	w.says(assets.StateDone, "상자 1에 넣으세요")
}

func TestANumberThatThisPCHasNotHeardOfCanBeSold(t *testing.T) {
	w := newWorld(t, "ko")
	w.scan("0412")
	w.scan(other)
	w.says(ask, "판매", "아몬드", "0412", "13,000원")
	w.key("2")
	w.says(assets.StateDone, "0412")
	if w.waiting() != 1 {
		t.Errorf("%d recorded", w.waiting())
	}
}

func TestAWalkInIsSoldWithACardAndSaysThatItIsNotSure(t *testing.T) {
	w := newWorld(t, "ko")
	w.scan(other)
	w.key("3")
	w.holds("회원증을 찍으세요")
	w.scan("31145678")
	w.key("2")
	w.says(assets.StateLook, "센터 확인 뒤")
}

func TestARequestThatHasEndedCanStillBeSold(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Expired)
	w.scan("0001")
	w.says(assets.StateLook, "기한 지남", "그래도 판매")
	w.key("1")
	w.says(ask, "판매", "14,000원")
}

func TestANewRequestIsHeardAndOneThatWasThereIsNot(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Placed)
	if w.do(counter.Event{News: true}); w.last.Sound != counter.Silent {
		t.Errorf("sound %q at the start", w.last.Sound)
	}
	w.place(2, book, payback.Placed)
	if w.do(counter.Event{News: true}); w.last.Sound != counter.SoundNew {
		t.Errorf("sound %q", w.last.Sound)
	}
	if w.do(counter.Event{News: true}); w.last.Sound != counter.Silent {
		t.Errorf("sound %q again", w.last.Sound)
	}
}

func TestNewsLeavesTheQuestionAsItIs(t *testing.T) {
	w := newWorld(t, "ko")
	w.lend(1, 4)
	w.scan(book)
	w.key("1")
	before := w.last.Band
	w.do(counter.Event{News: true})
	if w.last.Band.ID != before.ID || w.last.Band.Title != before.Title {
		t.Errorf("the band became %+v", w.last.Band)
	}
}

func TestTheHeaderSaysWhatIsUnsentAndThatTheServerIsOutOfReach(t *testing.T) {
	w := newWorld(t, "ko")
	w.do(counter.Event{News: true})
	if w.last.Header.Waiting != 0 || w.last.Header.WaitWord != "모두 보냄" || w.last.Header.Store != "반포서점" {
		t.Errorf("header %+v", w.last.Header)
	}
	w.place(1, book, payback.Placed)
	w.scan(book)
	st, err := w.db.SyncState(t.Context())
	must(t, err)
	st.Fails, st.Cause = 2, payback.Reason{Key: "sync.offline"}
	must(t, w.db.SetSyncState(t.Context(), st))
	w.clock.Advance(2 * time.Minute)
	w.key("Ctrl+4")
	h := w.last.Header
	if h.Waiting != 1 || h.AgeShort != "2분" || h.Offline == "" || h.OfflineOn == "" {
		t.Errorf("header %+v", h)
	}
	if w.last.List.Rows[0].Sent != assets.StateWill || len(w.last.Panel.Lines) == 0 {
		t.Errorf("outbox %+v, panel %+v", w.last.List.Rows, w.last.Panel)
	}
	w.key("F5")
	if w.kicks != 1 {
		t.Errorf("%d kicks", w.kicks)
	}
}

func TestClosingShowsTheDaysMoneyAndAsksOnce(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Accepted)
	w.scan(book)
	w.key("2")
	w.key("Ctrl+Q")
	if !w.last.Leaving || w.last.Quit {
		t.Fatal("closed without asking")
	}
	w.holds("현금", "14,000원")
	if w.key("1"); !w.last.Quit {
		t.Error("did not close")
	}
}

func TestEveryScreenIsSaidInEnglishToo(t *testing.T) {
	w := newWorld(t, "en")
	w.place(1, book, payback.Placed)
	w.place(2, unpriced, payback.Placed)
	w.place(3, book, payback.Ordered)
	w.lend(4, 4)
	w.lend(5, -4)
	for _, code := range []string{book, unpriced, other, "0001", "0003", "0004", "0005", card, "4711", "bad!", "9791161571189"} {
		for _, k := range []string{"", "1", "2", "3", "4"} {
			w.scan(code)
			if k != "" {
				w.key(k)
			}
		}
	}
	for _, k := range []string{"F2", "F3", "F4", "F7", "Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4"} {
		w.key(k)
		for range 5 {
			w.key("Down")
		}
		w.key("End")
		w.key("PgUp")
		w.key("Enter")
		w.key("Esc")
	}
	w.key("F1")
	w.key("Ctrl+Q")
}

func TestNoKeyOrFieldBreaksTheDesk(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Placed)
	w.lend(2, 4)
	for _, k := range []string{"9", "0", "a", "F11", "F12", "Ctrl+Z", "Up", "Down", "PgUp", "PgDn", "Home", "End", "Enter", "F9", ""} {
		w.key(k)
	}
	for _, id := range []string{"op/", "op/x/y", "req/none", "loan/none", "box/none", "case/none", "line/none", "copy/none", "open/9", "owed/none", "?"} {
		w.do(counter.Event{Pick: id})
	}
	w.do(counter.Event{Tab: "nowhere"})
	w.do(counter.Event{})
}
