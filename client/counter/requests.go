package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// AcceptIn says which request is accepted.
type AcceptIn struct {
	Request payback.RequestID
	Price   payback.Won // typed from the copy; 0 = the known price stands
	Hold    int         // number on the hold shelf; 0 = the lowest free one
	Sure    bool        // a price that breaks a rule is recorded all the same, which declines the request with that reason
}

// Accept says that the store has a copy and sets it aside. Refused: the request
// is not here any more, has another state, or its price breaks a rule (unless
// Sure). Done.Subject is the request.
func (c *Counter) Accept(ctx context.Context, in AcceptIn) (Done, error) {
	r, err := find[*payback.Request](ctx, c, payback.RequestKey(in.Request))
	if err != nil || r == nil {
		return unknownRequest(err)
	}
	hold, err := c.holdNumber(ctx, in.Hold)
	if err != nil {
		return Done{}, err
	}
	body := &payback.Accept{Request: in.Request, Assign: r.Assign, Turn: r.Turn, Price: in.Price, Hold: hold}
	return c.act(ctx, body, func(out payback.Outcome) payback.Reason {
		if in.Sure && out.Verdict == payback.Rejected && len(out.Changed) > 0 {
			return payback.Reason{}
		}
		return plainOnly(out)
	}, nil)
}

func unknownRequest(err error) (Done, error) {
	if err != nil {
		return Done{}, fault.Wrap("counter.request", err)
	}
	return refused("request_unknown")
}

// holdNumber returns the wished number on the hold shelf, or the lowest that no
// waiting copy has.
func (c *Counter) holdNumber(ctx context.Context, wish int) (int, error) {
	if wish != 0 {
		return wish, nil
	}
	waiting, err := c.db.Requests(ctx, db.RequestFilter{States: []payback.State{payback.Accepted, payback.Ready}})
	if err != nil {
		return 0, fault.Wrap("counter.holdNumber", err)
	}
	taken := map[int]bool{}
	for _, r := range waiting {
		taken[r.Hold] = true
	}
	n := 1
	for taken[n] {
		n++
	}
	return min(n, 9999), nil
}

// Order says that the store gets the copy by a day. Invalid: a day that is over.
func (c *Counter) Order(ctx context.Context, id payback.RequestID, readyBy payback.Date) (Done, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return Done{}, err
	}
	if readyBy < shop.Today {
		return Done{}, fault.Wrap("counter.Order", fault.New(fault.Invalid, badDay))
	}
	r, err := find[*payback.Request](ctx, c, payback.RequestKey(id))
	if err != nil || r == nil {
		return unknownRequest(err)
	}
	return c.act(ctx, &payback.Order{Request: id, Assign: r.Assign, Turn: r.Turn, ReadyBy: readyBy}, plainOnly, nil)
}

// Arrive says that the ordered copy has come. Hold 0 = the lowest free number;
// price 0 = the known one stands. A copy of a request that ended meanwhile is
// counted into stock, and Done.Reason says so.
func (c *Counter) Arrive(ctx context.Context, id payback.RequestID, hold int, price payback.Won) (Done, error) {
	r, err := find[*payback.Request](ctx, c, payback.RequestKey(id))
	if err != nil || r == nil {
		return unknownRequest(err)
	}
	if hold, err = c.holdNumber(ctx, hold); err != nil {
		return Done{}, err
	}
	return c.act(ctx, &payback.Arrive{Request: id, Assign: r.Assign, Turn: r.Turn, Hold: hold, Price: price}, plainOnly, nil)
}

// Decline says that the store can't; reason is one of payback.DeclineReasons.
func (c *Counter) Decline(ctx context.Context, id payback.RequestID, reason string) (Done, error) {
	r, err := find[*payback.Request](ctx, c, payback.RequestKey(id))
	if err != nil || r == nil {
		return unknownRequest(err)
	}
	if !r.Open() {
		return refused("is_now", "state", string(r.State))
	}
	if r.State == payback.Declined {
		return refused("declined_before")
	}
	body := &payback.Decline{Request: id, Assign: r.Assign, Turn: r.Turn, Reason: reason, From: r.State}
	return c.act(ctx, body, plainOnly, nil)
}

// Cancel ends a request for its resident.
func (c *Counter) Cancel(ctx context.Context, id payback.RequestID) (Done, error) {
	r, err := find[*payback.Request](ctx, c, payback.RequestKey(id))
	if err != nil || r == nil {
		return unknownRequest(err)
	}
	return c.act(ctx, &payback.Cancel{Request: id, Assign: r.Assign, Turn: r.Turn}, plainOnly, nil)
}
