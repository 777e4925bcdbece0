package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
)

// bandSize is the lengths of a band, by the room that the window has.
type bandSize struct {
	least        float32 // height; so that the list stays where it is
	spine        float32 // width, with its edge
	picture      float32 // in the spine
	pad          float32 // above, at both sides and below
	title, small float32 // text of the title, and of one that is too long
	reason, big  float32 // text of the reason, and of the number for the card terminal
	button, card float32 // heights of answers and fields; of answers of two lines
	word         float32 // text of answers
	field, words float32 // widths of fields of digits and of words
	step         float32 // least width of the column of what to do on the card terminal
}

const (
	spineEdge = 6
	answerGap = 8
	columnGap = 24
	leastCard = 140
	leastSub  = 60 // width of what follows a title, at least
)

// bandSize returns the band's lengths in a window: as in the pictures, for a low
// window, or for a screen at 200 %.
func (m measures) bandSize(t assets.TypeScale) bandSize {
	switch {
	case m.tiny:
		return bandSize{
			spine: 60, picture: 28, pad: 10, title: t.Reason, small: t.List, reason: t.Note, big: t.Reason,
			button: 38, card: 46, word: t.List, field: 120, words: 160, step: 150,
		}
	case m.compact:
		return bandSize{
			spine: 64, picture: 32, pad: 14, title: t.Scan, small: t.Reason, reason: t.List, big: t.Scan,
			button: 44, card: 52, word: t.List, field: 160, words: 200, step: 240,
		}
	}
	return bandSize{
		least: 172, spine: 76, picture: 40, pad: 20, title: t.Band, small: t.Scan, reason: t.Reason, big: t.Scan,
		button: 52, card: 58, word: t.Reason, field: 190, words: 220, step: 300,
	}
}

func (z bandSize) left() float32  { return z.spine + 1 + z.pad }
func (z bandSize) right() float32 { return z.pad + 1 }

// bandText is the words that the band adds to the desk's.
type bandText struct {
	say    string // "tell the customer"
	hangul string // letters make syllables
	latin  string // letters are letters
}

// bandView is what the band is drawn from.
type bandView struct {
	band   counter.Band
	fields *fieldset
	words  bandText
	label  counter.Label // shown in the band where the panel has no room
	size   bandSize
	tight  bool // no room: only what must be read to answer
	press  func(key string)
	focus  func(field int)
}

// colours are those of a band's text, which is filled edge to edge when it says no.
type colours struct {
	ink, soft, rule assets.Colour
}

// paintBand draws the band and returns its height; draw it on a scratch page to
// know that before.
func paintBand(p *page, width float32, v bandView) float32 {
	if v.band.Tone == "" && v.band.Title == "" {
		return v.size.least
	}
	filled := v.band.Tone == counter.ToneOf(assets.StateNot)
	c := colours{p.Ink, p.Soft, p.Line}
	if filled {
		c = colours{p.OnNot, p.OnNot, p.OnNot}
	}
	inner := newPage(p.look, p.old)
	inner.buttons = p.buttons
	height := inner.bandInside(width-v.size.left()-v.size.right(), v, c)
	height = max(height, p.spineHeight(v), v.size.least)
	p.bandGround(width, height, v, filled)
	p.paintSpine(height, v)
	p.objects = append(p.objects, inner.objects...)
	return height
}

// bandGround draws the box and the spine's colour.
func (p *page) bandGround(width, height float32, v bandView, filled bool) {
	if filled {
		p.box(0, 0, width, height, p.corner, 0, p.Not, nil)
		return
	}
	fill, _, tint := p.bandTone(v.band.Tone)
	p.box(0, 0, width, height, p.corner, 1, p.Surface, p.Line)
	p.box(1, 1, 20, height-2, p.corner-1, 0, tint, nil)
	p.rect(8, 1, v.size.spine-spineEdge-7, height-2, tint)
	p.rect(v.size.spine-spineEdge+1, 1, spineEdge, height-2, fill)
}

// bandTone returns the fill, mark and tint of a tone.
func (p *page) bandTone(tone counter.Tone) (fill, mark, tint assets.Colour) {
	if tone == counter.ToneAsk || tone == "" {
		return p.Accent, p.Accent, p.AccentTint
	}
	t := p.tone(assets.State(tone))
	return t.Fill, t.Mark, t.Tint
}

