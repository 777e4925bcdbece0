package clockwork

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the district's zone, wherever the test runs

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqldb"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/notify"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

const (
	town  = payback.DistrictID("seocho")
	novel = payback.ISBN("9788936434120")
)

// rig is a district with one store, one library and some residents, on a Monday
// at 14:05 in Seoul, 23 November 2026.
type rig struct {
	*Clockwork
	t      *testing.T
	db     *sqldb.DB
	ledger *ledger.Ledger
	clock  *stamp.Manual
	people []payback.ResidentID
	texts  []notify.Text
	seen   int64
}

// Send keeps a text.
func (g *rig) Send(_ context.Context, t notify.Text) error {
	g.texts = append(g.texts, t)
	return nil
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g := &rig{t: t, clock: stamp.NewManual(time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC), "test")}
	var err error
	g.db, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "server.db"))
	g.must(err)
	t.Cleanup(func() { _ = g.db.Close() })
	key, err := keys.Generate(rand.Reader)
	g.must(err)
	master, err := keys.NewMasterKey(rand.Reader)
	g.must(err)
	ids := stamp.NewIDs(stamp.Times(g.clock), rand.Reader)
	quiet := slog.New(slog.DiscardHandler)
	g.ledger, err = ledger.New(g.db, ledger.Options{Clock: g.clock, IDs: ids, Key: key, Log: quiet})
	g.must(err)
	v, err := vault.New(vault.Config{DB: g.db, Master: master, Chance: rand.Reader, Now: g.ledger.Now, NewID: ids.New})
	g.must(err)
	n := notify.New(notify.Config{Outbox: g.db, People: v, Gateway: g, Speaker: assets.NewSpeaker("ko"), Now: g.ledger.Now, Log: quiet})
	g.Clockwork = New(Config{Ledger: g.ledger, Notifier: n, Districts: g.db.Districts, Log: quiet,
		Seen:  func(context.Context, payback.DistrictID, payback.DeviceID) (int64, error) { return g.seen, nil },
		Pause: func(ctx context.Context, d time.Duration) error { g.clock.Advance(d); return ctx.Err() }})
	g.put(&payback.District{ID: town, Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{"111377"}})
	g.put(&payback.Library{ID: "111377", Name: "반포도서관"})
	g.put(&payback.Store{ID: "s01", Name: "반포서점", Libraries: []payback.LibraryID{"111377"}})
	g.put(&payback.Title{ISBN: novel, Name: "소년이 온다", Price: 15000})
	for i := range 5 {
		in, err := v.Import(t.Context(), town, []vault.Details{{Name: "김길동", Phone: fmt.Sprintf("010-0000-10%02d", i), Card: fmt.Sprint(i + 1)}})
		g.must(err)
		g.put(&payback.Resident{ID: in[0].ID, CardTag: in[0].CardTag})
		g.people = append(g.people, in[0].ID)
	}
	return g
}

func (g *rig) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g *rig) put(r payback.Row) {
	g.t.Helper()
	raw, err := payback.EncodeRow(r)
	g.must(err)
	g.act(ledger.Actor{}, &payback.Upsert{Table: r.Key().Table, Rows: []json.RawMessage{raw}, ID: g.ledger.NewID()})
}

func (g *rig) act(who ledger.Actor, bodies ...payback.Body) {
	g.t.Helper()
	results, err := g.ledger.Act(g.t.Context(), town, who, bodies...)
	g.must(err)
	for i, r := range results {
		if !r.Done() {
			g.t.Fatalf("%s: %s %v", bodies[i].Kind(), r.Verdict, r.Reason)
		}
	}
}

// atStore does acts as a clerk.
func (g *rig) atStore(bodies ...payback.Body) {
	g.t.Helper()
	g.act(ledger.Actor{Role: payback.RoleClerk, By: "c1", Store: "s01"}, bodies...)
}

// place places a request named id for the i-th resident.
func (g *rig) place(id string, i int) {
	g.t.Helper()
	g.act(ledger.Actor{Role: payback.RoleResident, By: string(g.people[i])},
		&payback.Place{Request: payback.RequestID(id), Resident: g.people[i], ISBN: novel, Store: "s01"})
}

// lend places, accepts and sells: the loan is due in three weeks.
func (g *rig) lend(id string, i int) {
	g.t.Helper()
	g.place(id, i)
	g.atStore(&payback.Accept{Request: payback.RequestID(id), Assign: 1},
		&payback.Sell{Copy: payback.CopyID("c-" + id), Request: payback.RequestID(id), ISBN: novel, Paid: 15000, List: 15000, PayBy: payback.ByCard, Due: g.today().Add(21)})
}

func (g *rig) today() payback.Date {
	zone, _ := time.LoadLocation("Asia/Seoul")
	return payback.DateOf(g.ledger.Now(), zone)
}

// days lets so many days go by and makes a step.
func (g *rig) days(n int) {
	g.t.Helper()
	g.clock.Advance(time.Duration(n) * 24 * time.Hour)
	g.step()
}

func (g *rig) step() {
	g.t.Helper()
	g.must(g.Step(g.t.Context(), town))
}

func (g *rig) view(f func(r db.Reader) error) {
	g.t.Helper()
	g.must(g.ledger.View(g.t.Context(), town, f))
}

func row[R payback.Row](g *rig, k payback.Key) (out R) {
	g.t.Helper()
	g.view(func(r db.Reader) error {
		rows, err := r.Rows([]payback.Key{k})
		out, _ = rows[k].Row.(R)
		return err
	})
	return out
}

func (g *rig) request(id string) *payback.Request {
	g.t.Helper()
	return row[*payback.Request](g, payback.RequestKey(payback.RequestID(id)))
}

func (g *rig) loan(id string) *payback.Loan {
	g.t.Helper()
	return row[*payback.Loan](g, payback.LoanKey(payback.LoanID("c-"+id)))
}

// ops is how many ops the ledger has.
func (g *rig) ops() (n uint64) {
	g.t.Helper()
	g.view(func(r db.Reader) error {
		head, err := r.Head()
		n = head.Position
		return err
	})
	return n
}

// told counts the texts with a key.
func (g *rig) told(key string) (n int) {
	for _, t := range g.texts {
		if t.Key == key {
			n++
		}
	}
	return n
}

// refusals lists the acts of the server that came to nothing.
func (g *rig) refusals() (out []string) {
	g.t.Helper()
	g.view(func(r db.Reader) error {
		ops, err := r.Ops(0, 1000)
		for _, o := range ops {
			if o.Verdict == payback.Rejected || o.Verdict == payback.Duplicate {
				out = append(out, fmt.Sprint(o.Kind, " ", o.Verdict, " ", strings.Split(o.Act, "/")[0]))
			}
		}
		return err
	})
	return out
}
