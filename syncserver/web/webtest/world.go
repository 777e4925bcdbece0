// Package webtest is a small district behind both sites, for their tests: a real
// database, ledger, vault and clock, a visitor without a browser and one with.
package webtest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // the district's zone, wherever the test runs

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

// District is the district of every World.
const District payback.DistrictID = "seocho"

// World is a district with stores, titles and residents.
type World struct {
	T      testing.TB
	DB     db.DB
	Ledger *ledger.Ledger
	Vault  *vault.Vault
	Query  *query.Query
	Clock  *stamp.Manual
	IDs    *stamp.IDs
	Chance *Chance
	Log    *bytes.Buffer // what the sites logged

	mu    sync.Mutex // guards codes
	codes map[payback.ResidentID]string
}

// Chance is a stream of bytes that is the same at every run; several goroutines
// may read it.
type Chance struct {
	mu sync.Mutex
	r  *rand.ChaCha8
}

// Read fills p.
func (c *Chance) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.r.Read(p)
}

// Start is when a World begins: a Monday afternoon in Seoul, 14:05.
func Start() time.Time { return time.Date(2026, 11, 23, 5, 5, 0, 0, time.UTC) }

// New returns a World that ends with the test.
func New(t testing.TB) *World {
	t.Helper()
	d, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "server.db"))
	Must(t, err)
	t.Cleanup(func() { _ = d.Close() })
	w := &World{T: t, DB: d, Clock: stamp.NewManual(Start(), "boot"), Chance: &Chance{r: rand.NewChaCha8([32]byte{7})}, Log: &bytes.Buffer{}, codes: map[payback.ResidentID]string{}}
	w.IDs = stamp.NewIDs(stamp.Times(w.Clock), w.Chance)
	key, err := keys.Generate(w.Chance)
	Must(t, err)
	w.Ledger, err = ledger.New(d, ledger.Options{Clock: w.Clock, IDs: w.IDs, Key: key, Log: slog.New(slog.NewTextHandler(w.Log, nil))})
	Must(t, err)
	master, err := keys.NewMasterKey(w.Chance)
	Must(t, err)
	w.Vault, err = vault.New(vault.Config{DB: d, Master: master, Chance: w.Chance, Now: w.Ledger.Now, NewID: w.IDs.New, SendCode: w.keepCode})
	Must(t, err)
	w.Query = query.New(w.Ledger, d)
	w.fill()
	return w
}

// Logger is what the sites of a World log to.
func (w *World) Logger() *slog.Logger { return slog.New(slog.NewTextHandler(w.Log, nil)) }

func (w *World) keepCode(_ context.Context, _ payback.DistrictID, to payback.ResidentID, code string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.codes[to] = code
	return nil
}

// Code is the last sign-in code that was sent to a resident.
func (w *World) Code(to payback.ResidentID) string {
	w.Vault.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.codes[to]
}

// Must ends the test on an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Pass lets time go by.
func (w *World) Pass(d time.Duration) { w.Clock.Advance(d) }

// Upsert writes rows of one table, as the server.
func (w *World) Upsert(rows ...payback.Row) {
	w.T.Helper()
	b := &payback.Upsert{Table: rows[0].Key().Table, ID: w.IDs.New()}
	for _, r := range rows {
		raw, err := payback.EncodeRow(r)
		Must(w.T, err)
		b.Rows = append(b.Rows, raw)
	}
	w.Act(ledger.Actor{}, b)
}

// Act does acts that must stand.
func (w *World) Act(who ledger.Actor, bodies ...payback.Body) {
	w.T.Helper()
	for i, r := range w.Try(who, bodies...) {
		if !r.Done() {
			w.T.Fatalf("%s: %s %v", bodies[i].Kind(), r.Verdict, r.Reason)
		}
	}
}

// Try does acts and says what became of them.
func (w *World) Try(who ledger.Actor, bodies ...payback.Body) []ledger.Result {
	w.T.Helper()
	done, err := w.Ledger.Act(w.T.Context(), District, who, bodies...)
	Must(w.T, err)
	return done
}

// Clerk is somebody who acts at a store.
func Clerk(s payback.StoreID) ledger.Actor {
	return ledger.Actor{Role: payback.RoleClerk, By: "clerk-" + string(s), Store: s}
}

// Resident is a resident who acts.
func Resident(id payback.ResidentID) ledger.Actor {
	return ledger.Actor{Role: payback.RoleResident, By: string(id)}
}

// Join makes a resident of a card number, with the name and phone given.
func (w *World) Join(name, phone, card string) payback.ResidentID {
	w.T.Helper()
	in, err := w.Vault.Import(w.T.Context(), District, []vault.Details{{Name: name, Phone: phone, Card: card}})
	Must(w.T, err)
	w.Upsert(&payback.Resident{ID: in[0].ID, CardTag: in[0].CardTag})
	return in[0].ID
}

// Titles of every World, by what the tests need them for.
const (
	Plenty  payback.ISBN = "9788954682152" // in stock, slots free
	Popular payback.ISBN = "9788936434120" // a bestseller
	Dear    payback.ISBN = "9791190090018" // above the ceiling
	Rare    payback.ISBN = "9791161571188" // three slots
)

func (w *World) fill() {
	w.Upsert(&payback.District{ID: District, Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{"111377", "111476"}})
	w.Upsert(&payback.Library{ID: "111377", Name: "반포도서관"}, &payback.Library{ID: "111476", Name: "양재도서관"})
	hours := payback.Hours{"", "10:00-21:00", "10:00-21:00", "", "10:00-21:00", "10:00-21:00", "10:00-18:00"}
	w.Upsert(
		&payback.Store{ID: "s01", Name: "반포서점", Address: "고무래로 9001", Tel: "02-000-0001", Hours: hours, Libraries: []payback.LibraryID{"111377", "111476"}},
		&payback.Store{ID: "s02", Name: "서래서점", Address: "서래로 9002", Hours: hours, Libraries: []payback.LibraryID{"111377"}},
		&payback.Store{ID: "s03", Name: "우면문고", Address: "태봉로 9003", Paused: true})
	w.Upsert(
		&payback.Title{ISBN: Plenty, Name: "작별하지 않는다", Author: "한강", Publisher: "문학동네", Published: "2021", Price: 14000},
		&payback.Title{ISBN: Popular, Name: "소년이 온다", Author: "한강", Publisher: "창비", Published: "2014", Price: 15000, Class: payback.Bestseller},
		&payback.Title{ISBN: Dear, Name: "한강 소설 모음 (전 6권)", Author: "한강", Price: 88000},
		&payback.Title{ISBN: Rare, Name: "불편한 편의점", Author: "김호연", Publisher: "나무옆의자", Published: "2021", Price: 14000})
	yesterday := Start().Add(-20 * time.Hour).UnixMilli()
	w.Upsert(&payback.Stock{Store: "s01", ISBN: Plenty, N: 2, Source: "count", AsOf: yesterday},
		&payback.Stock{Store: "s02", ISBN: Rare, N: 1, Source: "till", AsOf: yesterday})
}

// Exhaust takes every slot of a title, by residents made for it.
func (w *World) Exhaust(i payback.ISBN, slots int) []payback.ResidentID {
	w.T.Helper()
	var who []payback.ResidentID
	for n := range slots {
		id := w.Join(fmt.Sprintf("손님%d", n), "010-0000-0000", fmt.Sprintf("%s%02d", i, n))
		w.Act(Resident(id), &payback.Place{Request: payback.RequestID(w.IDs.New()), Resident: id, ISBN: i, Store: "s01"})
		who = append(who, id)
	}
	return who
}
