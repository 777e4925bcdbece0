// Package shoptest is one store's counter over a real file for the tests of both
// faces: rows as a server would have sent them, a clock that stands at 14:00 on Monday
// 23 November 2026 in Seoul, and the ways a clerk goes through a day.
package shoptest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Books that the shop's catalogue knows.
const (
	Convenience payback.ISBN = "9791161571188" // 불편한 편의점, 14,000원
	Almond      payback.ISBN = "9788936434120" // 아몬드, 13,000원, three in the shop
	Night       payback.ISBN = "9788954677158" // 긴긴밤, 11,500원
	Museum      payback.ISBN = "9791189327156" // a long title, 17,500원
)

const (
	shop    payback.StoreID   = "s01"
	library payback.LibraryID = "111001"
	device  payback.DeviceID  = "pc1"
)

// Shop is a store's counter and what its server would send it.
type Shop struct {
	T       testing.TB
	Clock   *stamp.Manual
	DB      *db.DB
	Counter *counter.Counter
	Desk    *counter.Desk

	rows map[payback.Key]row
	pos  uint64
}

type row struct {
	raw    []byte
	bucket payback.Bucket
	pos    uint64
}

// New returns the shop with its catalogue and nothing to do, in that language.
func New(t testing.TB, lang string) *Shop {
	t.Helper()
	chance := rand.NewChaCha8([32]byte{7})
	clock := stamp.NewManual(time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC), "boot")
	ids := stamp.NewIDs(stamp.Times(clock), chance)
	s := &Shop{T: t, Clock: clock, rows: map[payback.Key]row{}}
	var err error
	s.DB, err = db.Open(t.Context(), t.TempDir(), db.Env{Clock: clock, IDs: ids, Chance: chance})
	s.must(err)
	t.Cleanup(func() { s.must(s.DB.Close()) })
	box, err := keys.GenerateBox(chance)
	s.must(err)
	s.must(s.DB.SetEnrolment(t.Context(), db.Enrolment{Device: device, Store: shop, District: "seocho", Label: "서점 PC 1", Epoch: "e1",
		CardKey: make([]byte, 32), BoxKey: box.Public()}))
	s.must(s.DB.BeginRun(t.Context()))
	s.Counter = counter.New(s.DB, counter.Env{Clock: clock, IDs: ids, Chance: chance})
	s.Counter.SetActor(counter.Actor{Role: payback.RoleClerk, By: "c1"})
	s.Desk = counter.NewDesk(s.Counter, counter.DeskEnv{Words: assets.NewSpeaker(lang), Clerk: "김직원", Kick: func() {}})
	title := func(isbn payback.ISBN, name, author string, price payback.Won) *payback.Title {
		return &payback.Title{ISBN: isbn, Name: name, Author: author, Price: price}
	}
	s.Serve(&payback.District{ID: "seocho", Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{library}},
		&payback.PolicyRow{Policy: payback.DefaultPolicy()}, &payback.Store{ID: shop, Name: "반포서점", Libraries: []payback.LibraryID{library}},
		&payback.Library{ID: library, Name: "반포도서관"},
		title(Convenience, "불편한 편의점", "김호연", 14000), title(Almond, "아몬드", "손원평", 13000), title(Night, "긴긴밤", "루리", 11500),
		title(Museum, "나는 메트로폴리탄 미술관의 경비원입니다", "패트릭 브링리", 17500),
		&payback.Stock{Store: shop, ISBN: Almond, N: 3, AsOf: clock.Now().Wall})
	return s
}

func (s *Shop) must(err error) {
	s.T.Helper()
	if err != nil {
		s.T.Fatal(err)
	}
}

