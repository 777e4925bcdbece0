package db

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

func TestNothingVanishesBetweenAcknowledgementAndPull(t *testing.T) {
	f := newFolder(t)
	id := f.place(1)
	f.pull(t)
	f.record(t, accept(id))
	f.push(t, true)
	if n, _, _ := f.db.OutboxState(t.Context()); n != 0 {
		t.Errorf("waiting after the acknowledgement: got %d, want 0", n)
	}
	if got := row[*payback.Request](t, f.db, payback.RequestKey(id)).State; got != payback.Accepted {
		t.Errorf("between acknowledgement and pull: got %s, want accepted", got)
	}
	f.pull(t)
	if got := row[*payback.Request](t, f.db, payback.RequestKey(id)).State; got != payback.Accepted {
		t.Errorf("after the pull: got %s, want accepted", got)
	}
	if n := overlayRows(t, f.db); n != 0 {
		t.Errorf("overlay after the pull: got %d rows, want 0", n)
	}
}

func TestPulledRowsLieUnderPendingOps(t *testing.T) {
	f := newFolder(t)
	id := f.place(1)
	f.pull(t)
	f.record(t, &payback.Count{ISBN: testISBN, N: 2, Add: true, ID: "n1"})
	f.server.set(&payback.Stock{Store: testStore, ISBN: testISBN, N: 10, AsOf: 1})
	f.place(2)
	out := f.pull(t)
	if got := row[*payback.Stock](t, f.db, payback.StockKey(testStore, testISBN)).N; got != 12 {
		t.Errorf("stock of the server's 10 and our pending +2: got %d, want 12", got)
	}
	if len(out.New) != 1 || out.New[0] != "r002" {
		t.Errorf("new requests: got %v, want r002 alone (%s came before)", out.New, id)
	}
}

func TestLostReplyCountsNothingTwice(t *testing.T) {
	f := newFolder(t)
	f.pull(t)
	f.record(t, &payback.Count{ISBN: testISBN, N: 2, Add: true, ID: "n1"})
	f.push(t, false) // the server has it, we were not told
	f.pull(t)
	if got := row[*payback.Stock](t, f.db, payback.StockKey(testStore, testISBN)).N; got != 2 {
		t.Errorf("stock: got %d, want 2: the verdict among the rows ends the overlay", got)
	}
	if n, _, _ := f.db.OutboxState(t.Context()); n != 1 {
		t.Errorf("waiting: got %d, want 1: only a reply to a push acknowledges", n)
	}
}

func TestRejectedOpsEffectDisappearsAndIsExplained(t *testing.T) {
	f := newFolder(t)
	id := f.place(1)
	f.pull(t)
	rec := f.record(t, accept(id))[0]
	r := row[*payback.Request](t, f.db, payback.RequestKey(id))
	r.State, r.Op = payback.Cancelled, payback.OpRef{Kind: payback.KCancel, Run: "server", Wseq: 9, At: 5}
	f.server.set(r)
	f.push(t, true)
	f.pull(t)
	if got := row[*payback.Request](t, f.db, payback.RequestKey(id)).State; got != payback.Cancelled {
		t.Errorf("state: got %s, want the server's cancelled", got)
	}
	a, err := f.db.Act(t.Context(), rec.Ref.Run, rec.Ref.Wseq)
	if err != nil || a == nil {
		t.Fatalf("the act is gone: %v", err)
	}
	if a.Verdict != payback.Rejected || !a.Final || a.Reason.Key != "is_now" || a.Winner.Kind != payback.KCancel {
		t.Errorf("got %+v, want rejected, final, with the cancel as winner", a)
	}
}

func TestPulledRowThatBeatsAPendingOpSaysSoBeforeItIsSent(t *testing.T) {
	f := newFolder(t)
	id := f.place(1)
	f.pull(t)
	rec := f.record(t, accept(id))[0]
	r := row[*payback.Request](t, f.db, payback.RequestKey(id))
	r.State, r.Was, r.Loan = payback.Cancelled, payback.Placed, ""
	f.server.set(r)
	f.pull(t)
	a, err := f.db.Act(t.Context(), rec.Ref.Run, rec.Ref.Wseq)
	if err != nil || a.Verdict != payback.Rejected || a.Final {
		t.Errorf("got %+v (%v), want rejected as far as this PC knows", a, err)
	}
}

