package counter_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/paper"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// drawn is a paper as a PDF: what can be read on it, and the bar codes that a
// scanner finds.
func drawn(t *testing.T, p counter.Paper, err error) (text string, codes []string) {
	t.Helper()
	must(t, err)
	if p.None() {
		t.Fatal("there is no paper")
	}
	var pdf bytes.Buffer
	must(t, paper.PDF(&pdf, p.Sheet, at))
	dir := t.TempDir()
	file := filepath.Join(dir, "p.pdf")
	must(t, os.WriteFile(file, pdf.Bytes(), 0o600))
	program := func(name string, args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), name, args...).Output()
		if err != nil && name != "zbarimg" { // which fails where it finds none
			t.Fatalf("%s (make test installs it): %v", name, err)
		}
		return string(out)
	}
	program("pdftoppm", "-r", "203", "-gray", "-png", file, filepath.Join(dir, "page"))
	pages, _ := filepath.Glob(filepath.Join(dir, "page*.png"))
	for _, page := range pages {
		codes = append(codes, strings.Fields(program("zbarimg", "-q", "--raw", page))...)
		if to := os.Getenv("BOOKPAYBACK_SCREENSHOTS"); to != "" {
			raw, _ := os.ReadFile(page)
			name := strings.ReplaceAll(t.Name(), "/", "-") + "-" + strings.ReplaceAll(p.Sheet.Name, " ", "_")
			must(t, os.WriteFile(filepath.Join(to, "paper-"+name+"-"+filepath.Base(page)), raw, 0o600))
		}
	}
	text = program("pdftotext", "-layout", file, "-")
	if strings.Contains(text, "[paper.") || strings.Contains(text, "[payback.") || strings.Contains(text, "<no value>") {
		t.Errorf("something is not said:\n%s", text)
	}
	return text, codes
}

func wants(t *testing.T, text string, words ...string) {
	t.Helper()
	bare := strings.Join(strings.Fields(text), " ")
	for _, s := range words {
		if !strings.Contains(bare, s) {
			t.Errorf("the paper does not say %q:\n%s", s, text)
		}
	}
}

func TestSlipsFollowALoanFromItsSaleToItsRefund(t *testing.T) {
	for _, lang := range []string{"ko", "en"} {
		t.Run(lang, func(t *testing.T) {
			w := newWorld(t, lang)
			papers := w.c.Papers(assets.NewSpeaker(lang))
			w.place(371, book, payback.Ready, func(r *payback.Request) { r.Hold = 7 })
			p, err := papers.Hold(t.Context(), "r371")
			text, _ := drawn(t, p, err)
			wants(t, text, "불편한 편의점", "0371", "7")
			done, err := w.c.Sell(t.Context(), counter.SellIn{Request: "r371", Paid: 14000, Kind: payback.ByCard, Approval: "30418827", Seen: true})
			must(t, err)
			loan := payback.LoanID(done.Subject.ID)
			p, err = papers.Slip(t.Context(), loan)
			text, codes := drawn(t, p, err)
			wants(t, text, "0371", "30418827", "14,000")
			if len(codes) != 1 {
				t.Fatalf("bar codes: %v", codes)
			}
			w.scan(codes[0])
			w.holds("불편한 편의점") // the slip finds its loan
			w.key("1")
			p, err = papers.Slip(t.Context(), loan)
			text, _ = drawn(t, p, err)
			wants(t, text, "14,000")
			due := p.ID
			w.enter("cancel", "77001234")
			p, err = papers.Slip(t.Context(), loan)
			text, _ = drawn(t, p, err)
			wants(t, text, "77001234", "30418827", "14,000")
			if p.ID == due || p.Sheet.Size != paper.Roll {
				t.Errorf("the refund slip is no paper of its own on the roll: %+v", p.ID)
			}
			person := payback.ResidentID("p371")
			for _, secret := range []string{string(person), "7371", card} {
				if strings.Contains(text, secret) {
					t.Errorf("the slip names %q:\n%s", secret, text)
				}
			}
		})
	}
}

func TestALeftCopyHasASlipThatSaysUntilWhenWhoAndWhy(t *testing.T) {
	for lang, words := range map[string][]string{"ko": {"보관증", "젖음", "2026년 11월 30일(월)", "서초구 담당자", "환불해 드립니다"}, "en": {"Deposit slip", "wet", "Mon 30 Nov 2026", "서초구 office"}} {
		t.Run(lang, func(t *testing.T) {
			w := newWorld(t, lang)
			id := w.lend(2, 4)
			must2(t)(w.c.Leave(t.Context(), id, []string{payback.FaultWet}))
			p, err := w.c.Papers(assets.NewSpeaker(lang)).Slip(t.Context(), id)
			text, _ := drawn(t, p, err)
			wants(t, text, words...)
		})
	}
	w := newWorld(t, "ko")
	id := w.lend(2, -3)
	must2(t)(w.c.Leave(t.Context(), id, nil))
	p, err := w.c.Papers(assets.NewSpeaker("ko")).Slip(t.Context(), id)
	text, _ := drawn(t, p, err)
	wants(t, text, "반납 기한이 지남")
}

// must2 fails the test unless an act was recorded.
func must2(t *testing.T) func(counter.Done, error) {
	return func(done counter.Done, err error) {
		t.Helper()
		if err != nil || !done.OK() {
			t.Fatalf("%+v, %v", done, err)
		}
	}
}

