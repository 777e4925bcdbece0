package db

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// RequestFilter picks requests; empty fields pick all.
type RequestFilter struct {
	States  []payback.State
	ISBN    payback.ISBN
	Number  string
	CardTag string
	Limit   int // 0 = 1000
}

// Requests returns requests, oldest first.
func (d *DB) Requests(ctx context.Context, f RequestFilter) ([]*payback.Request, error) {
	return nil, errNotYet
}

// LoanFilter picks loans; empty fields pick all.
type LoanFilter struct {
	States  []payback.State
	ISBN    payback.ISBN
	Number  string
	CardTag string
	Limit   int // 0 = 1000
}

// Loans returns loans, nearest due day first.
func (d *DB) Loans(ctx context.Context, f LoanFilter) ([]*payback.Loan, error) {
	return nil, errNotYet
}

// CopiesIn returns the store's copies in these states.
func (d *DB) CopiesIn(ctx context.Context, states ...payback.State) ([]*payback.Copy, error) {
	return nil, errNotYet
}

// Transfers returns the boxes in these states, by serial number.
func (d *DB) Transfers(ctx context.Context, states ...payback.State) ([]*payback.Transfer, error) {
	return nil, errNotYet
}

// Refunds returns the refunds in a state, oldest first.
func (d *DB) Refunds(ctx context.Context, state payback.State) ([]*payback.Refund, error) {
	return nil, errNotYet
}

// Cases returns the cases in a state, oldest first.
func (d *DB) Cases(ctx context.Context, state payback.State) ([]*payback.Case, error) {
	return nil, errNotYet
}

// Lines returns the settlement lines in these states, oldest first.
func (d *DB) Lines(ctx context.Context, states ...payback.State) ([]*payback.Line, error) {
	return nil, errNotYet
}
