package dbtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

const (
	north = payback.DistrictID("north")
	south = payback.DistrictID("south")
)

// RunLedger is what db.DB means for a ledger, as tests. Open returns a fresh
// database each time.
func RunLedger(t *testing.T, open func(t *testing.T) db.DB) {
	tests := []struct {
		name string
		run  func(*testing.T, db.DB)
	}{
		{"AFailedUpdateLeavesNothing", failedUpdate},
		{"UpdatesOfOneDistrictComeOneAfterTheOther", serial},
		{"AViewSeesOneMoment", oneMoment},
		{"RowsComeBackAsTheyWereWritten", rowsComeBack},
		{"ARowIsFoundByItsDerivedColumns", selects},
		{"AnUnknownColumnIsRefused", unknownColumn},
		{"TheFeedHasEachRowOnceAtItsLastPosition", feedOnce},
		{"TheFeedNeverSplitsAPosition", feedWhole},
		{"TheFeedIsCountedUpToALimit", feedSize},
		{"ARowThatLeftABucketIsSaidThereUntilItComesBack", leaves},
		{"DistrictsDoNotSeeEachOther", districts},
		{"ASlotBeyondTheCapNeedsACase", capCheck},
		{"OpsAreFoundByRunActSubjectAndWait", opsFound},
		{"ARunKeepsItsTipAndPredecessor", runs},
		{"TheChainIsRememberedWhereABatchEnded", chains},
		{"WhichOpsTouchedABucketIsFoundByBatch", touched},
		{"WhatCountersBringBackWaitsInItsOrder", refill},
		{"TitlesAreFoundByAllKeys", titles},
		{"SumsAndCountsAddUp", sums},
		{"WhatIsArchivedOnlyGrows", archives},
		{"EveryRestoreStaysKnown", epochs},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) { x.run(t, open(t)) })
	}
}

func update(t *testing.T, d db.DB, dist payback.DistrictID, f func(db.Writer) error) {
	t.Helper()
	if err := d.Update(t.Context(), dist, f); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, d db.DB, dist payback.DistrictID, f func(db.Reader) error) {
	t.Helper()
	if err := d.View(t.Context(), dist, f); err != nil {
		t.Fatal(err)
	}
}

func stored(t *testing.T, r payback.Row, position uint64) db.Stored {
	t.Helper()
	raw, err := payback.EncodeRow(r)
	if err != nil {
		t.Fatal(err)
	}
	return db.Stored{Row: r, Raw: raw, Bucket: r.Bucket(), Position: position}
}

func put(t *testing.T, d db.DB, dist payback.DistrictID, position uint64, rows ...payback.Row) {
	t.Helper()
	update(t, d, dist, func(w db.Writer) error {
		var list []db.Stored
		for _, r := range rows {
			list = append(list, stored(t, r, position))
		}
		return w.PutRows(list)
	})
}

func loan(id, store string, s payback.State, paid payback.Won) *payback.Loan {
	return &payback.Loan{ID: payback.LoanID(id), Store: payback.StoreID(store), State: s, Paid: paid, ISBN: "9788936434120", Due: "2026-11-23",
		Resident: "r1", Library: "l1", Right: payback.RightServer}
}

func failedUpdate(t *testing.T, d db.DB) {
	oops := errors.New("oops")
	err := d.Update(t.Context(), north, func(w db.Writer) error {
		if err := w.PutRows([]db.Stored{stored(t, loan("a", "s1", payback.LoanOut, 1), 1)}); err != nil {
			return err
		}
		if err := w.SetHead(db.Head{Position: 9, Epoch: "e"}); err != nil {
			return err
		}
		return oops
	})
	if !errors.Is(err, oops) {
		t.Fatalf("got %v, want the error that the function returned", err)
	}
	view(t, d, north, func(r db.Reader) error {
		h, err := r.Head()
		if h.Position != 0 {
			t.Errorf("head %d, want 0", h.Position)
		}
		return err
	})
}

