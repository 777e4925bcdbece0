package counter

import (
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
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
	shop, err := c.Shop(ctx)
	if err != nil {
		return Box{}, err
	}
	lib, err := c.libraryOf(ctx, id)
	if err != nil || lib == "" {
		return Box{}, fault.Wrap("counter.BoxFor", err)
	}
	b := Box{Number: shop.Store.Box(lib)}
	if b.Library, err = c.Library(ctx, lib); err != nil {
		return b, err
	}
	t, err := c.openBox(ctx, lib)
	if t != nil {
		b.Transfer, b.Copies, b.Number = t.ID, len(t.Copies), t.Box
	}
	return b, fault.Wrap("counter.BoxFor", err)
}

// libraryOf returns where a copy will go; "" while that is not known.
func (c *Counter) libraryOf(ctx context.Context, id payback.CopyID) (payback.LibraryID, error) {
	l, err := find[*payback.Loan](ctx, c, payback.LoanKey(id))
	if err != nil || l == nil || l.Library != "" {
		if l == nil {
			return "", err
		}
		return l.Library, err
	}
	cp, err := find[*payback.Copy](ctx, c, payback.CopyKey(id))
	if err != nil || cp == nil {
		return "", err
	}
	return cp.Library, nil
}

// openBox returns the newest open box for a library; nil if there is none.
func (c *Counter) openBox(ctx context.Context, lib payback.LibraryID) (*payback.Transfer, error) {
	open, err := c.db.Transfers(ctx, payback.TransferOpen)
	if err != nil {
		return nil, err
	}
	for _, t := range slices.Backward(open) {
		if t.Library == lib {
			return t, nil
		}
	}
	return nil, nil
}

// Pack records that a returned copy lies in the box for its library. Refused
// while its library is not known, and unless it was returned.
func (c *Counter) Pack(ctx context.Context, id payback.CopyID) (Done, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return Done{}, err
	}
	cp, err := find[*payback.Copy](ctx, c, payback.CopyKey(id))
	if err != nil || cp == nil {
		return unknownLoan(err)
	}
	lib, err := c.libraryOf(ctx, id)
	if err != nil {
		return Done{}, fault.Wrap("counter.Pack", err)
	}
	if lib == "" {
		return refused(ReasonBoxUnknown)
	}
	body := &payback.Pack{Copy: id, Library: lib, Turn: cp.Turn}
	t, err := c.openBox(ctx, lib)
	if err != nil {
		return Done{}, fault.Wrap("counter.Pack", err)
	}
	if t != nil {
		body.Transfer, body.Box, body.Serial = t.ID, t.Box, t.Serial
		return c.act(ctx, body, packed, nil)
	}
	last, err := c.db.LastSerial(ctx)
	if err != nil {
		return Done{}, fault.Wrap("counter.Pack", err)
	}
	body.Transfer, body.Box, body.Serial = payback.TransferID(c.env.IDs.New()), shop.Store.Box(lib), last+1
	return c.act(ctx, body, packed, nil)
}

// packed refuses what would not put the copy into the box.
func packed(out payback.Outcome) payback.Reason {
	if out.Verdict == payback.Applied && out.Reason.Key != "further_on" {
		return payback.Reason{}
	}
	return unlessNone(out.Reason)
}

// Unpack takes a copy out of its box again.
func (c *Counter) Unpack(ctx context.Context, id payback.CopyID) (Done, error) {
	cp, err := find[*payback.Copy](ctx, c, payback.CopyKey(id))
	if err != nil || cp == nil {
		return unknownLoan(err)
	}
	if cp.Transfer == "" {
		return refused(ReasonNotHeld, "state", string(cp.State))
	}
	return c.act(ctx, &payback.Unpack{Copy: id, Transfer: cp.Transfer, Turn: cp.Turn}, plainOnly, nil)
}

// CloseBox says that nothing more goes into a box. Refused: it is empty.
func (c *Counter) CloseBox(ctx context.Context, id payback.TransferID) (Done, error) {
	t, err := find[*payback.Transfer](ctx, c, payback.TransferKey(id))
	if done, ok, err := boxRefused(t, err); !ok {
		return done, err
	}
	return c.act(ctx, &payback.CloseBox{Transfer: id, Turn: t.Turn}, plainOnly, nil)
}

func boxRefused(t *payback.Transfer, err error) (Done, bool, error) {
	switch {
	case err != nil:
		return Done{}, false, fault.Wrap("counter.box", err)
	case t == nil:
		done, err := refused("transfer_unknown")
		return done, false, err
	case len(t.Copies) == 0:
		done, err := refused(ReasonBoxEmpty)
		return done, false, err
	}
	return Done{}, true, nil
}

// HandOver records that a box left with somebody who signed for it; taker is
// their code of at most 32 bytes, never a name. An open box may go as it is.
func (c *Counter) HandOver(ctx context.Context, id payback.TransferID, taker string) (Done, error) {
	t, err := find[*payback.Transfer](ctx, c, payback.TransferKey(id))
	if done, ok, err := boxRefused(t, err); !ok {
		return done, err
	}
	return c.act(ctx, &payback.HandOver{Transfer: id, Taker: taker, Turn: t.Turn}, plainOnly, nil)
}
