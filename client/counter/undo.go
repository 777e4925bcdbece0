package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// Last returns the last act of this PC that Undo would take back; nil if none of
// today can be.
func (c *Counter) Last(ctx context.Context) (*Act, error) { return nil, errNotYet }

// Undo takes back what Last returns. Refused: nothing can be taken back, or the
// rules say that it is too late.
func (c *Counter) Undo(ctx context.Context) (Done, error) { return Done{}, errNotYet }

// Reverse takes back one earlier act of this store: what is its kind, of the id of
// its request, loan or transfer. Money is never moved by it.
func (c *Counter) Reverse(ctx context.Context, what payback.Kind, of string) (Done, error) {
	return Done{}, errNotYet
}
