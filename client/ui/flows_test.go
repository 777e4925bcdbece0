package ui

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/shoptest"
)

// pictured are the flows whose last screen is compared as a picture too.
var pictured = []string{"return", "which-of-two", "outbox", "boxes"}

// step does a step of a flow as a clerk does: scans at a scanner's pace, digits that
// answer by hand or by a tap on their button.
func (s *stand) step(step string, tap bool) {
	s.t.Helper()
	s.pass(3000)
	verb, what, _ := strings.Cut(step, " ")
	switch verb {
	case "scan":
		s.scan(what, 2)
	case "type":
		s.signs(what, 200)
	case "press":
		s.press(what)
	default:
		if b := s.face.band.button("answer/" + step); tap && b != nil {
			test.Tap(b)
			break
		}
		s.signs(step, 200)
	}
	s.pass(500)
}

// press presses a key as an Event names it.
func (s *stand) press(name string) {
	if digit, ctrl := strings.CutPrefix(name, "Ctrl+"); ctrl {
		s.window.Canvas().Focused().(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyName(digit), Modifier: fyne.KeyModifierShortcutDefault})
		return
	}
	keys := map[string]fyne.KeyName{"Enter": fyne.KeyReturn, "Esc": fyne.KeyEscape, "Up": fyne.KeyUp, "Down": fyne.KeyDown}
	if key, known := keys[name]; known {
		s.key(key)
		return
	}
	s.key(fyne.KeyName(name))
}

// button returns a button of a part, nil if there is none.
func (w *part) button(id string) *button {
	r, ok := test.WidgetRenderer(w).(*painter)
	if !ok || r.page == nil {
		return nil
	}
	return r.page.buttons[id]
}

// flowing is a face over a real desk.
func flowing(t *testing.T, flow shoptest.Flow, size fyne.Size) *stand {
	t.Helper()
	shop := shoptest.New(t, "ko")
	flow.Set(shop)
	s := newStand(t, counter.Screen{}, size, Options{Words: ko})
	last := s.nowMs
	s.answer = func(e counter.Event) {
		shop.Clock.Advance(time.Duration(s.nowMs-last) * time.Millisecond)
		last = s.nowMs
		s.screen = shop.Desk.Handle(context.Background(), e)
	}
	s.face.News()
	s.pass(100)
	return s
}

// TestEveryFlowEndsOnThisScreen goes each way through the counter by keys, and once more
// by taps, which end on the same screen; testdata/flows has its markup.
func TestEveryFlowEndsOnThisScreen(t *testing.T) {
	if os.Getenv("BOOKPAYBACK_RACE") != "" {
		t.Skip("painting is one goroutine's work, and slow under the race detector")
	}
	for _, flow := range shoptest.Flows() {
		t.Run(flow.Name, func(t *testing.T) {
			for _, tap := range []bool{false, true} {
				s := flowing(t, flow, full)
				for _, step := range flow.Steps {
					s.step(step, tap)
					if s.window.Canvas().Focused() != fyne.Focusable(s.face.scan) {
						t.Errorf("after %q the scan field has no focus", step)
					}
				}
				s.goldenMarkup(filepath.Join("testdata", "flows", flow.Name+".xml"))
				if !tap && slices.Contains(pictured, flow.Name) {
					s.goldenImage(filepath.Join("testdata", "flows", flow.Name+".png"))
				}
			}
		})
	}
}

// At 200 % the same ways are gone, and each answer can be seen.
func TestEveryFlowGoesOnASmallScreen(t *testing.T) {
	if os.Getenv("BOOKPAYBACK_RACE") != "" {
		t.Skip("painting is one goroutine's work, and slow under the race detector")
	}
	for _, flow := range shoptest.Flows() {
		t.Run(flow.Name, func(t *testing.T) {
			s := flowing(t, flow, fyne.NewSize(512, 384))
			for _, step := range flow.Steps {
				s.step(step, true)
				for _, a := range s.screen.Band.Answers {
					b := s.face.band.button("answer/" + a.Key)
					if b == nil || b.Position().Y+b.Size().Height > s.face.band.Size().Height+1 || b.Position().X+b.Size().Width > s.face.band.Size().Width+1 {
						t.Errorf("after %q the answer %q can't be seen", step, a.Word)
					}
				}
			}
		})
	}
}
