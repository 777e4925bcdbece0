package counter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/payback"
)

func TestTillIsComparedWithTheTerminal(t *testing.T) {
	till := counter.Till{Sales: map[payback.PayKind]counter.Sum{payback.ByCard: {N: 2, Amount: 27000}, payback.ByCash: {N: 1, Amount: 9000}},
		Refunds: map[payback.PayKind]counter.Sum{payback.ByCard: {N: 1, Amount: 14000}}}
	for _, c := range []struct {
		term        counter.Terminal
		short, even bool
	}{
		{counter.Terminal{Sales: 27000, Cancels: 14000}, false, true}, {counter.Terminal{Sales: 27001, Cancels: 14000}, false, false},
		{counter.Terminal{Sales: 26999, Cancels: 14000}, true, false}, {counter.Terminal{Sales: 27000, Cancels: 13999}, true, false},
		{counter.Terminal{Sales: 0, Cancels: 900000}, true, false}, {counter.Terminal{Sales: 90000, Cancels: 15000}, false, false},
	} {
		if d := till.Compare(c.term); d.Short() != c.short || d.Even() != c.even {
			t.Errorf("%+v: %+v short %v, even %v", c.term, d, d.Short(), d.Even())
		}
	}
}

func TestClosingShowsWhatIsLeftAndWhatTheTerminalHasBeyond(t *testing.T) {
	w := newWorld(t, "ko")
	p := w.printing()
	w.evening()
	w.key("Ctrl+9")
	list := fmt.Sprint(w.last.List)
	for _, s := range []string{"판매 1건 14,000원", "손님께 돌려줄 돈 2", "책장에 도로 둘 책 1", "상자에 넣을 책 1", "닫을 상자 1", "보낼 것 4"} {
		if !strings.Contains(list, s) {
			t.Errorf("the list does not say %q:\n%s", s, list)
		}
	}
	w.do(counter.Event{Key: "Enter", Fields: map[string]string{"sales": "12,000", "cancels": "x"}})
	w.says(assets.StateNot, "금액을 숫자로")
	w.do(counter.Event{Key: "Enter", Fields: map[string]string{"sales": "12,000", "cancels": ""}})
	w.says(assets.StateLook, "단말기에 없는 결제", "(-2,000)", "보낼 것 4건")
	w.key("3") // type again
	w.do(counter.Event{Key: "Enter", Fields: map[string]string{"sales": "14000", "cancels": "0"}})
	w.holds("단말기와 같습니다", "지금 보내기")
	w.key("2")
	if w.kicks != 1 {
		t.Error("nothing was sent")
	}
	w.holds("단말기와 같습니다")
	w.key("1")
	w.says(assets.StateDone, "마감했습니다", "마감표")
	if p.last() != "마감표" {
		t.Errorf("printed %q", p.last())
	}
	w.key("1")
	if !w.last.Leaving {
		t.Errorf("closing does not lead to leaving: %+v", w.last.Band)
	}
	w.key("1")
	if !w.last.Quit {
		t.Error("what is unsent keeps the clerk here")
	}
}

func TestClosingAnEmptyDayNeedsNoSums(t *testing.T) {
	w := newWorld(t, "ko")
	w.key("Ctrl+Q")
	w.key("2")
	w.holds("하루를 마감합니다", "남은 일이 없습니다")
	w.do(counter.Event{Key: "Enter", Fields: map[string]string{"sales": "", "cancels": " "}})
	w.says(assets.StateDone, "남은 일이 없습니다")
	w.key("Down")
	w.says(assets.StateDone, "남은 일이 없습니다") // walking through the money changes nothing
}

func TestAnOpenQuestionStaysOpenWhileTheDayIsClosed(t *testing.T) {
	w := newWorld(t, "ko")
	w.printing()
	w.lend(2, 4)
	w.scan(book)
	w.key("Ctrl+9")
	w.holds("하루를 마감합니다")
	w.key("F7")
	if len(w.last.List.Rows) != 1 || w.last.List.Rows[0].Title != "불편한 편의점" {
		t.Errorf("the open question: %+v", w.last.List.Rows)
	}
}
