package term

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// What people have at hand, to what is meant.

// pick finds the one thing of the given kinds that a handle means. Several are a
// conflict that names their numbers; none says why.
func (c *Call) pick(p *Parts, handle string, kinds ...counter.MatchKind) (counter.Match, error) {
	f, err := p.Counter.Find(c.Ctx, scan.Classify(handle))
	if err != nil {
		return counter.Match{}, err
	}
	ms := slices.DeleteFunc(slices.Clone(f.Matches), func(m counter.Match) bool { return !slices.Contains(kinds, m.Kind) })
	switch {
	case len(ms) == 1:
		return ms[0], nil
	case len(ms) > 1:
		return counter.Match{}, fault.New(fault.Conflict, "term.several", "Handle", handle, "Numbers", numbers(ms))
	case f.Reason.Key == counter.ReasonNumberUnknown: // a verb records nothing that could be matched later
		return counter.Match{}, fault.New(fault.NotFound, "term.number_unknown", "Number", handle)
	case !f.Reason.None():
		return counter.Match{}, &notFound{f.Reason}
	case onlyTitles(f.Matches):
		return counter.Match{}, &notFound{payback.Reason{Key: counter.ReasonNotOurs}}
	case len(f.Matches) > 0:
		return counter.Match{}, fault.New(fault.Conflict, "term.other_state", "Handle", handle, "State", stateOf(f.Matches[0]))
	}
	return counter.Match{}, fault.New(fault.NotFound, "term.nothing", "Handle", handle)
}

// stateOf is where the thing that was found stands.
func stateOf(m counter.Match) string {
	switch {
	case m.Refund != nil && m.Loan != nil && m.Loan.State == payback.LoanReturned:
		return string(m.Refund.State)
	case m.Loan != nil:
		return string(m.Loan.State)
	case m.Request != nil:
		return string(m.Request.State)
	case m.Transfer != nil:
		return string(m.Transfer.State)
	}
	return string(m.Kind)
}

// onlyTitles says that nothing of this store is open for what was found.
func onlyTitles(ms []counter.Match) bool {
	return len(ms) > 0 && !slices.ContainsFunc(ms, func(m counter.Match) bool { return m.Kind != counter.MatchTitle })
}

// notFound is a code that means nothing here, with scan's or the domain's reason.
type notFound struct{ reason payback.Reason }

// Error returns the reason's key, for operators.
func (n *notFound) Error() string { return "nothing found: " + n.reason.Key }

func numbers(ms []counter.Match) string {
	var out []string
	for _, m := range ms {
		switch {
		case m.Request != nil && m.Request.Number != "":
			out = append(out, m.Request.Number)
		case m.Loan != nil && m.Loan.Number != "":
			out = append(out, m.Loan.Number)
		case m.Loan != nil:
			out = append(out, string(m.Loan.ID))
		}
	}
	return strings.Join(out, ", ")
}

// isID says that a handle is an id and no code: those of programs are UUIDs.
func isID(handle string) bool { return len(handle) >= 20 && strings.Count(handle, "-") == 4 }

// request finds a request by number, ISBN, label or id.
func (c *Call) request(p *Parts, handle string, kinds ...counter.MatchKind) (*payback.Request, error) {
	if isID(handle) {
		r, err := p.Counter.Request(c.Ctx, payback.RequestID(handle))
		if err == nil && r == nil {
			err = fault.New(fault.NotFound, "payback.request_unknown")
		}
		return r, err
	}
	m, err := c.pick(p, handle, kinds...)
	return m.Request, err
}

// loan finds a loan by number, ISBN, slip, card or id.
func (c *Call) loan(p *Parts, handle string, kinds ...counter.MatchKind) (*payback.Loan, error) {
	if isID(handle) {
		l, err := p.Counter.Loan(c.Ctx, payback.LoanID(handle))
		if err == nil && l == nil {
			err = fault.New(fault.NotFound, "payback.loan_unknown")
		}
		return l, err
	}
	m, err := c.pick(p, handle, kinds...)
	return m.Loan, err
}

// box finds a box by its number at the store, by #serial or by id; of several
// with a number the one that is not handed over yet.
func (c *Call) box(p *Parts, handle string) (counter.BoxView, error) {
	boxes, _, err := p.Counter.Boxes(c.Ctx)
	if err != nil {
		return counter.BoxView{}, err
	}
	serial, isSerial := strings.CutPrefix(handle, "#")
	for _, open := range []bool{true, false} {
		for _, b := range boxes {
			t := b.Transfer
			if open != (t.State == payback.TransferOpen || t.State == payback.TransferClosed) {
				continue
			}
			if string(t.ID) == handle || (isSerial && strconv.Itoa(t.Serial) == serial) || (!isSerial && strconv.Itoa(t.Box) == handle) {
				return b, nil
			}
		}
	}
	return counter.BoxView{}, fault.New(fault.NotFound, "payback.transfer_unknown")
}

// isbnOf reads an ISBN as typed or scanned.
func isbnOf(text string) (payback.ISBN, error) {
	code := scan.Classify(text)
	if code.Kind != scan.Book {
		key := code.Problem
		if key == "" {
			key = "term.not_isbn"
		}
		return "", fault.New(fault.Invalid, key)
	}
	return payback.ISBN(code.ISBN), nil
}
