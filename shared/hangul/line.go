package hangul

import "slices"

// Line is a line of text that is being typed, with a caret and, at it, perhaps a syllable in the making. With Hangul on,
// the letters of the keyboard are made into syllables; what comes composed by the system's input method is taken as it
// is, either way. The zero value is empty, with Hangul off. It is not safe for use by several goroutines.
type Line struct {
	Hangul bool // letters are keys of the two-set keyboard

	before, after []rune
	now           Composer // holds the syllable in the making and nothing else
}

// NewLine returns a line of a text, the caret at its end.
func NewLine(text string) Line { return Line{before: []rune(text)} }

// Insert types a character at the caret.
func (l *Line) Insert(r rune) {
	if !l.Hangul || !isKey(r) {
		l.Commit()
		l.before = append(l.before, r)
		return
	}
	l.now.Feed(r)
	l.before = append(l.before, l.now.done...)
	l.now.done = nil
}

// isKey says whether a letter of the keyboard makes Hangul. Shift alone makes no other key of most.
func isKey(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// Commit ends the syllable in the making.
func (l *Line) Commit() {
	l.now.Commit()
	l.before = append(l.before, l.now.done...)
	l.now.done = nil
}

// Erase takes out the last key of the syllable in the making, or the character before the caret (back) or after it.
func (l *Line) Erase(back bool) {
	switch {
	case !back:
		l.Commit()
		if len(l.after) > 0 {
			l.after = l.after[1:]
		}
	case l.now.Composing() != "":
		l.now.Backspace()
	case len(l.before) > 0:
		l.before = l.before[:len(l.before)-1]
	}
}

// Move ends the syllable and sets the caret, in characters before it; beyond either end is that end.
func (l *Line) Move(to int) {
	l.Commit()
	all := []rune(l.Text())
	to = min(max(to, 0), len(all))
	l.before, l.after = slices.Clone(all[:to]), slices.Clone(all[to:])
}

// Text returns the whole text, with the syllable in the making as far as it is.
func (l *Line) Text() string { return string(l.before) + l.now.Composing() + string(l.after) }

// Parts returns the text before the syllable in the making, that syllable, and the text after it. The caret stands after
// the syllable.
func (l *Line) Parts() (before, composing, after string) {
	return string(l.before), l.now.Composing(), string(l.after)
}

// Caret returns how many characters stand before the caret.
func (l *Line) Caret() int { return len(l.before) + len([]rune(l.now.Composing())) }

// Len returns the length of Text in characters.
func (l *Line) Len() int { return l.Caret() + len(l.after) }

// Clone returns a line that is changed apart from this one.
func (l *Line) Clone() Line {
	c := *l
	c.before, c.after, c.now.done = slices.Clone(l.before), slices.Clone(l.after), nil
	return c
}
