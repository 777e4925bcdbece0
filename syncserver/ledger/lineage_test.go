package ledger_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
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

// breaks returns the open cases of broken histories, and the device's own case.
func (w *world) breaks(d *device) (open []*payback.Case, frozen payback.CaseID) {
	w.t.Helper()
	must(w.t, w.l.View(w.t.Context(), seocho, func(r db.Reader) error {
		rows, err := r.Select(db.Select{Table: payback.TCase})
		for _, x := range rows {
			if c := x.(*payback.Case); c.Kind == payback.CaseLineage && c.State == payback.CaseOpen {
				open = append(open, c)
			}
		}
		return err
	}))
	return open, row[*payback.Device](w, payback.DeviceKey(d.ID)).Frozen
}

func TestARunThatDoesNotFollowTheLastOneBecomesOneCase(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	n := 0
	count := func() payback.Body {
		n++
		return &payback.Count{ISBN: w.isbns[0], N: n, ID: w.ids.New()}
	}
	end := func(d *device) *syncproto.After { return &syncproto.After{Run: d.run, Wseq: d.wseq, Hash: d.hash} }
	told := func(want string) {
		t.Helper()
		open, frozen := w.breaks(d)
		if want == "" {
			if len(open) != 0 || frozen != "" {
				t.Errorf("%d cases, frozen by %q; want none", len(open), frozen)
			}
			return
		}
		if len(open) != 1 || open[0].Reason.Key != want || open[0].Device != d.ID || frozen != open[0].ID {
			t.Fatalf("cases %+v, frozen by %q; want one of %s", open, frozen, want)
		}
		decided := w.act(ledger.Actor{Role: payback.RoleOfficer, By: "o1"}, &payback.Decide{Case: frozen, Choice: payback.ChooseNoted, Note: "x"})
		if !decided[0].Done() {
			t.Fatalf("decide: %+v", decided[0])
		}
	}
	w.write(d, count(), count())
	w.push(d, 1)
	second := w.restart(d, end(d), count())
	told("")
	w.restart(second, end(second), count())
	told("")
	w.restart(d, end(d), count()) // a copy of the disk, made before the second run
	told("lineage_cloned")
	w.restart(d, &syncproto.After{Run: d.run, Wseq: 1, Hash: syncproto.HashOf(d.raw[0])}, count())
	told("lineage_restored")
	w.restart(d, &syncproto.After{Run: second.run, Wseq: 5, Hash: second.hash}, count())
	told("lineage_lost")
	w.restart(d, &syncproto.After{Run: "never seen", Wseq: 5, Hash: second.hash}, count())
	told("lineage_dropped")
	w.restart(d, nil, count())
	told("lineage_restored")
	for range 3 { // restarts of a copy do not add cases
		w.restart(d, end(d), count())
	}
	told("lineage_cloned")
	w.sound()
}

func TestAForkKeepsWhatIsThereAndBecomesOneCase(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	w.write(d, &payback.Count{ISBN: w.isbns[0], N: 1, ID: "n1"})
	w.push(d, 1)
	copied := *d
	copied.raw = slices.Clone(d.raw)
	w.write(d, &payback.Count{ISBN: w.isbns[0], N: 2, ID: "n2"})
	w.write(&copied, &payback.Count{ISBN: w.isbns[0], N: 3, ID: "n3"})
	w.push(d, 2)
	for range 3 {
		if r := w.push(&copied, 2); r.Fork != 2 || r.Acked != 1 {
			t.Fatalf("fork %d, acked %d; want 2, 1", r.Fork, r.Acked)
		}
	}
	if open, frozen := w.breaks(d); len(open) != 1 || frozen == "" || open[0].Reason.Key != "lineage_cloned" {
		t.Errorf("cases %+v", open)
	}
	w.sound()
}

func TestAPCWithABrokenHistoryIsGrantedNoRight(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	req := w.place(0, w.isbns[0], "s01")
	w.write(d, &payback.Accept{Request: req, Assign: 1, Hold: 7},
		&payback.Sell{Copy: "c1", Request: req, ISBN: w.isbns[0], Paid: 14000, List: 14000, PayBy: payback.ByCard, Due: "2026-11-23"},
		&payback.GiveRight{Loans: []payback.LoanID{"c1"}, Exit: "e1"})
	w.push(d, 1)
	grant := func(after string) ledger.Result {
		return w.act(ledger.Actor{}, &payback.GrantRight{Loan: "c1", Device: d.ID, From: payback.RightServer, After: after})[0]
	}
	w.restart(d, nil, &payback.Count{ISBN: w.isbns[1], N: 1, ID: "n1"})
	if r := grant("a"); r.Verdict != payback.Rejected {
		t.Errorf("a right for a broken PC is %s", r.Verdict)
	}
	_, frozen := w.breaks(d)
	w.act(ledger.Actor{Role: payback.RoleOfficer, By: "o1"}, &payback.Decide{Case: frozen, Choice: payback.ChooseNoted, Note: "x"})
	if r := grant("b"); r.Verdict != payback.Applied {
		t.Errorf("a right after the decision is %s", r.Verdict)
	}
	w.sound()
}

func TestMissingOpsThatComeAfterAllEndTheirCase(t *testing.T) {
	w := newWorld(t)
	first := w.device["s01"]
	w.write(first, &payback.Count{ISBN: w.isbns[0], N: 1, ID: "n1"}, &payback.Count{ISBN: w.isbns[0], N: 2, ID: "n2"})
	w.restart(first, &syncproto.After{Run: first.run, Wseq: 2, Hash: first.hash}, &payback.Count{ISBN: w.isbns[0], N: 3, ID: "n3"})
	if open, _ := w.breaks(first); len(open) != 1 || open[0].Reason.Key != "lineage_dropped" {
		t.Fatalf("cases %+v, want a dropped run", open)
	}
	if r := w.push(first, 1); r.Acked != 2 {
		t.Fatalf("acked %d", r.Acked)
	}
	if open, frozen := w.breaks(first); len(open) != 0 || frozen != "" {
		t.Errorf("cases %+v, frozen by %q after all came", open, frozen)
	}
	w.sound()
}
