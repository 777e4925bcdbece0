package counter

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// The take-back. One key does it when all is in order; only a fault or a late
// day needs more.

// back is a loan that came to the counter.
type back struct {
	loan   *payback.Loan
	title  *payback.Title
	person db.Person
	shop   Shop
	code   scan.Code
	faults []string
}

func (d *Desk) takeBack(ctx context.Context, code scan.Code, m Match) turn {
	shop, err := d.c.Shop(ctx)
	if err != nil {
		return d.failed(err)
	}
	b := back{loan: m.Loan, title: m.Title, person: m.Person, shop: shop, code: code}
	if m.Late && shop.Policy.Late != payback.LateRefund {
		return d.late(ctx, b)
	}
	t := d.ask("word.return", titleOf(b.title), join(d.who(b.person, b.loan.Number), d.untilWord(b.loan.Due, shop.Today)))
	t.parked, t.code, t.panel = titleOf(b.title), code, d.loanPanel(ctx, b.loan, b.title)
	fine := d.w("do.fine")
	if shop.Policy.ReceiptNeeded {
		fine = d.w("do.fine_receipt")
	}
	t.choice(fine, func(ctx context.Context, _ map[string]string) turn { return d.returned(ctx, b) })
	t.choice(d.w("do.fault"), func(ctx context.Context, _ map[string]string) turn { return d.whichFault(ctx, b) })
	d.later(&t)
	return t
}

// late: the resident keeps the copy or leaves it for a decision, unless the
// policy refuses late ones.
func (d *Desk) late(ctx context.Context, b back) turn {
	days := b.loan.Due.Until(b.shop.Today)
	t := turn{band: Band{Tone: ToneOf(assets.StateLook), Word: d.w("word.late"), Title: d.w("late.title", "Count", num(days)),
		Why: join(titleOf(b.title), d.who(b.person, b.loan.Number), d.w("late.was", "Day", d.day(b.loan.Due)))},
		sound: SoundLook, parked: titleOf(b.title), code: b.code, panel: d.loanPanel(ctx, b.loan, b.title)}
	if b.shop.Policy.Late == payback.LateChoice {
		d.leaveChoice(&t, b)
	}
	d.keepChoice(&t, b)
	d.later(&t)
	return t
}

func (d *Desk) leaveChoice(t *turn, b back) {
	by := b.shop.Today.Add(b.shop.Policy.DecideDays)
	t.choice(d.w("do.leave"), func(ctx context.Context, _ map[string]string) turn { return d.left(ctx, b) }).
		noted(d.w("left.by", "Day", d.day(by)))
}

func (d *Desk) keepChoice(t *turn, b back) {
	t.choice(d.w("do.keep"), func(ctx context.Context, _ map[string]string) turn { return d.kept(ctx, b) }).noted(d.w("keep.note"))
}

