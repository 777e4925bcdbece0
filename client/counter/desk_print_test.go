package counter_test

import (
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// tray is a printer's tray.
type tray struct {
	papers []counter.Paper
	err    error // a printer that can't be used at all
}

// printing gives the world a printer.
func (w *world) printing(change ...func(*counter.DeskEnv)) *tray {
	w.t.Helper()
	p := &tray{}
	env := counter.DeskEnv{Words: assets.NewSpeaker("ko"), Kick: func() { w.kicks++ }, Print: func(made counter.Paper) error {
		if p.err == nil {
			p.papers = append(p.papers, made)
		}
		return p.err
	}}
	for _, f := range change {
		f(&env)
	}
	w.desk = counter.NewDesk(w.c, env)
	return p
}

// last is the paper that came last; its name, and "!" after a copy's.
func (p *tray) last() string {
	if len(p.papers) == 0 {
		return ""
	}
	s := p.papers[len(p.papers)-1].Sheet
	if s.Again != "" {
		return s.Name + "!"
	}
	return s.Name
}

func (w *world) f9(p *tray, want string) {
	w.t.Helper()
	before := w.last.Band
	n := len(p.papers)
	w.key("F9")
	if len(p.papers) != n+1 || p.last() != want {
		w.t.Errorf("F9 printed %q (%d papers), want %q", p.last(), len(p.papers)-n, want)
	}
	if w.last.Band.Title != before.Title {
		w.t.Errorf("F9 put %q in place of %q", w.last.Band.Title, before.Title)
	}
	if !strings.Contains(w.last.Scan.Hint, strings.TrimSuffix(want, "!")) {
		w.t.Errorf("the screen does not say what is printed: %q", w.last.Scan.Hint)
	}
}

func TestF9PrintsWhatIsOnTheScreen(t *testing.T) {
	w := newWorld(t, "ko")
	p := w.printing()
	w.place(371, book, payback.Ready, func(r *payback.Request) { r.Hold = 7 })
	w.place(412, other, payback.Placed)
	w.key("Esc")
	w.f9(p, "오늘 한 일")
	w.key("F3")
	w.f9(p, "책장에서 찾을 책") // a new request has no copy to put a note into
	w.key("F4")
	w.f9(p, "보관대")
	w.key("Down")
	w.f9(p, "보관대 쪽지")
	w.scan("0371")
	w.key("2") // cash
	w.says(assets.StateDone, "판매했습니다")
	w.f9(p, "구매 확인증")
	w.scan(book)
	w.key("1")
	w.f9(p, "반납 확인증") // the money is still due
	w.key("1")
	w.f9(p, "환불 확인증")
	w.key("Ctrl+1")
	w.key("Down")
	w.f9(p, "납품 목록")
	w.key("2")
	if p.last() != "상자 라벨" {
		t.Errorf("the label is %q", p.last())
	}
	w.key("Ctrl+9")
	w.f9(p, "마감표")
	w.key("Ctrl+5")
	w.key("3")
	if p.last() != "연습용 바코드" {
		t.Errorf("the practice sheet is %q", p.last())
	}
}

func TestACopyOfASlipSaysSoFromTheMomentThePrinterHasTheFirst(t *testing.T) {
	w := newWorld(t, "ko")
	p := w.printing()
	loan := w.lend(2, 4)
	must2(t)(w.c.Leave(t.Context(), loan, []string{payback.FaultWet}))
	w.key("F7")
	w.key("End")
	w.f9(p, "보관증")
	w.f9(p, "보관증!") // the first is still on its way
	first, second := p.papers[0], p.papers[1]
	if got := w.desk.Printed(t.Context(), first, fault.New(fault.Unavailable, "print.unreachable")); !strings.Contains(got, "보관증") || !strings.Contains(got, "프린터") {
		t.Errorf("a fault says %q", got)
	}
	if got := w.desk.Printed(t.Context(), second, fault.New(fault.Unavailable, "print.unreachable")); got == "" {
		t.Error("the second fault says nothing")
	}
	w.f9(p, "보관증") // nothing came out
	if got := w.desk.Printed(t.Context(), p.papers[2], nil); got != "" {
		t.Errorf("a printed slip says %q", got)
	}
	w.f9(p, "보관증!")
	if p.papers[0].ID != p.papers[3].ID {
		t.Errorf("two slips of one thing: %v", p.papers)
	}
}

func TestAPrinterFaultStopsNoAct(t *testing.T) {
	w := newWorld(t, "ko")
	p := w.printing()
	must(t, w.c.SetSettings(t.Context(), counter.Settings{Auto: true}))
	p.err = fault.New(fault.Unavailable, "print.none")
	loan := w.lend(2, 4, func(l *payback.Loan) { l.Kind, l.Approval = payback.ByCash, "" })
	w.scan(book)
	w.key("1")
	w.key("1")
	if l := w.loan(loan); l.State != payback.LoanReturned {
		t.Fatalf("the loan is %s", l.State)
	}
	w.holds("프린터가 설정되어 있지 않습니다") // the act is done, and then the fault is said
	w.scan(book)
	if len(p.papers) != 0 {
		t.Error("something was printed")
	}
}

func TestSlipsPrintThemselvesOnlyWhereTheShopWantsThat(t *testing.T) {
	for _, auto := range []bool{false, true} {
		w := newWorld(t, "ko")
		p := w.printing()
		must(t, w.c.SetSettings(t.Context(), counter.Settings{Auto: auto}))
		w.lend(2, 4, func(l *payback.Loan) { l.Kind, l.Approval = payback.ByCash, "" })
		w.scan(book)
		w.key("1")
		w.key("1")
		late := w.lend(3, -3)
		w.scan(book)
		w.key("1")
		if l := w.loan(late); l.State != payback.LoanLeft {
			t.Fatalf("the late one is %s", l.State)
		}
		var names []string
		for _, made := range p.papers {
			names = append(names, made.Sheet.Name)
		}
		if got, want := strings.Join(names, " "), map[bool]string{true: "환불 확인증 보관증"}[auto]; got != want {
			t.Errorf("automatic %v: %q, want %q", auto, got, want)
		}
	}
}

func TestWithoutAPrinterThereIsNoKey(t *testing.T) {
	w := newWorld(t, "ko")
	w.key("F9")
	for _, k := range w.last.Foot {
		if k.Key == "F9" {
			t.Error("the key is shown")
		}
	}
}

func TestALabelIsOneCardHoweverOften(t *testing.T) {
	w := newWorld(t, "ko")
	p := w.printing()
	id := w.lend(1, 4)
	must2(t)(w.c.Return(t.Context(), id))
	must2(t)(w.c.Pack(t.Context(), id))
	w.key("Ctrl+1")
	w.key("Down")
	for range 2 {
		w.key("2")
		if p.last() != "상자 라벨" {
			t.Errorf("printed %q", p.last())
		}
		w.holds("상자 닫기") // the box stays on the screen
	}
	if _, codes := drawn(t, p.papers[1], nil); len(codes) != 1 {
		t.Errorf("bar codes: %v", codes)
	}
}
