package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// Return records that the copy is back in time and in order. Refused: it is late
// under a rule that wants Leave or Keep, back already, or not out.
func (c *Counter) Return(ctx context.Context, loan payback.LoanID) (Done, error) {
	return Done{}, errNotYet
}

// Leave records that a late or faulty copy stays against a slip; faults are of
// payback.Faults, none for a late one.
func (c *Counter) Leave(ctx context.Context, loan payback.LoanID, faults []string) (Done, error) {
	return Done{}, errNotYet
}

// Keep records that the resident keeps the copy: no refund.
func (c *Counter) Keep(ctx context.Context, loan payback.LoanID) (Done, error) {
	return Done{}, errNotYet
}

// GiveBack records that the resident has fetched a refused copy.
func (c *Counter) GiveBack(ctx context.Context, loan payback.LoanID) (Done, error) {
	return Done{}, errNotYet
}

// RefundIn is money given back.
type RefundIn struct {
	Loan     payback.LoanID
	Amount   payback.Won
	Kind     payback.PayKind
	Cancel   string // the card terminal's cancel number; needed for ByCard
	Override bool   // the owner pays without the right
}

// Refund records that money was given back. Refused: payback.MayRefund says no
// (paid before, not due, blocked, another PC's right, which only an owner's
// override passes), or the amount or kind differs from what is due.
func (c *Counter) Refund(ctx context.Context, in RefundIn) (Done, error) { return Done{}, errNotYet }

// MayRefund says why this PC may not pay a loan's refund now, or nothing.
func (c *Counter) MayRefund(ctx context.Context, loan payback.LoanID) (payback.Reason, error) {
	return payback.Reason{}, errNotYet
}

// GiveRights hands this PC's rights to pay refunds to the server, at a clean
// exit while the server answers. It does nothing where the store has no other
// PC. It returns how many were handed over.
func (c *Counter) GiveRights(ctx context.Context) (int, error) { return 0, errNotYet }
