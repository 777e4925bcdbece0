package term

import (
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/bookpayback/bookpayback/client/counter"
)

// Stage is a terminal of 80 by 24 cells with a desk on it, for tests of whole
// conversations.
type Stage struct {
	m   *model
	now time.Time
}

// NewStage shows a desk.
func NewStage(handle func(counter.Event) counter.Screen, words Words) *Stage {
	s := &Stage{now: time.Date(2026, 11, 23, 14, 5, 0, 0, time.UTC)}
	s.m = newModel(handle, Options{Words: words, Now: func() time.Time { return s.now }})
	s.m.Update(tea.WindowSizeMsg{Width: MinWidth, Height: MinHeight})
	return s
}

// Type types as people do, and rests.
func (s *Stage) Type(text string) *Stage {
	for _, r := range text {
		s.now = s.now.Add(300 * time.Millisecond)
		s.m.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
		s.now = s.now.Add(300 * time.Millisecond)
		s.m.Update(keysMsg{})
	}
	return s
}

// Press presses a key that is no sign.
func (s *Stage) Press(code rune, mod ...tea.KeyMod) *Stage {
	s.now = s.now.Add(300 * time.Millisecond)
	k := tea.KeyPressMsg{Code: code}
	for _, x := range mod {
		k.Mod |= x
	}
	s.m.Update(k)
	s.m.Update(enterMsg(s.m.enters)) // time passes: an Enter has waited for its syllable
	return s
}

// Text is what stands on the terminal.
func (s *Stage) Text() string {
	m := s.m
	t := typed{scan: m.keys.Text(), fields: m.fields.lines, focus: m.fields.focus}
	return plainOf(draw(m.look, m.screen, t, m.o.Words, m.w, m.h))
}
