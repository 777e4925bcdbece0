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
// down to 0.25 mm, which a shop's scanner still reads.
func (d *drawing) codes(b Codes) error {
	across := min(max(b.Across, 1), 3)
	place := d.inner() / float64(across)
	h := barHeight + lead(d.small) + 4
	for i, c := range b.Codes {
		bars, err := Bars(c.Digits)
		if err != nil {
			return err
		}
		col := i % across
		if col == 0 {
			d.room(h)
		}
		m := min(module, place/float64(len(bars)+2*quiet))
		if m < 0.25 {
			return fmt.Errorf("paper: a bar code of %d digits is too wide for %.0f mm", len(c.Digits), place)
		}
		x0 := d.margin + place*float64(col)
		x := x0 + (place-m*float64(len(bars)))/2
		d.bars(bars, x, m)
		caption := c.Caption
		if caption == "" {
			caption = c.Digits
		}
		d.line(caption, "", d.small, x0, d.y+1+barHeight+0.5, place, "C")
		if col == across-1 || i == len(b.Codes)-1 {
			d.y += h
		}
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
