package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// migrateVerb brings the database up to this program, which every verb does when it
// opens it; by itself it is for operators who want it done before the start.
type migrateVerb struct{}

// Run opens the database.
func (migrateVerb) Run(ctx context.Context, p *program) error {
	h, err := p.open(ctx)
	if err != nil {
		return err
	}
	p.tell("server.migrated", "File", h.file.Path())
	return h.close()
}

// verifyVerb checks the ledgers of all districts, or of the one that is named.
type verifyVerb struct{}

// verified is the answer of verify for one district.
type verified struct {
	District payback.DistrictID                  `json:"district"`
	Position uint64                              `json:"position"`
	Epoch    string                              `json:"epoch"`
	Epochs   []db.Epoch                          `json:"epochs,omitempty"` // restores from backups
	Ops      int                                 `json:"ops"`
	Rows     int                                 `json:"rows"`
	Digests  map[payback.Bucket]syncproto.Digest `json:"digests"`
	Lost     []db.Lost                           `json:"lost,omitempty"` // that no counter brought back after a restore; the first hundred
	LostAll  int                                 `json:"lost_all"`
	Kept     int                                 `json:"kept"` // answers told before a restore that stand without effect
	Wrong    []string                            `json:"wrong"`
}

// Run checks; the exit code is 1 if something does not agree.
func (verifyVerb) Run(ctx context.Context, p *program) error {
	h, err := p.openThere(ctx)
	if err != nil {
		return err
	}
	return errors.Join(h.verify(ctx), h.close())
}

func (h *house) verify(ctx context.Context) error {
	if h.row == nil {
		return fault.New(fault.NotFound, "server.no_district")
	}
	rep, err := h.ledger.Verify(ctx, h.district)
	if err != nil {
		return err
	}
	if h.p.JSON {
		out := verified{District: h.district, Position: rep.Head.Position, Epoch: rep.Head.Epoch, Epochs: rep.Epochs, Ops: rep.Ops, Rows: rep.Rows,
			Digests: map[payback.Bucket]syncproto.Digest{}, Wrong: rep.Wrong,
			Lost: rep.Lost, LostAll: rep.LostAll, Kept: rep.Kept}
		for _, b := range rep.Buckets {
			out.Digests[b.Name] = b.Digest
		}
		if err := h.p.inJSON(out); err != nil {
			return err
		}
	} else {
		h.printVerified(rep)
	}
	if len(rep.Wrong) > 0 {
		return fault.New(fault.Internal, "server.not_sound", "Count", strconv.Itoa(len(rep.Wrong)))
	}
	return nil
}

func (h *house) printVerified(rep ledger.Report) {
	for _, b := range rep.Buckets {
		h.p.tell("server.bucket", "Bucket", string(b.Name), "Position", strconv.FormatUint(b.Position, 10), "Digest", b.Digest.String())
	}
	for _, e := range rep.Epochs {
		h.p.tell("server.epoch", "Epoch", e.Epoch, "Position", strconv.FormatUint(e.Position, 10),
			"Time", time.UnixMilli(e.Began).UTC().Format(time.RFC3339))
	}
	if rep.LostAll > 0 {
		h.tellLost(refillState{Lost: rep.LostAll, Where: rep.Lost})
	}
	for _, wrong := range rep.Wrong {
		h.p.tell("server.line", "Text", wrong)
	}
	h.p.tell("server.verified", "District", string(h.district), "Position", strconv.FormatUint(rep.Head.Position, 10),
		"Ops", strconv.Itoa(rep.Ops), "Rows", strconv.Itoa(rep.Rows), "Wrong", strconv.Itoa(len(rep.Wrong)))
}