func TestDigestOfAppliedRowsIsTheRecomputedOne(t *testing.T) {
	f := newFolder(t)
	for n := range 30 {
		f.place(n)
	}
	f.pull(t)
	f.record(t, accept("r003"), sell("r004", "copy4"))
	f.push(t, true)
	f.server.drop(payback.RequestKey("r007"))
	f.server.set(&payback.Title{ISBN: "9788936434120", Name: "채식주의자"})
	out := f.pull(t)
	if len(out.Mismatch) > 0 || !out.Complete || !out.Changed {
		t.Errorf("got %+v, want complete without a mismatch", out)
	}
	for _, name := range []payback.Bucket{payback.StoreBucket(testStore), payback.BucketCatalogue} {
		if got, want := kept(t, f.db, name), recomputed(t, f.db, name); got != want {
			t.Errorf("digest of %s: kept %s, recomputed %s", name, got, want)
		}
	}
	if row[*payback.Request](t, f.db, payback.RequestKey("r007")) != nil {
		t.Error("a row that left the bucket is still there")
	}
}

func TestMismatchFetchesAnewAndHidesNothingMeanwhile(t *testing.T) {
	f := newFolder(t)
	f.place(1)
	f.place(2)
	f.pull(t)
	if _, err := f.db.file.Write.ExecContext(t.Context(), `DELETE FROM c_request WHERE id = 'r002'`); err != nil { // a fault of the file's
		t.Fatal(err)
	}
	if _, err := f.db.file.Write.ExecContext(t.Context(), `UPDATE bucket SET digest = (SELECT digest FROM bucket WHERE name = 'cat') WHERE name <> 'cat'`); err != nil {
		t.Fatal(err)
	}
	out := f.pull(t)
	if len(out.Mismatch) != 1 || out.Mismatch[0] != payback.StoreBucket(testStore) {
		t.Fatalf("mismatch: got %v, want the store's bucket", out.Mismatch)
	}
	if row[*payback.Request](t, f.db, payback.RequestKey("r001")) == nil {
		t.Error("what was here is hidden during the new fetch")
	}
	if out = f.pull(t); len(out.Mismatch) > 0 || !out.Complete {
		t.Errorf("after the new fetch: got %+v", out)
	}
	if row[*payback.Request](t, f.db, payback.RequestKey("r002")) == nil {
		t.Error("the lost row did not come again")
	}
}

func TestNewHistoryDropsWhatItDoesNotBring(t *testing.T) {
	f := newFolder(t)
	f.place(1)
	f.pull(t)
	f.record(t, accept("r001"))
	f.push(t, true)
	f.pull(t)
	other := newShelf() // restored from a backup that had neither the request nor the accept
	other.epoch, f.server = "e2", other
	reply, rows := other.pull([]syncproto.BucketCursor{{Name: payback.StoreBucket(testStore)}, {Name: payback.BucketCatalogue}})
	reply.Buckets[0].Fresh, reply.Buckets[1].Fresh = true, true
	if _, err := f.db.ApplyPull(t.Context(), reply, rows); err != nil {
		t.Fatal(err)
	}
	if row[*payback.Request](t, f.db, payback.RequestKey("r001")) != nil {
		t.Error("a row of the old history is still there")
	}
	b, err := f.db.Pending(t.Context(), 10, 1<<20)
	if err != nil || len(b.Ops) != 1 {
		t.Errorf("pending in the new epoch: got %d ops (%v), want the one that no backup holds", len(b.Ops), err)
	}
	if e, _, _ := f.db.Enrolment(t.Context()); e.Epoch != "e2" {
		t.Errorf("epoch: got %s, want e2", e.Epoch)
	}
}

