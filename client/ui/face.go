package ui

import (
	"context"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
)

// Handle is the desk: it takes what a clerk did and returns the screen to show. It
// is called on the window's goroutine, one event at a time, and must not wait for
// the network.
type Handle func(context.Context, counter.Event) counter.Screen

// Options are what a face needs beside its window and the desk.
type Options struct {
	Words  *assets.Speaker                     // for the few words that are the face's own
	Dark   bool                                // light unless asked
	Now    func() time.Time                    // a clock that goes on steadily, for the pace of keys
	After  func(wait time.Duration, do func()) // nil: time.AfterFunc
	Play   func(counter.Sound)                 // plays a screen's sound; nil: silence
	Quit   func()                              // closes the program when a screen says so; nil: closes the window
	PaceMs int64                               // the scanner's pace as Face.PaceMs told it last time; 0: not known
}

// Face is the counter in a window. All methods but News and Close are for the
// window's goroutine.
type Face struct {
	window fyne.Window
	look   *look
	say    *assets.Speaker
	send   func(counter.Event)
	opts   Options

	keys   *keyboard
	screen counter.Screen
	news   atomic.Bool // a redraw is on its way

	ground  *button // takes the clicks beside everything
	header  *part
	tabs    *part
	offline *part
	scan    *scanField
	band    *part
	list    *listBox
	panel   *panelBox
	foot    *part
	root    *fyne.Container
	tight   bool // the band has too little room
}

// New fills a window with the face and shows the desk's first screen. It sets the
// app's theme, the window's content and its key handlers; the caller sizes and
// shows the window. ctx goes with every event to the desk.
func New(ctx context.Context, window fyne.Window, handle Handle, opts Options) *Face {
	if opts.After == nil {
		opts.After = func(wait time.Duration, do func()) { time.AfterFunc(wait, do) }
	}
	fyne.CurrentApp().Settings().SetTheme(Theme(opts.Dark))
	f := &Face{window: window, look: newLook(opts.Dark), say: opts.Words, opts: opts}
	f.send = func(event counter.Event) {
		if f.local(event) {
			return
		}
		if s := handle(ctx, event); !s.Same {
			f.Show(s)
		}
	}
	f.keys = f.newKeyboard()
	f.build()
	window.SetPadded(false)
	window.SetContent(f.root)
	f.keys.attach(window.Canvas())
	window.SetCloseIntercept(f.close)
	f.send(counter.Event{News: true})
	return f
}

func (f *Face) newKeyboard() *keyboard {
	k := &keyboard{
		now:     func() int64 { return f.opts.Now().UnixMilli() },
		after:   func(wait time.Duration, do func()) { f.opts.After(wait, func() { onScreen(do) }) },
		send:    func(event counter.Event) { f.send(event) },
		answers: f.answers,
		changed: f.typed,
		full:    func() { f.window.SetFullScreen(!f.window.FullScreen()) },
		held:    map[fyne.KeyName]int{},
	}
	k.collector.PaceMs = f.opts.PaceMs
	k.fields.on = -1
	return k
}

// build makes the parts, each drawing its share of the screen.
func (f *Face) build() {
	click := f.keys.click
	f.ground = newButton(f.look)
	f.ground.mute, f.ground.tap = true, f.focus
	f.ground.face = func(p *page, size fyne.Size, _ bool) { p.rect(0, 0, size.Width, size.Height, p.Paper) }
	f.header = newPart(f.look, func(p *page, size fyne.Size) { paintHeader(p, size, f.screen.Header) })
	f.tabs = newPart(f.look, func(p *page, size fyne.Size) {
		paintTabs(p, size, f.screen.Tabs, func(id counter.TabID) { f.send(counter.Event{Tab: id}) })
	})
	f.offline = newPart(f.look, func(p *page, size fyne.Size) {
		paintOffline(p, size, f.screen.Header, f.say.Say("ui.retry", nil), func() { click("F5") })
	})
	f.scan = newScanField(f.look, f.keys)
	f.band = newPart(f.look, func(p *page, size fyne.Size) { paintBand(p, size.Width, f.bandView()) })
	f.list = newListBox(f.look, func(id string) { f.send(counter.Event{Pick: id}) })
	f.panel = newPanelBox(f.look, f.panelText(), click)
	f.foot = newPart(f.look, func(p *page, size fyne.Size) { paintFoot(p, size, f.screen.Foot, click) })
	f.root = container.New(f, f.ground, f.header, f.tabs, f.offline, f.scan, f.band, f.list,
		f.panel.frame, f.panel.scroll, f.foot)
}

func (f *Face) panelText() panelText {
	return panelText{say: f.say.Say("ui.say", nil), help: f.say.Say("ui.help", nil)}
}

