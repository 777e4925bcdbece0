package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/api"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// refillVerb says how far a restored server has got back what its backup lacks.
type refillVerb struct {
	Close bool `help:"Wait no longer for counters. What they hold still comes in when they come."`
}

// refillState is the answer of refill.
type refillState struct {
	District payback.DistrictID `json:"district"`
	Open     bool               `json:"open"`
	Done     int                `json:"done"` // PCs that have brought all they hold
	Lost     int                `json:"lost"`
	Where    []db.Lost          `json:"where,omitempty"` // the first thousand
}

// Run says it, or closes.
func (v refillVerb) Run(ctx context.Context, p *program) error {
	h, err := p.openThere(ctx)
	if err != nil {
		return err
	}
	return errors.Join(v.run(ctx, h), h.close())
}

func (v refillVerb) run(ctx context.Context, h *house) error {
	if h.row == nil {
		return fault.New(fault.NotFound, "server.no_district")
	}
	if v.Close {
		if err := h.ledger.CloseRefill(ctx, h.district); err != nil {
			return err
		}
	}
	st, err := h.refillState(ctx)
	if err != nil {
		return err
	}
	if h.p.JSON {
		return h.p.inJSON(st)
	}
	if st.Open {
		h.p.tell("server.refill_open", "Count", strconv.Itoa(st.Done))
		return nil
	}
	h.tellLost(st)
	return nil
}

func (h *house) tellLost(st refillState) {
	if st.Lost == 0 {
		h.p.tell("server.refill_whole")
		return
	}
	h.p.tell("server.refill_lost", "Count", strconv.Itoa(st.Lost))
	for _, l := range st.Where {
		h.p.tell("server.line", "Text", l.Epoch+" "+strconv.FormatUint(l.Position, 10))
	}
}

func (h *house) refillState(ctx context.Context) (refillState, error) {
	st := refillState{District: h.district}
	err := h.db.View(ctx, h.district, func(r db.Reader) error {
		head, err := r.Head()
		if err != nil {
			return err
		}
		st.Open = head.Refill == db.RefillOpen
		done, err := r.RefillDone(head.Epoch)
		if err != nil {
			return err
		}
		st.Done = len(done)
		st.Where, st.Lost, err = r.Lost(db.MaxSelect)
		return err
	})
	return st, err
}

// refillEvery is how often an open window is looked at.
const refillEvery = time.Second

// keepRefill ends the window of a restored server when all its counters have come,
// or after the longest wait.
func (h *house) keepRefill(ctx context.Context, devices *api.Server, longest time.Duration) error {
	began := time.Now()
	tick := time.NewTicker(refillEvery)
	defer tick.Stop()
	for {
		st, err := h.refillState(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			h.p.log.Error("refill not looked at", "error", err)
		case !st.Open:
			h.logLost(st)
			return h.rereadAll(ctx)
		default:
			if err := devices.CloseRefill(ctx, h.district, time.Since(began) >= longest); err != nil && ctx.Err() == nil {
				h.p.log.Error("refill not ended", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (h *house) logLost(st refillState) {
	if st.Lost > 0 {
		h.p.log.Warn("ops were lost in a restore: see verify", "district", h.district, "count", st.Lost)
	}
}

// examineRefill says whether a restored server has everything back.
func (h *house) examineRefill(ctx context.Context, say sayer) {
	if h.row == nil {
		return
	}
	st, err := h.refillState(ctx)
	switch {
	case err != nil:
		say("refill", bad, "database_damaged", "File", h.file.Path())
	case st.Open:
		say("refill", look, "refill_open", "Count", strconv.Itoa(st.Done))
	case st.Lost > 0:
		say("refill", look, "refill_lost", "Count", strconv.Itoa(st.Lost))
	}
}
