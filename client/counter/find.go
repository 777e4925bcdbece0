package counter

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// Bounds of a search: nobody reads more on one screen.
const (
	maxFinished = 5  // of those that can only be explained
	maxTitles   = 50 // by words
)

// Reason keys of what was looked for and is not here.
const (
	ReasonNumberUnknown = "number_unknown"
	ReasonCardUnknown   = "card_unknown"
	ReasonNothingFound  = "nothing_found"
)

// Find says what a code can mean here. A damaged or unknown code is an answer
// without matches whose Reason is scan's message key as it is; words search
// titles.
func (c *Counter) Find(ctx context.Context, code scan.Code) (Found, error) {
	f := &finding{c: c, code: code, seen: map[payback.Key]bool{}}
	var err error
	if f.shop, err = c.Shop(ctx); err != nil {
		return Found{}, err
	}
	if err := f.look(ctx); err != nil {
		return Found{}, fault.Wrap("counter.Find", err)
	}
	return f.sorted(), nil
}

// finding is one search.
type finding struct {
	c    *Counter
	code scan.Code
	shop Shop
	out  Found
	seen map[payback.Key]bool
	view *viewer
	refs []*Match
}

func (f *finding) look(ctx context.Context) error {
	f.view = f.c.viewer()
	var err error
	switch f.code.Kind {
	case scan.Book:
		err = f.book(ctx)
	case scan.Number:
		err = f.number(ctx, f.code.Number)
	case scan.Member:
		err = f.card(ctx, f.code.Number)
	case scan.Request, scan.Copy, scan.Slip, scan.Box:
		err = f.label(ctx)
	case scan.Unknown:
		err = f.words(ctx)
	default:
		f.out.Reason = because(f.code.Problem)
	}
	if err != nil {
		return err
	}
	for _, m := range f.refs {
		f.view.title(&m.Title, isbnOf(m))
		f.view.person(&m.Person, resident(m))
	}
	return f.view.fill(ctx)
}

// book looks for everything of a title.
func (f *finding) book(ctx context.Context) error {
	var err error
	if f.out.Title, err = f.c.Title(ctx, f.code.ISBN); err != nil {
		return err
	}
	if f.out.Stock, err = find[*payback.Stock](ctx, f.c, payback.StockKey(f.shop.Store.ID, f.code.ISBN)); err != nil {
		return err
	}
	if err := f.where(ctx, db.RequestFilter{ISBN: f.code.ISBN}, db.LoanFilter{ISBN: f.code.ISBN}); err != nil {
		return err
	}
	if f.code.Number != "" { // an ISBN-10 may be a card that looks like one
		if err := f.card(ctx, f.code.Number); err != nil {
			return err
		}
	}
	if f.out.Stock != nil {
		f.add(&Match{Kind: MatchTitle, Title: f.out.Title})
	}
	f.none(ReasonNotOurs)
	return nil
}

// none sets the reason of an empty result.
func (f *finding) none(key string, args ...string) {
	f.out.Reason = payback.Reason{}
	if len(f.refs) == 0 {
		f.out.Reason = because(key, args...)
	}
}

// number looks for a pick-up number, a number on the hold shelf and the last four
// digits of a phone.
func (f *finding) number(ctx context.Context, number string) error {
	padded := strings.Repeat("0", max(0, 4-len(number))) + number
	if err := f.where(ctx, db.RequestFilter{Number: padded}, db.LoanFilter{Number: padded}); err != nil {
		return err
	}
	if len(number) == 4 {
		ids, err := f.c.db.PersonsByLast4(ctx, number)
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			if err := f.where(ctx, db.RequestFilter{Persons: ids, States: openRequests()}, db.LoanFilter{Persons: ids, States: openLoans()}); err != nil {
				return err
			}
		}
	}
	f.none(ReasonNumberUnknown, "number", number)
	return nil
}

func openRequests() []payback.State {
	return []payback.State{payback.Placed, payback.Accepted, payback.Ordered, payback.Ready, payback.Declined}
}

func openLoans() []payback.State {
	return []payback.State{payback.LoanOut, payback.LoanLeft, payback.LoanRefused, payback.LoanReturned}
}

// card looks for what a library card has open here.
func (f *finding) card(ctx context.Context, number string) error {
	tag, err := f.c.cardTag(ctx, number)
	if err != nil || tag == "" {
		return err
	}
	if err := f.where(ctx, db.RequestFilter{CardTag: tag}, db.LoanFilter{CardTag: tag}); err != nil {
		return err
	}
	if f.code.Problem != "" {
		f.none(f.code.Problem)
		return nil
	}
	f.none(ReasonCardUnknown)
	return nil
}

