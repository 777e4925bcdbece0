package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/payback"
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
	Struck      bool // taken back later, or rejected
}

// Day is what was done on one day, newest first.
type Day struct {
	Date    payback.Date
	Acts    []Act
	Sales   int
	Returns int
	Other   int
}

// Today returns what the store did today, as far as this PC knows.
func (c *Counter) Today(ctx context.Context) (Day, error) { return Day{}, errNotYet }

// DayOf returns what the store did on a day.
func (c *Counter) DayOf(ctx context.Context, d payback.Date) (Day, error) { return Day{}, errNotYet }

// Sum is a number of payments and their amount.
type Sum struct {
	N      int
	Amount payback.Won
}

// Till is a day's money by kind of payment, to lay beside the card terminal's sum.
type Till struct {
	Date    payback.Date
	Sales   map[payback.PayKind]Sum
	Refunds map[payback.PayKind]Sum
}

// Till returns a day's money of the whole store, as far as this PC knows.
func (c *Counter) Till(ctx context.Context, d payback.Date) (Till, error) { return Till{}, errNotYet }

// RequestView is a request with what a list shows beside it.
type RequestView struct {
	Request *payback.Request
	Title   *payback.Title // never nil
	Person  db.Person
	Stock   *payback.Stock // nil if never counted
	Late    bool           // placed: silent too long; ordered: ready day is past; waiting: last day is past
	Today   bool           // waiting: today is the last day
}

// Requests returns what waits for the store's answer (placed), in shelf order (by
// author, then title), then what was ordered, by ready day.
func (c *Counter) Requests(ctx context.Context) ([]RequestView, error) { return nil, errNotYet }

// Holds returns what is set aside, by hold number; what must go back to the shelf
// tonight has Today or Late.
func (c *Counter) Holds(ctx context.Context) ([]RequestView, error) { return nil, errNotYet }

// LoanView is a loan with what a list shows beside it.
type LoanView struct {
	Loan   *payback.Loan
	Refund *payback.Refund // nil if none is due or paid
	Copy   *payback.Copy
	Title  *payback.Title // never nil
	Person db.Person
	Stop   payback.Reason // Owed: why this PC may not pay it now
}

// Owed returns the loans whose money is due to residents, oldest first.
func (c *Counter) Owed(ctx context.Context) ([]LoanView, error) { return nil, errNotYet }

// Left returns the loans left against a slip and the refused copies not fetched,
// nearest day first.
func (c *Counter) Left(ctx context.Context) ([]LoanView, error) { return nil, errNotYet }

// CaseView is a case with what it is about.
type CaseView struct {
	Case   *payback.Case
	Title  *payback.Title // never nil
	Person db.Person
	Loan   *payback.Loan
	Mine   bool // the owner of this store decides it; otherwise the office
}

// Cases returns the open cases of the store, oldest first.
func (c *Counter) Cases(ctx context.Context) ([]CaseView, error) { return nil, errNotYet }

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
	return nil, nil, errNotYet
}

// ClaimView is a settlement line.
type ClaimView struct {
	Line  *payback.Line
	Title *payback.Title // never nil
	Late  bool           // expected to be paid by now
}

// Claims returns the lines that are not paid yet and those paid in the last 31
// days, oldest first.
func (c *Counter) Claims(ctx context.Context) ([]ClaimView, error) { return nil, errNotYet }

// Outbox returns this PC's ops that wait to be sent, oldest first, then those
// that the server did not simply apply, newest first; at most limit.
func (c *Counter) Outbox(ctx context.Context, limit int) ([]Act, error) { return nil, errNotYet }

// Waiting returns how many ops wait to be sent and since when, UTC ms.
func (c *Counter) Waiting(ctx context.Context) (n int, oldest int64, err error) {
	return 0, 0, errNotYet
}

// Counts are the numbers on the tabs.
type Counts = db.Counts

// Counts returns the numbers on the tabs.
func (c *Counter) Counts(ctx context.Context) (Counts, error) { return Counts{}, errNotYet }

// SyncState returns how the exchange with the server stands.
func (c *Counter) SyncState(ctx context.Context) (db.SyncState, error) { return c.db.SyncState(ctx) }

// Explanation is everything that is known of one op.
type Explanation struct {
	Act    Act
	Winner *Act          // the op that was there first, if this PC knows it
	Case   *payback.Case // if it opened one
	Story  []Act         // all acts known here on the same subject, oldest first
	Found  bool
}

// Explain returns everything that is known of one op: its answer, the op that it
// met, its case and the story of its subject.
func (c *Counter) Explain(ctx context.Context, run payback.RunID, wseq uint64) (Explanation, error) {
	return Explanation{}, errNotYet
}

// Rows by id; nil if this PC does not have them (a title and a library never are).

// Request returns a request.
func (c *Counter) Request(ctx context.Context, id payback.RequestID) (*payback.Request, error) {
	return nil, errNotYet
}

// Loan returns a loan.
func (c *Counter) Loan(ctx context.Context, id payback.LoanID) (*payback.Loan, error) {
	return nil, errNotYet
}

// LoanView returns a loan with its refund, copy, title and person; nil if it is
// not here.
func (c *Counter) LoanView(ctx context.Context, id payback.LoanID) (*LoanView, error) {
	return nil, errNotYet
}

// RequestView returns a request with its title, person and stock; nil if it is
// not here.
func (c *Counter) RequestView(ctx context.Context, id payback.RequestID) (*RequestView, error) {
	return nil, errNotYet
}

// Transfer returns a box.
func (c *Counter) Transfer(ctx context.Context, id payback.TransferID) (*payback.Transfer, error) {
	return nil, errNotYet
}

// Title returns a title; one that nobody has described has only its number.
func (c *Counter) Title(ctx context.Context, i payback.ISBN) (*payback.Title, error) {
	return nil, errNotYet
}

// Library returns a library; one that is not known has its id as its name.
func (c *Counter) Library(ctx context.Context, id payback.LibraryID) (*payback.Library, error) {
	return nil, errNotYet
}
