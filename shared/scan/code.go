package scan

import (
	"github.com/bookpayback/bookpayback/shared/isbn"
)

// Kind is what a code stands for.
type Kind string

// The kinds. Every Code has one of them.
const (
	Book    Kind = "book"     // a title, by ISBN
	Request Kind = "request"  // our label or slip of a request
	Member  Kind = "member"   // a library card, or our own member label
	Box     Kind = "box"      // our label of a transfer
	Copy    Kind = "copy"     // our label of a copy
	Slip    Kind = "slip"     // our slip for a book that was left for a decision
	Number  Kind = "number"   // a pick-up number
	NotBook Kind = "not_book" // read rightly, but no book: a magazine, goods, printed music
	Damaged Kind = "damaged"  // a code read in part or wrongly; never to be looked up
	Unknown Kind = "unknown"  // anything else, so also words typed to search for
)

// Key returns the message key of k.
func (k Kind) Key() string { return "scan.kind." + string(k) }

// The message keys that a Code may have as its Problem, beside those of isbn.Problem.
const (
	ProblemEmpty       = "scan.problem.empty"        // no sign in it
	ProblemMisread     = "scan.problem.misread"      // a check digit does not fit, or a part is missing
	ProblemAddOnAlone  = "scan.problem.add_on_alone" // only the small bar code was read
	ProblemJoined      = "scan.problem.joined"       // several codes in one that can't be told apart
	ProblemTooShort    = "scan.problem.too_short"    // one or two digits
	ProblemTooLong     = "scan.problem.too_long"     // more than MaxRaw characters
	ProblemLetters     = "scan.problem.letters"      // words
	ProblemPaymentCard = "scan.problem.payment_card" // a payment card's number, which is not kept
	ProblemUnknown     = "scan.problem.unknown"      // digits that are no code of ours
)

// Code is one scan, understood.
type Code struct {
	Kind  Kind       `json:"kind"`
	ISBN  isbn.ISBN  `json:"isbn,omitempty"`  // of a Book, always valid
	AddOn isbn.AddOn `json:"addon,omitempty"` // of a Book, if it was read with it

	// Number is the number of an own label without leading zeros; the digits of a Member's card and of a pick-up Number
	// as they are, leading zeros kept; and all digits of a NotBook and of a Book typed as ISBN-10, which a library may
	// have given to a card.
	Number string `json:"number,omitempty"`
	// Label is true for a code of our own with a fitting check digit.
	Label bool `json:"label,omitempty"`
	// Problem is the message key of what is wrong, "" when nothing is. On a Member it says what to tell when no such
	// card is found.
	Problem string `json:"problem,omitempty"`
	// Raw is the text as it came; only the number of a payment card is struck out in it.
	Raw string `json:"raw"`
}

// Sure reports whether a check digit proves that the code was read rightly and whole: a bar code of a title or of goods,
// or an own label. An ISBN-10, a card and a pick-up number are not, they need Enter.
func (c Code) Sure() bool {
	return c.Label || c.Kind == NotBook || c.Kind == Book && c.Number == ""
}

// DoubleTriggerMs is how long after a scan the same code counts as a second trigger of the same scan.
const DoubleTriggerMs = 1500

// DoubleTrigger reports whether cur is prev again, read twice by a scanner within DoubleTriggerMs (both ends in it), so
// that it calls for no second act. The add-on may have been read once only. Codes that were not understood are never a
// double trigger: each wants its own warning. The caller asks only when nothing happened in between.
func DoubleTrigger(prev, cur Code, gapMs int64) bool {
	if gapMs < 0 || gapMs > DoubleTriggerMs || prev.Kind != cur.Kind || prev.Label != cur.Label {
		return false
	}
	switch cur.Kind {
	case Book:
		return prev.ISBN == cur.ISBN
	case Damaged, Unknown:
		return false
	}
	return prev.Number == cur.Number
}
