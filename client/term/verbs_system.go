package term

import (
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// EnrolVerb makes the data folder a PC of a store.
type EnrolVerb struct {
	Server string `required:"" help:"Address of the server, https://…"`
	Code   string `required:"" help:"Enrolment code from head office or the owner."`
}

// Run carries the verb out.
func (v *EnrolVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	e, err := p.Sync.Enrol(c.Ctx, v.Server, v.Code)
	if err != nil {
		return err
	}
	report, err := p.Sync.Step(c.Ctx)
	if err != nil {
		c.code = fault.ExitWaiting // enrolled; the rows come with the next exchange
	}
	return c.say(c.w("term.enrolled", "Label", e.Label), map[string]any{"device": e.Device, "store": e.Store, "label": e.Label,
		"server": e.Server, "rows": report.Rows})
}

// SyncVerb makes one exchange, or goes on exchanging as a face does.
type SyncVerb struct {
	Follow bool `help:"Go on exchanging until stopped, for a counter without a face."`
}

// Run carries the verb out.
func (v *SyncVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	if v.Follow {
		return p.Sync.Run(c.Ctx, nil, nil)
	}
	r, err := p.Sync.Step(c.Ctx)
	if err != nil {
		return err
	}
	n, _, err := p.Counter.Waiting(c.Ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		c.code = fault.ExitWaiting
	}
	return c.say(c.w("term.synced", "Sent", strconv.Itoa(r.Sent), "Rows", strconv.Itoa(r.Rows), "Waiting", strconv.Itoa(n)),
		map[string]any{"sent": r.Sent, "rows": r.Rows, "new_requests": r.New, "waiting": n, "told": len(r.Told), "mismatch": r.Mismatch})
}

// StatusVerb says how the counter stands.
type StatusVerb struct{}

// StatusJSON is what status writes with --json.
type StatusJSON struct {
	Enrolled bool             `json:"enrolled"`
	Device   payback.DeviceID `json:"device,omitempty"`
	Label    string           `json:"label,omitempty"`
	Store    payback.StoreID  `json:"store,omitempty"`
	Name     string           `json:"store_name,omitempty"`
	Today    payback.Date     `json:"today"`
	Green    bool             `json:"green"` // everything is sent, confirmed and fresh
	State    assets.State     `json:"state"` // sent, will, look or not
	Whys     []payback.Reason `json:"whys,omitempty"`
	Waiting  int              `json:"waiting"`
	Oldest   int64            `json:"oldest,omitempty"` // UTC ms
	Stuck    int              `json:"stuck,omitempty"`  // acts that were set aside: they can't be sent
	Pushed   int64            `json:"pushed,omitempty"` // last push that was answered, UTC ms by this PC
	Pulled   int64            `json:"pulled,omitempty"` // last complete pull, likewise
	Next     int64            `json:"next,omitempty"`   // next exchange, likewise
	Epoch    string           `json:"epoch,omitempty"`
	Restored int64            `json:"restored,omitempty"` // when the server was found to begin a new epoch
	Stale    bool             `json:"stale,omitempty"`    // the data is a day old or older
	AsOf     int64            `json:"as_of,omitempty"`    // of the data, the server's time, UTC ms
	Fails    int              `json:"fails"`
	Cause    payback.Reason   `json:"cause,omitzero"`
	OffsetMs int64            `json:"offset_ms"`
	Measured bool             `json:"measured"`
	Demo     bool             `json:"demo,omitempty"`
	Counts   counter.Counts   `json:"counts"`
	Text     string           `json:"text"`
}

// Run carries the verb out.
func (*StatusVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	shop, err := p.Counter.Shop(c.Ctx)
	if err != nil {
		return err
	}
	st, err := p.Counter.Status(c.Ctx)
	if err != nil {
		return err
	}
	c.code = statusExit(st)
	if !shop.Enrolled {
		return c.say(c.w("term.not_enrolled"), StatusJSON{Today: shop.Today, State: st.State, Text: c.w("term.not_enrolled")})
	}
	s := StatusJSON{Enrolled: true, Device: shop.Device, Label: shop.Label, Store: shop.Store.ID, Name: shop.Store.Name, Today: shop.Today,
		Green: st.Green(), State: st.State, Whys: st.Whys, Waiting: st.Waiting, Oldest: st.Oldest, Stuck: st.Stuck, Pushed: st.Pushed, Pulled: st.Pulled,
		AsOf: st.AsOf, Next: st.Next, Fails: st.Fails, Cause: st.Cause, OffsetMs: st.Offset, Measured: st.Measured, Epoch: st.Epoch,
		Restored: st.Restored, Stale: st.Stale, Demo: shop.Demo}
	if s.Counts, err = p.Counter.Counts(c.Ctx); err != nil {
		return err
	}
	lines := []string{c.w("term.status", "Store", shop.Store.Name, "Label", shop.Label, "Requests", strconv.Itoa(s.Counts.Placed), "Waiting", strconv.Itoa(s.Waiting))}
	for _, why := range st.Whys {
		lines = append(lines, counter.Sentence(c.Words, why))
	}
	if st.Green() {
		lines = append(lines, c.w("term.status_green"))
	}
	for _, row := range counter.StatusRows(c.Words, st, shop) {
		lines = append(lines, "  "+row[0]+": "+row[1])
	}
	s.Text = strings.Join(lines, "\n")
	return c.say(s.Text, s)
}

// statusExit is the exit code of a status, for monitoring: 0 green, 8 acts wait,
// 7 no way to the server or not known to be fresh, 5 not enrolled or revoked, 1 a
// person must do something.
func statusExit(st counter.Status) int {
	switch {
	case st.Revoked, st.Why().Key == "counter.not_enrolled":
		return fault.Exit(fault.Unauthorized)
	case st.State == assets.StateNot:
		return fault.Exit(fault.Internal)
	case st.Waiting > 0:
		return fault.ExitWaiting
	case !st.Green():
		return fault.Exit(fault.Unavailable)
	}
	return fault.ExitDone
}

// VerifyVerb checks the data folder.
type VerifyVerb struct{}

// Run carries the verb out.
func (*VerifyVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	if p.Check == nil {
		return fault.New(fault.Unavailable, "")
	}
	found, err := p.Check(c.Ctx)
	if err != nil {
		return err
	}
	lines := make([]string, 0, len(found.Sums)+1)
	for _, x := range found.Sums {
		lines = append(lines, c.w("term.verify_bucket", "Bucket", x.Bucket, "Cursor", strconv.FormatUint(x.Cursor, 10),
			"Rows", strconv.Itoa(x.Rows), "Digest", x.Digest))
	}
	if len(found.Wrong) == 0 {
		lines = append(lines, c.w("term.verified", "Ops", strconv.Itoa(found.Ops)))
	} else {
		c.code = fault.Exit(fault.Internal)
		lines = append(lines, found.Wrong...)
	}
	return c.say(strings.Join(lines, "\n"), found)
}

// StatsVerb counts what the store did on a day.
type StatsVerb struct {
	Day string `help:"Day as 2006-01-02 (default: today)." placeholder:"DAY"`
}

// StatsJSON is what stats writes with --json.
type StatsJSON struct {
	Day     payback.Date                    `json:"day"`
	Sales   int                             `json:"sales"`
	Returns int                             `json:"returns"`
	Other   int                             `json:"other"`
	Sold    map[payback.PayKind]counter.Sum `json:"sold"`
	Paid    map[payback.PayKind]counter.Sum `json:"refunded"`
	Open    counter.Counts                  `json:"open"`
}

// Run carries the verb out.
func (v *StatsVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	shop, err := p.Counter.Shop(c.Ctx)
	if err != nil {
		return err
	}
	day := shop.Today
	if v.Day != "" {
		if day, err = payback.ParseDate(v.Day); err != nil {
			return fault.New(fault.Invalid, "term.bad_day", "Day", v.Day)
		}
	}
	acts, err := p.Counter.DayOf(c.Ctx, day)
	if err != nil {
		return err
	}
	till, err := p.Counter.Till(c.Ctx, day)
	if err != nil {
		return err
	}
	s := StatsJSON{Day: day, Sales: acts.Sales, Returns: acts.Returns, Other: acts.Other, Sold: till.Sales, Paid: till.Refunds}
	if s.Open, err = p.Counter.Counts(c.Ctx); err != nil {
		return err
	}
	return c.say(c.statsText(s), s)
}

func (c *Call) statsText(s StatsJSON) string {
	lines := []string{c.w("term.stats", "Day", c.day(s.Day), "Sales", strconv.Itoa(s.Sales), "Returns", strconv.Itoa(s.Returns), "Other", strconv.Itoa(s.Other))}
	for _, k := range []payback.PayKind{payback.ByCard, payback.ByCash, payback.ByLocal} {
		sold, paid := s.Sold[k], s.Paid[k]
		if sold.N+paid.N > 0 {
			lines = append(lines, c.w("term.stats_pay", "Kind", c.w("payback.pay."+string(k)), "Sold", c.won(sold.Amount), "SoldN", strconv.Itoa(sold.N),
				"Paid", c.won(paid.Amount), "PaidN", strconv.Itoa(paid.N)))
		}
	}
	return strings.Join(lines, "\n")
}
