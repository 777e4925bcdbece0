package ui

import (
	"strconv"

	"fyne.io/fyne/v2"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
)

// The list's measures.
const (
	headHeight = 34 // of a panel's head, with its rule
	rowHeight  = 37 // at most
	leastRow   = 32
	rowLeft    = 15
	rowRight   = 11
	markRoom   = pictureSize + 6
	colGap     = 14
	leastTitle = 120
	scrollBar  = 4
	colsHeight = 24 // of the names of columns, with their rule
	leastAfter = 40 // width of what follows a title in a row, at least
)

// listBox is the list. It draws only the rows that can be seen, however many there
// are, and keeps the chosen one among them.
type listBox struct {
	part
	list  counter.List
	first int // the first row that is drawn
	pick  func(id string)
}

func newListBox(l *look, pick func(id string)) *listBox {
	b := &listBox{part: part{look: l}, pick: pick}
	b.paint = b.draw
	b.become(b)
	return b
}

// show takes a list, and brings its chosen row into view if that is another one now.
func (b *listBox) show(list counter.List) {
	moved := list.At != b.list.At || list.Head != b.list.Head
	b.list = list
	if moved {
		b.reveal()
	}
	b.Refresh()
}

func (b *listBox) reveal() {
	n, _ := b.fits(b.Size().Height)
	switch at := b.list.At; {
	case at < 0:
		b.first = 0
	case at < b.first:
		b.first = at
	case at >= b.first+n:
		b.first = at - n + 1
	}
	if b.first == 1 {
		b.first = 0
	}
}

// top is where the rows begin in a list of that height: under the head, and the names
// of the columns where there is room for them.
func (b *listBox) top(height float32) float32 {
	if b.list.Cols == (counter.Cols{}) || len(b.list.Rows) == 0 || height < headHeight+colsHeight+3*rowHeight {
		return headHeight
	}
	return headHeight + colsHeight
}

// fits returns how many rows a list of that height shows, at least one, and how
// high they are: a little less than usual where that shows all of them.
func (b *listBox) fits(height float32) (int, float32) {
	room := max(height-b.top(height)-1, leastRow)
	rows := float32(len(b.list.Rows))
	if rows > 0 && room/rows >= leastRow {
		return len(b.list.Rows), min(rowHeight, room/rows)
	}
	n := max(1, int(room/(rowHeight-2)))
	return n, room / float32(n)
}

// Scrolled moves the rows by the wheel, two at a time.
func (b *listBox) Scrolled(event *fyne.ScrollEvent) {
	switch {
	case event.Scrolled.DY > 0:
		b.first -= 2
	case event.Scrolled.DY < 0:
		b.first += 2
	}
	b.Refresh()
}

func (b *listBox) draw(p *page, size fyne.Size) {
	p.box(0, 0, size.Width, size.Height, p.corner, 1, p.Surface, p.Line)
	p.paintHead(size.Width, b.list.Head, b.list.Sum)
	n, rowHeight := b.fits(size.Height)
	b.first = max(0, min(b.first, len(b.list.Rows)-n))
	if len(b.list.Rows) == 0 {
		empty := p.list(b.list.Empty)
		empty.colour = p.Soft
		lines := empty.wrap(size.Width-2*rowLeft, 3)
		y := headHeight + (size.Height-headHeight)/2 - float32(len(lines)-1)*12
		for _, line := range lines {
			p.centred(size.Width/2, y, line)
			y += 24
		}
		return
	}
	seen := b.list.Rows[b.first:min(b.first+n, len(b.list.Rows))]
	right := size.Width - 1
	if len(seen) < len(b.list.Rows) {
		right -= scrollBar + 4
		b.scrollBar(p, size, n)
	}
	columns := p.columns(b.list.Rows, b.list.Cols, right-rowLeft-rowRight)
	y := b.top(size.Height)
	if y > headHeight {
		p.paintCols(headHeight+colsHeight/2-0.5, b.list.Cols, columns)
		p.rect(1, y-1, right-1, 1, p.Line)
	}
	for i, row := range seen {
		b.row(p, b.first+i, row, fyne.NewSize(right-1, rowHeight-1), y, columns)
		y += rowHeight
		if y < size.Height-8 {
			p.rect(1, y-1, right-1, 1, p.Line)
		}
	}
}

