package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/bookpayback/bookpayback/client/counter"
)

// wordsKo is a question with a field of words that searches, and one of digits.
func wordsKo() counter.Screen {
	s := returnKo()
	s.Band.ID, s.Band.Step, s.Band.Big = "words", "", ""
	s.Band.Fields = []counter.Field{{Name: "find", Label: "찾을 말", Focus: true, Search: true}, {Name: "count", Label: "권수", Digits: true}}
	return s
}

func (s *stand) toggle() {
	s.t.Helper()
	s.face.scan.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeySpace, Modifier: fyne.KeyModifierShortcutDefault})
}

func (s *stand) value(name string) string { return s.face.keys.fields.values()[name] }

func TestLettersBecomeSyllablesAndEnterLosesNone(t *testing.T) {
	s := newStand(t, wordsKo(), full, Options{Words: ko})
	s.toggle()
	s.signs("gksrmf", 120)
	if before, made, _ := s.face.keys.fields.active().line.Parts(); before != "한" || made != "글" {
		t.Fatalf("%q with %q in the making", before, made)
	}
	s.key(fyne.KeyReturn)
	if got := s.last(); got.Key != "Enter" || got.Fields["find"] != "한글" {
		t.Errorf("got %+v", got)
	}
	next := wordsKo()
	next.Band.ID = "next"
	s.screen = next
	s.face.Show(next)
	if s.value("find") != "" {
		t.Errorf("the next question's field begins with %q", s.value("find"))
	}
	s.signs("rk", 120)
	if s.value("find") != "가" {
		t.Errorf("the state did not stay: %q", s.value("find"))
	}
}

func TestEachChangeOfASearchIsToldAsItStands(t *testing.T) {
	s := newStand(t, wordsKo(), full, Options{Words: ko})
	s.toggle()
	s.signs("qnf", 120)
	s.key(fyne.KeyBackspace)
	var texts []string
	for _, e := range s.typed {
		texts = append(texts, e.Field+" "+e.Text)
	}
	if want := []string{"find ㅂ", "find 부", "find 불", "find 부"}; !slices.Equal(texts, want) {
		t.Errorf("got %q, want %q", texts, want)
	}
	s.typed = nil
	s.key(fyne.KeyTab)
	s.signs("12", 120)
	if s.value("count") != "12" || len(s.typed) > 1 {
		t.Errorf("a field of digits: %q, told %+v", s.value("count"), s.typed)
	}
}

func TestMovingAwayEndsTheSyllable(t *testing.T) {
	for name, away := range map[string]func(*stand){
		"Left":  func(s *stand) { s.key(fyne.KeyLeft) },
		"Tab":   func(s *stand) { s.key(fyne.KeyTab) },
		"Down":  func(s *stand) { s.key(fyne.KeyDown) },
		"mouse": func(s *stand) { test.Tap(s.button("field/count")) },
		"state": func(s *stand) { test.Tap(s.button("mode/find")) },
	} {
		s := newStand(t, wordsKo(), full, Options{Words: ko})
		s.toggle()
		s.signs("gks", 120)
		away(s)
		if _, made, _ := s.face.keys.fields.fields[0].line.Parts(); made != "" || s.value("find") != "한" {
			t.Errorf("%s: %q, %q in the making", name, s.value("find"), made)
		}
	}
}

// button returns a button of the band.
func (s *stand) button(id string) *button {
	s.t.Helper()
	b := test.WidgetRenderer(s.face.band).(*painter).page.buttons[id]
	if b == nil {
		s.t.Fatalf("no button %q", id)
	}
	return b
}

// TestALateSyllableOfTheSystemIsPartOfItsInput is what nabi does: Enter comes before
// the syllable that it ends.
func TestALateSyllableOfTheSystemIsPartOfItsInput(t *testing.T) {
	for _, typed := range []string{"한글", "글"} { // also where nothing has come before the Enter
		s := newStand(t, wordsKo(), full, Options{Words: ko})
		signs := []rune(typed)
		s.signs(string(signs[:len(signs)-1]), 150)
		s.key(fyne.KeyReturn)
		if len(s.events) != 0 {
			t.Fatalf("answered at once: %+v", s.events)
		}
		s.signs(string(signs[len(signs)-1:]), 10)
		if got := s.last(); got.Key != "Enter" || got.Fields["find"] != typed {
			t.Errorf("got %+v, want %q", got, typed)
		}
		s.pass(500)
		if len(s.events) != 1 {
			t.Errorf("answered again: %+v", s.events[1:])
		}
	}
}

func TestALateSyllableOfTheScanFieldIsPartOfItsWord(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	s.signs("한", 150)
	s.key(fyne.KeyReturn)
	s.signs("글", 10)
	if got := s.last(); got.Scan != "한글" {
		t.Errorf("got %+v", got)
	}
	s.pass(1000)
	s.key(fyne.KeyReturn) // the first syllable of a word may be on its way
	if len(s.events) != 1 {
		t.Fatalf("answered at once: %+v", s.events)
	}
	s.signs("책", 10)
	if got := s.last(); got.Scan != "책" {
		t.Errorf("got %+v", got)
	}
}

func TestASystemThatComposesIsLeftAlone(t *testing.T) {
	s := newStand(t, wordsKo(), full, Options{Words: ko})
	s.toggle()
	s.signs("한글 abc", 120)
	s.key(fyne.KeyReturn)
	s.pass(200)
	if got := s.last().Fields["find"]; got != "한글 abc" {
		t.Errorf("got %q", got)
	}
}

func TestAScanWhileASyllableIsMadeIsAScanAndTheSyllableStays(t *testing.T) {
	s := newStand(t, wordsKo(), full, Options{Words: ko})
	s.toggle()
	s.signs("gks", 150)
	s.pass(1000)
	s.scan(book, 5)
	if got := s.last().Scan; got != book {
		t.Fatalf("got %+v", s.last())
	}
	if s.value("find") != "한" {
		t.Errorf("the field holds %q", s.value("find"))
	}
}

func TestADigitOpensTheRowThatShowsIt(t *testing.T) {
	screen := requestsKo()
	screen.Band = counter.Band{ID: "x", Tone: counter.ToneAsk, Title: "찾기"}
	screen.List.Rows[1].Key = "2"
	s := newStand(t, screen, full, Options{Words: ko})
	s.signs("2", 0)
	s.pass(400)
	if got := s.last().Key; got != "2" {
		t.Errorf("got %+v", s.last())
	}
}

func TestAPinIsNotDrawn(t *testing.T) {
	screen := wordsKo()
	screen.Band.Fields = []counter.Field{{Name: "pin", Label: "PIN", Focus: true, Digits: true, Secret: true}}
	s := newStand(t, screen, full, Options{Words: ko})
	s.signs("2580", 150)
	s.pass(400)
	if s.value("pin") != "2580" {
		t.Errorf("got %q", s.value("pin"))
	}
	for _, o := range test.WidgetRenderer(s.button("field/pin")).Objects() {
		if text := textOf(o); text == "2580" {
			t.Error("the PIN can be read")
		}
	}
}

func textOf(o fyne.CanvasObject) string {
	if text, ok := o.(*canvas.Text); ok {
		return text.Text
	}
	return ""
}
