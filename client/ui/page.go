package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// page is what one part of the screen draws itself on: rectangles, text and drawn
// shapes at exact places, and buttons. Text is placed by the middle of its line.
type page struct {
	*look
	objects []fyne.CanvasObject
	old     map[string]*button // buttons of the painting before, so that a click that began on one ends on it
	buttons map[string]*button
}

func newPage(l *look, old map[string]*button) *page {
	return &page{look: l, old: old, buttons: map[string]*button{}}
}

func (p *page) put(object fyne.CanvasObject, x, y, w, h float32) {
	object.Move(fyne.NewPos(x, y))
	object.Resize(fyne.NewSize(w, h))
	p.objects = append(p.objects, object)
}

// rect fills a rectangle.
func (p *page) rect(x, y, w, h float32, fill color.Color) {
	p.put(canvas.NewRectangle(fill), x, y, w, h)
}

// box draws a rounded box with a border of that width inside it.
func (p *page) box(x, y, w, h, radius, border float32, fill, edge color.Color) {
	if border > 0 {
		outer := canvas.NewRectangle(edge)
		outer.CornerRadius = radius
		p.put(outer, x, y, w, h)
	}
	inner := canvas.NewRectangle(fill)
	inner.CornerRadius = max(radius-border, 0)
	p.put(inner, x+border, y+border, w-2*border, h-2*border)
}

// text writes a span whose line is centred at mid and returns its right end.
func (p *page) text(x, mid float32, s span) float32 {
	if s.text == "" {
		return x
	}
	text := canvas.NewText(s.text, s.colour)
	text.TextSize, text.TextStyle = s.size, s.style()
	size := text.MinSize()
	p.put(text, x, mid-size.Height/2, size.Width, size.Height)
	return x + size.Width
}

// textTo writes a span that ends at right and returns its left end.
func (p *page) textTo(right, mid float32, s span) float32 {
	left := right - s.width()
	p.text(left, mid, s)
	return left
}

// centred writes a span around x.
func (p *page) centred(x, mid float32, s span) {
	p.text(x-s.width()/2, mid, s)
}

// picture draws a shape or icon of that size, centred at mid.
func (p *page) picture(name string, x, mid, size float32) {
	image := canvas.NewImageFromResource(p.pictures[name])
	image.FillMode = canvas.ImageFillContain
	p.put(image, x, mid-size/2, size, size)
}

// note, list and head are the commonest spans.
func (p *page) note(text string) span {
	return span{text: text, size: p.size.Note, colour: p.Soft}
}

func (p *page) list(text string) span {
	return span{text: text, size: p.size.List, colour: p.Ink}
}

func (p *page) head(text string) span {
	return span{text: text, size: p.size.Note, bold: true, colour: p.Ink}
}

// capSize is one of the sizes of key caps.
type capSize struct {
	height, width, pad float32 // width at least
	text               float32
}

// The key caps of lists and foot, and of the big answers.
func (p *page) smallCap() capSize { return capSize{20, 22, 5, p.size.Cap} }
func (p *page) bigCap() capSize   { return capSize{26, 26, 6, p.size.Note} }

// capWidth returns the width of a key's cap.
func (c capSize) capWidth(key string) float32 {
	return max(c.width, span{text: key, size: c.text, bold: true}.width()+2*c.pad)
}

// keyCap draws a key's cap and returns its right end.
func (p *page) keyCap(x, mid float32, key string, c capSize) float32 {
	width := c.capWidth(key)
	p.box(x, mid-c.height/2, width, c.height, 4, 1, p.Surface, p.Edge)
	p.rect(x+3, mid+c.height/2-2, width-6, 1, p.Edge) // a key is thicker at its foot
	p.centred(x+width/2, mid-0.5, span{text: key, size: c.text, bold: true, colour: p.Ink})
	return x + width
}

// flatCap draws a key's cap in two colours, without the foot.
func (p *page) flatCap(x, mid float32, key string, c capSize, fill, edge, ink color.Color, bold bool) float32 {
	width := c.capWidth(key)
	p.box(x, mid-c.height/2, width, c.height, 4, 1, fill, edge)
	p.centred(x+width/2, mid, span{text: key, size: c.text, bold: bold, colour: ink})
	return x + width
}

