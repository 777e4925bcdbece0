package scan

// The timing of scanners. Wedge scanners send a key every 5 to 60 ms; the defaults are what tills in the field use.
const (
	// GapMs is the greatest pause between two keys of one scan, until the collector has learnt a slower pace.
	GapMs = 100
	// SilenceMs is the least silence after which a Sure code without Enter is complete.
	SilenceMs = 150
	// MaxPaceMs is the slowest pace, in ms a key, that is learnt as a scanner's.
	MaxPaceMs = 250
	// MaxRun is how many keys are held; the next one starts a new burst, so that a stuck key ends somewhere.
	MaxRun = MaxRaw

	minScan = 6  // keys; a shorter run is called typed
	minLast = 4  // keys in a row at a scanner's pace before silence may complete a code
	maxTail = 96 // keys, some joined codes; a longer text is looked at no further back for a scan at its end
)

// Source is where a burst came from, judged by its pace. It is a hint for the screen: what a burst means is for its check
// digit to say.
type Source string

// The sources.
const (
	Scanned Source = "scanned"
	Typed   Source = "typed"
	Pasted  Source = "pasted"
)

// Burst is one code's text as it came in.
type Burst struct {
	Text    string // for Classify; never empty
	Source  Source
	FirstMs int64 // time of the first key
	LastMs  int64 // time of the last key, Enter not counted
	// Cut is true when nothing ended the burst but the scan that came after it, or MaxRun: someone was still typing. It
	// is to be shown, not acted on.
	Cut bool
}

// Collector makes bursts of keys. Keys of one scan stay together however fast or slow the scanner is, and two scans are
// told apart even if the Enter between them was lost; nothing is dropped. The zero value is ready. It is not safe for use
// by several goroutines: feed it where the keys arrive.
type Collector struct {
	// PaceMs is the pace of this scanner in ms a key, learnt from Sure codes that came evenly; 0 until there was one.
	// Save it and set it at the next start, so that the first scan of the day is known too.
	PaceMs int64

	strokes []stroke
}

type stroke struct {
	r  rune
	at int64 // ms
}

// Feed takes one key at a time in ms, and returns the bursts that it completes, in order, mostly none. Enter (CR, LF) and Tab
// complete; without anything before them they do nothing. Backspace (BS, DEL) takes the last key back. Every other key is
// part of a code. A clock that goes back counts as no time passed.
func (c *Collector) Feed(r rune, atMs int64) []Burst {
	switch r {
	case '\r', '\n', '\t':
		return c.complete()
	case '\b', 0x7f:
		if len(c.strokes) > 0 {
			c.strokes = c.strokes[:len(c.strokes)-1]
		}
		return nil
	}
	var full []Burst
	if len(c.strokes) == MaxRun {
		full = c.cut()
	}
	if n := len(c.strokes); n > 0 {
		atMs = max(atMs, c.strokes[n-1].at)
	}
	c.strokes = append(c.strokes, stroke{r, atMs})
	return full
}

// Tick tells the time when no key comes, best every 50 ms. It completes a Sure code that came at a scanner's pace and has
// been followed by silence; anything else waits for Enter, however long.
func (c *Collector) Tick(nowMs int64) []Burst {
	n := len(c.strokes)
	if n < minScan || nowMs-c.strokes[n-1].at < c.silence() {
		return nil
	}
	if last := c.lastRun(); len(last) < minLast && !even(c.strokes) {
		return nil
	}
	if _, tail := c.interrupted(); !sure(tail) {
		return nil
	}
	return c.complete()
}

// Paste takes a text that is there at once, with any number of codes in it, and returns their bursts after that of the
// keys before it, which is Cut.
func (c *Collector) Paste(text string, atMs int64) []Burst {
	bursts := c.cut()
	for _, code := range Split(text) {
		bursts = append(bursts, Burst{Text: code, Source: Pasted, FirstMs: atMs, LastMs: atMs})
	}
	return bursts
}

// Text returns the keys that wait for their end, as the scan field shows them.
func (c *Collector) Text() string { return text(c.strokes) }

// Clear forgets the keys that wait, as Esc does, and returns them.
func (c *Collector) Clear() string {
	waiting := c.Text()
	c.strokes = c.strokes[:0]
	return waiting
}