// label looks for what one of our own labels names.
func (f *finding) label(ctx context.Context) error {
	n, err := strconv.ParseInt(f.code.Number, 10, 64)
	if err != nil {
		f.none(ReasonNothingFound)
		return nil
	}
	prefix := labelPrefix(n)
	switch f.code.Kind {
	case scan.Request:
		if n <= 9999 {
			return f.number(ctx, f.code.Number)
		}
		err = f.byPrefix(ctx, payback.TRequest, prefix)
	case scan.Box:
		err = f.box(ctx, n, prefix)
	default:
		err = f.byPrefix(ctx, payback.TLoan, prefix)
	}
	f.none(ReasonNothingFound)
	return err
}

func (f *finding) byPrefix(ctx context.Context, t payback.Table, prefix string) error {
	ids, err := f.c.db.ByIDPrefix(ctx, t, prefix, 8)
	if err != nil {
		return err
	}
	for _, id := range ids {
		row, err := f.c.db.Row(ctx, payback.Key{Table: t, ID: id})
		if err != nil {
			return err
		}
		switch r := row.(type) {
		case *payback.Request:
			f.request(r)
		case *payback.Loan:
			err = f.loan(ctx, r)
		case *payback.Transfer:
			f.add(&Match{Kind: MatchBox, Transfer: r, Title: &payback.Title{}})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// box finds a box by the number of its label: its serial number, or its id's.
func (f *finding) box(ctx context.Context, n int64, prefix string) error {
	if n > 1_000_000 {
		return f.byPrefix(ctx, payback.TTransfer, prefix)
	}
	boxes, err := f.c.db.TransfersBySerial(ctx, int(n))
	for _, t := range boxes {
		f.add(&Match{Kind: MatchBox, Transfer: t, Title: &payback.Title{}})
	}
	return err
}

// words searches titles.
func (f *finding) words(ctx context.Context) error {
	if f.code.Problem != scan.ProblemLetters {
		f.out.Reason = because(f.code.Problem)
		return nil
	}
	titles, err := f.c.SearchTitles(ctx, f.code.Raw, maxTitles)
	for _, t := range titles {
		f.add(&Match{Kind: MatchTitle, Title: t})
	}
	f.none(ReasonNothingFound)
	return err
}

// where adds what two filters find.
func (f *finding) where(ctx context.Context, rf db.RequestFilter, lf db.LoanFilter) error {
	requests, err := f.c.db.Requests(ctx, rf)
	if err != nil {
		return err
	}
	for _, r := range requests {
		f.request(r)
	}
	loans, err := f.c.db.Loans(ctx, lf)
	if err != nil {
		return err
	}
	for _, l := range loans {
		if err := f.loan(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

func (f *finding) request(r *payback.Request) {
	m := &Match{Request: r, Deadline: r.EndsOn}
	switch {
	case r.Waiting():
		m.Kind = MatchWaiting
	case r.State == payback.Ordered:
		m.Kind, m.Deadline = MatchOrdered, r.ReadyBy
	case r.State == payback.Placed:
		m.Kind = MatchPlaced
	case r.State == payback.Sold: // its loan says more
		return
	default:
		m.Kind = MatchDead
	}
	if !f.seen[r.Key()] {
		f.seen[r.Key()] = true
		f.add(m)
	}
}

func (f *finding) loan(ctx context.Context, l *payback.Loan) (err error) {
	if f.seen[l.Key()] {
		return nil
	}
	f.seen[l.Key()] = true
	m := &Match{Loan: l}
	if m.Copy, err = find[*payback.Copy](ctx, f.c, payback.CopyKey(l.ID)); err != nil {
		return err
	}
	if m.Refund, err = find[*payback.Refund](ctx, f.c, payback.RefundKey(l.ID)); err != nil {
		return err
	}
	if m.Request, err = find[*payback.Request](ctx, f.c, payback.RequestKey(l.Request)); err != nil {
		return err
	}
	m.Kind, m.Deadline = loanKind(m)
	m.Late = l.LateOn(f.shop.Today)
	f.add(m)
	return nil
}

func (f *finding) add(m *Match) { f.refs = append(f.refs, m) }

// sorted orders the matches, and keeps few of those that can only be explained.
func (f *finding) sorted() Found {
	slices.SortStableFunc(f.refs, func(a, b *Match) int {
		return cmp.Or(cmp.Compare(rank(a.Kind), rank(b.Kind)), compareDeadlines(a, b))
	})
	finished := map[MatchKind]int{}
	for _, m := range f.refs {
		if m.Kind == MatchFinished || m.Kind == MatchDead {
			if finished[m.Kind]++; finished[m.Kind] > maxFinished {
				continue
			}
		}
		f.out.Matches = append(f.out.Matches, *m)
	}
	return f.out
}
