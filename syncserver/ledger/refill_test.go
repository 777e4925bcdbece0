package ledger_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// held is what a device holds of the server's own history.
func (w *world) held(d *device) (epoch string, sections []syncproto.Section) {
	w.t.Helper()
	at := map[payback.Bucket]uint64{}
	for {
		p := syncproto.Pull{V: 1, Epoch: epoch, Refills: true}
		for _, name := range []payback.Bucket{payback.StoreBucket(d.Store), payback.BucketCatalogue} {
			p.Buckets = append(p.Buckets, syncproto.BucketCursor{Name: name, Witness: at[name]})
		}
		reply, _, _, err := w.l.Pull(w.t.Context(), d.Device, p, w.l.Now())
		must(w.t, err)
		epoch = reply.Epoch
		if len(reply.Sections) == 0 {
			return epoch, sections
		}
		for _, s := range reply.Sections {
			at[s.Bucket] = s.To
		}
		sections = append(sections, reply.Sections...)
	}
}

// restore opens the world on a backup.
func (w *world) restore(file string) db.Epoch {
	w.t.Helper()
	restored, err := sqlite.Open(w.t.Context(), file)
	must(w.t, err)
	w.t.Cleanup(func() { _ = restored.Close() })
	key, err := keys.Generate(chance(7)) // as newWorldWith does
	must(w.t, err)
	w.l, err = ledger.New(restored, ledger.Options{Clock: w.clock, IDs: w.ids, Key: key, Log: slog.New(slog.DiscardHandler)})
	must(w.t, err)
	e, err := w.l.OpenEpoch(w.t.Context(), seocho)
	must(w.t, err)
	return e
}

func (w *world) refill(d *device, e db.Epoch, sections []syncproto.Section, done bool) syncproto.RefillReply {
	w.t.Helper()
	h := syncproto.Refill{V: 1, Epoch: e.Epoch, Before: e.Before, Sections: sections, Ops: len(d.raw), Done: done}
	reply, err := w.l.Refill(w.t.Context(), d.Device, h, d.raw, nil)
	must(w.t, err)
	return reply
}

func (w *world) allOps() map[string]db.Op {
	w.t.Helper()
	out := map[string]db.Op{}
	must(w.t, w.l.View(w.t.Context(), seocho, func(r db.Reader) error {
		list, err := r.Ops(0, 5000)
		for _, o := range list {
			out[string(o.Hash[:])] = o
		}
		return err
	}))
	return out
}

func sameAnswers(t *testing.T, before, after map[string]db.Op, but ...payback.Kind) {
	t.Helper()
	for h, o := range before {
		got, ok := after[h]
		switch {
		case len(but) > 0 && o.Kind == but[0]:
		case !ok:
			t.Errorf("op %d (%s) is lost", o.Position, o.Kind)
		case got.Verdict != o.Verdict || got.Case != o.Case || got.Winner != o.Winner || got.When != o.When || got.Received != o.Received || got.Run != o.Run || got.Wseq != o.Wseq:
			t.Errorf("op %d (%s) was %s, is %s: %+v", o.Position, o.Kind, o.Verdict, got.Verdict, got)
		}
	}
}

// A restored server gets back from one PC what the store did, what the residents did,
// and its own derived acts, each with the answer that was told.
func TestARestoredServerIsRefilledWithItsOwnOps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.db")
	w := newWorldWith(t, path, slog.New(slog.DiscardHandler))
	d := w.device["s01"]
	first := w.place(0, w.isbns[0], "s01")
	file, _ := backup(t, path)
	w.aDay(d, first, w.isbns[0])
	w.push(d, 1)
	second := w.place(1, w.isbns[1], "s01")
	from := d.wseq + 1
	w.write(d, &payback.Accept{Request: second, Assign: 1, Hold: 7}, &payback.Decline{Request: "nobody", Assign: 1, Reason: payback.DeclineOther, From: payback.Placed})
	w.push(d, from)
	w.act(ledger.Actor{Role: payback.RoleOfficer, By: "o1"}, &payback.Cancel{Request: second})
	_, sections := w.held(d)
	before := w.allOps()
	w.sound()

	e := w.restore(file)
	if _, _, _, err := w.l.Pull(t.Context(), d.Device, syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: payback.BucketCatalogue}}}, 0); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a pull in the window: %v", err)
	}
	if _, err := w.l.Act(t.Context(), seocho, ledger.Actor{Role: payback.RoleOfficer}, &payback.Cancel{Request: first}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("an act in the window: %v", err)
	}
	for range 2 {
		if r := w.refill(d, e, sections, true); r.Taken != len(sections) || !r.Open {
			t.Errorf("refill: %+v of %d", r, len(sections))
		}
	}
	for range 2 {
		must(t, w.l.CloseRefill(t.Context(), seocho))
		sameAnswers(t, before, w.allOps())
		w.sound()
	}
	if r := w.push(d, 1); r.Acked != d.wseq || r.Epoch != e.Epoch {
		t.Errorf("pushed again: %+v", r)
	}
	rep, err := w.l.Verify(t.Context(), seocho)
	must(t, err)
	if rep.Kept != 0 || rep.LostAll != 0 || rep.Ops != len(before) {
		t.Errorf("kept %d, lost %v, %d ops of %d", rep.Kept, rep.Lost, rep.Ops, len(before))
	}
}

