package paper

import (
	"fmt"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/ean"
)

// maxDigits of a Code 128: more is wider than a slip.
const maxDigits = 40

// Bars returns the modules of a bar code from left to right, true = black, without
// the quiet zones. 13 digits are an EAN-13, whose check digit must be right, other
// lengths up to 40 digits a Code 128. Anything else is an error.
func Bars(digits string) ([]bool, error) {
	for _, c := range digits {
		if c < '0' || c > '9' {
			return nil, fmt.Errorf("paper: a bar code of %q: digits only", digits)
		}
	}
	var bars barcode.Barcode
	var err error
	switch {
	case len(digits) == 13:
		bars, err = ean.Encode(digits)
	case len(digits) == 0 || len(digits) > maxDigits:
		err = fmt.Errorf("%d digits, not 1 to %d", len(digits), maxDigits)
	default:
		bars, err = code128.Encode(digits)
	}
	if err != nil {
		return nil, fmt.Errorf("paper: a bar code of %q: %w", digits, err)
	}
	out := make([]bool, bars.Bounds().Dx())
	for x := range out {
		r, _, _, _ := bars.At(x, 0).RGBA()
		out[x] = r < 0x8000
	}
	return out, nil
}
