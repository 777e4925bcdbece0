package counter

import (
	"cmp"
	"slices"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/payback"
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

// rank orders kinds of matches.
func rank(k MatchKind) int {
	return slices.Index([]MatchKind{MatchWaiting, MatchOut, MatchOwed, MatchRefused, MatchOrdered, MatchPlaced, MatchLeft,
		MatchPack, MatchInBox, MatchBox, MatchDead, MatchFinished, MatchTitle}, k)
}

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
	Reason  payback.Reason // why there is none, or what is wrong with the code; ReasonNotOurs for a title without any open thing here
	Title   *payback.Title // of a Book; never nil then
	Stock   *payback.Stock // of a Book; nil if never counted
}

func isbnOf(m *Match) payback.ISBN {
	switch {
	case m.Loan != nil:
		return m.Loan.ISBN
	case m.Request != nil:
		return m.Request.ISBN
	case m.Title != nil:
		return m.Title.ISBN
	}
	return ""
}

func resident(m *Match) payback.ResidentID {
	switch {
	case m.Loan != nil && m.Loan.Resident != "":
		return m.Loan.Resident
	case m.Request != nil:
		return m.Request.Resident
	}
	return ""
}

// loanKind says what a loan can mean, and until when.
func loanKind(m *Match) (MatchKind, payback.Date) {
	switch m.Loan.State {
	case payback.LoanOut:
		return MatchOut, m.Loan.Due
	case payback.LoanLeft:
		return MatchLeft, m.Loan.DecideBy
	case payback.LoanRefused:
		return MatchRefused, m.Loan.FetchBy
	case payback.LoanReturned:
		switch {
		case m.Refund != nil && m.Refund.State == payback.RefundDue:
			return MatchOwed, ""
		case m.Copy != nil && m.Copy.State == payback.CopyAtStore:
			return MatchPack, ""
		case m.Copy != nil && m.Copy.State == payback.CopyInBox:
			return MatchInBox, ""
		}
	}
	return MatchFinished, ""
}

// compareDeadlines puts the nearest deadline first, none last; what has ended,
// newest first.
func compareDeadlines(a, b *Match) int {
	switch {
	case a.Kind == MatchFinished:
		return cmp.Compare(b.Loan.SoldAt, a.Loan.SoldAt)
	case a.Kind == MatchDead:
		return cmp.Compare(b.Request.PlacedAt, a.Request.PlacedAt)
	case (a.Deadline == "") != (b.Deadline == ""):
		return cmp.Compare(b.Deadline, a.Deadline)
	}
	return cmp.Compare(a.Deadline, b.Deadline)
}
