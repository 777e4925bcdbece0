package term

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// OutboxVerb lists what waits to be sent.
type OutboxVerb struct {
	All    bool `help:"All acts of this PC, newest first, also those that were sent."`
	Limit  int  `default:"100" help:"At most so many lines."`
	Offset int  `default:"0" help:"Leave out so many from the beginning."`
	Raw    bool `help:"Each act as it travels, too."`
}

// OutboxJSON is one line of outbox and of an explanation.
type OutboxJSON struct {
	Op       payback.OpRef   `json:"op"`
	At       int64           `json:"at"` // UTC ms
	Title    string          `json:"title,omitempty"`
	Amount   payback.Won     `json:"amount,omitempty"`
	Sent     bool            `json:"sent"`
	Verdict  payback.Verdict `json:"verdict,omitempty"`
	Final    bool            `json:"final"`
	Reason   payback.Reason  `json:"reason,omitzero"`
	Attempts int             `json:"attempts,omitempty"` // exchanges that failed in a row while it waits
	Error    payback.Reason  `json:"error,omitzero"`     // of the last of them
	Raw      json.RawMessage `json:"raw,omitempty"`
	Text     string          `json:"text"`
}

func (c *Call) actJSON(a counter.Act) OutboxJSON {
	o := OutboxJSON{Op: a.Ref, At: a.At, Amount: a.Amount, Sent: a.Acked, Verdict: a.Verdict, Final: a.Final, Reason: a.Reason}
	if a.Title != nil {
		o.Title = a.Title.Name
	}
	state := c.w("state.will")
	if a.Acked {
		state = c.w("state.sent")
	}
	parts := []string{string(a.Ref.Run) + "/" + strconv.FormatUint(a.Ref.Wseq, 10), time.UnixMilli(a.At).UTC().Format(time.RFC3339),
		c.w("payback.kind." + string(a.Kind)), o.Title, state}
	if a.Verdict != "" && a.Verdict != payback.Applied {
		parts = append(parts, c.w("payback.verdict."+string(a.Verdict)), counter.Sentence(c.Words, a.Reason))
	}
	o.Text = strings.Join(parts, "\t")
	return o
}

// Run carries the verb out.
func (v *OutboxVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	list := p.Counter.Outbox
	if v.All {
		list = p.Counter.Own
	}
	acts, err := list(c.Ctx, max(1, v.Limit), max(0, v.Offset))
	if err != nil {
		return err
	}
	st, err := p.Counter.Status(c.Ctx)
	if err != nil {
		return err
	}
	out := make([]OutboxJSON, 0, len(acts))
	var lines []string
	for _, a := range acts {
		o := c.actJSON(a)
		if !a.Acked {
			o.Attempts, o.Error = st.Fails, st.Cause
		}
		if v.Raw {
			if o.Raw, err = p.Counter.Raw(c.Ctx, a.Ref.Run, a.Ref.Wseq); err != nil {
				return err
			}
			o.Text += "\n" + string(o.Raw)
		}
		out, lines = append(out, o), append(lines, o.Text)
	}
	carried, err := p.Counter.Carried(c.Ctx)
	if err != nil {
		return err
	}
	for _, r := range carried {
		lines = append(lines, strings.TrimSpace(c.w("term.carried", "Run", string(r.Run), "First", strconv.FormatUint(r.First, 10), "Last", strconv.FormatUint(r.Last, 10))+
			" "+counter.Sentence(c.Words, r.Refused)))
	}
	switch {
	case len(lines) == 0:
		lines = []string{c.w("term.outbox_empty")}
	case len(acts) == v.Limit:
		lines = append(lines, c.w("term.outbox_more", "Offset", strconv.Itoa(v.Offset+v.Limit)))
	case st.Fails > 0 && st.Waiting > 0:
		lines = append(lines, c.w("term.attempts", "Count", strconv.Itoa(st.Fails))+" "+counter.Sentence(c.Words, st.Cause))
	}
	return c.say(strings.Join(lines, "\n"), out)
}

// ExplainVerb says what became of one act.
type ExplainVerb struct {
	Op string `arg:"" help:"RUN/NUMBER as outbox writes it."`
}

// Run carries the verb out.
func (v *ExplainVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	run, n, ok := strings.Cut(v.Op, "/")
	wseq, numErr := strconv.ParseUint(n, 10, 64)
	if !ok || numErr != nil || run == "" {
		return fault.New(fault.Invalid, "term.bad_op", "Op", v.Op)
	}
	x, err := p.Counter.Explain(c.Ctx, payback.RunID(run), wseq)
	if err != nil {
		return err
	}
	if !x.Found {
		return fault.New(fault.NotFound, "term.no_op", "Op", v.Op)
	}
	act := c.actJSON(x.Act)
	lines := []string{act.Text}
	value := map[string]any{"act": act}
	if x.Winner != nil {
		w := c.actJSON(*x.Winner)
		value["winner"] = w
		lines = append(lines, c.w("term.winner", "Act", w.Text))
	}
	if x.Case != nil {
		value["case"] = x.Case
		lines = append(lines, fmt.Sprintf("%s: %s", c.w("word.case"), c.w("payback.case."+string(x.Case.Kind))))
	}
	return c.say(strings.Join(lines, "\n"), value)
}
