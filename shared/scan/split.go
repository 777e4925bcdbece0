package scan

import (
	"strings"

	"github.com/bookpayback/bookpayback/shared/isbn"
)

// Split cuts a text into the raw texts of its codes, in order: at line ends and tabs; at spaces, commas and semicolons where
// one of the pieces is a Sure code (so a title stays whole, and so does an ISBN written with spaces); and where digits run
// on, the Enter between two codes lost, into codes that are all Sure. "13 5" is one code, an ISBN with its add-on. Text that
// fits none of this stays in one piece; only separators are left out. The pieces of run-on digits come out normalised.
func Split(text string) []string {
	var codes []string
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }) {
		if strings.TrimSpace(line) != "" {
			codes = append(codes, splitLine(line)...)
		}
	}
	return codes
}

// ClassifyAll is Classify for each code of Split.
func ClassifyAll(text string) []Code {
	var codes []Code
	for _, raw := range Split(text) {
		codes = append(codes, Classify(raw))
	}
	return codes
}

func splitLine(line string) []string {
	if Classify(line).Sure() {
		return []string{line}
	}
	if runs, ok := splitDigits(compact(Normalise(line))); ok {
		return runs
	}
	fields := joinAddOns(strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' || plain(r) == ' ' }))
	for _, field := range fields {
		_, several := splitDigits(compact(Normalise(field)))
		if len(fields) > 1 && (several || Classify(field).Sure()) {
			return splitFields(fields)
		}
	}
	return []string{line}
}

// splitFields cuts those of fields that hold several codes.
func splitFields(fields []string) []string {
	var codes []string
	for _, field := range fields {
		if runs, ok := splitDigits(compact(Normalise(field))); ok {
			codes = append(codes, runs...)
			continue
		}
		codes = append(codes, field)
	}
	return codes
}

// joinAddOns puts a field of five digits after a book's to that book.
func joinAddOns(fields []string) []string {
	var joined []string
	for _, field := range fields {
		last := len(joined) - 1
		if last >= 0 && isAddOn(field) {
			if book := Classify(joined[last]); book.Kind == Book && book.Sure() && book.AddOn == "" {
				joined[last] += " " + field
				continue
			}
		}
		joined = append(joined, field)
	}
	return joined
}

func isAddOn(field string) bool {
	_, err := isbn.ParseAddOn(field)
	return err == nil
}

// splitDigits cuts run-on digits into two or more codes, each of them Sure; false when that can't be done.
// At most MaxRaw digits are tried.
func splitDigits(digits string) ([]string, bool) {
	if len(digits) < 2*eanDigits || len(digits) > MaxRaw || !allDigits(digits) {
		return nil, false
	}
	// cut[i] is the length of the code that begins at i, when the digits from i on can be cut; worked out from the end,
	// so that the work is linear. An add-on goes to the book before it, since alone it is no code.
	cut := make([]int, len(digits)+1)
	cut[len(digits)] = -1
	for i := len(digits) - eanDigits; i >= 0; i-- {
		for _, n := range []int{eanDigits, eanDigits + 2, LabelDigits, eanDigits + 5} {
			if i+n <= len(digits) && cut[i+n] != 0 && classifyDigits(digits[i:i+n]).Sure() {
				cut[i] = n
				break
			}
		}
	}
	if cut[0] == 0 {
		return nil, false
	}
	var codes []string
	for i := 0; i < len(digits); i += cut[i] {
		codes = append(codes, digits[i:i+cut[i]])
	}
	return codes, true
}
