package term

import (
	"strings"

	"github.com/bookpayback/bookpayback/client/counter"
)

// maxInput is how many characters a field takes.
const maxInput = 200

// inputs is what was typed into the band's fields.
type inputs struct {
	values []string
	focus  int // -1: none
}

func inputsOf(b counter.Band) inputs {
	in := inputs{focus: focusOf(b, -1)}
	for _, f := range b.Fields {
		in.values = append(in.values, f.Value)
	}
	return in
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

// put types text into the field that has the focus.
func (in *inputs) put(text string, b counter.Band) {
	if in.focus < 0 || in.focus >= len(in.values) || in.focus >= len(b.Fields) {
		return
	}
	if b.Fields[in.focus].Digits {
		text = strings.Map(digit, text)
	}
	if v := in.values[in.focus] + text; len([]rune(v)) <= maxInput {
		in.values[in.focus] = v
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
	if in.focus < 0 || in.focus >= len(in.values) {
		return
	}
	if v := []rune(in.values[in.focus]); len(v) > 0 {
		in.values[in.focus] = string(v[:len(v)-1])
	}
}

func (in *inputs) move(forward bool) {
	n := len(in.values)
	if in.focus < 0 || n == 0 {
		return
	}
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
		if i < len(in.values) {
			out[f.Name] = in.values[i]
		}
	}
	return out
}
