package db

import (
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// A server may get an older backup than the newest that it told of: what it said to
// be archived must come again too. The last op of the run asks, and the gap that the
// server answers makes the others follow.
func TestWhatWasArchivedIsSentAgainWhenARestoredServerLacksIt(t *testing.T) {
	f := newFolder(t)
	var bodies []payback.Body
	for n := range 3 {
		id := f.place(n + 1)
		bodies = append(bodies, accept(id))
	}
	f.pull(t)
	run := f.record(t, bodies...)[0].Ref.Run
	f.push(t, true)
	f.pull(t)
	if err := f.db.Acked(t.Context(), run, syncproto.PushReply{Epoch: f.server.epoch, Acked: 3, Archived: 3}); err != nil {
		t.Fatal(err)
	}
	if b, err := f.db.Pending(t.Context(), 1000, 1<<20); err != nil || !b.Empty() {
		t.Fatalf("before the restore %d ops wait, %v", len(b.Ops), err)
	}

	f.server.epoch = "restored"
	f.pull(t)
	b, err := f.db.Pending(t.Context(), 1000, 1<<20)
	if err != nil || b.Run != run || b.From != 3 || len(b.Ops) != 1 {
		t.Fatalf("asked with %s from %d, %d ops, %v; want the run's last op", b.Run, b.From, len(b.Ops), err)
	}
	if err := f.db.Acked(t.Context(), run, syncproto.PushReply{Epoch: "restored", Acked: 1, Gap: 2}); err != nil {
		t.Fatal(err)
	}
	if b, err = f.db.Pending(t.Context(), 1000, 1<<20); err != nil || b.From != 2 || len(b.Ops) != 2 {
		t.Errorf("after the gap: from %d, %d ops, %v; want the two that the server lacks", b.From, len(b.Ops), err)
	}
}

func TestASealedCardIsKeptUntilItsSaleIsArchived(t *testing.T) {
	for _, archived := range []bool{false, true} {
		f := newFolder(t)
		f.place(1)
		f.pull(t)
		card := &Attachment{ID: "card1", Data: []byte("sealed")}
		done, no, err := f.db.Record(t.Context(), []Entry{{Body: accept("r001"), Role: payback.RoleClerk, By: "c1", Attach: card}}, nil)
		if err != nil || !no.None() {
			t.Fatal(err, no)
		}
		f.push(t, true)
		f.pull(t)
		if n := rowsOf(t, f.db, "attachment"); n != 1 {
			t.Errorf("acknowledged: %d cards", n)
		}
		if !archived {
			f.server.epoch = "restored"
			f.pull(t)
			if b, err := f.db.Pending(t.Context(), 1000, 1<<20); err != nil || len(b.Attachments) != 1 {
				t.Errorf("sent again with %d cards, %v", len(b.Attachments), err)
			}
			continue
		}
		reply, rows := f.server.pull(nil)
		a, err := f.db.Act(t.Context(), done[0].Ref.Run, done[0].Ref.Wseq)
		if err != nil {
			t.Fatal(err)
		}
		reply.Archived = a.Position
		if _, err := f.db.ApplyPull(t.Context(), reply, rows); err != nil {
			t.Fatal(err)
		}
		if n := rowsOf(t, f.db, "attachment"); n != 0 {
			t.Errorf("archived: %d cards", n)
		}
	}
}
