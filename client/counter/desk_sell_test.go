package counter_test

import (
	"testing"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/payback"
)

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

func TestAPickUpNumberFindsItsRequest(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(371, book, payback.Placed)
	w.scan("0371")
	w.says(ask, "불편한 편의점", "받기", "보관대 1", "주문하기", "어려움")
	if w.request("r371").State != payback.Placed {
		t.Error("a number alone accepted the request: nobody holds the copy")
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