// restoredCases counts the cases that restores opened.
func (w *world) restoredCases() (n int) {
	w.t.Helper()
	must(w.t, w.l.View(w.t.Context(), seocho, func(r db.Reader) error {
		rows, err := r.Select(db.Select{Table: payback.TCase})
		for _, row := range rows {
			if row.(*payback.Case).Kind == payback.CaseRestored {
				n++
			}
		}
		return err
	}))
	return n
}

// What was told as done stands though the row of its resident, which no counter
// holds, is lost: request, sale, return and refund are as they were, a person is asked
// about the request, and what nobody held is listed until somebody brings it.
func TestADayStandsThoughItsResidentIsLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.db")
	w := newWorldWith(t, path, slog.New(slog.DiscardHandler))
	d := w.device["s01"]
	file, _ := backup(t, path)
	w.upsert(&payback.Resident{ID: "r99", CardTag: "tag99"}) // of no bucket: no counter holds it
	id := payback.RequestID("req99")
	w.act(ledger.Actor{Role: payback.RoleResident, By: "r99"}, &payback.Place{Request: id, Resident: "r99", ISBN: w.isbns[0], Store: "s01"})
	c := w.aDay(d, id, w.isbns[0])
	w.push(d, 1)
	_, sections := w.held(d)
	before := w.allOps()

	e := w.restore(file)
	w.refill(d, e, sections, true)
	must(t, w.l.CloseRefill(t.Context(), seocho))
	w.sound()
	sameAnswers(t, before, w.allOps(), payback.KUpsert)
	if r := row[*payback.Refund](w, payback.RefundKey(c)); r == nil || r.State != payback.RefundPaid {
		t.Errorf("refund = %+v, want paid", r)
	}
	if l := row[*payback.Loan](w, payback.LoanKey(c)); l == nil || l.Request != id || l.Resident != "r99" || l.State != payback.LoanReturned {
		t.Errorf("loan = %+v, want the request's, returned", l)
	}
	rep, err := w.l.Verify(t.Context(), seocho)
	must(t, err)
	if rep.Kept != 0 || rep.LostAll != 1 || rep.Lost[0].Position != e.Position+1 {
		t.Errorf("kept %d, lost %v", rep.Kept, rep.Lost)
	}
	if n := w.restoredCases(); n != 2 {
		t.Errorf("%d cases, want one of the request and one of the lost op", n)
	}
}

// Without its request a sale that was told as done is made all the same, and waits for
// a person; its return counts; the money that was paid back is an incident if no refund
// is due by what is left; and an intent keeps its answer and changes nothing.
func TestASaleStandsThoughItsRequestIsLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.db")
	w := newWorldWith(t, path, slog.New(slog.DiscardHandler))
	d := w.device["s01"]
	file, _ := backup(t, path)
	req := w.place(0, w.isbns[0], "s01")
	w.write(d, &payback.Accept{Request: req, Assign: 1, Hold: 7})
	c := w.aDay(d, req, w.isbns[0])
	w.push(d, 1)
	again := d.wseq + 1
	w.write(d, &payback.RefundPaidOut{Loan: c, Payout: "p2", Amount: 14000, PayBy: payback.ByCash})
	w.push(d, again)
	_, sections := w.held(d)
	before := w.allOps()
	for i := range sections { // the request is in none that is left
		sections[i] = w.without(sections[i], payback.KPlace)
	}

	e := w.restore(file)
	w.refill(d, e, sections, true)
	for range 2 {
		must(t, w.l.CloseRefill(t.Context(), seocho))
		w.sound()
		sameAnswers(t, before, w.allOps(), payback.KPlace)
	}
	if l := row[*payback.Loan](w, payback.LoanKey(c)); l == nil || l.State != payback.LoanReturned || l.Block == "" {
		t.Errorf("loan = %+v, want returned, with a case", l)
	}
	paid, incidents := 0, 0
	if r := row[*payback.Refund](w, payback.RefundKey(c)); r != nil && r.State == payback.RefundPaid {
		paid++
	}
	for _, payout := range []string{"p1" + string(c), "p2"} {
		if row[*payback.Incident](w, payback.IncidentKey(c, payout)) != nil {
			incidents++
		}
	}
	if paid+incidents != 2 {
		t.Errorf("of two payments %d are the refund and %d incidents", paid, incidents)
	}
	rep, err := w.l.Verify(t.Context(), seocho)
	must(t, err)
	if rep.Kept == 0 {
		t.Error("the acceptance of a request that is lost changed something")
	}
}