// spineLines are the word under the shape; a number in it is written big.
func (p *page) spineLines(v bandView) []span {
	band, room := v.band, v.size.spine-spineEdge
	_, mark, _ := p.bandTone(band.Tone)
	if band.Tone == counter.ToneOf(assets.StateNot) {
		mark = p.OnNot
	}
	word := span{text: band.Word, size: p.size.Note, bold: true, colour: mark}
	if band.Tone == counter.ToneAsk && word.with(band.Word).width() < room-20 {
		word.size = p.size.List
	}
	head, number := band.Word, ""
	if cut := strings.LastIndex(band.Word, " "); cut >= 0 && isDigits(band.Word[cut+1:]) {
		head, number = band.Word[:cut], band.Word[cut+1:]
	}
	for _, size := range []float32{p.size.Note, p.size.Cap} { // a word is not broken if that can be helped
		longest := float32(0)
		for _, part := range strings.Fields(head) {
			longest = max(longest, word.with(part).width())
		}
		if longest <= room-4 {
			break
		}
		word.size = size
	}
	lines := word.with(head).wrap(room-4, 3)
	if number != "" {
		big := word.with(number)
		for _, big.size = range []float32{p.size.Scan, p.size.Reason, p.size.List} {
			if big.width() <= room-4 {
				break
			}
		}
		lines = append(lines, big)
	}
	return lines
}

func (p *page) spineHeight(v bandView) float32 {
	height := 2 * (v.size.pad - 1)
	if v.band.Tone != counter.ToneAsk {
		height += v.size.picture + 6
	}
	for _, line := range p.spineLines(v) {
		height += line.size * p.size.BandLine
	}
	return height
}

func (p *page) paintSpine(height float32, v bandView) {
	middle := (v.size.spine - spineEdge) / 2
	y := v.size.pad - 1
	if v.band.Tone != counter.ToneAsk && v.band.Tone != "" {
		p.picture(string(v.band.Tone), middle-v.size.picture/2+1, y+v.size.picture/2, v.size.picture)
		y += v.size.picture + 6
	}
	for _, line := range p.spineLines(v) {
		step := line.size * p.size.BandLine
		if y+step > height {
			return
		}
		p.centred(middle+1, y+step/2, line)
		y += step
	}
}

// bandInside draws what stands right of the spine and returns where the band ends.
func (p *page) bandInside(width float32, v bandView, c colours) float32 {
	left := v.size.left()
	y := p.bandTitle(v.size.pad*3/4, width, v, c)
	why := span{text: v.band.Why, size: v.size.reason, colour: c.ink}
	lines := 3
	if v.tight {
		lines = 1
	}
	for _, line := range why.wrap(width, lines) {
		step := v.size.reason * p.size.Line
		p.text(left, y+step/2, line)
		y += step
	}
	switch {
	case v.band.Step != "" || v.band.Big != "" || len(v.band.Fields) > 0:
		y += v.size.pad / 2
		p.rect(left, y, width, 1, c.rule)
		y = p.bandSteps(y+1+v.size.pad/2, width, v, c)
	case len(v.band.Answers) > 0:
		y = p.answers(left, y+4+v.size.pad*2/5, width, v)
	}
	y = p.bandSay(y, width, v, c)
	return y + v.size.pad*4/5
}

// bandTitle writes the title with the amount after it; one that is too long for
// the band is smaller and broken.
func (p *page) bandTitle(y, width float32, v bandView, c colours) float32 {
	left := v.size.left()
	title := span{text: v.band.Title, size: v.size.title, bold: true, colour: c.ink}
	amount := title.with(v.band.Amount)
	if v.band.Tone != counter.ToneOf(assets.StateNot) {
		amount.colour = p.Accent
	}
	gap := title.size / 4
	if title.width()+gap+amount.width() <= width {
		step := title.size * p.size.BandLine
		x := p.text(left, y+step/2, title)
		x = p.text(x+gap, y+step/2, amount)
		sub := span{text: v.band.Sub, size: v.size.reason, colour: c.soft}
		if room := left + width - x - gap; room >= leastSub {
			p.text(x+gap, y+step/2+(title.size-sub.size)/3, sub.fit(room))
		}
		return y + step
	}
	title.size, amount.size = v.size.small, v.size.small
	step := title.size * p.size.BandLine
	if room := width - 7 - amount.width(); v.tight {
		title = title.fit(room)
	}
	x := left
	for i, line := range title.balanced(width, 2) {
		if i > 0 {
			y += step
		}
		x = p.text(left, y+step/2, line)
	}
	if amount.text != "" && x+7+amount.width() > left+width {
		y, x = y+step, left-7
	}
	p.text(x+7, y+step/2, amount)
	return y + step
}

