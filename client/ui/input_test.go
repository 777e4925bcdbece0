package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/bookpayback/bookpayback/client/counter"
)

const (
	book  = "9788936434120"
	other = "9788954682152"
)

// keysOf returns the keys among the events.
func (s *stand) keysOf() []string {
	var keys []string
	for _, e := range s.events {
		keys = append(keys, e.Key)
	}
	return keys
}

// last returns the latest event.
func (s *stand) last() counter.Event {
	s.t.Helper()
	if len(s.events) == 0 {
		s.t.Fatal("the desk was told nothing")
	}
	return s.events[len(s.events)-1]
}

func TestScansArriveWhileNothingIsFocused(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	for range 20 {
		s.window.Canvas().Unfocus()
		s.scan(book, 2)
		if got := s.last().Scan; got != book {
			t.Fatalf("got %q, want %q", got, book)
		}
	}
}

func TestScanIsTakenThoughTheFocusGoesInTheMiddleOfIt(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	s.signs(book[:6], 5)
	s.window.Canvas().Unfocus()
	s.scan(book[6:], 5)
	if got := s.last().Scan; got != book {
		t.Errorf("got %q, want %q", got, book)
	}
}

func TestScanWithoutEnterIsTakenAfterSilence(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	s.signs(book, 5)
	s.pass(400)
	if got := s.last().Scan; got != book {
		t.Errorf("got %q, want %q", got, book)
	}
}

func TestSecondEnterOfAScannerIsNoAnswer(t *testing.T) {
	s := newStand(t, returnKo(), full, Options{Words: ko})
	s.scan(book, 5)
	s.pass(10)
	s.key(fyne.KeyReturn)
	if len(s.events) != 1 {
		t.Errorf("got %+v, want the scan alone", s.events)
	}
	s.pass(echoMs)
	s.key(fyne.KeyReturn)
	if got := s.last().Key; got != "Enter" {
		t.Errorf("an Enter by hand: got %q", got)
	}
}

func TestLoneDigitAnswersTheBandAndAScansFirstDigitDoesNot(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	s.signs("1", 0)
	s.pass(110)
	if len(s.events) != 0 {
		t.Fatalf("after 110 ms it may still be a scan, but the desk was told %+v", s.events)
	}
	s.pass(90)
	if got := s.last().Key; got != "1" {
		t.Errorf("got %+v, want the key 1", s.last())
	}
	s.events = nil
	s.scan("1234567890128", 60) // a card that begins with the digit of an answer
	if len(s.events) != 1 || s.events[0].Scan != "1234567890128" {
		t.Errorf("got %+v, want one scan", s.events)
	}
}

func TestDigitThatAnswersNothingWaitsForMore(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	s.signs("0415", 400)
	if len(s.events) != 0 {
		t.Fatalf("got %+v", s.events)
	}
	s.key(fyne.KeyEnter)
	if got := s.last().Scan; got != "0415" {
		t.Errorf("got %+v, want the typed number", s.last())
	}
}

// A digit that answered nothing is gone with the question that it was typed under: the
// next one has its own answers.
func TestDigitThatAnsweredNothingIsNotPartOfTheNextAnswer(t *testing.T) {
	first := requestsKo()
	first.Band.ID, first.Band.Answers = "told", nil
	s := newStand(t, first, full, Options{Words: ko})
	s.signs("1", 200)
	s.pass(2000)
	if s.face.keys.typed() != "1" {
		t.Fatalf("%q is shown as typed", s.face.keys.typed())
	}
	s.answer = func(e counter.Event) {
		if e.Key == "F3" {
			s.screen = requestsKo()
		}
	}
	s.key(fyne.KeyF3)
	s.signs("1", 200)
	s.pass(500)
	if got := s.last().Key; got != "1" {
		t.Errorf("the answer is %+v", s.last())
	}
}

func TestDigitsGoIntoTheFieldAndAScanDoesNot(t *testing.T) {
	s := newStand(t, returnKo(), full, Options{Words: ko})
	s.signs("3052", 150)
	s.pass(300)
	s.scan(book, 5)
	if got := s.last().Scan; got != book {
		t.Fatalf("got %+v, want the scan", s.last())
	}
	s.pass(1000)
	s.key(fyne.KeyReturn)
	if got := s.last(); got.Key != "Enter" || got.Fields["cancel"] != "3052" {
		t.Errorf("got %+v, want Enter with what was typed by hand", got)
	}
}

