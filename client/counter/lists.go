package counter

import (
	"cmp"
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// RequestView is a request with what a list shows beside it.
type RequestView struct {
	Request *payback.Request
	Title   *payback.Title // never nil
	Person  db.Person
	Stock   *payback.Stock // nil if never counted
	Late    bool           // placed: silent too long; ordered: ready day is past; waiting: last day is past
	Today   bool           // waiting: today is the last day
}

// requestViews makes views of requests, in their order.
func (c *Counter) requestViews(ctx context.Context, shop Shop, rs []*payback.Request) ([]RequestView, error) {
	views := make([]RequestView, len(rs))
	v := c.viewer()
	for i, r := range rs {
		w := &views[i]
		w.Request = r
		v.title(&w.Title, r.ISBN)
		v.person(&w.Person, r.Resident)
		switch {
		case r.State == payback.Placed:
			w.Late = r.Asked || r.AskOn != "" && r.AskOn < shop.Today
		case r.State == payback.Ordered:
			w.Late = r.ReadyBy < shop.Today
		case r.Waiting():
			w.Late, w.Today = r.EndsOn < shop.Today, r.EndsOn == shop.Today
		}
		var err error
		if w.Stock, err = find[*payback.Stock](ctx, c, payback.StockKey(r.Store, r.ISBN)); err != nil {
			return nil, err
		}
	}
	return views, v.fill(ctx)
}

// Requests returns what waits for the store's answer (placed), in shelf order (by
// author, then title), then what was ordered, by ready day.
func (c *Counter) Requests(ctx context.Context) ([]RequestView, error) {
	views, err := c.requestsIn(ctx, payback.Placed, payback.Ordered)
	if err != nil {
		return nil, fault.Wrap("counter.Requests", err)
	}
	slices.SortStableFunc(views, func(a, b RequestView) int {
		if a.Request.State != b.Request.State {
			return cmp.Compare(b.Request.State, a.Request.State) // placed before ordered
		}
		if a.Request.State == payback.Ordered {
			return cmp.Compare(a.Request.ReadyBy, b.Request.ReadyBy)
		}
		return cmp.Or(cmp.Compare(a.Title.Author, b.Title.Author), cmp.Compare(a.Title.Name, b.Title.Name),
			cmp.Compare(a.Request.PlacedAt, b.Request.PlacedAt))
	})
	return views, nil
}

// Holds returns what is set aside, by hold number; what must go back to the shelf
// tonight has Today or Late.
func (c *Counter) Holds(ctx context.Context) ([]RequestView, error) {
	views, err := c.requestsIn(ctx, payback.Accepted, payback.Ready)
	if err != nil {
		return nil, fault.Wrap("counter.Holds", err)
	}
	slices.SortStableFunc(views, func(a, b RequestView) int { return cmp.Compare(a.Request.Hold, b.Request.Hold) })
	return views, nil
}

func (c *Counter) requestsIn(ctx context.Context, states ...payback.State) ([]RequestView, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return nil, err
	}
	rs, err := c.db.Requests(ctx, db.RequestFilter{States: states})
	if err != nil {
		return nil, err
	}
	return c.requestViews(ctx, shop, rs)
}

// RequestView returns a request with its title, person and stock; nil if it is
// not here.
func (c *Counter) RequestView(ctx context.Context, id payback.RequestID) (*RequestView, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return nil, err
	}
	r, err := c.Request(ctx, id)
	if err != nil || r == nil {
		return nil, err
	}
	views, err := c.requestViews(ctx, shop, []*payback.Request{r})
	if err != nil {
		return nil, fault.Wrap("counter.RequestView", err)
	}
	return &views[0], nil
}

// LoanView is a loan with what a list shows beside it.
type LoanView struct {
	Loan   *payback.Loan
	Refund *payback.Refund // nil if none is due or paid
	Copy   *payback.Copy
	Title  *payback.Title // never nil
	Person db.Person
	Stop   payback.Reason // why this PC may not pay its refund now; empty if it may
}

