package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/bookpayback/bookpayback/client/counter"
)

// The panel's measures.
const (
	panelLeft  = 15
	lineHeight = 26
	markLine   = 30
	helpLine   = 29
	helpColumn = 220
)

// panelBox is the panel at the right: the detail, or the key list while that is open.
type panelBox struct {
	frame  *part
	body   *part
	scroll *container.Scroll

	panel counter.Panel
	help  []counter.KeyHint
	words panelText
	press func(key string)
}

// panelText is the words that the panel adds to the desk's.
type panelText struct {
	say  string // "tell the customer"
	help string // head of the key list
}

func newPanelBox(l *look, words panelText, press func(key string)) *panelBox {
	b := &panelBox{words: words, press: press}
	b.frame = newPart(l, func(p *page, size fyne.Size) {
		p.box(0, 0, size.Width, size.Height, p.corner, 1, p.Surface, p.Line)
		if len(b.help) > 0 {
			p.paintHead(size.Width, b.words.help, "F1")
			return
		}
		p.paintHead(size.Width, b.panel.Head, b.panel.Sub)
	})
	b.body = newPart(l, func(p *page, size fyne.Size) { b.draw(p, size.Width) })
	b.scroll = container.NewVScroll(b.body)
	return b
}

// isEmpty reports whether there is nothing to show.
func (b *panelBox) isEmpty() bool {
	return len(b.help) == 0 && b.panel.Head == "" && b.panel.Label.Number == "" &&
		len(b.panel.Rows)+len(b.panel.Lines)+len(b.panel.Shelf) == 0
}

func (b *panelBox) show(panel counter.Panel, help []counter.KeyHint) {
	b.panel, b.help = panel, help
	b.scroll.ScrollToTop()
	b.measure(b.body.Size().Width)
	for i, row := range panel.Shelf {
		if below := float32(i+2)*placeHeight - b.scroll.Size().Height; row.Next && below > 0 {
			b.scroll.ScrollToOffset(fyne.NewPos(0, below))
		}
	}
	b.frame.Refresh()
	b.body.Refresh()
	b.scroll.Refresh()
}

// measure tells the scroll how high the body is at a width.
func (b *panelBox) measure(width float32) {
	if width > 0 {
		b.body.least = fyne.NewSize(0, b.draw(newPage(b.body.look, nil), width))
	}
}

func (b *panelBox) place(x, y, w, h float32) {
	b.measure(w - 2)
	b.frame.Move(fyne.NewPos(x, y))
	b.frame.Resize(fyne.NewSize(w, h))
	b.scroll.Move(fyne.NewPos(x+1, y+headHeight))
	b.scroll.Resize(fyne.NewSize(w-2, max(h-headHeight-2, 0)))
}

func (b *panelBox) setVisible(visible bool) {
	for _, o := range []fyne.CanvasObject{b.frame, b.scroll} {
		if visible {
			o.Show()
		} else {
			o.Hide()
		}
	}
}

// page moves the key list by most of its height, and reports whether one is open.
func (b *panelBox) pageBy(pages float32) bool {
	if len(b.help) == 0 {
		return false
	}
	most := max(0, b.body.least.Height-b.scroll.Size().Height)
	to := b.scroll.Offset.Y + pages*0.8*b.scroll.Size().Height
	b.scroll.ScrollToOffset(fyne.NewPos(0, min(max(to, 0), most)))
	return true
}

// draw draws the body and returns its height.
func (b *panelBox) draw(p *page, width float32) float32 {
	if len(b.help) > 0 {
		return b.drawHelp(p, width)
	}
	if len(b.panel.Shelf) > 0 {
		return b.drawShelf(p, width)
	}
	y := float32(0)
	if label := b.panel.Label; label.Number != "" {
		x := p.label(panelLeft-1, 12, label.Word, label.Number) + 14
		p.text(x, 29, p.note(label.Note).fit(width-x-10))
		name := span{text: label.Name, size: p.size.Reason, bold: true, colour: p.Ink}
		if name.width() > width-x-10 {
			name.size = p.size.List
		}
		p.text(x, 54, name.fit(width-x-10))
		p.rect(0, 86, width, 1, p.Line)
		y = 87
	}
	y = b.drawRows(p, y, width)
	y = b.drawLines(p, y, width)
	return b.drawSay(p, y, width)
}

// The measures of the hold shelf.
const (
	placeHeight = 40
	placeWidth  = 44 // of the number's field
)

// drawShelf draws the hold shelf as one stands before it: its numbers at the left.
func (b *panelBox) drawShelf(p *page, width float32) float32 {
	y := float32(0)
	for _, row := range b.panel.Shelf {
		b.drawPlace(p, y, width, row)
		y += placeHeight
		p.rect(0, y-1, width, 1, p.Line)
	}
	return y
}

