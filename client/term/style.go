package term

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
)

// Depth is how much colour a terminal shows.
type Depth int

// The depths. Mono carries everything by reversing and weight.
const (
	Mono Depth = iota
	Sixteen
	Full
)

// palette is what each part of a screen looks like. Nothing depends on hue.
type palette struct {
	plain, bold, soft, rule, accent     lipgloss.Style
	tabOn, prompt, field, button, label lipgloss.Style
	head, headBold, banner              lipgloss.Style
	chosen, foot                        lipgloss.Style // whole lines; spans on them inherit
	tones                               map[counter.Tone]tone
	shapes                              map[assets.State]string
	ascii                               bool
}

// tone is the looks of one tone of the band and of marks in lists.
type tone struct {
	fill, mark lipgloss.Style
}

// newPalette returns the looks for a depth of colour on a dark or light ground.
// With ascii only letters of ASCII and of the language are drawn.
func newPalette(depth Depth, dark, ascii bool) *palette {
	look := assets.Look()
	p := &palette{ascii: ascii, tones: map[counter.Tone]tone{}, shapes: map[assets.State]string{}}
	for _, s := range look.Shapes {
		p.shapes[s.State] = s.Rune
		if ascii {
			p.shapes[s.State] = s.ASCII
		}
	}
	p.monochrome()
	switch depth {
	case Full:
		p.colours(look, look.Theme(dark))
	case Sixteen:
		p.sixteen()
	}
	return p
}

func (p *palette) monochrome() {
	plain := lipgloss.NewStyle()
	bold, reverse := plain.Bold(true), plain.Reverse(true)
	p.plain, p.bold, p.soft, p.rule, p.accent = plain, bold, plain, plain, bold
	p.tabOn, p.prompt, p.field = bold.Underline(true), bold, plain.Underline(true)
	p.button, p.label = reverse.Bold(true), reverse.Bold(true)
	p.head, p.headBold, p.banner = reverse, reverse.Bold(true), bold
	p.chosen, p.foot = reverse, plain
	for _, t := range tones() {
		p.tones[t] = tone{fill: reverse.Bold(true), mark: bold}
	}
}

func tones() []counter.Tone {
	return []counter.Tone{counter.ToneAsk, counter.ToneOf(assets.StateDone), counter.ToneOf(assets.StateWill),
		counter.ToneOf(assets.StateSent), counter.ToneOf(assets.StateLook), counter.ToneOf(assets.StateNot),
		counter.ToneOf(assets.StateDecide)}
}

// sixteen adds the hues that every colour terminal has to what reversing says.
func (p *palette) sixteen() {
	hues := map[counter.Tone]lipgloss.ANSIColor{
		counter.ToneAsk: 14, counter.ToneOf(assets.StateDone): 12, counter.ToneOf(assets.StateWill): 12,
		counter.ToneOf(assets.StateSent): 12, counter.ToneOf(assets.StateLook): 11,
		counter.ToneOf(assets.StateNot): 9, counter.ToneOf(assets.StateDecide): 13,
	}
	for t, hue := range hues {
		p.tones[t] = tone{fill: p.tones[t].fill.Foreground(hue), mark: p.tones[t].mark.Foreground(hue)}
	}
	p.accent = p.accent.Foreground(lipgloss.ANSIColor(14))
}

func (p *palette) colours(look assets.Tokens, th assets.Theme) {
	ink := func(c color.Color) lipgloss.Style { return lipgloss.NewStyle().Foreground(c) }
	p.plain, p.bold, p.soft = ink(th.Ink), ink(th.Ink).Bold(true), ink(th.Soft)
	p.rule, p.accent = ink(th.Edge), ink(th.Accent).Bold(true)
	p.tabOn, p.prompt = p.accent.Underline(true), p.accent
	p.field = p.plain.Background(th.Sunk).Underline(true)
	p.button = ink(th.OnAccent).Background(th.Accent).Bold(true)
	p.label = ink(th.Paper).Background(th.Ink).Bold(true)
	p.head = ink(th.OnDeepSoft).Background(th.AccentDeep)
	p.headBold = ink(th.OnDeep).Background(th.AccentDeep).Bold(true)
	p.banner = ink(th.Ink).Background(th.NeutralTint).Bold(true)
	p.chosen = lipgloss.NewStyle().Background(th.AccentTint)
	p.foot = lipgloss.NewStyle().Background(th.Sunk)
	for _, t := range tones() {
		if t == counter.ToneAsk {
			p.tones[t] = tone{fill: p.button, mark: p.accent}
			continue
		}
		c := look.Tone(assets.State(t), th)
		p.tones[t] = tone{fill: ink(c.On).Background(c.Fill).Bold(true), mark: ink(c.Mark).Bold(true)}
	}
	sent := counter.ToneOf(assets.StateSent)
	p.tones[sent] = tone{fill: p.tones[sent].fill, mark: p.soft}
}

// tone returns the looks of a tone; an unknown or empty one is a question's.
func (p *palette) tone(t counter.Tone) tone {
	if have, ok := p.tones[t]; ok {
		return have
	}
	return p.tones[counter.ToneAsk]
}

// plainText returns s as this terminal can draw it.
func (p *palette) text(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1 // no control character of a title may reach the terminal
		}
		return r
	}, s)
	if !p.ascii {
		return s
	}
	return strings.NewReplacer("·", "-", "…", "..", "“", "\"", "”", "\"", "‘", "'", "’", "'", "→", "->", "─", "-", "×", "x").Replace(s)
}

func (p *palette) spine() string {
	if p.ascii {
		return "|"
	}
	return "▌"
}

func (p *palette) dash() string {
	if p.ascii {
		return "-"
	}
	return "─"
}
