package counter

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// DeskEnv is what a conversation needs from outside; every call may be nil.
type DeskEnv struct {
	Words *assets.Speaker
	Clerk string // the name in the header; "" says clerk or owner
	Demo  bool   // a shifted clock is in force: said on every screen
	Train bool   // this is the training world: said on every screen, with its tasks
	News  string // a sentence to begin with, about the data folder; "" for none
	Kick  func() // F5: exchange with the server now; returns at once
	// Print hands a paper to the printer and returns at once: an error is a printer
	// that can't be used at all. How it ended is told to Desk.Printed. nil hides F9.
	Print func(p Paper) error
	// Use puts settings to use, or refuses those that can't be read; nil takes them all.
	Use    func(Settings) error
	Hear   func()          // plays all tones, one after the other; nil where nothing can be heard
	Forced map[string]bool // names of settings that were given at the start and stand above those kept
	Wake   func()          // an answer has come in the background: a News event is wanted; nil: searches are answered at once
	// Export writes what is not acknowledged to a file and returns its path and how many acts.
	Export func(ctx context.Context) (path string, n int, err error)
}

// Desk is the conversation of one window: events in, a screen out. Each question
// is a turn; a scan may come at any moment, and then the question that was open
// is kept in the list of cases as still open. It may be used by several
// goroutines, one event at a time.
type Desk struct {
	c   *Counter
	env DeskEnv

	mu     sync.Mutex
	cur    turn
	turns  int // numbers the bands
	tab    TabID
	chosen map[TabID]string // the chosen row of each tab
	rows   []ListRow        // as last shown
	open   []openTurn       // questions that a later scan left behind
	opened int
	last   scan.Code // the last scan, while nothing came after it
	lastAt int64     // ms, monotonic
	again  scan.Code // what F6 does once more
	moved  int64     // when a key or scan came last, ms, monotonic
	placed int       // requests that wait, to notice new ones; -1 before the first look
	help   bool
	sound  Sound
	notes  []string       // notices that wait for the end of a question
	told   string         // what is being printed, in the scan field until the next key
	out    map[string]int // papers at the printer, by id
	search *search        // what the list shows in place of the tab's rows; nil for nothing
	shown  Screen         // the last one
	before string         // who stood here before the owner
	done   [10]bool       // tasks of the training world
}

// openTurn is a question that waits for the clerk to come back to it.
type openTurn struct {
	id    string
	at    int64 // UTC ms
	code  scan.Code
	title string
	act   string
}

// NewDesk returns a conversation that shows today's list and waits for a scan.
func NewDesk(c *Counter, env DeskEnv) *Desk {
	d := &Desk{c: c, env: env, tab: TabToday, chosen: map[TabID]string{}, placed: -1, out: map[string]int{}, moved: c.env.Clock.Now().Mono}
	if env.News != "" {
		d.cur = d.attention(d.say2("state.look"), env.News, "")
	}
	return d
}

// Handle takes an event in and returns what to show. It never fails: what went
// wrong is said on the screen. Acts are durable when it returns.
func (d *Desk) Handle(ctx context.Context, e Event) Screen {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sound = Silent
	if !e.News && e.Notice == "" {
		d.moved = d.c.env.Clock.Now().Mono
	}
	if e.Typed != nil {
		return d.typed(ctx, *e.Typed)
	}
	if !e.News {
		d.told = ""
	}
	if !e.News && e.Scan == "" && e.Notice == "" {
		d.last = scan.Code{}
	}
	switch {
	case e.Scan != "":
		d.scan(ctx, e.Scan)
	case e.Tab != "":
		d.goTo(ctx, e.Tab)
	case e.Pick != "":
		d.pick(ctx, e.Pick)
	case e.Key != "":
		d.key(ctx, e.Key, e.Fields)
	case e.Notice != "":
		d.notes = append(d.notes, e.Notice)
	}
	d.notice(ctx)
	d.shown = d.screen(ctx, e.News)
	return d.shown
}

// Idle returns how long no key or scan came, and whether nothing is being answered,
// left open or printed: then the program may be ended unasked.
func (d *Desk) Idle() (time.Duration, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	empty := !d.cur.busy() && (len(d.cur.does) == 0 || d.cur.light) && len(d.open) == 0 && len(d.notes) == 0 && len(d.out) == 0 && d.search == nil
	return time.Duration(d.c.env.Clock.Now().Mono-d.moved) * time.Millisecond, empty
}

