package term

import (
	"context"

	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// PrintVerb prints papers, to the printers that are set or into a PDF.
type PrintVerb struct {
	Slip     PrintSlip     `cmd:"" help:"The slip of a sale, return, refund or deposit."`
	List     PrintList     `cmd:"" help:"The list to find requested copies with, in shelf order."`
	Box      PrintBox      `cmd:"" help:"The list of a box, to be signed."`
	Label    PrintLabel    `cmd:"" help:"The label of a box; scanning it opens the box."`
	Practice PrintPractice `cmd:"" help:"A sheet of bar codes to practise with."`
	Closing  PrintClosing  `cmd:"" help:"The closing sheet of today."`
	Test     PrintTest     `cmd:"" help:"A test page."`
}

// To is where a paper goes.
type To struct {
	Out string `help:"Write a PDF into this file and print nothing." placeholder:"FILE.pdf" type:"path"`
}

// PrintedJSON is what print writes with --json.
type PrintedJSON struct {
	Paper string `json:"paper"`           // its name
	Of    string `json:"of,omitempty"`    // what it is of; "" for a list
	Again bool   `json:"again,omitempty"` // it was printed before, and says so
	File  string `json:"file,omitempty"`
	Text  string `json:"text"`
}

// paper prints a paper. One that has been printed before says that it is a copy; a
// PDF is none, and is not counted.
func (c *Call) paper(p *Parts, made counter.Paper, err error, to To) error {
	if err != nil {
		return err
	}
	out, err := c.printed(p, made, to)
	if err != nil {
		return err
	}
	return c.say(out.Text, out)
}

// printed prints a paper and says what it was.
func (c *Call) printed(p *Parts, made counter.Paper, to To) (PrintedJSON, error) {
	out := PrintedJSON{Paper: made.Sheet.Name, Of: made.ID, File: to.Out}
	if made.None() {
		return out, &refusal{payback.Reason{Key: counter.ReasonNoPaper}}
	}
	if p.Print == nil {
		return out, fault.New(fault.Unavailable, "")
	}
	n, err := p.Counter.Printed(c.Ctx, made)
	if err != nil {
		return out, err
	}
	if out.Again = n > 0; out.Again {
		made = p.Counter.Papers(c.Words).Again(made)
	}
	if err := p.Print(c.Ctx, made, to.Out); err != nil {
		return out, err
	}
	if to.Out != "" {
		out.Text = c.w("term.paper_file", "Name", out.Paper, "File", to.Out)
		return out, nil
	}
	out.Text = c.w("term.paper_printed", "Name", out.Paper)
	return out, p.Counter.AddPrinted(c.Ctx, made)
}

// PrintSlip prints the slip of a loan.
type PrintSlip struct {
	Handle string `arg:"" help:"Pick-up number, ISBN, slip or loan id."`
	To
}

// Run carries the verb out.
func (v *PrintSlip) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	l, err := c.loan(p, v.Handle, counter.MatchOut, counter.MatchOwed, counter.MatchLeft, counter.MatchRefused, counter.MatchPack,
		counter.MatchInBox, counter.MatchFinished)
	if err != nil {
		return err
	}
	made, err := p.Counter.Papers(c.Words).Slip(c.Ctx, l.ID)
	return c.paper(p, made, err, v.To)
}

// PrintList prints the shelf list.
type PrintList struct{ To }

// Run carries the verb out.
func (v *PrintList) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	made, err := p.Counter.Papers(c.Words).Shelf(c.Ctx)
	return c.paper(p, made, err, v.To)
}

// PrintBox prints the list of a box.
type PrintBox struct {
	Box string `arg:"" help:"The box's number at the store, #serial or id."`
	To
}

// Run carries the verb out.
func (v *PrintBox) Run(c *Call) error { return c.boxPaper(v.Box, v.To, counter.Papers.Box) }

// boxPaper prints one of the papers of a box.
func (c *Call) boxPaper(box string, to To, paper func(counter.Papers, context.Context, payback.TransferID) (counter.Paper, error)) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	b, err := c.box(p, box)
	if err != nil {
		return err
	}
	made, err := paper(p.Counter.Papers(c.Words), c.Ctx, b.Transfer.ID)
	return c.paper(p, made, err, to)
}

// PrintLabel prints the label of a box.
type PrintLabel struct {
	Box string `arg:"" help:"The box's number at the store, #serial or id."`
	To
}

// Run carries the verb out.
func (v *PrintLabel) Run(c *Call) error { return c.boxPaper(v.Box, v.To, counter.Papers.Label) }

// PrintPractice prints the practice sheet.
type PrintPractice struct{ To }

// Run carries the verb out.
func (v *PrintPractice) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	made, err := p.Counter.Papers(c.Words).Practice(c.Ctx)
	return c.paper(p, made, err, v.To)
}

// PrintTest prints a test page.
type PrintTest struct {
	Slip bool `help:"On the printer of slips (default: that of lists)."`
	To
}

// Run carries the verb out.
func (v *PrintTest) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	made, err := p.Counter.Papers(c.Words).Test(c.Ctx, v.Slip)
	return c.paper(p, made, err, v.To)
}

// Terminal are the card terminal's own sums of a day.
type Terminal struct {
	Sales   *int64 `help:"The card terminal's own sum of sales, in won." placeholder:"WON"`
	Cancels *int64 `help:"Its sum of cancels, in won." placeholder:"WON"`
}

