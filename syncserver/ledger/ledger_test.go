package ledger_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
	_ "time/tzdata"

	"encoding/json"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

const seocho = payback.DistrictID("seocho")

// chance is a stream of bytes that is the same at every run.
func chance(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

// world is a ledger over a real file, with a district of two stores.
type world struct {
	t      testing.TB
	l      *ledger.Ledger
	clock  *stamp.Manual
	ids    *stamp.IDs
	isbns  []payback.ISBN
	device map[payback.StoreID]*device
}

// device is a PC as the server sees it: a key and a chain.
type device struct {
	ledger.Device
	key  keys.Key
	run  payback.RunID
	wseq uint64
	hash syncproto.Hash
	raw  [][]byte
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldWith(t, filepath.Join(t.TempDir(), "server.db"), slog.New(slog.DiscardHandler))
}

func newWorldWith(t testing.TB, path string, log *slog.Logger) *world {
	t.Helper()
	d, err := sqlite.Open(t.Context(), path)
	must(t, err)
	t.Cleanup(func() { _ = d.Close() })
	w := &world{t: t, clock: stamp.NewManual(time.Date(2026, 11, 2, 1, 0, 0, 0, time.UTC), "boot"), device: map[payback.StoreID]*device{}}
	w.ids = stamp.NewIDs(stamp.Times(w.clock), chance(0))
	key, err := keys.Generate(chance(7))
	must(t, err)
	w.l, err = ledger.New(d, ledger.Options{Clock: w.clock, IDs: w.ids, Key: key, Log: log})
	must(t, err)
	w.isbns = []payback.ISBN{"9788936434120", "9788954682152", "9791161571188"}
	w.upsert(&payback.District{ID: seocho, Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{"111377", "111476"}})
	w.upsert(&payback.Library{ID: "111377", Name: "반포도서관"}, &payback.Library{ID: "111476", Name: "내곡도서관"})
	w.upsert(&payback.Store{ID: "s01", Name: "반포서점", Libraries: []payback.LibraryID{"111377", "111476"}}, &payback.Store{ID: "s02", Name: "양재책방"})
	var titles, people []payback.Row
	for i, n := range w.isbns {
		titles = append(titles, &payback.Title{ISBN: n, Name: fmt.Sprintf("책 %d", i), Price: 14000})
	}
	for i := range 20 {
		people = append(people, &payback.Resident{ID: resident(i), CardTag: fmt.Sprint("tag", i)})
	}
	w.upsert(titles...)
	w.upsert(people...)
	for i, s := range []payback.StoreID{"s01", "s02"} {
		w.enrol(s, byte(20+i))
	}
	return w
}

func resident(i int) payback.ResidentID { return payback.ResidentID(fmt.Sprintf("r%02d", i)) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) act(who ledger.Actor, bodies ...payback.Body) []ledger.Result {
	w.t.Helper()
	out, err := w.l.Act(w.t.Context(), seocho, who, bodies...)
	must(w.t, err)
	return out
}

func (w *world) upsert(rows ...payback.Row) {
	w.t.Helper()
	b := &payback.Upsert{Table: rows[0].Key().Table, ID: w.ids.New()}
	for _, r := range rows {
		raw, err := payback.EncodeRow(r)
		must(w.t, err)
		b.Rows = append(b.Rows, raw)
	}
	if r := w.act(ledger.Actor{}, b)[0]; !r.Done() {
		w.t.Fatalf("upsert: %+v", r)
	}
}

func (w *world) enrol(s payback.StoreID, seed byte) { w.enrolAs(s, string(s), seed) }

// enrolAs makes a PC of the store that is known here by a name of its own.
func (w *world) enrolAs(s payback.StoreID, name string, seed byte) {
	w.t.Helper()
	key, err := keys.Generate(chance(seed))
	must(w.t, err)
	id := payback.DeviceID("pc-" + name)
	hash := "hash-" + name
	w.act(ledger.Actor{Role: payback.RoleOfficer, By: "officer"}, &payback.MakeEnrolCode{Hash: hash, Store: s, Expires: w.l.Now() + 60_000})
	r := w.act(ledger.Actor{Role: payback.RoleDevice}, &payback.Enrol{Device: id, Hash: hash, PublicKey: string(key.Public())})
	if !r[0].Done() {
		w.t.Fatalf("enrol: %+v", r[0])
	}
	w.device[payback.StoreID(name)] = &device{Device: ledger.Device{District: seocho, ID: id, Store: s, Key: key.Public(), Since: w.l.Now()}, key: key,
		run: payback.RunID(w.ids.New())}
}

// write adds ops to the device's run.
func (w *world) write(d *device, bodies ...payback.Body) {
	w.t.Helper()
	for _, b := range bodies {
		raw, err := json.Marshal(b)
		must(w.t, err)
		d.wseq++
		e := syncproto.Envelope{Kind: b.Kind(), Run: d.run, Wseq: d.wseq, Prev: d.hash, Role: payback.RoleClerk, By: "c1", Body: raw,
			At: stamp.Evidence{Wall: w.clock.Now().Wall}}
		if d.wseq == 1 {
			e.Prev = syncproto.Hash{}
		}
		op, err := e.Encode(syncproto.MaxOp)
		must(w.t, err)
		d.hash = syncproto.HashOf(op)
		d.raw = append(d.raw, op)
	}
}

// push sends the device's ops from a number on.
func (w *world) push(d *device, from uint64) syncproto.PushReply {
	w.t.Helper()
	ops := d.raw[from-1:]
	last := d.wseq
	reply, err := w.l.Push(w.t.Context(), d.Device, syncproto.Push{V: 1, Run: d.run, From: from, Ops: len(ops),
		Tip: syncproto.SignTip(d.key, d.run, last, d.hash)}, ops, nil, w.l.Now())
	must(w.t, err)
	return reply
}

func (w *world) place(i int, n payback.ISBN, s payback.StoreID) payback.RequestID {
	w.t.Helper()
	id := payback.RequestID(w.ids.New())
	r := w.act(ledger.Actor{Role: payback.RoleResident, By: string(resident(i))},
		&payback.Place{Request: id, Resident: resident(i), ISBN: n, Store: s})[0]
	if !r.Done() {
		w.t.Fatalf("place: %+v", r)
	}
	return id
}

func row[T payback.Row](w *world, k payback.Key) T {
	w.t.Helper()
	var out T
	must(w.t, w.l.View(w.t.Context(), seocho, func(r db.Reader) error {
		found, err := r.Rows([]payback.Key{k})
		if st, ok := found[k]; ok {
			out = st.Row.(T)
		}
		return err
	}))
	return out
}

func (w *world) sound() {
	w.t.Helper()
	rep, err := w.l.Verify(w.t.Context(), seocho)
	must(w.t, err)
	for _, x := range rep.Wrong {
		w.t.Errorf("verify: %s", x)
	}
}

// aDay plays the acts of one loan from acceptance to the box at a store.
func (w *world) aDay(d *device, req payback.RequestID, n payback.ISBN) payback.CopyID {
	c := payback.CopyID(w.ids.New())
	w.write(d, &payback.Accept{Request: req, Assign: 1, Hold: 7},
		&payback.Sell{Copy: c, Request: req, ISBN: n, Paid: 14000, List: 14000, PayBy: payback.ByCard, Approval: "30418827", Due: "2026-11-23"},
		&payback.Return{Loan: c},
		&payback.RefundPaidOut{Loan: c, Payout: "p1" + string(c), Amount: 14000, PayBy: payback.ByCard, Cancel: "3052"},
		&payback.Pack{Copy: c, Transfer: "box-" + payback.TransferID(c), Library: "111377", Box: 1})
	return c
}

func TestACopyTravelsFromRequestToTheLibraryAndTheBooksAgree(t *testing.T) {
	w := newWorld(t)
	req := w.place(0, w.isbns[0], "s01")
	d := w.device["s01"]
	c := w.aDay(d, req, w.isbns[0])
	reply := w.push(d, 1)
	if reply.Acked != 5 || len(reply.Verdicts) != 5 {
		t.Fatalf("acked %d with %d verdicts, want 5", reply.Acked, len(reply.Verdicts))
	}
	for _, v := range reply.Verdicts {
		if v.Verdict != payback.Applied {
			t.Errorf("op %d: %s %v", v.Wseq, v.Verdict, v.Reason)
		}
	}
	if r := row[*payback.Refund](w, payback.RefundKey(c)); r == nil || r.State != payback.RefundPaid {
		t.Errorf("refund = %+v, want paid", r)
	}
	w.act(ledger.Actor{Role: payback.RoleLibrarian, By: "lib"}, &payback.Intake{Copy: c, ISBN: w.isbns[0], Library: "111377", Scan: "x"})
	line := row[*payback.Line](w, payback.Key{Table: payback.TLine, ID: string(c)})
	if line == nil || line.Amount != 14000 || line.State != payback.LineOwed {
		t.Errorf("line = %+v, want 14000 owed", line)
	}
	if b := row[*payback.Budget](w, payback.BudgetKey("2026")); b.Reserved != 0 || b.Due != 0 || b.Paid != 14000 {
		t.Errorf("budget = %+v, want 14000 paid and nothing else", b)
	}
	w.sound()
}

func TestTheSamePushTwiceChangesNothingAndGetsTheSameVerdicts(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	w.aDay(d, w.place(0, w.isbns[0], "s01"), w.isbns[0])
	first, again := w.push(d, 1), w.push(d, 1)
	if len(first.Verdicts) != len(again.Verdicts) || first.Acked != again.Acked {
		t.Fatalf("first %+v, again %+v", first, again)
	}
	for i := range first.Verdicts {
		a, b := fmt.Sprint(first.Verdicts[i]), fmt.Sprint(again.Verdicts[i])
		if a != b {
			t.Errorf("verdict %d: %s, again %s", i, a, b)
		}
	}
	w.sound()
}

func TestARefundThatComesBeforeItsReturnIsHeldAndThenPaid(t *testing.T) {
	w := newWorld(t)
	a := w.device["s01"]
	req := w.place(0, w.isbns[0], "s01")
	c := payback.CopyID(w.ids.New())
	w.write(a, &payback.RefundPaidOut{Loan: c, Payout: "p", Amount: 14000, PayBy: payback.ByCard, Cancel: "3052"})
	if v := w.push(a, 1).Verdicts[0]; v.Verdict != payback.Held {
		t.Fatalf("verdict %s, want held", v.Verdict)
	}
	w.write(a, &payback.Sell{Copy: c, Request: req, ISBN: w.isbns[0], Paid: 14000, List: 14000, PayBy: payback.ByCard, Due: "2026-11-23"})
	w.push(a, 2)
	w.write(a, &payback.Return{Loan: c})
	w.push(a, 3)
	if r := row[*payback.Refund](w, payback.RefundKey(c)); r == nil || r.State != payback.RefundPaid {
		t.Errorf("refund = %+v, want paid", r)
	}
	if v := w.push(a, 1).Verdicts[0]; v.Verdict != payback.Applied {
		t.Errorf("the held op's last verdict is %s, want applied", v.Verdict)
	}
	w.sound()
}

func TestAnOpThatCannotBeReadIsQuarantinedAndDoesNotStopTheRest(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	req := w.place(0, w.isbns[0], "s01")
	w.write(d, &payback.Accept{Request: req, Assign: 1})
	d.raw = append(d.raw, []byte(`{"v":1,"kind":"who knows"`))
	d.wseq, d.hash = 2, syncproto.HashOf(d.raw[1])
	w.write(d, &payback.Decline{Request: req, Assign: 1, Reason: payback.DeclineDamaged, From: payback.Accepted})
	got := w.push(d, 1).Verdicts
	if got[0].Verdict != payback.Applied || got[1].Verdict != payback.Quarantined || got[2].Verdict != payback.Applied {
		t.Errorf("verdicts %v", got)
	}
	w.sound()
}

func TestACounterMayNotSayWhatOnlyTheServerSays(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	w.write(d, &payback.Promote{Reservation: "x", After: "y"})
	if v := w.push(d, 1).Verdicts[0]; v.Verdict != payback.Quarantined {
		t.Errorf("verdict %s, want quarantined", v.Verdict)
	}
}

func TestAStoreCannotTouchAnothersRequest(t *testing.T) {
	w := newWorld(t)
	req := w.place(0, w.isbns[0], "s01")
	w.write(w.device["s02"], &payback.Accept{Request: req, Assign: 1})
	if v := w.push(w.device["s02"], 1).Verdicts[0]; v.Verdict != payback.Rejected {
		t.Errorf("verdict %s, want rejected", v.Verdict)
	}
	if r := row[*payback.Request](w, payback.RequestKey(req)); r.State != payback.Placed {
		t.Errorf("state %s, want placed", r.State)
	}
}

func TestAForkedRunIsSaidAndNothingIsOverwritten(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	r1, r2 := w.place(0, w.isbns[0], "s01"), w.place(1, w.isbns[0], "s01")
	clone := *d
	w.write(d, &payback.Accept{Request: r1, Assign: 1})
	w.push(d, 1)
	w.write(&clone, &payback.Accept{Request: r2, Assign: 1})
	if reply := w.push(&clone, 1); reply.Fork != 1 || len(reply.Verdicts) != 0 || reply.Acked != 0 {
		t.Errorf("reply %+v, want a fork at 1 and nothing acknowledged", reply)
	}
	w.sound()
}

func TestAGapInARunIsSaid(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	r1, r2 := w.place(0, w.isbns[0], "s01"), w.place(1, w.isbns[0], "s01")
	w.write(d, &payback.Accept{Request: r1, Assign: 1}, &payback.Accept{Request: r2, Assign: 1})
	if reply := w.push(d, 2); reply.Gap != 1 || reply.Acked != 0 {
		t.Errorf("reply %+v, want a gap at 1", reply)
	}
}

func TestThePullGivesEachStoreItsRowsAlone(t *testing.T) {
	w := newWorld(t)
	req := w.place(0, w.isbns[0], "s01")
	other := w.place(1, w.isbns[1], "s02")
	dev := w.device["s01"].Device
	pull := syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: "store/s01"}, {Name: "cat"}}}
	reply, frames, people, err := w.l.Pull(t.Context(), dev, pull, 0)
	must(t, err)
	all := bytes.Join(frames, nil)
	if !bytes.Contains(all, []byte(req)) || bytes.Contains(all, []byte(other)) {
		t.Errorf("the feed has the wrong requests")
	}
	if len(people) != 1 || people[0] != resident(0) {
		t.Errorf("people %v, want r00", people)
	}
	for _, p := range reply.Buckets {
		if !p.Complete() {
			t.Errorf("bucket %s reaches %d of %d", p.Name, p.To, p.Head)
		}
		var sum syncproto.Digest
		for _, f := range frames {
			n, raw, err := syncproto.ReadRow(f)
			must(t, err)
			if reply.Buckets[n.Bucket].Name == p.Name && raw != nil {
				sum.Add(payback.Table(n.Table), n.ID, raw)
			}
		}
		if sum != p.Digest {
			t.Errorf("bucket %s: the rows sent have another digest", p.Name)
		}
	}
	pull.Buckets[0].Name = "store/s02"
	if _, _, _, err := w.l.Pull(t.Context(), dev, pull, 0); err == nil {
		t.Error("a device pulled another store's bucket")
	}
}

