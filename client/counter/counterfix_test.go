package counter

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

const (
	fixStore  = payback.StoreID("s01")
	fixDevice = payback.DeviceID("pc1")
	fixLib    = payback.LibraryID("111001")
	fixISBN   = payback.ISBN("9791161571188")
	fixOther  = payback.ISBN("9788936434120")
	fixNobody = payback.ISBN("9788954682152") // in no list
)

var fixStart = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC) // a Monday, 14:00 in Seoul

// fix is a counter over a real file, with what a server would have sent.
type fix struct {
	*Counter
	t        testing.TB
	clock    *stamp.Manual
	box      keys.BoxKey
	position uint64
	digests  map[payback.Bucket]syncproto.Digest
	sent     map[payback.Key][]byte
}

func newFix(t testing.TB) *fix {
	t.Helper()
	clock := stamp.NewManual(fixStart, "boot")
	chance := rand.NewChaCha8([32]byte{7})
	ids := stamp.NewIDs(stamp.Times(clock), chance)
	d, err := db.Open(t.Context(), t.TempDir(), db.Env{Clock: clock, IDs: ids, Chance: chance})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	box, err := keys.GenerateBox(chance)
	if err != nil {
		t.Fatal(err)
	}
	e := db.Enrolment{Device: fixDevice, Store: fixStore, District: "seocho", Label: "서점 PC 1", Epoch: "e1", CardKey: make([]byte, 32), BoxKey: box.Public()}
	if err := d.SetEnrolment(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if err := d.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := &fix{Counter: New(d, Env{Clock: clock, IDs: ids, Chance: chance}), t: t, clock: clock, box: box,
		digests: map[payback.Bucket]syncproto.Digest{}, sent: map[payback.Key][]byte{}}
	f.SetActor(Actor{Role: payback.RoleClerk, By: "c1"})
	f.give(&payback.District{ID: "seocho", Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{fixLib}},
		&payback.PolicyRow{Policy: payback.DefaultPolicy()},
		&payback.Store{ID: fixStore, Name: "한빛서점", Libraries: []payback.LibraryID{"111002", fixLib}},
		&payback.Library{ID: fixLib, Name: "반포도서관"},
		&payback.Title{ISBN: fixISBN, Name: "불편한 편의점", Author: "김호연", Price: 14000},
		&payback.Title{ISBN: fixOther, Name: "채식주의자", Author: "한강", Price: 10000})
	return f
}

// give sends rows as a server does.
func (f *fix) give(rows ...payback.Row) {
	f.t.Helper()
	f.position++
	reply := syncproto.PullReply{Epoch: "e1"}
	cursors, err := f.db.Cursors(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	var out []db.PulledRow
	for i, c := range cursors {
		sum := f.digests[c.Name]
		for _, r := range rows {
			if r.Bucket() != c.Name {
				continue
			}
			raw, err := payback.EncodeRow(r)
			if err != nil {
				f.t.Fatal(err)
			}
			if old := f.sent[r.Key()]; old != nil {
				sum.Sub(r.Key().Table, r.Key().ID, old)
			}
			sum.Add(r.Key().Table, r.Key().ID, raw)
			f.sent[r.Key()] = raw
			out = append(out, db.PulledRow{RowName: syncproto.RowName{Bucket: i, Table: string(r.Key().Table), ID: r.Key().ID, Position: f.position}, Raw: raw})
		}
		f.digests[c.Name] = sum
		reply.Buckets = append(reply.Buckets, syncproto.BucketPart{Name: c.Name, From: c.Cursor, To: f.position, Head: f.position, Digest: sum})
	}
	reply.People = []syncproto.Person{{Resident: "p001", Name: "홍*동", Last4: "1234"}}
	got, err := f.db.ApplyPull(f.t.Context(), reply, out)
	if err != nil || len(got.Mismatch) > 0 {
		f.t.Fatalf("pull: %+v, %v", got, err)
	}
}

// placed sends a new request.
func (f *fix) placed(n int) payback.RequestID {
	f.t.Helper()
	r := f.request(n)
	f.give(r)
	return r.ID
}

func (f *fix) request(n int) *payback.Request {
	return &payback.Request{ID: payback.RequestID(fmt.Sprintf("r%03d", n)), Resident: payback.ResidentID(fmt.Sprintf("p%03d", n)),
		ISBN: fixISBN, Store: fixStore, Assign: 1, State: payback.Placed, Number: fmt.Sprintf("%04d", n), Library: fixLib, Slot: n,
		Reserved: 14000, Price: 14000, PlacedAt: f.clock.Now().Wall, PlacedOn: "2026-11-23", Year: "2026", AskOn: "2026-11-24", EndsOn: "2026-11-30"}
}

// did fails the test unless the act was recorded and applied.
func (f *fix) did(done Done, err error) Done {
	f.t.Helper()
	f.clock.Advance(time.Second)
	if err != nil || !done.OK() || done.Ref.Zero() {
		f.t.Fatalf("got %+v, %v, want it recorded", done, err)
	}
	return done
}

// refused fails the test unless the act was refused for this reason and nothing
// was written.
func (f *fix) refusedFor(key string, act func() (Done, error)) Done {
	f.t.Helper()
	before, _, err := f.Waiting(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	done, err := act()
	if err != nil || done.Refused.Key != key {
		f.t.Errorf("got %+v, %v, want refused for %s", done, err, key)
	}
	if after, _, _ := f.Waiting(f.t.Context()); after != before {
		f.t.Errorf("a refusal wrote %d ops", after-before)
	}
	return done
}

// sold walks a request to its sale and returns the loan.
func (f *fix) sold(n int) payback.LoanID {
	f.t.Helper()
	id := f.placed(n)
	f.did(f.Accept(f.t.Context(), AcceptIn{Request: id}))
	done := f.did(f.Sell(f.t.Context(), SellIn{Request: id, Paid: 14000, Kind: payback.ByCard, Approval: "30012345", Seen: true}))
	return payback.LoanID(done.Subject.ID)
}

func (f *fix) loan(id payback.LoanID) *payback.Loan {
	f.t.Helper()
	l, err := f.Loan(f.t.Context(), id)
	if err != nil || l == nil {
		f.t.Fatalf("loan %s: %v, %v", id, l, err)
	}
	return l
}

func wantFault(t testing.TB, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("got %v, want code %q", err, want)
	}
}

// acked acknowledges everything that waits, as a server that applied it.
func (f *fix) acked() {
	f.t.Helper()
	for {
		b, err := f.db.Pending(f.t.Context(), 1000, 1<<20)
		if err != nil {
			f.t.Fatal(err)
		}
		if b.Empty() {
			return
		}
		reply := syncproto.PushReply{Epoch: "e1", Acked: b.Last}
		for w := b.From; w <= b.Last; w++ {
			reply.Verdicts = append(reply.Verdicts, syncproto.OpVerdict{Wseq: w, Position: f.position + 1, Verdict: payback.Applied})
		}
		if err := f.db.Acked(f.t.Context(), b.Run, reply); err != nil {
			f.t.Fatal(err)
		}
	}
}
