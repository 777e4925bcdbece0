package db

import (
	"context"
	"fmt"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

func accept(id payback.RequestID) payback.Body {
	return &payback.Accept{Request: id, Assign: 1, Hold: 1}
}

func sell(request payback.RequestID, copy payback.CopyID) payback.Body {
	return &payback.Sell{Copy: copy, Request: request, ISBN: testISBN, Paid: 14000, PayBy: payback.ByCard, Approval: "123", Due: "2026-12-14", Seen: true}
}

func TestRecordedActShowsAtOnceAndWaitsToBeSent(t *testing.T) {
	f := newFolder(t)
	id := f.place(1)
	f.pull(t)
	f.record(t, accept(id))
	if got := row[*payback.Request](t, f.db, payback.RequestKey(id)).State; got != payback.Accepted {
		t.Errorf("state after accept: got %s, want accepted", got)
	}
	n, oldest, err := f.db.OutboxState(t.Context())
	if err != nil || n != 1 || oldest != f.clock.Now().Wall {
		t.Errorf("outbox: got %d since %d (%v), want 1 since %d", n, oldest, err, f.clock.Now().Wall)
	}
}

func TestOpsSurviveACrash(t *testing.T) {
	f := newFolder(t)
	id := f.place(1)
	f.pull(t)
	done := f.record(t, accept(id), sell(id, "copy1"))
	f.open(t) // beside the first, which is never closed: its program is gone
	b, err := f.db.Pending(t.Context(), 100, 1<<20)
	if err != nil || len(b.Ops) != 2 {
		t.Fatalf("pending after reopening: got %d ops (%v), want 2", len(b.Ops), err)
	}
	if string(b.Ops[1]) != string(done[1].Raw) || b.Hash != syncproto.HashOf(done[1].Raw) {
		t.Error("the op's bytes or the tip's hash differ after reopening")
	}
	if got := row[*payback.Loan](t, f.db, payback.LoanKey("copy1")); got == nil || got.State != payback.LoanOut {
		t.Errorf("loan after reopening: got %v", got)
	}
}

func TestChainAfterRestartNamesThePredecessor(t *testing.T) {
	f := newFolder(t)
	id := f.place(1)
	f.pull(t)
	first := f.record(t, accept(id), sell(id, "copy1"))
	one, two := decoded(t, first[0].Raw), decoded(t, first[1].Raw)
	if one.Wseq != 1 || one.After != nil || two.Wseq != 2 || two.Prev != syncproto.HashOf(first[0].Raw) {
		t.Errorf("within a run: got %+v then %+v", one, two)
	}
	f.open(t)
	for range 2 { // an empty run between leaves no hole
		if err := f.db.BeginRun(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	next := decoded(t, f.record(t, &payback.Return{Loan: "copy1"})[0].Raw)
	if next.Run == one.Run || next.Wseq != 1 || next.After == nil {
		t.Fatalf("first op of a new run: got %+v", next)
	}
	if next.After.Run != one.Run || next.After.Wseq != 2 || next.After.Hash != syncproto.HashOf(first[1].Raw) {
		t.Errorf("predecessor: got %+v", *next.After)
	}
}

func TestVerbBesideAnOpenFaceContinuesItsRun(t *testing.T) {
	f := newFolder(t)
	id := f.place(1)
	f.pull(t)
	face := f.db
	first := f.record(t, accept(id))
	f.open(t) // the verb: it begins no run
	second := decoded(t, f.record(t, sell(id, "copy1"))[0].Raw)
	f.db = face
	third := decoded(t, f.record(t, &payback.Return{Loan: "copy1"})[0].Raw)
	run := decoded(t, first[0].Raw).Run
	if second.Run != run || second.Wseq != 2 || third.Run != run || third.Wseq != 3 {
		t.Errorf("got %s/%d and %s/%d, want %s/2 and /3", second.Run, second.Wseq, third.Run, third.Wseq, run)
	}
	if third.At.HLC.Compare(second.At.HLC) <= 0 {
		t.Errorf("hybrid time went back: %v after %v", third.At.HLC, second.At.HLC)
	}
}

func TestTwoProgramsAtOnceMakeOneChain(t *testing.T) {
	f := newFolder(t)
	f.pull(t)
	face := f.db
	f.open(t)
	const each = 20
	errs := make(chan error, 2*each)
	for i, d := range []*DB{face, f.db} {
		go func() {
			for n := range each {
				body := &payback.Count{ISBN: testISBN, N: 1, Add: true, ID: fmt.Sprint("n", i, "-", n)}
				_, _, err := d.Record(context.Background(), []Entry{{Body: body, Role: payback.RoleClerk}}, nil)
				errs <- err
			}
		}()
	}
	for range 2 * each {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.db.Pending(t.Context(), 100, 1<<20)
	if err != nil || len(b.Ops) != 2*each {
		t.Fatalf("got %d ops, %v, want %d of one run", len(b.Ops), err, 2*each)
	}
	for i, raw := range b.Ops[1:] {
		if e := decoded(t, raw); e.Prev != syncproto.HashOf(b.Ops[i]) {
			t.Errorf("op %d does not follow op %d", i+2, i+1)
		}
	}
	if got := row[*payback.Stock](t, f.db, payback.StockKey(testStore, testISBN)).N; got != 2*each {
		t.Errorf("stock: got %d, want %d: no program overwrote the other's", got, 2*each)
	}
}

func TestRefusalWritesNothing(t *testing.T) {
	f := newFolder(t)
	id := f.place(1)
	f.pull(t)
	calls := 0
	done, no, err := f.db.Record(t.Context(), []Entry{{Body: accept(id), Role: payback.RoleClerk}, {Body: sell(id, "copy1"), Role: payback.RoleClerk}},
		func(o payback.Outcome) payback.Reason {
			if calls++; calls == 2 {
				return payback.Reason{Key: "no"}
			}
			return payback.Reason{}
		})
	if err != nil || no.Key != "no" || done != nil {
		t.Fatalf("got %v, %v, %v, want the reason alone", done, no, err)
	}
	if n, _, _ := f.db.OutboxState(t.Context()); n != 0 || overlayRows(t, f.db) != 0 {
		t.Errorf("a refusal wrote %d ops and %d rows", n, overlayRows(t, f.db))
	}
	if e := decoded(t, f.record(t, accept(id))[0].Raw); e.Wseq != 1 {
		t.Errorf("number after a refusal: got %d, want 1", e.Wseq)
	}
}

func TestRecordNeedsEnrolmentRunAndRole(t *testing.T) {
	f := newFolder(t)
	bare, err := Open(t.Context(), t.TempDir(), f.env)
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	entry := []Entry{{Body: &payback.Return{Loan: "l"}, Role: payback.RoleClerk}}
	wantCode(t, bare, entry, "unauthorized")
	if err := bare.SetEnrolment(t.Context(), Enrolment{Device: "pc", Store: "s"}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, bare, entry, "conflict")
	wantCode(t, f.db, []Entry{{Body: &payback.Return{Loan: "l"}, Role: payback.RoleLibrarian}}, "forbidden")
	wantCode(t, f.db, []Entry{{Body: &payback.Return{}, Role: payback.RoleClerk}}, "invalid")
	big := &Attachment{ID: "a", Data: make([]byte, syncproto.MaxAttachment+1)}
	wantCode(t, f.db, []Entry{{Body: &payback.Return{Loan: "l"}, Role: payback.RoleClerk, Attach: big}}, "limited")
}
