package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// Box is where a copy goes.
type Box struct {
	Number   int                // on the box; 0 = the store has none for that library, or the library is not known yet
	Library  *payback.Library   // nil while the library is not known
	Transfer payback.TransferID // the open one; "" = the next Pack begins it
	Copies   int                // in it now
}

// BoxFor returns the box that a loan's copy goes into.
func (c *Counter) BoxFor(ctx context.Context, id payback.CopyID) (Box, error) {
	return Box{}, errNotYet
}

// Pack records that a returned copy lies in the box for its library.
func (c *Counter) Pack(ctx context.Context, id payback.CopyID) (Done, error) {
	return Done{}, errNotYet
}

// Unpack takes a copy out of its box again.
func (c *Counter) Unpack(ctx context.Context, id payback.CopyID) (Done, error) {
	return Done{}, errNotYet
}

// CloseBox says that nothing more goes into a box. Refused: it is empty.
func (c *Counter) CloseBox(ctx context.Context, id payback.TransferID) (Done, error) {
	return Done{}, errNotYet
}

// HandOver records that a box left with somebody who signed for it; taker is
// their code of at most 32 bytes, never a name.
func (c *Counter) HandOver(ctx context.Context, id payback.TransferID, taker string) (Done, error) {
	return Done{}, errNotYet
}
