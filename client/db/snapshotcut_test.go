package db

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile/faultvfs"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// pieced is a snapshot of the shelf's catalogue, with rows by piece.
func (s *shelf) pieced(rowsEach int) (m syncproto.Snapshot, pieces [][]PulledRow) {
	reply, rows := s.pull([]syncproto.BucketCursor{{Name: payback.BucketCatalogue}})
	part := reply.Buckets[0]
	m = syncproto.Snapshot{V: 1, ID: fmt.Sprint("snapshot", part.Head), Epoch: s.epoch, Bucket: part.Name, Position: part.Head, Digest: part.Digest}
	for from := 0; from < len(rows); from += rowsEach {
		piece := rows[from:min(from+rowsEach, len(rows))]
		pieces = append(pieces, piece)
		m.Pieces = append(m.Pieces, syncproto.SnapshotChunk{Size: 1, Rows: len(piece)})
		m.Rows, m.Size = m.Rows+len(piece), m.Size+1
	}
	return m, pieces
}

// bringAll takes in whatever is missing: the store by pull, the catalogue by its
// snapshot, then the tail.
func (f *folder) bringAll(t *testing.T, m syncproto.Snapshot, pieces [][]PulledRow) error {
	ctx := t.Context()
	if _, _, ask, err := f.db.Snapshot(ctx); err != nil {
		return err
	} else if ask {
		a, part, err := f.db.BeginSnapshot(ctx, m)
		if err != nil {
			return err
		}
		part.Close()
		for n := a.Taken; n < len(pieces); n++ {
			if _, err := f.db.TakePiece(ctx, a.ID, n, pieces[n]); err != nil {
				return err
			}
		}
		if out, err := f.db.FinishSnapshot(ctx, a); err != nil {
			return err
		} else if len(out.Mismatch) > 0 {
			t.Errorf("the digest differs: %v", out.Mismatch)
		}
	}
	cursors, err := f.db.Cursors(ctx)
	if err != nil {
		return err
	}
	reply, rows := f.server.pull(cursors)
	out, err := f.db.ApplyPull(ctx, reply, rows)
	if err == nil && (len(out.Mismatch) > 0 || !out.Complete) {
		t.Errorf("the tail: %+v", out)
	}
	return err
}

// The power goes at any write to the disk while a snapshot is taken in, again and
// again; what was not synced is lost or torn. In the end the rows, the digest and what a
// search finds are those of a counter that had peace.
func TestASnapshotSurvivesPowerCutsAtAnyWrite(t *testing.T) {
	for seed := range uint64(12) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		disk, err := faultvfs.New(fmt.Sprint("snapshotcut", seed), faultvfs.Fault)
		if err != nil {
			t.Fatal(err)
		}
		f := &folder{dir: "/", clock: stamp.NewManual(testStart, "boot"), server: newShelf()}
		f.env = Env{Clock: f.clock, IDs: stamp.NewIDs(stamp.Times(f.clock), newSeeded()), Chance: newSeeded(), VFS: disk.Name()}
		f.open(t)
		if err := f.db.SetEnrolment(t.Context(), Enrolment{Device: testDevice, Store: testStore, District: "seocho", Epoch: "e1"}); err != nil {
			t.Fatal(err)
		}
		f.shelve("바다", 0, 900)
		m, pieces := f.server.pieced(1 + rnd.IntN(400))
		f.shelve("하늘", 5000, 3)
		f.place(1)
		for cuts := 0; ; cuts++ {
			if cuts < 15 {
				disk.CutAfter(1 + rnd.Int64N(400))
			}
			err := f.bringAll(t, m, pieces)
			if err == nil && !disk.Dead() {
				break
			}
			if cuts > 15 {
				t.Fatal(err)
			}
			f.db.Close()
			disk.Restart(rnd)
			f.open(t)
		}
		if got, want := recomputed(t, f.db, payback.BucketCatalogue), kept(t, f.db, payback.BucketCatalogue); got != want {
			t.Errorf("seed %d: the rows' digest is %s, the kept one %s", seed, got, want)
		}
		f.finds(t, "바다", 900)
		f.finds(t, "하늘", 3)
		if row[*payback.Request](t, f.db, payback.RequestKey("r001")) == nil {
			t.Errorf("seed %d: the store's request is not here", seed)
		}
	}
}
