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

// Person is what may be shown of somebody.
type Person struct {
	Resident payback.ResidentID
	Name     string // masked
	Last4    string
}

// Known says that something may be shown.
func (p Person) Known() bool { return p.Name != "" }

// Counts are numbers of what stands open.
type Counts struct {
	Placed   int // requests that wait for an answer
	Ordered  int
	Holds    int // accepted and ready
	Cases    int // open
	Boxes    int // open and closed
	Loose    int // returned copies in no box
	Owed     int // refunds due
	Left     int // loans left against a slip
	Claims   int // lines owed and contested
	Waiting  int // ops not acknowledged
	Rejected int // own ops of the last seven days that the server did not simply apply
}
