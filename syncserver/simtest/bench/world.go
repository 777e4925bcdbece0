package bench

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"time"

	cdb "github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/client/syncer"
	"github.com/bookpayback/bookpayback/shared/isbn"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/api"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

const (
	district = payback.DistrictID("seocho")
	store    = payback.StoreID("s01")
	library  = payback.LibraryID("111137")
)

// world is a server and what its counters need of it.
type world struct {
	ctx    context.Context
	dir    string
	key    keys.Key // the server's
	ledger *ledger.Ledger
	web    *httptest.Server // without snapshots
	shelf  *httptest.Server // the same server with them
	closes []func() error
	made   int
	titles []payback.ISBN
}

// newWorld starts a server in dir, with one store and rules that refuse nothing.
func newWorld(ctx context.Context, dir string) (w *world, err error) {
	w = &world{ctx: ctx, dir: dir}
	if w.key, err = keys.Generate(rand.Reader); err != nil {
		return nil, err
	}
	box, err := keys.GenerateBox(rand.Reader)
	if err != nil {
		return nil, err
	}
	master, err := keys.NewMasterKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	d, err := sqlite.Open(ctx, filepath.Join(dir, "server.db"))
	if err != nil {
		return nil, err
	}
	w.closes = append(w.closes, d.Close)
	clock, quiet := stamp.NewClock(time.Now, "server"), slog.New(slog.DiscardHandler)
	ids := stamp.NewIDs(stamp.Times(clock), rand.Reader)
	if w.ledger, err = ledger.New(d, ledger.Options{Clock: clock, IDs: ids, Key: w.key, Log: quiet}); err != nil {
		return w, err
	}
	people, err := vault.New(vault.Config{DB: d, Master: master, Chance: rand.Reader, Now: w.ledger.Now, NewID: w.ledger.NewID})
	if err != nil {
		return w, err
	}
	o := api.Options{DB: d, Ledger: w.ledger, Vault: people, District: district, Key: w.key, Clock: clock, Program: "bench", Log: quiet,
		Box: func(payback.DistrictID) (keys.BoxKey, error) { return box, nil }}
	if w.web, err = serve(o); err != nil {
		return w, err
	}
	o.Snapshots = filepath.Join(dir, "snapshots")
	if w.shelf, err = serve(o); err != nil {
		return w, err
	}
	return w, w.found()
}

func serve(o api.Options) (*httptest.Server, error) {
	a, err := api.New(o)
	if err != nil {
		return nil, err
	}
	return httptest.NewServer(a.Handler()), nil
}

func (w *world) close() {
	for _, web := range []*httptest.Server{w.web, w.shelf} {
		if web != nil {
			web.CloseClientConnections()
			web.Close()
		}
	}
	for i := len(w.closes) - 1; i >= 0; i-- {
		_ = w.closes[i]()
	}
}

// found writes the district's first rows.
func (w *world) found() error {
	p := payback.DefaultPolicy()
	p.From, p.MonthLimit, p.YearLimit, p.CapOther, p.BudgetYear = "2020-01-01", 0, 0, 99, 0
	for _, r := range []payback.Row{
		&payback.District{ID: district, Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{library}},
		&payback.Library{ID: library, Name: "반포도서관"},
		&payback.Store{ID: store, Name: "반포서점", Libraries: []payback.LibraryID{library}},
		&payback.PolicyRow{Policy: p},
	} {
		if err := w.upsert(r); err != nil {
			return err
		}
	}
	return nil
}

// upsert writes rows of one table, at most 1,000.
func (w *world) upsert(rows ...payback.Row) error {
	var raws []json.RawMessage
	for _, r := range rows {
		raw, err := payback.EncodeRow(r)
		if err != nil {
			return err
		}
		raws = append(raws, raw)
	}
	w.made++
	return w.act(ledger.Actor{}, &payback.Upsert{Table: rows[0].Key().Table, Rows: raws, ID: fmt.Sprint("row", w.made)})
}

func (w *world) act(who ledger.Actor, bodies ...payback.Body) error {
	out, err := w.ledger.Act(w.ctx, district, who, bodies...)
	for i := range out {
		if err == nil && !out[i].Done() {
			err = fmt.Errorf("bench: %s: %s %v", bodies[i].Kind(), out[i].Verdict, out[i].Reason)
		}
	}
	return err
}

