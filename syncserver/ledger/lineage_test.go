package ledger_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// restart begins another run of the device's, after a run's op.
func (w *world) restart(d *device, after *syncproto.After, b payback.Body) *device {
	w.t.Helper()
	raw, err := json.Marshal(b)
	must(w.t, err)
	next := *d
	next.run, next.wseq = payback.RunID(w.ids.New()), 1
	op, err := syncproto.Envelope{Kind: b.Kind(), Run: next.run, Wseq: 1, After: after, Role: payback.RoleClerk, By: "c1", Body: raw,
		At: stamp.Evidence{Wall: w.clock.Now().Wall}}.Encode(syncproto.MaxOp)
	must(w.t, err)
	next.hash, next.raw = syncproto.HashOf(op), [][]byte{op}
	w.clock.Advance(1000)
	w.push(&next, 1)
	return &next
}

func TestARunThatDoesNotFollowTheLastOneIsReported(t *testing.T) {
	var log bytes.Buffer
	w := newWorldWith(t, filepath.Join(t.TempDir(), "server.db"), slog.New(slog.NewTextHandler(&log, nil)))
	d := w.device["s01"]
	n := 0
	count := func() payback.Body {
		n++
		return &payback.Count{ISBN: w.isbns[0], N: n, ID: w.ids.New()}
	}
	end := func(d *device) *syncproto.After { return &syncproto.After{Run: d.run, Wseq: d.wseq, Hash: d.hash} }
	said := func(what string) {
		t.Helper()
		if s := log.String(); (what == "") != (s == "") || !strings.Contains(s, what) {
			t.Errorf("log %q, want %q", s, what)
		}
		log.Reset()
	}
	w.write(d, count(), count())
	w.push(d, 1)
	second := w.restart(d, end(d), count())
	said("")
	w.restart(d, end(d), count()) // a copy of the disk, made before the second run
	said("another run follows the same one")
	w.restart(d, &syncproto.After{Run: d.run, Wseq: 1, Hash: syncproto.HashOf(d.raw[0])}, count())
	said("went on")
	w.restart(d, &syncproto.After{Run: second.run, Wseq: 5, Hash: second.hash}, count())
	said("missing")
	w.restart(d, nil, count())
	said("names no run")
	w.sound()
}
