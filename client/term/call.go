package term

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/syncer"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Common are the flags of acts, beside those that the main has for every verb.
type Common struct {
	Wait time.Duration `help:"How long an act waits for the server once it is recorded; 0 does not send it." default:"5s" env:"BOOKPAYBACK_WAIT"`
}

// Verbs are the commands for scripts, to be embedded in the main's kong struct.
// HANDLE is what people have at hand: a pick-up number, an ISBN, a label's digits
// or an id.
type Verbs struct {
	Enrol    EnrolVerb    `cmd:"" help:"Make this data folder a PC of a store."`
	Sync     SyncVerb     `cmd:"" help:"Exchange with the server once."`
	Status   StatusVerb   `cmd:"" help:"Say how this counter stands."`
	Requests RequestsVerb `cmd:"" help:"List the requests that wait for the store."`
	Accept   AcceptVerb   `cmd:"" help:"Accept a request: its copy is set aside."`
	Decline  DeclineVerb  `cmd:"" help:"Say that the store can't, and why."`
	Order    OrderVerb    `cmd:"" help:"Say that the store gets the copy by a day."`
	Arrive   ArriveVerb   `cmd:"" help:"Record that an ordered copy has come."`
	Sell     SellVerb     `cmd:"" help:"Record the sale of a copy that waits."`
	Walkin   WalkinVerb   `cmd:"" help:"Record a sale without a request."`
	Scan     ScanVerb     `cmd:"" help:"Say what a code means here; changes nothing."`
	Return   ReturnVerb   `cmd:"" help:"Take a copy back; with --leave, keep it for a decision."`
	Refund   RefundVerb   `cmd:"" help:"Record that money was given back."`
	Keep     KeepVerb     `cmd:"" help:"Record that the resident keeps the copy."`
	Undo     UndoVerb     `cmd:"" help:"Take back the last act of today."`
	Stock    StockVerb    `cmd:"" help:"Show or count the copies of a title."`
	Transfer TransferVerb `cmd:"" help:"Boxes for the libraries."`
	Clerk    ClerkVerb    `cmd:"" help:"Who may stand at the counter."`
	Outbox   OutboxVerb   `cmd:"" help:"List what waits to be sent, and what the server did not simply apply."`
	Explain  ExplainVerb  `cmd:"" help:"Say what became of one act."`
	Export   ExportVerb   `cmd:"" help:"Write what is not acknowledged to a file, to be carried."`
	Import   ImportVerb   `cmd:"" help:"Take in a file that another PC exported, and pass it on."`
	Verify   VerifyVerb   `cmd:"" help:"Check this data folder."`
	Print    PrintVerb    `cmd:"" help:"Print a slip, list or label, or write it as a PDF."`
	Close    CloseVerb    `cmd:"" help:"Say what should be known before the store closes."`
	Stats    StatsVerb    `cmd:"" help:"Count what the store did on a day."`
}

// Parts are the opened parts that verbs work with.
type Parts struct {
	Counter *counter.Counter
	Sync    *syncer.Syncer
	// Check looks the data folder over; nil where the program has no such check.
	Check func(ctx context.Context) (Checked, error)
	// Print puts a paper on the printer that it is for, or into a PDF file if that is
	// named, and returns when it is there.
	Print func(ctx context.Context, p counter.Paper, file string) error
}

// Checked is what a look over the data folder found.
type Checked struct {
	Ops   int       `json:"ops"` // of this PC's own
	Sums  []SumJSON `json:"buckets"`
	Wrong []string  `json:"wrong,omitempty"` // one sentence each, in the reader's language
}

// SumJSON is one bucket: the server's verify says the same digest at the same cursor.
type SumJSON struct {
	Bucket string `json:"bucket"`
	Cursor uint64 `json:"cursor"`
	Rows   int    `json:"rows"`
	Digest string `json:"digest"`
}

// Call is one verb being carried out. Kong binds it to the verb's Run.
type Call struct {
	Ctx    context.Context
	Open   func(ctx context.Context) (*Parts, error) // called at most once, by verbs that need the data folder
	Words  *assets.Speaker
	Common Common
	JSON   bool
	Out    io.Writer // results
	Err    io.Writer // what went wrong

	parts *Parts
	code  int
}

// refusal is an act that the programme's rules did not allow.
type refusal struct{ reason payback.Reason }

// Error returns the reason's key, for operators.
func (r *refusal) Error() string { return "refused: " + r.reason.Key }

