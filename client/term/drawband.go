package term

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/hangul"
)

// fieldWidth is the cells of an input.
const fieldWidth = 12

// body is a line of the band under its title; blank ones go when room is short.
type body struct {
	spans  []span
	blank  bool
	cursor int // column of the cursor, 0 for none
}

// band draws the one place where the counter speaks: its title reversed, a spine
// below it. An idle band is empty space, so that the list does not jump.
func (c *canvas) band() {
	b := c.s.Band
	room := c.h - len(c.lines) - 8 // foot, rules and five rows of the list
	if b.Title == "" {
		for range bandLines {
			c.add(c.new())
		}
		return
	}
	t := c.tone(b.Tone)
	l := c.new().on(t.fill).put("  ", t.fill)
	if shape := c.shapes[assets.State(b.Tone)]; shape != "" {
		l.put(shape+" ", t.fill)
	}
	l.put(b.Word+" ", t.fill).to(bandText)
	l.put(strings.TrimSpace(b.Title+" "+b.Amount), t.fill)
	if b.Sub != "" && l.fits(lipgloss.Width(c.text(b.Sub))+3) {
		l.put("  "+b.Sub, t.fill.Bold(false))
	}
	c.add(l)
	for _, x := range squeeze(c.body(b), room-1) {
		c.bodyLine(x, t)
	}
}

// squeeze fills lines up to the band's least height, and drops blank ones, then
// the last, when there are more than room.
func squeeze(lines []body, room int) []body {
	for i := len(lines) - 1; i >= 0 && len(lines) > room; i-- {
		if lines[i].blank {
			lines = append(lines[:i], lines[i+1:]...)
		}
	}
	if len(lines) > room {
		lines = lines[:room]
	}
	for len(lines) < bandLines-1 {
		lines = append(lines, body{blank: true})
	}
	return lines
}

func (c *canvas) bodyLine(x body, t tone) {
	l := c.new().put(c.spine(), t.mark).to(bandText)
	for _, s := range x.spans {
		l.put(s.text, s.as)
	}
	if x.cursor > 0 {
		c.x, c.y = min(x.cursor, c.w-1), len(c.lines)
	}
	c.add(l)
}

// body returns the lines under the band's title, from why to what to tell.
func (c *canvas) body(b counter.Band) []body {
	var out []body
	for i, s := range c.wrap(b.Why, c.w-bandText-1) {
		if i < 3 {
			out = append(out, body{spans: []span{{s, c.plain}}})
		}
	}
	out = append(out, body{blank: true})
	first, second := "", ""
	if b.Step != "" && len(b.Fields) > 0 {
		first, second = "1 ", "2 "
	}
	if b.Step != "" || b.Big != "" {
		out = append(out, body{spans: []span{{first + b.Step, c.bold}, {gapIf(b.Step), c.plain}, {b.Big, c.bold}, {"  " + b.BigNote, c.soft}}})
	}
	for i := range b.Fields {
		out = append(out, c.input(i, second))
	}
	out = c.answers(b.Answers, out, len(b.Fields) > 0)
	return append(out, c.tail(b)...)
}

func gapIf(s string) string {
	if s == "" {
		return ""
	}
	return "    "
}