func (b *listBox) scrollBar(p *page, size fyne.Size, n int) {
	top := b.top(size.Height)
	track := size.Height - top - 8
	share := float32(n) / float32(len(b.list.Rows))
	at := float32(b.first) / float32(len(b.list.Rows))
	p.box(size.Width-scrollBar-3, top+4+track*at, scrollBar, max(track*share, 12), scrollBar/2, 0, p.Edge, nil)
}

// row draws one row as something to click, or a head between rows.
func (b *listBox) row(p *page, i int, row counter.ListRow, size fyne.Size, y float32, columns columns) {
	if row.Head != "" {
		p.rect(1, y, size.Width, size.Height, p.Paper)
		p.text(rowLeft, y+size.Height/2, p.head(row.Head).fit(size.Width-2*rowLeft))
		return
	}
	chosen := i == b.list.At
	id := "row/" + row.ID
	if _, twice := p.buttons[id]; twice || row.ID == "" {
		id += "/" + strconv.Itoa(i)
	}
	p.button(id, row.Act+" "+row.Title, 1, y, size.Width, size.Height, func() { b.pick(row.ID) },
		func(p *page, size fyne.Size, over bool) {
			switch {
			case chosen:
				p.rect(0, 0, size.Width, size.Height, p.AccentTint)
				p.rect(0, 0, 4, size.Height, p.Accent)
			case over:
				p.rect(0, 0, size.Width, size.Height, p.Sunk)
			}
			p.paintRow(size.Height/2, row, columns)
		})
}

// columns are the widths that a list's rows need; the title gets what is left.
type columns struct {
	time, mark, act, title, who, amount, note, sent float32
	words                                           bool // the state of sending has its word
}

func (p *page) columns(rows []counter.ListRow, names counter.Cols, room float32) columns {
	c := columns{words: true}
	cap := func(text string) float32 { return span{text: text, size: p.size.Cap}.width() }
	c.time, c.act, c.who, c.amount, c.note = cap(names.Time), cap(names.Act), cap(names.Who), cap(names.Amount), cap(names.Note)
	for _, row := range rows {
		if row.Head != "" {
			continue
		}
		if row.Mark != "" {
			c.mark = markRoom
		}
		c.time = max(c.time, p.list(row.Time).width())
		if row.Key != "" {
			c.time = max(c.time, p.smallCap().capWidth(row.Key))
		}
		c.act = max(c.act, p.list(row.Act).width(), p.numberWidth(row))
		c.who = max(c.who, p.list(row.Who).width())
		c.amount = max(c.amount, p.list(row.Amount).width())
		c.note = max(c.note, p.note(row.Note).width())
		if row.Sent != "" {
			c.sent = max(c.sent, markRoom+p.note(row.SentWord).width())
		}
	}
	c.who = min(c.who, room/5)
	c.act = min(c.act, room/4)
	if c.mark == 0 && c.act > 0 && c.time > 0 {
		c.mark = 4 // acts do not jump when a mark comes and goes by little
	}
	var titles float32
	for _, row := range rows {
		title := p.list(row.Title).width()
		if row.Sub != "" {
			title += 8 + min(p.note(row.Sub).width(), 2*leastAfter)
		}
		titles = max(titles, title)
	}
	c.share(room, titles)
	c.squeeze(room)
	return c
}

// share parts what is left between titles and notes: each has what it needs where
// there is room for both, else titles have the half if they need it.
func (c *columns) share(room, titles float32) {
	left := room - c.taken() - colGap + c.note
	if titles+c.note > left {
		c.note = max(left-titles, min(c.note, left/2))
	}
}

// squeeze makes room for titles, giving up what can be read in the panel as well.
func (c *columns) squeeze(room float32) {
	for step := 0; ; step++ {
		c.title = room - c.taken()
		if c.title >= leastTitle || step > 3 {
			c.title = max(c.title, 40)
			return
		}
		switch step {
		case 0:
			c.words, c.sent = false, min(c.sent, pictureSize)
		case 1:
			c.note = min(c.note, max(60, c.note+c.title-leastTitle))
		case 2:
			c.note = 0
		case 3:
			c.who = 0
		}
	}
}

