package ui

import (
	"fyne.io/fyne/v2"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
)

// isMain reports whether an answer is drawn as the primary button. A question to be
// decided suggests no answer, and a band that is filled edge to edge is loud enough.
func isMain(band counter.Band, a counter.Answer) bool {
	return a.Main && band.Tone != counter.ToneOf(assets.StateDecide) && band.Tone != counter.ToneOf(assets.StateNot)
}

// isCards reports whether the answers are cards of equal width: those of a decision,
// and those that say more than a word.
func isCards(band counter.Band) bool {
	noted := 0
	for _, a := range band.Answers {
		if a.Note != "" {
			noted++
		}
	}
	if noted > 1 {
		return true
	}
	return band.Tone == counter.ToneOf(assets.StateDecide) && len(band.Answers) > 1
}

func (p *page) answerWord(a counter.Answer, main bool, z bandSize) span {
	word := span{text: a.Word, size: z.word, bold: main, colour: p.Ink}
	if a.Note != "" { // the only one that says more than a word
		word.text += "  " + a.Note
	}
	if main {
		word.colour = p.OnAccent
	}
	return word
}

func (p *page) answerWidth(a counter.Answer, main bool, z bandSize) float32 {
	return 12 + p.bigCap().capWidth(a.Key) + 8 + p.answerWord(a, main, z).width() + 18
}

// answersWidth is the width of all answers in one row.
func (p *page) answersWidth(v bandView) float32 {
	var width float32
	for _, a := range v.band.Answers {
		width += p.answerWidth(a, isMain(v.band, a), v.size) + answerGap
	}
	return width - answerGap
}

// answers draws the answers from left to right, in more rows where they need them,
// and returns where they end.
func (p *page) answers(left, y, width float32, v bandView) float32 {
	if isCards(v.band) {
		return p.cards(left, y, width, v)
	}
	x := left
	for _, a := range v.band.Answers {
		main := isMain(v.band, a)
		wide := min(p.answerWidth(a, main, v.size), width)
		if x > left && x+wide > left+width {
			x, y = left, y+v.size.button+answerGap
		}
		p.button("answer/"+a.Key, a.Word, x, y, wide, v.size.button, func() { v.press(a.Key) },
			func(p *page, size fyne.Size, over bool) { p.paintAnswer(size, a, main, over, v.size) })
		x += wide + answerGap
	}
	return y + v.size.button
}

func (p *page) paintAnswer(size fyne.Size, a counter.Answer, main, over bool, z bandSize) {
	mid := size.Height / 2
	word := p.answerWord(a, main, z)
	if main {
		fill := p.Accent
		if over {
			fill = p.AccentDeep
			word.colour = p.OnDeep
		}
		p.box(0, 0, size.Width, size.Height, p.corner, 0, fill, nil)
		x := p.flatCap(12, mid, a.Key, p.bigCap(), word.colour, word.colour, fill, true)
		p.text(x+8, mid, word.fit(size.Width-x-20))
		return
	}
	p.paintGround(size, over)
	x := p.keyCap(12, mid, a.Key, p.bigCap())
	p.text(x+8, mid, word.fit(size.Width-x-20))
}

// paintGround draws a button's ground.
func (p *page) paintGround(size fyne.Size, over bool) {
	fill := p.Surface
	if over {
		fill = p.Sunk
	}
	p.box(0, 0, size.Width, size.Height, p.corner, 1, fill, p.Edge)
}

// cards draws the answers as cards: in one row if their words have room there, of
// equal width if that does for the longest, else in columns.
func (p *page) cards(left, y, width float32, v bandView) float32 {
	const gap = 10
	n := len(v.band.Answers)
	widths := make([]float32, n)
	var longest, sum float32
	for i, a := range v.band.Answers {
		widths[i] = max(p.cardWidth(a, isMain(v.band, a)), leastCard)
		longest, sum = max(longest, widths[i]), sum+widths[i]
	}
	columns := n
	if slack := width - sum - float32(n-1)*gap; slack < 0 {
		columns = min(n, max(1, int((width+gap)/(longest+gap)), min(2, int((width+gap)/(leastCard+gap)))))
	} else if equal := (width - float32(n-1)*gap) / float32(n); longest > equal {
		for i := range widths {
			widths[i] += slack / float32(n)
		}
		longest = 0
	}
	if longest > 0 {
		for i := range widths {
			widths[i] = (width - float32(columns-1)*gap) / float32(columns)
		}
	}
	x := left
	for i, a := range v.band.Answers {
		if i > 0 && i%columns == 0 {
			x, y = left, y+v.size.card+gap
		}
		main := isMain(v.band, a)
		p.button("answer/"+a.Key, a.Word, x, y, widths[i], v.size.card, func() { v.press(a.Key) },
			func(p *page, size fyne.Size, over bool) { p.paintCard(size, a, main, over) })
		x += widths[i] + gap
	}
	return y + v.size.card
}

func (p *page) cardWidth(a counter.Answer, main bool) float32 {
	word := p.list(a.Word)
	word.bold = true
	return 12 + p.bigCap().capWidth(a.Key) + 10 + max(word.width(), p.note(a.Note).width()) + 14
}

func (p *page) paintCard(size fyne.Size, a counter.Answer, main, over bool) {
	mid := size.Height / 2
	word, note := p.list(a.Word), p.note(a.Note)
	word.bold = true
	var x float32
	if main {
		word.colour, note.colour = p.OnAccent, p.OnAccent
		p.box(0, 0, size.Width, size.Height, p.corner, 0, p.Accent, nil)
		x = p.flatCap(12, mid, a.Key, p.bigCap(), p.OnAccent, p.OnAccent, p.Accent, true)
	} else {
		p.paintGround(size, over)
		x = p.keyCap(12, mid, a.Key, p.bigCap())
	}
	room := size.Width - x - 10 - 8
	if a.Note == "" {
		p.text(x+10, mid, word.fit(room))
		return
	}
	p.text(x+10, mid-11, word.fit(room))
	p.text(x+10, mid+12, note.fit(room))
}
