package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Rows by id; nil if this PC does not have them (a title and a library never are).

// Request returns a request.
func (c *Counter) Request(ctx context.Context, id payback.RequestID) (*payback.Request, error) {
	r, err := find[*payback.Request](ctx, c, payback.RequestKey(id))
	return r, fault.Wrap("counter.Request", err)
}

// Loan returns a loan.
func (c *Counter) Loan(ctx context.Context, id payback.LoanID) (*payback.Loan, error) {
	l, err := find[*payback.Loan](ctx, c, payback.LoanKey(id))
	return l, fault.Wrap("counter.Loan", err)
}

// Transfer returns a box.
func (c *Counter) Transfer(ctx context.Context, id payback.TransferID) (*payback.Transfer, error) {
	t, err := find[*payback.Transfer](ctx, c, payback.TransferKey(id))
	return t, fault.Wrap("counter.Transfer", err)
}

// Title returns a title; one that nobody has described has only its number.
func (c *Counter) Title(ctx context.Context, i payback.ISBN) (*payback.Title, error) {
	t, err := find[*payback.Title](ctx, c, payback.TitleKey(i))
	if err == nil && t == nil {
		t = &payback.Title{ISBN: i}
	}
	return t, fault.Wrap("counter.Title", err)
}

// Library returns a library; one that is not known has its id as its name.
func (c *Counter) Library(ctx context.Context, id payback.LibraryID) (*payback.Library, error) {
	l, err := find[*payback.Library](ctx, c, payback.Key{Table: payback.TLibrary, ID: string(id)})
	if err == nil && l == nil {
		l = &payback.Library{ID: id, Name: string(id)}
	}
	return l, fault.Wrap("counter.Library", err)
}
