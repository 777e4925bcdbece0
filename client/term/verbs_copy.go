package term

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// Paid are the flags of money.
type Paid struct {
	Paid     int64  `help:"Amount in won (default: the list price)."`
	Kind     string `default:"card" enum:"card,cash,local" help:"How it was paid: ${enum}."`
	Approval string `help:"Approval number of the card terminal, never a card number."`
}

// SellVerb records a sale.
type SellVerb struct {
	Handle string `arg:"" help:"Pick-up number, ISBN or request id."`
	ISBN   string `name:"isbn" help:"The title, for a pick-up number that this PC has not heard of."`
	Paid
}

// Run carries the verb out.
func (v *SellVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	in := counter.SellIn{Kind: payback.PayKind(v.Kind), Approval: v.Approval, Seen: true}
	r, err := c.request(p, v.Handle, counter.MatchWaiting, counter.MatchDead, counter.MatchOrdered, counter.MatchPlaced)
	switch {
	case err == nil:
		in.Request, in.ISBN = r.ID, r.ISBN
	case v.ISBN != "":
		in.Number = v.Handle
		if in.ISBN, err = isbnOf(v.ISBN); err != nil {
			return err
		}
	default:
		return err
	}
	return c.sell(p, in, v.Paid.Paid)
}

// WalkinVerb records a sale without a request.
type WalkinVerb struct {
	ISBN string `arg:"" name:"isbn" help:"The title."`
	Card string `required:"" help:"The library card's number; it is sealed at once and kept nowhere."`
	Paid
}

// Run carries the verb out.
func (v *WalkinVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	i, err := isbnOf(v.ISBN)
	if err != nil {
		return err
	}
	return c.sell(p, counter.SellIn{ISBN: i, Card: v.Card, Kind: payback.PayKind(v.Kind), Approval: v.Approval, Seen: true}, v.Paid.Paid)
}

func (c *Call) sell(p *Parts, in counter.SellIn, paid int64) error {
	terms, err := p.Counter.Terms(c.Ctx, in.Request, in.ISBN)
	if err != nil {
		return err
	}
	if !terms.Stop.None() {
		return &refusal{terms.Stop}
	}
	in.Paid = payback.Won(paid)
	if paid == 0 {
		in.Paid = terms.Price
	}
	done, err := p.Counter.Sell(c.Ctx, in)
	return c.acted(p, done, err, func(a *ActJSON) string {
		a.Amount = in.Paid
		due := terms.Due
		if l, err := p.Counter.Loan(c.Ctx, payback.LoanID(done.Subject.ID)); err == nil && l != nil {
			due = l.Due
		}
		return c.w("term.sold", "Amount", c.won(in.Paid), "Day", c.day(due))
	})
}

// ReturnVerb takes a copy back.
type ReturnVerb struct {
	Handle string   `arg:"" help:"Pick-up number, ISBN or loan id."`
	Leave  bool     `help:"Late or faulty: keep it here until the library decides."`
	Fault  []string `enum:"wet,torn,written_in,part_missing,no_receipt,other" help:"With --leave, what is wrong: ${enum}."`
}

// Run carries the verb out.
func (v *ReturnVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	if len(v.Fault) > 0 && !v.Leave {
		return fault.New(fault.Invalid, "term.fault_leaves")
	}
	l, err := c.loan(p, v.Handle, counter.MatchOut)
	if err != nil {
		return err
	}
	if v.Leave {
		done, err := p.Counter.Leave(c.Ctx, l.ID, v.Fault)
		return c.acted(p, done, err, func(*ActJSON) string {
			by := payback.Date("")
			if now, err := p.Counter.Loan(c.Ctx, l.ID); err == nil && now != nil {
				by = now.DecideBy
			}
			return c.w("term.left", "Day", c.day(by))
		})
	}
	done, err := p.Counter.Return(c.Ctx, l.ID)
	return c.acted(p, done, err, func(a *ActJSON) string {
		a.Amount, a.Approval = l.Paid, l.Approval
		if box, err := p.Counter.BoxFor(c.Ctx, l.ID); err == nil && box.Number > 0 {
			a.Box, a.Library = box.Number, box.Library.Name
		}
		text := c.w("term.returned", "Amount", c.won(l.Paid))
		if a.Box > 0 {
			text += " " + c.w("term.box", "Library", a.Library, "Box", strconv.Itoa(a.Box))
		}
		return text
	})
}

