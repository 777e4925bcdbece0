package paper

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/bookpayback/bookpayback/assets"
)

// Measures in mm and pt. 0.33 mm is the nominal module of an EAN-13 (GS1 General
// Specifications, 5.2), eleven modules of white its wider quiet zone.
const (
	module    = 0.33
	thinnest  = 0.25
	quiet     = 11
	barHeight = 15.0
	longest   = 4000.0 // mm of a roll
)

const family = "nanum"

// face is the layout of a paper size.
type face struct {
	wide, high, margin float64 // mm; high 0 = as long as needed
	title, text, small float64 // pt
	big, number        float64 // pt
}

func faceOf(s Size) face {
	switch s {
	case Roll:
		return face{wide: 80, margin: 4, title: 15, text: 10, small: 8.5, big: 16, number: 40}
	case Card:
		return face{wide: 100, high: 70, margin: 5, title: 16, text: 11, small: 9, big: 16, number: 56}
	}
	return face{wide: 210, high: 297, margin: 16, title: 20, text: 10.5, small: 9, big: 16, number: 44}
}

// PDF writes the sheet as a PDF with its fonts inside. made is the date that the
// file says. Errors: a sheet beyond the limits, a bar code that can't be, and those
// of w.
func PDF(w io.Writer, s Sheet, made time.Time) error {
	if err := s.check(); err != nil {
		return err
	}
	f := faceOf(s.Size)
	high := f.high
	if high == 0 { // measured first on an endless page
		d := newDrawing(f, longest, s, made)
		if err := d.all(s); err != nil {
			return err
		}
		high = d.y + f.margin
	}
	d := newDrawing(f, high, s, made)
	if err := d.all(s); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := d.pdf.Output(&out); err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	_, err := out.WriteTo(w)
	return err
}

func (s Sheet) check() error {
	if len(s.Blocks) > MaxBlocks {
		return fmt.Errorf("paper: %d blocks, not up to %d", len(s.Blocks), MaxBlocks)
	}
	for _, b := range s.Blocks {
		switch b := b.(type) {
		case Text:
			if len(b.Text) > MaxText {
				return fmt.Errorf("paper: a text of %d bytes, not up to %d", len(b.Text), MaxText)
			}
		case Table:
			if len(b.Rows) > MaxRows {
				return fmt.Errorf("paper: %d rows, not up to %d", len(b.Rows), MaxRows)
			}
			for _, r := range b.Rows {
				if len(r) != len(b.Columns) {
					return fmt.Errorf("paper: a row of %d cells under %d columns", len(r), len(b.Columns))
				}
			}
		}
	}
	return nil
}

// drawing is a sheet on its way onto pages; y is where the next block begins.
type drawing struct {
	face
	pdf *fpdf.Fpdf
	y   float64
	end float64 // the lowest y of a page
	top []Column
}

func newDrawing(f face, high float64, s Sheet, made time.Time) *drawing {
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: f.wide, Ht: high}})
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(made)
	pdf.SetModificationDate(made)
	pdf.SetTitle(s.Name, true)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(f.margin, f.margin, f.margin)
	pdf.SetCellMargin(0)
	pdf.AddUTF8FontFromBytes(family, "", assets.FontRegular)
	pdf.AddUTF8FontFromBytes(family, "B", assets.FontBold)
	d := &drawing{face: f, pdf: pdf, end: high - f.margin}
	if f.high == 0 {
		d.end = longest
	}
	d.page()
	return d
}

func (d *drawing) page() {
	d.pdf.AddPage()
	d.y = d.margin
}

// room makes sure that h mm are left on the page, else it begins another.
func (d *drawing) room(h float64) {
	if d.y+h > d.end && d.y > d.margin {
		d.page()
		if d.top != nil {
			d.heads(d.top)
		}
	}
}

func (d *drawing) all(s Sheet) error {
	if s.Again != "" {
		d.strip(s.Again)
	}
	for _, b := range s.Blocks {
		if err := d.one(b); err != nil {
			return err
		}
	}
	if err := d.pdf.Error(); err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	return nil
}

func (d *drawing) one(b Block) error {
	switch b := b.(type) {
	case Title:
		d.para(b.Text, "B", d.title, false)
		d.y += 1.5
	case Text:
		d.text(b)
	case Pair:
		d.pair(b)
	case Rule:
		d.room(3)
		d.y += 1.5
		d.pdf.SetLineWidth(0.2)
		d.pdf.Line(d.margin, d.y, d.wide-d.margin, d.y)
		d.y += 1.5
	case Space:
		d.y += lead(d.face.text)
	case Table:
		d.table(b)
	case Tag:
		d.tag(b)
	case Code:
		return d.codes(Codes{Across: 1, Codes: []Code{b}})
	case Codes:
		return d.codes(b)
	case Sign:
		d.sign(b)
	}
	return nil
}