func TestARequestThatMovesLeavesTheFirstStoresBucket(t *testing.T) {
	movesAway(t, func(payback.RequestID) []payback.Body { return nil })
}

// What changes it in the second store is none of the first one's, whose feed ends
// before it.
func TestARequestThatMovesAndChangesInOneBatchLeavesTheFirstStoresBucket(t *testing.T) {
	movesAway(t, func(r payback.RequestID) []payback.Body { return []payback.Body{&payback.Cancel{Request: r, Turn: 0}} })
}

func movesAway(t *testing.T, more func(payback.RequestID) []payback.Body) {
	w := newWorld(t)
	req := w.place(0, w.isbns[0], "s01")
	dev := w.device["s01"]
	pull := syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: "store/s01"}}}
	reply, _, _, err := w.l.Pull(t.Context(), dev.Device, pull, 0)
	must(t, err)
	w.write(dev, &payback.Decline{Request: req, Assign: 1, Reason: payback.DeclineNotOnShelf, From: payback.Placed})
	w.push(dev, 1)
	w.act(ledger.Actor{Role: payback.RoleResident, By: string(resident(0))},
		append([]payback.Body{&payback.ChooseStore{Request: req, Store: "s02", Assign: 2}}, more(req)...)...)
	pull.Epoch = reply.Epoch
	pull.Buckets[0].Cursor, pull.Buckets[0].Chain = reply.Buckets[0].To, reply.Buckets[0].Chain
	reply, frames, _, err := w.l.Pull(t.Context(), dev.Device, pull, 0)
	must(t, err)
	if reply.Buckets[0].Fresh {
		t.Error("the cursor was refused")
	}
	gone := false
	for _, f := range frames {
		n, raw, err := syncproto.ReadRow(f)
		must(t, err)
		gone = gone || (n.Table == "request" && n.ID == string(req) && raw == nil)
	}
	if !gone {
		t.Error("the request did not leave the first store's bucket")
	}
	w.sound()
}