func (t Terminal) sums() (*counter.Terminal, error) {
	if t.Sales == nil && t.Cancels == nil {
		return nil, nil
	}
	var out counter.Terminal
	for _, f := range []struct {
		given *int64
		to    *payback.Won
	}{{t.Sales, &out.Sales}, {t.Cancels, &out.Cancels}} {
		if f.given == nil {
			continue
		}
		if *f.given < 0 || *f.given > counter.MaxSum {
			return nil, fault.New(fault.Invalid, "close.bad")
		}
		*f.to = payback.Won(*f.given)
	}
	return &out, nil
}

// PrintClosing prints the closing sheet.
type PrintClosing struct {
	Terminal
	To
}

// Run carries the verb out.
func (v *PrintClosing) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	sums, err := v.sums()
	if err != nil {
		return err
	}
	closing, err := p.Counter.Closing(c.Ctx)
	if err != nil {
		return err
	}
	made, err := p.Counter.Papers(c.Words).Closing(c.Ctx, closing, sums)
	return c.paper(p, made, err, v.To)
}

// CloseVerb says what should be known before the store closes. What is left to do
// stops nobody: it ends with 0, or with 8 while acts wait to be sent.
type CloseVerb struct {
	Terminal
	Print bool `help:"Print the closing sheet too."`
	To
}

// CloseJSON is what close writes with --json.
type CloseJSON struct {
	Day      payback.Date                    `json:"day"`
	Sold     map[payback.PayKind]counter.Sum `json:"sold"`
	Refunded map[payback.PayKind]counter.Sum `json:"refunded"`
	Terminal *counter.Terminal               `json:"terminal,omitempty"`
	Beyond   *counter.Difference             `json:"beyond,omitempty"` // what the terminal has beyond what was recorded
	Short    bool                            `json:"short,omitempty"`  // something recorded here is not on the terminal
	Owed     int                             `json:"owed"`             // refunds that are still owed
	OwedSum  payback.Won                     `json:"owed_sum"`
	PutBack  int                             `json:"put_back"` // copies that nobody fetched
	Loose    int                             `json:"loose"`    // returned copies in no box
	Boxes    int                             `json:"boxes"`    // open boxes with copies in them
	Unsent   []OutboxJSON                    `json:"unsent"`
	Paper    *PrintedJSON                    `json:"paper,omitempty"`
	Text     string                          `json:"text"`
}

// Run carries the verb out.
func (v *CloseVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	sums, err := v.sums()
	if err != nil {
		return err
	}
	closing, err := p.Counter.Closing(c.Ctx)
	if err != nil {
		return err
	}
	out := c.closeJSON(closing, sums)
	if len(closing.Unsent) > 0 {
		c.code = fault.ExitWaiting
	}
	if v.Print || v.Out != "" {
		made, err := p.Counter.Papers(c.Words).Closing(c.Ctx, closing, sums)
		if err != nil {
			return err
		}
		printed, err := c.printed(p, made, v.To)
		if err != nil {
			return err
		}
		out.Paper, out.Text = &printed, out.Text+"\n"+printed.Text
	}
	return c.say(out.Text, out)
}

func (c *Call) closeJSON(closing counter.Closing, sums *counter.Terminal) CloseJSON {
	out := CloseJSON{Day: closing.Till.Date, Sold: closing.Till.Sales, Refunded: closing.Till.Refunds, Terminal: sums, Owed: len(closing.Owed),
		OwedSum: closing.OwedSum(), PutBack: len(closing.Back), Loose: len(closing.Loose), Boxes: len(closing.Boxes), Unsent: []OutboxJSON{}}
	lines := []string{c.w("close.title") + " " + c.day(out.Day)}
	for _, k := range []payback.PayKind{payback.ByCard, payback.ByCash, payback.ByLocal} {
		if sold, paid := out.Sold[k], out.Refunded[k]; sold.N+paid.N > 0 {
			lines = append(lines, c.w("term.stats_pay", "Kind", c.w("payback.pay."+string(k)), "Sold", c.won(sold.Amount), "SoldN", strconv.Itoa(sold.N),
				"Paid", c.won(paid.Amount), "PaidN", strconv.Itoa(paid.N)))
		}
	}
	if sums != nil {
		beyond := closing.Till.Compare(*sums)
		out.Beyond, out.Short = &beyond, beyond.Short()
		lines = append(lines, c.w("term.close_terminal", "Sales", c.won(sums.Sales), "SalesBeyond", c.won(beyond.Sales), "Cancels", c.won(sums.Cancels),
			"CancelsBeyond", c.won(beyond.Cancels)), counter.Compared(c.Words, beyond))
	}
	for _, left := range []struct {
		key  string
		n    int
		more string
	}{{"paper.closing.owed", out.Owed, c.won(out.OwedSum)}, {"paper.closing.back", out.PutBack, ""}, {"paper.closing.loose", out.Loose, ""},
		{"paper.closing.boxes", out.Boxes, ""}, {"word.outbox", len(closing.Unsent), ""}} {
		if left.n > 0 {
			lines = append(lines, strings.TrimSpace("  "+c.w(left.key)+" "+strconv.Itoa(left.n)+" "+left.more))
		}
	}
	if closing.Todo() == 0 {
		lines = append(lines, c.w("close.done"))
	}
	for _, a := range closing.Unsent {
		o := c.actJSON(a)
		out.Unsent, lines = append(out.Unsent, o), append(lines, o.Text)
	}
	out.Text = strings.Join(lines, "\n")
	return out
}
