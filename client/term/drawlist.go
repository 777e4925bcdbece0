package term

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/bookpayback/bookpayback/client/counter"
)

// under draws what stands under the band: the list, or the keys while help is
// open, and on wide terminals the panel beside it.
func (c *canvas) under() {
	room := c.h - len(c.lines) - 2
	if len(c.s.Help) > 0 {
		c.headRule("", "")
		c.keys(c.s.Help, room-1)
		return
	}
	if p := c.s.Panel; p.Front && c.w < wide && !emptyPanel(p) {
		c.headRule(p.Head, p.Sub)
		c.lines = append(c.lines, c.front(room-1)...)
		return
	}
	c.headRule(c.s.List.Head, c.s.List.Sum)
	room--
	if c.w < wide || emptyPanel(c.s.Panel) {
		c.lines = append(c.lines, c.rows(c.w, room)...)
		return
	}
	side := c.panel(panelWide-3, room)
	for i, s := range c.rows(c.w-panelWide, room) {
		pad := strings.Repeat(" ", max(0, c.w-panelWide-lipgloss.Width(s)))
		c.lines = append(c.lines, s+pad+c.rule.Render(c.bar())+" "+side[i])
	}
}

func (c *canvas) bar() string {
	if c.ascii {
		return "|"
	}
	return "│"
}

func emptyPanel(p counter.Panel) bool {
	return p.Head == "" && len(p.Rows)+len(p.Lines)+len(p.Shelf) == 0
}

func (c *canvas) headRule(head, sum string) {
	l := c.new()
	if head != "" {
		l.put(strings.Repeat(c.dash(), 2)+" ", c.rule).put(head+" ", c.bold)
	}
	if sum != "" {
		l.put(sum+" ", c.soft)
	}
	l.put(strings.Repeat(c.dash(), max(0, c.w-l.used)), c.rule)
	c.add(l)
}

// columns are the widths of a list's columns, from what stands in them.
type columns struct{ time, act, title, who, amount, note, sent int }

func (c *canvas) columns(rows []counter.ListRow, w int) columns {
	var k columns
	widen := func(have *int, text string) { *have = max(*have, lipgloss.Width(c.text(text))) }
	for _, r := range rows {
		if r.Head != "" {
			continue
		}
		widen(&k.time, r.Time)
		widen(&k.time, r.Key)
		widen(&k.act, r.Act)
		if r.Act == "" && r.Number != "" {
			widen(&k.act, r.Number+"  ")
		}
		widen(&k.who, r.Who)
		widen(&k.amount, r.Amount)
		widen(&k.note, r.Note)
		if r.Sent != "" {
			widen(&k.sent, c.shapes[r.Sent]+" "+r.SentWord)
		}
	}
	k.act = min(k.act, 14)
	k.who = min(k.who, 12)
	gaps := 0
	for _, x := range []int{k.time, k.act, 1, k.who, k.amount, k.note, k.sent} {
		if x > 0 {
			gaps++
		}
	}
	rest := w - 4 - gaps - k.time - k.act - k.who - k.amount - k.sent
	k.note = min(k.note, max(8, rest-20))
	k.title = max(4, rest-k.note)
	return k
}

// rows draws the list in exactly n lines, around the chosen row.
func (c *canvas) rows(w, n int) []string {
	list := c.s.List
	out := make([]string, 0, n)
	if len(list.Rows) == 0 && list.Empty != "" {
		for _, s := range c.wrap(list.Empty, w-4) {
			out = append(out, c.line(w).put("  "+s, c.soft).String())
		}
	}
	first := window(len(list.Rows), list.At, n)
	shown := list.Rows[first:min(len(list.Rows), first+n)]
	k := c.columns(shown, w)
	for i, r := range shown {
		out = append(out, c.row(r, k, first+i == list.At, w))
	}
	for len(out) < n {
		out = append(out, "")
	}
	return out[:n]
}

// window returns the first of n rows to show so that row at is among them.
func window(rows, at, n int) int {
	if at < n-1 || rows <= n {
		return 0
	}
	return min(at-n+2, rows-n)
}

func (c *canvas) row(r counter.ListRow, k columns, chosen bool, w int) string {
	l := c.line(w)
	if r.Head != "" {
		return l.put("  ", c.plain).put(r.Head, c.bold).String()
	}
	if chosen {
		l.on(c.chosen).put(">", c.accent)
	} else {
		l.put(" ", c.plain)
	}
	if r.Key != "" {
		l.cell(r.Key, k.time, c.accent)
	} else {
		l.cell(r.Time, k.time, c.soft)
	}
	word := c.plain
	if r.Mark != "" {
		word = c.tone(counter.ToneOf(r.Mark)).mark
		l.put(c.shapes[r.Mark]+" ", word)
	} else {
		l.put("  ", c.plain)
	}
	c.actCell(l, r, k, word)
	title := c.plain
	if r.Struck {
		title = title.Strikethrough(true)
	}
	l.cell(r.Title, k.title, title)
	l.cell(r.Who, k.who, c.plain)
	l.right(r.Amount, k.amount, c.plain)
	note := c.plain
	if r.Mark != "" {
		note = word
	}
	l.cell(r.Note, k.note, note)
	if r.Sent != "" {
		l.put(c.shapes[r.Sent]+" "+r.SentWord, c.tone(counter.ToneOf(r.Sent)).mark)
	}
	return l.String()
}

