package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/paper"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Closing is the sheet of a day: money by kind, beside the card terminal's sum where
// somebody has typed it in, and what is left to do.
func (s Papers) Closing(ctx context.Context, c Closing, term *Terminal) (Paper, error) {
	shop, err := s.c.Shop(ctx)
	if err != nil {
		return Paper{}, err
	}
	b := append(s.head(s.w("closing.title"), shop), paper.Text{Text: s.day(c.Till.Date), Big: true})
	b = append(b, s.tillTable(c.Till))
	if term != nil {
		b = append(b, s.terminal(c.Till, *term)...)
	}
	b = append(b, s.owed(c)...)
	b = append(b, s.backs(c)...)
	b = append(b, s.boxes(c)...)
	b = append(b, s.unsent(c, shop)...)
	b = append(b, paper.Sign{Word: s.w("sign.closed")})
	return Paper{Sheet: s.sheet("closing.title", paper.A4, s.foot(b, shop))}, nil
}

// tillTable is the day's money, a line a kind of payment.
func (s Papers) tillTable(t Till) paper.Block {
	count := func(sum Sum) string {
		if sum.N == 0 {
			return "-"
		}
		return s.won(sum.Amount) + " (" + num(sum.N) + ")"
	}
	var rows [][]string
	var sold, paid Sum
	for _, k := range payKinds() {
		sales, refunds := t.Sales[k], t.Refunds[k]
		sold, paid = sold.plus(sales), paid.plus(refunds)
		rows = append(rows, []string{s.say("payback.pay." + string(k)), count(sales), count(refunds), s.won(sales.Amount - refunds.Amount)})
	}
	rows = append(rows, []string{s.w("closing.all"), count(sold), count(paid), s.won(sold.Amount - paid.Amount)})
	return paper.Table{Columns: []paper.Column{{Head: s.w("col.kind"), Share: 2}, {Head: s.w("col.sold"), Share: 3, Right: true},
		{Head: s.w("col.refunded"), Share: 3, Right: true}, {Head: s.w("col.left"), Share: 2, Right: true}}, Rows: rows}
}

func (s Sum) plus(more Sum) Sum { return Sum{s.N + more.N, s.Amount + more.Amount} }

func (s Papers) terminal(t Till, term Terminal) []paper.Block {
	diff := t.Compare(term)
	return []paper.Block{paper.Space{}, paper.Text{Text: s.w("closing.terminal"), Bold: true},
		paper.Pair{Left: s.w("closing.term_sales"), Right: s.d().besides(term.Sales, diff.Sales)},
		paper.Pair{Left: s.w("closing.term_cancels"), Right: s.d().besides(term.Cancels, diff.Cancels)},
		paper.Text{Text: s.d().compared(diff)}}
}

func (s Papers) part(head string, count int, columns []paper.Column, rows [][]string) []paper.Block {
	b := []paper.Block{paper.Space{}, paper.Text{Text: head + " " + num(count), Bold: true}}
	if count == 0 {
		return b
	}
	return append(b, s.table(columns, rows)...)
}

func (s Papers) owed(c Closing) []paper.Block {
	var rows [][]string
	for _, v := range c.Owed {
		amount := ""
		if v.Refund != nil {
			amount = s.won(v.Refund.Amount)
		}
		rows = append(rows, []string{tick, v.Loan.Number, titleOf(v.Title), v.Person.Name, amount})
	}
	return s.part(s.w("closing.owed"), len(rows), []paper.Column{{Share: 0.5}, {Head: s.w("col.number"), Share: 1.2}, {Head: s.w("col.title"), Share: 5},
		{Head: s.w("col.name"), Share: 1.5}, {Head: s.w("col.amount"), Share: 1.8, Right: true}}, rows)
}

func (s Papers) backs(c Closing) []paper.Block {
	var rows [][]string
	for _, v := range c.Back {
		rows = append(rows, []string{tick, num(v.Request.Hold), titleOf(v.Title), v.Person.Name, s.d().day(v.Request.EndsOn)})
	}
	return s.part(s.w("closing.back"), len(rows), []paper.Column{{Share: 0.5}, {Head: s.say("word.shelf"), Share: 1.2}, {Head: s.w("col.title"), Share: 5},
		{Head: s.w("col.name"), Share: 1.5}, {Head: s.w("col.until"), Share: 1.8, Right: true}}, rows)
}

func (s Papers) boxes(c Closing) []paper.Block {
	var loose, open [][]string
	for _, v := range c.Loose {
		loose = append(loose, []string{tick, titleOf(v.Title), v.Loan.Number})
	}
	for _, v := range c.Boxes {
		open = append(open, []string{tick, s.say("word.box") + " " + num(v.Transfer.Box) + " " + v.Library.Name, s.say("word.copies", "Count", num(len(v.Transfer.Copies)))})
	}
	out := s.part(s.w("closing.loose"), len(loose), []paper.Column{{Share: 0.5}, {Head: s.w("col.title"), Share: 7}, {Head: s.w("col.number"), Share: 2, Right: true}}, loose)
	return append(out, s.part(s.w("closing.boxes"), len(open), []paper.Column{{Share: 0.5}, {Head: s.say("word.library"), Share: 7},
		{Head: s.w("col.copies"), Share: 2, Right: true}}, open)...)
}

// unsent is what the server does not have yet; it stays on this PC.
func (s Papers) unsent(c Closing, shop Shop) []paper.Block {
	var rows [][]string
	for _, a := range c.Unsent {
		r := s.d().actRow(a, shop, nil)
		rows = append(rows, []string{r.Time, r.Act, r.Title, r.Amount})
	}
	b := s.part(s.say("word.outbox"), len(rows), []paper.Column{{Head: s.w("col.when"), Share: 1.7}, {Head: s.w("col.what"), Share: 1.7},
		{Head: s.w("col.title"), Share: 5}, {Head: s.w("col.amount"), Share: 1.6, Right: true}}, rows)
	if len(rows) > 0 {
		b = append(b, paper.Text{Text: s.w("closing.unsent"), Small: true})
	}
	return b
}

// besides is a sum of the terminal and what it has beyond what was recorded here.
func (d *Desk) besides(sum, diff payback.Won) string {
	switch {
	case diff == 0:
		return d.won(sum)
	case diff > 0:
		return d.won(sum) + " (+" + assets.Number(int64(diff)) + ")"
	}
	return d.won(sum) + " (" + assets.Number(int64(diff)) + ")"
}

func (d *Desk) compared(diff Difference) string { return Compared(d.env.Words, diff) }

// Compared says what a difference means.
func Compared(words *assets.Speaker, diff Difference) string {
	return words.Say("paper.compared."+diff.word(), nil)
}
