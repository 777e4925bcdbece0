package counter_test

import (
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// types tells the desk what stands in a field.
func (w *world) types(field, text string) counter.Screen {
	w.t.Helper()
	return w.do(counter.Event{Typed: &counter.Typed{Field: field, Text: text}})
}

func (w *world) listTitles() string {
	var titles []string
	for _, r := range w.last.List.Rows {
		titles = append(titles, r.Title)
	}
	return strings.Join(titles, "|")
}

func TestResultsComeAsTheyAreTyped(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Placed)
	w.lend(2, 4)
	w.key("Ctrl+F")
	w.says(ask, "무엇을 찾을까요?", "찾을 말")
	if !w.last.Band.Fields[0].Search || w.last.Band.Fields[0].Digits {
		t.Errorf("the field: %+v", w.last.Band.Fields[0])
	}
	for text, want := range map[string]string{
		"불편": "불편한 편의점", "편한편의": "불편한 편의점", "ㅂㅍㅎ": "불편한 편의점", "김호연": "불편한 편의점", "qnfvus": "불편한 편의점",
		"97911615": "불편한 편의점", "979-11-6157-118-8": "불편한 편의점", "71188": "불편한 편의점", "아몬드": "아몬드", "없는말": "",
		"0001": "불편한 편의점", "7001": "불편한 편의점", "": "",
	} {
		w.types("find", text)
		if got := w.listTitles(); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if w.waiting() != 0 {
		t.Error("looking recorded something")
	}
}

func TestAFoundTitleSaysWhatTheStoreHasToDoWithIt(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Placed)
	w.lend(2, 4)
	w.key("Ctrl+F")
	w.types("find", "불편")
	if got := w.last.List.Rows[0].Note; got != "신청 1 · 나간 책 1" {
		t.Errorf("got %q", got)
	}
	w.types("find", "아몬드")
	if got := w.last.List.Rows[0].Note; !strings.Contains(got, "재고 3권") {
		t.Errorf("got %q", got)
	}
}

func TestEnterOpensTheOnlyResultAndRecordsNothing(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Placed)
	w.key("Ctrl+F")
	w.types("find", "불편")
	w.enter("find", "불편")
	w.holds("불편한 편의점")
	if w.waiting() != 0 {
		t.Error("a request was accepted by looking at it")
	}
	if w.request("r001").State != payback.Placed {
		t.Error("the request changed")
	}
}

func TestResultsAreChosenByDigitOrArrow(t *testing.T) {
	w := newWorld(t, "ko")
	w.place(1, book, payback.Accepted)
	w.lend(2, 4)
	w.serve(&payback.Title{ISBN: "9791161571195", Name: "불편한 편의점 2", Author: "김호연"})
	w.key("Ctrl+F")
	w.enter("find", "불편") // no answer has been shown yet: it is fetched
	if got := w.listTitles(); got != "불편한 편의점|불편한 편의점 2" {
		t.Fatalf("got %q", got)
	}
	if w.last.List.Rows[1].Key != "2" || len(w.last.Band.Fields) != 0 {
		t.Errorf("rows %+v", w.last.List.Rows)
	}
	w.key("2")
	w.says(ask, "불편한 편의점 2", "재고 모름")
	if w.last.List.At != 1 {
		t.Errorf("row %d is chosen", w.last.List.At)
	}
	w.key("Up")
	w.says(assets.StateDecide, "판매", "반납") // the first one: a copy waits and one is out
	w.key("Ctrl+F")
	w.types("find", "불편")
	w.key("Down")
	w.key("Down")
	w.says(ask, "무엇을 찾을까요?")
	w.enter("find", "불편")
	w.says(ask, "불편한 편의점 2")
	w.key("Esc")
	if w.last.List.Head != "오늘 한 일" {
		t.Errorf("after Esc: %q", w.last.List.Head)
	}
}

func TestWordsInTheScanFieldSearchAndCodesDoNot(t *testing.T) {
	w := newWorld(t, "ko")
	w.do(counter.Event{News: true})
	for _, text := range []string{"9", "979116157", "]C", "B"} {
		if w.types("", text); w.last.List.Head != "오늘 한 일" {
			t.Errorf("%q began a search", text)
		}
	}
	w.types("", "ㅂ")
	w.types("", "불")
	if got := w.listTitles(); got != "불편한 편의점" {
		t.Fatalf("got %q", got)
	}
	w.types("", "")
	if w.last.List.Head != "오늘 한 일" {
		t.Errorf("emptied: %q", w.last.List.Head)
	}
	w.types("", "아몬")
	w.scan("아몬")
	w.says(ask, "아몬드", "재고 3권")
}

func TestAScanDuringASearchIsAScan(t *testing.T) {
	w := newWorld(t, "ko")
	w.lend(1, 4)
	w.key("Ctrl+F")
	w.types("find", "아몬드")
	w.scan(book)
	w.says(ask, "반납", "불편한 편의점")
	if w.last.List.Head != "오늘 한 일" {
		t.Errorf("the list still shows %q", w.last.List.Head)
	}
}

func TestNothingFoundIsSaidAndTheFieldStays(t *testing.T) {
	for _, lang := range []string{"ko", "en"} {
		w := newWorld(t, lang)
		w.key("Ctrl+F")
		w.enter("find", "없는제목")
		if b := w.last.Band; len(b.Fields) != 1 || b.Fields[0].Value != "없는제목" {
			t.Errorf("%+v", b)
		}
		w.enter("find", " ")
		w.scan("없는제목입니다")
		w.says(assets.StateLook)
	}
}

// TestTheNewestAnswerWinsAndNothingWaits has the search in the background, as a
// face has it.
func TestTheNewestAnswerWinsAndNothingWaits(t *testing.T) {
	w := newWorld(t, "ko")
	woken := make(chan struct{}, 100)
	w.desk = counter.NewDesk(w.c, counter.DeskEnv{Words: assets.NewSpeaker("ko"), Wake: func() { woken <- struct{}{} }})
	w.key("Ctrl+F")
	for _, text := range []string{"불", "불편", "아", "아몬", "아몬드"} {
		if s := w.types("find", text); !s.Same || s.Sound != counter.Silent {
			t.Fatal("typing waited for an answer")
		}
	}
	for w.listTitles() != "아몬드" {
		<-woken
		w.do(counter.Event{News: true})
	}
	for range 3 { // answers that were overtaken come to nothing
		if w.do(counter.Event{News: true}); w.listTitles() != "아몬드" {
			t.Errorf("then %q", w.listTitles())
		}
	}
}