// RefundVerb records that money was given back.
type RefundVerb struct {
	Handle   string `arg:"" help:"Pick-up number, ISBN or loan id."`
	Cancel   string `help:"Cancel number of the card terminal."`
	Amount   int64  `help:"Amount in won (default: what is due)."`
	Kind     string `enum:",card,cash,local" default:"" help:"How it was given back (default: as it was paid)."`
	Override bool   `help:"The owner pays although another PC has the right."`
	PIN      string `name:"pin" env:"BOOKPAYBACK_PIN" help:"The owner's PIN, with --override."`
}

// Run carries the verb out.
func (v *RefundVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	l, err := c.loan(p, v.Handle, counter.MatchOwed, counter.MatchFinished, counter.MatchPack, counter.MatchInBox, counter.MatchLeft, counter.MatchOut)
	if err != nil {
		return err
	}
	if v.Override {
		ok, known, err := p.Counter.OwnerPIN(c.Ctx, v.PIN)
		if err != nil {
			return err
		}
		if !known || !ok {
			return fault.New(fault.Forbidden, "counter.pin.wrong")
		}
		p.Counter.SetActor(counter.Actor{Role: payback.RoleOwner, By: p.Counter.Actor().By})
	}
	in := counter.RefundIn{Loan: l.ID, Amount: payback.Won(v.Amount), Kind: payback.PayKind(v.Kind), Cancel: v.Cancel, Override: v.Override}
	if v.Amount == 0 {
		in.Amount = l.Paid
	}
	if v.Kind == "" {
		in.Kind = l.Kind
	}
	done, err := p.Counter.Refund(c.Ctx, in)
	return c.acted(p, done, err, func(a *ActJSON) string {
		a.Amount = in.Amount
		return c.w("term.refunded", "Amount", c.won(in.Amount))
	})
}

// KeepVerb records that the resident keeps the copy.
type KeepVerb struct {
	Handle string `arg:"" help:"Pick-up number, ISBN or loan id."`
}

// Run carries the verb out.
func (v *KeepVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	l, err := c.loan(p, v.Handle, counter.MatchOut)
	if err != nil {
		return err
	}
	done, err := p.Counter.Keep(c.Ctx, l.ID)
	return c.acted(p, done, err, func(*ActJSON) string { return c.w("term.kept") })
}

// UndoVerb takes back the last act.
type UndoVerb struct{}

// Run carries the verb out.
func (*UndoVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	last, err := p.Counter.Last(c.Ctx)
	if err != nil {
		return err
	}
	if last == nil {
		return fault.New(fault.NotFound, "counter.undo.nothing")
	}
	done, err := p.Counter.Undo(c.Ctx)
	return c.acted(p, done, err, func(*ActJSON) string {
		return c.w("term.undone", "Act", c.w("payback.kind."+string(last.Kind)), "Title", last.Title.Name)
	})
}

// StockVerb shows or counts the copies of a title.
type StockVerb struct {
	ISBN string `arg:"" name:"isbn" help:"The title."`
	Set  *int   `xor:"how" help:"There are so many now."`
	Add  *int   `xor:"how" help:"So many came in (or went, if negative)."`
}

// Run carries the verb out.
func (v *StockVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	i, err := isbnOf(v.ISBN)
	if err != nil {
		return err
	}
	switch {
	case v.Set != nil:
		done, err := p.Counter.CountStock(c.Ctx, i, *v.Set, false, counter.SourceCount)
		return c.acted(p, done, err, func(*ActJSON) string { return c.stockText(p, i) })
	case v.Add != nil:
		done, err := p.Counter.CountStock(c.Ctx, i, *v.Add, true, counter.SourceReceive)
		return c.acted(p, done, err, func(*ActJSON) string { return c.stockText(p, i) })
	}
	st, err := c.stock(p, i)
	if err != nil {
		return err
	}
	return c.say(c.stockText(p, i), map[string]any{"isbn": i, "stock": st})
}

func (c *Call) stock(p *Parts, i payback.ISBN) (*payback.Stock, error) {
	f, err := p.Counter.Find(c.Ctx, scan.Classify(string(i)))
	return f.Stock, err
}

