package api

import (
	"context"
	"encoding/base64"
	"sync"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// signed wraps an endpoint that only devices may use.
func (s *Server) signed(do endpoint) endpoint {
	return func(ctx context.Context, c *call) (answer, error) {
		if err := s.verify(ctx, c); err != nil {
			return answer{}, err
		}
		if c.revoked {
			return answer{}, fault.New(fault.Unauthorized, "sync.device_revoked")
		}
		return do(ctx, c)
	}
}

// sending wraps push, which a revoked device may use too: what it did and could not
// send is kept for a person and changes nothing (the ledger sees to that).
func (s *Server) sending(do endpoint) endpoint {
	return func(ctx context.Context, c *call) (answer, error) {
		if err := s.verify(ctx, c); err != nil {
			return answer{}, err
		}
		return do(ctx, c)
	}
}

// verify finds out which device asks, and whether it was revoked. Unauthorized for
// an unknown one and for a wrong signature, limited, and conflict for a used nonce.
func (s *Server) verify(ctx context.Context, c *call) error {
	id := payback.DeviceID(c.r.Header.Get(syncproto.HeaderDevice))
	if !plainID(string(id)) || !freshForm(c.nonce) {
		s.strangers.allow(c.from, s.mono())
		return fault.New(fault.Unauthorized, "sync.unsigned")
	}
	d, row, err := s.findDevice(ctx, id)
	if err != nil {
		return fault.Wrap("api.verify", err)
	}
	if row == nil {
		s.strangers.allow(c.from, s.mono())
		return fault.New(fault.Unauthorized, "sync.device_unknown")
	}
	sig := syncproto.Signature(c.r.Header.Get(syncproto.HeaderSignature))
	if !syncproto.VerifyRequest(keys.Public(row.PublicKey), c.r.Method, c.path, id, c.nonce, c.body, sig) {
		s.strangers.allow(c.from, s.mono())
		return fault.New(fault.Unauthorized, "sync.bad_signature")
	}
	c.revoked = row.State != payback.DeviceEnrolled
	if ok, wait := s.devices.allow(string(id), s.mono()); !ok {
		return tooFast(wait)
	}
	if ok, wait := s.bytes.allowN(string(id), s.mono(), len(c.body)); !ok {
		return tooFast(wait)
	}
	if err := s.nonces.use(string(id), c.nonce, s.mono()); err != nil {
		return err
	}
	c.device = ledger.Device{District: d, ID: id, Store: row.Store, Key: keys.Public(row.PublicKey), Since: row.Since}
	return nil
}

// plainID says that an id is one that programs make: it goes into logs, headers
// and names of settings.
func plainID(id string) bool {
	for _, r := range id {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return id != "" && len(id) <= payback.MaxID
}

// freshForm says that a nonce is sixteen bytes in base64url.
func freshForm(nonce string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(nonce)
	return err == nil && len(raw) == syncproto.NonceSize && base64.RawURLEncoding.EncodeToString(raw) == nonce
}

// findDevice returns a device's district and row; nil if no district has it.
func (s *Server) findDevice(ctx context.Context, id payback.DeviceID) (payback.DistrictID, *payback.Device, error) {
	if d, ok := s.places.of(id); ok {
		row, err := s.deviceRow(ctx, d, id)
		return d, row, err
	}
	ds, err := s.o.DB.Districts(ctx)
	if err != nil {
		return "", nil, err
	}
	for _, d := range ds {
		row, err := s.deviceRow(ctx, d, id)
		if err != nil {
			return "", nil, err
		}
		if row != nil {
			s.places.keep(id, d)
			return d, row, nil
		}
	}
	return "", nil, nil
}

func (s *Server) deviceRow(ctx context.Context, d payback.DistrictID, id payback.DeviceID) (*payback.Device, error) {
	return rowOf[*payback.Device](ctx, s, d, payback.DeviceKey(id))
}

// rowOf returns one row of a district, nil if it is not there.
func rowOf[T payback.Row](ctx context.Context, s *Server, d payback.DistrictID, k payback.Key) (row T, err error) {
	err = s.o.Ledger.View(ctx, d, func(r db.Reader) error {
		rows, err := r.Rows([]payback.Key{k})
		if err == nil {
			row, _ = rows[k].Row.(T)
		}
		return err
	})
	return row, err
}

// places remembers which district a known device is of; rows are read anew each
// time, so that a revoked device is refused at once. A device never moves, and
// only known ones are kept, so it needs no bound.
type places struct {
	mu sync.Mutex
	m  map[payback.DeviceID]payback.DistrictID
}

func newPlaces() *places { return &places{m: map[payback.DeviceID]payback.DistrictID{}} }

func (p *places) of(id payback.DeviceID) (payback.DistrictID, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, ok := p.m[id]
	return d, ok
}

func (p *places) keep(id payback.DeviceID, d payback.DistrictID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.m[id] = d
}
