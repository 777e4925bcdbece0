package scan

import (
	"errors"
	"fmt"
	"strings"
)

const (
	// LabelDigits is the length of an own label.
	LabelDigits = 16
	// MaxNumber is the greatest number that a label carries: 13 digits.
	MaxNumber = 9_999_999_999_999
)

// ErrNoLabel is the error of Label for a kind that has no labels, or a number outside 1 to MaxNumber.
var ErrNoLabel = errors.New("scan: no label for this kind or number")

// labelKinds holds the kinds of labels at the place of their digit, from labelFirst on.
var labelKinds = [...]Kind{Request, Box, Copy, Slip, Member}

const labelFirst = '5'

// Label returns the 16 digits of an own label, to be printed as Code 128. Kind is Request, Box, Copy, Slip or Member;
// number is from 1 to MaxNumber. Anything else is ErrNoLabel.
func Label(kind Kind, number int64) (string, error) {
	for i, k := range labelKinds {
		if k == kind && number >= 1 && number <= MaxNumber {
			body := fmt.Sprintf("0%c%013d", labelFirst+i, number)
			return body + string(luhn(body)), nil
		}
	}
	return "", fmt.Errorf("%w: %s %d", ErrNoLabel, kind, number)
}

// readLabel classifies 16 digits that begin as a label does; false when they don't.
func readLabel(digits string) (Code, bool) {
	if len(digits) != LabelDigits || digits[0] != '0' || digits[1] < labelFirst {
		return Code{}, false
	}
	number := strings.TrimLeft(digits[2:LabelDigits-1], "0")
	if digits[LabelDigits-1] != luhn(digits[:LabelDigits-1]) || number == "" {
		return Code{Kind: Damaged, Problem: ProblemMisread}, true
	}
	return Code{Kind: labelKinds[digits[1]-labelFirst], Number: number, Label: true}, true
}

// luhn returns the check digit of a run of digits by Luhn's rule (ISO/IEC 7812-1, annex B).
func luhn(body string) byte {
	sum := 0
	for i := range len(body) {
		d := int(body[len(body)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return '0' + byte((10-sum%10)%10)
}
