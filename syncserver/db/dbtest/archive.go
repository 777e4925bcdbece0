package dbtest

import (
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// archives checks that what is archived only grows and stays within what is here.
func archives(t *testing.T, d db.DB) {
	update(t, d, north, func(w db.Writer) error {
		for _, id := range []payback.RunID{"a", "b", "c"} {
			if err := w.PutRun(db.Run{Run: id, Wseq: 5}); err != nil {
				return err
			}
		}
		return w.SetHead(db.Head{Position: 15, Epoch: "e1"})
	})
	for _, step := range []struct {
		position, a, b uint64 // what the backup holds
		wantHead       uint64
		wantA, wantB   uint64
	}{
		{10, 3, 5, 10, 3, 5},
		{9, 2, 4, 10, 3, 5},  // an older backup
		{16, 6, 6, 10, 3, 5}, // another history's
		{15, 5, 5, 15, 5, 5},
	} {
		update(t, d, north, func(w db.Writer) error {
			return w.Archive(step.position, []db.Run{{Run: "a", Wseq: step.a}, {Run: "b", Wseq: step.b}})
		})
		view(t, d, north, func(r db.Reader) error {
			head, err := r.Head()
			if err != nil {
				return err
			}
			a, err := r.Run("a")
			if err != nil {
				return err
			}
			b, err := r.Run("b")
			if head.Archived != step.wantHead || a.Archived != step.wantA || b.Archived != step.wantB {
				t.Errorf("after %+v: %d, %d, %d", step, head.Archived, a.Archived, b.Archived)
			}
			return err
		})
	}
	view(t, d, north, func(r db.Reader) error {
		left, err := r.Unarchived("", 10)
		if len(left) != 1 || left[0].Run != "c" {
			t.Errorf("not archived: %+v", left)
		}
		return err
	})
	update(t, d, north, func(w db.Writer) error { return w.SetHead(db.Head{Position: 16, Epoch: "e1"}) })
	view(t, d, north, func(r db.Reader) error {
		head, err := r.Head()
		if head.Archived != 15 {
			t.Errorf("the next op forgot what is archived: %+v", head)
		}
		return err
	})
}

// epochs checks that every restore stays known.
func epochs(t *testing.T, d db.DB) {
	want := []db.Epoch{{Epoch: "e2", Before: "e1", Position: 7, Hash: syncproto.HashOf([]byte("x")), Began: 5}, {Epoch: "e1a", Before: "e2", Began: 6}}
	update(t, d, north, func(w db.Writer) error {
		for _, e := range want {
			if err := w.AddEpoch(e); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, d, north, func(r db.Reader) error {
		got, err := r.Epochs()
		if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("got %+v, want %+v", got, want)
		}
		return err
	})
	view(t, d, south, func(r db.Reader) error {
		got, err := r.Epochs()
		if len(got) != 0 {
			t.Errorf("another district's: %+v", got)
		}
		return err
	})
}
