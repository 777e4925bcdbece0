package ui

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
)

// span is a piece of text in one style.
type span struct {
	text   string
	size   float32
	bold   bool
	colour color.Color
	struck bool // a line through it
}

func (s span) style() fyne.TextStyle {
	return fyne.TextStyle{Bold: s.bold, Strikethrough: s.struck}
}

func (s span) width() float32 {
	if s.text == "" {
		return 0
	}
	return fyne.MeasureText(s.text, s.size, fyne.TextStyle{Bold: s.bold}).Width
}

// with returns s saying something else.
func (s span) with(text string) span {
	s.text = text
	return s
}

// fit returns s cut to a width, with an ellipsis where something was left out;
// empty where not even that fits.
func (s span) fit(width float32) span {
	if s.width() <= width {
		return s
	}
	runes := []rune(s.text)
	low, high := 0, len(runes) // low runes fit with the ellipsis, high don't
	for low+1 < high {
		middle := (low + high) / 2
		if s.with(string(runes[:middle])+"…").width() <= width {
			low = middle
		} else {
			high = middle
		}
	}
	if low == 0 {
		return s.with("")
	}
	return s.with(strings.TrimRight(string(runes[:low]), " ") + "…")
}

// wrap returns s in at most most lines of a width, broken between words as Korean
// is, inside a word only where it alone is too long. What does not fit ends in an
// ellipsis.
func (s span) wrap(width float32, most int) []span {
	var lines []span
	for _, paragraph := range strings.Split(s.text, "\n") {
		rest := s.with(strings.TrimSpace(paragraph))
		for rest.text != "" {
			if len(lines)+1 >= most {
				return append(lines, rest.fit(width))
			}
			line, left := rest.firstLine(width)
			lines, rest = append(lines, line), left
		}
	}
	return lines
}

// balanced is wrap with lines of about the same length.
func (s span) balanced(width float32, most int) []span {
	lines := s.wrap(width, most)
	for narrower := width - 8; len(lines) > 1 && narrower > width/2; narrower -= 8 {
		try := s.wrap(narrower, most+1)
		if len(try) > len(lines) {
			break
		}
		lines = try
	}
	return lines
}

// firstLine cuts off what fits on one line, at least one sign.
func (s span) firstLine(width float32) (line, rest span) {
	if s.width() <= width {
		return s, s.with("")
	}
	words := strings.Fields(s.text)
	n := 0
	for n < len(words) && s.with(strings.Join(words[:n+1], " ")).width() <= width {
		n++
	}
	if n > 0 {
		return s.with(strings.Join(words[:n], " ")), s.with(strings.Join(words[n:], " "))
	}
	runes := []rune(s.text)
	cut := 1
	for cut < len(runes) && s.with(string(runes[:cut+1])).width() <= width {
		cut++
	}
	return s.with(string(runes[:cut])), s.with(string(runes[cut:]))
}

// isDigits reports whether text is digits only, and at least one.
func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// figured parts a text at its times of day, "14:05", and if asked at its counts,
// which stand out.
func figured(s span, counts bool) []span {
	var spans []span
	var plain []string
	flush := func() {
		if len(plain) > 0 {
			spans = append(spans, s.with(strings.Join(plain, " ")))
			plain = nil
		}
	}
	for _, word := range strings.Fields(s.text) {
		if !isDigits(strings.Replace(word, ":", "", 1)) || !counts && !strings.Contains(word, ":") {
			plain = append(plain, word)
			continue
		}
		flush()
		bold := s.with(word)
		bold.bold = true
		spans = append(spans, bold)
	}
	flush()
	return spans
}
