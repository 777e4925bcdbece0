package ledger_test

import (
	"encoding/json"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// mends does an officer's word on an op of the device's.
func (w *world) mends(d *device, wseq uint64, was payback.Verdict, what payback.MendWhat, body payback.Body) ledger.Result {
	w.t.Helper()
	m := &payback.Mend{Run: d.run, Wseq: wseq, Was: was, What: what, Note: "장부와 맞춰 봄", ID: w.ids.New()}
	if body != nil {
		raw, err := json.Marshal(body)
		must(w.t, err)
		m.Of, m.Body = body.Kind(), raw
	}
	return w.act(ledger.Actor{Role: payback.RoleOfficer, By: "o1"}, m)[0]
}

// verdict is an op's answer as the store's PCs see it.
func (w *world) verdict(d *device, wseq uint64, want payback.Verdict, why string) *payback.VerdictRow {
	w.t.Helper()
	v := row[*payback.VerdictRow](w, payback.VerdictKey(d.run, wseq))
	if v == nil || v.Verdict != want || v.Reason.Key != why {
		w.t.Fatalf("op %d: %+v, want %s because of %q", wseq, v, want, why)
	}
	return v
}

func count(n int, id string, w *world) *payback.Count {
	return &payback.Count{ISBN: w.isbns[n], N: 5, Source: "count", ID: id}
}

func TestAnOfficerHasAnOpDoneThatWasPutAside(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	w.l.Unknown(payback.KCount)
	w.write(d, count(0, "n1", w), count(1, "n2", w), count(2, "n3", w))
	w.push(d, 1)
	for n := range uint64(3) {
		w.verdict(d, n+1, payback.Quarantined, "unknown_kind")
	}
	if r := w.mends(d, 1, payback.Quarantined, payback.MendAgain, nil); r.Verdict != payback.Applied {
		t.Fatalf("the word is %+v", r)
	}
	w.verdict(d, 1, payback.Quarantined, "unknown_kind") // not before the upgrade
	w.l.Unknown()
	again := w.mends(d, 1, payback.Quarantined, payback.MendAgain, nil)
	if v := w.verdict(d, 1, payback.Applied, "mended_again"); v.Winner.Wseq != again.Ref.Wseq || v.Winner.Kind != payback.KMend {
		t.Errorf("it names %+v, want %+v", v.Winner, again.Ref)
	}
	w.mends(d, 2, payback.Quarantined, payback.MendVoid, nil)
	w.verdict(d, 2, payback.Rejected, "voided")
	fixed := count(2, "n3", w)
	fixed.N = 7
	w.mends(d, 3, payback.Quarantined, payback.MendRewrite, fixed)
	w.verdict(d, 3, payback.Applied, "mended_rewrite")
	for i, want := range []int{5, 0, 7} {
		n := 0
		if s := row[*payback.Stock](w, payback.StockKey("s01", w.isbns[i])); s != nil && s.Source == "count" {
			n = s.N
		}
		if n != want {
			t.Errorf("stock of title %d is %d, want %d", i, n, want)
		}
	}
	if r := w.mends(d, 2, payback.Quarantined, payback.MendAgain, nil); r.Verdict != payback.Rejected {
		t.Errorf("what is struck is done again: %+v", r)
	}
	w.sound()
}

func TestAnOfficerEndsTheWaitingOfAHeldOp(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	req := w.place(0, w.isbns[0], "s01")
	sell := &payback.Sell{Copy: "c1", Request: req, ISBN: w.isbns[0], Paid: 14000, List: 14000, PayBy: payback.ByCard, Due: "2026-11-23"}
	w.write(d, &payback.Return{Loan: "typo"}, &payback.Return{Loan: "typo2"}, sell)
	w.push(d, 1)
	w.verdict(d, 1, payback.Held, "loan_unknown")
	w.mends(d, 1, payback.Held, payback.MendVoid, nil)
	w.verdict(d, 1, payback.Rejected, "voided")
	w.mends(d, 2, payback.Held, payback.MendRewrite, &payback.Return{Loan: "c1"})
	w.verdict(d, 2, payback.Applied, "mended_rewrite")
	if l := row[*payback.Loan](w, payback.LoanKey("c1")); l.State != payback.LoanReturned {
		t.Errorf("the loan is %s", l.State)
	}
	w.sound()
	// What the struck one waited for comes after all: nothing happens.
	late := *sell
	late.Copy, late.Request = "typo", w.place(1, w.isbns[1], "s01")
	late.ISBN = w.isbns[1]
	w.write(d, &late)
	w.push(d, 4)
	w.verdict(d, 1, payback.Rejected, "voided")
	w.sound()
}

// Each step is one more word: put aside, done again but too early, rewritten to what
// waits, and done when that comes.
func TestAMendedOpMayWaitAndIsThenDoneAsItWasRewritten(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	w.l.Unknown(payback.KReturn)
	w.write(d, &payback.Return{Loan: "wrong"}, &payback.Return{Loan: "wrong too"})
	w.push(d, 1)
	w.l.Unknown()
	for n := range uint64(2) {
		w.mends(d, n+1, payback.Quarantined, payback.MendAgain, nil)
		w.verdict(d, n+1, payback.Held, "loan_unknown")
	}
	w.sound()
	w.mends(d, 1, payback.Held, payback.MendRewrite, &payback.Return{Loan: "c1"})
	w.verdict(d, 1, payback.Held, "loan_unknown")
	w.mends(d, 2, payback.Held, payback.MendVoid, nil)
	w.sound()
	req := w.place(0, w.isbns[0], "s01")
	w.write(d, &payback.Sell{Copy: "c1", Request: req, ISBN: w.isbns[0], Paid: 14000, List: 14000, PayBy: payback.ByCard, Due: "2026-11-23"})
	w.push(d, 3)
	if v := row[*payback.VerdictRow](w, payback.VerdictKey(d.run, 1)); v.Verdict != payback.Applied {
		t.Errorf("it is %+v", v)
	}
	if l := row[*payback.Loan](w, payback.LoanKey("c1")); l == nil || l.State != payback.LoanReturned {
		t.Errorf("the loan is %+v", l)
	}
	w.verdict(d, 2, payback.Rejected, "voided")
	w.sound()
}

func TestWhatARevokedPCSentIsDoneWhenAnOfficerSaysSo(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	w.write(d, count(0, "n1", w))
	w.push(d, 1)
	w.act(ledger.Actor{Role: payback.RoleOfficer, By: "o1"}, &payback.Revoke{Device: d.ID})
	w.write(d, count(1, "n2", w), &payback.Count{ISBN: w.isbns[0], N: 5, Source: "count", ID: "n1"})
	w.push(d, 2)
	w.verdict(d, 2, payback.Quarantined, "device_revoked")
	w.mends(d, 2, payback.Quarantined, payback.MendAgain, nil)
	w.verdict(d, 2, payback.Applied, "mended_again")
	w.mends(d, 3, payback.Quarantined, payback.MendAgain, nil)
	if v := row[*payback.VerdictRow](w, payback.VerdictKey(d.run, 3)); v.Verdict != payback.Duplicate || v.Winner.Wseq != 1 {
		t.Errorf("the same act again is %+v", v)
	}
	w.sound()
}

// An op that can't be done stops none behind it.
func TestAPoisonOpStopsNoOther(t *testing.T) {
	w := newWorld(t)
	d, other := w.device["s01"], w.device["s02"]
	w.write(d, count(0, "n1", w))
	d.raw = append(d.raw, []byte("this is no op")) // signed by the PC all the same
	d.wseq, d.hash = 2, syncproto.HashOf(d.raw[1])
	w.write(d, count(1, "n2", w))
	reply := w.push(d, 1)
	if reply.Acked != 3 {
		t.Fatalf("%+v", reply)
	}
	w.verdict(d, 1, payback.Applied, "")
	w.verdict(d, 2, payback.Quarantined, "unreadable")
	w.verdict(d, 3, payback.Applied, "")
	w.write(other, count(0, "n3", w))
	if r := w.push(other, 1); r.Acked != 1 {
		t.Errorf("another PC: %+v", r)
	}
	w.mends(d, 2, payback.Quarantined, payback.MendRewrite, count(2, "n4", w))
	w.verdict(d, 2, payback.Applied, "mended_rewrite")
	w.sound()
}
