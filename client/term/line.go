package term

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// span is a stretch of text in one look.
type span struct {
	text string
	as   lipgloss.Style
}

// line is one line of the screen, built from left to right. Its width is counted
// in cells; what does not fit is cut with an ellipsis.
type line struct {
	p     *palette
	spans []span
	used  int
	width int
	under *lipgloss.Style // the look of the whole line, where it has one
}

func (p *palette) line(width int) *line { return &line{p: p, width: width} }

// on gives the line a look of its own, which its spans inherit.
func (l *line) on(as lipgloss.Style) *line { l.under = &as; return l }

// put adds text as far as it fits.
func (l *line) put(text string, as lipgloss.Style) *line {
	text = l.p.text(text)
	room := l.width - l.used
	if w := lipgloss.Width(text); w > room {
		text = l.p.cut(text, room)
	}
	if text == "" {
		return l
	}
	l.spans = append(l.spans, span{text, as})
	l.used += lipgloss.Width(text)
	return l
}

// cell adds text in a column of w cells and one of space after it.
func (l *line) cell(text string, w int, as lipgloss.Style) *line {
	if w <= 0 {
		return l
	}
	text = l.p.cut(l.p.text(text), w)
	return l.put(text, as).put(strings.Repeat(" ", w-lipgloss.Width(text)+1), l.p.plain)
}

// right adds text at the right end of a column of w cells and a space after it.
func (l *line) right(text string, w int, as lipgloss.Style) *line {
	if w <= 0 {
		return l
	}
	text = l.p.cut(l.p.text(text), w)
	return l.put(strings.Repeat(" ", w-lipgloss.Width(text)), l.p.plain).put(text, as).put(" ", l.p.plain)
}

// to adds space up to column x.
func (l *line) to(x int) *line {
	if x > l.used {
		l.put(strings.Repeat(" ", min(x, l.width)-l.used), l.p.plain)
	}
	return l
}

// fits says whether w more cells fit.
func (l *line) fits(w int) bool { return l.used+w <= l.width }

// String returns the line with its looks, filled to its width where the line has
// a look of its own.
func (l *line) String() string {
	var b strings.Builder
	if l.under != nil {
		l.to(l.width)
	}
	for _, s := range l.spans {
		as := s.as
		if l.under != nil {
			as = as.Inherit(*l.under)
		}
		b.WriteString(as.Render(s.text))
	}
	return b.String()
}

// cut returns text cut to w cells, with an ellipsis if something is missing.
func (p *palette) cut(text string, w int) string {
	if lipgloss.Width(text) <= w {
		return text
	}
	tail := p.text("…")
	room := w - lipgloss.Width(tail)
	if room < 0 {
		return ""
	}
	var b strings.Builder
	used := 0
	for _, r := range text {
		rw := lipgloss.Width(string(r))
		if used+rw > room {
			break
		}
		b.WriteRune(r)
		used += rw
	}
	return strings.TrimRight(b.String(), " ") + tail
}

// wrap breaks text between words into lines of at most w cells.
func (p *palette) wrap(text string, w int) []string {
	var out []string
	now, used := "", 0
	for word := range strings.FieldsSeq(p.text(text)) {
		ww := lipgloss.Width(word)
		if now != "" && used+1+ww > w {
			out, now, used = append(out, now), "", 0
		}
		if now != "" {
			now, used = now+" ", used+1
		}
		now, used = now+word, used+ww
	}
	if now != "" {
		out = append(out, now)
	}
	return out
}
