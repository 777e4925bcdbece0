// Package isbn checks, hyphenates and explains the number and the add-on code printed on a book.
//
// An [ISBN] is always the 13-digit form without hyphens; an ISBN-10 is turned into it. The add-on ([AddOn], 부가기호) is
// the five-digit bar code beside it, which in Korea tells the reader, the form and the subject of the book and is never a price.
//
// The package is pure and holds no state, so everything in it may be used by any number of goroutines at once.
package isbn

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxInput is how many characters Parse and ParseBarcode look at; longer text is TooLong. It leaves room for an ISBN
// with hyphens, a label and an add-on.
const MaxInput = 64

// digits13 is the length of an EAN-13 and so of an ISBN.
const digits13 = 13

// ISBN is an ISBN-13: 13 digits beginning with 978 or 979 (not 979-0, which numbers printed music), with a fitting check
// digit and without hyphens. The zero value is "no ISBN". Values come from Parse; text that comes from a row or a packet
// instead has to be asked Valid.
type ISBN string

// Parse reads an ISBN as people and programs write it: 13 digits, or an ISBN-10 whose last place may be X; with hyphens of
// any kind, spaces, full-width digits, or a leading "ISBN", "ISBN-13:" or "ISBN-10:". The error is always a Problem.
func Parse(s string) (ISBN, error) {
	digits, err := strip(s)
	if err != nil {
		return "", err
	}
	return fromDigits(digits)
}

// ParseBarcode reads an ISBN that may be followed by its add-on, with or without a space between them: 13 digits, 18
// digits, or "13 5". The add-on is "" when there is none. The error is always a Problem.
func ParseBarcode(s string) (ISBN, AddOn, error) {
	digits, err := strip(s)
	if err != nil {
		return "", "", err
	}
	if len(digits) != digits13+addOnDigits {
		i, err := fromDigits(digits)
		return i, "", err
	}
	i, err := fromDigits(digits[:digits13])
	if err != nil {
		return "", "", err
	}
	return i, AddOn(digits[digits13:]), nil
}

// Valid reports whether i keeps the promise of its type.
func (i ISBN) Valid() bool {
	return ValidEAN13(string(i)) && bookPrefix(string(i)) == nil
}

// Korean reports whether i belongs to the Korean groups 978-89 and 979-11, so to a publisher registered in Korea.
func (i ISBN) Korean() bool {
	return i.Valid() && registrants(string(i)) != nil
}

// Hyphenated returns i with hyphens where the range table of RangesDated puts them, as 978-89-364-3412-0. A group other
// than the Korean ones, a range that is not given out, and anything not Valid come back as they are, without hyphens.
func (i ISBN) Hyphenated() string {
	s := string(i)
	if !i.Valid() {
		return s
	}
	const group = 5 // 978-89 and 979-11 are five digits
	for _, r := range registrants(s) {
		end := group + len(r.from)
		if registrant := s[group:end]; r.from <= registrant && registrant <= r.to {
			return strings.Join([]string{s[:3], s[3:group], registrant, s[end:12], s[12:]}, "-")
		}
	}
	return s
}

// CheckDigit returns the thirteenth digit of an EAN-13 whose first twelve digits are body, as '0' to '9'. It is false
// when body is not twelve ASCII digits. Weights 1 and 3 alternate from the left.
func CheckDigit(body string) (byte, bool) {
	if len(body) != digits13-1 || !allDigits(body) {
		return 0, false
	}
	sum := 0
	for i := range len(body) {
		sum += int(body[i]-'0') * (1 + 2*(i%2))
	}
	return '0' + byte((10-sum%10)%10), true
}

// ValidEAN13 reports whether s is 13 ASCII digits with a fitting check digit, whatever its prefix.
func ValidEAN13(s string) bool {
	if len(s) != digits13 {
		return false
	}
	check, ok := CheckDigit(s[:digits13-1])
	return ok && s[digits13-1] == check
}