// complete ends what waits.
func (c *Collector) complete() []Burst {
	typed, tail := c.interrupted()
	c.learn(tail)
	bursts := append(c.bursts(typed, true), c.bursts(tail, false)...)
	c.strokes = c.strokes[:0]
	return bursts
}

// cut ends what waits without anybody having said so.
func (c *Collector) cut() []Burst {
	bursts := c.bursts(c.strokes, true)
	c.strokes = c.strokes[:0]
	return bursts
}

// interrupted parts keys left over in the field from the scan that came after them: tail is the longest run after a pause
// that is Sure by itself, of at most maxTail keys. If all of it is Sure, or nothing is, everything is tail.
func (c *Collector) interrupted() (typed, tail []stroke) {
	if sure(c.strokes) {
		return nil, c.strokes
	}
	paused := func(i int) bool { return c.strokes[i].at-c.strokes[i-1].at > c.limit() }
	for i := max(1, len(c.strokes)-maxTail); i+eanDigits <= len(c.strokes); i++ {
		if paused(i) && sure(c.strokes[i:]) && !(paused(i+1) && sure(c.strokes[i+1:])) { // a letter apart is no scanner's prefix
			return c.strokes[:i], c.strokes[i:]
		}
	}
	return nil, c.strokes
}

func (c *Collector) bursts(strokes []stroke, cut bool) []Burst {
	var bursts []Burst
	for _, code := range Split(text(strokes)) {
		bursts = append(bursts, Burst{
			Text: code, Source: c.source(strokes), Cut: cut,
			FirstMs: strokes[0].at, LastMs: strokes[len(strokes)-1].at,
		})
	}
	return bursts
}

func (c *Collector) source(strokes []stroke) Source {
	if _, longest := pace(strokes); len(strokes) >= minScan && (longest <= c.limit() || even(strokes)) {
		return Scanned
	}
	return Typed
}

// learn takes the pace of a Sure code that came evenly into the running mean, a quarter at a time. A pace of less than
// half is believed at once: nobody types like that, so what was learnt before was somebody typing.
func (c *Collector) learn(strokes []stroke) {
	if !even(strokes) || !sure(strokes) {
		return
	}
	mean, _ := pace(strokes)
	if c.PaceMs > 0 && mean >= c.PaceMs/2 {
		mean = (3*c.PaceMs + mean) / 4
	}
	c.PaceMs = max(mean, 1)
}

// limit is the longest pause inside a scan.
func (c *Collector) limit() int64 {
	return max(GapMs, 3*min(c.PaceMs, MaxPaceMs))
}

// silence is how long to wait after the last key of a code without Enter.
func (c *Collector) silence() int64 {
	mean, _ := pace(c.lastRun())
	return max(SilenceMs, 3*min(mean, MaxPaceMs), 3*min(c.PaceMs, MaxPaceMs))
}

// lastRun returns the keys after the last pause.
func (c *Collector) lastRun() []stroke {
	if even(c.strokes) {
		return c.strokes
	}
	for i := len(c.strokes) - 1; i > 0; i-- {
		if c.strokes[i].at-c.strokes[i-1].at > c.limit() {
			return c.strokes[i:]
		}
	}
	return c.strokes
}

// even reports whether strokes came as a machine sends them: a code's length, none of the pauses much longer than the mean.
func even(strokes []stroke) bool {
	mean, longest := pace(strokes)
	return len(strokes) >= eanDigits && mean <= MaxPaceMs && longest <= 2*mean+20
}

// pace returns the mean and the longest pause in ms.
func pace(strokes []stroke) (mean, longest int64) {
	if len(strokes) < 2 {
		return 0, 0
	}
	for i := 1; i < len(strokes); i++ {
		longest = max(longest, strokes[i].at-strokes[i-1].at)
	}
	return (strokes[len(strokes)-1].at - strokes[0].at) / int64(len(strokes)-1), longest
}

// sure reports whether strokes are one or more codes and all of them Sure.
func sure(strokes []stroke) bool {
	codes := ClassifyAll(text(strokes))
	for _, code := range codes {
		if !code.Sure() {
			return false
		}
	}
	return len(codes) > 0
}

func text(strokes []stroke) string {
	runes := make([]rune, len(strokes))
	for i, s := range strokes {
		runes[i] = s.r
	}
	return string(runes)
}
