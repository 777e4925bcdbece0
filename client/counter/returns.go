package counter

import (
	"context"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Return records that the copy is back in time and in order. Refused: it is late
// under a rule that wants Leave or Keep, back already, or not out.
func (c *Counter) Return(ctx context.Context, loan payback.LoanID) (Done, error) {
	l, err := find[*payback.Loan](ctx, c, payback.LoanKey(loan))
	if err != nil || l == nil {
		return unknownLoan(err)
	}
	return c.act(ctx, &payback.Return{Loan: loan, Turn: l.Turn}, plainOnly, nil)
}

// unknownLoan: a loan that this store's rows don't hold is another store's.
func unknownLoan(err error) (Done, error) {
	if err != nil {
		return Done{}, fault.Wrap("counter.loan", err)
	}
	return refused(ReasonNotOurs)
}

// Leave records that a late or faulty copy stays against a slip; faults are of
// payback.Faults, none for a late one. Refused where the district takes back no
// such copies.
func (c *Counter) Leave(ctx context.Context, loan payback.LoanID, faults []string) (Done, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return Done{}, err
	}
	l, err := find[*payback.Loan](ctx, c, payback.LoanKey(loan))
	if err != nil || l == nil {
		return unknownLoan(err)
	}
	if shop.Policy.Late == payback.LateRefuse && l.State == payback.LoanOut {
		return refused(ReasonLateRule)
	}
	return c.act(ctx, &payback.Leave{Loan: loan, Turn: l.Turn, Faults: faults}, plainOnly, nil)
}

// Keep records that the resident keeps the copy: no refund.
func (c *Counter) Keep(ctx context.Context, loan payback.LoanID) (Done, error) {
	l, err := find[*payback.Loan](ctx, c, payback.LoanKey(loan))
	if err != nil || l == nil {
		return unknownLoan(err)
	}
	return c.act(ctx, &payback.Keep{Loan: loan, Turn: l.Turn}, plainOnly, nil)
}

// GiveBack records that the resident has fetched a refused copy.
func (c *Counter) GiveBack(ctx context.Context, loan payback.LoanID) (Done, error) {
	l, err := find[*payback.Loan](ctx, c, payback.LoanKey(loan))
	if err != nil || l == nil {
		return unknownLoan(err)
	}
	return c.act(ctx, &payback.GiveBack{Loan: loan, Turn: l.Turn}, plainOnly, nil)
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
// override passes, a few times a day), or the amount or kind differs from what
// is due. Done.Subject is the refund.
func (c *Counter) Refund(ctx context.Context, in RefundIn) (Done, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return Done{}, err
	}
	if in.Kind == payback.ByCard && in.Cancel == "" {
		return Done{}, fault.Wrap("counter.Refund", fault.New(fault.Invalid, badCancel))
	}
	l, r, err := c.loanAndRefund(ctx, in.Loan)
	if err != nil || l == nil {
		return unknownLoan(err)
	}
	no, err := c.mayRefund(ctx, shop, l, r, in.Override)
	if err != nil {
		return Done{}, fault.Wrap("counter.Refund", err)
	}
	switch {
	case !no.None():
		return Done{Refused: no}, nil
	case in.Amount != r.Amount:
		return refused("refund_amount", "paid", won(in.Amount), "due", won(r.Amount))
	case shop.Policy.SameKind && in.Kind != r.Kind:
		return refused("refund_kind", "paid", string(in.Kind), "due", string(r.Kind))
	}
	in.Override = in.Override && l.Right != payback.DeviceRight(shop.Device)
	body := &payback.RefundPaidOut{Loan: in.Loan, Payout: c.env.IDs.New(), Amount: in.Amount, PayBy: in.Kind, Cancel: in.Cancel, Override: in.Override}
	return c.act(ctx, body, func(out payback.Outcome) payback.Reason { return payable(out, in.Override, r.Amount) }, nil)
}

// payable looks at a refund's outcome inside the transaction: the rows may have
// changed since they were looked at, and a second payment must not be told as done.
func payable(out payback.Outcome, override bool, due payback.Won) payback.Reason {
	if override && strings.HasPrefix(string(out.Case), string(payback.CaseOverride)+":") {
		return payback.Reason{}
	}
	if out.Verdict == payback.InCase && out.Reason.Key == "refund_twice" {
		return because("refund_twice_stop", "amount", won(due))
	}
	return plainOnly(out)
}

func (c *Counter) loanAndRefund(ctx context.Context, id payback.LoanID) (*payback.Loan, *payback.Refund, error) {
	l, err := find[*payback.Loan](ctx, c, payback.LoanKey(id))
	if err != nil || l == nil {
		return nil, nil, err
	}
	r, err := find[*payback.Refund](ctx, c, payback.RefundKey(id))
	return l, r, err
}

// MayRefund says why this PC may not pay a loan's refund now, or nothing.
func (c *Counter) MayRefund(ctx context.Context, loan payback.LoanID) (payback.Reason, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return payback.Reason{}, err
	}
	l, r, err := c.loanAndRefund(ctx, loan)
	if err != nil {
		return payback.Reason{}, fault.Wrap("counter.MayRefund", err)
	}
	if l == nil {
		return because(ReasonNotOurs), nil
	}
	return shop.mayRefund(l, r), nil
}

// mayRefund is payback.MayRefund at this PC: one whose history is broken pays none
// that it else might.
func (s Shop) mayRefund(l *payback.Loan, r *payback.Refund) payback.Reason {
	if no := payback.MayRefund(l, r, s.Device); !no.None() {
		return no
	}
	return s.Frozen
}

// refundElsewhere is the one reason that an owner's override passes.
const refundElsewhere = "refund_elsewhere"

func (c *Counter) mayRefund(ctx context.Context, shop Shop, l *payback.Loan, r *payback.Refund, override bool) (payback.Reason, error) {
	no := shop.mayRefund(l, r)
	if no.Key != refundElsewhere || !override {
		return no, nil
	}
	if c.Actor().Role != payback.RoleOwner {
		return because(ReasonOwnerOnly), nil
	}
	n, err := c.overridesToday(ctx, shop)
	if err == nil && n >= shop.Policy.OverrideADay {
		return because(ReasonOverrides, "limit", strconv.Itoa(shop.Policy.OverrideADay)), nil
	}
	return payback.Reason{}, err
}

// overridesToday counts the store's refunds without the right, of today.
func (c *Counter) overridesToday(ctx context.Context, shop Shop) (n int, err error) {
	day, err := c.DayOf(ctx, shop.Today)
	for _, a := range day.Acts {
		if a.Kind == payback.KRefund && a.override && a.Verdict != payback.Duplicate {
			n++
		}
	}
	return n, err
}

func won(w payback.Won) string { return strconv.FormatInt(int64(w), 10) }
