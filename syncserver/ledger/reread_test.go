package ledger_test

import (
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// A store's PC is updated before the server. What it sends waits, and is done when
// the server can read it; the PCs learn of both.
func TestAnOpOfANewerCounterIsDoneAfterTheServersUpgrade(t *testing.T) {
	w := newWorld(t)
	req := w.place(0, w.isbns[0], "s01")
	d := w.device["s01"]
	w.l.Unknown(payback.KAccept, payback.KCount)
	w.write(d, &payback.Accept{Request: req, Assign: 1, Hold: 7}, &payback.Count{ISBN: w.isbns[1], N: 4, Source: "count", ID: "n1"})
	for _, v := range w.push(d, 1).Verdicts {
		if v.Verdict != payback.Quarantined || v.Reason.Key != "unknown_kind" {
			t.Fatalf("op %d: %s %s, want quarantined", v.Wseq, v.Verdict, v.Reason.Key)
		}
	}
	if n, err := w.l.Reread(t.Context(), seocho, "1.0"); err != nil || n != 2 { // it tries, and learns no more
		t.Fatalf("reread %d, %v", n, err)
	}
	w.sound()
	if r := row[*payback.Request](w, payback.RequestKey(req)); r.State != payback.Placed {
		t.Fatalf("the request is %s", r.State)
	}
	var before db.Bucket
	must(t, w.l.View(t.Context(), seocho, func(r db.Reader) (err error) {
		before, err = r.Bucket("store/s01")
		return err
	}))

	w.l.Unknown()
	if n, err := w.l.Reread(t.Context(), seocho, "2.0"); err != nil || n != 2 {
		t.Fatalf("reread %d, %v; want 2", n, err)
	}
	if r := row[*payback.Request](w, payback.RequestKey(req)); r.State != payback.Accepted {
		t.Errorf("the request is %s, want accepted", r.State)
	}
	if s := row[*payback.Stock](w, payback.StockKey("s01", w.isbns[1])); s == nil || s.N != 4 {
		t.Errorf("stock %+v, want 4", s)
	}
	for _, v := range w.push(d, 1).Verdicts { // asked again
		if v.Verdict != payback.Applied || v.Position <= before.Position {
			t.Errorf("op %d: %s at %d, want applied after %d", v.Wseq, v.Verdict, v.Position, before.Position)
		}
	}
	if v := row[*payback.VerdictRow](w, payback.VerdictKey(d.run, 1)); v.Verdict != payback.Applied || v.Subject != payback.RequestKey(req) {
		t.Errorf("verdict row %+v", v)
	}
	if n, err := w.l.Reread(t.Context(), seocho, "3.0"); err != nil || n != 0 {
		t.Errorf("reread again: %d, %v", n, err)
	}
	w.sound()
}

// What was ordered while the op could not be read stands.
func TestAnOpThatIsReadLaterLosesToWhatCameMeanwhile(t *testing.T) {
	w := newWorld(t)
	req := w.place(0, w.isbns[0], "s01")
	d := w.device["s01"]
	w.l.Unknown(payback.KAccept)
	w.write(d, &payback.Accept{Request: req, Assign: 1, Hold: 7}, &payback.Decline{Request: req, Assign: 1, From: payback.Placed, Reason: payback.DeclineDamaged})
	w.push(d, 1)
	w.l.Unknown()
	if n, err := w.l.Reread(t.Context(), seocho, "2.0"); err != nil || n != 1 {
		t.Fatalf("reread %d, %v", n, err)
	}
	if v := row[*payback.VerdictRow](w, payback.VerdictKey(d.run, 1)); v.Verdict == payback.Applied || v.Verdict == payback.Quarantined {
		t.Errorf("the late accept is %s", v.Verdict)
	}
	w.sound()
}
