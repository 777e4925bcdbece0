package ui

import (
	"strings"
	"time"
	"unicode"

	"fyne.io/fyne/v2"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// The keyboard's times.
const (
	// tickEvery is how often silence is looked at while keys wait; the collector asks for 50 ms.
	tickEvery = 50 * time.Millisecond
	// tickLong is the silence after which nothing can come of it any more, in ms.
	tickLong = 1000
	// handMs is a pace, in ms a key, that no hand reaches: what comes faster is a
	// scanner's, whatever its digits.
	handMs = 30
	// echoMs is how long after a scan a bare Enter is that scan's: some scanners
	// send two.
	echoMs = 500
	// composeTime is how long Enter waits for the syllable that an input method has
	// not handed over yet. Source: tried with nabi, where it comes after the Enter.
	composeTime = 80 * time.Millisecond
)

// keyboard tells scans, answers and typing apart, and sends the desk events. It is
// used on the window's goroutine only.
type keyboard struct {
	collector scan.Collector
	fields    fieldset

	now     func() int64 // ms of a steady clock
	after   func(wait time.Duration, do func())
	send    func(counter.Event)
	answers func(key string) bool // whether the band has such an answer
	changed func()                // what is typed looks different now
	full    func()                // full screen on or off

	log      []stroke // keys since the collector was last empty
	lastKey  int64    // ms
	lastScan int64    // ms; 0: none yet
	ticking  bool
	composed bool // an Enter waits for the last syllable
	system   bool // syllables came composed: the system has an input method
	told     counter.Typed
	held     map[fyne.KeyName]int
}

// stroke is a key that went into a field, with the fields as they were before it.
type stroke struct {
	at     int64
	before fieldset
}

// rune takes a sign.
func (k *keyboard) rune(r rune) {
	if k.composed {
		k.composed = false
		if unicode.Is(unicode.Hangul, r) {
			k.take(r)
			k.complete()
			return
		}
		k.complete()
	}
	k.take(r)
	k.listen()
	k.show()
}

func (k *keyboard) take(r rune) {
	k.lastKey = k.now()
	if unicode.Is(unicode.Hangul, r) && !k.system {
		k.system = true
		k.fields.compose(false) // the system's input method does it
	}
	if f := k.fields.active(); f != nil {
		k.log = append(k.log, stroke{k.lastKey, k.fields.copy()})
		f.insert(r)
	}
	k.scans(k.collector.Feed(r, k.lastKey))
}

// listen asks to be told when time has passed.
func (k *keyboard) listen() {
	if k.ticking || k.collector.Text() == "" {
		return
	}
	k.ticking = true
	k.after(tickEvery, func() {
		k.ticking = false
		k.tick()
	})
}

// tick completes what silence completes: a scan without Enter, or a digit that
// answers the band.
func (k *keyboard) tick() {
	now := k.now()
	if k.scans(k.collector.Tick(now)) {
		k.show()
		return
	}
	if key := k.answer(); key != "" && now-k.lastKey >= k.pause() {
		k.clear()
		k.press(key)
		k.show()
		return
	}
	if now-k.lastKey < tickLong {
		k.listen()
	}
}

// answer returns the key that waits if it is a lone digit that answers the band.
func (k *keyboard) answer() string {
	key := k.collector.Text()
	if len(key) == 1 && isDigits(key) && k.fields.active() == nil && k.answers(key) {
		return key
	}
	return ""
}

// pause is how long a digit must stand alone before it is an answer, in ms: longer
// than between two keys of a scan.
func (k *keyboard) pause() int64 {
	return max(scan.GapMs, 3*min(k.collector.PaceMs, scan.MaxPaceMs)) + 20
}

// typed returns what the scan field shows. A digit that may be an answer is not
// shown, so that the field does not flicker.
func (k *keyboard) typed() string {
	if k.fields.active() != nil || k.answer() != "" {
		return ""
	}
	return k.collector.Text()
}

// scans sends the bursts that are scans and reports whether there was one. In a
// field, the scan's own keys are taken out again.
func (k *keyboard) scans(bursts []scan.Burst) bool {
	found := false
	for _, burst := range bursts {
		if burst.Cut || !k.isScan(burst) {
			continue
		}
		found = true
		k.restore(burst.FirstMs)
		k.lastScan = k.now()
		k.send(counter.Event{Scan: burst.Text})
	}
	if k.collector.Text() == "" {
		k.log = nil
	}
	return found
}

// isScan reports whether a burst goes to the desk as a code. Outside a field all
// do; in one, what a scanner sent does.
func (k *keyboard) isScan(burst scan.Burst) bool {
	if k.fields.active() == nil {
		return true
	}
	if burst.Source != scan.Scanned {
		return false
	}
	keys := int64(len([]rune(burst.Text)))
	return scan.Classify(burst.Text).Sure() || burst.LastMs-burst.FirstMs <= handMs*(keys-1)
}

// restore puts the fields back to what they were before a scan's first key.
func (k *keyboard) restore(first int64) {
	for _, s := range k.log {
		if s.at >= first {
			if s.before.band == k.fields.band { // a new question's fields are not the scan's
				k.fields = s.before
			}
			return
		}
	}
}

// forget drops digits that answered nothing, so that they do not stand before the
// answer to the next question. What is still being scanned stays.
func (k *keyboard) forget() {
	if text := k.collector.Text(); text != "" && isDigits(text) && k.fields.active() == nil && k.now()-k.lastKey >= k.pause() {
		k.clear()
	}
}

func (k *keyboard) clear() {
	k.collector.Clear()
	k.log = nil
}

// enter is the Enter key. Where a syllable may still be with the system's input
// method it waits a moment; another Enter meanwhile is the same one.
func (k *keyboard) enter() {
	if k.composed {
		return
	}
	if k.mayCompose() {
		k.composed = true
		k.after(composeTime, func() {
			if k.composed {
				k.composed = false
				k.complete()
			}
		})
		return
	}
	k.complete()
}

// mayCompose reports whether the system may hold a syllable that is not here yet:
// in a field of words unless our own composer is on, and in the scan field once
// the system has been seen to compose.
func (k *keyboard) mayCompose() bool {
	if scan.Classify(k.collector.Text()).Sure() {
		return false // a whole code is never held up
	}
	if f := k.fields.active(); f != nil {
		return !f.Digits && !f.line.Hangul
	}
	if k.system && k.collector.Text() == "" {
		return true
	}
	return strings.ContainsFunc(k.collector.Text(), func(r rune) bool { return unicode.Is(unicode.Hangul, r) })
}

// show draws what is typed, and tells the desk of a text that it follows.
func (k *keyboard) show() {
	k.changed()
	if now := k.current(); now != k.told {
		k.told = now
		k.send(counter.Event{Typed: &now})
	}
}

// current is the text that the desk follows: of a field that searches, or of the
// scan field.
func (k *keyboard) current() counter.Typed {
	f := k.fields.active()
	switch {
	case f == nil:
		return counter.Typed{Text: counter.Sought(k.typed())}
	case f.Search:
		return counter.Typed{Field: f.Name, Text: f.line.Text()}
	}
	return counter.Typed{Field: f.Name}
}

// complete ends what was typed or scanned, or is Enter itself where nothing was.
func (k *keyboard) complete() {
	now := k.now()
	if k.scans(k.collector.Feed('\r', now)) {
		k.show()
		return
	}
	k.log = nil
	if k.lastScan > 0 && now-k.lastScan < echoMs {
		return
	}
	k.press("Enter")
	k.show()
}

// paste takes the clipboard's text: codes go to the desk, anything else into the
// field of the band if it has one.
func (k *keyboard) paste(text string) {
	f := k.fields.active()
	if f == nil {
		k.scans(k.collector.Paste(text, k.now()))
		k.show()
		return
	}
	codes := scan.ClassifyAll(text)
	for _, code := range codes {
		if !code.Sure() {
			on := f.line.Hangul
			f.line.Commit()
			f.line.Hangul = false // what is pasted are letters, not keys
			for _, r := range text {
				f.insert(r)
			}
			f.line.Hangul = on
			k.show()
			return
		}
	}
	for _, code := range codes {
		k.send(counter.Event{Scan: code.Raw})
	}
	k.show()
}

// press sends a key, by hand or by a click, with what stands in the fields.
func (k *keyboard) press(key string) {
	k.fields.commit()
	k.send(counter.Event{Key: key, Fields: k.fields.values()})
}

// click is a press by a click, after which nothing waits any more.
func (k *keyboard) click(key string) {
	k.clear()
	k.press(key)
}