// bandSteps draws what to do on the card terminal and, beside it or below, the
// fields with the answers after them.
func (p *page) bandSteps(y, width float32, v bandView, c colours) float32 {
	left := v.size.left()
	hasStep := v.band.Step != "" || v.band.Big != ""
	first, second := "", ""
	if hasStep && len(v.band.Fields) > 0 {
		first, second = "1  ", "2  "
	}
	if !hasStep {
		return p.bandFields(left, y, width, second, v, c)
	}
	step := span{text: first + v.band.Step, size: p.size.Note, bold: true, colour: c.ink}
	column := min(max(v.size.step, step.width()), width)
	if taken := column + columnGap; taken+p.fieldsWidth(v) <= width {
		end := p.bandStep(y, column, step, v, c)
		return max(end, p.bandFields(left+taken, y, width-taken, second, v, c))
	}
	end := p.bandStep(y, width, step, v, c)
	return p.bandFields(left, end+v.size.pad/2, width, second, v, c)
}

func (p *page) bandStep(y, width float32, step span, v bandView, c colours) float32 {
	left := v.size.left()
	p.text(left, y+10, step.fit(width))
	y += 20
	if v.band.Big == "" {
		return y
	}
	big := span{text: v.band.Big, size: v.size.big, bold: true, colour: c.ink}
	high := v.size.big * 9 / 7
	note := span{text: v.band.BigNote, size: p.size.Note, colour: c.soft}
	if v.size.least == 0 { // a low window has the note beside the number
		x := p.text(left, y+high/2, big.fit(width))
		p.text(x+10, y+high/2, note.fit(max(width-(x-left)-10, 0)))
		return y + high
	}
	p.text(left, y+6+high/2, big.fit(width))
	p.text(left, y+6+high+10, note.fit(width))
	return y + 6 + high + 20
}

func (z bandSize) fieldWidth(f counter.Field) float32 {
	switch {
	case f.Digits:
		return z.field
	case f.Wide:
		return z.words * 2
	}
	return z.words
}

// fieldsWidth is the width of the fields with all answers beside them.
func (p *page) fieldsWidth(v bandView) float32 {
	var width float32
	for _, f := range v.band.Fields {
		width += v.size.fieldWidth(f) + answerGap
	}
	for _, a := range v.band.Answers {
		width += p.answerWidth(a, isMain(v.band, a), v.size) + answerGap
	}
	return width - answerGap
}

// bandFields draws the fields, each under its label, and the answers after the
// last one where there is room, else below.
func (p *page) bandFields(left, y, width float32, first string, v bandView, c colours) float32 {
	const head = 24 // the label's height
	if len(v.fields.fields)+len(v.band.Answers) == 0 {
		return y
	}
	x, right := left, left+width
	for i, f := range v.fields.fields {
		label := span{text: first + f.Label, size: p.size.Note, bold: true, colour: c.ink}
		wide := min(v.size.fieldWidth(f.Field), width)
		if i < len(v.fields.fields)-1 {
			wide = max(wide, label.width()) // room for the next one's label
		}
		if x > left && x+wide > right {
			x, y = left, y+head+v.size.button+answerGap
		}
		p.text(x, y+10, label.fit(right-x))
		p.field(i, x, y+head, wide, v)
		x, first = x+wide+answerGap, ""
	}
	y += head
	if len(v.fields.fields) == 0 {
		return p.answers(left, y, width, v)
	}
	if len(v.band.Answers) == 0 {
		return y + v.size.button
	}
	if x+p.answersWidth(v) <= right && !isCards(v.band) {
		return p.answers(x, y, right-x, v)
	}
	return p.answers(left, y+v.size.button+answerGap, width, v)
}