// Serve lets the server have rows, and pulls them.
func (s *Shop) Serve(rows ...payback.Row) {
	s.T.Helper()
	s.pos++
	for _, r := range rows {
		raw, err := payback.EncodeRow(r)
		s.must(err)
		s.rows[r.Key()] = row{raw, r.Bucket(), s.pos}
	}
	cursors, err := s.DB.Cursors(s.T.Context())
	s.must(err)
	reply := syncproto.PullReply{Epoch: "e1", Now: s.Clock.Now().Wall}
	var pulled []db.PulledRow
	for i, c := range cursors {
		part := syncproto.BucketPart{Name: c.Name, From: c.Cursor, To: s.pos, Head: s.pos}
		for k, r := range s.rows {
			if r.bucket != c.Name {
				continue
			}
			part.Digest.Add(k.Table, k.ID, r.raw)
			if r.pos > c.Cursor {
				pulled = append(pulled, db.PulledRow{RowName: syncproto.RowName{Bucket: i, Table: string(k.Table), ID: k.ID, Position: r.pos}, Raw: r.raw})
			}
		}
		reply.Buckets = append(reply.Buckets, part)
	}
	slices.SortStableFunc(pulled, func(a, b db.PulledRow) int { return a.Bucket - b.Bucket })
	for n := range 10 {
		reply.People = append(reply.People, syncproto.Person{Resident: resident(n), Name: []string{"김*희", "이*수", "홍*동"}[n%3], Last4: fmt.Sprintf("%04d", 7000+n)})
	}
	_, err = s.DB.ApplyPull(s.T.Context(), reply, pulled)
	s.must(err)
	at := s.Clock.Now()
	st, err := s.DB.SyncState(s.T.Context())
	s.must(err)
	st.Pushed, st.Pulled, st.PulledMono, st.Boot, st.AsOf, st.Every = at.Wall, at.Wall, at.Mono, at.Boot, at.Wall, 600_000
	s.must(s.DB.SetSyncState(s.T.Context(), st))
}

// Offline lets the last exchange have failed.
func (s *Shop) Offline() {
	s.T.Helper()
	st, err := s.DB.SyncState(s.T.Context())
	s.must(err)
	st.Fails, st.Cause, st.Tried = 3, payback.Reason{Key: "sync.offline"}, s.Clock.Now().Wall
	s.must(s.DB.SetSyncState(s.T.Context(), st))
}

func resident(n int) payback.ResidentID { return payback.ResidentID(fmt.Sprintf("p%03d", n)) }

// Owner gives the shop an owner with the PIN 258000.
func (s *Shop) Owner() {
	s.T.Helper()
	was := s.Counter.Actor()
	s.Counter.SetActor(counter.Actor{Role: payback.RoleOwner, By: was.By})
	defer s.Counter.SetActor(was)
	_, err := s.Counter.SetClerk(s.T.Context(), counter.ClerkIn{Owner: true, PIN: OwnerPIN})
	s.must(err)
}

// OwnerPIN is the owner's.
const OwnerPIN = "258000"

// Place puts a request onto the server; n, at most 9, is its pick-up number and its
// resident.
func (s *Shop) Place(n int, isbn payback.ISBN, state payback.State) {
	s.T.Helper()
	r := &payback.Request{ID: payback.RequestID(fmt.Sprintf("r%03d", n)), Resident: resident(n), ISBN: isbn, Store: shop, Assign: 1, State: state,
		Number: fmt.Sprintf("%04d", n), Slot: n, Reserved: 14000, Price: 14000, PlacedAt: s.Clock.Now().Wall - int64(10-n)*60_000,
		EndsOn: "2026-11-30", Library: library, Year: "2026"}
	switch state {
	case payback.Ordered:
		r.ReadyBy, r.EndsOn = "2026-11-25", ""
	case payback.Accepted:
		r.Hold = n
	}
	s.Serve(r)
}

// Lend puts a loan of this PC onto the server, due in days.
func (s *Shop) Lend(n int, isbn payback.ISBN, days int, by payback.PayKind) {
	s.T.Helper()
	id := payback.LoanID(fmt.Sprintf("l%03d", n))
	l := &payback.Loan{ID: id, Number: fmt.Sprintf("%04d", n), Resident: resident(n), ISBN: isbn, Store: shop, Library: library, State: payback.LoanOut,
		SoldAt: s.Clock.Now().Wall - 17*86_400_000, SoldOn: "2026-11-06", Paid: 14000, List: 14000, Kind: by, Approval: "30418827",
		Due: payback.Date("2026-11-23").Add(days), Slot: n, Year: "2026", Right: payback.DeviceRight(device)}
	s.Serve(l, &payback.Copy{ID: payback.CopyID(id), ISBN: isbn, Store: shop, Library: library, State: payback.CopyOut})
}

// Claim puts a line of money that the library owes the store onto the server.
func (s *Shop) Claim() {
	s.T.Helper()
	s.Serve(&payback.Line{ID: "l1", Store: shop, Loan: "l001", ISBN: Convenience, State: payback.LineOwed, Amount: 14000, OwedOn: "2026-10-01", PayBy: "2026-10-31"})
}
