package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// SellIn is a sale. With Request the rest of the title is known; with Number it
// is a pick-up number that this PC had not heard of; with neither it is a
// walk-in.
type SellIn struct {
	Request  payback.RequestID
	Number   string
	ISBN     payback.ISBN // needed without Request
	Paid     payback.Won
	List     payback.Won // 0 = as known
	Kind     payback.PayKind
	Approval string // of the card terminal, never a card number
	Seen     bool   // card or code was shown
	Card     string // walk-in: the library card's digits; sealed at once, kept nowhere
}

// Sell records a sale; the copy and its loan are born with it. Refused: the
// amount can't be right (Policy.CheckAmount), the request is sold already or
// elsewhere. Done.Subject is the loan.
func (c *Counter) Sell(ctx context.Context, in SellIn) (Done, error) { return Done{}, errNotYet }

// Terms is what to tell and ask at a sale.
type Terms struct {
	Due   payback.Date // last day to bring it back
	Price payback.Won  // list price; 0 = unknown
	Least payback.Won  // the lowest amount that the rules allow; 0 when the price is unknown
	Most  payback.Won  // the highest
	Stop  payback.Reason
}

// Terms returns the terms of selling a request's copy, or of a title (walk-in).
func (c *Counter) Terms(ctx context.Context, id payback.RequestID, i payback.ISBN) (Terms, error) {
	return Terms{}, errNotYet
}