func TestAPullInSmallPiecesGivesTheSameRows(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	for i := range 12 {
		w.aDay(d, w.place(i, w.isbns[i%3], "s01"), w.isbns[i%3])
		w.push(d, uint64(5*i+1))
		if i >= 8 {
			break
		}
	}
	var sum syncproto.Digest
	cur := syncproto.BucketCursor{Name: "store/s01"}
	have := map[string][]byte{}
	epoch := ""
	for range 1000 {
		reply, frames, _, err := w.l.Pull(t.Context(), d.Device, syncproto.Pull{V: 1, Epoch: epoch, MaxRows: 3, Buckets: []syncproto.BucketCursor{cur}}, 0)
		must(t, err)
		for _, f := range frames {
			n, raw, err := syncproto.ReadRow(f)
			must(t, err)
			have[n.Table+"\x00"+n.ID] = raw
		}
		p := reply.Buckets[0]
		if p.Fresh {
			t.Fatal("the cursor was refused")
		}
		epoch, cur.Cursor, cur.Chain = reply.Epoch, p.To, p.Chain
		if p.Complete() {
			for k, raw := range have {
				table, id, _ := bytes.Cut([]byte(k), []byte{0})
				if raw != nil {
					sum.Add(payback.Table(table), string(id), raw)
				}
			}
			if sum != p.Digest {
				t.Error("the rows taken in have another digest than the server's")
			}
			return
		}
	}
	t.Fatal("the pull never ended")
}

func TestPersonalDataIsNotInOps(t *testing.T) {
	w := newWorld(t)
	w.place(0, w.isbns[0], "s01")
	must(t, w.l.View(t.Context(), seocho, func(r db.Reader) error {
		ops, err := r.Ops(0, 1000)
		for _, o := range ops {
			if bytes.Contains(o.Raw, []byte("010-")) {
				t.Errorf("op %d holds a phone number", o.Position)
			}
		}
		return err
	}))
}
