package api

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// refill takes in what a device brings after a restore. One that joined after the
// backup is unknown here until it is refilled itself, so a stranger may bring
// sections too, counted as a stranger's requests: only the server's own signature
// makes them worth anything.
func (s *Server) refill(ctx context.Context, c *call) (answer, error) {
	device, err := s.brings(ctx, c)
	if err != nil {
		return answer{}, err
	}
	h, ops, err := s.brought(c.body)
	if err != nil {
		return answer{}, err
	}
	who := ledger.Device{District: s.o.District}
	if device != "" {
		who = c.device
	}
	district := who.District
	cards := map[string]payback.ResidentID{}
	for _, a := range h.Answers {
		some, err := s.cards(ctx, district, a.Attachments, a.Sealed)
		if err != nil {
			return answer{}, fault.Wrap("api.refill", err)
		}
		maps.Copy(cards, some)
	}
	reply, err := s.o.Ledger.Refill(ctx, who, h, ops, cards)
	if err != nil {
		return answer{}, fault.Wrap("api.refill", err)
	}
	if h.Done {
		if err := s.CloseRefill(ctx, district, !reply.Open); err != nil {
			return answer{}, fault.Wrap("api.refill", err)
		}
		if reply.Open, _, err = s.missing(ctx, district); err != nil {
			return answer{}, fault.Wrap("api.refill", err)
		}
	}
	return inJSON(reply)
}

// brings returns which device asks, "" for a stranger.
func (s *Server) brings(ctx context.Context, c *call) (payback.DeviceID, error) {
	err := s.verify(ctx, c)
	if f := fault.As(err); err != nil && f.Key != "sync.device_unknown" {
		return "", err
	}
	return c.device.ID, nil
}

// brought reads a refill: its header with the sections' bytes, and the ops.
func (s *Server) brought(packet []byte) (h syncproto.Refill, ops [][]byte, err error) {
	var raw json.RawMessage
	frames, err := s.packer.Unpack(packet, &raw)
	if err != nil {
		return h, nil, err
	}
	if err := decode(raw, &h); err != nil {
		return h, nil, err
	}
	if h.Ops < 0 || len(h.Sections) > syncproto.MaxSections || len(h.Answers) > syncproto.MaxAnswers || len(frames) < len(h.Sections)+h.Ops {
		return h, nil, fault.New(fault.Invalid, keyBadPacket)
	}
	for i := range h.Sections {
		h.Sections[i].Bytes = frames[i]
	}
	ops, frames = frames[len(h.Sections):len(h.Sections)+h.Ops], frames[len(h.Sections)+h.Ops:]
	for i := range h.Answers {
		a := &h.Answers[i]
		if a.Ops < 0 || a.Ops > syncproto.MaxPushOps || len(a.Attachments) > syncproto.MaxAttachments || len(frames) < a.Frames() {
			return h, nil, fault.New(fault.Invalid, keyBadPacket)
		}
		a.Body, a.Raw, a.Sealed = frames[0], frames[1:1+a.Ops], frames[1+a.Ops:a.Frames()]
		frames = frames[a.Frames():]
	}
	if len(frames) > 0 {
		return h, nil, fault.New(fault.Invalid, keyBadPacket)
	}
	return h, ops, nil
}

// lately is how long before the backup a device must have been seen to be waited
// for, ms.
const lately = 7 * 24 * 3600 * 1000

// CloseRefill ends the window of refilling if every PC that was seen lately before
// the backup has brought what it holds, or at once if now is true. It returns
// without doing anything if the window is not open and now is false.
func (s *Server) CloseRefill(ctx context.Context, d payback.DistrictID, now bool) error {
	if !now {
		open, missing, err := s.missing(ctx, d)
		if err != nil || !open || missing > 0 {
			return err
		}
	}
	return s.o.Ledger.CloseRefill(ctx, d)
}

// missing says whether the window is open and for how many devices it is.
func (s *Server) missing(ctx context.Context, d payback.DistrictID) (open bool, n int, err error) {
	var devices []payback.Row
	done := map[payback.DeviceID]bool{}
	err = s.o.Ledger.View(ctx, d, func(r db.Reader) error {
		head, err := r.Head()
		if open = head.Refill == db.RefillOpen; err != nil || !open {
			return err
		}
		list, err := r.RefillDone(head.Epoch)
		if err != nil {
			return err
		}
		for _, id := range list {
			done[id] = true
		}
		devices, err = r.Select(db.Select{Table: payback.TDevice})
		return err
	})
	if err != nil || !open {
		return open, 0, fault.Wrap("api.missing", err)
	}
	newest := int64(0)
	seen := map[payback.DeviceID]int64{}
	for _, row := range devices {
		x := row.(*payback.Device)
		if x.State != payback.DeviceEnrolled {
			continue
		}
		at, err := LastSeen(ctx, s.o.DB, d, x.ID)
		if err != nil {
			return open, 0, err
		}
		seen[x.ID] = max(at, x.Since)
		newest = max(newest, seen[x.ID])
	}
	for id, at := range seen {
		if !done[id] && at >= newest-lately {
			n++
		}
	}
	return open, n, nil
}
