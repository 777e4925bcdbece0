package counter_test

import (
	"testing"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
)

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
