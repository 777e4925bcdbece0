package term

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// key takes one key in. Whatever prints goes through the collector first, so
// that a scan is whole wherever the cursor stands; then it is a code, an answer
// or text for the field that has the focus.
func (m *model) key(k tea.Key) tea.Cmd {
	if name := keyName(k); name != "" {
		if m.held && name != "Enter" { // that Enter came first
			m.held = false
			return tea.Batch(m.complete(), m.named(name))
		}
		return m.named(name)
	}
	if k.Text == "" || k.Mod&(tea.ModCtrl|tea.ModAlt) != 0 {
		return nil
	}
	var cmds []tea.Cmd
	for _, r := range k.Text {
		if unicode.Is(unicode.Hangul, r) && !m.system {
			m.system = true
			m.fields.compose(false, m.screen.Band) // the system's input method does it
		}
		late := m.held && unicode.Is(unicode.Hangul, r)
		if m.held && !late {
			m.held = false
			cmds = append(cmds, m.complete())
		}
		cmds = append(cmds, m.feed(r))
		if late {
			m.held = false
			cmds = append(cmds, m.complete())
		}
	}
	return tea.Batch(append(cmds, m.watch())...)
}

func (m *model) ms() int64 { return m.o.Now().UnixMilli() }

func (m *model) feed(r rune) tea.Cmd {
	at := m.ms()
	if m.fields.focus >= 0 && m.keys.Text() != "" && at-m.last > answerMs {
		m.settle()
	}
	m.last = at
	return m.bursts(m.keys.Feed(r, at))
}

// watch plans the next look at the keys while some wait.
func (m *model) watch() tea.Cmd {
	if m.ticks || m.keys.Text() == "" {
		return nil
	}
	m.ticks = true
	return tea.Tick(keyTick, func(time.Time) tea.Msg { return keysMsg{} })
}

// tick ends a scan that came without Enter, takes a lone digit as an answer, and
// gives typed keys to their field.
func (m *model) tick() tea.Cmd {
	now := m.ms()
	if b := m.keys.Tick(now); len(b) > 0 {
		return m.bursts(b)
	}
	text := m.keys.Text()
	if text == "" || now-m.last < answerMs {
		return nil
	}
	if m.fields.focus >= 0 {
		m.settle()
		return nil
	}
	if m.answers(text) {
		m.keys.Clear()
		return m.send(counter.Event{Key: text})
	}
	return nil
}

// answers says whether text is the key of one of the band's answers.
func (m *model) answers(text string) bool {
	for _, a := range m.screen.Band.Answers {
		if a.Key == text && len(text) == 1 {
			return true
		}
	}
	return len(text) == 1 && slices.ContainsFunc(m.screen.List.Rows, func(r counter.ListRow) bool { return r.Key == text })
}

// tell tells the desk of a text that it follows: of a field that searches, or of
// the scan field.
func (m *model) tell() tea.Cmd {
	now := m.current()
	if now == m.told {
		return nil
	}
	m.told = now
	return m.send(counter.Event{Typed: &now})
}

func (m *model) current() counter.Typed {
	_, f := m.fields.on(m.screen.Band)
	switch {
	case f.Name == "":
		return counter.Typed{Text: counter.Sought(m.keys.Text())}
	case f.Search:
		l := m.fields.shown(m.screen.Band, m.keys.Text())[m.fields.focus]
		return counter.Typed{Field: f.Name, Text: l.Text()}
	}
	return counter.Typed{Field: f.Name}
}

// settle moves typed keys into the field that has the focus.
func (m *model) settle() { m.fields.put(m.keys.Clear(), m.screen.Band) }

// bursts hands whole codes to the desk, in order.
func (m *model) bursts(bs []scan.Burst) tea.Cmd {
	var cmds []tea.Cmd
	for _, b := range bs {
		switch {
		case m.fields.focus >= 0 && !isScan(b):
			m.fields.put(b.Text, m.screen.Band)
		case b.Cut:
			// Somebody was still typing when a scan came: the scan counts, the rest is shown nowhere.
		case m.answers(b.Text):
			cmds = append(cmds, m.send(counter.Event{Key: b.Text}))
		default:
			cmds = append(cmds, m.send(counter.Event{Scan: b.Text}))
		}
	}
	return tea.Batch(cmds...)
}

// isScan tells a scanner's work from typing, where both may come: a proven code
// that was not typed, or a long run of digits at a pace that no hand has.
func isScan(b scan.Burst) bool {
	c := scan.Classify(b.Text)
	if c.Sure() {
		return b.Source != scan.Typed
	}
	return b.Source == scan.Scanned && len(b.Text) >= 8 && strings.Trim(b.Text, "0123456789") == ""
}

func (m *model) paste(text string) tea.Cmd {
	m.last = m.ms()
	if l, _ := m.fields.on(m.screen.Band); l != nil && l.Hangul {
		on := m.fields.hangul
		m.settle()
		m.fields.compose(false, m.screen.Band) // what is pasted are letters, not keys
		defer func() { m.fields.compose(on, m.screen.Band) }()
	}
	return m.bursts(m.keys.Paste(text, m.last))
}

