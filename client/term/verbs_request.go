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

// RequestsVerb lists the requests that wait for the store, then what was ordered,
// with --holds what waits for its resident.
type RequestsVerb struct {
	Holds bool `help:"The hold shelf in place of what is to be answered."`
}

// RequestJSON is one line of requests.
type RequestJSON struct {
	ID      payback.RequestID `json:"id"`
	Number  string            `json:"number"`
	State   payback.State     `json:"state"`
	ISBN    payback.ISBN      `json:"isbn"`
	Title   string            `json:"title"`
	Who     string            `json:"who,omitempty"` // masked
	Price   payback.Won       `json:"price,omitempty"`
	Stock   *int              `json:"stock,omitempty"` // copies not set aside; null = never counted
	Hold    int               `json:"hold,omitempty"`
	EndsOn  payback.Date      `json:"ends_on,omitempty"`
	ReadyBy payback.Date      `json:"ready_by,omitempty"`
	Late    bool              `json:"late,omitempty"`
}

// Run carries the verb out.
func (v *RequestsVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	list := p.Counter.Requests
	if v.Holds {
		list = p.Counter.Holds
	}
	all, err := list(c.Ctx)
	if err != nil {
		return err
	}
	out := make([]RequestJSON, 0, len(all))
	var lines []string
	for _, x := range all {
		r := x.Request
		j := RequestJSON{ID: r.ID, Number: r.Number, State: r.State, ISBN: r.ISBN, Title: x.Title.Name, Who: x.Person.Name, Price: r.Price,
			Hold: r.Hold, EndsOn: r.EndsOn, ReadyBy: r.ReadyBy, Late: x.Late}
		if x.Stock != nil {
			n := x.Stock.Free()
			j.Stock = &n
		}
		out = append(out, j)
		lines = append(lines, strings.Join([]string{r.Number, string(r.ISBN), x.Title.Name, x.Person.Name, c.w("payback.state." + string(r.State))}, "\t"))
	}
	if len(lines) == 0 {
		lines = []string{c.w("counter.empty.requests")}
	}
	return c.say(strings.Join(lines, "\n"), out)
}

// AcceptVerb accepts a request.
type AcceptVerb struct {
	Handle string `arg:"" help:"Pick-up number, ISBN (its oldest request), or id."`
	Price  int64  `help:"Printed price, where it is not known."`
	Hold   int    `help:"Number on the hold shelf (default: the lowest free one)."`
}

// Run carries the verb out.
func (v *AcceptVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	r, err := c.oldest(p, v.Handle, counter.MatchPlaced)
	if err != nil {
		return err
	}
	done, err := p.Counter.Accept(c.Ctx, counter.AcceptIn{Request: r.ID, Price: payback.Won(v.Price), Hold: v.Hold})
	return c.acted(p, done, err, func(a *ActJSON) string { return c.onHold(p, r, a, "term.accepted") })
}

// oldest is request, but of several for one title the oldest: which copy they get
// is all the same.
func (c *Call) oldest(p *Parts, handle string, kind counter.MatchKind) (*payback.Request, error) {
	if !isID(handle) && scan.Classify(handle).Kind == scan.Book {
		f, err := p.Counter.Find(c.Ctx, scan.Classify(handle))
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(f.Matches, func(m counter.Match) bool { return m.Kind == kind }); i >= 0 {
			return f.Matches[i].Request, nil
		}
	}
	return c.request(p, handle, kind)
}

func (c *Call) onHold(p *Parts, r *payback.Request, a *ActJSON, key string) string {
	if now, err := p.Counter.Request(c.Ctx, r.ID); err == nil && now != nil {
		a.Hold = now.Hold
	}
	return c.w(key, "Number", r.Number, "Hold", strconv.Itoa(a.Hold))
}

// DeclineVerb says that the store can't.
type DeclineVerb struct {
	Handle string `arg:"" help:"Pick-up number, ISBN or id."`
	Reason string `default:"not_on_shelf" enum:"not_on_shelf,damaged,no_supply,wrong_edition,too_busy,other" help:"Why: ${enum}."`
}

// Run carries the verb out.
func (v *DeclineVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	r, err := c.request(p, v.Handle, counter.MatchPlaced, counter.MatchOrdered, counter.MatchWaiting)
	if err != nil {
		return err
	}
	done, err := p.Counter.Decline(c.Ctx, r.ID, v.Reason)
	return c.acted(p, done, err, func(*ActJSON) string {
		return c.w("term.declined", "Number", r.Number, "Reason", c.w("payback.decline."+v.Reason))
	})
}

