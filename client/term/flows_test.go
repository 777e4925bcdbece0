package term

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/shoptest"
)

// namedKeys are the keys of flows as a terminal sends them.
var namedKeys = map[string]tea.KeyPressMsg{
	"Enter": {Code: tea.KeyEnter}, "Esc": {Code: tea.KeyEscape}, "Up": {Code: tea.KeyUp}, "Down": {Code: tea.KeyDown},
	"F1": {Code: tea.KeyF1}, "F2": {Code: tea.KeyF2}, "F3": {Code: tea.KeyF3}, "F4": {Code: tea.KeyF4}, "F5": {Code: tea.KeyF5}, "F6": {Code: tea.KeyF6},
	"F7": {Code: tea.KeyF7}, "F8": {Code: tea.KeyF8}, "F9": {Code: tea.KeyF9}, "F12": {Code: tea.KeyF12},
	"Ctrl+1": {Code: '1', Mod: tea.ModAlt}, "Ctrl+2": {Code: '2', Mod: tea.ModAlt}, "Ctrl+3": {Code: '3', Mod: tea.ModAlt}, "Ctrl+4": {Code: '4', Mod: tea.ModAlt},
	"Ctrl+L": {Code: 'l', Mod: tea.ModCtrl}, "Ctrl+Q": {Code: 'q', Mod: tea.ModCtrl},
}

// walker goes a flow's way over a real desk.
type walker struct {
	*typist
	shop *shoptest.Shop
}

func newWalker(t *testing.T, lang string) *walker {
	t.Helper()
	w := &walker{shop: shoptest.New(t, lang)}
	w.typist = newTypist(t, counter.Screen{})
	w.next = func(e counter.Event) counter.Screen { return w.shop.Desk.Handle(context.Background(), e) }
	return w
}

func (w *walker) step(step string) {
	w.t.Helper()
	w.shop.Clock.Advance(3 * time.Second)
	w.now = w.now.Add(3 * time.Second)
	verb, what, _ := strings.Cut(step, " ")
	switch verb {
	case "scan":
		w.keys(what, wedge).press(tea.KeyEnter)
	case "type":
		w.keys(what, hand)
	case "press":
		key, known := namedKeys[what]
		if !known {
			w.t.Fatalf("no key %q", what)
		}
		w.send(key).send(enterMsg(w.m.enters)) // an Enter has waited for its syllable
	default:
		w.keys(step, hand).rest(time.Second)
	}
}

func (w *walker) shown() string {
	t := typed{scan: w.m.keys.Text(), fields: w.m.fields.shown(w.m.screen.Band, w.m.keys.Text()), focus: w.m.fields.focus}
	lines := strings.Split(plainOf(draw(w.m.look, w.m.screen, t, w.m.o.Words, w.m.w, w.m.h)), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// TestEveryFlowShowsTheseScreens goes each way through the counter by keys alone, in 80
// by 24 cells; testdata/flows has what is on the screen after each step.
func TestEveryFlowShowsTheseScreens(t *testing.T) {
	for _, flow := range shoptest.Flows() {
		t.Run(flow.Name, func(t *testing.T) {
			w := newWalker(t, "ko")
			flow.Set(w.shop)
			w.send(newsMsg{})
			var all strings.Builder
			for _, step := range flow.Steps {
				w.step(step)
				fmt.Fprintf(&all, "==== %s\n%s\n", step, w.shown())
			}
			golden(t, filepath.Join("flows", flow.Name+".txt"), all.String())
		})
	}
}

// Both languages go the same ways, and everything is said.
func TestEveryFlowGoesInEnglishToo(t *testing.T) {
	for _, flow := range shoptest.Flows() {
		w := newWalker(t, "en")
		flow.Set(w.shop)
		w.m.w, w.m.h = 120, 40
		for _, step := range flow.Steps {
			w.step(step)
			if text := w.shown(); strings.Contains(text, "<no value>") || strings.Contains(text, "[counter.") || strings.Contains(text, "[payback.") {
				t.Errorf("%s, %s:\n%s", flow.Name, step, text)
			}
		}
	}
}