// input is a field with its label and what is typed in it so far, a line under the
// syllable in the making, and what letters become.
func (c *canvas) input(i int, first string) body {
	f := c.s.Band.Fields[i]
	line := hangul.NewLine(f.Value)
	if i < len(c.t.fields) {
		line = c.t.fields[i]
	}
	focus := i == c.t.focus
	as := c.soft
	if focus || first != "" {
		as = c.bold
	}
	label := first + f.Label + "  "
	x := body{spans: []span{{label, as}}}
	at := bandText + lipgloss.Width(c.text(label))
	before, made, after := line.Parts()
	if f.Secret {
		before, made, after = strings.Repeat("*", line.Len()), "", ""
	}
	before, made, after = c.text(before), c.text(made), c.text(after)
	most := fieldWidth - 1
	if !f.Digits {
		most = max(most, c.w-at-24)
	}
	for lipgloss.Width(before+made) > most && before != "" {
		before = before[len(string([]rune(before)[0])):] // the end of a long text stays in sight
	}
	width := lipgloss.Width(before + made + after)
	if focus {
		x.cursor = at + lipgloss.Width(before+made)
	}
	x.spans = append(x.spans, span{before, c.field})
	if made != "" {
		x.spans = append(x.spans, span{made, c.field.Underline(true).Bold(true)})
	}
	x.spans = append(x.spans, span{after + strings.Repeat(" ", max(0, fieldWidth-width)), c.field}, span{"  ", c.plain})
	if focus && !f.Digits {
		x.spans = append(x.spans, span{"[" + c.mode(line.Hangul) + "] ", c.soft}, span{shortKey(composeKey), c.accent}, span{"  ", c.plain})
	}
	return x
}

// mode is the word for what letters become.
func (c *canvas) mode(hangul bool) string {
	if hangul {
		return c.words.Hangul
	}
	return c.words.Latin
}

// answers adds the numbered answers: on the line of the last field where they
// fit, else side by side, or one a line where they have notes.
func (c *canvas) answers(as []counter.Answer, out []body, beside bool) []body {
	if !beside {
		out = append(out, body{})
	}
	used := c.widthOf(out[len(out)-1])
	noted := 0
	for _, a := range as {
		if a.Note != "" {
			noted++
		}
	}
	for i, a := range as {
		spans := c.answer(a)
		w := c.widthOf(body{spans: spans})
		if (noted > 1 && i > 0) || used+w > c.w-bandText-1 {
			out, used = append(out, body{}), 0
		}
		last := &out[len(out)-1]
		last.spans = append(last.spans, spans...)
		used += w
	}
	if len(out[len(out)-1].spans) == 0 {
		out = out[:len(out)-1]
	}
	return out
}

func (c *canvas) widthOf(b body) (w int) {
	for _, s := range b.spans {
		w += lipgloss.Width(c.text(s.text))
	}
	return w
}

func (c *canvas) answer(a counter.Answer) []span {
	if a.Main {
		out := []span{{" " + a.Key + " " + a.Word + " ", c.button}}
		if a.Note != "" {
			out = append(out, span{" " + a.Note, c.soft})
		}
		return append(out, span{"  ", c.plain})
	}
	out := []span{{a.Key, c.accent}, {" " + a.Word, c.plain}}
	if a.Note != "" {
		out = append(out, span{"  " + a.Note, c.soft})
	}
	return append(out, span{"   ", c.plain})
}

// tail is what the desktop shows in its panel and the clerk needs at once: the
// number of the box or shelf, and what to tell the customer.
func (c *canvas) tail(b counter.Band) []body {
	label, say := c.s.Panel.Label, b.Say
	if say == "" {
		say = c.s.Panel.Say
	}
	if label.Number == "" && say == "" {
		return nil
	}
	x := body{}
	if label.Number != "" {
		if label.Name != "" {
			x.spans = append(x.spans, span{label.Name + " ", c.bold})
		}
		x.spans = append(x.spans, span{" " + label.Word + " " + label.Number + " ", c.label}, span{" " + label.Note + "   ", c.plain})
	}
	told := span{c.words.Tell + " “" + say + "”", c.soft}
	switch {
	case say == "":
	case c.widthOf(x)+lipgloss.Width(c.text(told.text)) <= c.w-bandText:
		x.spans = append(x.spans, told)
	default:
		out := []body{{blank: true}, x}
		for _, s := range c.wrap(told.text, c.w-bandText-1) {
			out = append(out, body{spans: []span{{s, c.soft}}})
		}
		return out
	}
	return []body{{blank: true}, x}
}
