package db

import (
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// head is what the server says that it has of a run.
func (f *folder) head(run payback.RunID, wseq uint64) []syncproto.RunHead {
	return []syncproto.RunHead{{Run: run, Wseq: wseq}}
}

func (f *folder) highWater(t *testing.T, heads []syncproto.RunHead) bool {
	t.Helper()
	behind, err := f.db.HighWater(t.Context(), heads)
	if err != nil {
		t.Fatal(err)
	}
	return behind
}

func (f *folder) state(t *testing.T) SyncState {
	t.Helper()
	s, err := f.db.SyncState(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func count(id string) payback.Body {
	return &payback.Count{ISBN: testISBN, N: 1, Source: "count", ID: id}
}

func TestOnlyAServerThatHasMoreSaysThatTheFolderIsOlder(t *testing.T) {
	f := newFolder(t)
	run := f.record(t, count("1"), count("2"))[0].Ref.Run
	for _, have := range []uint64{1, 2} { // -1, 0
		if f.highWater(t, f.head(run, have)) {
			t.Errorf("behind a server that has %d of 2", have)
		}
	}
	if f.highWater(t, nil) {
		t.Error("behind a server that has nothing")
	}
	if s := f.state(t); s.Rewound != "" {
		t.Errorf("noted %+v", s)
	}
	if !f.highWater(t, f.head(run, 3)) { // +1
		t.Fatal("not behind a server that has 3 of 2")
	}
	if s := f.state(t); s.Rewound != run || s.RewoundAt != f.clock.Now().Wall {
		t.Errorf("noted %+v", s)
	}
	if f.highWater(t, f.head(run, 3)) || f.highWater(t, f.head(run, 9)) {
		t.Error("one run is told twice")
	}
}

func TestActsOfASetBackFolderGoToAFreshRunAfterTheLastOneThatItHas(t *testing.T) {
	f := newFolder(t)
	run := f.record(t, count("1"), count("2"))[0].Ref.Run
	f.push(t, true)
	f.highWater(t, f.head(run, 5))
	next := f.record(t, count("3"))[0]
	if next.Ref.Run == run || next.Ref.Wseq != 1 {
		t.Fatalf("recorded as %+v", next.Ref)
	}
	b, err := f.db.Pending(t.Context(), 10, 1<<20)
	if err != nil || b.Run != next.Ref.Run || len(b.Ops) != 1 {
		t.Fatalf("%+v, %v", b, err)
	}
	if e := decoded(t, b.Ops[0]); e.After == nil || e.After.Run != run || e.After.Wseq != 2 {
		t.Errorf("it follows %+v, want %s/2", e.After, run)
	}
}

// The server's newest run is one that this folder never had: the run that is in use
// may be what was copied.
func TestAnUnknownRunOfTheServersEndsTheRunInUse(t *testing.T) {
	f := newFolder(t)
	run := f.record(t, count("1"))[0].Ref.Run
	f.push(t, true)
	if !f.highWater(t, f.head("another", 1)) {
		t.Fatal("an unknown run is not noticed")
	}
	if next := f.record(t, count("2"))[0].Ref; next.Run == run || next.Wseq != 1 {
		t.Errorf("recorded as %+v", next)
	}
}

func TestAnEmptyRunInUseStaysWhenTheFolderIsOlder(t *testing.T) {
	f := newFolder(t)
	run := f.record(t, count("1"))[0].Ref.Run
	f.push(t, true)
	if err := f.db.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.highWater(t, f.head(run, 4))
	next := f.record(t, count("2"))[0]
	if next.Ref.Run == run || next.Ref.Wseq != 1 {
		t.Errorf("recorded as %+v", next.Ref)
	}
	var runs int
	if err := f.db.file.Read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM run").Scan(&runs); err != nil || runs != 2 {
		t.Errorf("%d runs, %v; want the old one and the one that was empty", runs, err)
	}
}

func TestAForkIsForgottenWhenNobodyLooksAtThisPCAnyMore(t *testing.T) {
	f := newFolder(t)
	f.record(t, count("1"), count("2"))
	b, err := f.db.Pending(t.Context(), 10, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.db.Acked(t.Context(), b.Run, syncproto.PushReply{Epoch: "e1", Acked: 1, Fork: 2}); err != nil {
		t.Fatal(err)
	}
	healed := func(want payback.RunID) {
		t.Helper()
		if err := f.db.Healed(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := f.state(t); s.Fork != want {
			t.Errorf("fork %q, want %q", s.Fork, want)
		}
	}
	healed(b.Run) // the device's row did not come yet: nobody can know
	f.server.set(&payback.Device{ID: testDevice, Store: testStore, State: payback.DeviceEnrolled, Frozen: "case1"})
	f.pull(t)
	healed(b.Run)
	f.server.set(&payback.Device{ID: testDevice, Store: testStore, State: payback.DeviceEnrolled})
	f.pull(t)
	healed("")
}
