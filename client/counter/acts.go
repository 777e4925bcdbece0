package counter

import (
	"context"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Act is one op, of this PC or another of the store.
type Act struct {
	Ref         payback.OpRef
	Kind        payback.Kind
	At          int64 // UTC ms, corrected
	By          string
	Own         bool // recorded by this PC
	Acked       bool // the server has it
	Subject     payback.Key
	Request     *payback.Request // nil if the act has none
	Loan        *payback.Loan
	Transfer    *payback.Transfer
	Title       *payback.Title // never nil
	Person      db.Person
	Amount      payback.Won // negative when money left the till; 0 = none
	Verdict     payback.Verdict
	Reason      payback.Reason
	Winner      payback.OpRef
	Case        payback.CaseID
	Final       bool // Verdict is the server's
	Provisional bool
	Struck      bool // taken back later, or without effect
	Stuck       bool // behind a fork: it is not sent by itself

	position uint64
	payBy    payback.PayKind
	override bool
}

// Day is what was done on one day, newest first.
type Day struct {
	Date    payback.Date
	Acts    []Act
	Sales   int
	Returns int
	Other   int
}

// maxDay is how many acts of a day are read.
const maxDay = 2000

// Today returns what the store did today, as far as this PC knows.
func (c *Counter) Today(ctx context.Context) (Day, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return Day{}, err
	}
	return c.DayOf(ctx, shop.Today)
}

// DayOf returns what the store did on a day: this PC's own acts, and those of
// others that the server has answered.
func (c *Counter) DayOf(ctx context.Context, d payback.Date) (Day, error) {
	_, rules, err := c.shop(ctx)
	if err != nil {
		return Day{}, fault.Wrap("counter.DayOf", err)
	}
	raw, err := c.db.Day(ctx, d.Add(-1).End(rules.Zone), d.End(rules.Zone), maxDay)
	if err != nil {
		return Day{}, fault.Wrap("counter.DayOf", err)
	}
	raw = slices.DeleteFunc(raw, func(a db.Act) bool { return !a.Ref.Kind.AtCounter() || a.Ref.Kind == payback.KGiveRight })
	day := Day{Date: d}
	if day.Acts, err = c.actsOf(ctx, raw); err != nil {
		return Day{}, fault.Wrap("counter.DayOf", err)
	}
	for _, a := range day.Acts {
		switch {
		case a.Struck || lost(a.Verdict):
		case a.Kind == payback.KSell:
			day.Sales++
		case a.Kind == payback.KReturn:
			day.Returns++
		default:
			day.Other++
		}
	}
	return day, nil
}

// Sum is a number of payments and their amount.
type Sum struct {
	N      int
	Amount payback.Won
}

// Till is a day's money by kind of payment, to lay beside the card terminal's sum.
type Till struct {
	Date    payback.Date
	Sales   map[payback.PayKind]Sum
	Refunds map[payback.PayKind]Sum // amounts positive
}

// Till returns a day's money of the whole store, as far as this PC knows. Sales
// that were taken back are in neither.
func (c *Counter) Till(ctx context.Context, d payback.Date) (Till, error) {
	day, err := c.DayOf(ctx, d)
	t := Till{Date: d, Sales: map[payback.PayKind]Sum{}, Refunds: map[payback.PayKind]Sum{}}
	for _, a := range day.Acts {
		if a.Struck || lost(a.Verdict) || a.payBy == "" {
			continue
		}
		sums, amount := t.Sales, a.Amount
		if a.Kind == payback.KRefund {
			sums, amount = t.Refunds, -a.Amount
		}
		sums[a.payBy] = Sum{N: sums[a.payBy].N + 1, Amount: sums[a.payBy].Amount + amount}
	}
	return t, err
}

// actsOf adds to acts, newest first, what a list shows beside them.
func (c *Counter) actsOf(ctx context.Context, raw []db.Act) ([]Act, error) {
	acts := make([]Act, len(raw))
	struck := strikes(raw)
	v := c.viewer()
	for i, r := range raw {
		a := &acts[i]
		*a = Act{Ref: r.Ref, Kind: r.Ref.Kind, At: r.Ref.At, By: r.By, Own: r.Own, Acked: r.Acked, Subject: r.Subject,
			Verdict: r.Verdict, Reason: r.Reason, Winner: r.Winner, Case: r.Case, Final: r.Final, Provisional: r.Provisional,
			Struck: struck[i] || lost(r.Verdict), Stuck: r.Stuck, position: r.Position}
		i, err := c.about(ctx, a)
		if err != nil {
			return nil, err
		}
		a.money(r.Raw)
		v.title(&a.Title, i)
		switch {
		case a.Loan != nil && a.Loan.Resident != "":
			v.person(&a.Person, a.Loan.Resident)
		case a.Request != nil:
			v.person(&a.Person, a.Request.Resident)
		}
	}
	return acts, v.fill(ctx)
}

