package scan

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/bookpayback/bookpayback/shared/hangul"
)

// Normalise undoes what scanners, keyboards and clipboards do to a code: control characters and marks without width go,
// full-width signs become ASCII, every dash "-" and every space " ", Hangul the letters of its keys (the scanner types
// letters, and the Hangul keyboard was on), small letters capitals, AIM prefixes go.
func Normalise(raw string) string {
	text := strings.Map(plain, norm.NFC.String(raw))
	if strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) >= 0 {
		text = hangul.ToQWERTY(text)
	}
	return strings.TrimSpace(cutAIM(strings.ToUpper(text)))
}

// plain maps one character as Normalise says. The separators among the control characters become spaces.
func plain(r rune) rune {
	switch {
	case ' ' <= r && r <= '~':
		return r
	case '！' <= r && r <= '～':
		return r - ('！' - '!')
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
		return -1
	case unicode.Is(unicode.Pd, r), r == '\u2212':
		return '-'
	}
	return r
}

// cutAIM removes the symbology identifiers of ISO/IEC 15424, as ]E0 for EAN-13 and ]C1 for Code 128. One may also stand
// inside, before an add-on that the scanner sends on its own.
func cutAIM(text string) string {
	if !strings.Contains(text, "]") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == ']' && i+2 < len(text) && 'A' <= text[i+1] && text[i+1] <= 'Z' && (digit(text[i+2]) || 'A' <= text[i+2] && text[i+2] <= 'F') {
			i += 2
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// compact removes separators.
func compact(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, text)
}

func digit(b byte) bool { return '0' <= b && b <= '9' }
