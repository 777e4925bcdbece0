package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// MatchKind says what a scanned code can mean here, and so what can be done.
type MatchKind string

// The kinds of matches, in the order in which Find returns them.
const (
	MatchWaiting  MatchKind = "waiting"  // a copy waits for its resident: sell
	MatchOut      MatchKind = "out"      // a loan is out: take back
	MatchOwed     MatchKind = "owed"     // taken back, the money not yet given: refund
	MatchRefused  MatchKind = "refused"  // a refused copy to be fetched: give back
	MatchOrdered  MatchKind = "ordered"  // an ordered copy: arrive
	MatchPlaced   MatchKind = "placed"   // a new request: accept
	MatchLeft     MatchKind = "left"     // left against a slip: wait for the office
	MatchPack     MatchKind = "pack"     // returned and not yet in a box: pack
	MatchInBox    MatchKind = "in_box"   // in an open or closed box
	MatchBox      MatchKind = "box"      // a box itself
	MatchDead     MatchKind = "dead"     // a request that was declined, cancelled, expired or not fetched: a sale is still possible
	MatchFinished MatchKind = "finished" // sold, kept, refunded, handed over: only to be explained
	MatchTitle    MatchKind = "title"    // the title alone: count, walk-in
)

// Match is one thing that a code can mean. Fields that the kind does not have are
// nil.
type Match struct {
	Kind     MatchKind
	Request  *payback.Request
	Loan     *payback.Loan
	Refund   *payback.Refund
	Copy     *payback.Copy
	Transfer *payback.Transfer
	Title    *payback.Title // never nil; Name "" if nobody described it
	Person   db.Person      // zero if not known here
	Deadline payback.Date   // fetch by, ready by, due, decide by; "" for none
	Late     bool           // a loan after its due day: Leave or Keep
}

// Found is what a code can mean here.
type Found struct {
	Matches []Match        // by kind in the order of the constants, then nearest deadline first
	Reason  payback.Reason // why there is none, or what is wrong with the code; "not_ours" for a title without any open thing here
	Title   *payback.Title // of a Book; never nil then
	Stock   *payback.Stock // of a Book; nil if never counted
}

// Find says what a code can mean here. A damaged or unknown code is an answer
// without matches whose Reason is scan's message key; words search titles.
func (c *Counter) Find(ctx context.Context, code scan.Code) (Found, error) {
	return Found{}, errNotYet
}

// SearchTitles returns titles by words, syllables or initial consonants.
func (c *Counter) SearchTitles(ctx context.Context, query string, limit int) ([]*payback.Title, error) {
	return nil, errNotYet
}

// LabelDigits returns the digits of our own label for a request, loan (slip or copy) or
// box; false if the id is none of ours.
func LabelDigits(kind scan.Kind, id string) (string, bool) { return "", false }