// OrderVerb says that the store gets the copy by a day.
type OrderVerb struct {
	Handle string `arg:"" help:"Pick-up number, ISBN or id."`
	Days   int    `default:"3" help:"In how many days it will be here."`
	By     string `help:"The day itself, as 2006-01-02." placeholder:"DAY"`
}

// Run carries the verb out.
func (v *OrderVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	r, err := c.request(p, v.Handle, counter.MatchPlaced, counter.MatchOrdered)
	if err != nil {
		return err
	}
	shop, err := p.Counter.Shop(c.Ctx)
	if err != nil {
		return err
	}
	by := shop.Today.Add(v.Days)
	if v.By != "" {
		if by, err = payback.ParseDate(v.By); err != nil {
			return fault.New(fault.Invalid, "term.bad_day", "Day", v.By)
		}
	}
	done, err := p.Counter.Order(c.Ctx, r.ID, by)
	return c.acted(p, done, err, func(*ActJSON) string { return c.w("term.ordered", "Number", r.Number, "Day", c.day(by)) })
}

// ArriveVerb records that an ordered copy has come.
type ArriveVerb struct {
	Handle string `arg:"" help:"Pick-up number, ISBN or id."`
	Price  int64  `help:"Printed price, where it is not known."`
	Hold   int    `help:"Number on the hold shelf (default: the lowest free one)."`
}

// Run carries the verb out.
func (v *ArriveVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	r, err := c.oldest(p, v.Handle, counter.MatchOrdered)
	if err != nil {
		return err
	}
	done, err := p.Counter.Arrive(c.Ctx, r.ID, v.Hold, payback.Won(v.Price))
	return c.acted(p, done, err, func(a *ActJSON) string { return c.onHold(p, r, a, "term.arrived") })
}

// ScanVerb says what a code means here.
type ScanVerb struct {
	Code string `arg:"" help:"A code as a scanner types it, a pick-up number, or words of a title."`
}

// MatchJSON is one thing that a code means.
type MatchJSON struct {
	Kind     counter.MatchKind  `json:"kind"`
	Request  payback.RequestID  `json:"request,omitempty"`
	Loan     payback.LoanID     `json:"loan,omitempty"`
	Transfer payback.TransferID `json:"transfer,omitempty"`
	Number   string             `json:"number,omitempty"`
	ISBN     payback.ISBN       `json:"isbn,omitempty"`
	Title    string             `json:"title,omitempty"`
	Who      string             `json:"who,omitempty"`
	Deadline payback.Date       `json:"deadline,omitempty"`
	Late     bool               `json:"late,omitempty"`
}

// Run carries the verb out.
func (v *ScanVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	code := scan.Classify(v.Code)
	f, err := p.Counter.Find(c.Ctx, code)
	if err != nil {
		return err
	}
	out := make([]MatchJSON, 0, len(f.Matches))
	var lines []string
	for _, m := range f.Matches {
		j := matchJSON(m)
		out = append(out, j)
		lines = append(lines, strings.Join([]string{c.w("counter.match." + string(m.Kind)), j.Number, j.Title, j.Who, string(j.Deadline)}, "\t"))
	}
	if len(lines) == 0 {
		reason := f.Reason
		if code.Problem != "" && code.Kind != scan.Member {
			reason = payback.Reason{Key: code.Problem}
		}
		if reason.None() {
			reason = payback.Reason{Key: "term.nothing", Args: map[string]string{"Handle": v.Code}}
		}
		switch code.Kind {
		case scan.Damaged, scan.NotBook, scan.Unknown:
			return fault.New(fault.Invalid, reason.Key)
		}
		return &notFound{reason}
	}
	return c.say(strings.Join(lines, "\n"), map[string]any{"kind": code.Kind, "matches": out})
}

func matchJSON(m counter.Match) MatchJSON {
	j := MatchJSON{Kind: m.Kind, Who: m.Person.Name, Deadline: m.Deadline, Late: m.Late}
	if m.Title != nil {
		j.ISBN, j.Title = m.Title.ISBN, m.Title.Name
	}
	if m.Request != nil {
		j.Request, j.Number, j.ISBN = m.Request.ID, m.Request.Number, m.Request.ISBN
	}
	if m.Loan != nil {
		j.Loan, j.ISBN = m.Loan.ID, m.Loan.ISBN
		if j.Number == "" {
			j.Number = m.Loan.Number
		}
	}
	if m.Transfer != nil {
		j.Transfer = m.Transfer.ID
	}
	return j
}