// notice says what must be known of this computer, as soon as nothing is being
// answered: never in place of a question.
func (d *Desk) notice(ctx context.Context) {
	if len(d.notes) == 0 || d.cur.busy() || (len(d.cur.does) > 0 && !d.cur.light) {
		return
	}
	text := d.notes[0]
	d.notes = d.notes[1:]
	d.say(ctx, d.attention(d.say2("state.look"), text, ""))
}

// say makes t the present turn. What the turn before had put off happens now,
// unless t carries it on.
func (d *Desk) say(ctx context.Context, t turn) {
	if moved := d.cur.moved; moved != nil && t.moved == nil {
		moved(ctx)
	}
	d.turns++
	t.band.ID = strconv.Itoa(d.turns)
	if t.sound != Silent {
		d.sound = t.sound
	}
	if t.row != "" {
		d.endSearch() // an act: it is seen among those of today
		d.chosen[d.tab] = t.row
	}
	d.cur, d.help = t, false
	if t.slip {
		d.slip(ctx)
	}
}

// park keeps an open question for later, because something else came.
func (d *Desk) park(ctx context.Context) {
	if d.cur.parked == "" || d.cur.from != "" {
		return
	}
	shop, _ := d.c.Shop(ctx)
	d.opened++
	d.open = append(d.open, openTurn{id: "open/" + strconv.Itoa(d.opened), at: shop.Now, code: d.cur.code, title: d.cur.parked, act: d.cur.band.Word})
}

// scan does what a code asks for. The same code twice is a double trigger.
func (d *Desk) scan(ctx context.Context, raw string) {
	code := scan.Classify(raw)
	now := d.c.env.Clock.Now().Mono
	if d.last.Kind != "" && scan.DoubleTrigger(d.last, code, now-d.lastAt) {
		d.lastAt, d.sound = now, SoundTick
		return
	}
	d.last, d.lastAt = code, now
	if t, ok := d.words(ctx, code); ok {
		d.say(ctx, t)
		return
	}
	d.endSearch()
	if d.cur.scan != nil {
		if t, ok := d.cur.scan(ctx, code); ok {
			d.say(ctx, t)
			return
		}
	}
	d.look(ctx, code)
}

// look starts anew with a code, from a scan or once more.
func (d *Desk) look(ctx context.Context, code scan.Code) {
	d.again = code
	if d.cur.parked == "" || !sameCode(d.cur.code, code) { // the same copy again is the same question
		d.park(ctx)
	}
	d.open = slices.DeleteFunc(d.open, func(o openTurn) bool { return sameCode(o.code, code) })
	d.say(ctx, d.found(ctx, code))
}

func sameCode(a, b scan.Code) bool {
	return a.Kind == b.Kind && a.ISBN == b.ISBN && a.Number == b.Number && a.Kind != scan.Unknown
}

// key does a key: an answer of the band first, then what keys always do.
func (d *Desk) key(ctx context.Context, key string, in map[string]string) {
	if does, ok := d.cur.does[key]; ok && !d.help {
		from := d.cur.from
		t := does(ctx, in)
		if t.parked != "" {
			t.from = from
		} else {
			d.settled(from)
		}
		d.say(ctx, t)
		return
	}
	if tab, ok := tabOfKey(key); ok {
		d.goTo(ctx, tab)
		return
	}
	if does, ok := d.fixed()[key]; ok {
		does(ctx)
		return
	}
	d.move(ctx, key)
}

// fixed are the keys that mean the same everywhere.
func (d *Desk) fixed() map[string]func(context.Context) {
	apart := func(t func(context.Context) turn) func(context.Context) {
		return func(ctx context.Context) {
			d.park(ctx)
			d.say(ctx, t(ctx))
		}
	}
	return map[string]func(context.Context){
		"F1":     func(context.Context) { d.help = !d.help },
		"Esc":    d.escape,
		"F5":     d.kick,
		"F6":     d.oneMore,
		"F8":     apart(d.undo),
		"F9":     d.print,
		"F12":    d.outbox,
		"Ctrl+F": apart(d.find),
		"Ctrl+L": apart(d.changeClerk),
		"Ctrl+Q": apart(d.leave),
		"Enter":  func(ctx context.Context) { d.pick(ctx, d.chosen[d.tab]) },
	}
}

// escape closes the help, or else returns to the scan field.
func (d *Desk) escape(ctx context.Context) {
	if d.help {
		d.help = false
		return
	}
	d.chosen[d.tab] = ""
	d.endSearch()
	d.say(ctx, turn{})
}

