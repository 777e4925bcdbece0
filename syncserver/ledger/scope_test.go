package ledger_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// writeAs adds an op that claims a role to the device's run.
func (w *world) writeAs(d *device, role payback.Role, b payback.Body) {
	w.t.Helper()
	raw, err := json.Marshal(b)
	must(w.t, err)
	d.wseq++
	e := syncproto.Envelope{Kind: b.Kind(), Run: d.run, Wseq: d.wseq, Prev: d.hash, Role: role, By: "c1", Body: raw,
		At: stamp.Evidence{Wall: w.clock.Now().Wall}}
	if d.wseq == 1 {
		e.Prev = syncproto.Hash{}
	}
	op, err := e.Encode(syncproto.MaxOp)
	must(w.t, err)
	d.hash = syncproto.HashOf(op)
	d.raw = append(d.raw, op)
}

func TestAPCCanClaimNoRoleThatIsNotOfAStore(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	title, err := payback.EncodeRow(&payback.Title{ISBN: w.isbns[0], Name: "고친 책", Price: 14000, Class: payback.Bestseller})
	must(t, err)
	w.write(d, &payback.Sell{Copy: "walk", ISBN: w.isbns[0], Paid: 14000, List: 14000, PayBy: payback.ByCash, Due: "2026-11-23"})
	w.writeAs(d, payback.RoleOfficer, &payback.Decide{Case: "walk_in:sell/walk", Choice: payback.ChooseCover, Note: "우리가 정함"})
	w.writeAs(d, payback.RoleLibrarian, &payback.Upsert{Table: payback.TTitle, Rows: []json.RawMessage{title}, ID: "u1"})
	w.writeAs(d, payback.RoleServer, &payback.Keep{Loan: "walk"})
	w.writeAs(d, payback.RoleResident, &payback.Keep{Loan: "walk"})
	for _, v := range w.push(d, 1).Verdicts[1:] {
		if v.Verdict != payback.Quarantined || v.Reason.Key != "not_at_counter" {
			t.Errorf("op %d: %s %s, want quarantined", v.Wseq, v.Verdict, v.Reason.Key)
		}
	}
	if l := row[*payback.Loan](w, payback.LoanKey("walk")); l.Block == "" || l.State != payback.LoanOut {
		t.Errorf("the loan is %+v: its store decided its own case", l)
	}
	w.sound()
}

func TestAnotherStoresPCChangesNothingOfALoanAndItsOwnStoreGoesOn(t *testing.T) {
	w := newWorld(t)
	req := w.place(0, w.isbns[0], "s01")
	ours, theirs := w.device["s01"], w.device["s02"]
	c := w.aDay(ours, req, w.isbns[0])
	w.raw(ours, 2) // accept and sell

	before := row[*payback.Loan](w, payback.LoanKey(c))
	w.write(theirs, &payback.Return{Loan: c}, &payback.Leave{Loan: c}, &payback.GiveBack{Loan: c}, &payback.Keep{Loan: c},
		&payback.RefundPaidOut{Loan: c, Payout: "theirs", Amount: 14000, PayBy: payback.ByCash},
		&payback.Pack{Copy: c, Transfer: "their-box", Library: "111377", Box: 1})
	reply := w.push(theirs, 1)
	for i, want := range []payback.Verdict{payback.InCase, payback.InCase, payback.InCase, payback.Rejected, payback.InCase, payback.InCase} {
		if got := reply.Verdicts[i]; got.Verdict != want {
			t.Errorf("op %d of another store: %s %s, want %s", i+1, got.Verdict, got.Reason.Key, want)
		}
	}
	if after := row[*payback.Loan](w, payback.LoanKey(c)); !payback.SameRow(before, after) {
		t.Errorf("another store changed the loan: %+v", after)
	}
	if i := row[*payback.Incident](w, payback.IncidentKey(c, "theirs")); i == nil || i.Store != "s02" {
		t.Errorf("the money that another store gave is the incident %+v, want one of that store", i)
	}
	// The store's own acts have the same act keys and stand all the same.
	for _, v := range w.push(ours, 3).Verdicts {
		if v.Verdict != payback.Applied {
			t.Errorf("own op %d: %s %s", v.Wseq, v.Verdict, v.Reason.Key)
		}
	}
	w.sound()
}

// raw pushes the first n ops of the device.
func (w *world) raw(d *device, n int) {
	w.t.Helper()
	_, err := w.l.Push(w.t.Context(), d.Device, syncproto.Push{V: 1, Run: d.run, From: 1, Ops: n,
		Tip: syncproto.SignTip(d.key, d.run, uint64(n), syncproto.HashOf(d.raw[n-1]))}, d.raw[:n], nil, w.l.Now())
	must(w.t, err)
}

func TestAnotherStoresHeldActDoesNotTakeThePlaceOfTheOwnOne(t *testing.T) {
	w := newWorld(t)
	ours, theirs := w.device["s01"], w.device["s02"]
	c := w.aDay(ours, w.place(0, w.isbns[0], "s01"), w.isbns[0])
	w.write(theirs, &payback.Return{Loan: c})
	if v := w.push(theirs, 1).Verdicts[0]; v.Verdict != payback.Held {
		t.Fatalf("a return of an unknown loan: %s", v.Verdict)
	}
	for _, v := range w.push(ours, 1).Verdicts {
		if v.Verdict != payback.Applied {
			t.Errorf("own op %d: %s %s", v.Wseq, v.Verdict, v.Reason.Key)
		}
	}
	w.sound()
}

