package counter

import (
	"context"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// lookBack is how many of today's acts are looked at for one to take back.
const lookBack = 200

// Last returns the last act of this PC that Undo would take back; nil if none of
// today can be. Packing and counting are passed over. A refund is not: money
// moves on the card terminal alone, so after one there is nothing to take back.
func (c *Counter) Last(ctx context.Context) (*Act, error) {
	a, _, err := c.last(ctx)
	if err != nil || a == nil {
		return nil, fault.Wrap("counter.Last", err)
	}
	acts, err := c.actsOf(ctx, []db.Act{*a})
	if err != nil {
		return nil, fault.Wrap("counter.Last", err)
	}
	return &acts[0], nil
}

// last finds the act, or says why there is none.
func (c *Counter) last(ctx context.Context) (*db.Act, payback.Reason, error) {
	shop, rules, err := c.shop(ctx)
	if err != nil {
		return nil, payback.Reason{}, err
	}
	acts, err := c.db.Last(ctx, shop.Today.Add(-1).End(rules.Zone), lookBack)
	if err != nil {
		return nil, payback.Reason{}, err
	}
	struck := strikes(acts)
	for i, a := range acts {
		switch {
		case struck[i] || lost(a.Verdict):
		case a.Ref.Kind == payback.KRefund:
			return nil, because(ReasonUndoMoney), nil
		case slices.Contains(payback.Reversible(), a.Ref.Kind):
			return &acts[i], payback.Reason{}, nil
		}
	}
	return nil, because(ReasonUndoNone), nil
}

// lost says that an op with this verdict changed nothing.
func lost(v payback.Verdict) bool {
	switch v {
	case payback.Rejected, payback.Duplicate, payback.Held, payback.Quarantined:
		return true
	}
	return false
}

// strikes says which acts, newest first, were taken back by a later one of the
// list, and that a reversal itself is no act to be taken back.
func strikes(acts []db.Act) []bool {
	struck := make([]bool, len(acts))
	back := map[payback.Key]int{}
	for i, a := range acts {
		switch {
		case lost(a.Verdict):
		case a.Ref.Kind == payback.KReverse:
			back[a.Subject]++
		case back[a.Subject] > 0 && slices.Contains(payback.Reversible(), a.Ref.Kind):
			back[a.Subject]--
			struck[i] = true
		}
	}
	return struck
}

// Undo takes back what Last returns. Refused: nothing can be taken back, or the
// rules say that it is too late.
func (c *Counter) Undo(ctx context.Context) (Done, error) {
	a, no, err := c.last(ctx)
	if err != nil {
		return Done{}, fault.Wrap("counter.Undo", err)
	}
	if a == nil {
		return Done{Refused: no}, nil
	}
	return c.Reverse(ctx, a.Ref.Kind, a.Subject.ID)
}

// Reverse takes back one earlier act of this store: what is its kind, of the id of
// its request, loan or transfer. Money is never moved by it.
func (c *Counter) Reverse(ctx context.Context, what payback.Kind, of string) (Done, error) {
	if what == payback.KRefund {
		return refused(ReasonUndoMoney)
	}
	if !slices.Contains(payback.Reversible(), what) {
		return refused(ReasonUndoNot)
	}
	body := &payback.Reverse{What: what, Of: of}
	row, err := c.db.Row(ctx, body.Subject())
	if err != nil {
		return Done{}, fault.Wrap("counter.Reverse", err)
	}
	switch r := row.(type) {
	case *payback.Request:
		body.Turn = r.Turn
	case *payback.Loan:
		body.Turn = r.Turn
	case *payback.Transfer:
		body.Turn = r.Turn
	case nil:
		return refused("row_unknown")
	}
	return c.act(ctx, body, inTime, nil)
}

// inTime refuses a reversal that comes too late. That a slot is gone meanwhile is
// no reason: the case over the cap says so.
func inTime(out payback.Outcome) payback.Reason {
	if strings.HasPrefix(string(out.Case), string(payback.CaseOverCap)+":") {
		return payback.Reason{}
	}
	return plainOnly(out)
}
