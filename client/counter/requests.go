package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// AcceptIn says which request is accepted.
type AcceptIn struct {
	Request payback.RequestID
	Price   payback.Won // typed from the copy; 0 = the known price stands
	Hold    int         // number on the hold shelf; 0 = the lowest free one
}

// Accept says that the store has a copy and sets it aside. Refused: the request
// is not here any more, has another state, or its price breaks a rule.
func (c *Counter) Accept(ctx context.Context, in AcceptIn) (Done, error) { return Done{}, errNotYet }

// Order says that the store gets the copy by a day, which can't be past.
func (c *Counter) Order(ctx context.Context, id payback.RequestID, readyBy payback.Date) (Done, error) {
	return Done{}, errNotYet
}

// Arrive says that the ordered copy has come. Hold 0 = the lowest free number;
// price 0 = the known one stands.
func (c *Counter) Arrive(ctx context.Context, id payback.RequestID, hold int, price payback.Won) (Done, error) {
	return Done{}, errNotYet
}

// Decline says that the store can't; reason is one of payback.DeclineReasons.
func (c *Counter) Decline(ctx context.Context, id payback.RequestID, reason string) (Done, error) {
	return Done{}, errNotYet
}

// Cancel ends a request for its resident.
func (c *Counter) Cancel(ctx context.Context, id payback.RequestID) (Done, error) {
	return Done{}, errNotYet
}
