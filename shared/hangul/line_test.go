package hangul

import (
	"testing"

	"pgregory.net/rapid"
)

// typed returns a line with keys typed into it; "<" erases back, "." ends a syllable.
func typed(hangul bool, keys string) *Line {
	l := &Line{Hangul: hangul}
	for _, r := range keys {
		switch r {
		case '<':
			l.Erase(true)
		case '.':
			l.Commit()
		default:
			l.Insert(r)
		}
	}
	return l
}

func TestALineMakesSyllablesOfKeysAndTakesThemBackByTheKey(t *testing.T) {
	for keys, want := range map[string][2]string{
		"gksrmf":     {"한글", "글"},
		"gksrmf<":    {"한그", "그"},
		"gksrmf<<<":  {"한", ""},
		"gksrmf<<<<": {"", ""},
		"gksrmf.":    {"한글", ""},
		"qnf vus 2":  {"불 편 2", ""},
		"gk한글":       {"하한글", ""}, // composed by the system: left alone
		"":           {"", ""},
		"<":          {"", ""},
	} {
		l := typed(true, keys)
		_, composing, _ := l.Parts()
		if l.Text() != want[0] || composing != want[1] {
			t.Errorf("%q: got %q making %q, want %q", keys, l.Text(), composing, want)
		}
	}
	if got := typed(false, "gksrmf").Text(); got != "gksrmf" {
		t.Errorf("off: got %q", got)
	}
}

func TestTheCaretEndsASyllableAndTypingGoesOnThere(t *testing.T) {
	l := typed(true, "rkek") // 가다
	l.Move(1)
	for _, r := range "sk" {
		l.Insert(r)
	}
	if got := l.Text(); got != "가나다" || l.Caret() != 2 || l.Len() != 3 {
		t.Errorf("got %q, caret %d", got, l.Caret())
	}
	kept := l.Clone()
	l.Erase(false)
	l.Move(-1)
	l.Erase(true)
	if l.Text() != "가나" || l.Caret() != 0 || kept.Text() != "가나다" {
		t.Errorf("got %q and %q", l.Text(), kept.Text())
	}
}

func TestNoKeyOfALineIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.StringMatching(`[a-z ]{0,20}`).Draw(t, "keys")
		l := typed(true, keys)
		at := l.Text()
		l.Commit()
		if l.Text() != at || l.Text() != FromQWERTY(keys) {
			t.Fatalf("%q: %q, committed %q, want %q", keys, at, l.Text(), FromQWERTY(keys))
		}
	})
}