func TestAStoreCanPutNothingIntoAnothersBox(t *testing.T) {
	w := newWorld(t)
	ours, theirs := w.device["s01"], w.device["s02"]
	a := w.aDay(ours, w.place(0, w.isbns[0], "s01"), w.isbns[0])
	w.push(ours, 1)
	box := payback.TransferID("box-" + a)
	b := payback.CopyID(w.ids.New())
	w.write(theirs, &payback.Accept{Request: w.place(1, w.isbns[0], "s02"), Assign: 1},
		&payback.CloseBox{Transfer: box}, &payback.HandOver{Transfer: box, Taker: "x1"}, &payback.Unpack{Copy: a, Transfer: box})
	w.write(theirs, &payback.Sell{Copy: b, Request: "", ISBN: w.isbns[0], Paid: 14000, List: 14000, PayBy: payback.ByCard, Due: "2026-11-23"},
		&payback.Return{Loan: b}, &payback.Pack{Copy: b, Transfer: box, Library: "111377"})
	before := row[*payback.Transfer](w, payback.TransferKey(box))
	w.push(theirs, 1)
	if after := row[*payback.Transfer](w, payback.TransferKey(box)); !payback.SameRow(before, after) {
		t.Errorf("another store changed the box: %+v", after)
	}
	w.sound()
}

func TestACounterIsSentNamesOfOpenThingsOnly(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	w.aDay(d, w.place(0, w.isbns[0], "s01"), w.isbns[0]) // refunded: over
	gone := w.place(1, w.isbns[1], "s01")
	w.act(ledger.Actor{Role: payback.RoleResident, By: string(resident(1))}, &payback.Cancel{Request: gone})
	w.place(2, w.isbns[2], "s01") // open
	c := payback.CopyID(w.ids.New())
	w.write(d, &payback.Sell{Copy: c, Request: w.place(3, w.isbns[0], "s01"), ISBN: w.isbns[0], Paid: 14000, List: 14000, PayBy: payback.ByCard, Due: "2026-11-23"},
		&payback.Return{Loan: c}) // refund owed
	w.push(d, 1)
	_, _, people, err := w.l.Pull(t.Context(), d.Device, syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: payback.StoreBucket("s01")}}}, w.l.Now())
	must(t, err)
	if len(people) != 2 || people[0] != resident(2) || people[1] != resident(3) {
		t.Errorf("names of %v are sent, want those of an open request and of a refund that is owed", people)
	}
}

// Two PCs of one store: what the second did on the first one's sale comes first.
func TestHeldActsThatWaitForEachOtherReplayAsTheyWere(t *testing.T) {
	w := newWorld(t)
	first := w.device["s01"]
	w.enrolAs("s01", "pc-two", 40)
	second := w.device["pc-two"]
	c := w.aDay(first, w.place(0, w.isbns[0], "s01"), w.isbns[0])
	// Refund before return, return before sale: each waits.
	w.write(second, &payback.Pack{Copy: c, Transfer: "b2", Library: "111377"},
		&payback.RefundPaidOut{Loan: c, Payout: "p2", Amount: 14000, PayBy: payback.ByCard, Cancel: "3052"}, &payback.Return{Loan: c})
	for _, v := range w.push(second, 1).Verdicts {
		if v.Verdict != payback.Held {
			t.Fatalf("op %d: %s, want held", v.Wseq, v.Verdict)
		}
	}
	w.raw(first, 2)
	for _, v := range w.push(second, 1).Verdicts {
		if v.Verdict == payback.Held {
			t.Errorf("op %d is still held", v.Wseq)
		}
	}
	if r := row[*payback.Refund](w, payback.RefundKey(c)); r == nil || r.State != payback.RefundPaid {
		t.Errorf("the refund is %+v", r)
	}
	w.sound()
}

func TestTheClocksCheckOfAPushDatesWhatWasRecordedAfterAStart(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	since := w.l.Now()
	w.clock.Advance(10 * time.Hour)
	const hour = int64(3600_000)
	for _, c := range []struct {
		name  string
		check stamp.Check
		wide  bool
	}{
		{"the clock was not set", stamp.Check{Offset: 0, RTT: 2}, false},
		{"it was an hour fast when the op was recorded, or is an hour slow now", stamp.Check{Offset: -hour, RTT: 2}, true},
		{"nothing was measured", stamp.Check{}, true},
	} {
		d.run, d.wseq, d.hash, d.raw = payback.RunID(w.ids.New()), 0, syncproto.Hash{}, nil
		raw, err := json.Marshal(&payback.Count{ISBN: "9788936434267", N: 1, Store: "s1", Source: "count", ID: w.ids.New()})
		must(t, err)
		now := w.clock.Now().Wall
		op, err := syncproto.Envelope{Kind: payback.KCount, Run: d.run, Wseq: 1, Role: payback.RoleClerk, By: "c1", Body: raw,
			At: stamp.Evidence{Wall: now - hour, OffsetAge: hour, RTT: 2, Unsure: true}}.Encode(syncproto.MaxOp)
		must(t, err)
		reply, err := w.l.Push(t.Context(), d.Device, syncproto.Push{V: 1, Run: d.run, From: 1, Ops: 1, Clock: c.check,
			Tip: syncproto.SignTip(d.key, d.run, 1, syncproto.HashOf(op))}, [][]byte{op}, nil, w.l.Now())
		must(t, err)
		must(t, w.l.View(t.Context(), seocho, func(r db.Reader) error {
			ops, err := r.OpsOfRun(d.run, 1, 1)
			if err == nil && (ops[0].When.Hi == w.l.Now()) != c.wide || ops[0].When.Lo < since {
				t.Errorf("%s: %+v, now %d (%s)", c.name, ops[0].When, w.l.Now(), reply.Verdicts[0].Verdict)
			}
			return err
		}))
	}
}
