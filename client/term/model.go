package term

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/scan"
	"github.com/charmbracelet/colorprofile"
)

// keyTick is how often waiting keys are looked at.
const keyTick = 50 * time.Millisecond

// composeTime is how long Enter waits for the syllable that the system's input
// method has not handed over yet, as nabi does after the Enter.
const composeTime = 80 * time.Millisecond

// answerMs is how long a lone digit waits before it is an answer and not the
// beginning of a code: longer than a scanner's pause between two keys.
const answerMs = scan.GapMs + 20

type (
	keysMsg   struct{} // look at the keys that wait
	minuteMsg struct{} // the clock in the header moves
	newsMsg   struct{} // the exchange changed something
	enterMsg  int      // the Enter of that number has waited for its syllable
)

// model is the face: the last screen, and what was typed since.
type model struct {
	handle func(counter.Event) counter.Screen
	o      Options
	screen counter.Screen
	keys   scan.Collector
	last   int64 // ms, the last key
	ticks  bool  // a look at the keys is under way
	fields inputs
	told   counter.Typed // the text that the desk knows of
	system bool          // syllables came composed: the system has an input method
	enters int           // numbers those that wait
	held   bool          // an Enter waits for its last syllable
	w, h   int
	depth  Depth
	dark   bool
	look   *palette
	lang   string // of the words
}

func newModel(handle func(counter.Event) counter.Screen, o Options) *model {
	m := &model{handle: handle, o: o, w: MinWidth, h: MinHeight, depth: Full, dark: true, fields: inputs{focus: -1}}
	m.restyle()
	m.show(handle(counter.Event{News: true}))
	return m
}

// Init asks for the terminal's ground, and for news.
func (m *model) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, m.listen(), m.other(), minute())
}

func minute() tea.Cmd { return tea.Every(time.Minute, func(time.Time) tea.Msg { return minuteMsg{} }) }

func (m *model) listen() tea.Cmd {
	if m.o.News == nil {
		return nil
	}
	return func() tea.Msg {
		if _, ok := <-m.o.News; !ok {
			return nil
		}
		return newsMsg{}
	}
}

// other waits for an event from beside the keyboard.
func (m *model) other() tea.Cmd {
	if m.o.Other == nil {
		return nil
	}
	return func() tea.Msg {
		e, ok := <-m.o.Other
		if !ok {
			return nil
		}
		return e
	}
}

func (m *model) restyle() {
	depth := m.depth
	if m.o.Mono {
		depth = Mono
	}
	m.look = newPalette(depth, m.dark, m.o.ASCII)
}

// Update takes one message in.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
	case tea.ColorProfileMsg:
		m.depth = depthOf(msg.Profile)
		m.restyle()
	case tea.BackgroundColorMsg:
		m.dark = msg.IsDark()
		m.restyle()
	case tea.KeyPressMsg:
		cmd := m.key(tea.Key(msg))
		return m, tea.Batch(cmd, m.tell())
	case tea.PasteMsg:
		return m, m.paste(msg.Content)
	case keysMsg:
		m.ticks = false
		return m, tea.Batch(m.tick(), m.tell(), m.watch())
	case enterMsg:
		if m.held && int(msg) == m.enters {
			m.held = false
			return m, m.complete()
		}
	case minuteMsg:
		return m, tea.Batch(m.send(counter.Event{News: true}), minute())
	case counter.Event:
		return m, tea.Batch(m.send(msg), m.other())
	case newsMsg:
		return m, tea.Batch(m.send(counter.Event{News: true}), m.listen())
	}
	return m, nil
}

func depthOf(p colorprofile.Profile) Depth {
	switch {
	case p <= colorprofile.ASCII:
		return Mono
	case p == colorprofile.ANSI:
		return Sixteen
	}
	return Full
}

// View draws the screen, with the terminal's own cursor where typing goes.
func (m *model) View() tea.View {
	t := typed{scan: m.keys.Text(), fields: m.fields.shown(m.screen.Band, m.keys.Text()), focus: m.fields.focus}
	f := draw(m.look, m.screen, t, m.o.Words, m.w, m.h)
	v := tea.NewView(strings.Join(f.lines, "\n"))
	v.AltScreen = true
	v.WindowTitle = m.screen.Header.Store
	v.Cursor = tea.NewCursor(f.x, f.y)
	return v
}

// send hands an event to the desk and shows its answer.
func (m *model) send(e counter.Event) tea.Cmd {
	if e.Key != "" {
		m.fields.commit()
		e.Fields = m.fields.byName(m.screen.Band)
	}
	s := m.handle(e)
	if s.Same {
		return nil
	}
	return m.show(s)
}

func (m *model) show(s counter.Screen) tea.Cmd {
	if s.Band.ID != m.screen.Band.ID && m.fields.focus < 0 && m.ms()-m.last >= answerMs && strings.Trim(m.keys.Text(), "0123456789") == "" {
		m.keys.Clear() // digits that answered nothing don't stand before the next answer
	}
	if s.Band.ID != m.screen.Band.ID || len(s.Band.Fields) != len(m.fields.lines) {
		m.fields.show(s.Band)
	} else {
		m.fields.focus = focusOf(s.Band, m.fields.focus)
	}
	if s.Lang != "" && s.Lang != m.lang { // the desk speaks another language now
		m.lang, m.o.Words = s.Lang, WordsOf(assets.NewSpeaker(s.Lang))
	}
	m.screen = s
	m.told = m.current() // what a band begins with is the desk's own
	if s.Quit {
		return tea.Quit
	}
	return m.sound(s.Sound)
}

func (m *model) sound(s counter.Sound) tea.Cmd {
	switch {
	case s == counter.Silent:
		return nil
	case m.o.Play != nil:
		play := m.o.Play
		return func() tea.Msg { play(s); return nil }
	case s == counter.SoundNot:
		return tea.Raw("\a")
	}
	return nil
}
