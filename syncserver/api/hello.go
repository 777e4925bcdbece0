package api

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// hello tells anybody who the server is. It counts as a stranger's request.
func (s *Server) hello(ctx context.Context, c *call) (answer, error) {
	s.strangers.allow(c.from, s.mono())
	head, district, err := s.district(ctx, s.o.District)
	if err != nil {
		return answer{}, fault.Wrap("api.hello", err)
	}
	h := syncproto.Hello{V: syncproto.Version, Oldest: oldest, Server: s.o.Program, Now: s.o.Clock.Now().Wall,
		Key: s.o.Key.Public(), Epoch: head.Epoch}
	if district != nil {
		h.District = district.Name
	}
	h.Open = head.Refill == db.RefillOpen
	if h.Restores, err = s.restores(ctx); err != nil {
		return answer{}, fault.Wrap("api.hello", err)
	}
	return inJSON(h)
}

// district returns how far a district got, and its row or nil.
func (s *Server) district(ctx context.Context, d payback.DistrictID) (head db.Head, row *payback.District, err error) {
	err = s.o.Ledger.View(ctx, d, func(r db.Reader) error {
		if head, err = r.Head(); err != nil {
			return err
		}
		rows, err := r.Rows([]payback.Key{payback.DistrictKey()})
		if err == nil {
			row, _ = rows[payback.DistrictKey()].Row.(*payback.District)
		}
		return err
	})
	return head, row, err
}

// restores returns the ends of histories that hello tells of.
func (s *Server) restores(ctx context.Context) (out []syncproto.Restore, err error) {
	err = s.o.Ledger.View(ctx, s.o.District, func(r db.Reader) error {
		list, err := r.Epochs()
		for _, e := range list[max(0, len(list)-syncproto.MaxRefillEpochs):] {
			out = append(out, syncproto.Restore{Before: e.Before, Position: e.Position})
		}
		return err
	})
	return out, err
}
