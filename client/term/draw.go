package term

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/hangul"
)

// MinWidth and MinHeight are the least cells that a whole screen needs.
const (
	MinWidth  = 80
	MinHeight = 24
)

const (
	bandLines = 7   // least lines of the band, so that the list stays where it is
	bandText  = 11  // column of the band's text, after spine, shape and word
	wide      = 112 // from this width on the panel stands beside the list
	panelWide = 34
)

// typed is what the face itself holds: keys not yet a code, and fields.
type typed struct {
	scan   string        // what stands in the scan field
	fields []hangul.Line // the band's, with what waits
	focus  int           // which field has the focus, -1 for the scan field
}

// frame is a drawn screen: its lines and where the cursor stands.
type frame struct {
	lines []string
	x, y  int
}

// canvas draws one screen.
type canvas struct {
	*palette
	s     counter.Screen
	t     typed
	words Words
	w, h  int
	frame
}

// draw returns the screen in w by h cells.
func draw(p *palette, s counter.Screen, t typed, words Words, w, h int) frame {
	c := &canvas{palette: p, s: s, t: t, words: words, w: w, h: h}
	if w < MinWidth || h < MinHeight {
		c.small(words.TooSmall)
		return c.frame
	}
	c.header()
	c.tabs()
	c.scan()
	c.notice()
	c.band()
	c.under()
	c.foot()
	return c.frame
}

func (c *canvas) add(l *line) { c.lines = append(c.lines, l.String()) }

func (c *canvas) new() *line { return c.line(c.w) }

func (c *canvas) ruleLine() *line { return c.new().put(strings.Repeat(c.dash(), c.w), c.rule) }

func (c *canvas) header() {
	h := c.s.Header
	right := []span{{h.Clock + "  ", c.head}}
	wait, shape := h.WaitWord, c.shapes[h.Mark()]
	if h.Waiting > 0 && h.AgeShort != "" {
		wait += " (" + h.AgeShort + ")"
	}
	right = append(right, span{shape + " " + wait, c.headBold})
	if h.DataShort != "" {
		right = append(right, span{"  " + h.DataShort, c.head})
	}
	rw := 1
	for _, s := range right {
		rw += lipgloss.Width(c.text(s.text))
	}
	l := c.new().on(c.head).put(" ", c.head)
	l.put(c.cut(c.text(h.Store), max(0, c.w-rw-12)), c.headBold).put("  ", c.head)
	l.put(c.cut(c.text(h.Clerk), max(0, c.w-rw-l.used-1)), c.head)
	l.to(c.w - rw)
	for _, s := range right {
		l.put(s.text, s.as)
	}
	c.add(l)
}

// tabWord is a tab as it is written, and its width.
func (c *canvas) tabWidth(t counter.Tab) int {
	w := lipgloss.Width(c.text(t.Word)) + 1 + len(shortKey(t.Key))
	if t.Count > 0 {
		w += 1 + len(assets.Number(int64(t.Count)))
	}
	return w
}

// tabs draws as many tabs as there is room for. Those without anything in them
// go first, from the end; the one that is on always stays.
func (c *canvas) tabs() {
	shown := append([]counter.Tab(nil), c.s.Tabs...)
	gap := 2
	width := func() int {
		sum := 1
		for _, t := range shown {
			sum += c.tabWidth(t) + gap
		}
		return sum - gap
	}
	for _, counted := range []bool{false, true} {
		for i := len(shown) - 1; i >= 0 && width() > c.w; i-- {
			if !shown[i].On && (shown[i].Count > 0) == counted {
				shown = append(shown[:i], shown[i+1:]...)
			}
		}
	}
	l := c.new().put(" ", c.plain)
	for i, t := range shown {
		if i > 0 {
			l.put(strings.Repeat(" ", gap), c.plain)
		}
		word, key, count := c.plain, c.soft, c.bold
		if t.On {
			word, key, count = c.tabOn, c.tabOn, c.tabOn
		}
		l.put(t.Word, word)
		if t.Count > 0 {
			l.put(" ", word).put(assets.Number(int64(t.Count)), count)
		}
		l.put(" ", key).put(shortKey(t.Key), key)
	}
	c.add(l)
}

// shortKey is a key as terminals write it: ^2 for Ctrl+2.
func shortKey(key string) string {
	if rest, ok := strings.CutPrefix(key, "Ctrl+"); ok {
		return "^" + rest
	}
	return key
}

func (c *canvas) scan() {
	l := c.new().put(" "+c.s.Scan.Prompt+" > ", c.prompt)
	if c.t.focus < 0 {
		c.x, c.y = l.used, len(c.lines)
	}
	if c.t.scan != "" && c.t.focus < 0 { // else it is drawn in the field
		l.put(c.t.scan, c.bold)
		c.x = min(l.used, c.w-1)
		c.add(l)
		return
	}
	l.put(c.s.Scan.Hint, c.soft)
	if last := c.text(c.s.Scan.Last); last != "" && l.fits(lipgloss.Width(last)+3) {
		l.to(c.w - lipgloss.Width(last) - 1)
		l.put(last, c.soft)
	}
	c.add(l)
}

// notice is the rule under the scan line, or what must be known all the time:
// that the server is out of reach, that the clock is shifted.
func (c *canvas) notice() {
	h := c.s.Header
	demo := lipgloss.Width(c.text(h.Demo))
	if h.Offline == "" {
		l := c.new()
		if h.Demo != "" {
			l.put(strings.Repeat(c.dash(), c.w-demo-4)+" ", c.rule).put(h.Demo, c.bold).put(" ", c.rule)
		}
		l.put(strings.Repeat(c.dash(), c.w-l.used), c.rule)
		c.add(l)
		return
	}
	l := c.new().on(c.banner)
	l.put(" "+h.Offline, c.banner)
	if h.OfflineOn != "" {
		l.put(" "+h.OfflineOn, c.banner.Bold(false))
	}
	if h.Demo != "" && l.fits(demo+2) {
		l.to(c.w-demo-1).put(h.Demo, c.banner)
	}
	c.add(l)
}

// small is what is drawn where a whole screen does not fit: work goes on.
func (c *canvas) small(sentence string) {
	c.scan()
	if c.s.Band.Title != "" {
		t := c.tone(c.s.Band.Tone)
		c.add(c.new().put(c.s.Band.Word+" "+c.s.Band.Title+" "+c.s.Band.Amount, t.fill))
		c.add(c.new().put(c.s.Band.Why, c.plain))
	}
	for _, f := range c.wrap(sentence, max(1, c.w)) {
		c.add(c.new().put(f, c.bold))
	}
	if len(c.lines) > c.h {
		c.lines = c.lines[:max(0, c.h)]
	}
}

func (c *canvas) foot() {
	c.add(c.ruleLine())
	l := c.new().on(c.foot_())
	for _, k := range c.s.Foot {
		w := lipgloss.Width(c.text(k.Word)) + len(shortKey(k.Key)) + 3
		if !l.fits(w) {
			continue
		}
		l.put(" "+shortKey(k.Key), c.accent).put(" "+k.Word+" ", c.plain)
	}
	c.add(l)
}

func (c *canvas) foot_() lipgloss.Style { return c.palette.foot }
