package isbn

import "strings"

// Problem is why a text is no ISBN. Its value is the key of the sentence that people read (messages/scan.*.json). It is
// an error, comparable with == and errors.Is.
type Problem string

// The problems. Where several hold the first in this order is told, but that a wrong check digit hides what the prefix says.
const (
	// Empty is a text without any digit or letter.
	Empty Problem = "isbn.problem.empty"
	// None is a mark that says there is no number: -1, which booksellers' lists give to sets, or nothing but zeros.
	None Problem = "isbn.problem.none"
	// Spreadsheet is a number that a spreadsheet has rounded, as 9.78894E+12.
	Spreadsheet Problem = "isbn.problem.spreadsheet"
	// Letters is a text with something other than digits, separators and the X of an ISBN-10.
	Letters Problem = "isbn.problem.letters"
	// TooShort is fewer than 13 digits, and not 10.
	TooShort Problem = "isbn.problem.too_short"
	// TooLong is more than 13 digits, or more than MaxInput characters.
	TooLong Problem = "isbn.problem.too_long"
	// CheckDigitWrong is the right length with a check digit that does not fit: misread or mistyped.
	CheckDigitWrong Problem = "isbn.problem.check_digit"
	// Serial is the bar code of a magazine, 977.
	Serial Problem = "isbn.problem.serial"
	// Goods is the bar code of Korean general goods, 880.
	Goods Problem = "isbn.problem.goods"
	// Music is the number of printed music, 979-0 (ISMN).
	Music Problem = "isbn.problem.music"
	// NotABook is any other right EAN-13.
	NotABook Problem = "isbn.problem.not_a_book"
	// AddOnWrong is an add-on code that is not five digits.
	AddOnWrong Problem = "isbn.problem.add_on"
)

// Key returns the message key of p.
func (p Problem) Key() string { return string(p) }

// Error returns p in a few words for logs; people read the text of Key.
func (p Problem) Error() string {
	return "isbn: " + strings.ReplaceAll(strings.TrimPrefix(string(p), "isbn.problem."), "_", " ")
}
