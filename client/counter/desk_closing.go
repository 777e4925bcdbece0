package counter

import (
	"context"
	"strings"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Closing the day: money beside the card terminal's own sum, and what is left to do.
// It asks, and never stops anybody.

// Todo is how many kinds of things are left to do before the store closes.
func (c Closing) Todo() (n int) {
	for _, k := range []int{len(c.Owed), len(c.Back), len(c.Loose), len(c.Boxes), len(c.Unsent)} {
		if k > 0 {
			n++
		}
	}
	return n
}

// closing asks for the terminal's sums.
func (d *Desk) closing(ctx context.Context) turn { return d.askTerminal(ctx, nil, "") }

func (d *Desk) askTerminal(ctx context.Context, typed map[string]string, wrong string) turn {
	c, err := d.c.Closing(ctx)
	if err != nil {
		return d.failed(err)
	}
	t := turn{band: Band{Tone: ToneAsk, Word: d.say2("close.tab"), Title: d.say2("close.title"), Why: join(d.leftToDo(c), d.say2("close.why"))}}
	if wrong != "" {
		t.band.Tone, t.band.Why, t.sound = ToneOf(assets.StateNot), wrong, SoundNot
	}
	t.panel = d.tillPanel(c.Till, nil)
	t.band.Fields = []Field{{Name: "sales", Label: d.say2("close.field.sales"), Value: typed["sales"], Focus: true, Digits: true},
		{Name: "cancels", Label: d.say2("close.field.cancels"), Value: typed["cancels"], Digits: true}}
	t.on("Enter", d.say2("close.next"), true, func(ctx context.Context, in map[string]string) turn {
		term, ok := terminalOf(in["sales"], in["cancels"])
		if !ok {
			return d.askTerminal(ctx, in, d.say2("close.bad"))
		}
		return d.compare(ctx, term)
	})
	d.later(&t)
	return t
}

// terminalOf reads what was typed; nil for nothing at all.
func terminalOf(sales, cancels string) (*Terminal, bool) {
	var t Terminal
	var typed bool
	for _, f := range []struct {
		text string
		to   *payback.Won
	}{{sales, &t.Sales}, {cancels, &t.Cancels}} {
		text := strings.TrimSpace(f.text)
		if strings.Trim(text, "0") == "" { // nothing, or nought
			typed = typed || text != ""
			continue
		}
		n, ok := sumOf(text)
		if !ok {
			return nil, false
		}
		*f.to, typed = n, true
	}
	if !typed {
		return nil, true
	}
	return &t, true
}

// leftToDo says in one line how much is left.
func (d *Desk) leftToDo(c Closing) string {
	if n := c.Todo(); n > 0 {
		return d.say2("close.left", "Count", num(n))
	}
	return d.say2("close.done")
}

// compare says how the terminal's sums stand to what was recorded, and offers the
// sheet.
func (d *Desk) compare(ctx context.Context, term *Terminal) turn {
	c, err := d.c.Closing(ctx)
	if err != nil {
		return d.failed(err)
	}
	t := turn{band: Band{Tone: ToneOf(assets.StateDone), Word: d.say2("close.tab"), Title: d.leftToDo(c)}, light: true, panel: d.tillPanel(c.Till, term)}
	if term != nil {
		diff := c.Till.Compare(*term)
		t.band.Title = d.say2("close." + diff.word())
		t.band.Why = join(d.say2("paper.closing.term_sales")+" "+d.besides(term.Sales, diff.Sales),
			d.say2("paper.closing.term_cancels")+" "+d.besides(term.Cancels, diff.Cancels))
		if !diff.Even() {
			t.band.Why = join(t.band.Why, d.say2("close.why_"+diff.word()))
		}
		if diff.Short() {
			t.band.Tone, t.sound = ToneOf(assets.StateLook), SoundLook
		}
	}
	if n := len(c.Unsent); n > 0 {
		t.band.Tone = ToneOf(assets.StateLook)
		t.band.Why = join(t.band.Why, d.say2("close.unsent", "Count", num(n)))
	}
	t.paper = func(ctx context.Context) (Paper, error) { return d.closingPaper(ctx, term) }
	d.closingChoices(&t, len(c.Unsent), term)
	return t
}

func (d *Desk) closingPaper(ctx context.Context, term *Terminal) (Paper, error) {
	c, err := d.c.Closing(ctx)
	if err != nil {
		return Paper{}, err
	}
	return d.c.Papers(d.env.Words).Closing(ctx, c, term)
}

func (d Difference) word() string {
	switch {
	case d.Short():
		return "short"
	case d.Even():
		return "even"
	}
	return "more"
}

func (d *Desk) closingChoices(t *turn, unsent int, term *Terminal) {
	if d.env.Print != nil {
		word := "close.print"
		if unsent > 0 {
			word = "close.print_unsent"
		}
		t.choice(d.say2(word), func(ctx context.Context, _ map[string]string) turn {
			p, err := d.closingPaper(ctx, term)
			d.hand(ctx, p, err)
			return d.closed(ctx, err == nil)
		})
	}
	if unsent > 0 && d.env.Kick != nil {
		t.choice(d.say2("close.send"), func(ctx context.Context, _ map[string]string) turn {
			d.env.Kick()
			return d.compare(ctx, term)
		})
	}
	t.choice(d.say2("close.again"), func(ctx context.Context, _ map[string]string) turn { return d.closing(ctx) })
	t.choice(d.say2("close.quit"), func(ctx context.Context, _ map[string]string) turn { return d.leave(ctx) })
	d.later(t)
}

// closed is the end of the conversation: the store may be left.
func (d *Desk) closed(_ context.Context, printed bool) turn {
	t := turn{band: Band{Tone: ToneOf(assets.StateDone), Word: d.say2("close.tab"), Title: d.say2("close.printed")}, sound: SoundDone}
	if printed {
		t.band.Why = d.told
	}
	t.choice(d.say2("close.quit"), func(ctx context.Context, _ map[string]string) turn { return d.leave(ctx) })
	t.band.Answers[0].Main = false
	d.later(&t)
	return t
}

// tillPanel is the money of a day by kind of payment, and the terminal's.
func (d *Desk) tillPanel(till Till, term *Terminal) Panel {
	p := Panel{Head: d.w("till.head"), Sub: d.day(till.Date)}
	for _, k := range payKinds() {
		if s, r := till.Sales[k], till.Refunds[k]; s.N+r.N > 0 {
			p.Rows = append(p.Rows, [2]string{d.say2("payback.pay." + string(k)),
				d.w("till.row", "Sales", d.won(s.Amount), "SoldCount", num(s.N), "Refunds", d.won(r.Amount), "RefundCount", num(r.N))})
		}
	}
	if term != nil {
		diff := till.Compare(*term)
		p.Rows = append(p.Rows, [2]string{d.say2("close.field.sales"), d.besides(term.Sales, diff.Sales)},
			[2]string{d.say2("close.field.cancels"), d.besides(term.Cancels, diff.Cancels)})
	}
	return p
}

// listClosing is the day's money and everything that is left to do.
func (d *Desk) listClosing(ctx context.Context, shop Shop) (List, error) {
	c, err := d.c.Closing(ctx)
	if err != nil {
		return List{}, err
	}
	l := List{Head: d.say2("close.head"), Sum: d.leftToDo(c)}
	l.Rows = append(l.Rows, d.moneyRows(c.Till)...)
	part := func(head string, rows []ListRow) {
		if len(rows) > 0 {
			l.Rows = append(append(l.Rows, ListRow{Head: d.say2(head) + " " + num(len(rows))}), rows...)
		}
	}
	var owed, back, loose, boxes, unsent []ListRow
	for _, v := range c.Owed {
		r := ListRow{ID: "owed/" + string(v.Loan.ID), Act: d.say2("payback.kind.refund"), Title: titleOf(v.Title), Who: v.Person.Name}
		if v.Refund != nil {
			r.Amount = assets.Number(int64(v.Refund.Amount))
		}
		owed = append(owed, r)
	}
	for _, v := range c.Back {
		back = append(back, ListRow{ID: "req/" + string(v.Request.ID), Number: num(v.Request.Hold), Title: titleOf(v.Title), Who: v.Person.Name,
			Note: d.w("note.until", "Day", d.day(v.Request.EndsOn))})
	}
	for _, v := range c.Loose {
		loose = append(loose, ListRow{ID: "copy/" + string(v.Loan.ID), Act: d.say2("payback.state.at_store"), Title: titleOf(v.Title)})
	}
	for _, b := range c.Boxes {
		boxes = append(boxes, ListRow{ID: "box/" + string(b.Transfer.ID), Number: num(b.Transfer.Box), Title: b.Library.Name,
			Note: d.say2("word.copies", "Count", num(len(b.Transfer.Copies)))})
	}
	for _, a := range c.Unsent {
		unsent = append(unsent, d.actRow(a, shop, nil))
	}
	part("paper.closing.owed", owed)
	part("paper.closing.back", back)
	part("paper.closing.loose", loose)
	part("paper.closing.boxes", boxes)
	part("word.outbox", unsent)
	return l, nil
}

func (d *Desk) moneyRows(till Till) []ListRow {
	var out []ListRow
	for _, k := range payKinds() {
		s, r := till.Sales[k], till.Refunds[k]
		if s.N+r.N == 0 {
			continue
		}
		row := ListRow{ID: "till/" + string(k), Act: d.say2("payback.pay." + string(k)), Amount: assets.Number(int64(s.Amount - r.Amount)),
			Title: d.say2("close.row.sold", "Count", num(s.N)) + " " + d.won(s.Amount)}
		if r.N > 0 {
			row.Note = d.say2("close.row.refunded", "Count", num(r.N)) + " " + d.won(r.Amount)
		}
		out = append(out, row)
	}
	if out == nil {
		out = []ListRow{{ID: "till/none", Title: d.say2("close.none")}}
	}
	return append([]ListRow{{Head: d.say2("close.money")}}, out...)
}
