package counter_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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

const (
	shopID  = payback.StoreID("s01")
	pc      = payback.DeviceID("pc1")
	library = payback.LibraryID("111001")

	book     = "9791161571188" // 불편한 편의점, 14,000원
	unpriced = "9788937460883" // nobody knows its price
	other    = "9788936434120" // known title, nothing open
	card     = "21145678"
)

// at is Monday 23 November 2026, 14:00 in Seoul.
var at = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

// world is one store's counter over a real file, with a server's rows by hand.
type world struct {
	t     *testing.T
	clock *stamp.Manual
	db    *db.DB
	c     *counter.Counter
	desk  *counter.Desk
	rows  map[payback.Key]held
	pos   uint64
	last  counter.Screen
	kicks int
}

type held struct {
	raw    []byte
	bucket payback.Bucket
	pos    uint64
}

func newWorld(t *testing.T, lang string, change ...func(*payback.Policy)) *world {
	t.Helper()
	chance := rand.NewChaCha8([32]byte{7})
	clock := stamp.NewManual(at, "boot")
	ids := stamp.NewIDs(stamp.Times(clock), chance)
	d, err := db.Open(t.Context(), t.TempDir(), db.Env{Clock: clock, IDs: ids, Chance: chance})
	must(t, err)
	t.Cleanup(func() { d.Close() })
	box, err := keys.GenerateBox(chance)
	must(t, err)
	must(t, d.SetEnrolment(t.Context(), db.Enrolment{Device: pc, Store: shopID, District: "seocho", Label: "서점 PC 1", Epoch: "e1",
		CardKey: make([]byte, 32), BoxKey: box.Public()}))
	must(t, d.BeginRun(t.Context()))
	w := &world{t: t, clock: clock, db: d, rows: map[payback.Key]held{}}
	w.c = counter.New(d, counter.Env{Clock: clock, IDs: ids, Chance: chance})
	w.c.SetActor(counter.Actor{Role: payback.RoleClerk, By: "c1"})
	w.desk = counter.NewDesk(w.c, counter.DeskEnv{Words: assets.NewSpeaker(lang), Kick: func() { w.kicks++ }})
	p := payback.DefaultPolicy()
	for _, f := range change {
		f(&p)
	}
	w.serve(&payback.District{ID: "seocho", Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{library}},
		&payback.PolicyRow{Policy: p}, &payback.Store{ID: shopID, Name: "반포서점", Libraries: []payback.LibraryID{library}},
		&payback.Library{ID: library, Name: "반포도서관"},
		&payback.Title{ISBN: book, Name: "불편한 편의점", Author: "김호연", Price: 14000}, &payback.Title{ISBN: unpriced, Name: "새로 나온 책"},
		&payback.Title{ISBN: other, Name: "아몬드", Author: "손원평", Price: 13000},
		&payback.Stock{Store: shopID, ISBN: other, N: 3, AsOf: at.UnixMilli()})
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve lets the server have rows, and pulls them.
func (w *world) serve(rows ...payback.Row) {
	w.t.Helper()
	w.pos++
	for _, r := range rows {
		raw, err := payback.EncodeRow(r)
		must(w.t, err)
		w.rows[r.Key()] = held{raw, r.Bucket(), w.pos}
	}
	w.pull()
}

func (w *world) pull() {
	w.t.Helper()
	cursors, err := w.db.Cursors(w.t.Context())
	must(w.t, err)
	reply := syncproto.PullReply{Epoch: "e1", Now: w.clock.Now().Wall}
	var rows []db.PulledRow
	for i, c := range cursors {
		part := syncproto.BucketPart{Name: c.Name, From: c.Cursor, To: w.pos, Head: w.pos}
		for k, r := range w.rows {
			if r.bucket != c.Name {
				continue
			}
			part.Digest.Add(k.Table, k.ID, r.raw)
			if r.pos > c.Cursor {
				rows = append(rows, db.PulledRow{RowName: syncproto.RowName{Bucket: i, Table: string(k.Table), ID: k.ID, Position: r.pos}, Raw: r.raw})
			}
		}
		reply.Buckets = append(reply.Buckets, part)
	}
	slices.SortStableFunc(rows, func(a, b db.PulledRow) int { return a.Bucket - b.Bucket })
	for _, n := range []int{1, 2, 3, 4, 5, 371} {
		reply.People = append(reply.People, syncproto.Person{Resident: resident(n), Name: []string{"김*희", "이*수", "홍*동"}[n%3], Last4: fmt.Sprintf("%04d", 7000+n)})
	}
	_, err = w.db.ApplyPull(w.t.Context(), reply, rows)
	must(w.t, err)
}

func resident(n int) payback.ResidentID { return payback.ResidentID(fmt.Sprintf("p%03d", n)) }

// place puts a request onto the server: number is its pick-up number too.
func (w *world) place(n int, isbn payback.ISBN, state payback.State, change ...func(*payback.Request)) payback.RequestID {
	w.t.Helper()
	r := &payback.Request{ID: payback.RequestID(fmt.Sprintf("r%03d", n)), Resident: resident(n), ISBN: isbn, Store: shopID, Assign: 1, State: state,
		Number: fmt.Sprintf("%04d", n), Slot: n, Reserved: 14000, PlacedAt: at.UnixMilli() - int64(100-n)*60_000, EndsOn: "2026-11-30", Library: library, Year: "2026",
		CardTag: keys.CardTag(make([]byte, 32), card)}
	if isbn == book {
		r.Price = 14000
	}
	if state == payback.Ordered {
		r.ReadyBy, r.EndsOn = "2026-11-25", ""
	}
	for _, f := range change {
		f(r)
	}
	w.serve(r)
	return r.ID
}

// lend puts a loan of this PC onto the server, due in days.
func (w *world) lend(n int, days int, change ...func(*payback.Loan)) payback.LoanID {
	w.t.Helper()
	id := payback.LoanID(fmt.Sprintf("l%03d", n))
	l := &payback.Loan{ID: id, Number: fmt.Sprintf("%04d", n), Resident: resident(n), ISBN: book, Store: shopID, Library: library, State: payback.LoanOut,
		SoldAt: at.UnixMilli() - 17*86_400_000, SoldOn: "2026-11-06", Paid: 14000, List: 14000, Kind: payback.ByCard, Approval: "30418827",
		Due: payback.Date("2026-11-23").Add(days), Slot: n, Year: "2026", Right: payback.DeviceRight(pc)}
	for _, f := range change {
		f(l)
	}
	w.serve(l, &payback.Copy{ID: id, ISBN: l.ISBN, Store: shopID, Library: l.Library, State: payback.CopyOut})
	return id
}

// do hands an event to the desk. Whatever is on the screen must be said.
func (w *world) do(e counter.Event) counter.Screen {
	w.t.Helper()
	w.clock.Advance(3 * time.Second)
	return w.at(e)
}

// at is do without time passing.
func (w *world) at(e counter.Event) counter.Screen {
	w.t.Helper()
	w.last = w.desk.Handle(w.t.Context(), e)
	if text := fmt.Sprintf("%+v", w.last); strings.Contains(text, "[counter.") || strings.Contains(text, "[payback.") || strings.Contains(text, "[scan.") ||
		strings.Contains(text, "[word.") || strings.Contains(text, "[fault.") || strings.Contains(text, "<no value>") {
		w.t.Errorf("something is not said after %+v:\n%s", e, text)
	}
	return w.last
}

func (w *world) scan(code string) counter.Screen {
	w.t.Helper()
	return w.do(counter.Event{Scan: code})
}
func (w *world) key(key string) counter.Screen { w.t.Helper(); return w.do(counter.Event{Key: key}) }
func (w *world) enter(name, value string) counter.Screen {
	w.t.Helper()
	return w.do(counter.Event{Key: "Enter", Fields: map[string]string{name: value}})
}

// says checks tone and what the band's words hold.
func (w *world) says(tone assets.State, words ...string) {
	w.t.Helper()
	b := w.last.Band
	if b.Tone != counter.ToneOf(tone) {
		w.t.Errorf("the band's tone is %q, want %q: %s | %s", b.Tone, tone, b.Title, b.Why)
	}
	w.holds(words...)
}

// holds checks what the band and the panel say.
func (w *world) holds(words ...string) {
	w.t.Helper()
	b := w.last.Band
	text := fmt.Sprint(b.Word, " ", b.Title, " ", b.Amount, " ", b.Why, " ", b.Step, " ", b.Big, " ", b.BigNote, " ", b.Say, " ", b.Fields, " ", b.Answers, " ", w.last.Panel)
	for _, s := range words {
		if !strings.Contains(text, s) {
			w.t.Errorf("the screen does not say %q:\n%s", s, text)
		}
	}
}

func (w *world) row(k payback.Key) payback.Row {
	w.t.Helper()
	r, err := w.db.Row(w.t.Context(), k)
	must(w.t, err)
	return r
}

func (w *world) loan(id payback.LoanID) *payback.Loan {
	w.t.Helper()
	return w.row(payback.LoanKey(id)).(*payback.Loan)
}
func (w *world) copy(id payback.CopyID) *payback.Copy {
	w.t.Helper()
	return w.row(payback.CopyKey(id)).(*payback.Copy)
}
func (w *world) request(id payback.RequestID) *payback.Request {
	w.t.Helper()
	return w.row(payback.RequestKey(id)).(*payback.Request)
}

func (w *world) waiting() int {
	w.t.Helper()
	n, _, err := w.c.Waiting(w.t.Context())
	must(w.t, err)
	return n
}
