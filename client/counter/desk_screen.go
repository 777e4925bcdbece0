package counter

import (
	"context"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// screen draws everything anew. News says that nobody pressed a key: then a
// request that has just come is heard.
func (d *Desk) screen(ctx context.Context, news bool) Screen {
	shop, err := d.c.Shop(ctx)
	if err != nil {
		t := d.failed(err)
		return Screen{Band: t.band, Foot: d.foot(), List: List{At: -1}, Sound: t.sound, Quit: d.cur.quit}
	}
	counts, err := d.c.Counts(ctx)
	if err != nil {
		d.cur = d.failed(err)
	}
	if news && d.placed >= 0 && counts.Placed > d.placed {
		d.sound = SoundNew
	}
	d.placed = counts.Placed
	list := d.list(ctx)
	d.rows = list.Rows
	s := Screen{Header: d.header(ctx, shop), Tabs: d.tabs(counts), Scan: d.scanField(), Band: d.cur.band, List: list,
		Panel: d.cur.panel, Foot: d.foot(), Sound: d.sound, Lang: d.lang(), Leaving: d.cur.leaving, Quit: d.cur.quit}
	if d.tab == TabOutbox && s.Panel.Head == "" {
		s.Panel = d.statusPanel(ctx, shop)
	}
	if d.tab == TabRequests && s.Panel.Head == "" {
		s.Panel = d.shelfPanel(ctx, 0, "")
	}
	if d.env.Train {
		if d.trained(ctx); s.Panel.Head == "" {
			s.Panel = d.trainPanel()
		}
	}
	if d.help {
		s.Help = d.allKeys()
	}
	return s
}

func (d *Desk) header(ctx context.Context, shop Shop) Header {
	now := time.UnixMilli(shop.Now).In(zoneOf(shop))
	h := Header{Store: shop.Store.Name, Clerk: d.clerk(), Clock: assets.Date(now, d.lang()) + " " + assets.Clock(now)}
	if h.Store == "" {
		h.Store = shop.Label
	}
	if d.env.Demo || shop.Demo {
		h.Demo = d.w("demo")
	}
	if d.env.Train { // it never exchanges: there is nothing to say of that
		h.Demo = d.say2("training.banner")
		return h
	}
	st, err := d.c.Status(ctx)
	if err != nil {
		return h
	}
	h.Sync, h.Waiting, h.WaitWord, h.Stale = st.State, st.Waiting, d.badge(st), st.Stale
	if st.Waiting > 0 {
		age := time.Duration(max(0, shop.Now-st.Oldest)) * time.Millisecond
		h.AgeShort, h.Age = d.w("wait.now"), d.w("wait.now")
		if age >= time.Minute {
			h.AgeShort = assets.Span(age, d.lang())
			h.Age = d.w("wait.since", "Age", h.AgeShort)
		}
	}
	if st.AsOf > 0 {
		as := d.when(st.AsOf, shop)
		h.DataAge, h.DataShort = d.w("data.age", "Time", as), d.w("data.short", "Time", as)
		if st.Stale {
			h.DataShort = d.w("data.stale", "Age", assets.Span(time.Duration(shop.Now-st.AsOf)*time.Millisecond, d.lang()))
			h.DataAge = h.DataShort
		}
	}
	d.trouble(&h, st)
	if !shop.Enrolled {
		h.Offline, h.OfflineOn = d.w("not_enrolled"), d.w("not_enrolled.do")
	}
	return h
}

// badge is the word of the sync badge.
func (d *Desk) badge(st Status) string {
	switch {
	case st.Waiting > 0:
		return d.w("wait.some", "Count", num(st.Waiting))
	case st.Green():
		return d.w("wait.none")
	case st.State == assets.StateNot:
		return d.w("wait.not")
	case st.Refilling:
		return d.w("wait.refilling")
	case st.Fails > 0:
		return d.w("wait.off")
	}
	return d.w("wait.checking")
}

// trouble fills the banner, if there is something to say beyond the badge.
func (d *Desk) trouble(h *Header, st Status) {
	if st.Fails > 0 {
		h.Offline, h.OfflineOn = d.w("offline"), d.w("offline.none")
		if key := st.Cause.Key; key != "" && key != "sync.offline" {
			h.Offline = d.reason(st.Cause)
		}
		if st.Waiting > 0 {
			h.OfflineOn = d.w("offline.some", "Count", num(st.Waiting))
		}
	}
	why := st.Why()
	if st.State == assets.StateNot || st.Refilling && (why.Key == whyRefilling || why.Key == causeRefilling) { // more pressing than a network that is away
		h.Offline, h.OfflineOn = d.reason(why), ""
	}
}

func (d *Desk) clerk() string {
	switch {
	case d.c.Actor().Role == payback.RoleOwner:
		return d.say2("word.owner")
	case d.env.Clerk != "":
		return d.env.Clerk
	}
	return d.say2("word.clerk")
}

func (d *Desk) tabs(c Counts) []Tab {
	count := map[TabID]int{TabRequests: c.Placed, TabHolds: c.Holds, TabCases: c.Cases + len(d.open), TabBoxes: c.Loose,
		TabOwed: c.Owed, TabOutbox: c.Waiting}
	out := make([]Tab, 0, len(tabKeys))
	for _, t := range tabKeys {
		out = append(out, Tab{ID: t.id, Word: d.w("tab." + string(t.id)), Count: count[t.id], Key: t.key, On: t.id == d.tab})
	}
	for _, t := range viewKeys {
		if t.id == d.tab {
			out = append(out, Tab{ID: t.id, Word: d.viewWord(t.id), Key: t.key, On: true})
		}
	}
	return out
}

func (d *Desk) scanField() ScanField {
	f := ScanField{Prompt: d.w("scan.prompt"), Hint: d.w("scan.hint")}
	switch {
	case d.cur.scan != nil:
		f.Hint = d.cur.band.Title
	case d.tab == TabRequests && d.cur.band.Tone == ToneAsk && d.cur.parked == "":
		f.Hint = d.w("scan.shelf")
	case d.cur.band.Title != "" && d.cur.parked == "":
		f.Hint = d.w("scan.next")
	case d.cur.parked != "":
		f.Hint = d.w("scan.other")
	case d.tab == TabRequests:
		f.Hint = d.w("scan.shelf")
	case d.tab == TabBoxes:
		f.Hint = d.w("scan.boxes")
	}
	if d.told != "" {
		f.Hint = d.told
	}
	if d.again.Kind != "" && d.again.Raw != "" {
		f.Last = d.w("scan.last", "Code", d.again.Raw)
	}
	return f
}

// foot is the keys that mean the same everywhere.
func (d *Desk) foot() []KeyHint {
	keys := []KeyHint{{Key: "F1", Word: d.w("key.help")}, {Key: "F5", Word: d.w("key.send")}, {Key: "F6", Word: d.w("key.again")}, {Key: "F8", Word: d.w("key.undo")}, {Key: "Ctrl+F", Word: d.w("key.find")}}
	if d.env.Print != nil {
		keys = append(keys, KeyHint{Key: "F9", Word: d.w("key.print")})
	}
	return append(keys, KeyHint{Key: "Ctrl+L", Word: d.w("key.clerk"), Right: true}, KeyHint{Key: "Ctrl+Q", Word: d.w("key.quit"), Right: true})
}

// allKeys is the help: every key there is.
func (d *Desk) allKeys() []KeyHint {
	keys := []KeyHint{{Key: "1-9", Word: d.w("help.digits")}, {Key: "Enter", Word: d.w("help.enter")}, {Key: "Esc", Word: d.w("help.esc")}}
	for _, t := range tabKeys {
		keys = append(keys, KeyHint{Key: t.key, Word: d.w("tab." + string(t.id))})
	}
	for _, t := range viewKeys {
		keys = append(keys, KeyHint{Key: t.key, Word: d.viewWord(t.id)})
	}
	keys = append(keys, d.foot()...)
	return append(keys, KeyHint{Key: "Up", Word: d.w("help.up")}, KeyHint{Key: "PgUp", Word: d.w("help.page")}, KeyHint{Key: "Ctrl+Space", Word: d.w("help.hangul")})
}

// offlineLines say what works without the server and what waits for it.
func (d *Desk) offlineLines() []PanelLine {
	p := Panel{Lines: []PanelLine{{Head: true, Text: d.w("works.head")}}}
	for _, k := range []string{"works.sell", "works.refund", "works.accept"} {
		p.Lines = append(p.Lines, PanelLine{Mark: assets.StateDone, Text: d.w(k)})
	}
	p.Lines = append(p.Lines, PanelLine{Head: true, Text: d.w("waits.head")})
	for _, k := range []string{"waits.requests", "waits.texts", "waits.other"} {
		p.Lines = append(p.Lines, PanelLine{Mark: assets.StateWill, Text: d.w(k)})
	}
	return p.Lines
}
