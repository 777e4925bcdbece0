package ledger_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// wrongDB is a database that shows its writers other rows than it has.
type wrongDB struct {
	db.DB
	before bool                          // rows of slots and refunds are read before the head is locked
	change func(payback.Row) payback.Row // what becomes of a row that is read; nil = nothing
	while  func()                        // what another one does between the reading and the lock; once
}

// Update is db.DB's.
func (d *wrongDB) Update(ctx context.Context, id payback.DistrictID, f func(db.Writer) error) error {
	if !d.before {
		return d.DB.Update(ctx, id, func(w db.Writer) error { return f(wrongWriter{Writer: w, d: d}) })
	}
	return d.View(ctx, id, func(old db.Reader) error {
		if _, err := old.Head(); err != nil { // the moment that all later reading belongs to
			return err
		}
		if while := d.while; while != nil {
			d.while = nil
			while()
		}
		return d.DB.Update(ctx, id, func(w db.Writer) error { return f(wrongWriter{w, d, old}) })
	})
}

type wrongWriter struct {
	db.Writer
	d   *wrongDB
	old db.Reader
}

// Rows is db.Reader's.
func (w wrongWriter) Rows(all []payback.Key) (map[payback.Key]db.Stored, error) {
	found, err := w.Writer.Rows(all)
	if err != nil {
		return nil, err
	}
	if w.old != nil {
		stale, err := w.old.Rows(all)
		if err != nil {
			return nil, err
		}
		for _, k := range all {
			switch k.Table {
			case payback.TQuota, payback.TSlot, payback.TRefund:
				if delete(found, k); stale[k].Row != nil {
					found[k] = stale[k]
				}
			}
		}
	}
	for k, st := range found {
		if w.d.change != nil {
			st.Row = w.d.change(st.Row)
			found[k] = st
		}
	}
	return found, nil
}

// allFree shows every slot as free.
func allFree(r payback.Row) payback.Row {
	switch x := r.(type) {
	case *payback.Quota:
		free := *x
		free.Held = nil
		return &free
	case *payback.Slot:
		free := *x
		free.State, free.For = payback.SlotFreed, ""
		return &free
	}
	return r
}

// neverPaid shows every refund as due.
func neverPaid(r payback.Row) payback.Row {
	if x, ok := r.(*payback.Refund); ok && x.State == payback.RefundPaid {
		due := *x
		due.State, due.Payout, due.Cancel = payback.RefundDue, "", ""
		return &due
	}
	return r
}

// over puts the world's ledger over a wrong database.
func (w *world) over(path string, d *wrongDB) {
	w.t.Helper()
	real, err := sqlite.Open(w.t.Context(), path)
	must(w.t, err)
	w.t.Cleanup(func() { _ = real.Close() })
	key, err := keys.Generate(chance(7)) // as newWorldWith does
	must(w.t, err)
	d.DB = real
	w.l, err = ledger.New(d, ledger.Options{Clock: w.clock, IDs: w.ids, Key: key, Log: slog.New(slog.DiscardHandler)})
	must(w.t, err)
}

// places asks for a slot.
func (w *world) places(h *history, client, who int) {
	id := payback.RequestID(fmt.Sprintf("place-%d-%d", client, who))
	by := ledger.Actor{Role: payback.RoleResident, By: string(resident(who))}
	h.do(client, slotIn{what: "place"}, func() any {
		out, err := w.l.Act(w.t.Context(), seocho, by, &payback.Place{Request: id, Resident: resident(who), ISBN: w.isbns[0], Store: "s01"})
		if err != nil {
			w.t.Errorf("place: %v", err)
			return slotOut{}
		}
		n := 0
		if out[0].Done() {
			n = w.slotOf(payback.RequestKey(id))
		}
		return slotOut{n: n}
	})
}

// The models that hold the ledger to its word must refuse one that breaks it; the same
// acts over a sound database show that it is the break that they refuse.
func TestTheModelOfSlotsRefusesALedgerThatGivesOneTwice(t *testing.T) {
	for name, c := range map[string]struct {
		d     wrongDB
		wrong bool
	}{
		"sound":                      {wrongDB{}, false},
		"reads before the head lock": {wrongDB{before: true}, true},
		"gives a taken slot":         {wrongDB{change: allFree}, true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "server.db")
			w := newWorldWith(t, path, slog.New(slog.DiscardHandler))
			w.over(path, &c.d)
			var h history
			c.d.while = func() { w.places(&h, 2, 2) }
			w.places(&h, 1, 1)
			if !c.d.before {
				c.d.while()
			}
			if ok := porcupine.CheckOperations(slotModel(), h.ops); ok == c.wrong {
				t.Errorf("the model says %t of %+v", ok, h.ops)
			}
		})
	}
}

func TestTheModelOfRefundsRefusesALedgerThatPaysTwice(t *testing.T) {
	for name, c := range map[string]struct {
		d     wrongDB
		wrong bool
	}{
		"sound":                      {wrongDB{}, false},
		"reads before the head lock": {wrongDB{before: true}, true},
		"forgets what was paid":      {wrongDB{change: neverPaid}, true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "server.db")
			w := newWorldWith(t, path, slog.New(slog.DiscardHandler))
			w.enrolAs("s01", "s01-2", 60)
			a, b := w.device["s01"], w.device["s01-2"]
			w.write(a, &payback.Accept{Request: w.place(1, w.isbns[0], "s01"), Assign: 1, Hold: 7},
				&payback.Sell{Copy: "copy", Request: w.place(2, w.isbns[1], "s01"), ISBN: w.isbns[1], Paid: 14000, List: 14000, PayBy: payback.ByCash, Due: "2026-11-23"},
				&payback.Return{Loan: "copy"})
			w.push(a, 1)
			w.over(path, &c.d)
			var h history
			pays := func(client int, d *device) {
				payout := fmt.Sprint("payout-", client)
				w.write(d, &payback.RefundPaidOut{Loan: "copy", Payout: payout, Amount: 14000, PayBy: payback.ByCash, Override: client == 2})
				h.do(client, payback.LoanID("copy"), func() any {
					if _, err := w.pushed(d, nil); err != nil {
						t.Errorf("push: %v", err)
					}
					return row[*payback.Incident](w, payback.IncidentKey("copy", payout)) != nil
				})
			}
			c.d.while = func() { pays(2, b) }
			pays(1, a)
			if !c.d.before {
				c.d.while()
			}
			if ok := porcupine.CheckOperations(refundModel(), h.ops); ok == c.wrong {
				t.Errorf("the model says %t of %+v", ok, h.ops)
			}
		})
	}
}
