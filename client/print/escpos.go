package print

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/text/encoding/korean"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/paper"
)

// Commands of ESC/POS, as Epson's reference and the printers that follow it have them.
const (
	esc = 0x1b
	gs  = 0x1d
	fs  = 0x1c
)

// Columns is how many half-wide letters stand in a line of an 80 mm printer's font A
// (576 dots of 12); 42 is the width of older ones (512 dots), 32 that of 58 mm paper.
const (
	Columns = 48
	dots    = 12 // of one column
)

// ESCPOS returns a sheet in a slip printer's language, columns wide (32 to 48).
// Text goes in CP949, which is what Korean slip printers read; a line with a letter
// that CP949 lacks is sent as a picture. Errors: a bar code that can't be.
func ESCPOS(s paper.Sheet, columns int) ([]byte, error) {
	if columns < 32 || columns > Columns {
		return nil, fault.New(fault.Invalid, "print.columns")
	}
	p := &slip{columns: columns}
	p.put(esc, '@')     // as after switching on
	p.put(fs, '&')      // two-byte letters
	p.put(esc, '3', 34) // lines 34 dots apart: 24 of a letter, 10 of air
	if s.Again != "" {
		p.put(gs, 'B', 1)
		p.line(" " + s.Again + " ")
		p.put(gs, 'B', 0)
	}
	for _, b := range s.Blocks {
		if err := p.block(b); err != nil {
			return nil, fault.Wrap("print.ESCPOS", err)
		}
	}
	p.put('\n', '\n', '\n')
	p.put(gs, 'V', 66, 0) // feed to the knife and cut
	return p.out.Bytes(), nil
}

// slip is a sheet on its way into bytes. wide is how many columns a letter takes now.
type slip struct {
	out     bytes.Buffer
	columns int
	wide    int
	face    font.Face // of lines that are sent as pictures; nil before the first: most slips have none
}

func (p *slip) put(b ...byte) { p.out.Write(b) }

func (p *slip) block(b paper.Block) error {
	switch b := b.(type) {
	case paper.Title:
		p.sized(2, 2, func() { p.para(b.Text) })
	case paper.Text:
		p.text(b)
	case paper.Pair:
		p.strong(b.Bold, func() { p.pair(b.Left, b.Right) })
	case paper.Rule:
		p.line(strings.Repeat("-", p.columns))
	case paper.Space:
		p.put('\n')
	case paper.Table:
		p.table(b)
	case paper.Tag:
		p.tag(b)
	case paper.Code:
		return p.code(b)
	case paper.Codes:
		for _, c := range b.Codes {
			if err := p.code(c); err != nil {
				return err
			}
		}
	case paper.Sign:
		p.put('\n', '\n')
		p.line(fill(b.Word+" ", "_", p.columns))
	}
	return nil
}

func (p *slip) text(b paper.Text) {
	if b.Centre {
		p.put(esc, 'a', 1)
		defer p.put(esc, 'a', 0)
	}
	size := 1
	if b.Big {
		size = 2
	}
	p.strong(b.Bold, func() { p.sized(size, size, func() { p.para(b.Text) }) })
}

// sized prints with letters so many times as wide and high.
func (p *slip) sized(wide, high int, print func()) {
	p.put(gs, '!', byte((wide-1)<<4|(high-1)))
	p.wide = wide
	print()
	p.wide = 1
	p.put(gs, '!', 0)
}

func (p *slip) strong(on bool, print func()) {
	if on {
		p.put(esc, 'E', 1)
		defer p.put(esc, 'E', 0)
	}
	print()
}

func (p *slip) room() int { return p.columns / max(p.wide, 1) }

func (p *slip) para(text string) {
	for _, l := range paper.Wrap(text, func(s string) bool { return columnsOf(s) <= p.room() }) {
		p.line(l)
	}
}

// line prints one line: in CP949, or as a picture if that lacks a letter of it.
func (p *slip) line(text string) {
	raw, err := korean.EUCKR.NewEncoder().String(text)
	if err != nil || !known(text) {
		p.picture(text)
		return
	}
	p.out.WriteString(raw)
	p.put('\n')
}

// known says that no letter of the text is one that printers take for a command or
// print as another: control characters, and the won sign, which is a backslash there.
func known(text string) bool {
	for _, r := range text {
		if r < ' ' || r == 0x7f || r == '\\' || r == '~' {
			return false
		}
	}
	return true
}

