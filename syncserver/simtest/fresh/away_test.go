package fresh

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/client/syncer"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/api"
	server "github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

// town is a server and its clock, which every request moves by a second.
type town struct {
	t       testing.TB
	clock   *stamp.Manual
	chance  io.Reader
	folder  string
	db      server.DB
	file    *sqlitefile.File
	l       *ledger.Ledger
	vault   *vault.Vault
	handler http.Handler
	paths   map[string]int // requests
	cut     string         // requests to this path get no answer
}

var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func newTown(t testing.TB) *town {
	t.Helper()
	w := &town{t: t, clock: stamp.NewManual(start, "server"), chance: rand.NewChaCha8([32]byte{1}), folder: t.TempDir(), paths: map[string]int{}}
	var err error
	w.db, w.file, err = sqlite.OpenFile(t.Context(), filepath.Join(w.folder, "server.db"))
	w.must(err)
	t.Cleanup(func() { w.db.Close() })
	key, err := keys.Generate(w.chance)
	w.must(err)
	box, err := keys.GenerateBox(w.chance)
	w.must(err)
	master, err := keys.NewMasterKey(w.chance)
	w.must(err)
	quiet := slog.New(slog.DiscardHandler)
	w.l, err = ledger.New(w.db, ledger.Options{Clock: w.clock, IDs: stamp.NewIDs(stamp.Times(w.clock), w.chance), Key: key, Log: quiet})
	w.must(err)
	v, err := vault.New(vault.Config{DB: w.db, Master: master, Chance: w.chance, Now: w.l.Now, NewID: w.l.NewID})
	w.must(err)
	a, err := api.New(api.Options{DB: w.db, Ledger: w.l, Vault: v, District: district, Key: key, Clock: w.clock, Program: "away", Log: quiet,
		Box:       func(payback.DistrictID) (keys.BoxKey, error) { return box, nil },
		Snapshots: filepath.Join(w.folder, "snapshots"), SnapshotFrom: 100})
	w.must(err)
	w.vault, w.handler = v, a.Handler()
	w.put(&payback.District{ID: district, Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{"111136"}})
	w.put(&payback.PolicyRow{Policy: payback.DefaultPolicy()})
	w.put(&payback.Library{ID: "111136", Name: "반포도서관"})
	w.put(&payback.Store{ID: "s01", Name: "반포서점", Libraries: []payback.LibraryID{"111136"}})
	return w
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// put writes rows by one act.
func (w *town) put(rows ...payback.Row) {
	w.t.Helper()
	b := &payback.Upsert{Table: rows[0].Key().Table, ID: w.l.NewID()}
	for _, r := range rows {
		raw, err := payback.EncodeRow(r)
		w.must(err)
		b.Rows = append(b.Rows, raw)
	}
	_, err := w.l.Act(w.t.Context(), district, ledger.Actor{}, b)
	w.must(err)
}

// RoundTrip carries a request to the server.
func (w *town) RoundTrip(r *http.Request) (*http.Response, error) {
	w.clock.Advance(time.Second)
	w.paths[r.Method+" "+r.URL.Path]++
	if r.URL.Path == w.cut {
		return nil, net.ErrClosed
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// row returns a row of the server.
func row[R payback.Row](w *town, k payback.Key) (r R) {
	w.t.Helper()
	w.must(w.l.View(w.t.Context(), district, func(rd server.Reader) error {
		found, err := rd.Rows([]payback.Key{k})
		if st, ok := found[k]; ok {
			r = st.Row.(R)
		}
		return err
	}))
	return r
}

// counterPC is a counter of the store.
type counterPC struct {
	clock *stamp.Manual
	db    *db.DB
	*syncer.Syncer
}

func (w *town) counter(seed byte) *counterPC {
	w.t.Helper()
	clock := stamp.NewManual(w.clock.Now().Time(), "pc")
	chance := rand.NewChaCha8([32]byte{seed})
	dir := w.t.TempDir()
	d, err := db.Open(w.t.Context(), dir, db.Env{Clock: clock, IDs: stamp.NewIDs(stamp.Times(clock), chance), Chance: chance})
	w.must(err)
	w.t.Cleanup(func() { d.Close() })
	s, err := syncer.New(d, syncer.Env{Clock: clock, Chance: chance, Ring: keys.Ring{Dir: dir + "/keys"}, Program: "away", Face: "verb", Transport: w})
	w.must(err)
	code := stamp.NewIDs(stamp.Times(clock), chance).Code(syncproto.CodeGroups)
	hash, _ := syncproto.CodeHash(code)
	_, err = w.l.Act(w.t.Context(), district, ledger.Actor{Role: payback.RoleOfficer, By: "o"},
		&payback.MakeEnrolCode{Hash: hash, Store: "s01", Label: fmt.Sprint("PC ", seed), Expires: w.l.Now() + 600_000})
	w.must(err)
	_, err = s.Enrol(w.t.Context(), "http://127.0.0.1:1", code)
	w.must(err)
	w.must(d.BeginRun(w.t.Context()))
	return &counterPC{clock, d, s}
}

// do records acts at one moment.
func (p *counterPC) do(w *town, bodies ...payback.Body) {
	w.t.Helper()
	p.clock.Advance(3 * time.Second)
	var entries []db.Entry
	for _, b := range bodies {
		entries = append(entries, db.Entry{Body: b, Role: payback.RoleClerk, By: "c1"})
	}
	if _, no, err := p.db.Record(w.t.Context(), entries, nil); err != nil || !no.None() {
		w.t.Fatalf("%s: %v %v", bodies[0].Kind(), no, err)
	}
}

// The numbers of an outage of three months.
const (
	awayDays = 90
	perDay   = 60
)

// A PC is cut off for three months of full days, while the district goes on: titles
// change, another PC of the store works, backups are taken. Nothing of it expires.
func TestThreeMonthsOfflineLoseNothing(t *testing.T) {
	w := newTown(t)
	var titles []payback.Row
	for n := range 300 {
		titles = append(titles, title(n))
	}
	w.put(titles...)
	away, beside := w.counter(2), w.counter(3)
	for _, p := range []*counterPC{away, beside} {
		if _, err := p.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	zone := time.FixedZone("KST", 9*3600)
	day := func(p *counterPC) payback.Date { return payback.DateOf(p.clock.Now().Wall, zone) }
	type sold struct {
		on, due, back payback.Date
	}
	loans := map[payback.LoanID]sold{}
	for d := range awayDays {
		for i := range perDay / 3 {
			id := payback.CopyID(fmt.Sprintf("copy-%02d-%02d", d, i))
			due := payback.Date(away.clock.Now().Time().In(zone).AddDate(0, 0, 21).Format(time.DateOnly))
			acts := []payback.Body{
				&payback.Sell{Copy: id, ISBN: isbnAt((d*20 + i) % 300), Paid: 14000, List: 14000, PayBy: payback.ByCash, Due: due},
				&payback.Count{ISBN: isbnAt(i), N: i % 9, Source: "count", ID: fmt.Sprintf("n-%02d-%02d", d, i)},
				&payback.Count{ISBN: isbnAt(100 + i), N: 3, Source: "count", ID: fmt.Sprintf("m-%02d-%02d", d, i)},
			}
			loans[payback.LoanID(id)] = sold{on: day(away), due: due}
			if d >= 10 { // brought back after ten days
				old := payback.LoanID(fmt.Sprintf("copy-%02d-%02d", d-10, i))
				acts[2] = &payback.Return{Loan: old}
				l := loans[old]
				l.back = day(away)
				loans[old] = l
			}
			away.do(w, acts...)
		}
		away.clock.Advance(24*time.Hour - perDay*time.Second)
		w.clock.Advance(24 * time.Hour)
		beside.clock.Advance(24 * time.Hour)
		if d%10 == 0 { // the district goes on
			for n := range titles {
				x := *title(n)
				x.Price += payback.Won(d + 1)
				titles[n] = &x
			}
			w.put(titles...)
			beside.do(w, &payback.Count{ISBN: isbnAt(200), N: d, Source: "count", ID: fmt.Sprint("b", d)})
			if _, err := beside.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.archive(t.Context(), fmt.Sprint("backup", d))
		}
	}
	n, _, err := away.db.OutboxState(t.Context())
	if err != nil || n != awayDays*perDay {
		t.Fatalf("%d ops wait, want %d (%v)", n, awayDays*perDay, err)
	}
	if st := shown[*payback.Stock](t, away, payback.StockKey("s01", isbnAt(19))); st == nil || st.Source != "count" {
		t.Fatalf("the PC's own count is not on its screen: %+v", st)
	}

	w.paths = map[string]int{}
	r, err := away.Step(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Sent != awayDays*perDay {
		t.Errorf("%d ops were taken, want %d", r.Sent, awayDays*perDay)
	}
	if w.paths["POST /v1/snapshot"] != 1 {
		t.Errorf("the catalogue came without a snapshot: %v", w.paths)
	}
	left, err := away.db.Outbox(t.Context(), 10, 0)
	if err != nil || len(left) > 0 {
		t.Errorf("%d ops wait still, %v", len(left), err)
	}
	acts, err := away.db.Last(t.Context(), 0, awayDays*perDay+10)
	if err != nil || len(acts) != awayDays*perDay {
		t.Fatalf("%d acts, %v", len(acts), err)
	}
	for _, a := range acts {
		if a.Verdict == "" || a.Verdict == payback.Quarantined || a.Verdict == payback.Held {
			t.Fatalf("%+v", a)
		}
	}
	for id, want := range loans {
		l := row[*payback.Loan](w, payback.LoanKey(id))
		if l == nil || l.Due < want.due || l.Due > payback.Date(mustDay(want.due).AddDate(0, 0, 7).Format(time.DateOnly)) {
			t.Fatalf("loan %s sold on %s: %+v, want due about %s", id, want.on, l, want.due)
		}
		if want.back != "" && l.State != payback.LoanReturned {
			t.Fatalf("loan %s came back on %s, in time by its scan, and is %s", id, want.back, l.State)
		}
	}
	if got := shown[*payback.Title](t, away, payback.TitleKey(isbnAt(7))); got.Price != titles[7].(*payback.Title).Price {
		t.Errorf("the price here is %d, want %d", got.Price, titles[7].(*payback.Title).Price)
	}
}

func mustDay(d payback.Date) time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	must(err)
	return t
}

// shown returns a row as the PC's screen has it.
func shown[R payback.Row](t testing.TB, p *counterPC, k payback.Key) (r R) {
	t.Helper()
	got, err := p.db.Row(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if got != nil {
		r = got.(R)
	}
	return r
}

// archive takes a backup and moves what is archived up to it.
func (w *town) archive(ctx context.Context, name string) {
	w.t.Helper()
	path := filepath.Join(w.folder, name)
	w.must(w.file.BackupTo(ctx, path))
	copied, err := sqlite.Open(ctx, path)
	w.must(err)
	defer copied.Close()
	_, err = w.l.Archive(ctx, district, copied)
	w.must(err)
}
