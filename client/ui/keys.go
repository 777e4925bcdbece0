package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// keyName returns an event's name of a key that is sent as it is, "" for any other.
// F10 opens menus on Windows and F11 is full screen, so neither is sent.
func keyName(name fyne.KeyName) string {
	switch name {
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd,
		fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6,
		fyne.KeyF7, fyne.KeyF8, fyne.KeyF9, fyne.KeyF12:
		return string(name)
	case fyne.KeyPageUp:
		return "PgUp"
	case fyne.KeyPageDown:
		return "PgDn"
	}
	return ""
}

// repeats reports whether a key may repeat while it is held: moving and erasing.
// A held Enter must not answer the question that its first press led to.
func repeats(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyLeft, fyne.KeyRight,
		fyne.KeyBackspace, fyne.KeyDelete:
		return true
	}
	return false
}

// down and up note that a key is held. A driver that tells neither is believed
// that each key is a new one.
func (k *keyboard) down(name fyne.KeyName) { k.held[name] = 1 }
func (k *keyboard) up(name fyne.KeyName)   { delete(k.held, name) }

// isRepeat reports whether the key has been held since it was last asked for.
func (k *keyboard) isRepeat(name fyne.KeyName) bool {
	if k.held[name] == 0 {
		return false
	}
	k.held[name]++
	return k.held[name] > 2
}

// key takes a key that is no sign.
func (k *keyboard) key(name fyne.KeyName) {
	if k.isRepeat(name) && !repeats(name) {
		return
	}
	if k.composed && name != fyne.KeyReturn && name != fyne.KeyEnter { // that Enter came first
		k.composed = false
		k.complete()
	}
	switch name {
	case fyne.KeyReturn, fyne.KeyEnter:
		k.enter()
	case fyne.KeyTab:
		k.tab()
	case fyne.KeyEscape:
		k.escape()
	case fyne.KeyF11:
		k.full()
	default:
		if !k.edit(name) && keyName(name) != "" {
			k.press(keyName(name))
		}
	}
}

// tab ends a scan, as some scanners do, or goes to the next field.
func (k *keyboard) tab() {
	if !k.scans(k.collector.Feed('\t', k.now())) {
		k.fields.next()
	}
	k.log = nil
	k.show()
}

// escape empties the scan field, or is told to the desk where it was empty.
func (k *keyboard) escape() {
	waiting := k.collector.Text() != "" && k.fields.active() == nil
	k.clear()
	k.composed = false
	if !waiting {
		k.press("Esc")
	}
	k.show()
}

// edit does what a key does to what is typed, and reports whether it was one of those.
func (k *keyboard) edit(name fyne.KeyName) bool {
	f := k.fields.active()
	switch {
	case name == fyne.KeyBackspace:
		k.collector.Feed('\b', k.now())
		if f != nil {
			f.line.Erase(true)
		}
	case f == nil:
		return name == fyne.KeyDelete || name == fyne.KeyLeft || name == fyne.KeyRight
	case name == fyne.KeyDelete:
		f.line.Erase(false)
	case name == fyne.KeyLeft:
		f.line.Move(f.line.Caret() - 1)
	case name == fyne.KeyRight:
		f.line.Move(f.line.Caret() + 1)
	case name == fyne.KeyHome:
		f.line.Move(0)
	case name == fyne.KeyEnd:
		f.line.Move(f.line.Len())
	default:
		k.fields.commit()
		return false
	}
	k.show()
	return true
}

// shortcut takes a key pressed with Ctrl.
func (k *keyboard) shortcut(shortcut fyne.Shortcut) {
	switch s := shortcut.(type) {
	case *fyne.ShortcutPaste:
		if s.Clipboard != nil {
			k.paste(s.Clipboard.Content())
		}
	case *desktop.CustomShortcut:
		switch s.Modifier {
		case fyne.KeyModifierShortcutDefault:
			k.press("Ctrl+" + string(s.KeyName))
		case fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift:
			k.press("Ctrl+Shift+" + string(s.KeyName))
		}
	}
}

// attach has the canvas feed the keyboard while nothing is focused.
func (k *keyboard) attach(c fyne.Canvas) {
	c.SetOnTypedRune(k.rune)
	c.SetOnTypedKey(func(event *fyne.KeyEvent) { k.key(event.Name) })
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(func(event *fyne.KeyEvent) { k.down(event.Name) })
		d.SetOnKeyUp(func(event *fyne.KeyEvent) { k.up(event.Name) })
	}
	c.AddShortcut(&fyne.ShortcutPaste{}, k.shortcut)
	names := []fyne.KeyName{fyne.KeySpace}
	for _, key := range "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		names = append(names, fyne.KeyName(key))
	}
	for _, key := range names {
		for _, modifier := range []fyne.KeyModifier{0, fyne.KeyModifierShift} {
			c.AddShortcut(&desktop.CustomShortcut{
				KeyName: key, Modifier: fyne.KeyModifierShortcutDefault | modifier,
			}, k.shortcut)
		}
	}
}