// whichFault asks what is wrong with the copy; each is one key.
func (d *Desk) whichFault(ctx context.Context, b back) turn {
	t := turn{band: Band{Tone: ToneAsk, Word: d.w("word.return"), Title: d.w("fault.which"), Why: join(titleOf(b.title), d.faultWords(b.faults))},
		parked: titleOf(b.title), code: b.code, panel: d.loanPanel(ctx, b.loan, b.title)}
	for _, f := range payback.Faults() {
		t.choice(d.say2("payback.fault."+f), func(ctx context.Context, _ map[string]string) turn {
			next := b
			if !contains(b.faults, f) {
				next.faults = append(append([]string(nil), b.faults...), f)
			}
			return d.faulty(ctx, next)
		})
	}
	for i := range t.band.Answers {
		t.band.Answers[i].Main = false
	}
	t.on("Esc", d.w("do.back"), false, func(ctx context.Context, _ map[string]string) turn {
		return d.takeBack(ctx, b.code, Match{Kind: MatchOut, Loan: b.loan, Title: b.title, Person: b.person, Late: b.loan.LateOn(b.shop.Today)})
	})
	return t
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (d *Desk) faultWords(fs []string) string {
	words := make([]string, 0, len(fs))
	for _, f := range fs {
		words = append(words, d.say2("payback.fault."+f))
	}
	return strings.Join(words, ", ")
}

// faulty: leave it for a decision, keep it, or name another fault.
func (d *Desk) faulty(ctx context.Context, b back) turn {
	t := turn{band: Band{Tone: ToneOf(assets.StateLook), Word: d.w("word.fault"), Title: d.faultWords(b.faults),
		Why: join(titleOf(b.title), d.who(b.person, b.loan.Number), d.w("fault.how"))},
		sound: SoundLook, parked: titleOf(b.title), code: b.code, panel: d.loanPanel(ctx, b.loan, b.title)}
	d.leaveChoice(&t, b)
	d.keepChoice(&t, b)
	t.choice(d.w("do.more_faults"), func(ctx context.Context, _ map[string]string) turn { return d.whichFault(ctx, b) })
	t.on("Esc", d.w("do.back"), false, func(ctx context.Context, _ map[string]string) turn {
		b.faults = nil
		return d.whichFault(ctx, b)
	})
	return t
}

// returned records that the book is back and goes on to the money. The copy is
// recorded as packed when the clerk goes on from the screen that names the box:
// that costs no key of its own, and until then F8 takes the return back without
// unpacking anything.
func (d *Desk) returned(ctx context.Context, b back) turn {
	done, err := d.c.Return(ctx, b.loan.ID)
	return d.result(done, err, func() turn {
		if done.Verdict != payback.Applied {
			t := d.did(done, d.say2("payback.kind.return"), d.w("returned.look"), join(titleOf(b.title), d.who(b.person, b.loan.Number)))
			t.panel = d.boxPanel(ctx, b.loan.ID, d.loanPanel(ctx, b.loan, b.title))
			return t
		}
		t := d.refund(ctx, b.loan.ID, func(ctx context.Context) { d.packed(ctx, b.loan.ID) })
		t.row, t.sound = rowOf(done.Ref), SoundDone
		return t
	})
}

// packed puts a returned copy into its box on record. A copy whose library is not
// known yet, or for which the store has no box, stays loose and is listed so.
func (d *Desk) packed(ctx context.Context, id payback.CopyID) {
	if v, err := d.c.LoanView(ctx, id); err != nil || v == nil || v.Copy == nil || v.Copy.State != payback.CopyAtStore || v.Loan.State != payback.LoanReturned {
		return
	}
	if box, err := d.c.BoxFor(ctx, id); err != nil || box.Number == 0 {
		return
	}
	_, _ = d.c.Pack(ctx, id) // what stays loose is listed with the boxes and can be packed there
}

// refund is the second step of a take-back: the money. Moved is what the screen
// puts off until the clerk goes on; nil for nothing.
func (d *Desk) refund(ctx context.Context, id payback.LoanID, moved func(context.Context)) turn {
	v, err := d.c.LoanView(ctx, id)
	if err != nil {
		return d.failed(err)
	}
	if v == nil {
		return d.refused(payback.Reason{Key: "loan_unknown"})
	}
	stop, err := d.c.MayRefund(ctx, id)
	if err != nil {
		return d.failed(err)
	}
	t := d.refundAsk(ctx, v, moved, false, "")
	if stop.None() {
		return t
	}
	t = d.attention(d.say2("payback.kind.return"), d.w("refund.stop"), join(d.backWhy(v), d.reason(stop)))
	if stop.Key == "refund_twice_stop" {
		t = d.not(d.w("refund.twice"), join(d.backWhy(v), d.reason(stop)))
	}
	t.panel, t.moved = d.boxPanel(ctx, id, d.loanPanel(ctx, v.Loan, v.Title)), moved
	if stop.Key == "refund_elsewhere" {
		t.choice(d.w("do.override"), func(ctx context.Context, _ map[string]string) turn {
			return d.owner(ctx, func(ctx context.Context) turn { return d.refundAsk(ctx, v, moved, true, "") }, "")
		})
		t.band.Answers[0].Main = false
		d.later(&t)
	}
	return t
}

// backWhy is the line under a take-back: which book, whose, how in time.
func (d *Desk) backWhy(v *LoanView) string {
	return join(titleOf(v.Title), d.who(v.Person, v.Loan.Number))
}

// refundAsk says what to do on the card terminal, and waits for its number.
func (d *Desk) refundAsk(ctx context.Context, v *LoanView, moved func(context.Context), override bool, wrong string) turn {
	l := v.Loan
	shop, err := d.c.Shop(ctx)
	if err != nil {
		return d.failed(err)
	}
	amount := l.Paid
	if v.Refund != nil {
		amount = v.Refund.Amount
	}
	in := RefundIn{Loan: l.ID, Amount: amount, Kind: l.Kind, Override: override}
	t := turn{band: Band{Tone: ToneOf(assets.StateDone), Word: d.say2("payback.kind.return"), Title: d.w("refund.title"), Amount: d.won(amount),
		Why:  join(d.backWhy(v), d.untilWord(l.Due, shop.Today)),
		Step: d.w("refund.step." + string(l.Kind))}, moved: moved}
	p := d.loanPanel(ctx, l, v.Title)
	p.Rows = slices.DeleteFunc(p.Rows, func(r [2]string) bool { return r[0] == d.w("row.title") || r[0] == d.w("row.paid") }) // the band has them
	t.panel = d.boxPanel(ctx, l.ID, p)
	t.panel.Say = d.w("say.refund." + string(l.Kind))
	if wrong != "" {
		t.band.Tone, t.band.Word, t.band.Why, t.sound = ToneOf(assets.StateNot), d.say2("state.not"), wrong, SoundNot
	}
	if l.Kind != payback.ByCard {
		t.choice(d.w("do.given", "Amount", d.won(amount)), func(ctx context.Context, _ map[string]string) turn { return d.refunded(ctx, v, in) })
		d.later(&t)
		return t
	}
	t.band.Big = l.Approval
	t.band.BigNote = d.w("refund.approved", "Day", d.day(l.SoldOn))
	t.band.Fields = []Field{{Name: "cancel", Label: d.w("field.cancel"), Focus: true, Digits: true}}
	t.on("Enter", d.w("do.refunded"), true, func(ctx context.Context, typed map[string]string) turn {
		in.Cancel = strings.TrimSpace(typed["cancel"])
		if in.Cancel == "" {
			return d.refundAsk(ctx, v, moved, override, d.w("cancel.missing"))
		}
		t := d.refunded(ctx, v, in)
		if t.band.Tone == ToneOf(assets.StateNot) {
			t.moved = moved
		}
		return t
	})
	d.later(&t)
	return t
}

func (d *Desk) refunded(ctx context.Context, v *LoanView, in RefundIn) turn {
	done, err := d.c.Refund(ctx, in)
	return d.result(done, err, func() turn {
		t := d.did(done, d.say2("payback.kind.refund"), d.w("refunded.title"), d.backWhy(v))
		t.band.Amount, t.slip = d.won(in.Amount), true
		t.panel = d.boxPanel(ctx, v.Loan.ID, d.loanPanel(ctx, v.Loan, v.Title))
		t.band.Say = d.w("say.refund." + string(in.Kind))
		return t
	})
}

func (d *Desk) left(ctx context.Context, b back) turn {
	done, err := d.c.Leave(ctx, b.loan.ID, b.faults)
	return d.result(done, err, func() turn {
		by := b.shop.Today.Add(b.shop.Policy.DecideDays)
		if l, _ := d.c.Loan(ctx, b.loan.ID); l != nil && l.DecideBy != "" {
			by = l.DecideBy
		}
		t := d.did(done, d.say2("payback.state.left"), d.w("left.title", "Day", d.day(by)),
			join(titleOf(b.title), d.who(b.person, b.loan.Number), d.faultWords(b.faults), d.w("left.apart")))
		t.band.Tone, t.slip = ToneOf(assets.StateLook), true
		t.band.Say = d.w("say.left", "Day", d.day(by))
		t.panel = d.loanPanel(ctx, b.loan, b.title)
		return t
	})
}

func (d *Desk) kept(ctx context.Context, b back) turn {
	done, err := d.c.Keep(ctx, b.loan.ID)
	return d.result(done, err, func() turn {
		t := d.did(done, d.say2("payback.kind.keep"), d.w("kept.title"), join(titleOf(b.title), d.who(b.person, b.loan.Number)))
		t.band.Say = d.w("say.kept")
		return t
	})
}

// giveBack hands a refused copy to its resident.
func (d *Desk) giveBack(ctx context.Context, m Match) turn {
	t := d.ask("word.refused", titleOf(m.Title), join(d.who(m.Person, m.Loan.Number), d.w("refused.fetch", "Day", d.day(m.Loan.FetchBy))))
	t.panel = d.loanPanel(ctx, m.Loan, m.Title)
	t.choice(d.w("do.give_back"), func(ctx context.Context, _ map[string]string) turn {
		done, err := d.c.GiveBack(ctx, m.Loan.ID)
		return d.result(done, err, func() turn {
			return d.did(done, d.say2("payback.kind.give_back"), d.w("given.title"), join(titleOf(m.Title), d.who(m.Person, m.Loan.Number)))
		})
	})
	d.later(&t)
	return t
}

// loanPanel is the detail of a loan.
func (d *Desk) loanPanel(_ context.Context, l *payback.Loan, title *payback.Title) Panel {
	sub := ""
	if l.Number != "" {
		sub = d.w("number", "Number", l.Number)
	}
	paid := join(d.won(l.Paid), d.say2("payback.pay."+string(l.Kind)))
	return Panel{of: payback.LoanKey(l.ID), Head: d.w("this_book"), Sub: sub, Rows: rows(d.w("row.title"), titleOf(title), d.w("row.sold"), d.day(l.SoldOn),
		d.w("row.paid"), paid, d.w("row.due"), d.day(l.Due), d.w("row.state"), d.say2("payback.state."+string(l.State)),
		d.w("row.faults"), d.faultWords(l.Faults))}
}

// boxPanel adds the box that a copy goes into.
func (d *Desk) boxPanel(ctx context.Context, id payback.CopyID, p Panel) Panel {
	box, err := d.c.BoxFor(ctx, id)
	switch {
	case err != nil || box.Library == nil:
		p.Rows = append(p.Rows, rows(d.say2("word.box"), d.w("box.later"))...)
	case box.Number == 0:
		p.Rows = append(p.Rows, rows(d.say2("word.library"), box.Library.Name, d.say2("word.box"), d.w("box.none"))...)
	default:
		p.Label = Label{Word: d.say2("word.box"), Number: strconv.Itoa(box.Number), Note: d.w("box.put"), Name: box.Library.Name}
	}
	return p
}