// pair prints a word at the left and a value at the right, over two lines if they
// don't fit into one.
func (p *slip) pair(left, right string) {
	if columnsOf(left)+1+columnsOf(right) <= p.room() {
		p.line(left + strings.Repeat(" ", p.room()-columnsOf(left)-columnsOf(right)) + right)
		return
	}
	p.para(left)
	for _, l := range paper.Wrap(right, func(s string) bool { return columnsOf(s) <= p.room()-2 }) {
		p.line(strings.Repeat(" ", max(p.room()-columnsOf(l), 0)) + l)
	}
}

// table prints the heads and each row as a line of its cells, broken where it must
// be; a last cell that holds a figure stands at the right edge. A slip is too narrow
// for columns.
func (p *slip) table(t paper.Table) {
	heads := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = c.Head
	}
	if strings.Join(heads, "") != "" {
		p.strong(true, func() { p.cells(t.Columns, heads) })
	}
	for _, r := range t.Rows {
		p.cells(t.Columns, r)
	}
}

func (p *slip) cells(columns []paper.Column, r []string) {
	cells, figure := r, ""
	if n := len(r) - 1; n > 0 && columns[n].Right {
		cells, figure = r[:n], r[n]
	}
	said := slices.DeleteFunc(slices.Clone(cells), func(c string) bool { return c == "" })
	lines := paper.Wrap(strings.Join(said, "  "), func(s string) bool { return columnsOf(s) <= p.room() })
	for _, l := range lines[:len(lines)-1] {
		p.line(l)
	}
	last := lines[len(lines)-1]
	gap := p.room() - columnsOf(last) - columnsOf(figure)
	if gap < 1 && figure != "" {
		p.line(last)
		last, gap = "", p.room()-columnsOf(figure)
	}
	p.line(last + strings.Repeat(" ", max(gap, 0)) + figure)
}

func (p *slip) tag(b paper.Tag) {
	p.put(gs, 'B', 1)
	p.line(" " + b.Word + " ")
	p.put(gs, 'B', 0)
	p.strong(true, func() { p.sized(4, 4, func() { p.line(b.Number) }) })
	if b.Name != "" {
		p.sized(2, 2, func() { p.para(b.Name) })
	}
	if b.Note != "" {
		p.para(b.Note)
	}
}

// code prints a bar code: by the printer's own command, whose bars are sharper than
// a picture's.
func (p *slip) code(c paper.Code) error {
	if _, err := paper.Bars(c.Digits); err != nil { // the check digit too
		return fault.New(fault.Invalid, "print.code")
	}
	p.put(esc, 'a', 1)
	p.put(gs, 'h', 96)       // 12 mm high
	p.put(gs, 'w', 2)        // modules of 2 dots, 0.25 mm: the widest of our codes is 300 dots
	p.put(gs, 'H', 0)        // the digits are printed below, by us
	if len(c.Digits) == 13 { // EAN-13: the printer adds the check digit itself
		p.put(gs, 'k', 67, 12)
		p.out.WriteString(c.Digits[:12])
	} else {
		p.code128(c.Digits)
	}
	caption := c.Caption
	if caption == "" {
		caption = c.Digits
	}
	p.put('\n')
	p.para(caption)
	p.put(esc, 'a', 0)
	return nil
}

// code128 sends digits in set C, two a symbol; an odd last one in set B.
func (p *slip) code128(digits string) {
	data := []byte("{C")
	even := len(digits) &^ 1
	for i := 0; i < even; i += 2 {
		data = append(data, (digits[i]-'0')*10+digits[i+1]-'0')
	}
	if even == 0 {
		data = nil
	}
	if even < len(digits) {
		data = append(data, '{', 'B', digits[even])
	}
	p.put(gs, 'k', 73, byte(len(data)))
	p.put(data...)
}

// columnsOf is how wide a text prints: Hangul, Hanja and full-width letters take two
// columns.
func columnsOf(text string) (n int) {
	for _, r := range text {
		n++
		if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80) {
			n++
		} else if r > 0x7f { // the two-byte letters of CP949: ·, …, ─
			n++
		}
	}
	return n
}

// fill writes a text and fills the line.
func fill(text, with string, columns int) string {
	return text + strings.Repeat(with, max(columns-columnsOf(text), 0))
}
