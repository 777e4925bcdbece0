package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Shop returns whose counter this is and what day it is there.
func (c *Counter) Shop(ctx context.Context) (Shop, error) {
	s, _, err := c.shop(ctx)
	return s, fault.Wrap("counter.Shop", err)
}

// shop returns the same, with the district's rules and zone.
func (c *Counter) shop(ctx context.Context) (Shop, payback.Env, error) {
	s := Shop{Store: &payback.Store{}, District: &payback.District{}}
	who, ok, err := c.db.Enrolment(ctx)
	if err != nil {
		return s, payback.Env{}, err
	}
	s.Enrolled, s.Device, s.Label, s.Demo = ok, who.Device, who.Label, who.Demo
	s.Store.ID, s.District.ID = who.Store, who.District
	rules, err := c.db.Rules(ctx)
	if err != nil {
		return s, rules, err
	}
	if st, err := find[*payback.Store](ctx, c, payback.StoreKey(who.Store)); err != nil {
		return s, rules, err
	} else if st != nil {
		s.Store = st
	}
	if d, err := find[*payback.District](ctx, c, payback.DistrictKey()); err != nil {
		return s, rules, err
	} else if d != nil {
		s.District = d
	}
	device, err := find[*payback.Device](ctx, c, payback.DeviceKey(who.Device))
	if err != nil {
		return s, rules, err
	}
	s.Frozen = payback.Frozen(device)
	s.Now, s.Offset, s.Measured = c.now()
	s.Today = payback.DateOf(s.Now, rules.Zone)
	s.Policy = rules.Policies.On(s.Today)
	return s, rules, nil
}

// now returns the corrected time in UTC ms, and by how much this PC's clock was
// corrected for it.
func (c *Counter) now() (at, offset int64, measured bool) {
	at = c.env.Clock.Now().Wall
	if offset, measured = c.db.Watch().Correction(); measured {
		return at + offset, offset, true
	}
	return at, 0, false
}

// find returns a row, or nil if there is none here.
func find[R payback.Row](ctx context.Context, c *Counter, k payback.Key) (R, error) {
	var none R
	row, err := c.db.Row(ctx, k)
	if err != nil || row == nil {
		return none, err
	}
	return row.(R), nil
}
