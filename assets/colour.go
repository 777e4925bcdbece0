package assets

import (
	"fmt"
	"math"
	"strconv"
)

// Colour is an opaque sRGB colour. It is an image/color.Color, so that Fyne takes
// it as it is, and reads itself from "#RRGGBB".
type Colour struct {
	R, G, B uint8
}

// Hex returns the colour as "#RRGGBB" in capitals, for style sheets and terminals.
func (c Colour) Hex() string {
	return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B)
}

// RGBA returns the colour as image/color wants it: 16 bits a channel, opaque.
func (c Colour) RGBA() (r, g, b, a uint32) {
	const widen = 0x101 // 8 bits to 16
	return uint32(c.R) * widen, uint32(c.G) * widen, uint32(c.B) * widen, 0xFFFF
}

// UnmarshalText reads "#RRGGBB", in capitals or not, and nothing shorter.
func (c *Colour) UnmarshalText(text []byte) error {
	if len(text) != 7 || text[0] != '#' {
		return fmt.Errorf("colour %q is not #RRGGBB", text)
	}
	rgb, err := strconv.ParseUint(string(text[1:]), 16, 32)
	if err != nil {
		return fmt.Errorf("colour %q is not #RRGGBB", text)
	}
	*c = Colour{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb)}
	return nil
}

// Contrast returns the contrast ratio of two colours, 1 to 21, in either order.
// Text needs 4.5, shapes and borders 3. Source: WCAG 2.2, 1.4.3 and 1.4.11.
func Contrast(a, b Colour) float64 {
	light, dark := luminance(a), luminance(b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

// luminance is WCAG's relative luminance, 0 to 1.
func luminance(c Colour) float64 {
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func linear(channel uint8) float64 {
	v := float64(channel) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}
