package hangul

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Mask returns a name as a screen may show it. A name in Hangul, Hanja or kana keeps its first and last character
// ("홍*동", "남**수"), of two the first ("홍*"), of one none; any other keeps the first letter of each word ("J*** S****"),
// and a word of one letter none. No name comes back whole, whatever was typed as a name; "" stays "".
func Mask(name string) string {
	parts := strings.Fields(norm.NFC.String(name))
	joined := []rune(strings.Join(parts, ""))
	if eastAsian(joined) {
		return mask(joined, len(joined) > 2)
	}
	for i, part := range parts {
		parts[i] = mask([]rune(part), false)
	}
	return strings.Join(parts, " ")
}

// mask keeps the first character, and the last if asked. Marks go with the letter before them and get no star.
func mask(word []rune, keepLast bool) string {
	shown := make([]rune, 0, len(word))
	for i, r := range word {
		switch {
		case unicode.Is(unicode.Mn, r) && i > 0:
		case i == 0 && len(word) > 1, keepLast && i == len(word)-1:
			shown = append(shown, r)
		default:
			shown = append(shown, '*')
		}
	}
	if len(shown) == 1 {
		return "*"
	}
	return string(shown)
}

func eastAsian(name []rune) bool {
	for _, r := range name {
		if !unicode.In(r, unicode.Hangul, unicode.Han, unicode.Hiragana, unicode.Katakana) {
			return false
		}
	}
	return true
}
