package ui

import (
	"strconv"

	"fyne.io/fyne/v2"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
)

// piece is something in a line: a picture, a text or a rule.
type piece struct {
	span
	picture string
	rule    bool    // an upright rule
	gap     float32 // before it
}

const (
	pictureSize = 18 // of the shapes in lines of text
	ruleHeight  = 20
)

func (c piece) wide() float32 {
	switch {
	case c.rule:
		return c.gap + 1
	case c.picture != "":
		return c.gap + pictureSize
	}
	return c.gap + c.width()
}

func wide(pieces []piece) float32 {
	var sum float32
	for _, c := range pieces {
		sum += c.wide()
	}
	return sum
}

// line draws pieces one after another and returns the right end.
func (p *page) line(x, mid float32, pieces []piece) float32 {
	for _, c := range pieces {
		switch {
		case c.rule:
			p.rect(x+c.gap, mid-ruleHeight/2, 1, ruleHeight, c.colour)
		case c.picture != "":
			p.picture(c.picture, x+c.gap, mid, pictureSize)
		default:
			p.text(x+c.gap, mid, c.span)
		}
		x += c.wide()
	}
	return x
}

// paintHeader draws the top line. Where it gets narrow, the age of the data goes
// first, then the long words.
func paintHeader(p *page, size fyne.Size, header counter.Header) {
	p.rect(0, 0, size.Width, size.Height, p.AccentDeep)
	mid := size.Height / 2
	name := span{text: header.Store, size: p.size.List, bold: true, colour: p.deep.Ink}
	clerk := span{text: header.Clerk, size: p.size.List, colour: p.deep.Soft}
	short := header
	short.DataAge, short.Age = header.DataShort, header.AgeShort
	shorter := short
	shorter.DataAge = ""
	left := 56 + name.width() + 14 + clerk.width() + 24
	var facts []piece
	for _, try := range []counter.Header{header, short, shorter} {
		facts = headerFacts(p, try)
		if left+wide(facts)+16 <= size.Width {
			break
		}
	}
	p.picture("deep-books", 16, mid, 26)
	x := p.text(56, mid, name)
	right := size.Width - 16 - wide(facts)
	p.text(x+14, mid, clerk.fit(right-x-24))
	p.line(right, mid, facts)
}

// headerFacts returns what stands at the right: a shifted clock, the time, what
// waits to be sent and how old the data is.
func headerFacts(p *page, header counter.Header) []piece {
	text := span{size: p.size.List, colour: p.deep.Ink}
	dim := span{size: p.size.List, colour: p.deep.Soft}
	var facts []piece
	add := func(gap float32, spans ...span) {
		for i, s := range spans {
			if i > 0 {
				gap = 5
			}
			facts = append(facts, piece{span: s, gap: gap})
		}
	}
	rule := func() {
		if len(facts) > 0 {
			facts = append(facts, piece{rule: true, span: span{colour: p.deep.Line}, gap: 14})
		}
	}
	if header.Demo != "" {
		add(0, span{text: header.Demo, size: p.size.List, bold: true, colour: p.Theme.Look})
		rule()
	}
	add(14, figured(text.with(header.Clock), false)...)
	if header.WaitWord != "" {
		rule()
		facts = append(facts, piece{picture: "deep-" + string(header.Mark()), gap: 14})
		word := text.with(header.WaitWord)
		word.colour = badgeInk(p, header.Mark())
		add(7, figured(word, true)...)
		if header.Age != "" {
			add(7, dim.with(header.Age))
		}
	}
	if header.DataAge != "" {
		rule()
		age := text.with(header.DataAge)
		if header.Stale {
			facts = append(facts, piece{picture: "deep-look", gap: 14})
			age.colour = badgeInk(p, assets.StateLook)
		}
		add(14, figured(age, false)...)
	}
	return facts
}

// badgeInk is the colour of a word in the header bar: plain while all is well.
func badgeInk(p *page, state assets.State) assets.Colour {
	if state == assets.StateLook || state == assets.StateNot {
		return p.Theme.Look
	}
	return p.deep.Ink
}

// tabStyle is one of the ways in which tabs are drawn, by the room there is.
type tabStyle struct {
	text, pad float32
	caps      bool
}

// paintTabs draws the tabs, with less around them where they would not fit.
func paintTabs(p *page, size fyne.Size, tabs []counter.Tab, pick func(counter.TabID)) {
	p.rect(0, 0, size.Width, size.Height, p.Surface)
	p.rect(0, size.Height-1, size.Width, 1, p.Line)
	styles := []tabStyle{
		{p.size.List, 10, true}, {p.size.List, 6, true}, {p.size.Note, 6, true}, {p.size.List, 8, false}, {p.size.Note, 4, false},
	}
	var style tabStyle
	for _, style = range styles {
		width := float32(16)
		for _, tab := range tabs {
			width += tabWidth(p, tab, style) + 2
		}
		if width <= size.Width {
			break
		}
	}
	x, ahead := float32(8), onWidth(p, tabs, style)
	for _, tab := range tabs {
		width := tabWidth(p, tab, style)
		if tab.On {
			ahead = 0
		} else if x+width+ahead > size.Width { // its key still works
			continue
		}
		p.button(string(tab.ID), tab.Word, x, 0, width, size.Height, func() { pick(tab.ID) },
			func(p *page, size fyne.Size, over bool) { paintTab(p, size, tab, style, over) })
		x += width + 2
	}
}