func (c *canvas) actCell(l *line, r counter.ListRow, k columns, word lipgloss.Style) {
	if r.Act != "" || r.Number == "" {
		l.cell(r.Act, k.act, word)
		return
	}
	text := " " + r.Number + " "
	l.put(text, c.label).put(strings.Repeat(" ", max(0, k.act-lipgloss.Width(c.text(text))+1)), c.plain)
}

// keys draws the key list in up to three columns.
func (c *canvas) keys(keys []counter.KeyHint, n int) {
	cols := max(1, min(3, (len(keys)+n-1)/max(1, n)))
	each := (c.w - 2) / cols
	for i := range n {
		l := c.new().put("  ", c.plain)
		for col := range cols {
			at := col*n + i
			if at >= len(keys) {
				break
			}
			l.to(2 + col*each)
			l.put(shortKey(keys[at].Key), c.accent).put(" ", c.plain).to(2 + col*each + 8)
			l.put(keys[at].Word, c.plain)
		}
		c.add(l)
	}
}

// front draws the detail in n lines of the whole width, in two columns where one does
// not hold it.
func (c *canvas) front(n int) []string {
	all := c.panelBody(c.w/2 - 2)
	if len(all) <= n {
		all = c.panelBody(c.w - 2)
	}
	out := make([]string, n)
	for i := range out {
		if i < len(all) {
			out[i] = " " + all[i]
		}
		if i+n < len(all) {
			out[i] += strings.Repeat(" ", max(1, c.w/2-lipgloss.Width(out[i]))) + all[i+n]
		}
	}
	return out
}

// panel draws the detail in n lines of w cells.
func (c *canvas) panel(w, n int) []string {
	p := c.s.Panel
	out := append([]string{c.line(w).put(p.Head, c.bold).put("  "+p.Sub, c.soft).String()}, c.panelBody(w)...)
	for len(out) < n {
		out = append(out, "")
	}
	return out[:n]
}

// panelBody returns the detail without its head.
func (c *canvas) panelBody(w int) (out []string) {
	p := c.s.Panel
	for _, r := range p.Shelf {
		out = append(out, c.place(r, w))
	}
	if p.Label.Number != "" {
		out = append(out, c.line(w).put(" "+p.Label.Word+" "+p.Label.Number+" ", c.label).put(" "+p.Label.Name, c.bold).String(),
			c.line(w).put(p.Label.Note, c.soft).String())
	}
	name := 0
	for _, r := range p.Rows {
		name = max(name, lipgloss.Width(c.text(r[0])))
	}
	for _, r := range p.Rows {
		out = append(out, c.line(w).cell(r[0], name+1, c.soft).put(r[1], c.plain).String())
	}
	for _, x := range p.Lines {
		out = append(out, c.panelLine(x, w))
	}
	if p.Say != "" {
		out = append(out, "", c.line(w).put(c.words.Tell, c.soft).String())
		for _, s := range c.wrap("“"+p.Say+"”", w) {
			out = append(out, c.line(w).put(s, c.plain).String())
		}
	}
	return out
}

// place is one place of the hold shelf: the title matters more than whose it is.
func (c *canvas) place(r counter.ShelfRow, w int) string {
	l := c.line(w)
	switch {
	case r.Next:
		l.put(">", c.accent).put(" "+r.Number+" ", c.label).put(" "+r.Title, c.bold)
	case r.Mark != "":
		mark := c.tone(counter.ToneOf(r.Mark)).mark
		l.put(" ", c.plain).put(" "+r.Number+" ", c.label).put(" ", c.plain).put(c.shapes[r.Mark]+" ", mark).put(r.Title, mark)
	case r.Free:
		l.put("  "+r.Number+"  "+r.Title, c.soft)
	default:
		l.put(" ", c.plain).put(" "+r.Number+" ", c.label).put(" "+r.Title, c.plain)
	}
	return l.String()
}

func (c *canvas) panelLine(x counter.PanelLine, w int) string {
	l := c.line(w)
	if x.Head {
		return l.put(x.Text, c.bold).String()
	}
	if x.Mark != "" {
		l.put(c.shapes[x.Mark]+" ", c.tone(counter.ToneOf(x.Mark)).mark)
	}
	return l.put(x.Text, c.plain).String()
}