func TestCardScannedIntoAFieldIsAScan(t *testing.T) {
	s := newStand(t, returnKo(), full, Options{Words: ko})
	s.scan("20231234", 8) // no check digit, but faster than any hand
	if got := s.last(); got.Scan != "20231234" {
		t.Errorf("got %+v, want the scan", got)
	}
	s.pass(1000)
	s.signs("20231234", 70) // a quick hand on the digits
	s.key(fyne.KeyReturn)
	if got := s.last(); got.Key != "Enter" || got.Fields["cancel"] != "20231234" {
		t.Errorf("got %+v, want what was typed", got)
	}
}

func TestFieldIsEditedAndTakesDigitsOnly(t *testing.T) {
	s := newStand(t, returnKo(), full, Options{Words: ko})
	s.signs("30a5２", 150)
	for _, key := range []fyne.KeyName{fyne.KeyLeft, fyne.KeyBackspace, fyne.KeyHome, fyne.KeyDelete, fyne.KeyEnd} {
		s.key(key)
	}
	s.signs("7", 150)
	s.key(fyne.KeyReturn)
	if got, want := s.last().Fields["cancel"], "027"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFieldTakesNoMoreThanItsLimit(t *testing.T) {
	for _, typed := range []int{maxField - 1, maxField, maxField + 1} {
		f := field{Field: counter.Field{Digits: true}}
		for range typed {
			f.insert('1')
		}
		if got, want := f.line.Len(), min(typed, maxField); got != want {
			t.Errorf("%d signs typed: got %d, want %d", typed, got, want)
		}
	}
}

func TestWhatIsTypedStaysWhenNewsComes(t *testing.T) {
	s := newStand(t, returnKo(), full, Options{Words: ko})
	s.signs("30", 150)
	s.screen.Header.Clock = "11월 23일(월) 14:06"
	s.face.News()
	if got := s.last(); !got.News {
		t.Fatalf("got %+v, want news", got)
	}
	s.signs("52", 150)
	s.key(fyne.KeyReturn)
	if got := s.last().Fields["cancel"]; got != "3052" {
		t.Errorf("got %q, want 3052", got)
	}
	s.screen.Band.ID = "another"
	s.face.News()
	s.key(fyne.KeyReturn)
	if got := s.last().Fields["cancel"]; got != "" {
		t.Errorf("in another band: got %q, want nothing", got)
	}
}

func TestNameTypedInHangulKeepsItsLastSyllable(t *testing.T) {
	screen := returnKo()
	screen.Band.Fields = []counter.Field{{Name: "taker", Label: "받는 분", Focus: true}}
	s := newStand(t, screen, full, Options{Words: ko})
	s.signs("한", 150)
	s.key(fyne.KeyReturn) // the input method hands over the last syllable after the Enter
	s.signs("글", 5)
	s.pass(200)
	if got := s.last(); got.Key != "Enter" || got.Fields["taker"] != "한글" {
		t.Errorf("got %+v, want Enter with 한글", got)
	}
	if len(s.events) != 1 {
		t.Errorf("got %+v, want one event", s.events)
	}
}

func TestEscapeEmptiesTheFieldFirst(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	s.signs("97", 150)
	s.key(fyne.KeyEscape)
	if len(s.events) != 0 {
		t.Fatalf("got %+v, want nothing", s.events)
	}
	s.key(fyne.KeyEscape)
	if got := s.last().Key; got != "Esc" {
		t.Errorf("got %q, want Esc", got)
	}
}

func TestKeysHaveTheirNames(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	for _, key := range []fyne.KeyName{
		fyne.KeyF1, fyne.KeyF2, fyne.KeyF9, fyne.KeyF10, fyne.KeyF12, fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown,
		fyne.KeyHome, fyne.KeyEnd, fyne.KeyLeft, fyne.KeyDelete,
	} {
		s.key(key)
	}
	for _, shortcut := range []fyne.Shortcut{
		&desktop.CustomShortcut{KeyName: fyne.Key4, Modifier: fyne.KeyModifierShortcutDefault},
		&desktop.CustomShortcut{KeyName: fyne.KeyL, Modifier: fyne.KeyModifierShortcutDefault},
		&desktop.CustomShortcut{KeyName: fyne.KeyD, Modifier: fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift},
		&desktop.CustomShortcut{KeyName: fyne.KeyD, Modifier: fyne.KeyModifierAlt},
	} {
		s.face.scan.TypedShortcut(shortcut)
	}
	want := []string{"F1", "F2", "F9", "F12", "Up", "Down", "PgUp", "PgDn", "Home", "End", "Ctrl+4", "Ctrl+L", "Ctrl+Shift+D"}
	if got := s.keysOf(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestHeldEnterAnswersOnce(t *testing.T) {
	s := newStand(t, returnKo(), full, Options{Words: ko})
	enter := &fyne.KeyEvent{Name: fyne.KeyReturn}
	press := func() {
		s.face.scan.KeyDown(enter)
		for range 5 {
			s.face.scan.TypedKey(enter)
		}
		s.face.scan.KeyUp(enter)
	}
	press()
	press()
	if len(s.events) != 2 {
		t.Errorf("two presses: got %d events, want 2", len(s.events))
	}
}

func TestPastedLinesAreSeveralScans(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	clipboard := test.NewClipboard()
	clipboard.SetContent(book + "\n" + other + "\n")
	s.face.scan.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	if len(s.events) != 2 || s.events[0].Scan != book || s.events[1].Scan != other {
		t.Errorf("got %+v, want two scans", s.events)
	}
}

func TestPastedNumberGoesIntoTheFieldAndAPastedCodeDoesNot(t *testing.T) {
	s := newStand(t, returnKo(), full, Options{Words: ko})
	clipboard := test.NewClipboard()
	paste := func(text string) {
		clipboard.SetContent(text)
		s.face.scan.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	}
	paste("3052")
	paste(book)
	if got := s.last().Scan; got != book {
		t.Errorf("got %+v, want the scan", s.last())
	}
	s.pass(1000)
	s.key(fyne.KeyReturn)
	if got := s.last().Fields["cancel"]; got != "3052" {
		t.Errorf("got %q, want 3052", got)
	}
}

// buttonsOf returns the buttons of a part by their ids.
func buttonsOf(w fyne.Widget) map[string]*button {
	return test.WidgetRenderer(w).(*painter).page.buttons
}

func TestEachButtonDoesWhatItsKeyDoesAndTakesNoFocus(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	tap := func(b *button) counter.Event {
		t.Helper()
		s.events = nil
		test.TapCanvas(s.window.Canvas(), fyne.CurrentApp().Driver().AbsolutePositionForObject(b).AddXY(4, 4))
		if s.window.Canvas().Focused() != fyne.Focusable(s.face.scan) {
			t.Fatalf("%s took the focus", b.name)
		}
		return s.last()
	}
	for _, a := range s.screen.Band.Answers {
		if got := tap(buttonsOf(s.face.band)["answer/"+a.Key]); got.Key != a.Key {
			t.Errorf("answer %s: got %+v", a.Key, got)
		}
	}
	for _, hint := range s.screen.Foot {
		if got := tap(buttonsOf(s.face.foot)[hint.Key]); got.Key != pressed(hint.Key) {
			t.Errorf("foot %s: got %+v", hint.Key, got)
		}
	}
	for _, tab := range s.screen.Tabs {
		if got := tap(buttonsOf(s.face.tabs)[string(tab.ID)]); got.Tab != tab.ID {
			t.Errorf("tab %s: got %+v", tab.ID, got)
		}
	}
	for _, row := range s.screen.List.Rows {
		if row.Head != "" {
			continue
		}
		if got := tap(buttonsOf(s.face.list)["row/"+row.ID]); got.Pick != row.ID {
			t.Errorf("row %s: got %+v", row.ID, got)
		}
	}
}

func TestClickBesideEverythingLeavesTheScanFieldReady(t *testing.T) {
	s := newStand(t, requestsKo(), full, Options{Words: ko})
	test.TapCanvas(s.window.Canvas(), fyne.NewPos(8, 300))
	if s.window.Canvas().Focused() != fyne.Focusable(s.face.scan) {
		t.Error("the scan field is not focused")
	}
	if len(s.events) != 0 {
		t.Errorf("got %+v, want nothing", s.events)
	}
}

func TestClickOnAFieldTypesIntoIt(t *testing.T) {
	screen := returnKo()
	screen.Band.Fields = []counter.Field{{Name: "amount", Label: "금액", Value: "14000", Digits: true}, {Name: "cancel", Label: "번호", Digits: true, Focus: true}}
	s := newStand(t, screen, full, Options{Words: ko})
	s.signs("1", 150)
	b := buttonsOf(s.face.band)["field/amount"]
	test.TapCanvas(s.window.Canvas(), fyne.CurrentApp().Driver().AbsolutePositionForObject(b).AddXY(9, 9))
	s.signs("5", 150)
	s.key(fyne.KeyTab)
	s.signs("2", 150)
	s.key(fyne.KeyReturn)
	if got := s.last().Fields; got["amount"] != "140005" || got["cancel"] != "12" {
		t.Errorf("got %v", got)
	}
}

func TestSoundIsPlayedOnceAScreen(t *testing.T) {
	s := newStand(t, returnKo(), full, Options{Words: ko})
	s.scan(book, 5)
	if !slices.Equal(s.sounds, []counter.Sound{counter.SoundDone}) {
		t.Errorf("got %v", s.sounds)
	}
	s.face.typed()
	if len(s.sounds) != 1 {
		t.Errorf("typing played %v", s.sounds[1:])
	}
}

func TestWindowClosesWhenTheDeskSaysSo(t *testing.T) {
	closed := 0
	s := newStand(t, requestsKo(), full, Options{Words: ko, Quit: func() { closed++ }})
	s.answer = func(e counter.Event) { s.screen.Leaving = e.Key == "Ctrl+Q" }
	s.face.close()
	if closed != 0 || s.last().Key != "Ctrl+Q" {
		t.Fatalf("closed %d times, told %+v; want the desk asked first", closed, s.last())
	}
	s.face.close()
	if closed != 1 {
		t.Errorf("closed %d times, want once", closed)
	}
	s.answer = func(counter.Event) { s.screen.Quit = true }
	s.face.News()
	if closed != 2 {
		t.Errorf("a screen that says quit closed %d times, want 2", closed)
	}
}

func TestChosenRowIsInSight(t *testing.T) {
	screen := helpKo()
	screen.Help = nil
	for i := range 3 {
		screen.List.Rows = append(screen.List.Rows, screen.List.Rows[i:i+7]...)
	}
	s := newStand(t, screen, full, Options{Words: ko})
	n, _ := s.face.list.fits(s.face.list.Size().Height)
	for _, at := range []int{0, 12, len(screen.List.Rows) - 1, 3, -1} {
		s.screen.List.At = at
		s.face.News()
		first := s.face.list.first
		if at >= 0 && (at < first || at >= first+n) {
			t.Errorf("row %d is chosen, rows %d to %d are shown", at, first, first+n-1)
		}
	}
	s.face.list.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, -10)})
	if s.face.list.first != 2 {
		t.Errorf("after the wheel row %d is first, want 2", s.face.list.first)
	}
}

