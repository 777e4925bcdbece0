package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/bookpayback/bookpayback/client/counter"
)

// scanField is the field that scans go into, and the only widget of the face that
// can be focused. It passes all keys to the keyboard.
type scanField struct {
	part
	keys  *keyboard
	shown counter.ScanField
}

var (
	_ fyne.Focusable  = (*scanField)(nil)
	_ fyne.Tabbable   = (*scanField)(nil)
	_ desktop.Keyable = (*scanField)(nil)
)

func newScanField(l *look, keys *keyboard) *scanField {
	s := &scanField{part: part{look: l}, keys: keys}
	s.paint = s.draw
	s.become(s)
	return s
}

// FocusGained and FocusLost do nothing: scans are taken in either way.
func (s *scanField) FocusGained() {}

// FocusLost does nothing, see FocusGained.
func (s *scanField) FocusLost() {}

// AcceptsTab keeps Tab from moving the focus; some scanners end with it.
func (s *scanField) AcceptsTab() bool { return true }

// TypedRune passes a sign on.
func (s *scanField) TypedRune(r rune) { s.keys.rune(r) }

// TypedKey passes a key on.
func (s *scanField) TypedKey(event *fyne.KeyEvent) { s.keys.key(event.Name) }

// TypedShortcut passes a shortcut on.
func (s *scanField) TypedShortcut(shortcut fyne.Shortcut) { s.keys.shortcut(shortcut) }

// KeyDown notes that a key is held.
func (s *scanField) KeyDown(event *fyne.KeyEvent) { s.keys.down(event.Name) }

// KeyUp notes that it is not.
func (s *scanField) KeyUp(event *fyne.KeyEvent) { s.keys.up(event.Name) }

// AccessibilityLabel is what may be scanned now.
func (s *scanField) AccessibilityLabel() string { return s.shown.Hint }

// AccessibilityRole says that it holds text.
func (s *scanField) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// draw shows the hint or what is typed, the caret while keys go here, and the last scan.
func (s *scanField) draw(p *page, size fyne.Size) {
	mid := size.Height / 2
	active := s.keys.fields.active() == nil
	p.paintInput(0, 0, size.Width, size.Height, active)
	icon := min(30, size.Height-16)
	p.picture("bar", 17, mid, icon)
	x, right := 17+icon+14, size.Width-17
	room := right - x - 8
	typed := span{text: s.keys.typed(), size: p.size.Scan, colour: p.Ink}
	if size.Height < 50 {
		typed.size = p.size.Reason
	}
	shown := typed
	if typed.text == "" {
		shown = span{text: s.shown.Hint, size: typed.size, colour: p.Soft}
	}
	last := p.note(s.shown.Last)
	if shown.width()+24+last.width() <= room {
		p.textTo(right, mid, last)
		room -= last.width() + 16
	}
	x = p.text(x, mid, shown.tail(room, typed.text != ""))
	if active {
		p.caret(x+3, mid, typed.size)
	}
}

// paintInput draws the border of an input, thicker where keys go.
func (p *page) paintInput(x, y, w, h float32, active bool) {
	if active {
		p.box(x, y, w, h, p.corner, 3, p.Surface, p.Accent)
		return
	}
	p.box(x, y, w, h, p.corner, 1, p.Surface, p.Edge)
}

// caret draws the caret of a text of that size. It does not blink: a screen at rest
// paints nothing.
func (p *page) caret(x, mid, text float32) {
	height := text * 1.15
	p.rect(x, mid-height/2, 2, height, p.Ink)
}

// tail returns s cut to a width: typed text from its front, so that its end is seen.
func (s span) tail(width float32, typed bool) span {
	if !typed {
		return s.fit(width)
	}
	runes := []rune(s.text)
	for len(runes) > 0 && s.with(string(runes)).width() > width {
		runes = runes[1:]
	}
	return s.with(string(runes))
}
