package counter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/assets"
)

// The status of the exchange in words, and what can be done about it.

// statusPanel is the whole status.
func (d *Desk) statusPanel(ctx context.Context, shop Shop) Panel {
	st, err := d.c.Status(ctx)
	if err != nil {
		return Panel{}
	}
	p := Panel{Head: d.w("status.head"), Sub: d.badge(st), Rows: StatusRows(d.env.Words, st, shop), Front: st.Waiting == 0}
	for _, why := range st.Whys {
		if why.Key != whyWaiting {
			p.Lines = append(p.Lines, PanelLine{Mark: st.State, Text: d.reason(why)})
		}
	}
	if st.Fails > 0 {
		p.Lines = append(p.Lines, d.offlineLines()...)
	}
	return p
}

// maxNext is the longest wait for the next exchange that is believed, ms: a clock that
// was set back since makes it seem longer.
const maxNext = int64(10 * time.Minute / time.Millisecond)

// StatusRows are the figures of a status, each with its name, in words.
func StatusRows(words *assets.Speaker, st Status, shop Shop) [][2]string {
	d := &Desk{env: DeskEnv{Words: words}}
	span := func(ms int64) string { return assets.Span(time.Duration(max(0, ms))*time.Millisecond, d.lang()) }
	ago := func(ms int64) string {
		if ms == 0 {
			return d.w("status.not_yet")
		}
		if ms > st.Now { // this PC's clock was set back since
			return d.w("status.unknown")
		}
		return d.w("status.ago", "Age", span(st.Now-ms))
	}
	waiting := num(st.Waiting)
	if st.Waiting > 0 {
		waiting = d.w("status.waiting_since", "Count", num(st.Waiting), "When", d.when(st.Oldest, shop))
	}
	list := [][2]string{{d.w("status.row.waiting"), waiting}, {d.w("status.row.pushed"), ago(st.Pushed)}, {d.w("status.row.pulled"), ago(st.Pulled)}}
	if st.Next > st.Now && st.Next-st.Now <= maxNext {
		list = append(list, [2]string{d.w("status.row.next"), d.w("status.in", "Age", span(st.Next-st.Now))})
	}
	switch {
	case st.Measured && st.Offset >= offsetTold:
		list = append(list, [2]string{d.w("status.row.clock"), d.w("status.clock_slow", "Age", span(st.Offset))})
	case st.Measured && st.Offset <= -offsetTold:
		list = append(list, [2]string{d.w("status.row.clock"), d.w("status.clock_fast", "Age", span(-st.Offset))})
	}
	if st.Restored > 0 {
		list = append(list, [2]string{d.w("status.row.restored"), d.when(st.Restored, shop)})
	}
	return list
}

// statusTurn says how this PC stands, with what can be done.
func (d *Desk) statusTurn(ctx context.Context) turn {
	st, err := d.c.Status(ctx)
	if err != nil {
		return d.failed(err)
	}
	t := turn{band: Band{Tone: ToneOf(st.State), Word: d.say2("word.outbox"), Title: d.badge(st), Why: d.reason(st.Why())}}
	if shop, err := d.c.Shop(ctx); err == nil && st.Waiting > 0 { // the word says already what waits
		t.band.Title = d.w("status.waiting_since", "Count", num(st.Waiting), "When", d.when(st.Oldest, shop))
	}
	if d.env.Kick != nil {
		t.choice(d.w("do.send_now"), func(ctx context.Context, _ map[string]string) turn {
			d.env.Kick()
			return d.kicked(ctx)
		})
	}
	if d.env.Export != nil {
		t.choice(d.w("do.export"), d.export)
	}
	return t
}

// export writes what is not acknowledged to a file, to be carried.
func (d *Desk) export(ctx context.Context, _ map[string]string) turn {
	path, n, err := d.env.Export(ctx)
	switch {
	case err != nil:
		return d.failed(err)
	case n == 0:
		return d.attention(d.say2("word.outbox"), d.w("export.none"), "")
	}
	return turn{band: Band{Tone: ToneOf(assets.StateDone), Word: d.say2("word.outbox"), Title: d.w("export.done", "Count", num(n)), Why: d.w("export.where", "Path", path)},
		sound: SoundDone}
}

// sentWord says how the sending of an act stands.
func (d *Desk) sentWord(s Sending, a Act) string {
	switch {
	case a.Stuck:
		return d.w("explain.aside")
	case s.Pending:
		return d.w("explain.pending")
	case a.Acked:
		return d.w("explain.sent")
	case s.Tried > 0:
		return join(d.w("explain.waits"), d.w("explain.tried", "Count", num(s.Tried)), d.reason(s.Cause))
	}
	return d.w("explain.waits")
}

// rawOf shows an act of this PC as it travels. It can be printed like any panel.
func (d *Desk) rawOf(ctx context.Context, t turn, a Act) turn {
	raw, err := d.c.Raw(ctx, a.Ref.Run, a.Ref.Wseq)
	if err != nil {
		return d.failed(err)
	}
	t.panel = Panel{Head: d.w("raw.head"), Sub: string(a.Ref.Run) + "/" + strconv.FormatUint(a.Ref.Wseq, 10), Front: true}
	for _, line := range fieldsOf("", raw) {
		t.panel.Lines = append(t.panel.Lines, PanelLine{Text: line})
	}
	return t
}

// fieldsOf returns what stands in a JSON object, a field a line, also those of objects
// in it. What can't be read is one line as it is.
func fieldsOf(before string, raw []byte) []string {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return []string{before + strings.ToValidUTF8(string(raw), "?")}
	}
	var out []string
	for dec.More() {
		name, err := dec.Token()
		var value json.RawMessage
		if err == nil {
			err = dec.Decode(&value)
		}
		if err != nil {
			return append(out, before+strings.ToValidUTF8(string(raw), "?"))
		}
		key := before + fmt.Sprint(name)
		if bytes.HasPrefix(value, []byte("{")) && before == "" {
			out = append(out, fieldsOf(key+".", value)...)
			continue
		}
		out = append(out, key+": "+strings.Trim(string(value), `"`))
	}
	return out
}