func TestNothingOverlapsAndEveryAnswerIsSeenAtAnySize(t *testing.T) {
	sizes := []fyne.Size{{Width: 512, Height: 384}, {Width: 683, Height: 512}, {Width: 800, Height: 600}, full, {Width: 1920, Height: 1040}}
	for _, screen := range []counter.Screen{returnKo(), returnEn(), requestsEn(), offlineEn(), notKo(), emptyKo(), helpKo()} {
		s := newStand(t, screen, full, Options{Words: en})
		for _, size := range sizes {
			s.window.Resize(size)
			s.overlaps(size)
		}
	}
}

// overlaps reports buttons of one part that lie on each other, leave their part at
// the side, or cannot be seen above the foot.
func (s *stand) overlaps(size fyne.Size) {
	s.t.Helper()
	for _, w := range []fyne.Widget{s.face.tabs, s.face.band, s.face.foot, s.face.list} {
		if !w.Visible() {
			continue
		}
		var before []*button
		for id, b := range buttonsOf(w) {
			end := b.Position().Add(b.Size())
			if b.Position().X < 0 || end.X > w.Size().Width+0.5 {
				s.t.Errorf("%v: %s leaves its part", size, id)
			}
			if w != s.face.foot && w.Position().Y+end.Y > s.face.foot.Position().Y {
				s.t.Errorf("%v %s: %s is under the foot", size, s.screen.Band.Title, id)
			}
			for _, o := range before {
				if b.Position().X < o.Position().X+o.Size().Width && o.Position().X < end.X &&
					b.Position().Y < o.Position().Y+o.Size().Height && o.Position().Y < end.Y {
					s.t.Errorf("%v: %s lies on %s", size, b.name, o.name)
				}
			}
			before = append(before, b)
		}
	}
}