// without is a section as the server would have signed it without ops of a kind.
func (w *world) without(s syncproto.Section, k payback.Kind) syncproto.Section {
	w.t.Helper()
	entries, err := syncproto.Entries(s.Bytes)
	must(w.t, err)
	s.Bytes = nil
	for _, e := range entries {
		if env, err := syncproto.Decode(e.Raw); e.Raw != nil && err == nil && env.Kind == k {
			continue
		}
		s.Bytes, err = syncproto.AppendEntry(s.Bytes, e)
		must(w.t, err)
	}
	key, err := keys.Generate(chance(7)) // as newWorldWith does
	must(w.t, err)
	s.Sign(key)
	return s
}

// A PC that was off comes later: first with what it holds, then as always.
func TestALateCounterBringsWhatItHoldsBeforeAnythingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.db")
	w := newWorldWith(t, path, slog.New(slog.DiscardHandler))
	a, b := w.device["s01"], w.device["s02"]
	old := w.l
	file, _ := backup(t, path)
	one := w.place(0, w.isbns[0], "s01")
	two := w.place(1, w.isbns[0], "s02")
	w.write(a, &payback.Accept{Request: one, Assign: 1, Hold: 7})
	w.push(a, 1)
	w.write(b, &payback.Accept{Request: two, Assign: 1, Hold: 7})
	w.push(b, 1)
	_, ofA := w.held(a)
	_, ofB := w.held(b)
	before := w.allOps()
	_ = old

	e := w.restore(file)
	w.refill(a, e, ofA, true)
	must(t, w.l.CloseRefill(t.Context(), seocho))
	rep, err := w.l.Verify(t.Context(), seocho)
	must(t, err)
	if rep.LostAll == 0 {
		t.Error("nothing is lost before the other PC came")
	}
	push := func(epoch string) error {
		_, err := w.l.Push(t.Context(), b.Device, syncproto.Push{V: 1, Epoch: epoch, Refills: true, Run: b.run, From: 1, Ops: 1,
			Tip: syncproto.SignTip(b.key, b.run, 1, b.hash)}, b.raw, nil, w.l.Now())
		return err
	}
	if err := push(e.Before); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a push before the refill: %v", err)
	}
	if r := w.refill(b, e, ofB, true); r.Open {
		t.Error("the window is open")
	}
	must(t, w.l.CloseRefill(t.Context(), seocho))
	must(t, push(e.Before))
	sameAnswers(t, before, w.allOps())
	w.sound()
	if rep, err = w.l.Verify(t.Context(), seocho); err != nil || rep.LostAll != 0 {
		t.Errorf("lost %v, %v", rep.Lost, err)
	}
}

// Bytes that only their own PC has may come by its push: the answer is the one told.
func TestAnOpWhoseBytesCameLateKeepsItsAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.db")
	w := newWorldWith(t, path, slog.New(slog.DiscardHandler))
	d := w.device["s01"]
	file, _ := backup(t, path)
	req := w.place(0, w.isbns[0], "s01")
	w.write(d, &payback.Accept{Request: req, Assign: 1, Hold: 7})
	w.push(d, 1)
	_, sections := w.held(d)
	before := w.allOps()
	e := w.restore(file)
	_, err := w.l.Refill(t.Context(), d.Device, syncproto.Refill{V: 1, Epoch: e.Epoch, Before: e.Before, Sections: sections, Done: true}, nil, nil)
	must(t, err)
	must(t, w.l.CloseRefill(t.Context(), seocho))
	w.clock.Advance(3_600_000_000_000)
	w.push(d, 1)
	sameAnswers(t, before, w.allOps())
	w.sound()
}

// A section counts by the server's signature alone.
func TestASectionThatTheServerDidNotSignIsNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.db")
	w := newWorldWith(t, path, slog.New(slog.DiscardHandler))
	d := w.device["s01"]
	file, _ := backup(t, path)
	w.place(0, w.isbns[0], "s01")
	_, sections := w.held(d)
	e := w.restore(file)
	for i := range sections {
		sections[i].To++
	}
	if r := w.refill(d, e, sections, false); r.Taken != 0 {
		t.Errorf("taken %d", r.Taken)
	}
	if _, err := w.l.Refill(t.Context(), d.Device, syncproto.Refill{V: 1, Epoch: e.Before}, nil, nil); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("another epoch: %v", err)
	}
}
