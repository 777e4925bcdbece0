package counter

import (
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/shared/paper"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// Slip is the slip of a loan, by where it stands: bought, brought back with the money
// still due, refunded, left for a decision, refused. None for one that has ended
// otherwise.
func (s Papers) Slip(ctx context.Context, id payback.LoanID) (Paper, error) {
	v, err := s.c.LoanView(ctx, id)
	if err != nil || v == nil {
		return Paper{}, err
	}
	shop, err := s.c.Shop(ctx)
	if err != nil {
		return Paper{}, err
	}
	switch v.Loan.State {
	case payback.LoanOut:
		return s.bought(v, shop), nil
	case payback.LoanLeft:
		return s.left(v, shop), nil
	case payback.LoanRefused:
		return s.refused(v, shop), nil
	case payback.LoanReturned:
		return s.back(v, shop), nil
	}
	return Paper{}, nil
}

// book begins a slip with what it is about.
func (s Papers) book(key string, v *LoanView, shop Shop) []paper.Block {
	return pairs(s.head(s.w(key), shop), s.w("row.title"), titleOf(v.Title), s.w("row.name"), v.Person.Name, s.w("row.number"), v.Loan.Number,
		s.w("row.sold"), s.day(v.Loan.SoldOn))
}

// done ends a slip with what to say, the label by which a scan finds the loan, and
// when it was made.
func (s Papers) done(kind, key string, b []paper.Block, v *LoanView, shop Shop, say ...string) Paper {
	b = append(b, paper.Space{})
	for _, t := range say {
		b = append(b, paper.Text{Text: t})
	}
	b = s.label(b, scan.Slip, string(v.Loan.ID), v.Loan.Number)
	return Paper{kind + "/" + string(v.Loan.ID), s.sheet(key, paper.Roll, s.foot(b, shop))}
}

func bold(left, right string) paper.Block { return paper.Pair{Left: left, Right: right, Bold: true} }

// money adds how it was paid, with the terminal's numbers.
func (s Papers) money(b []paper.Block, kind payback.PayKind, approval, cancel string) []paper.Block {
	return pairs(b, s.w("row.kind"), s.say("payback.pay."+string(kind)), s.w("row.approval"), approval, s.w("row.cancel"), cancel)
}

func (s Papers) bought(v *LoanView, shop Shop) Paper {
	l := v.Loan
	b := append(s.book("bought.title", v, shop), bold(s.w("row.paid"), s.won(l.Paid)))
	b = append(s.money(b, l.Kind, l.Approval, ""), bold(s.w("row.due"), s.day(l.Due)))
	return s.done("bought", "bought.title", b, v, shop, s.w("bought.say", "Day", s.day(l.Due)), s.hours(shop))
}

// back is the slip of a copy that came back: with the money, or with what is still
// owed.
func (s Papers) back(v *LoanView, shop Shop) Paper {
	if v.Refund == nil {
		return s.done("back", "back.title", s.book("back.title", v, shop), v, shop, s.w("back.look"))
	}
	r := v.Refund
	if r.State == payback.RefundDue {
		b := append(s.book("back.title", v, shop), paper.Pair{Left: s.w("row.back"), Right: s.at(r.DueAt, shop)}, bold(s.w("row.owed"), s.won(r.Amount)))
		return s.done("back", "back.title", s.money(b, v.Loan.Kind, v.Loan.Approval, ""), v, shop, s.w("back.say", "Amount", s.won(r.Amount)))
	}
	amount := r.Amount
	if r.Given > 0 {
		amount = r.Given
	}
	b := append(s.book("refund.title", v, shop), paper.Pair{Left: s.w("row.back"), Right: s.at(r.DueAt, shop)})
	if r.PaidAt > 0 {
		b = append(b, paper.Pair{Left: s.w("row.refunded"), Right: s.at(r.PaidAt, shop)})
	}
	b = append(b, bold(s.w("row.amount"), s.won(amount)))
	return s.done("refund", "refund.title", s.money(b, r.Kind, v.Loan.Approval, r.Cancel), v, shop, s.say("counter.say.refund."+string(r.Kind)))
}

// left is the slip for a copy that waits here for the office: until when it decides,
// who, and what happens otherwise.
func (s Papers) left(v *LoanView, shop Shop) Paper {
	l := v.Loan
	b := s.book("left.title", v, shop)
	b = pairs(b, s.w("row.due"), s.day(l.Due), s.w("row.faults"), s.why(l, shop), s.w("row.paid"), s.won(l.Paid))
	b = append(b, bold(s.w("row.decide"), s.day(l.DecideBy)), paper.Pair{Left: s.w("row.decider"), Right: s.w("left.decider", "District", shop.District.Name)})
	return s.done("left", "left.title", b, v, shop, s.w("left.say", "Day", s.day(l.DecideBy)), s.w("left.fetch", "Days", num(shop.Policy.FetchDays)))
}

// why is what was wrong with a copy that was left: its faults, and that it was late.
func (s Papers) why(l *payback.Loan, shop Shop) string {
	words := s.d().faultWords(l.Faults)
	if len(l.Faults) == 0 && l.Due < shop.Today {
		return s.w("left.late")
	}
	return words
}

func (s Papers) refused(v *LoanView, shop Shop) Paper {
	l := v.Loan
	b := pairs(s.book("refused.title", v, shop), s.w("row.faults"), s.why(l, shop))
	b = append(b, bold(s.w("row.fetch"), s.day(l.FetchBy)))
	return s.done("refused", "refused.title", b, v, shop, s.w("refused.say", "Day", s.day(l.FetchBy)))
}

// hours are a store's opening hours in one line, days with the same ones together;
// "" where nobody has given them.
func (s Papers) hours(shop Shop) string {
	h := shop.Store.Hours
	if !h.Known() {
		return ""
	}
	week := []int{1, 2, 3, 4, 5, 6, 0} // Monday first
	var parts []string
	for i := 0; i < len(week); {
		n := 1
		for i+n < len(week) && h[week[i+n]] == h[week[i]] {
			n++
		}
		days := s.w("weekday." + num(week[i]))
		if n > 1 {
			days += "~" + s.w("weekday."+num(week[i+n-1]))
		}
		open := h[week[i]]
		if open == "" {
			open = s.w("closed")
		}
		parts = append(parts, days+" "+open)
		i += n
	}
	return s.w("hours", "Hours", join(slices.Clip(parts)...))
}
