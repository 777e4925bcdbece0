package scan

import (
	"strings"
	"unicode/utf8"

	"github.com/bookpayback/bookpayback/shared/isbn"
)

// MaxRaw is how many characters Classify looks at. A longer text is Unknown.
const MaxRaw = 512

const eanDigits = 13

// Classify says what one burst is, by the table of the package comment. A wrong check digit is found before anything
// else, so a misread code is never looked up. Raw may hold anything; what holds several codes goes through Split first.
func Classify(raw string) Code {
	if utf8.RuneCountInString(raw) > MaxRaw {
		return Code{Kind: Unknown, Problem: ProblemTooLong, Raw: raw}
	}
	text := Normalise(raw)
	code := classifyText(compact(text))
	code.Raw = raw
	if code.Kind == Unknown || code.Kind == Damaged {
		for _, form := range []string{text, compact(text)} {
			if struck, found := strikeCards(form); found {
				return Code{Kind: Unknown, Problem: ProblemPaymentCard, Raw: struck}
			}
		}
	}
	return code
}

// classifyText classifies a text without separators.
func classifyText(text string) Code {
	if text == "" {
		return Code{Kind: Unknown, Problem: ProblemEmpty}
	}
	if allDigits(text) {
		return classifyDigits(text)
	}
	head, rest := text[:len(text)-1], text[1:]
	if len(head) == 9 && allDigits(head) && text[9] == 'X' {
		if i, err := isbn.Parse(text); err == nil {
			return Code{Kind: Book, ISBN: i, Number: text}
		}
		return Code{Kind: Damaged, Problem: ProblemMisread}
	}
	// Some scanners put one letter before the digits that names the kind of bar code.
	if 'A' <= text[0] && text[0] <= 'Z' && allDigits(rest) {
		if code := classifyDigits(rest); code.Sure() {
			return code
		}
	}
	return Code{Kind: Unknown, Problem: ProblemLetters}
}

func classifyDigits(digits string) Code {
	if code, ok := readLabel(digits); ok {
		return code
	}
	if code, ok := readEAN(digits); ok {
		return code
	}
	n := len(digits)
	switch {
	case n < 3:
		return Code{Kind: Unknown, Problem: ProblemTooShort}
	case n < 5:
		return Code{Kind: Number, Number: digits}
	case n == 5:
		return Code{Kind: Damaged, Problem: ProblemAddOnAlone}
	case n < 8:
		return Code{Kind: Unknown, Problem: ProblemUnknown}
	case n >= 10 && bookish(digits) && n <= 18:
		return Code{Kind: Damaged, Problem: ProblemMisread}
	case n <= 14:
		return member(digits)
	case n <= 18:
		return Code{Kind: Unknown, Problem: ProblemUnknown}
	}
	return Code{Kind: Damaged, Problem: ProblemJoined}
}

// readEAN classifies 13 digits with an add-on or without that are a right EAN-13 of a kind we know; false when they are not.
func readEAN(digits string) (Code, bool) {
	n := len(digits)
	if n != 13 && n != 15 && n != 18 {
		return Code{}, false
	}
	i, err := isbn.Parse(digits[:eanDigits])
	switch err {
	case nil:
		if n == 15 {
			return Code{Kind: Damaged, Problem: ProblemMisread}, true
		}
		return Code{Kind: Book, ISBN: i, AddOn: isbn.AddOn(digits[eanDigits:])}, true
	case isbn.Serial, isbn.Goods, isbn.Music:
		return Code{Kind: NotBook, Number: digits, Problem: err.(isbn.Problem).Key()}, true
	}
	return Code{}, false
}

// member classifies 8 to 14 digits that no rule claims.
func member(digits string) Code {
	code := Code{Kind: Member, Number: digits}
	switch i, err := isbn.Parse(digits); {
	case err == nil: // ten digits
		return Code{Kind: Book, ISBN: i, Number: digits}
	case err == isbn.NotABook:
		code.Problem = isbn.NotABook.Key()
	case bookish(digits): // eight or nine digits of an ISBN look like a card
		code.Problem = ProblemMisread
	}
	return code
}

// bookish reports whether digits begin as an ISBN does.
func bookish(digits string) bool {
	return strings.HasPrefix(digits, "978") || strings.HasPrefix(digits, "979")
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// strikeCards replaces the inner digits of every number that may be a payment card's (15 or 16 digits by Luhn's rule,
// beginning with 2 to 6 or 9), so that it reaches no list, file or log. Found is false when there is none.
func strikeCards(text string) (struck string, found bool) {
	b := []byte(text)
	for start := 0; start < len(b); start++ {
		end := start
		for end < len(b) && '0' <= b[end] && b[end] <= '9' {
			end++
		}
		if paymentCard(string(b[start:end])) {
			found = true
			for i := start + 4; i < end-2; i++ {
				b[i] = '*'
			}
		}
		start = end
	}
	return string(b), found
}

func paymentCard(digits string) bool {
	n := len(digits)
	return (n == 15 || n == 16) && strings.IndexByte("234569", digits[0]) >= 0 && !bookish(digits) && digits[n-1] == luhn(digits[:n-1])
}