// speak changes the language of the face's own words.
func (f *Face) speak(lang string) {
	if lang != "" && lang != f.say.Lang() {
		f.say = assets.NewSpeaker(lang)
		f.panel.words = f.panelText()
	}
}

// Show draws a screen. Parts that look as before are left alone, so that a click
// that has begun on one still ends on it.
func (f *Face) Show(screen counter.Screen) {
	before := f.screen
	f.screen = screen
	f.speak(screen.Lang)
	if before.Band.ID != screen.Band.ID {
		f.keys.forget()
	}
	f.keys.fields.show(screen.Band)
	f.keys.told = f.keys.current() // what a band begins with is the desk's own
	f.scan.shown = screen.Scan
	refresh(before.Header, screen.Header, f.header.Refresh)
	refresh(before.Header, screen.Header, f.offline.Refresh)
	refresh(before.Tabs, screen.Tabs, f.tabs.Refresh)
	refresh(before.Band, screen.Band, f.band.Refresh)
	refresh(before.Foot, screen.Foot, f.foot.Refresh)
	refresh(before.List, screen.List, func() { f.list.show(screen.List) })
	detail := func(s counter.Screen) any { return []any{s.Panel, s.Help} }
	refresh(detail(before), detail(screen), func() { f.panel.show(screen.Panel, screen.Help) })
	f.scan.Refresh()
	f.Layout(nil, f.root.Size())
	f.focus()
	if screen.Sound != counter.Silent && f.opts.Play != nil {
		f.opts.Play(screen.Sound)
	}
	if screen.Quit {
		f.quit()
	}
}

func refresh(before, now any, draw func()) {
	if !reflect.DeepEqual(before, now) {
		draw()
	}
}

// close asks the desk whether the program may close. Whoever closes the window
// while that question stands has answered it.
func (f *Face) close() {
	if f.screen.Leaving {
		f.quit()
		return
	}
	f.keys.click("Ctrl+Q")
}

func (f *Face) quit() {
	if f.opts.Quit != nil {
		f.opts.Quit()
		return
	}
	f.window.Close()
}

// News asks the desk for a new screen because something changed in the background.
// Any goroutine may call it; calls in quick succession are one.
func (f *Face) News() {
	if f.news.Swap(true) {
		return
	}
	onScreen(func() {
		f.news.Store(false)
		f.send(counter.Event{News: true})
	})
}

// Take hands the desk an event from beside the keyboard: a serial scanner's code, a
// notice. Any goroutine may call it; events keep their order.
func (f *Face) Take(event counter.Event) { onScreen(func() { f.send(event) }) }

// onScreen has the window's goroutine do something; background work reaches the
// widgets in no other way.
func onScreen(do func()) { fyne.Do(do) }

// Close closes the window, asking nobody. Any goroutine may call it.
func (f *Face) Close() { onScreen(f.quit) }

// PaceMs returns the scanner's pace in ms a key, learnt so far; save it for the
// next start.
func (f *Face) PaceMs() int64 { return f.keys.collector.PaceMs }

// local does what the face itself does with an event: the key list is moved by the
// keys that otherwise move the list, and letters are made to be Hangul or not.
func (f *Face) local(event counter.Event) bool {
	switch event.Key {
	case "Ctrl+Space":
		f.keys.fields.compose(!f.keys.fields.hangul)
		f.keys.system = false
		f.typed()
		return true
	case "PgDn":
		return f.panel.pageBy(1)
	case "PgUp":
		return f.panel.pageBy(-1)
	}
	return false
}

// answers reports whether the band has an answer with that key, or the list a row.
func (f *Face) answers(key string) bool {
	for _, a := range f.screen.Band.Answers {
		if a.Key == key {
			return true
		}
	}
	return slices.ContainsFunc(f.screen.List.Rows, func(r counter.ListRow) bool { return r.Key == key })
}

// typed draws what is typed now.
func (f *Face) typed() {
	f.scan.Refresh()
	if len(f.keys.fields.fields) > 0 {
		f.band.Refresh()
	}
}

// focus puts the focus where it belongs, always the scan field.
func (f *Face) focus() {
	if c := f.window.Canvas(); c.Focused() != f.scan {
		c.Focus(f.scan)
	}
}

func (f *Face) bandView() bandView {
	m := f.measure(f.root.Size())
	view := bandView{
		band: f.screen.Band, fields: &f.keys.fields, size: m.bandSize(f.look.size), tight: f.tight,
		words: bandText{say: f.say.Say("ui.say", nil), hangul: f.say.Say("ui.hangul", nil), latin: f.say.Say("ui.latin", nil)},
		press: f.keys.click,
		focus: func(i int) {
			f.keys.fields.commit()
			f.keys.fields.on = i
			f.keys.clear()
			f.typed()
			f.focus()
		},
	}
	if m.side == 0 && !m.tiny {
		view.label = f.screen.Panel.Label
	}
	return view
}