// The other disk's ops stand under those numbers, so these get new ones: all that
// they say stays.
func TestBehindAForkOpsGoToANewRunWithTheirEvidence(t *testing.T) {
	f := newFolder(t)
	f.place(1)
	f.pull(t)
	done := f.record(t, accept("r001"), sell("r001", "copy1"))
	run := done[0].Ref.Run
	if err := f.db.Acked(t.Context(), run, syncproto.PushReply{Acked: 1, Fork: 2}); err != nil {
		t.Fatal(err)
	}
	if l := row[*payback.Loan](t, f.db, payback.LoanKey("copy1")); l == nil || l.State != payback.LoanOut {
		t.Errorf("the sale behind the fork shows %+v", l)
	}
	f.record(t, &payback.Count{ISBN: testISBN, N: 1, ID: "n"})
	b, err := f.db.Pending(t.Context(), 10, 1<<20)
	if err != nil || b.Run == run || b.From != 1 || len(b.Ops) != 2 {
		t.Fatalf("pending: %d ops of %s (%v), want the sale and the count in a new run", len(b.Ops), b.Run, err)
	}
	was, now, next := decoded(t, done[1].Raw), decoded(t, b.Ops[0]), decoded(t, b.Ops[1])
	if now.After == nil || now.After.Wseq != 1 || now.After.Hash != syncproto.HashOf(done[0].Raw) || next.Prev != syncproto.HashOf(b.Ops[0]) {
		t.Errorf("the new run begins %+v and goes on %+v", now, next)
	}
	if now.At != was.At || now.By != was.By || now.Role != was.Role || string(now.Body) != string(was.Body) {
		t.Errorf("written again as %+v, first as %+v", now, was)
	}
	first, err := f.db.Act(t.Context(), run, 2)
	if err != nil || first.Verdict != payback.Duplicate || first.Winner.Run != b.Run || first.Winner.Wseq != 1 {
		t.Errorf("the first writing is told as %+v (%v), want the second as its winner", first, err)
	}
	var copies int
	segments, err := filepath.Glob(filepath.Join(f.dir, JournalFolder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range segments {
		records, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		copies += bytes.Count(records, b.Ops[0])
	}
	if copies != 1 {
		t.Errorf("the journal has the second writing %d times", copies)
	}
	if s, _ := f.db.SyncState(t.Context()); s.Fork != run {
		t.Errorf("fork noted: got %q, want %q", s.Fork, run)
	}
}

// The server's own op under a forked number is another one: it acknowledges nothing
// of ours.
func TestNothingBehindAForkCountsAsAcknowledged(t *testing.T) {
	f := newFolder(t)
	f.place(1)
	f.pull(t)
	run := f.record(t, accept("r001"), sell("r001", "copy1"))[0].Ref.Run
	if err := f.db.Acked(t.Context(), run, syncproto.PushReply{Acked: 2, Archived: 2, Fork: 2}); err != nil {
		t.Fatal(err)
	}
	for wseq, want := range map[uint64]bool{1: true, 2: false} {
		if a, err := f.db.Act(t.Context(), run, wseq); err != nil || a.Acked != want {
			t.Errorf("op %d: acknowledged %v (%v), want %v", wseq, a.Acked, err, want)
		}
	}
}

func TestGapSendsAgain(t *testing.T) {
	f := newFolder(t)
	f.place(1)
	f.pull(t)
	done := f.record(t, accept("r001"), sell("r001", "copy1"))
	f.push(t, true)
	if err := f.db.Acked(t.Context(), done[0].Ref.Run, syncproto.PushReply{Gap: 2}); err != nil {
		t.Fatal(err)
	}
	if b, err := f.db.Pending(t.Context(), 10, 1<<20); err != nil || b.From != 2 || len(b.Ops) != 1 {
		t.Errorf("got from %d, %d ops (%v), want op 2 again", b.From, len(b.Ops), err)
	}
}

func TestPendingKeepsItsLimitsButSendsOneOp(t *testing.T) {
	f := newFolder(t)
	f.pull(t)
	for n := range 5 {
		f.record(t, &payback.Count{ISBN: testISBN, N: n, ID: fmt.Sprint("n", n)})
	}
	for _, c := range []struct{ ops, bytes, want int }{{3, 1 << 20, 3}, {5, 1 << 20, 5}, {6, 1 << 20, 5}, {5, 1, 1}, {0, 0, 1}} {
		b, err := f.db.Pending(t.Context(), c.ops, c.bytes)
		if err != nil || len(b.Ops) != c.want || b.Last != uint64(c.want) {
			t.Errorf("limits %d ops, %d bytes: got %d ops up to %d (%v), want %d", c.ops, c.bytes, len(b.Ops), b.Last, err, c.want)
		}
	}
}

func TestRowsOfUnknownTablesCountInTheDigest(t *testing.T) {
	f := newFolder(t)
	f.pull(t)
	cursors, _ := f.db.Cursors(t.Context())
	reply, rows := f.server.pull(cursors)
	rows = append(rows, PulledRow{syncproto.RowName{Bucket: 0, Table: "shelf_plan", ID: "x", Position: 9}, []byte(`{"a":1}`)},
		PulledRow{syncproto.RowName{Bucket: 0, Table: "loan", ID: "broken", Position: 9}, []byte(`{"id":7}`)})
	reply.Buckets[0].Digest.Add("shelf_plan", "x", []byte(`{"a":1}`))
	reply.Buckets[0].Digest.Add("loan", "broken", []byte(`{"id":7}`))
	for range 2 { // applied twice it is the same
		out, err := f.db.ApplyPull(t.Context(), reply, rows)
		if err != nil || len(out.Mismatch) > 0 {
			t.Errorf("got %v, %v, want no mismatch", out.Mismatch, err)
		}
	}
}

func TestPeopleAreDroppedWhenNothingOfTheirsIsOpen(t *testing.T) {
	f := newFolder(t)
	f.place(1)
	cursors, _ := f.db.Cursors(t.Context())
	reply, rows := f.server.pull(cursors)
	reply.People = []syncproto.Person{{Resident: "p001", Name: "홍*동", Last4: "1234"}, {Resident: "p999", Name: "김*수", Last4: "1234"}}
	if _, err := f.db.ApplyPull(t.Context(), reply, rows); err != nil {
		t.Fatal(err)
	}
	if p, err := f.db.Person(t.Context(), "p001"); err != nil || p.Name != "홍*동" {
		t.Errorf("got %+v (%v), want 홍*동", p, err)
	}
	ids, err := f.db.PersonsByLast4(t.Context(), "1234")
	if err != nil || len(ids) != 1 || ids[0] != "p001" {
		t.Errorf("by last four: got %v (%v), want p001 alone: nothing is open of p999's", ids, err)
	}
	f.server.drop(payback.RequestKey("r001"))
	f.pull(t)
	if p, _ := f.db.Person(t.Context(), "p001"); p.Known() {
		t.Errorf("still known after the request left: %+v", p)
	}
}

func TestPullUnderThousandsOfPendingOpsKeepsTheirEffects(t *testing.T) {
	f := pendingFolder(t, 600)
	f.place(9000)
	f.pull(t)
	for _, id := range []payback.RequestID{"r000", "r300", "r599"} {
		if got := row[*payback.Request](t, f.db, payback.RequestKey(id)).State; got != payback.Sold {
			t.Errorf("%s: got %s, want sold", id, got)
		}
	}
	if got := row[*payback.Stock](t, f.db, payback.StockKey(testStore, testISBN)); got.N != 0 || len(got.Aside) != 0 {
		t.Errorf("stock: got %d with %d set aside, want none", got.N, len(got.Aside))
	}
}

// pendingFolder returns a folder with n requests accepted and sold offline.
func pendingFolder(t testing.TB, n int) *folder {
	f := newFolder(t)
	for i := range n {
		f.place(i)
	}
	f.pull(t)
	var bodies []payback.Body
	for i := range n {
		id := payback.RequestID(fmt.Sprintf("r%03d", i))
		bodies = append(bodies, accept(id), sell(id, payback.CopyID(fmt.Sprint("copy", i))))
	}
	f.record(t, bodies...)
	return f
}

// BenchmarkRebuild is a pull of one row under 5,000 pending ops: all of them are
// applied anew. Aim: 300 ms.
func BenchmarkRebuild(b *testing.B) {
	f := pendingFolder(b, 2500)
	n := 9000
	for b.Loop() {
		f.place(n)
		n++
		f.pull(b)
	}
}