// about finds the rows that an act is about, and its title's number.
func (c *Counter) about(ctx context.Context, a *Act) (i payback.ISBN, err error) {
	switch k := a.Subject; k.Table {
	case payback.TRequest:
		if a.Request, err = find[*payback.Request](ctx, c, k); a.Request != nil {
			i = a.Request.ISBN
		}
	case payback.TLoan, payback.TRefund, payback.TCopy, payback.TLine:
		id, _, _ := strings.Cut(k.ID, "+") // a line's id is its copy's, with a number for corrections
		if a.Loan, err = find[*payback.Loan](ctx, c, payback.LoanKey(payback.LoanID(id))); a.Loan != nil {
			i = a.Loan.ISBN
		}
		if err == nil && a.Loan != nil {
			a.Request, err = find[*payback.Request](ctx, c, payback.RequestKey(a.Loan.Request))
		}
	case payback.TTransfer:
		a.Transfer, err = find[*payback.Transfer](ctx, c, k)
	case payback.TTitle:
		i = payback.ISBN(k.ID)
	case payback.TStock:
		_, id, _ := strings.Cut(k.ID, "/")
		i = payback.ISBN(id)
	}
	return i, err
}

// money says what an act put into the till or took out of it: by its own body, or
// by the rows where it is another PC's.
func (a *Act) money(raw []byte) {
	switch a.Kind {
	case payback.KSell:
		if a.Loan != nil {
			a.Amount, a.payBy = a.Loan.Paid, a.Loan.Kind
		}
	case payback.KRefund:
		if a.Loan != nil {
			a.Amount, a.payBy = -a.Loan.Paid, a.Loan.Kind
		}
		a.override = strings.HasPrefix(string(a.Case), string(payback.CaseOverride)+":")
	default:
		return
	}
	e, err := syncproto.Decode(raw)
	if raw == nil || err != nil {
		return
	}
	body, err := payback.DecodeBody(e.Kind, e.Body)
	if err != nil {
		return
	}
	switch b := body.(type) {
	case *payback.Sell:
		a.Amount, a.payBy = b.Paid, b.PayBy
	case *payback.RefundPaidOut:
		a.Amount, a.payBy, a.override = -b.Amount, b.PayBy, b.Override
	}
}

// Outbox returns this PC's ops that wait to be sent, oldest first, then those that
// were set aside and those that the server did not simply apply, newest first; from
// offset on at most limit.
func (c *Counter) Outbox(ctx context.Context, limit, offset int) ([]Act, error) {
	raw, err := c.db.Outbox(ctx, limit, offset)
	if err != nil {
		return nil, fault.Wrap("counter.Outbox", err)
	}
	if len(raw) < limit {
		waiting, _, err := c.db.OutboxState(ctx)
		if err != nil {
			return nil, fault.Wrap("counter.Outbox", err)
		}
		odd, err := c.db.Odd(ctx, limit-len(raw), max(0, offset-waiting))
		if err != nil {
			return nil, fault.Wrap("counter.Outbox", err)
		}
		raw = append(raw, odd...)
	}
	acts, err := c.actsOf(ctx, raw)
	for i := range acts {
		acts[i].Struck = lost(acts[i].Verdict) // the list is not in the order of the acts
	}
	return acts, fault.Wrap("counter.Outbox", err)
}

// Own returns all acts of this PC that are kept here, newest first, from offset on at
// most limit.
func (c *Counter) Own(ctx context.Context, limit, offset int) ([]Act, error) {
	raw, err := c.db.Own(ctx, limit, offset)
	if err != nil {
		return nil, fault.Wrap("counter.Own", err)
	}
	acts, err := c.actsOf(ctx, raw)
	return acts, fault.Wrap("counter.Own", err)
}