// fromDigits turns what strip left over into an ISBN.
func fromDigits(digits string) (ISBN, error) {
	n := len(digits)
	switch {
	case strings.Trim(digits, "0") == "":
		return "", None
	case n == 10:
		return fromISBN10(digits)
	case n < digits13:
		return "", TooShort
	case n > digits13:
		return "", TooLong
	case !ValidEAN13(digits):
		return "", CheckDigitWrong
	}
	if err := bookPrefix(digits); err != nil {
		return "", err
	}
	return ISBN(digits), nil
}

// fromISBN10 checks the ten places with weights 10 to 1 modulo 11, X being ten, and gives them the prefix 978.
func fromISBN10(s string) (ISBN, error) {
	sum := 0
	for i := range len(s) {
		value := int(s[i] - '0')
		if s[i] == 'X' {
			value = 10
		}
		sum += value * (10 - i)
	}
	if sum%11 != 0 {
		return "", CheckDigitWrong
	}
	body := "978" + s[:9]
	check, _ := CheckDigit(body)
	return ISBN(body + string(check)), nil
}

// bookPrefix says why a right EAN-13 is no book, or nil.
func bookPrefix(ean string) error {
	switch {
	case strings.HasPrefix(ean, "9790"):
		return Music
	case strings.HasPrefix(ean, "978"), strings.HasPrefix(ean, "979"):
		return nil
	case strings.HasPrefix(ean, "977"):
		return Serial
	case strings.HasPrefix(ean, "880"):
		return Goods
	}
	return NotABook
}

// strip leaves only digits, and an X in the tenth and last place. Everything else that is not a separator is a Problem.
func strip(s string) (string, error) {
	if utf8.RuneCountInString(s) > MaxInput {
		return "", TooLong
	}
	s = strings.TrimSpace(strings.Map(narrow, s))
	switch {
	case s == "-1":
		return "", None
	case scientific(s):
		return "", Spreadsheet
	}
	var b strings.Builder
	for _, r := range cutLabel(s) {
		switch {
		case r == '-' || r == ' ':
		case b.Len() == 10 && strings.HasSuffix(b.String(), "X"):
			return "", Letters
		case '0' <= r && r <= '9', r == 'X' && b.Len() == 9:
			b.WriteRune(r)
		default:
			return "", Letters
		}
	}
	if b.Len() == 0 {
		return "", Empty
	}
	return b.String(), nil
}

// narrow maps full-width signs to ASCII, every kind of dash and space to one, drops marks without width and capitalises.
func narrow(r rune) rune {
	switch {
	case '！' <= r && r <= '～':
		r -= '！' - '!'
	case '\u200b' <= r && r <= '\u200f', r == '\ufeff', r == '\u00ad', r == '\u2060':
		return -1
	case unicode.Is(unicode.Pd, r), r == '\u2212':
		return '-'
	case unicode.IsSpace(r):
		return ' '
	}
	return unicode.ToUpper(r)
}

// cutLabel removes a leading "ISBN", with "-13" or "-10" only when a colon or a space follows, so that no digit of the
// number itself is taken for the label.
func cutLabel(s string) string {
	rest, found := strings.CutPrefix(s, "ISBN")
	if !found {
		return s
	}
	for _, form := range []string{"-13", "-10"} {
		if after, ok := strings.CutPrefix(rest, form); ok && (strings.HasPrefix(after, ":") || strings.HasPrefix(after, " ")) {
			rest = after
		}
	}
	return strings.TrimPrefix(strings.TrimSpace(rest), ":")
}

// scientific reports whether s looks like 9.78894E+12, what a spreadsheet makes of an ISBN. The lost digits can't be had back.
func scientific(s string) bool {
	mantissa, exponent, ok := strings.Cut(s, "E")
	return ok && allDigits(strings.TrimPrefix(exponent, "+")) && allDigits(strings.Replace(mantissa, ".", "", 1))
}

// allDigits reports whether s is one or more ASCII digits.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