func (c *Counter) loanViews(ctx context.Context, shop Shop, loans []*payback.Loan) ([]LoanView, error) {
	views := make([]LoanView, len(loans))
	v := c.viewer()
	for i, l := range loans {
		w := &views[i]
		w.Loan = l
		v.title(&w.Title, l.ISBN)
		v.person(&w.Person, l.Resident)
		var err error
		if w.Refund, err = find[*payback.Refund](ctx, c, payback.RefundKey(l.ID)); err != nil {
			return nil, err
		}
		if w.Copy, err = find[*payback.Copy](ctx, c, payback.CopyKey(l.ID)); err != nil {
			return nil, err
		}
		w.Stop = shop.mayRefund(l, w.Refund)
	}
	return views, v.fill(ctx)
}

// LoanView returns a loan with its refund, copy, title and person; nil if it is
// not here.
func (c *Counter) LoanView(ctx context.Context, id payback.LoanID) (*LoanView, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return nil, err
	}
	l, err := c.Loan(ctx, id)
	if err != nil || l == nil {
		return nil, err
	}
	views, err := c.loanViews(ctx, shop, []*payback.Loan{l})
	if err != nil {
		return nil, fault.Wrap("counter.LoanView", err)
	}
	return &views[0], nil
}

// Owed returns the loans whose money is due to residents, oldest first. Stop says
// why this PC may not pay one.
func (c *Counter) Owed(ctx context.Context) ([]LoanView, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return nil, err
	}
	due, err := c.db.Refunds(ctx, payback.RefundDue)
	if err != nil {
		return nil, fault.Wrap("counter.Owed", err)
	}
	var loans []*payback.Loan
	for _, r := range due {
		l, err := c.Loan(ctx, r.Loan)
		if err != nil {
			return nil, err
		}
		if l != nil {
			loans = append(loans, l)
		}
	}
	views, err := c.loanViews(ctx, shop, loans)
	return views, fault.Wrap("counter.Owed", err)
}

// Left returns the loans left against a slip and the refused copies not fetched,
// nearest day first.
func (c *Counter) Left(ctx context.Context) ([]LoanView, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return nil, err
	}
	loans, err := c.db.Loans(ctx, db.LoanFilter{States: []payback.State{payback.LoanLeft, payback.LoanRefused}})
	if err != nil {
		return nil, fault.Wrap("counter.Left", err)
	}
	slices.SortStableFunc(loans, func(a, b *payback.Loan) int { return cmp.Compare(awaited(a), awaited(b)) })
	views, err := c.loanViews(ctx, shop, loans)
	return views, fault.Wrap("counter.Left", err)
}

// awaited is the day on which something happens to a left or refused loan.
func awaited(l *payback.Loan) payback.Date {
	if l.State == payback.LoanRefused {
		return l.FetchBy
	}
	return l.DecideBy
}

// CaseView is a case with what it is about.
type CaseView struct {
	Case   *payback.Case
	Title  *payback.Title // never nil
	Person db.Person
	Loan   *payback.Loan
	Mine   bool // the owner of this store decides it; otherwise the office
}

// Cases returns the open cases of the store, oldest first.
func (c *Counter) Cases(ctx context.Context) ([]CaseView, error) {
	cases, err := c.db.Cases(ctx, payback.CaseOpen)
	if err != nil {
		return nil, fault.Wrap("counter.Cases", err)
	}
	views := make([]CaseView, len(cases))
	v := c.viewer()
	for i, k := range cases {
		w := &views[i]
		w.Case, w.Mine = k, k.Owner == payback.RoleOwner
		loan := k.Loan
		if loan == "" {
			loan = k.Copy
		}
		if w.Loan, err = c.Loan(ctx, loan); err != nil {
			return nil, err
		}
		r, err := c.Request(ctx, k.Request)
		if err != nil {
			return nil, err
		}
		switch {
		case w.Loan != nil:
			v.title(&w.Title, w.Loan.ISBN)
			v.person(&w.Person, w.Loan.Resident)
		case r != nil:
			v.title(&w.Title, r.ISBN)
			v.person(&w.Person, r.Resident)
		default:
			v.title(&w.Title, payback.ISBN(k.Reason.Args["isbn"]))
		}
	}
	return views, fault.Wrap("counter.Cases", v.fill(ctx))
}

// BoxView is a box with its copies.
type BoxView struct {
	Transfer *payback.Transfer
	Library  *payback.Library // never nil; Name may be its id
	Copies   []*payback.Copy
	Titles   []*payback.Title // of Copies, in their order
	Late     bool             // handed over and not taken in by its day
}

