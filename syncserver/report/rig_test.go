package report

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"
	_ "time/tzdata" // the district's zone, wherever the test runs

	"github.com/bookpayback/bookpayback/shared/isbn"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

const town = payback.DistrictID("seocho")

// rig is a district with two stores, two libraries and ten residents, on a Monday
// at 14:05 in Seoul, 23 November 2026.
type rig struct {
	*Reports
	t      *testing.T
	ledger *ledger.Ledger
	clock  *stamp.Manual
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g := &rig{t: t, clock: stamp.NewManual(time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC), "test")}
	d, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "server.db"))
	g.must(err)
	t.Cleanup(func() { _ = d.Close() })
	key, err := keys.Generate(rand.Reader)
	g.must(err)
	g.ledger, err = ledger.New(d, ledger.Options{Clock: g.clock, IDs: stamp.NewIDs(stamp.Times(g.clock), rand.Reader), Key: key, Log: slog.New(slog.DiscardHandler)})
	g.must(err)
	g.Reports = New(g.ledger.View)
	g.put(&payback.District{ID: town, Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{"111377", "111493"}},
		&payback.Library{ID: "111377", Name: "반포도서관"}, &payback.Library{ID: "111493", Name: "양재도서관"},
		&payback.Store{ID: "s01", Name: "반포서점"}, &payback.Store{ID: "s02", Name: "=서래서점"})
	for i := range 10 {
		g.put(&payback.Resident{ID: resident(i)})
	}
	return g
}

func resident(i int) payback.ResidentID { return payback.ResidentID(fmt.Sprintf("r%d", i)) }

// book is the i-th title: each has slots of its own.
func book(i int) payback.ISBN {
	body := fmt.Sprintf("97911%07d", i)
	check, _ := isbn.CheckDigit(body)
	return payback.ISBN(body + string(check))
}

func (g *rig) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g *rig) put(rows ...payback.Row) {
	g.t.Helper()
	for _, r := range rows {
		raw, err := payback.EncodeRow(r)
		g.must(err)
		g.act(ledger.Actor{}, &payback.Upsert{Table: r.Key().Table, Rows: []json.RawMessage{raw}, ID: g.ledger.NewID()})
	}
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

func (g *rig) at(store payback.StoreID, bodies ...payback.Body) {
	g.t.Helper()
	g.act(ledger.Actor{Role: payback.RoleClerk, By: "c1", Store: store}, bodies...)
}

// place, sell, give back: the i-th walk of a book, by resident who, as far as to.
// The copy's id is "c<i>".
func (g *rig) walk(i, who int, store payback.StoreID, to payback.Kind) {
	g.t.Helper()
	q, c := payback.RequestID(fmt.Sprintf("q%d", i)), payback.CopyID(fmt.Sprintf("c%d", i))
	steps := []struct {
		kind payback.Kind
		do   func()
	}{
		{payback.KPlace, func() {
			g.act(ledger.Actor{Role: payback.RoleResident, By: string(resident(who))}, &payback.Place{Request: q, Resident: resident(who), ISBN: book(i), Store: store})
		}},
		{payback.KAccept, func() { g.at(store, &payback.Accept{Request: q, Assign: 1}) }},
		{payback.KSell, func() {
			g.at(store, &payback.Sell{Copy: c, Request: q, ISBN: book(i), Paid: 10000, List: 10000, PayBy: payback.ByCard, Due: "2026-12-14"})
		}},
		{payback.KReturn, func() { g.at(store, &payback.Return{Loan: c}) }},
		{payback.KIntake, func() {
			g.act(ledger.Actor{Role: payback.RoleLibrarian, By: "l1"}, &payback.Intake{Copy: c, ISBN: book(i), Library: g.copyOf(c).Library, Scan: string(c)})
		}},
		{payback.KShelve, func() { g.act(ledger.Actor{Role: payback.RoleLibrarian, By: "l1"}, &payback.Shelve{Copy: c}) }},
	}
	for _, s := range steps {
		s.do()
		if s.kind == to {
			return
		}
	}
}

func (g *rig) copyOf(id payback.CopyID) (c *payback.Copy) {
	g.t.Helper()
	g.must(g.ledger.View(g.t.Context(), town, func(r db.Reader) error {
		rows, err := r.Rows([]payback.Key{payback.CopyKey(id)})
		c, _ = rows[payback.CopyKey(id)].Row.(*payback.Copy)
		return err
	}))
	return c
}

// pass lets days go by.
func (g *rig) pass(days int) { g.clock.Advance(time.Duration(days) * 24 * time.Hour) }