// field draws one field, which a click makes the one that is typed into.
func (p *page) field(i int, x, y, width float32, v bandView) {
	f := v.fields.fields[i]
	active := i == v.fields.on
	badge := float32(0)
	if !f.Digits {
		badge = p.bigCap().capWidth(v.words.mode(f)) + 8
	}
	p.button("field/"+f.Name, f.Label, x, y, width, v.size.button, func() { v.focus(i) },
		func(p *page, size fyne.Size, _ bool) {
			p.paintInput(0, 0, size.Width, size.Height, active)
			p.fieldText(f, size, size.Width-badge, active, v.size.big)
		})
	if f.Digits {
		return
	}
	p.button("mode/"+f.Name, v.words.mode(f), x+width-badge-4, y+6, badge, v.size.button-12, func() { v.press("Ctrl+Space") },
		func(p *page, size fyne.Size, over bool) {
			fill := p.Sunk
			if f.line.Hangul {
				fill = p.AccentTint
			}
			if over {
				fill = p.AccentTint
			}
			p.flatCap(4, size.Height/2, v.words.mode(f), p.bigCap(), fill, p.Line, p.Ink, f.line.Hangul)
		})
}

// mode is the word for what letters become in a field.
func (t bandText) mode(f field) string {
	if f.line.Hangul {
		return t.hangul
	}
	return t.latin
}

// fieldText draws what is typed, with a line under the syllable in the making.
func (p *page) fieldText(f field, size fyne.Size, width float32, active bool, high float32) {
	const pad = 16
	room, mid := width-2*pad, size.Height/2
	before, made, after := f.line.Parts()
	text := span{text: before + made + after, size: high, colour: p.Ink}
	if text.width() > room {
		text.size = p.size.List
	}
	upTo := text.with(before + made)
	if text.width() > room {
		upTo = upTo.tail(room, true)
		text = upTo
	}
	if f.Secret {
		upTo = p.dots(pad, mid, text, upTo)
	} else {
		p.text(pad, mid, text)
	}
	if made != "" {
		wide := text.with(made).width()
		p.rect(pad+upTo.width()-wide, mid+text.size*0.62, wide, 2, p.Accent)
	}
	if active {
		p.caret(pad+1+upTo.width(), mid, min(text.size, size.Height/2))
	}
}

// dots draws a disc for each sign of a secret, and returns what is as wide as those
// before the caret.
func (p *page) dots(x, mid float32, all, before span) span {
	const disc, step = 9, 16
	for i := range len([]rune(all.text)) {
		p.box(x+float32(i)*step, mid-disc/2, disc, disc, disc/2, 0, p.Ink, nil)
	}
	blank := before.with(" ")
	return before.with(strings.Repeat(" ", int(float32(len([]rune(before.text)))*step/blank.width()+0.5)))
}

// bandSay draws what to tell the customer, and the label where no panel shows it.
func (p *page) bandSay(y, width float32, v bandView, c colours) float32 {
	left := v.size.left()
	if v.band.Say != "" && !v.tight {
		y += 8
		head := span{text: v.words.say, size: p.size.Note, colour: c.soft}
		x := p.text(left, y+12, head)
		say := span{text: quoted(v.band.Say), size: p.size.List, colour: c.ink}
		step := p.size.List * p.size.Line
		lines := say.wrap(width-(x-left)-12, 2)
		for _, line := range lines {
			p.text(x+12, y+12, line)
			y += step
		}
	}
	if v.label.Number != "" {
		y += 8
		x := p.label(left, y, v.label.Word, v.label.Number)
		p.text(x+14, y+18, span{text: v.label.Note, size: p.size.Note, colour: c.soft}.fit(width-80))
		p.text(x+14, y+42, span{text: v.label.Name, size: p.size.Reason, bold: true, colour: c.ink}.fit(width-80))
		y += 62
	}
	return y
}

// quoted puts words to be said in quotation marks.
func quoted(say string) string {
	if strings.HasPrefix(say, "“") {
		return say
	}
	return "“" + say + "”"
}