// Boxes returns open, closed and handed-over boxes, and the returned copies that
// lie in none.
func (c *Counter) Boxes(ctx context.Context) (boxes []BoxView, loose []LoanView, err error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return nil, nil, err
	}
	ts, err := c.db.Transfers(ctx, payback.TransferOpen, payback.TransferClosed, payback.TransferHanded)
	if err != nil {
		return nil, nil, fault.Wrap("counter.Boxes", err)
	}
	boxes = make([]BoxView, len(ts))
	v := c.viewer()
	for i, t := range ts {
		if err := c.boxView(ctx, v, &boxes[i], t, shop); err != nil {
			return nil, nil, fault.Wrap("counter.Boxes", err)
		}
	}
	if err := v.fill(ctx); err != nil {
		return nil, nil, fault.Wrap("counter.Boxes", err)
	}
	loose, err = c.loose(ctx, shop)
	return boxes, loose, fault.Wrap("counter.Boxes", err)
}

func (c *Counter) boxView(ctx context.Context, v *viewer, b *BoxView, t *payback.Transfer, shop Shop) (err error) {
	b.Transfer = t
	b.Late = t.State == payback.TransferHanded && t.LateOn != "" && t.LateOn < shop.Today
	if b.Library, err = c.Library(ctx, t.Library); err != nil {
		return err
	}
	b.Titles = make([]*payback.Title, 0, len(t.Copies))
	for _, id := range t.Copies {
		cp, err := find[*payback.Copy](ctx, c, payback.CopyKey(id))
		if err != nil {
			return err
		}
		if cp == nil {
			continue
		}
		b.Copies = append(b.Copies, cp)
		b.Titles = append(b.Titles, nil) // within its capacity, so that it stays where it is
		v.title(&b.Titles[len(b.Titles)-1], cp.ISBN)
	}
	return nil
}

// loose returns the returned copies that lie in no box.
func (c *Counter) loose(ctx context.Context, shop Shop) ([]LoanView, error) {
	copies, err := c.db.Copies(ctx, payback.CopyAtStore)
	if err != nil {
		return nil, err
	}
	var loans []*payback.Loan
	for _, cp := range copies {
		l, err := c.Loan(ctx, cp.ID)
		if err != nil {
			return nil, err
		}
		if l != nil && l.State == payback.LoanReturned {
			loans = append(loans, l)
		}
	}
	return c.loanViews(ctx, shop, loans)
}

// ClaimView is a settlement line.
type ClaimView struct {
	Line  *payback.Line
	Title *payback.Title // never nil
	Late  bool           // expected to be paid by now
}

// paidDays is how long a paid line is still listed.
const paidDays = 31

// Claims returns the lines that are not paid yet and those owed in the last 31
// days that are paid, oldest first.
func (c *Counter) Claims(ctx context.Context) ([]ClaimView, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return nil, err
	}
	lines, err := c.db.Lines(ctx, payback.LineOwed, payback.LineContested, payback.LineApproved, payback.LinePaid)
	if err != nil {
		return nil, fault.Wrap("counter.Claims", err)
	}
	since := shop.Today.Add(-paidDays)
	lines = slices.DeleteFunc(lines, func(l *payback.Line) bool { return l.State == payback.LinePaid && l.OwedOn < since })
	views := make([]ClaimView, len(lines))
	v := c.viewer()
	for i, l := range lines {
		views[i] = ClaimView{Line: l, Late: l.State != payback.LinePaid && l.PayBy != "" && l.PayBy < shop.Today}
		v.title(&views[i].Title, l.ISBN)
	}
	return views, fault.Wrap("counter.Claims", v.fill(ctx))
}

// Counts are the numbers on the tabs.
type Counts = db.Counts

// oddDays is how long an op that was not simply applied counts on its tab.
const oddDays = 7

// Counts returns the numbers on the tabs.
func (c *Counter) Counts(ctx context.Context) (Counts, error) {
	now, _, _ := c.now()
	n, err := c.db.Counts(ctx, now-oddDays*24*60*60*1000)
	return n, fault.Wrap("counter.Counts", err)
}

// SyncState returns how the exchange with the server stands.
func (c *Counter) SyncState(ctx context.Context) (db.SyncState, error) {
	s, err := c.db.SyncState(ctx)
	return s, fault.Wrap("counter.SyncState", err)
}