// oneMore looks at the last code once more: a second copy of the same title.
func (d *Desk) oneMore(ctx context.Context) {
	if d.again.Kind != "" {
		d.look(ctx, d.again)
	}
}

// tabKeys are the keys of the tabs, in the order in which they stand.
var tabKeys = []struct {
	id  TabID
	key string
}{{TabToday, "F2"}, {TabRequests, "F3"}, {TabHolds, "F4"}, {TabCases, "F7"},
	{TabBoxes, "Ctrl+1"}, {TabOwed, "Ctrl+2"}, {TabClaims, "Ctrl+3"}, {TabOutbox, "Ctrl+4"}}

// viewKeys are those of lists that stand among the tabs only while they are shown.
var viewKeys = []struct {
	id  TabID
	key string
}{{TabSettings, "Ctrl+5"}, {TabClerks, "Ctrl+6"}, {TabHours, "Ctrl+7"}, {TabClosing, "Ctrl+9"}}

func tabOfKey(key string) (TabID, bool) {
	for _, t := range slices.Concat(tabKeys, viewKeys) {
		if t.key == key {
			return t.id, true
		}
	}
	return "", false
}

// goTo filters the list. A question stays; without one the first thing to answer
// is shown at once.
func (d *Desk) goTo(ctx context.Context, tab TabID) {
	if !slices.ContainsFunc(slices.Concat(tabKeys, viewKeys), func(t struct {
		id  TabID
		key string
	}) bool {
		return t.id == tab
	}) {
		return
	}
	d.endSearch()
	d.tab, d.help = tab, false
	list := d.list(ctx)
	d.rows = list.Rows
	if view := d.views()[tab]; view != nil {
		d.park(ctx)
		d.chosen[tab] = ""
		d.say(ctx, view(ctx))
		return
	}
	if d.cur.busy() {
		return
	}
	d.chosen[tab] = ""
	if tab == TabRequests || tab == TabCases {
		if i := d.next(-1, 1); i >= 0 {
			d.chosen[tab] = d.rows[i].ID
			d.say(ctx, d.openRow(ctx, d.rows[i].ID))
			return
		}
	}
	if tab == TabOutbox {
		d.say(ctx, d.statusTurn(ctx))
		return
	}
	d.say(ctx, turn{})
}

// outbox is the key of the outbox beside its tab's.
func (d *Desk) outbox(ctx context.Context) { d.goTo(ctx, TabOutbox) }

// move walks through the list. Where no question is open the row is shown as it
// is reached; otherwise Enter opens it.
func (d *Desk) move(ctx context.Context, key string) {
	at := slices.IndexFunc(d.rows, func(r ListRow) bool { return r.ID != "" && r.ID == d.chosen[d.tab] })
	switch key {
	case "Up":
		at = d.next(at, -1)
	case "Down":
		at = d.next(at, 1)
	case "PgUp":
		at = d.next(max(0, at-9), -1)
	case "PgDn":
		at = d.next(min(len(d.rows)-1, at+9), 1)
	case "Home":
		at = d.next(-1, 1)
	case "End":
		at = d.next(len(d.rows), -1)
	default:
		return
	}
	if at < 0 || at >= len(d.rows) {
		return
	}
	d.chosen[d.tab] = d.rows[at].ID
	if d.more(ctx, at); !d.cur.busy() && !d.cur.choosing {
		d.say(ctx, d.openRow(ctx, d.rows[at].ID))
	}
}

// next returns the row that can be picked after at in a direction; the last such
// one at the end; -1 if there is none.
func (d *Desk) next(at, step int) int {
	for i := at + step; i >= 0 && i < len(d.rows); i += step {
		if d.rows[i].Head == "" {
			return i
		}
	}
	for i := at; i >= 0 && i < len(d.rows); i -= step {
		if d.rows[i].Head == "" {
			return i
		}
	}
	return -1
}

// pick opens a row.
func (d *Desk) pick(ctx context.Context, id string) {
	if id == "" {
		return
	}
	d.park(ctx)
	d.chosen[d.tab] = id
	d.say(ctx, d.openRow(ctx, id))
}

// settled takes a question that was left open out of the list.
func (d *Desk) settled(id string) {
	d.open = slices.DeleteFunc(d.open, func(o openTurn) bool { return o.id == id })
}

// rowOf is the id of an act's row; "" for no act.
func rowOf(ref payback.OpRef) string {
	if ref.Zero() {
		return ""
	}
	return "op/" + string(ref.Run) + "/" + strconv.FormatUint(ref.Wseq, 10)
}