func (c *Call) stockText(p *Parts, i payback.ISBN) string {
	t, err := p.Counter.Title(c.Ctx, i)
	name := string(i)
	if err == nil && t.Name != "" {
		name = t.Name
	}
	st, err := c.stock(p, i)
	if err != nil || st == nil {
		return c.w("term.stock_unknown", "Title", name)
	}
	return c.w("term.stock", "Title", name, "Count", strconv.Itoa(st.N), "Aside", strconv.Itoa(len(st.Aside)))
}

// TransferVerb works with boxes.
type TransferVerb struct {
	List     TransferListVerb  `cmd:"" default:"1" help:"List boxes and the returned copies in none."`
	Pack     TransferPackVerb  `cmd:"" help:"Put a returned copy into its box."`
	Close    TransferCloseVerb `cmd:"" help:"Close a box."`
	HandOver HandOverVerb      `cmd:"" name:"hand-over" help:"Record who took a box along."`
}

// TransferListVerb lists boxes.
type TransferListVerb struct{}

// BoxJSON is one box, or with State at_store a copy in none.
type BoxJSON struct {
	ID      string        `json:"id"`
	Box     int           `json:"box,omitempty"`
	Serial  int           `json:"serial,omitempty"`
	Library string        `json:"library,omitempty"`
	State   payback.State `json:"state"`
	Titles  []string      `json:"titles"`
	Late    bool          `json:"late,omitempty"`
}

// Run carries the verb out.
func (*TransferListVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	boxes, loose, err := p.Counter.Boxes(c.Ctx)
	if err != nil {
		return err
	}
	out := make([]BoxJSON, 0, len(boxes)+len(loose))
	for _, b := range boxes {
		j := BoxJSON{ID: string(b.Transfer.ID), Box: b.Transfer.Box, Serial: b.Transfer.Serial, Library: b.Library.Name, State: b.Transfer.State, Late: b.Late, Titles: []string{}}
		for _, t := range b.Titles {
			j.Titles = append(j.Titles, t.Name)
		}
		out = append(out, j)
	}
	for _, v := range loose {
		out = append(out, BoxJSON{ID: string(v.Loan.ID), State: payback.CopyAtStore, Titles: []string{v.Title.Name}})
	}
	var lines []string
	for _, j := range out {
		lines = append(lines, fmt.Sprintf("%d\t#%d\t%s\t%s\t%s", j.Box, j.Serial, j.Library, c.w("payback.state."+string(j.State)), strings.Join(j.Titles, ", ")))
	}
	if len(lines) == 0 {
		lines = []string{c.w("counter.empty.boxes")}
	}
	return c.say(strings.Join(lines, "\n"), out)
}

// TransferPackVerb puts a returned copy into its box.
type TransferPackVerb struct {
	Handle string `arg:"" help:"ISBN, pick-up number or loan id."`
}

// Run carries the verb out.
func (v *TransferPackVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	l, err := c.loan(p, v.Handle, counter.MatchPack, counter.MatchOwed, counter.MatchInBox)
	if err != nil {
		return err
	}
	done, err := p.Counter.Pack(c.Ctx, l.ID)
	return c.acted(p, done, err, func(a *ActJSON) string {
		if box, err := p.Counter.BoxFor(c.Ctx, l.ID); err == nil && box.Number > 0 {
			a.Box, a.Library = box.Number, box.Library.Name
		}
		return c.w("term.box", "Library", a.Library, "Box", strconv.Itoa(a.Box))
	})
}

// TransferCloseVerb closes a box.
type TransferCloseVerb struct {
	Box string `arg:"" help:"The box's number, #serial or id."`
}

// Run carries the verb out.
func (v *TransferCloseVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	b, err := c.box(p, v.Box)
	if err != nil {
		return err
	}
	done, err := p.Counter.CloseBox(c.Ctx, b.Transfer.ID)
	return c.acted(p, done, err, func(*ActJSON) string {
		return c.w("term.box_closed", "Library", b.Library.Name, "Count", strconv.Itoa(len(b.Transfer.Copies)))
	})
}

// HandOverVerb records who took a box along.
type HandOverVerb struct {
	Box string `arg:"" help:"The box's number, #serial or id."`
	To  string `required:"" help:"Code of who took it, never a name."`
}

// Run carries the verb out.
func (v *HandOverVerb) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	b, err := c.box(p, v.Box)
	if err != nil {
		return err
	}
	done, err := p.Counter.HandOver(c.Ctx, b.Transfer.ID, v.To)
	return c.acted(p, done, err, func(*ActJSON) string { return c.w("term.handed", "Library", b.Library.Name) })
}