// onWidth is the room that the tab that is on needs, wherever it stands.
func onWidth(p *page, tabs []counter.Tab, style tabStyle) float32 {
	for _, tab := range tabs {
		if tab.On {
			return tabWidth(p, tab, style) + 2
		}
	}
	return 0
}

func tabPieces(p *page, tab counter.Tab, style tabStyle) []piece {
	word := span{text: tab.Word, size: style.text, bold: tab.On, colour: p.Ink}
	pieces := []piece{{span: word}}
	if tab.Count > 0 {
		count := span{text: strconv.Itoa(tab.Count), size: style.text, bold: true, colour: p.Ink}
		pieces = append(pieces, piece{span: count, gap: 7})
	}
	return pieces
}

func tabWidth(p *page, tab counter.Tab, style tabStyle) float32 {
	width := 2*style.pad + wide(tabPieces(p, tab, style))
	if style.caps && tab.Key != "" {
		width += 7 + tabCap(p).capWidth(tab.Key)
	}
	return width
}

func tabCap(p *page) capSize { return capSize{20, 22, 4, p.size.Cap} }

func paintTab(p *page, size fyne.Size, tab counter.Tab, style tabStyle, over bool) {
	if over {
		p.rect(0, 0, size.Width, size.Height-1, p.Sunk)
	}
	if tab.On {
		p.rect(0, size.Height-3, size.Width, 3, p.Accent)
	}
	x := p.line(style.pad, size.Height/2, tabPieces(p, tab, style))
	if style.caps && tab.Key != "" {
		p.flatCap(x+7, size.Height/2, tab.Key, tabCap(p), p.Surface, p.Line, p.Soft, false)
	}
}

// paintOffline draws the banner that says what an absent server means: calm, and
// with the one thing to try.
func paintOffline(p *page, size fyne.Size, header counter.Header, retry string, try func()) {
	p.box(0, 0, size.Width, size.Height, p.corner, 1, p.NeutralTint, p.Line)
	p.rect(0, 0, 6, size.Height, p.Neutral)
	mid := size.Height / 2
	p.picture("off", 20, mid, 22)
	word := span{text: retry, size: p.size.List, colour: p.Ink}
	if size.Width < tinyWidth {
		word.text = "" // the key alone
	}
	width := 8 + p.smallCap().capWidth("F5") + 8 + word.width() + 12
	height := min(36, size.Height-8)
	right := size.Width - 10 - width
	p.button("retry", retry, right, mid-height/2, width, height, try, func(p *page, size fyne.Size, over bool) {
		p.paintGround(size, over)
		x := p.keyCap(8, size.Height/2, "F5", p.smallCap())
		p.text(x+8, size.Height/2, word)
	})
	what := span{text: header.Offline, bold: true, colour: p.Ink}
	more := span{text: header.OfflineOn, colour: p.Ink}
	for _, text := range []float32{p.size.Reason, p.size.List, p.size.Note} {
		what.size, more.size = text, text
		if 54+what.width()+6+more.width()+12 <= right {
			break
		}
	}
	x := p.text(54, mid, what.fit(right-12-54))
	p.text(x+6, mid, more.fit(right-12-x-6))
}

// paintFoot draws the keys that can be pressed now, each a button. What does not
// fit is left out, from the last; F1 lists all.
func paintFoot(p *page, size fyne.Size, hints []counter.KeyHint, press func(string)) {
	p.rect(0, 0, size.Width, size.Height, p.Surface)
	p.rect(0, 0, size.Width, 1, p.Line)
	left, right := float32(12), size.Width-12
	for i := len(hints) - 1; i >= 0; i-- {
		if hints[i].Right {
			width := hintWidth(p, hints[i])
			right -= width
			paintHint(p, hints[i], right, size, press)
			right -= 4
		}
	}
	for _, hint := range hints {
		width := hintWidth(p, hint)
		if hint.Right || left+width > right {
			continue
		}
		paintHint(p, hint, left, size, press)
		left += width + 4
	}
}

func hintWidth(p *page, hint counter.KeyHint) float32 {
	return 6 + p.smallCap().capWidth(hint.Key) + 8 + p.note(hint.Word).width() + 10
}

func paintHint(p *page, hint counter.KeyHint, x float32, bar fyne.Size, press func(string)) {
	const height = 32
	p.button(hint.Key, hint.Word, x, (bar.Height-height)/2, hintWidth(p, hint), height, func() { press(pressed(hint.Key)) },
		func(p *page, size fyne.Size, over bool) {
			if over {
				p.box(0, 0, size.Width, size.Height, p.corner, 0, p.Sunk, nil)
			}
			x := p.keyCap(6, size.Height/2, hint.Key, p.smallCap())
			word := p.note(hint.Word)
			word.colour = p.Ink
			p.text(x+8, size.Height/2, word)
		})
}

// pressed returns the key that a click on a hint stands for: of "↑↓", the second.
func pressed(key string) string {
	if key == "↑↓" {
		return "Down"
	}
	return key
}
