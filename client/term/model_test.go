package term

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/charmbracelet/colorprofile"
)

// typist drives a face: keys at a pace, events out.
type typist struct {
	t      *testing.T
	now    time.Time
	m      *model
	events []counter.Event
	next   func(counter.Event) counter.Screen
	quit   bool
}

func newTypist(t *testing.T, s counter.Screen) *typist {
	t.Helper()
	ty := &typist{t: t, now: time.Date(2026, 11, 23, 14, 5, 0, 0, time.UTC)}
	ty.next = func(counter.Event) counter.Screen { return s }
	ty.m = newModel(func(e counter.Event) counter.Screen {
		ty.events = append(ty.events, e)
		return ty.next(e)
	}, Options{Words: koWords(), Now: func() time.Time { return ty.now }})
	ty.events = nil
	return ty
}

func (ty *typist) send(msg tea.Msg) *typist {
	_, cmd := ty.m.Update(msg)
	if cmd != nil && reflect.ValueOf(cmd).Pointer() == reflect.ValueOf(tea.Cmd(tea.Quit)).Pointer() {
		ty.quit = true
	}
	return ty
}

// keys types text with a pause before each key.
func (ty *typist) keys(text string, pause time.Duration) *typist {
	for _, r := range text {
		ty.now = ty.now.Add(pause)
		ty.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return ty
}

func (ty *typist) press(code rune, mod ...tea.KeyMod) *typist {
	ty.now = ty.now.Add(5 * time.Millisecond)
	k := tea.KeyPressMsg{Code: code}
	for _, x := range mod {
		k.Mod |= x
	}
	ty.send(k)
	return ty
}

// rest lets time pass without a key.
func (ty *typist) rest(d time.Duration) *typist {
	ty.now = ty.now.Add(d)
	ty.send(keysMsg{})
	return ty
}

func (ty *typist) want(events ...string) {
	ty.t.Helper()
	var got []string
	for _, e := range ty.events {
		switch {
		case e.Scan != "":
			got = append(got, "scan "+e.Scan)
		case e.Tab != "":
			got = append(got, "tab "+string(e.Tab))
		case e.Key != "" && len(e.Fields) > 0:
			got = append(got, fmt.Sprint(e.Key, " ", e.Fields))
		case e.Key != "":
			got = append(got, e.Key)
		case e.News:
			got = append(got, "news")
		}
	}
	if !reflect.DeepEqual(got, events) {
		ty.t.Errorf("events %q, want %q", got, events)
	}
	ty.events = nil
}

const (
	wedge = 8 * time.Millisecond   // a scanner's pace
	hand  = 190 * time.Millisecond // a person's
	code  = "9791161571188"
)

func TestAScanIsOneCodeWithOrWithoutItsEnter(t *testing.T) {
	ty := newTypist(t, requests())
	ty.keys(code, wedge).press(tea.KeyEnter)
	ty.want("scan " + code)
	ty.keys(code, wedge).rest(200 * time.Millisecond)
	ty.want("scan " + code)
	ty.keys(code, hand).press(tea.KeyEnter)
	ty.want("scan " + code)
}

func TestALoneDigitAnswersTheBandAndTheFirstDigitOfACodeDoesNot(t *testing.T) {
	ty := newTypist(t, requests())
	ty.keys("2", hand).rest(60 * time.Millisecond)
	ty.want()
	ty.rest(80 * time.Millisecond)
	ty.want("2")
	ty.keys("1", hand).keys("234", wedge).press(tea.KeyEnter)
	ty.want("scan 1234")
	ty.keys("3", hand).press(tea.KeyEnter)
	ty.want("3")
	ty.keys("9", hand).rest(time.Second) // no such answer: the beginning of a number
	ty.want()
	ty.keys("12", hand).press(tea.KeyEnter)
	ty.want("scan 912")
}

func TestADigitThatAnsweredNothingIsNotPartOfTheNextAnswer(t *testing.T) {
	told := requests()
	told.Band.ID, told.Band.Answers = "told", nil
	ty := newTypist(t, told)
	ty.keys("1", hand).rest(2 * time.Second)
	ty.next = func(counter.Event) counter.Screen { return requests() }
	ty.now = ty.now.Add(time.Second)
	ty.press(tea.KeyF3)
	ty.keys("1", hand).rest(time.Second)
	ty.want("F3", "1")
}

func TestTypingGoesIntoTheFieldThatHasTheFocus(t *testing.T) {
	ty := newTypist(t, afterReturn())
	ty.keys("30-5x2", hand).press(tea.KeyEnter)
	ty.want("Enter map[cancel:3052]")
	ty = newTypist(t, afterReturn())
	ty.keys("30418827", 120*time.Millisecond).press(tea.KeyEnter)
	ty.want("Enter map[cancel:30418827]")
	ty = newTypist(t, afterReturn())
	ty.keys("305", hand).rest(time.Second).press(tea.KeyBackspace).keys("7", hand).press(tea.KeyBackspace).keys("2", hand).press(tea.KeyEnter)
	ty.want("Enter map[cancel:302]")
}

func TestAScanNeverGoesIntoAField(t *testing.T) {
	ty := newTypist(t, afterReturn())
	ty.keys("30", hand).rest(time.Second).keys(code, wedge).press(tea.KeyEnter)
	ty.want("scan " + code)
	if got := ty.m.fields.lines[0].Text(); got != "30" {
		t.Errorf("the field holds %q", got)
	}
	ty.keys(code, wedge).rest(200 * time.Millisecond)
	ty.want("scan " + code)
	ty.keys("21145678", wedge).press(tea.KeyEnter) // a library card
	ty.want("scan 21145678")
}

func TestAPasteOfSeveralLinesIsSeveralScans(t *testing.T) {
	ty := newTypist(t, requests())
	ty.send(tea.PasteMsg{Content: code + "\r\n0371\n\n9788936434120\n"})
	ty.want("scan "+code, "scan 0371", "scan 9788936434120")
	ty = newTypist(t, afterReturn())
	ty.send(tea.PasteMsg{Content: "30418827"})
	ty.want()
	if got := ty.m.fields.lines[0].Text(); got != "30418827" {
		t.Errorf("the field holds %q", got)
	}
}

func TestNamedKeysAreEvents(t *testing.T) {
	ty := newTypist(t, requests())
	ty.press(tea.KeyF1).press(tea.KeyF12).press('1', tea.ModCtrl).press('2', tea.ModAlt).press('l', tea.ModCtrl).press(tea.KeyDown).press(tea.KeyPgUp).
		press(tea.KeyEnter).press('j', tea.ModCtrl).press(tea.KeyEscape)
	ty.want("F1", "F12", "Ctrl+1", "Ctrl+2", "Ctrl+L", "Down", "PgUp", "Enter", "Enter", "Esc")
	ty.press(tea.KeyRight).press(tea.KeyLeft)
	ty.want("tab requests", "tab outbox")
}

func TestEscFirstTakesBackWhatWasTyped(t *testing.T) {
	ty := newTypist(t, requests())
	ty.keys("97", hand).press(tea.KeyEscape)
	ty.want()
	if ty.m.keys.Text() != "" {
		t.Errorf("%q is left", ty.m.keys.Text())
	}
	ty.press(tea.KeyEscape)
	ty.want("Esc")
}

func TestWhatWasTypedStaysWhileTheQuestionIsTheSame(t *testing.T) {
	ty := newTypist(t, afterReturn())
	ty.keys("30", hand).rest(time.Second)
	ty.send(newsMsg{})
	ty.want("news")
	if got := ty.m.fields.lines[0].Text(); got != "30" {
		t.Errorf("after news the field holds %q", got)
	}
	next := afterReturn()
	next.Band.ID = "another"
	ty.next = func(counter.Event) counter.Screen { return next }
	ty.send(minuteMsg{})
	if got := ty.m.fields.lines[0].Text(); got != "" {
		t.Errorf("the new question's field holds %q", got)
	}
}

func TestTabGoesToTheNextFieldAndAPinIsNotShown(t *testing.T) {
	s := afterReturn()
	s.Band.Fields = []counter.Field{{Name: "a", Label: "가", Focus: true}, {Name: "pin", Label: "비밀번호", Digits: true, Secret: true}}
	ty := newTypist(t, s)
	ty.keys("x", hand).press(tea.KeyTab).keys("2580", hand).rest(time.Second)
	if got := escapes.ReplaceAllString(ty.m.View().Content, ""); strings.Contains(got, "2580") || !strings.Contains(got, "****") {
		t.Error("the PIN is drawn")
	}
	ty.press(tea.KeyEnter)
	ty.want("Enter map[a:x pin:2580]")
}

func TestAFieldTakesOnlySoMuch(t *testing.T) {
	ty := newTypist(t, afterReturn())
	ty.keys(strings.Repeat("1", maxInput+5), hand).rest(time.Second)
	if n := ty.m.fields.lines[0].Len(); n != maxInput {
		t.Errorf("the field holds %d characters", n)
	}
}

func TestLeavingAsksOnceAndCtrlCTwiceLeaves(t *testing.T) {
	s := requests()
	ty := newTypist(t, s)
	ty.press('c', tea.ModCtrl)
	ty.want("Ctrl+Q")
	s.Leaving = true
	ty.next = func(counter.Event) counter.Screen { return s }
	ty.press('q', tea.ModCtrl)
	if ty.quit {
		t.Fatal("left without an answer")
	}
	ty.press('c', tea.ModCtrl)
	if !ty.quit {
		t.Error("the second Ctrl+C did not leave")
	}
	s.Quit = true
	ty = newTypist(t, s)
	ty.press(tea.KeyF5)
	if !ty.quit {
		t.Error("the desk's end did not end the face")
	}
}

func TestTheTerminalsColoursAreKept(t *testing.T) {
	ty := newTypist(t, requests())
	for profile, want := range map[colorprofile.Profile]Depth{colorprofile.NoTTY: Mono, colorprofile.ASCII: Mono, colorprofile.ANSI: Sixteen,
		colorprofile.ANSI256: Full, colorprofile.TrueColor: Full} {
		ty.send(tea.ColorProfileMsg{Profile: profile})
		if ty.m.depth != want {
			t.Errorf("%v gives %v", profile, ty.m.depth)
		}
	}
	ty.send(tea.WindowSizeMsg{Width: 100, Height: 30})
	if v := ty.m.View(); strings.Count(v.Content, "\n") != 29 || v.Cursor == nil || !v.AltScreen {
		t.Errorf("view of %d lines", strings.Count(v.Content, "\n")+1)
	}
}

func TestSoundsArePlayedOrTheBellRings(t *testing.T) {
	var heard []counter.Sound
	s := requests()
	s.Sound = counter.SoundNew
	m := newModel(func(counter.Event) counter.Screen { return s }, Options{Now: time.Now, Play: func(x counter.Sound) { heard = append(heard, x) }})
	if cmd := m.sound(counter.SoundDone); cmd != nil {
		cmd()
	}
	if len(heard) != 1 || heard[0] != counter.SoundDone {
		t.Errorf("heard %v", heard)
	}
	m.o.Play = nil
	if m.sound(counter.SoundNot) == nil || m.sound(counter.SoundDone) != nil {
		t.Error("the bell is for what was not done")
	}
}
