package print

import (
	"image"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/bookpayback/bookpayback/assets"
)

// letters returns the typeface of 24 dots, read once a slip; nil if our own font
// can't be.
func (p *slip) letters() font.Face {
	if p.face == nil {
		if f, err := opentype.Parse(assets.FontRegular); err == nil {
			p.face, _ = opentype.NewFace(f, &opentype.FaceOptions{Size: 22, DPI: 72, Hinting: font.HintingFull})
		}
	}
	return p.face
}

const lineDots = 30

// picture prints a line as dots (GS v 0).
func (p *slip) picture(text string) {
	face := p.letters()
	if face == nil {
		p.put('\n')
		return
	}
	wide := p.columns * dots
	img := image.NewGray(image.Rect(0, 0, wide, lineDots))
	d := font.Drawer{Dst: img, Src: image.White, Face: face, Dot: fixed.P(0, 23)}
	d.DrawString(text)
	across := (wide + 7) / 8
	p.put(gs, 'v', '0', 0, byte(across), byte(across>>8), lineDots, 0)
	for y := range lineDots {
		for x := range across {
			var b byte
			for i := range 8 {
				if px := x*8 + i; px < wide && img.GrayAt(px, y).Y > 100 {
					b |= 0x80 >> i
				}
			}
			p.put(b)
		}
	}
}
