package keys

import (
	"strings"
	"unicode"
)

// cardPurpose is the purpose of every tag of a card number.
const cardPurpose = "card"

// NormalCard returns a card number as tags are made of it: letters and digits
// only, letters large. "" if nothing is left. Server and counters must agree in
// this, or a scanned card finds nothing.
func NormalCard(card string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９': // full-width digits, as Korean keyboards may give
			return r - '０' + '0'
		case unicode.IsDigit(r), unicode.IsLetter(r):
			return unicode.ToUpper(r)
		}
		return -1
	}, card)
}

// CardTag is the tag of a card number, however it was typed; "" for no card.
func CardTag(key []byte, card string) string {
	if card = NormalCard(card); card == "" {
		return ""
	}
	return Tag(key, cardPurpose, card)
}