// open returns the parts, opened at the first call.
func (c *Call) open() (*Parts, error) {
	if c.parts != nil {
		return c.parts, nil
	}
	p, err := c.Open(c.Ctx)
	if err != nil {
		return nil, err
	}
	c.parts = p
	return p, nil
}

// say writes the answer of a verb: a sentence, or with --json the value.
func (c *Call) say(sentence string, value any) error {
	if !c.JSON {
		_, err := fmt.Fprintln(c.Out, sentence)
		return err
	}
	return writeJSON(c.Out, value)
}

func writeJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}

// w says a message of this package; args are pairs of name and value.
func (c *Call) w(key string, args ...string) string {
	m := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i]] = args[i+1]
	}
	return c.Words.Say(key, m)
}

// Finish writes what went wrong, if anything, and returns the exit code of the
// program: those of package fault, 4 for a refusal by the rules.
func (c *Call) Finish(err error) int {
	if err == nil {
		return c.code
	}
	var no *refusal
	if errors.As(err, &no) {
		c.complain(map[string]any{"refused": no.reason}, counter.Sentence(c.Words, no.reason))
		return fault.Exit(fault.Conflict)
	}
	var none *notFound
	if errors.As(err, &none) {
		c.complain(map[string]any{"not_found": none.reason}, counter.Sentence(c.Words, none.reason))
		return fault.Exit(fault.NotFound)
	}
	c.complain(map[string]any{"error": fault.As(err)}, counter.Trouble(c.Words, err))
	return fault.ExitOf(err)
}

func (c *Call) complain(value map[string]any, sentence string) {
	if !c.JSON {
		fmt.Fprintln(c.Err, sentence)
		return
	}
	value["text"] = sentence
	_ = writeJSON(c.Err, value) // nothing is left to tell it to
}

// ActJSON is what an act's verb writes with --json.
type ActJSON struct {
	Op       payback.OpRef   `json:"op"`
	Subject  payback.Key     `json:"subject"`
	Verdict  payback.Verdict `json:"verdict"`
	Final    bool            `json:"final"` // the verdict is the server's
	Sent     bool            `json:"sent"`  // the server has it
	Reason   payback.Reason  `json:"reason,omitzero"`
	Case     payback.CaseID  `json:"case,omitempty"`
	Text     string          `json:"text"`
	Box      int             `json:"box,omitempty"`
	Library  string          `json:"library,omitempty"`
	Hold     int             `json:"hold,omitempty"`
	Amount   payback.Won     `json:"amount,omitempty"` // money that is due or was paid
	Approval string          `json:"approval,omitempty"`
}

// acted ends an act's verb: refused, or recorded and perhaps sent.
func (c *Call) acted(p *Parts, done counter.Done, err error, text func(*ActJSON) string) error {
	switch {
	case err != nil:
		return err
	case !done.OK():
		return &refusal{done.Refused}
	}
	a := ActJSON{Op: done.Ref, Subject: done.Subject, Verdict: done.Verdict, Reason: done.Reason, Case: done.Case}
	c.code = fault.ExitWaiting
	if c.send(p, &a); a.Sent {
		c.code = fault.ExitDone
	}
	a.Text = text(&a)
	if r := counter.Sentence(c.Words, a.Reason); r != "" && a.Verdict != payback.Applied {
		a.Text += " " + r
	}
	if !a.Sent {
		a.Text += " " + c.w("term.waits")
	}
	if a.Final && (a.Verdict == payback.Rejected || a.Verdict == payback.Quarantined) {
		return &refusal{a.Reason}
	}
	return c.say(a.Text, a)
}

// send gives the act to the server if that is wanted and possible. That it is not
// is no error: the act is recorded.
func (c *Call) send(p *Parts, a *ActJSON) {
	if c.Common.Wait <= 0 || p.Sync == nil {
		return
	}
	ctx, cancel := context.WithTimeout(c.Ctx, c.Common.Wait)
	defer cancel()
	if _, err := p.Sync.Step(ctx); err != nil {
		return
	}
	x, err := p.Counter.Explain(c.Ctx, a.Op.Run, a.Op.Wseq)
	if err != nil || !x.Found {
		return
	}
	a.Sent = x.Act.Acked
	if x.Act.Final {
		a.Final, a.Verdict, a.Reason, a.Case = true, x.Act.Verdict, x.Act.Reason, x.Act.Case
	}
}

func (c *Call) won(w payback.Won) string { return assets.Won(int64(w), c.Words.Lang()) }

func (c *Call) day(d payback.Date) string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return string(d)
	}
	return assets.Date(t, c.Words.Lang())
}
