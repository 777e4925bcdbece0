package dbtest

import (
	"slices"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// touched: which ops touched a bucket is found by batch, in the order they did.
func touched(t *testing.T, d db.DB) {
	want := [][]uint64{{3, 5, 9}, {12, 4, 300_000}}
	for i, ops := range want {
		update(t, d, north, func(w db.Writer) error {
			return w.PutBucket(db.Bucket{Name: "store/s7", Position: uint64(10 + 300_000*i), Chain: syncproto.HashOf([]byte{byte(i)}), Ops: ops})
		})
	}
	view(t, d, north, func(r db.Reader) error {
		all, err := r.Touched("store/s7", 0, 10)
		if err != nil {
			return err
		}
		if len(all) != 2 || all[0].End != 10 || !slices.Equal(all[0].Ops, want[0]) || !slices.Equal(all[1].Ops, want[1]) {
			t.Errorf("touched: %+v", all)
		}
		if one, err := r.Touched("store/s7", 0, 1); err != nil || len(one) != 1 {
			t.Errorf("limit 1: %+v %v", one, err)
		}
		late, err := r.Touched("store/s7", 10, 10)
		if len(late) != 1 || late[0].End != 300_010 {
			t.Errorf("after the first: %+v", late)
		}
		return err
	})
}

// refill: what counters bring waits in its order; its bytes may come later.
func refill(t *testing.T, d db.DB) {
	a := db.Told{Run: "r9", Wseq: 2, Epoch: "e", Position: 40, Entry: []byte("x")}
	b := db.Told{Run: "r9", Wseq: 1, Epoch: "e", Position: 50, Entry: []byte("y"), Raw: []byte("raw")}
	update(t, d, north, func(w db.Writer) error {
		if err := w.PutTold([]db.Told{b, a}); err != nil {
			return err
		}
		a.Raw, a.Entry = []byte("later"), []byte("another")
		if err := w.PutTold([]db.Told{a}); err != nil {
			return err
		}
		if err := w.PutRefilled([]db.Refilled{{Position: 7, Epoch: "e", Old: 40, Kept: true}, {Position: 8, Epoch: "e", Old: 41}}); err != nil {
			return err
		}
		if err := w.PutLost([]db.Lost{{Epoch: "e", Position: 44}, {Epoch: "e", Position: 45}}); err != nil {
			return err
		}
		if err := w.PutLost([]db.Lost{{Epoch: "e", Position: 44}}); err != nil {
			return err
		}
		for range 2 {
			if err := w.PutRefillDone("f", "d1"); err != nil {
				return err
			}
		}
		return w.SetRefill(db.RefillOpen)
	})
	view(t, d, north, func(r db.Reader) error {
		list, err := r.Told(0, 10)
		if err != nil {
			return err
		}
		if len(list) != 2 || list[0].Wseq != 2 || string(list[0].Entry) != "x" || string(list[0].Raw) != "later" || list[1].Position != 50 {
			t.Errorf("told: %+v", list)
		}
		of, err := r.ToldOf("r9", 1, 1)
		if err != nil || len(of) != 1 || of[0].Wseq != 1 {
			t.Errorf("of the run: %+v %v", of, err)
		}
		back, err := r.Refilled(0, 10)
		if err != nil || !slices.Equal(back, []db.Refilled{{Position: 7, Epoch: "e", Old: 40, Kept: true}, {Position: 8, Epoch: "e", Old: 41}}) {
			t.Errorf("refilled: %+v %v", back, err)
		}
		gone, n, err := r.Lost(1)
		if err != nil || n != 2 || len(gone) != 1 || gone[0].Position != 44 {
			t.Errorf("lost: %+v of %d, %v", gone, n, err)
		}
		done, err := r.RefillDone("f")
		if err != nil || !slices.Equal(done, []payback.DeviceID{"d1"}) {
			t.Errorf("done: %v %v", done, err)
		}
		head, err := r.Head()
		if head.Refill != db.RefillOpen {
			t.Errorf("head %+v", head)
		}
		return err
	})
	update(t, d, north, func(w db.Writer) error {
		if err := w.DropTold("r9", 2); err != nil {
			return err
		}
		if err := w.DropLost(db.Lost{Epoch: "e", Position: 44}); err != nil {
			return err
		}
		return w.SetRefill(db.RefillNone)
	})
	view(t, d, north, func(r db.Reader) error {
		list, err := r.Told(0, 10)
		if len(list) != 1 {
			t.Errorf("told: %+v", list)
		}
		if _, n, _ := r.Lost(1); n != 1 {
			t.Errorf("%d are lost", n)
		}
		return err
	})
}
