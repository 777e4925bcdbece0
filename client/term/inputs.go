package term

import (
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/hangul"
)

// maxInput is how many characters a field takes.
const maxInput = 200

// inputs is what was typed into the band's fields.
type inputs struct {
	lines  []hangul.Line
	focus  int  // -1: none
	hangul bool // letters typed into a field of words make syllables
}

// show takes the fields of another band.
func (in *inputs) show(b counter.Band) {
	in.focus, in.lines = focusOf(b, -1), nil
	for _, f := range b.Fields {
		l := hangul.NewLine(f.Value)
		l.Hangul = in.hangul && !f.Digits
		in.lines = append(in.lines, l)
	}
}

// focusOf keeps the focus where it is while the band has any, and else takes
// the band's.
func focusOf(b counter.Band, now int) int {
	first := -1
	for i, f := range b.Fields {
		if f.Focus {
			first = i
		}
	}
	if first < 0 || now < 0 || now >= len(b.Fields) {
		return first
	}
	return now
}

// on returns the line and the field that have the focus; nil for none.
func (in *inputs) on(b counter.Band) (*hangul.Line, counter.Field) {
	if in.focus < 0 || in.focus >= len(in.lines) || in.focus >= len(b.Fields) {
		return nil, counter.Field{}
	}
	return &in.lines[in.focus], b.Fields[in.focus]
}

// put types text into the field that has the focus.
func (in *inputs) put(text string, b counter.Band) {
	if l, f := in.on(b); l != nil {
		insert(l, f, text)
	}
}

// insert types text into a line, as far as the field takes it.
func insert(l *hangul.Line, f counter.Field, text string) {
	for _, r := range text {
		if f.Digits {
			if r = digit(r); r < 0 {
				continue
			}
		}
		if l.Len() < maxInput {
			l.Insert(r)
		}
	}
}

// digit keeps digits, also full-width ones from a Korean keyboard.
func digit(r rune) rune {
	switch {
	case r >= '0' && r <= '9':
		return r
	case r >= '０' && r <= '９':
		return r - '０' + '0'
	}
	return -1
}

func (in *inputs) back() {
	if in.focus >= 0 && in.focus < len(in.lines) {
		in.lines[in.focus].Erase(true)
	}
}

// commit ends the syllable in the making, as whatever leaves the field does.
func (in *inputs) commit() {
	if in.focus >= 0 && in.focus < len(in.lines) {
		in.lines[in.focus].Commit()
	}
}

// compose sets whether letters make syllables; fields of digits stay out of it.
func (in *inputs) compose(on bool, b counter.Band) {
	in.commit()
	in.hangul = on
	for i := range in.lines {
		in.lines[i].Hangul = on && i < len(b.Fields) && !b.Fields[i].Digits
	}
}

func (in *inputs) move(forward bool) {
	n := len(in.lines)
	if in.focus < 0 || n == 0 {
		return
	}
	in.commit()
	step := n - 1
	if forward {
		step = 1
	}
	in.focus = (in.focus + step) % n
}

// byName returns the values by the fields' names; nil if there are none.
func (in *inputs) byName(b counter.Band) map[string]string {
	if len(b.Fields) == 0 {
		return nil
	}
	out := make(map[string]string, len(b.Fields))
	for i, f := range b.Fields {
		if i < len(in.lines) {
			out[f.Name] = in.lines[i].Text()
		}
	}
	return out
}

// shown returns the fields as they look, with keys that still wait.
func (in *inputs) shown(b counter.Band, waiting string) []hangul.Line {
	out := make([]hangul.Line, len(in.lines))
	for i := range in.lines {
		out[i] = in.lines[i].Clone()
		if i == in.focus && i < len(b.Fields) {
			insert(&out[i], b.Fields[i], waiting)
		}
	}
	return out
}