// taken is the width of all columns but the title's, with the gaps.
func (c *columns) taken() float32 {
	sum := c.mark
	for _, width := range []float32{c.time, c.act, c.who, c.amount, c.note, c.sent} {
		if width > 0 {
			sum += width + colGap
		}
	}
	return sum
}

func (p *page) numberWidth(row counter.ListRow) float32 {
	if row.Number == "" || row.Act != "" {
		return 0
	}
	return max(34, p.list(row.Number).width()+18)
}

func (p *page) paintRow(mid float32, row counter.ListRow, c columns) {
	ink := p.list("")
	act := ink
	if row.Mark == assets.StateLook || row.Mark == assets.StateNot || row.Mark == assets.StateDecide {
		act.colour = p.tone(row.Mark).Mark
	}
	if row.Struck {
		ink.struck, act.struck = true, true
		ink.colour, act.colour = p.Soft, p.Soft
	}
	x := float32(rowLeft - 1)
	step := func(width float32) {
		if width > 0 {
			x += width + colGap
		}
	}
	time := p.list(row.Time)
	time.colour = p.Soft
	if row.Key != "" {
		p.keyCap(x, mid, row.Key, p.smallCap())
	} else {
		p.text(x, mid, time.fit(c.time))
	}
	step(c.time)
	if row.Mark != "" {
		p.picture(string(row.Mark), x-4, mid, pictureSize)
	}
	x += c.mark
	if width := p.numberWidth(row); width > 0 {
		p.shelfNumber(x, mid, width, row.Number)
	} else {
		p.text(x, mid, act.with(row.Act).fit(c.act))
	}
	step(c.act)
	end := p.text(x, mid, ink.with(row.Title).fit(c.title))
	if room := x + c.title - end - 8; room >= leastAfter {
		p.text(end+8, mid, p.note(row.Sub).fit(room))
	}
	step(c.title)
	p.text(x, mid, ink.with(row.Who).fit(c.who))
	step(c.who)
	p.textTo(x+c.amount, mid, ink.with(row.Amount))
	step(c.amount)
	note := p.note(row.Note)
	note.colour = p.Ink
	p.text(x, mid, note.fit(c.note))
	step(c.note)
	if row.Sent != "" && c.sent > 0 {
		p.picture(string(row.Sent), x, mid, pictureSize)
		if c.words {
			p.text(x+markRoom, mid, p.note(row.SentWord))
		}
	}
}

// paintCols draws the names of columns that have something in them.
func (p *page) paintCols(mid float32, names counter.Cols, c columns) {
	x := float32(rowLeft)
	name := func(text string, width float32) {
		p.text(x, mid, span{text: text, size: p.size.Cap, colour: p.Soft}.fit(width))
		if width > 0 {
			x += width + colGap
		}
	}
	name(names.Time, c.time)
	x += c.mark
	name(names.Act, c.act)
	name(names.Title, c.title)
	name(names.Who, c.who)
	amount := span{text: names.Amount, size: p.size.Cap, colour: p.Soft}
	if c.amount > 0 {
		p.textTo(x+c.amount, mid, amount.fit(c.amount))
		x += c.amount + colGap
	}
	name(names.Note, c.note)
}

// shelfNumber draws a number that is also written on something real, small.
func (p *page) shelfNumber(x, mid, width float32, number string) {
	p.box(x, mid-13, width, 26, 3, 1, p.Sunk, p.Line)
	text := p.list(number)
	text.bold = true
	p.centred(x+width/2, mid, text)
}

// paintHead draws a panel's head with its rule.
func (p *page) paintHead(width float32, head, sum string) {
	const mid = headHeight / 2
	right := width - 15
	left := p.text(15, mid, p.head(head).fit(width-30))
	p.textTo(right, mid, p.note(sum).fit(right-left-12))
	p.rect(1, headHeight-1, width-2, 1, p.Line)
}
