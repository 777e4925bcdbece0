package api

import (
	"context"
	"strconv"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// pull gives rows out.
func (s *Server) pull(ctx context.Context, c *call) (answer, error) {
	var p syncproto.Pull
	if err := decode(c.body, &p); err != nil {
		return answer{}, err
	}
	if err := mayPull(c.device.Store, p.Buckets); err != nil {
		return answer{}, err
	}
	if p.MaxRows <= 0 || p.MaxRows > syncproto.MaxPullRows {
		p.MaxRows = syncproto.MaxPullRows
	}
	packet, rows, err := s.pulled(ctx, c, p)
	if err != nil {
		return answer{}, fault.Wrap("api.pull", err)
	}
	s.metrics.pulled(rows)
	s.seen(ctx, c, p.V, p.Status)
	return answer{media: syncproto.ContentPacket, body: packet}, nil
}

// mayPull holds a device to the catalogue and its own store.
func mayPull(store payback.StoreID, bs []syncproto.BucketCursor) error {
	if len(bs) == 0 || len(bs) > syncproto.MaxBuckets {
		return fault.New(fault.Invalid, "sync.bad_buckets", "Limit", strconv.Itoa(syncproto.MaxBuckets))
	}
	seen := map[payback.Bucket]bool{}
	for _, b := range bs {
		if b.Name != payback.BucketCatalogue && b.Name != payback.StoreBucket(store) {
			return fault.New(fault.Forbidden, "sync.not_your_bucket")
		}
		if seen[b.Name] {
			return fault.New(fault.Invalid, "sync.bad_buckets", "Limit", strconv.Itoa(syncproto.MaxBuckets))
		}
		seen[b.Name] = true
	}
	return nil
}

// pulled returns the packet and how many rows it has. Rows that are too long for
// one packet together are asked for again in smaller numbers.
func (s *Server) pulled(ctx context.Context, c *call, p syncproto.Pull) ([]byte, int, error) {
	for {
		reply, rows, whose, err := s.o.Ledger.Pull(ctx, c.device, p, c.received)
		if err != nil {
			return nil, 0, err
		}
		if reply.People, err = s.people(ctx, c.device.District, whose); err != nil {
			return nil, 0, err
		}
		reply.Now = s.o.Clock.Now().Wall
		frames := rows
		for _, w := range reply.Sections {
			frames = append(frames, w.Bytes)
		}
		packet, err := s.packer.Pack(reply, frames)
		if fault.CodeOf(err) == fault.Limited && len(rows) > 1 {
			p.MaxRows = len(rows) / 2
			continue
		}
		return packet, len(rows), err
	}
}

// people joins what a counter may show of somebody; those who are erased are left
// out.
func (s *Server) people(ctx context.Context, d payback.DistrictID, whose []payback.ResidentID) ([]syncproto.Person, error) {
	if len(whose) == 0 {
		return nil, nil
	}
	found, err := s.o.Vault.People(ctx, d, whose)
	if err != nil {
		return nil, err
	}
	var out []syncproto.Person
	for _, id := range whose {
		if p, ok := found[id]; ok {
			out = append(out, syncproto.Person{Resident: id, Name: p.Name, Last4: p.Last4})
		}
	}
	return out, nil
}