// label draws a number as it is written on a box, a shelf or a slip, and returns
// its right end.
func (p *page) label(x, y float32, word, number string) float32 {
	strip := span{text: word, size: p.size.Cap, bold: true, colour: p.Surface}
	big := span{text: number, size: p.size.Scan, bold: true, colour: p.Ink}
	width := max(60, strip.width()+16, big.width()+20)
	p.box(x, y, width, 62, 3, 1.5, p.Surface, p.Ink)
	p.rect(x+1.5, y+1, width-3, 18, p.Ink)
	p.centred(x+width/2, y+10, strip)
	p.centred(x+width/2, y+40, big)
	return x + width
}

// button places a button; id tells it from the part's others.
func (p *page) button(id, name string, x, y, w, h float32, tap func(), paint func(p *page, size fyne.Size, over bool)) {
	b, kept := p.old[id]
	if !kept {
		b = newButton(p.look)
	}
	b.name, b.tap, b.face = name, tap, paint
	p.buttons[id] = b
	p.put(b, x, y, w, h)
	if kept {
		b.Refresh()
	}
}

// part is a piece of the screen that paints itself for its size.
type part struct {
	widget.BaseWidget
	look  *look
	paint func(p *page, size fyne.Size)
	least fyne.Size
	outer fyne.Widget // the part itself, or what embeds it
}

func newPart(l *look, paint func(p *page, size fyne.Size)) *part {
	w := &part{look: l, paint: paint}
	w.become(w)
	return w
}

// become tells the part and Fyne which widget it is part of.
func (w *part) become(outer fyne.Widget) {
	w.outer = outer
	w.ExtendBaseWidget(outer)
}

// MinSize returns what the layout set, mostly nothing: the window's layout gives the sizes.
func (w *part) MinSize() fyne.Size { return w.least }

// CreateRenderer is Fyne's hook.
func (w *part) CreateRenderer() fyne.WidgetRenderer {
	return &painter{part: w}
}

// painter is the renderer of all parts: it paints when the size or the content changes.
type painter struct {
	part    *part
	size    fyne.Size
	painted bool
	page    *page
}

func (r *painter) Layout(size fyne.Size) {
	if r.painted && size == r.size {
		return
	}
	r.size, r.painted = size, true
	var old map[string]*button
	if r.page != nil {
		old = r.page.buttons
	}
	r.page = newPage(r.part.look, old)
	r.part.paint(r.page, size)
}

func (r *painter) MinSize() fyne.Size { return r.part.least }

func (r *painter) Refresh() {
	if !r.painted {
		return
	}
	r.painted = false
	r.Layout(r.size)
	canvas.Refresh(r.part.outer)
}

func (r *painter) Objects() []fyne.CanvasObject {
	if r.page == nil {
		return nil
	}
	return r.page.objects
}

func (r *painter) Destroy() {}

// button is a part that can be tapped and never takes the focus.
type button struct {
	part
	name string // as a screen reader says it
	tap  func()
	face func(p *page, size fyne.Size, over bool)
	over bool // the pointer is over it
	mute bool // it does not look as if it could be pressed
}

func newButton(l *look) *button {
	b := &button{part: part{look: l}}
	b.paint = func(p *page, size fyne.Size) { b.face(p, size, b.over) }
	b.become(b)
	return b
}

// Tapped does what the button is for.
func (b *button) Tapped(*fyne.PointEvent) {
	b.tap()
}

// MouseIn shows that the button can be pressed.
func (b *button) MouseIn(*desktop.MouseEvent) { b.hover(true) }

// MouseMoved does nothing; Fyne asks for it.
func (b *button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut shows the button at rest.
func (b *button) MouseOut() { b.hover(false) }

func (b *button) hover(over bool) {
	if b.mute {
		return
	}
	b.over = over
	b.Refresh()
}

// Cursor is a hand over what can be pressed.
func (b *button) Cursor() desktop.Cursor {
	if b.mute {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// AccessibilityLabel is the button's word.
func (b *button) AccessibilityLabel() string { return b.name }

// AccessibilityRole says that it is a button.
func (b *button) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
