package api

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// push takes a run's ops in, from their author or from who carries them.
func (s *Server) push(ctx context.Context, c *call) (answer, error) {
	h, ops, sealed, err := s.pushed(c.body)
	if err != nil {
		return answer{}, err
	}
	author := c.device
	carried := h.Author != "" && h.Author != c.device.ID
	if carried {
		if author, err = s.author(ctx, c.device.District, h.Author); err != nil {
			return answer{}, err
		}
	}
	reply, err := s.takeIn(ctx, author, h, ops, sealed, c.received)
	if err != nil {
		return answer{}, err
	}
	if !carried {
		s.seen(ctx, c, h.V, h.Status)
	}
	return inJSON(reply)
}

// takeIn gives a push to the ledger.
func (s *Server) takeIn(ctx context.Context, author ledger.Device, h syncproto.Push, ops, sealed [][]byte, received int64) (syncproto.PushReply, error) {
	cards, err := s.cards(ctx, author.District, h.Attachments, sealed)
	if err != nil {
		return syncproto.PushReply{}, fault.Wrap("api.push", err)
	}
	reply, err := s.o.Ledger.Push(ctx, author, h, ops, cards, received)
	if err != nil {
		return reply, fault.Wrap("api.push", err)
	}
	reply.Now = s.o.Clock.Now().Wall
	s.metrics.pushed(len(ops))
	return reply, nil
}

// author returns the device that ops are carried for, from its row. It may have been
// revoked: then the ledger keeps its ops for a person, as it does when that device
// sends them itself.
func (s *Server) author(ctx context.Context, d payback.DistrictID, id payback.DeviceID) (ledger.Device, error) {
	if !plainID(string(id)) {
		return ledger.Device{}, fault.New(fault.Invalid, keyBadPacket)
	}
	row, err := s.deviceRow(ctx, d, id)
	switch {
	case err != nil:
		return ledger.Device{}, fault.Wrap("api.author", err)
	case row == nil || row.PublicKey == "":
		return ledger.Device{}, fault.New(fault.Forbidden, "sync.author_unknown")
	}
	return ledger.Device{District: d, ID: id, Store: row.Store, Key: keys.Public(row.PublicKey), Since: row.Since}, nil
}

// Carried takes one packet of a file of carried ops in, as an operator who has the
// file may, whoever brought it. Faults are those of a push.
func (s *Server) Carried(ctx context.Context, d payback.DistrictID, packet []byte) (h syncproto.Push, reply syncproto.PushReply, err error) {
	h, ops, sealed, err := s.pushed(packet)
	if err != nil {
		return h, reply, fault.Wrap("api.Carried", err)
	}
	author, err := s.author(ctx, d, h.Author)
	if err != nil {
		return h, reply, err
	}
	reply, err = s.takeIn(ctx, author, h, ops, sealed, s.o.Clock.Now().Wall)
	return h, reply, fault.Wrap("api.Carried", err)
}

// pushed reads a push: its header, the ops and the sealed attachments.
func (s *Server) pushed(packet []byte) (h syncproto.Push, ops, sealed [][]byte, err error) {
	var raw json.RawMessage
	frames, err := s.packer.Unpack(packet, &raw)
	if err != nil {
		return h, nil, nil, err
	}
	if err := decode(raw, &h); err != nil {
		return h, nil, nil, err
	}
	switch {
	case h.Ops < 0, h.Ops > len(frames), len(frames)-h.Ops != len(h.Attachments),
		h.From == 0, h.Run == "", len(h.Run) > payback.MaxID:
		return h, nil, nil, fault.New(fault.Invalid, keyBadPacket)
	case h.Ops > syncproto.MaxPushOps:
		return h, nil, nil, tooMany(syncproto.MaxPushOps)
	case len(h.Attachments) > syncproto.MaxAttachments:
		return h, nil, nil, tooMany(syncproto.MaxAttachments)
	}
	ops, sealed = frames[:h.Ops], frames[h.Ops:]
	for i, op := range ops {
		if len(op) > syncproto.MaxOp {
			return h, nil, nil, fault.New(fault.Invalid, keyOpTooLarge,
				"Limit", strconv.Itoa(syncproto.MaxOp), "Wseq", strconv.FormatUint(h.From+uint64(i), 10))
		}
	}
	for _, a := range sealed {
		if len(a) > syncproto.MaxAttachment {
			return h, nil, nil, fault.New(fault.Invalid, "sync.attachment_too_large", "Limit", strconv.Itoa(syncproto.MaxAttachment))
		}
	}
	return h, ops, sealed, nil
}

func tooMany(limit int) error {
	return fault.New(fault.Invalid, keyPacketTooLarge, "Limit", strconv.Itoa(limit))
}

// cards opens the cards that were sealed to the district and returns whose they
// are, by attachment. One that can't be opened or that nobody has is left out:
// the sale it belongs to stands all the same.
func (s *Server) cards(ctx context.Context, d payback.DistrictID, ids []string, sealed [][]byte) (map[string]payback.ResidentID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	box, err := s.o.Box(d)
	if err != nil {
		return nil, err
	}
	out := make(map[string]payback.ResidentID, len(ids))
	for i, id := range ids {
		card, err := box.Open(sealed[i])
		if err != nil || id == "" || len(id) > payback.MaxID {
			s.o.Log.Warn("an attached card can't be opened", "district", d)
			continue
		}
		who, known, err := s.o.Vault.ByCard(ctx, d, string(card))
		if err != nil {
			return nil, err
		}
		if known {
			out[id] = who
		}
	}
	return out, nil
}