// Raw returns the bytes of an op of this PC, as they travel; nil if it is not here.
func (c *Counter) Raw(ctx context.Context, run payback.RunID, wseq uint64) ([]byte, error) {
	a, err := c.db.Act(ctx, run, wseq)
	if err != nil || a == nil {
		return nil, fault.Wrap("counter.Raw", err)
	}
	return a.Raw, nil
}

// Carried returns the packets of other PCs' ops that wait here for the server, and
// those that it did not take.
func (c *Counter) Carried(ctx context.Context) ([]db.Relay, error) {
	list, err := c.db.Relays(ctx)
	return list, fault.Wrap("counter.Carried", err)
}

// Waiting returns how many ops wait to be sent and since when, UTC ms.
func (c *Counter) Waiting(ctx context.Context) (n int, oldest int64, err error) {
	n, oldest, err = c.db.OutboxState(ctx)
	return n, oldest, fault.Wrap("counter.Waiting", err)
}

// Explanation is everything that is known of one op.
type Explanation struct {
	Act    Act
	Winner *Act          // the op that was there first, as far as this PC knows it
	Case   *payback.Case // if it opened one
	Story  []Act         // all acts known here on the same subject, oldest first
	Sync   Sending
	Found  bool
}

// Sending is how the sending of one op stands.
type Sending struct {
	Tried   int            // exchanges that failed in a row while it waits
	Cause   payback.Reason // of the last of them
	Pending bool           // sent, and not yet in the rows that were pulled
}

// maxStory is how many acts of one row are read.
const maxStory = 100

// Explain returns everything that is known of one op: its answer, the op that it
// met, its case and the story of its subject.
func (c *Counter) Explain(ctx context.Context, run payback.RunID, wseq uint64) (Explanation, error) {
	var x Explanation
	a, err := c.oneAct(ctx, run, wseq)
	if err != nil || a == nil {
		return x, fault.Wrap("counter.Explain", err)
	}
	x.Act, x.Found = *a, true
	if x.Sync, err = c.sending(ctx, a); err != nil {
		return x, fault.Wrap("counter.Explain", err)
	}
	if x.Case, err = find[*payback.Case](ctx, c, payback.CaseKey(a.Case)); err != nil {
		return x, fault.Wrap("counter.Explain", err)
	}
	if x.Winner, err = c.met(ctx, a, x.Case); err != nil {
		return x, fault.Wrap("counter.Explain", err)
	}
	story, err := c.db.Story(ctx, a.Subject, maxStory)
	if err != nil {
		return x, fault.Wrap("counter.Explain", err)
	}
	x.Story, err = c.actsOf(ctx, story)
	slices.Reverse(x.Story)
	return x, fault.Wrap("counter.Explain", err)
}

// met returns the op that another one met: the one that its answer names, or else
// its case. Of one that is not known here, a resident's or head office's, what the
// answer says of it; nil if there was none.
func (c *Counter) met(ctx context.Context, a *Act, k *payback.Case) (*Act, error) {
	ref := a.Winner
	if ref.Zero() && k != nil && (k.Other.Run != a.Ref.Run || k.Other.Wseq != a.Ref.Wseq) {
		ref = k.Other
	}
	if ref.Zero() {
		return nil, nil
	}
	other, err := c.oneAct(ctx, ref.Run, ref.Wseq)
	if other == nil && err == nil {
		other = &Act{Ref: ref, Kind: ref.Kind, At: ref.At, Title: a.Title, Acked: true, Final: true, Verdict: payback.Applied}
	}
	return other, err
}

// sending says how the sending of an op stands.
func (c *Counter) sending(ctx context.Context, a *Act) (s Sending, err error) {
	if !a.Own {
		return s, nil
	}
	if !a.Acked {
		st, err := c.db.SyncState(ctx)
		return Sending{Tried: st.Fails, Cause: st.Cause}, err
	}
	cursors, err := c.db.Cursors(ctx)
	if err == nil && len(cursors) > 0 {
		s.Pending = a.position > cursors[0].Cursor
	}
	return s, err
}

func (c *Counter) oneAct(ctx context.Context, run payback.RunID, wseq uint64) (*Act, error) {
	raw, err := c.db.Act(ctx, run, wseq)
	if err != nil || raw == nil {
		return nil, err
	}
	acts, err := c.actsOf(ctx, []db.Act{*raw})
	if err != nil {
		return nil, err
	}
	return &acts[0], nil
}