func (b *panelBox) drawPlace(p *page, y, width float32, row counter.ShelfRow) {
	mid := y + (placeHeight-1)/2
	number := span{text: row.Number, size: p.size.Reason, bold: true, colour: p.Ink}
	title, note, ground := p.list(row.Title), p.note(row.Note), p.Sunk
	title.size = p.size.Note
	note.size = p.size.Cap
	switch {
	case row.Next:
		ground, number.colour = p.Accent, p.OnAccent
		title.colour, title.bold = p.Accent, true
	case row.Mark != "":
		tone := p.tone(row.Mark)
		ground, note.colour, note.bold = tone.Tint, tone.Mark, true
	case row.Free:
		title.colour = p.Soft
	}
	p.rect(0, y, placeWidth, placeHeight-1, ground)
	if row.Mark != "" {
		p.rect(0, y, spineEdge-1, placeHeight-1, p.tone(row.Mark).Fill)
	}
	p.centred(placeWidth/2+1, mid, number)
	x := float32(placeWidth + 10)
	if row.Note == "" {
		p.text(x, mid, title.fit(width-x-8))
		return
	}
	p.text(x, y+13, title.fit(width-x-8))
	if row.Mark != "" {
		p.picture(string(row.Mark), x, y+28, 12)
		x += 16
	}
	p.text(x, y+28, note.fit(width-x-8))
}

func (b *panelBox) drawRows(p *page, y, width float32) float32 {
	if len(b.panel.Rows) == 0 {
		return y
	}
	var names float32
	for _, row := range b.panel.Rows {
		names = max(names, p.list(row[0]).width())
	}
	names = min(max(names, 64), width*0.45) + 12
	y += 9
	for _, row := range b.panel.Rows {
		name := p.list(row[0])
		name.colour = p.Soft
		p.text(panelLeft-1, y+lineHeight/2, name.fit(names-8))
		lines := p.list(row[1]).wrap(width-names-2*panelLeft+4, 4)
		for i, line := range lines {
			p.text(panelLeft-1+names, y+lineHeight/2+float32(i)*22, line)
		}
		y += lineHeight + float32(max(len(lines)-1, 0))*22
	}
	return y + 9
}

func (b *panelBox) drawLines(p *page, y, width float32) float32 {
	for i, line := range b.panel.Lines {
		if line.Head {
			if y > 0 {
				y += 4
				p.rect(0, y, width, 1, p.Line)
			}
			p.text(panelLeft-1, y+headHeight/2, p.head(line.Text).fit(width-2*panelLeft))
			p.rect(0, y+headHeight-1, width, 1, p.Line)
			y += headHeight + 4
			continue
		}
		if i == 0 {
			y += 8
		}
		x := float32(panelLeft - 1)
		if line.Mark != "" {
			p.picture(string(line.Mark), x, y+markLine/2, pictureSize)
			x += markRoom
		}
		for j, text := range p.list(line.Text).wrap(width-x-8, 4) {
			if j > 0 {
				y += 22
			}
			p.text(x, y+markLine/2, text)
		}
		y += markLine
	}
	return y
}

func (b *panelBox) drawSay(p *page, y, width float32) float32 {
	if b.panel.Say == "" {
		return y
	}
	if y > 0 {
		p.rect(0, y, width, 1, p.Line)
	}
	p.text(panelLeft-1, y+20, p.note(b.words.say))
	y += 32
	for _, line := range p.list(quoted(b.panel.Say)).balanced(width-2*panelLeft+2, 6) {
		p.text(panelLeft-1, y+12, line)
		y += p.size.List * p.size.Line
	}
	return y + 10
}

// drawHelp lists the keys, each a button, in two columns where there is room.
func (b *panelBox) drawHelp(p *page, width float32) float32 {
	columns := max(1, int(width/helpColumn))
	rows := (len(b.help) + columns - 1) / columns
	var caps float32
	for _, hint := range b.help {
		caps = max(caps, p.smallCap().capWidth(hint.Key))
	}
	wide := (width - 16) / float32(columns)
	for i, hint := range b.help {
		x, y := 8+float32(i/rows)*wide, 4+float32(i%rows)*helpLine
		p.button("help/"+hint.Key, hint.Word, x, y, wide, helpLine, func() { b.press(pressed(hint.Key)) },
			func(p *page, size fyne.Size, over bool) {
				if over {
					p.box(0, 0, size.Width, size.Height, p.corner, 0, p.Sunk, nil)
				}
				p.keyCap(6, size.Height/2, hint.Key, p.smallCap())
				word := p.note(hint.Word)
				word.colour = p.Ink
				p.text(6+caps+10, size.Height/2, word.fit(size.Width-caps-20))
			})
	}
	return 8 + float32(rows)*helpLine
}
