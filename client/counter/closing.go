package counter

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Settings are those of this PC.
type Settings = db.Settings

// Settings returns those of this PC.
func (c *Counter) Settings(ctx context.Context) (Settings, error) {
	s, err := c.db.Settings(ctx)
	return s, fault.Wrap("counter.Settings", err)
}

// SetSettings stores them.
func (c *Counter) SetSettings(ctx context.Context, s Settings) error {
	return fault.Wrap("counter.SetSettings", c.db.SetSettings(ctx, s))
}

// payKinds are the kinds of payment in the order in which they are shown.
func payKinds() []payback.PayKind {
	return []payback.PayKind{payback.ByCard, payback.ByCash, payback.ByLocal}
}

// Closing is what should be known before a store closes for the night. Nothing of it
// stops anybody from closing.
type Closing struct {
	Till   Till
	Owed   []LoanView    // money still to be given to residents
	Back   []RequestView // copies whose time on the hold shelf is over tonight
	Loose  []LoanView    // returned copies in no box
	Boxes  []BoxView     // open boxes with copies in them
	Unsent []Act         // acts of this PC that the server has not acknowledged
}

// maxUnsent is how many unsent acts a closing lists.
const maxUnsent = 500

// Closing returns what a store should know before it closes, as far as this PC knows.
func (c *Counter) Closing(ctx context.Context) (out Closing, err error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return out, err
	}
	if out.Till, err = c.Till(ctx, shop.Today); err != nil {
		return out, err
	}
	if out.Owed, err = c.Owed(ctx); err != nil {
		return out, err
	}
	held, err := c.Holds(ctx)
	if err != nil {
		return out, err
	}
	out.Back = slices.DeleteFunc(held, func(v RequestView) bool { return !v.Today && !v.Late })
	boxes, loose, err := c.Boxes(ctx)
	if err != nil {
		return out, err
	}
	out.Loose = loose
	out.Boxes = slices.DeleteFunc(boxes, func(b BoxView) bool {
		return b.Transfer.State != payback.TransferOpen || len(b.Transfer.Copies) == 0
	})
	acts, err := c.Outbox(ctx, maxUnsent, 0)
	out.Unsent = slices.DeleteFunc(acts, func(a Act) bool { return a.Acked })
	return out, err
}

// OwedSum is the money that is still to be given to residents.
func (c Closing) OwedSum() (sum payback.Won) {
	for _, v := range c.Owed {
		if v.Refund != nil {
			sum += v.Refund.Amount
		}
	}
	return sum
}

// Terminal is the day's own sum of the card terminal, as somebody has read it off.
// Everything that the shop sells by card is in it, not only what goes by this
// programme.
type Terminal struct {
	Sales, Cancels payback.Won
}

// Difference is what the card terminal has beyond what was recorded here: other
// business of the shop if positive, and if negative something that was recorded here
// and that the terminal does not have.
type Difference struct {
	Sales, Cancels payback.Won
}

// Compare lays the card terminal's sum beside what was recorded by card.
func (t Till) Compare(term Terminal) Difference {
	return Difference{term.Sales - t.Sales[payback.ByCard].Amount, term.Cancels - t.Refunds[payback.ByCard].Amount}
}

// Short says that something was recorded here which the terminal does not have.
func (d Difference) Short() bool { return d.Sales < 0 || d.Cancels < 0 }

// Even says that the terminal has exactly what was recorded here.
func (d Difference) Even() bool { return d == Difference{} }

// MaxSum is the greatest sum of a day that is believed.
const MaxSum = 1_000_000_000

// sumOf reads the sum of a day as people type it: "1,234,000", "1234000원".
func sumOf(text string) (payback.Won, bool) {
	text = strings.TrimSuffix(strings.ReplaceAll(strings.TrimSpace(text), ",", ""), "원")
	n, err := strconv.ParseInt(text, 10, 64)
	return payback.Won(n), err == nil && n >= 0 && n <= MaxSum
}