func serial(t *testing.T, d db.DB) {
	const writers, each = 4, 25
	var wg sync.WaitGroup
	errs := make(chan error, writers*each)
	for range writers {
		wg.Go(func() {
			for range each {
				errs <- d.Update(context.WithoutCancel(t.Context()), north, func(w db.Writer) error {
					h, err := w.Head()
					if err != nil {
						return err
					}
					h.Position++
					return w.SetHead(h)
				})
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	view(t, d, north, func(r db.Reader) error {
		h, err := r.Head()
		if h.Position != writers*each {
			t.Errorf("head %d, want %d", h.Position, writers*each)
		}
		return err
	})
}

func oneMoment(t *testing.T, d db.DB) {
	put(t, d, north, 1, loan("a", "s1", payback.LoanOut, 1))
	view(t, d, north, func(r db.Reader) error {
		if _, err := r.Head(); err != nil {
			return err
		}
		put(t, d, north, 2, loan("b", "s1", payback.LoanOut, 1))
		n, err := r.Count(db.Select{Table: payback.TLoan})
		if n != 1 {
			t.Errorf("%d loans, want the 1 of the moment when the view began", n)
		}
		return err
	})
}

func rowsComeBack(t *testing.T, d db.DB) {
	put(t, d, north, 3, loan("a", "s1", payback.LoanOut, 14000), loan("b", "s2", payback.LoanKept, 9000))
	put(t, d, north, 4, loan("a", "s1", payback.LoanReturned, 14000))
	view(t, d, north, func(r db.Reader) error {
		got, err := r.Rows([]payback.Key{payback.LoanKey("a"), payback.LoanKey("b"), payback.LoanKey("c")})
		if len(got) != 2 {
			t.Fatalf("%d rows, want 2", len(got))
		}
		a := got[payback.LoanKey("a")]
		if a.Position != 4 || a.Bucket != "store/s1" || a.Row.(*payback.Loan).State != payback.LoanReturned {
			t.Errorf("row a = %+v", a)
		}
		return err
	})
}

func selects(t *testing.T, d db.DB) {
	for i := range 10 {
		s := payback.LoanOut
		if i%2 == 1 {
			s = payback.LoanKept
		}
		put(t, d, north, uint64(i+1), loan(fmt.Sprintf("l%d", i), fmt.Sprintf("s%d", i%3), s, payback.Won(i)))
	}
	view(t, d, north, func(r db.Reader) error {
		out, err := r.Select(db.Select{Table: payback.TLoan, Where: []db.Cond{db.Eq("state", payback.LoanOut)}, Limit: 2, Offset: 1})
		if err != nil {
			return err
		}
		if len(out) != 2 || out[0].Key().ID != "l2" || out[1].Key().ID != "l4" {
			t.Errorf("got %v", out)
		}
		n, err := r.Count(db.Select{Table: payback.TLoan, Where: []db.Cond{{Column: "store", Op: "in", Value: []string{"s0", "s2"}}, db.Eq("state", payback.LoanKept)}})
		if n != 3 {
			t.Errorf("%d rows, want 3 (l3, l5, l9)", n)
		}
		return err
	})
}

func unknownColumn(t *testing.T, d db.DB) {
	err := d.View(t.Context(), north, func(r db.Reader) error {
		_, err := r.Select(db.Select{Table: payback.TLoan, Where: []db.Cond{db.Eq("1=1; --", "x")}})
		return err
	})
	if err == nil {
		t.Error("an unknown column was taken")
	}
}

func feedOnce(t *testing.T, d db.DB) {
	put(t, d, north, 1, loan("a", "s1", payback.LoanOut, 1), loan("b", "s1", payback.LoanOut, 1))
	put(t, d, north, 2, loan("a", "s1", payback.LoanKept, 1))
	put(t, d, north, 3, loan("x", "s2", payback.LoanOut, 1))
	view(t, d, north, func(r db.Reader) error {
		rows, err := r.Feed("store/s1", 0, 3, 100)
		if len(rows) != 2 || rows[0].Key.ID != "b" || rows[1].Key.ID != "a" || rows[1].Position != 2 {
			t.Errorf("feed %v", rows)
		}
		return err
	})
}

func feedWhole(t *testing.T, d db.DB) {
	for p := uint64(1); p <= 4; p++ {
		put(t, d, north, p, loan(fmt.Sprint("a", p), "s1", payback.LoanOut, 1), loan(fmt.Sprint("b", p), "s1", payback.LoanOut, 1),
			&payback.Refund{Loan: payback.LoanID(fmt.Sprint("a", p)), Store: "s1", State: payback.RefundDue})
	}
	view(t, d, north, func(r db.Reader) error {
		for limit := 1; limit < 14; limit++ {
			rows, err := r.Feed("store/s1", 0, 4, limit)
			if err != nil {
				return err
			}
			if len(rows) == 0 || len(rows)%3 != 0 {
				t.Errorf("limit %d gives %d rows, want whole positions of 3", limit, len(rows))
			}
		}
		return nil
	})
}

func feedSize(t *testing.T, d db.DB) {
	for p := uint64(1); p <= 4; p++ {
		put(t, d, north, p, loan(fmt.Sprint("a", p), "s1", payback.LoanOut, 1), loan(fmt.Sprint("x", p), "s2", payback.LoanOut, 1))
	}
	update(t, d, north, func(w db.Writer) error { return w.LeftBucket("store/s1", []payback.Key{payback.LoanKey("gone")}, 4) })
	view(t, d, north, func(r db.Reader) error {
		for _, x := range []struct {
			after       uint64
			limit, want int
		}{{0, 9, 5}, {0, 5, 5}, {0, 4, 4}, {3, 9, 2}, {4, 9, 0}} {
			n, err := r.FeedSize("store/s1", x.after, x.limit)
			if err != nil {
				return err
			}
			if n != x.want {
				t.Errorf("after %d, at most %d: %d rows, want %d", x.after, x.limit, n, x.want)
			}
		}
		return nil
	})
}

func leaves(t *testing.T, d db.DB) {
	put(t, d, north, 1, loan("a", "s1", payback.LoanOut, 1))
	put(t, d, north, 2, loan("a", "s2", payback.LoanOut, 1))
	update(t, d, north, func(w db.Writer) error { return w.LeftBucket("store/s1", []payback.Key{payback.LoanKey("a")}, 2) })
	view(t, d, north, func(r db.Reader) error {
		rows, err := r.Feed("store/s1", 0, 2, 10)
		if len(rows) != 1 || rows[0].Raw != nil || rows[0].Position != 2 {
			t.Errorf("feed %v, want that a is gone at 2", rows)
		}
		return err
	})
	put(t, d, north, 3, loan("a", "s1", payback.LoanOut, 1))
	view(t, d, north, func(r db.Reader) error {
		rows, err := r.Feed("store/s1", 0, 3, 10)
		if len(rows) != 1 || rows[0].Raw == nil {
			t.Errorf("feed %v, want a back", rows)
		}
		return err
	})
	update(t, d, north, func(w db.Writer) error {
		return w.DropRows([]payback.Key{payback.LoanKey("a")}, map[payback.Key]payback.Bucket{payback.LoanKey("a"): "store/s1"}, 4)
	})
	view(t, d, north, func(r db.Reader) error {
		rows, err := r.Feed("store/s1", 3, 4, 10)
		if len(rows) != 1 || rows[0].Raw != nil {
			t.Errorf("feed %v, want that a is gone at 4", rows)
		}
		return err
	})
}

func districts(t *testing.T, d db.DB) {
	put(t, d, north, 1, loan("a", "s1", payback.LoanOut, 1))
	put(t, d, south, 1, loan("a", "s9", payback.LoanKept, 2))
	view(t, d, north, func(r db.Reader) error {
		n, err := r.Count(db.Select{Table: payback.TLoan})
		if n != 1 {
			t.Errorf("%d loans in the north, want 1", n)
		}
		return err
	})
	list, err := d.Districts(t.Context())
	if err != nil || len(list) != 2 || list[0] != north {
		t.Errorf("districts %v, %v", list, err)
	}
}

func capCheck(t *testing.T, d db.DB) {
	over := &payback.Slot{ISBN: "9788936434120", N: 4, Cap: 3, State: payback.SlotTaken}
	err := d.Update(t.Context(), north, func(w db.Writer) error { return w.PutRows([]db.Stored{stored(t, over, 1)}) })
	if err == nil {
		t.Error("a fourth slot of three was taken without a case")
	}
	over.Case = "over_cap:x"
	put(t, d, north, 1, over)
}

func opsFound(t *testing.T, d db.DB) {
	mk := func(p uint64, run string, wseq uint64, act string, v payback.Verdict) db.Op {
		return db.Op{Position: p, Raw: []byte(act), Hash: syncproto.HashOf([]byte(act)), Run: payback.RunID(run), Wseq: wseq, Act: act,
			Kind: payback.KSell, Verdict: v, Subject: payback.LoanKey("a")}
	}
	held := mk(3, "r2", 1, "refund/a", payback.Held)
	held.Wait, held.Received = payback.RefundKey("a"), 1000
	held.Reason = payback.Reason{Key: "refund_before_return", Args: map[string]string{"x": "y"}}
	update(t, d, north, func(w db.Writer) error {
		return w.AppendOps([]db.Op{mk(1, "r1", 1, "sell/a", payback.Applied), mk(2, "r1", 2, "sell/a", payback.Rejected), held})
	})
	if err := d.Update(t.Context(), north, func(w db.Writer) error { return w.AppendOps([]db.Op{mk(4, "r1", 2, "z", payback.Applied)}) }); err == nil {
		t.Error("two ops have one number in a run")
	}
	view(t, d, north, func(r db.Reader) error {
		byAct, err := r.OpsByAct([]string{"sell/a", "nothing"})
		if err != nil {
			return err
		}
		if len(byAct) != 1 || byAct["sell/a"].Position != 1 {
			t.Errorf("by act: %v", byAct)
		}
		w, err := r.Waiting([]payback.Key{payback.RefundKey("a")})
		if err != nil {
			return err
		}
		if len(w) != 1 || w[0].Position != 3 || w[0].Reason.Args["x"] != "y" {
			t.Errorf("waiting: %v", w)
		}
		for _, x := range []struct {
			after  uint64
			before int64
			want   int
		}{{0, 1001, 1}, {0, 1000, 0}, {2, 1001, 1}, {3, 1001, 0}} {
			if h, err := r.Held(x.after, x.before, 10); err != nil || len(h) != x.want {
				t.Errorf("held after %d, received before %d: %d (%v), want %d", x.after, x.before, len(h), err, x.want)
			}
		}
		for _, x := range []struct{ limit, offset, want int }{{10, 0, 1}, {10, 1, 0}, {0, 0, 0}} {
			if list, n, err := r.Aside(x.limit, x.offset); err != nil || n != 1 || len(list) != x.want || x.want == 1 && list[0].Position != 3 {
				t.Errorf("%d aside from %d: %d of %d (%v)", x.limit, x.offset, len(list), n, err)
			}
		}
		about, err := r.OpsAbout(payback.LoanKey("a"), 10)
		if len(about) != 3 {
			t.Errorf("%d ops about the loan, want 3", len(about))
		}
		return err
	})
	held.Verdict, held.Wait, held.Final = payback.Applied, payback.Key{}, 9
	update(t, d, north, func(w db.Writer) error { return w.SetVerdict(held) })
	view(t, d, north, func(r db.Reader) error {
		o, err := r.OpAt(3)
		if o == nil || o.Verdict != payback.Applied || o.Final != 9 {
			t.Errorf("op 3 = %+v", o)
		}
		return err
	})
}

func runs(t *testing.T, d db.DB) {
	x := db.Run{Run: "r2", Device: "d1", Key: "k", After: &syncproto.After{Run: "r1", Wseq: 4, Hash: syncproto.HashOf([]byte("a"))}, Wseq: 2,
		Hash: syncproto.HashOf([]byte("b")), Tip: syncproto.Tip{Run: "r2", Wseq: 2, Sig: "s"}, LastSeen: 5, LastAt: 6}
	update(t, d, north, func(w db.Writer) error {
		if err := w.PutRun(db.Run{Run: "r1", Device: "d1", LastSeen: 4}); err != nil {
			return err
		}
		return w.PutRun(x)
	})
	view(t, d, north, func(r db.Reader) error {
		got, err := r.Run("r2")
		if err != nil {
			return err
		}
		if got == nil || *got.After != *x.After || got.Tip != x.Tip || got.Hash != x.Hash || got.LastAt != 6 {
			t.Errorf("run %+v", got)
		}
		last, err := r.Latest("d1")
		if last == nil || last.Run != "r2" {
			t.Errorf("latest %+v", last)
		}
		return err
	})
}

func chains(t *testing.T, d db.DB) {
	h1, h2 := syncproto.HashOf([]byte("1")), syncproto.HashOf([]byte("2"))
	for i, h := range []syncproto.Hash{h1, h2} {
		b := db.Bucket{Name: "store/s1", Position: uint64(10 * (i + 1)), Chain: h}
		b.Digest.Add(payback.TLoan, "a", []byte{byte(i)})
		update(t, d, north, func(w db.Writer) error { return w.PutBucket(b) })
	}
	view(t, d, north, func(r db.Reader) error {
		for position, want := range map[uint64]syncproto.Hash{5: {}, 10: h1, 19: h1, 20: h2, 99: h2} {
			got, err := r.Chain("store/s1", position)
			if err != nil {
				return err
			}
			if got != want {
				t.Errorf("chain at %d is %s, want %s", position, got, want)
			}
		}
		b, err := r.Bucket("store/s1")
		var sum syncproto.Digest
		sum.Add(payback.TLoan, "a", []byte{1})
		if b.Position != 20 || b.Digest != sum {
			t.Errorf("bucket %+v", b)
		}
		return err
	})
}

func titles(t *testing.T, d db.DB) {
	put(t, d, north, 1, &payback.Title{ISBN: "9788936434120", Name: "소년이 온다", Author: "한강"},
		&payback.Title{ISBN: "9791161571188", Name: "불편한 편의점", Author: "김호연"})
	put(t, d, north, 2, &payback.Title{ISBN: "9791161571188", Name: "불편한 편의점 2", Author: "김호연"})
	view(t, d, north, func(r db.Reader) error {
		keys := (&payback.Title{Name: "편의점"}).SearchText()
		got, err := r.SearchTitles(keys, 10, 0)
		if len(got) != 1 || got[0].Name != "불편한 편의점 2" {
			t.Errorf("found %v by %v", got, keys)
		}
		return err
	})
}

func sums(t *testing.T, d db.DB) {
	for i := range 6 {
		put(t, d, north, uint64(i+1), &payback.Refund{Loan: payback.LoanID(fmt.Sprint(i)), Store: payback.StoreID(fmt.Sprint("s", i%2)), State: payback.RefundDue, Amount: 1000})
	}
	view(t, d, north, func(r db.Reader) error {
		got, err := r.SumBy(db.Select{Table: payback.TRefund}, "amount", "store")
		if err != nil {
			return err
		}
		if len(got) != 2 || got[0].By[0] != "s0" || got[0].N != 3 || got[0].Total != 3000 {
			t.Errorf("sums %v", got)
		}
		n, err := r.Distinct(db.Select{Table: payback.TRefund}, "store")
		if n != 2 {
			t.Errorf("%d stores, want 2", n)
		}
		return err
	})
}