// named does a key that has a name.
func (m *model) named(name string) tea.Cmd {
	switch name {
	case "Enter":
		return m.enter()
	case "Tab", "Shift+Tab":
		return m.tab(name == "Tab")
	case "Backspace":
		if m.keys.Text() != "" {
			m.keys.Feed('\b', m.ms())
			return nil
		}
		m.fields.back()
		return nil
	case "Esc":
		if m.keys.Clear() != "" && m.fields.focus < 0 {
			return nil
		}
	case "Left", "Right":
		return m.turn(name == "Right")
	case composeKey:
		m.settle()
		m.fields.compose(!m.fields.hangul, m.screen.Band)
		m.system = false
		return nil
	case "Ctrl+C":
		name = "Ctrl+Q"
		if m.screen.Leaving {
			return tea.Quit
		}
	}
	return m.send(counter.Event{Key: name})
}

// enter ends a code or a field; with neither it is a key like any other. Where a
// syllable may still be with the system's input method it waits a moment; another
// Enter meanwhile is the same one.
func (m *model) enter() tea.Cmd {
	if m.held {
		return nil
	}
	if !m.mayCompose() {
		return m.complete()
	}
	m.held = true
	m.enters++
	n := m.enters
	return tea.Tick(composeTime, func(time.Time) tea.Msg { return enterMsg(n) })
}

// mayCompose says whether the system may hold a syllable that is not here yet: in
// a field of words unless our own composer is on, and in the scan field once the
// system has been seen to compose. A whole code is never held up.
func (m *model) mayCompose() bool {
	text := m.keys.Text()
	if scan.Classify(text).Sure() {
		return false
	}
	if l, f := m.fields.on(m.screen.Band); l != nil {
		return !f.Digits && !l.Hangul
	}
	return m.system && text == "" || strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Hangul, r) })
}

func (m *model) complete() tea.Cmd {
	bs := m.keys.Feed('\r', m.ms())
	if m.fields.focus < 0 {
		if len(bs) > 0 {
			return m.bursts(bs)
		}
		return m.send(counter.Event{Key: "Enter"})
	}
	scanned := false
	for _, b := range bs {
		scanned = scanned || isScan(b)
	}
	cmd := m.bursts(bs)
	if scanned {
		return cmd
	}
	return tea.Batch(cmd, m.send(counter.Event{Key: "Enter"}))
}

// composeKey turns our own composer on and off.
const composeKey = "Ctrl+Space"

// tab ends a code, or goes to the next field.
func (m *model) tab(forward bool) tea.Cmd {
	cmd := m.bursts(m.keys.Feed('\t', m.ms()))
	m.fields.move(forward)
	return cmd
}

// turn goes to the tab beside; terminals send no Ctrl with a digit.
func (m *model) turn(right bool) tea.Cmd {
	tabs := m.screen.Tabs
	if m.keys.Text() != "" || len(tabs) == 0 {
		return nil
	}
	at := 0
	for i, t := range tabs {
		if t.On {
			at = i
		}
	}
	step := len(tabs) - 1
	if right {
		step = 1
	}
	return m.send(counter.Event{Tab: tabs[(at+step)%len(tabs)].ID})
}

// keyName is the name of a key in an Event; "" for what prints.
func keyName(k tea.Key) string {
	if k.Code >= tea.KeyF1 && k.Code <= tea.KeyF12 {
		return "F" + strconv.Itoa(int(k.Code-tea.KeyF1)+1)
	}
	if k.Mod&tea.ModCtrl != 0 {
		return ctrlName(k)
	}
	if k.Mod&tea.ModAlt != 0 && k.Code >= '1' && k.Code <= '9' {
		return "Ctrl+" + string(k.Code) // what terminals can send in place of Ctrl and a digit
	}
	switch k.Code {
	case tea.KeyEnter, tea.KeyKpEnter:
		return "Enter"
	case tea.KeyTab:
		if k.Mod&tea.ModShift != 0 {
			return "Shift+Tab"
		}
		return "Tab"
	case tea.KeyEscape:
		return "Esc"
	case tea.KeyBackspace, tea.KeyDelete:
		return "Backspace"
	}
	return arrowName(k.Code)
}

func arrowName(code rune) string {
	switch code {
	case tea.KeyUp:
		return "Up"
	case tea.KeyDown:
		return "Down"
	case tea.KeyLeft:
		return "Left"
	case tea.KeyRight:
		return "Right"
	case tea.KeyPgUp:
		return "PgUp"
	case tea.KeyPgDown:
		return "PgDn"
	case tea.KeyHome:
		return "Home"
	case tea.KeyEnd:
		return "End"
	}
	return ""
}

// ctrlName names Ctrl with a letter or digit. Terminals send Enter as Ctrl+J or
// Ctrl+M now and then, and a scanner's Enter is never to be lost.
func ctrlName(k tea.Key) string {
	switch k.Code {
	case 'j', 'm':
		return "Enter"
	case 'h':
		return "Backspace"
	case 'i':
		return "Tab"
	case ' ', '@': // terminals send the same for both
		return composeKey
	}
	if (k.Code >= 'a' && k.Code <= 'z') || (k.Code >= '0' && k.Code <= '9') {
		return "Ctrl+" + strings.ToUpper(string(k.Code))
	}
	return ""
}
