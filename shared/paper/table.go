package paper

import "fmt"

func (d *drawing) widths(cols []Column) []float64 {
	sum := 0.0
	for _, c := range cols {
		sum += c.Share
	}
	out := make([]float64, len(cols))
	for i, c := range cols {
		out[i] = d.inner() * c.Share / sum
	}
	return out
}

func (d *drawing) heads(cols []Column) {
	x, widths := d.margin, d.widths(cols)
	for i, c := range cols {
		d.line(c.Head, "B", d.small, x, d.y, widths[i]-2, align(c))
		x += widths[i]
	}
	d.y += lead(d.small)
	d.pdf.SetLineWidth(0.4)
	d.pdf.Line(d.margin, d.y, d.wide-d.margin, d.y)
	d.y++
}

func align(c Column) string {
	if c.Right {
		return "R"
	}
	return "L"
}

// table draws rows whose cells break over lines; a row stays on one page.
func (d *drawing) table(t Table) {
	if len(t.Columns) == 0 {
		return
	}
	d.room(3 * lead(d.face.text))
	d.heads(t.Columns)
	d.top = t.Columns
	widths := d.widths(t.Columns)
	for _, r := range t.Rows {
		cells, most := make([][]string, len(r)), 1
		for i, text := range r {
			cells[i] = d.lines(text, "", d.face.text, widths[i]-2)
			most = max(most, len(cells[i]))
		}
		h := float64(most)*lead(d.face.text) + 1.2
		d.room(h)
		x := d.margin
		for i, lines := range cells {
			for n, l := range lines {
				d.line(l, "", d.face.text, x, d.y+float64(n)*lead(d.face.text)+0.3, widths[i]-2, align(t.Columns[i]))
			}
			x += widths[i]
		}
		d.y += h
		d.pdf.SetLineWidth(0.1)
		d.pdf.Line(d.margin, d.y-0.4, d.wide-d.margin, d.y-0.4)
	}
	d.top = nil
	d.y += 2
}

// codes draws bar codes in rows. A code too wide for its place gets thinner modules,
// down to 0.25 mm, which a shop's scanner still reads; where that is not enough, as on
// a roll, fewer stand side by side.
func (d *drawing) codes(b Codes) error {
	bars := make([][]bool, len(b.Codes))
	widest := 0
	for i, c := range b.Codes {
		var err error
		if bars[i], err = Bars(c.Digits); err != nil {
			return err
		}
		widest = max(widest, len(bars[i]))
	}
	across := min(max(b.Across, 1), 3)
	for across > 1 && d.inner()/float64(across) < thinnest*float64(widest+2*quiet) {
		across--
	}
	for i := range b.Codes {
		if err := d.codeAt(b.Codes[i], bars[i], i%across, across, i == len(b.Codes)-1); err != nil {
			return err
		}
	}
	return nil
}

// codeAt draws one code of a row; the row ends with its last place or the last code.
func (d *drawing) codeAt(c Code, bars []bool, col, across int, last bool) error {
	place := d.inner() / float64(across)
	h := barHeight + lead(d.small) + 4
	if col == 0 {
		d.room(h)
	}
	m := min(module, place/float64(len(bars)+2*quiet))
	if m < thinnest {
		return fmt.Errorf("paper: a bar code of %d digits is too wide for %.0f mm", len(c.Digits), place)
	}
	x := d.margin + place*float64(col)
	d.bars(bars, x+(place-m*float64(len(bars)))/2, m)
	caption := c.Caption
	if caption == "" {
		caption = c.Digits
	}
	d.line(caption, "", d.small, x, d.y+1+barHeight+0.5, place, "C")
	if col == across-1 || last {
		d.y += h
	}
	return nil
}

// bars draws each run of black modules as one rectangle.
func (d *drawing) bars(bars []bool, x, m float64) {
	d.pdf.SetFillColor(0, 0, 0)
	for i := 0; i < len(bars); {
		n := 1
		for i+n < len(bars) && bars[i+n] == bars[i] {
			n++
		}
		if bars[i] {
			d.pdf.Rect(x+float64(i)*m, d.y+1, float64(n)*m, barHeight, "F")
		}
		i += n
	}
}