func TestShelfListIsInShelfOrderWithHoursAndWhatWasOrdered(t *testing.T) {
	w := newWorld(t, "ko")
	w.serve(&payback.Store{ID: shopID, Name: "반포서점", Tel: "02-000-0000", Address: "서초구 없는길 1",
		Hours: payback.Hours{"", "10:00-21:00", "10:00-21:00", "10:00-21:00", "10:00-21:00", "10:00-21:00", "10:00-18:00"}, Libraries: []payback.LibraryID{library}})
	w.place(412, book, payback.Placed)
	w.place(413, other, payback.Placed)
	w.place(409, unpriced, payback.Ordered)
	p, err := w.c.Papers(assets.NewSpeaker("ko")).Shelf(t.Context())
	text, _ := drawn(t, p, err)
	wants(t, text, "책장에서 찾을 책", "월~금 10:00-21:00 · 토 10:00-18:00 · 일 쉼", "주문한 책 1권", "0412", "0413", "0409", "□")
	if strings.Index(text, "김호연") > strings.Index(text, "손원평") {
		t.Errorf("not by author:\n%s", text)
	}
}

func TestABoxHasAListToSignAndALabelThatOpensIt(t *testing.T) {
	w := newWorld(t, "ko")
	for n := range 3 {
		id := w.lend(n+1, 4)
		must2(t)(w.c.Return(t.Context(), id))
		must2(t)(w.c.Pack(t.Context(), id))
	}
	boxes, _, err := w.c.Boxes(t.Context())
	must(t, err)
	papers := w.c.Papers(assets.NewSpeaker("ko"))
	p, err := papers.Box(t.Context(), boxes[0].Transfer.ID)
	text, codes := drawn(t, p, err)
	wants(t, text, "납품 목록", "반포도서관", book, "3권", "1종", "받은 사람", "넘긴 사람(서점)")
	l, err := papers.Label(t.Context(), boxes[0].Transfer.ID)
	_, label := drawn(t, l, err)
	if len(label) != 1 || len(codes) != 1 || label[0] != codes[0] || l.Sheet.Size != paper.Card {
		t.Fatalf("list %v, label %v", codes, label)
	}
	w.scan(label[0])
	w.holds("반포도서관", "상자 닫기", "3권")
	w.key("Esc")
	must2(t)(w.c.CloseBox(t.Context(), boxes[0].Transfer.ID))
	w.scan(label[0])
	w.holds("반포도서관", "넘기기")
}

func TestPracticeSheetScans(t *testing.T) {
	for _, lang := range []string{"ko", "en"} {
		w := newWorld(t, lang)
		p, err := w.c.Papers(assets.NewSpeaker(lang)).Practice(t.Context())
		text, codes := drawn(t, p, err)
		wants(t, text, "10.", "불편한 편의점")
		if len(codes) != 9 {
			t.Errorf("%d codes: %v", len(codes), codes)
		}
	}
}

func TestOneThingIsPrintedOnThePrinterThatThereIs(t *testing.T) {
	both := counter.Settings{Slip: "tcp:a", Page: "lp:b"}
	for _, c := range []struct {
		s    counter.Settings
		size paper.Size
		to   string
		on   paper.Size
	}{
		{both, paper.Roll, "tcp:a", paper.Roll}, {both, paper.A4, "lp:b", paper.A4}, {both, paper.Card, "lp:b", paper.Card},
		{counter.Settings{Slip: "tcp:a"}, paper.A4, "tcp:a", paper.Roll}, {counter.Settings{Slip: "tcp:a"}, paper.Card, "tcp:a", paper.Roll},
		{counter.Settings{Page: "lp:b"}, paper.Roll, "lp:b", paper.A4}, {counter.Settings{}, paper.A4, "", paper.Roll},
	} {
		if to, on := counter.PrinterFor(c.s, c.size); to != c.to || on != c.on {
			t.Errorf("%+v, size %d: %q on %d, want %q on %d", c.s, c.size, to, on, c.to, c.on)
		}
	}
}

func TestClosingSheetHasMoneyTheTerminalAndWhatIsLeft(t *testing.T) {
	for lang, words := range map[string][]string{
		"ko": {"마감표", "카드", "14,000원 (1)", "20,000원 (+6,000)", "단말기가 더 많습니다", "책장에 도로 둘 책 1", "닫을 상자 1", "상자에 넣을 책 1", "보낼 것"},
		"en": {"Closing sheet", "14,000 won (1)", "20,000 won (+6,000)", "The terminal has more", "Copies to put back 1", "Boxes to close 1"},
	} {
		t.Run(lang, func(t *testing.T) {
			w := newWorld(t, lang)
			w.evening()
			c, err := w.c.Closing(t.Context())
			must(t, err)
			p, err := w.c.Papers(assets.NewSpeaker(lang)).Closing(t.Context(), c, &counter.Terminal{Sales: 20000})
			text, _ := drawn(t, p, err)
			wants(t, text, words...)
		})
	}
}

// evening is a store at the end of a day: one sold by card, one taken back whose
// money is owed, one packed, one loose, one that nobody fetched.
func (w *world) evening() {
	w.t.Helper()
	ctx := w.t.Context()
	w.place(1, book, payback.Ready)
	must2(w.t)(w.c.Sell(ctx, counter.SellIn{Request: "r001", Paid: 14000, Kind: payback.ByCard, Approval: "30418827", Seen: true}))
	w.clock.Advance(time.Minute)
	packed, loose := w.lend(2, 4), w.lend(3, 4)
	must2(w.t)(w.c.Return(ctx, packed))
	must2(w.t)(w.c.Pack(ctx, packed))
	must2(w.t)(w.c.Return(ctx, loose))
	w.place(4, other, payback.Ready, func(r *payback.Request) { r.Hold, r.EndsOn = 3, "2026-11-23" })
	w.place(5, other, payback.Ready, func(r *payback.Request) { r.Hold = 4 })
}
