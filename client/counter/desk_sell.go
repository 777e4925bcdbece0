package counter

import (
	"context"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

func num(n int) string { return strconv.Itoa(n) }

// sale is a sale in the making.
type sale struct {
	in     SellIn
	terms  Terms
	title  *payback.Title
	who    string
	number string
	hold   int
	shop   Shop
	code   scan.Code
}

// sell asks how a copy that waits for its resident is paid.
func (d *Desk) sell(ctx context.Context, code scan.Code, m Match) turn {
	r := m.Request
	s := sale{in: SellIn{Request: r.ID, ISBN: r.ISBN, Seen: !inHand(code) && code.Kind != ""}, title: m.Title,
		who: d.who(m.Person, ""), number: r.Number, hold: r.Hold, code: code}
	return d.sellWith(ctx, s)
}

// sellNumber sells a copy for a number that this PC has not heard of.
func (d *Desk) sellNumber(ctx context.Context, number string, i payback.ISBN) turn {
	title, err := d.c.Title(ctx, i)
	if err != nil {
		return d.failed(err)
	}
	return d.sellWith(ctx, sale{in: SellIn{Number: number, ISBN: i, Seen: true}, title: title, number: number})
}

// walkIn sells without a request: the card says whose loan it is.
func (d *Desk) walkIn(ctx context.Context, title *payback.Title) turn {
	t := d.ask("word.walkin", d.w("walkin.card"), d.w("walkin.card.why", "Title", titleOf(title)))
	t.scan = func(ctx context.Context, card scan.Code) (turn, bool) {
		if card.Kind != scan.Member && card.Number == "" {
			return turn{}, false
		}
		return d.sellWith(ctx, sale{in: SellIn{ISBN: title.ISBN, Card: card.Number, Seen: true}, title: title}), true
	}
	d.later(&t)
	return t
}

func (d *Desk) sellWith(ctx context.Context, s sale) turn {
	var err error
	if s.terms, err = d.c.Terms(ctx, s.in.Request, s.in.ISBN); err != nil {
		return d.failed(err)
	}
	if s.shop, err = d.c.Shop(ctx); err != nil {
		return d.failed(err)
	}
	if !s.terms.Stop.None() {
		return d.refused(s.terms.Stop)
	}
	if s.in.Paid = s.terms.Price; s.in.Paid == 0 {
		return d.askAmount(s, "")
	}
	return d.askKind(s)
}

// sellBand is what stays the same through the steps of a sale.
func (d *Desk) sellBand(s sale, title string) turn {
	number := ""
	if s.number != "" {
		number = d.w("number", "Number", s.number)
	}
	t := d.ask("word.sell", title, join(s.who, number, d.w("due.is", "Day", d.day(s.terms.Due))))
	t.parked, t.code = titleOf(s.title), s.code
	t.panel = Panel{Head: d.w("this_book"), Sub: number, Label: d.holdLabel(s.hold, d.w("hold.take")),
		Rows: rows(d.w("row.title"), titleOf(s.title), d.w("row.price"), d.wonOr(s.terms.Price), d.w("row.due"), d.day(s.terms.Due))}
	return t
}

func (d *Desk) wonOr(w payback.Won) string {
	if w == 0 {
		return d.w("price.unknown")
	}
	return d.won(w)
}

// askKind is the usual question: one key sells.
func (d *Desk) askKind(s sale) turn {
	t := d.sellBand(s, titleOf(s.title))
	t.band.Amount = d.won(s.in.Paid)
	t.band.Step = d.w("sell.alone")
	if !s.in.Seen {
		t.band.BigNote = d.w("sell.check")
	}
	t.choice(d.say2("payback.pay.card"), func(context.Context, map[string]string) turn { return d.askApproval(s, payback.ByCard, "") })
	t.choice(d.say2("payback.pay.cash"), func(ctx context.Context, _ map[string]string) turn { return d.sold(ctx, s, payback.ByCash, "") })
	t.choice(d.say2("payback.pay.local"), func(context.Context, map[string]string) turn { return d.askApproval(s, payback.ByLocal, "") })
	t.choice(d.w("do.amount"), func(context.Context, map[string]string) turn { return d.askAmount(s, "") })
	d.later(&t)
	return t
}

// askAmount lets the clerk type what was paid. Wrong says what was wrong with
// the amount before.
func (d *Desk) askAmount(s sale, wrong string) turn {
	t := d.sellBand(s, titleOf(s.title))
	value := ""
	if s.in.Paid > 0 {
		value = strconv.FormatInt(int64(s.in.Paid), 10)
	}
	t.band.Fields = []Field{{Name: "amount", Label: d.w("field.amount"), Value: value, Focus: true, Digits: true}}
	if wrong != "" {
		t.band.Tone, t.band.Word, t.sound = ToneOf(assets.StateNot), d.say2("state.not"), SoundNot
		t.band.Why = wrong
	} else if s.terms.Most > 0 && s.terms.Least > 0 {
		t.band.Why = join(t.band.Why, d.w("sell.range", "Least", d.won(s.terms.Least), "Most", d.won(s.terms.Most)))
	}
	t.on("Enter", d.w("do.next"), true, func(_ context.Context, in map[string]string) turn {
		paid, ok := amountOf(in["amount"])
		if !ok {
			return d.askAmount(s, d.w("amount.not"))
		}
		s.in.Paid = paid
		if r := s.shop.Policy.CheckAmount(s.terms.Price, paid); !r.None() {
			return d.askAmount(s, d.reason(r))
		}
		return d.askKind(s)
	})
	d.later(&t)
	return t
}

// amountOf reads an amount as people type it: "14,000", "14000원".
func amountOf(text string) (payback.Won, bool) {
	text = strings.TrimSuffix(strings.ReplaceAll(strings.TrimSpace(text), ",", ""), "원")
	n, err := strconv.ParseInt(text, 10, 64)
	return payback.Won(n), err == nil && n > 0 && n <= payback.MaxAmount
}

// askApproval waits for the card terminal's number. A card's is needed, since
// the refund cancels by it; the local app's may be left out.
func (d *Desk) askApproval(s sale, kind payback.PayKind, wrong string) turn {
	t := d.sellBand(s, titleOf(s.title))
	t.band.Amount = d.won(s.in.Paid)
	t.band.Step = d.w("sell.step."+string(kind), "Amount", d.won(s.in.Paid))
	t.band.Fields = []Field{{Name: "approval", Label: d.w("field.approval"), Focus: true, Digits: true}}
	if wrong != "" {
		t.band.Tone, t.band.Word, t.band.Why, t.sound = ToneOf(assets.StateNot), d.say2("state.not"), wrong, SoundNot
	}
	t.on("Enter", d.w("do.sold"), true, func(ctx context.Context, in map[string]string) turn {
		approval := strings.TrimSpace(in["approval"])
		if approval == "" && kind == payback.ByCard {
			return d.askApproval(s, kind, d.w("approval.missing"))
		}
		return d.sold(ctx, s, kind, approval)
	})
	t.on("Esc", d.w("do.back"), false, func(context.Context, map[string]string) turn { return d.askKind(s) })
	return t
}

// sold records the sale.
func (d *Desk) sold(ctx context.Context, s sale, kind payback.PayKind, approval string) turn {
	s.in.Kind, s.in.Approval = kind, approval
	done, err := d.c.Sell(ctx, s.in)
	if err == nil && done.Refused.Key == "amount_differs" {
		return d.askAmount(s, d.reason(done.Refused))
	}
	return d.result(done, err, func() turn {
		due := s.terms.Due
		if l, _ := d.c.Loan(ctx, payback.LoanID(done.Subject.ID)); l != nil {
			due = l.Due
		}
		t := d.did(done, d.say2("payback.kind.sell"), d.w("sold.title", "Day", d.day(due)), join(titleOf(s.title), s.who, d.won(s.in.Paid)))
		t.band.Say, t.panel.of = d.w("say.sold", "Day", d.day(due)), done.Subject
		switch {
		case s.in.Card != "" || (s.in.Request == "" && s.in.Number == ""):
			t.band.Why = join(t.band.Why, d.w("sold.walkin"))
			t.band.Tone, t.sound = ToneOf(assets.StateLook), SoundLook
		case s.in.Number != "":
			t.band.Why = join(t.band.Why, d.w("sold.unmatched", "Number", s.in.Number))
		}
		return t
	})
}

// dead is a request that has ended: a sale is still possible, and the server
// finds out what it means.
func (d *Desk) dead(ctx context.Context, code scan.Code, m Match) turn {
	r := m.Request
	t := d.attention(d.w("word.ended"), titleOf(m.Title),
		join(d.who(m.Person, r.Number), d.w("dead.is", "State", d.say2("payback.state."+string(r.State)))))
	t.choice(d.w("do.sell_anyway"), func(ctx context.Context, _ map[string]string) turn { return d.sell(ctx, code, m) })
	t.band.Answers[0].Main = false
	d.later(&t)
	return t
}