// lead is the height of a line of text of so many points: 1.4 for Hangul.
func lead(pt float64) float64 { return pt * 0.3528 * 1.4 }

func (d *drawing) inner() float64 { return d.wide - 2*d.margin }

// strip is a dark line across with a word, so that nobody takes a second copy for
// the first.
func (d *drawing) strip(word string) {
	h := lead(d.face.text) + 2
	d.pdf.SetFillColor(0, 0, 0)
	d.pdf.Rect(d.margin, d.y, d.inner(), h, "F")
	d.pdf.SetTextColor(255, 255, 255)
	d.line(word, "B", d.face.text, d.margin, d.y+1, d.inner(), "C")
	d.pdf.SetTextColor(0, 0, 0)
	d.y += h + 2
}

func (d *drawing) text(b Text) {
	style, pt := "", d.face.text
	if b.Bold {
		style = "B"
	}
	switch {
	case b.Small:
		pt = d.small
	case b.Big:
		pt = d.big
	}
	d.para(b.Text, style, pt, b.Centre)
}

// para writes a text over as many lines as it needs.
func (d *drawing) para(text, style string, pt float64, centre bool) {
	align := "L"
	if centre {
		align = "C"
	}
	for _, l := range d.lines(text, style, pt, d.inner()) {
		d.room(lead(pt))
		d.line(l, style, pt, d.margin, d.y, d.inner(), align)
		d.y += lead(pt)
	}
}

// line writes one line into the box at x, y.
func (d *drawing) line(text, style string, pt, x, y, w float64, align string) {
	d.pdf.SetFont(family, style, pt)
	d.pdf.SetXY(x, y)
	d.pdf.CellFormat(w, lead(pt), text, "", 0, align+"M", false, 0, "")
}

// lines breaks a text to a width: between words, and within one only if it is wider
// than the line (Korean breaks between words).
func (d *drawing) lines(text, style string, pt, w float64) []string {
	d.pdf.SetFont(family, style, pt)
	return Wrap(text, func(s string) bool { return d.pdf.GetStringWidth(s) <= w })
}

func (d *drawing) pair(b Pair) {
	style := ""
	if b.Bold {
		style = "B"
	}
	d.pdf.SetFont(family, style, d.face.text)
	left := d.pdf.GetStringWidth(b.Left) + 3
	right := d.lines(b.Right, style, d.face.text, max(d.inner()-left, d.inner()/3))
	d.room(lead(d.face.text))
	d.line(b.Left, style, d.face.text, d.margin, d.y, left, "L")
	for _, l := range right {
		d.room(lead(d.face.text))
		d.line(l, style, d.face.text, d.margin, d.y, d.inner(), "R")
		d.y += lead(d.face.text)
	}
	if len(right) == 0 {
		d.y += lead(d.face.text)
	}
}

func (d *drawing) tag(b Tag) {
	h, w := d.number*0.3528*1.2+lead(d.small)+3, min(d.inner()*0.45, 60)
	d.room(h)
	d.pdf.SetLineWidth(0.4)
	d.pdf.Rect(d.margin, d.y, w, h, "D")
	d.pdf.SetFillColor(0, 0, 0)
	d.pdf.Rect(d.margin, d.y, w, lead(d.small)+1, "F")
	d.pdf.SetTextColor(255, 255, 255)
	d.line(b.Word, "B", d.small, d.margin, d.y+0.5, w, "C")
	d.pdf.SetTextColor(0, 0, 0)
	d.pdf.SetFont(family, "B", d.number)
	d.pdf.SetXY(d.margin, d.y+lead(d.small)+1)
	d.pdf.CellFormat(w, h-lead(d.small)-1, b.Number, "", 0, "CM", false, 0, "")
	x, y := d.margin+w+4, d.y
	for _, l := range d.lines(b.Name, "B", d.big, d.inner()-w-4) {
		d.line(l, "B", d.big, x, y, d.inner()-w-4, "L")
		y += lead(d.big)
	}
	for _, l := range d.lines(b.Note, "", d.face.text, d.inner()-w-4) {
		d.line(l, "", d.face.text, x, y, d.inner()-w-4, "L")
		y += lead(d.face.text)
	}
	d.y = max(d.y+h, y) + 3
}

func (d *drawing) sign(b Sign) {
	d.room(16)
	d.y += 11
	d.line(b.Word, "", d.small, d.margin, d.y-lead(d.small), d.inner()*0.3, "L")
	d.pdf.SetLineWidth(0.2)
	d.pdf.Line(d.margin+d.inner()*0.3, d.y, d.wide-d.margin, d.y)
	d.y += 4
}