// catalogue adds titles until there are n.
func (w *world) catalogue(n int) error {
	for len(w.titles) < n {
		var rows []payback.Row
		for range min(1000, n-len(w.titles)) {
			digits := fmt.Sprintf("97889%07d", len(w.titles))
			check, ok := isbn.CheckDigit(digits)
			if !ok {
				return fmt.Errorf("bench: %s is no beginning of an ISBN", digits)
			}
			id := payback.ISBN(digits + string(check))
			w.titles = append(w.titles, id)
			rows = append(rows, &payback.Title{ISBN: id, Name: fmt.Sprint("불편한 편의점 ", len(w.titles)), Author: "김호연", Price: 14000})
		}
		if err := w.upsert(rows...); err != nil {
			return err
		}
	}
	return nil
}

// requests lets n residents each ask the store for a title.
func (w *world) requests(n int) ([]payback.RequestID, error) {
	var ids []payback.RequestID
	for i := range n {
		who := payback.ResidentID(w.ledger.NewID())
		if err := w.upsert(&payback.Resident{ID: who, CardTag: fmt.Sprint("tag", i)}); err != nil {
			return nil, err
		}
		id := payback.RequestID(w.ledger.NewID())
		err := w.act(ledger.Actor{Role: payback.RoleResident, By: string(who)},
			&payback.Place{Request: id, Resident: who, ISBN: w.isbn(i), Store: store})
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (w *world) isbn(i int) payback.ISBN { return w.titles[i%len(w.titles)] }

// pc is one counter of the store.
type pc struct {
	w    *world
	db   *cdb.DB
	sync *syncer.Syncer
	wire *wire
	ids  *stamp.IDs
}

// newPC enrols a counter and begins its run.
func (w *world) newPC(name string, at *httptest.Server) (*pc, error) {
	clock := stamp.NewClock(time.Now, name)
	p := &pc{w: w, wire: newWire(), ids: stamp.NewIDs(stamp.Times(clock), rand.Reader)}
	dir := filepath.Join(w.dir, name)
	var err error
	if p.db, err = cdb.Open(w.ctx, dir, cdb.Env{Clock: clock, IDs: p.ids, Chance: rand.Reader}); err != nil {
		return nil, err
	}
	w.closes = append(w.closes, p.db.Close)
	p.sync, err = syncer.New(p.db, syncer.Env{Clock: clock, Chance: rand.Reader, Ring: keys.Ring{Dir: filepath.Join(dir, "keys")},
		Program: "bench", Face: "terminal", Transport: p.wire})
	if err != nil {
		return nil, err
	}
	code := p.ids.Code(syncproto.CodeGroups)
	hash, _ := syncproto.CodeHash(code)
	err = w.act(ledger.Actor{Role: payback.RoleOfficer, By: "officer"},
		&payback.MakeEnrolCode{Hash: hash, Store: store, Label: name, Expires: w.ledger.Now() + 600_000})
	if err != nil {
		return nil, err
	}
	if _, err := p.sync.Enrol(w.ctx, at.URL, code); err != nil {
		return nil, err
	}
	return p, p.db.BeginRun(w.ctx)
}

// dayPerLoan is how many ops a loan is from the store's answer to the box.
const dayPerLoan = 5

// loans records the whole way of the requests' copies: five ops each.
func (p *pc) loans(requests []payback.RequestID) error {
	due := payback.Date(time.Now().AddDate(0, 0, 21).Format(time.DateOnly))
	for i, r := range requests {
		c := payback.CopyID(p.ids.New())
		err := p.record(
			&payback.Accept{Request: r, Assign: 1, Hold: 7},
			&payback.Sell{Copy: c, Request: r, ISBN: p.w.isbn(i), Paid: 14000, List: 14000, PayBy: payback.ByCard, Approval: "30418827", Due: due},
			&payback.Return{Loan: c},
			&payback.RefundPaidOut{Loan: c, Payout: "p1" + string(c), Amount: 14000, PayBy: payback.ByCard, Cancel: "3052"},
			&payback.Pack{Copy: c, Transfer: "box-" + payback.TransferID(c), Library: library, Box: 1})
		if err != nil {
			return err
		}
	}
	return nil
}

// count records a count of n copies of the i-th title.
func (p *pc) count(i, n int) error {
	return p.record(&payback.Count{ISBN: p.w.isbn(i), N: n, Source: "count", ID: p.ids.New()})
}

func (p *pc) record(bodies ...payback.Body) error {
	var entries []cdb.Entry
	for _, b := range bodies {
		entries = append(entries, cdb.Entry{Body: b, Role: payback.RoleClerk, By: "c1"})
	}
	_, no, err := p.db.Record(p.w.ctx, entries, nil)
	if err == nil && !no.None() {
		err = fmt.Errorf("bench: refused: %v", no)
	}
	return err
}
