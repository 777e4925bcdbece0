package counter

import (
	"context"
	"strings"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// What is not a copy in the hand: cases, claims, taking back, who acts, leaving.

// caseOf shows a case. Only its owner can decide it; a question has no answer
// that is preselected.
func (d *Desk) caseOf(ctx context.Context, id payback.CaseID) turn {
	cases, err := d.c.Cases(ctx)
	if err != nil {
		return d.failed(err)
	}
	for _, v := range cases {
		if v.Case.ID == id {
			return d.caseTurn(ctx, v)
		}
	}
	return d.attention(d.say2("word.case"), d.w("case.gone"), "")
}

func (d *Desk) caseTurn(ctx context.Context, v CaseView) turn {
	t := turn{band: Band{Tone: ToneOf(assets.StateDecide), Word: d.say2("state.decide"), Title: d.say2("payback.case." + string(v.Case.Kind)),
		Why: join(titleOf(v.Title), d.who(v.Person, ""), d.reason(v.Case.Reason))}}
	if v.Loan != nil {
		t.panel = d.loanPanel(ctx, v.Loan, v.Title)
	}
	switch {
	case !v.Mine:
		t.band.Why = join(t.band.Why, d.w("case.office"))
	case d.c.Actor().Role != payback.RoleOwner:
		t.choice(d.w("do.owner_decides"), func(ctx context.Context, _ map[string]string) turn {
			return d.owner(ctx, func(ctx context.Context) turn { return d.caseOf(ctx, v.Case.ID) }, "")
		})
	default:
		for _, c := range v.Case.Choices() {
			t.choice(d.say2("payback.choice."+string(c)), func(context.Context, map[string]string) turn { return d.askNote(v, c, "") })
		}
	}
	d.later(&t)
	return t
}

// askNote asks why a case is decided so.
func (d *Desk) askNote(v CaseView, c payback.Choice, wrong string) turn {
	t := d.ask("word.decide", d.say2("payback.choice."+string(c)), join(titleOf(v.Title), wrong))
	t.band.Fields = []Field{{Name: "note", Label: d.w("field.note"), Focus: true}}
	t.on("Enter", d.w("do.decide"), true, func(ctx context.Context, in map[string]string) turn {
		note := strings.TrimSpace(in["note"])
		if note == "" || len(note) > payback.MaxNote {
			return d.askNote(v, c, d.w("note.missing"))
		}
		done, err := d.c.DecideCase(ctx, v.Case.ID, c, note)
		return d.result(done, err, func() turn {
			return d.did(done, d.say2("payback.kind.decide"), d.say2("payback.choice."+string(c)), titleOf(v.Title))
		})
	})
	d.later(&t)
	return t
}

// claim shows a settlement line; the owner may contest it.
func (d *Desk) claim(ctx context.Context, id payback.LineID) turn {
	claims, err := d.c.Claims(ctx)
	if err != nil {
		return d.failed(err)
	}
	for _, v := range claims {
		if v.Line.ID != id {
			continue
		}
		t := d.ask("word.claim", titleOf(v.Title), join(d.say2("payback.state."+string(v.Line.State)), d.w("claim.by", "Day", d.day(v.Line.PayBy)), v.Line.Note))
		t.band.Amount = d.won(v.Line.Amount)
		t.panel = Panel{Head: d.say2("word.settlement"), Rows: rows(d.w("row.owed"), d.day(v.Line.OwedOn), d.w("row.price"), d.wonOr(v.Line.List),
			d.w("row.refunded"), d.won(v.Line.Refunded))}
		if v.Line.State == payback.LineOwed {
			t.choice(d.w("do.contest"), func(ctx context.Context, _ map[string]string) turn {
				return d.owner(ctx, func(context.Context) turn { return d.askContest(v, "") }, "")
			})
			t.band.Answers[0].Main = false
		}
		d.later(&t)
		return t
	}
	return d.attention(d.say2("word.settlement"), d.reason(payback.Reason{Key: "line_unknown"}), "")
}

func (d *Desk) askContest(v ClaimView, wrong string) turn {
	t := d.ask("word.claim", d.w("contest.why"), join(titleOf(v.Title), wrong))
	t.band.Fields = []Field{{Name: "note", Label: d.w("field.note"), Focus: true}}
	t.on("Enter", d.w("do.contest"), true, func(ctx context.Context, in map[string]string) turn {
		note := strings.TrimSpace(in["note"])
		if note == "" || len(note) > payback.MaxNote {
			return d.askContest(v, d.w("note.missing"))
		}
		done, err := d.c.Contest(ctx, v.Line.ID, note)
		return d.result(done, err, func() turn {
			return d.did(done, d.say2("payback.kind.contest"), d.w("contested.title"), titleOf(v.Title))
		})
	})
	d.later(&t)
	return t
}

// owner goes on as the owner: at once if that is who acts, else after a PIN.
func (d *Desk) owner(ctx context.Context, next func(context.Context) turn, wrong string) turn {
	if d.c.Actor().Role == payback.RoleOwner {
		return next(ctx)
	}
	if _, known, err := d.c.OwnerPIN(ctx, ""); err == nil && !known {
		return d.attention(d.say2("word.owner"), d.w("pin.none"), d.w("pin.none.why"))
	}
	t := d.ask("word.owner_pin", d.w("pin.ask"), wrong)
	t.band.Fields = []Field{{Name: "pin", Label: d.w("field.pin"), Focus: true, Digits: true, Secret: true}}
	if wrong != "" {
		t.band.Tone, t.sound = ToneOf(assets.StateNot), SoundNot
	}
	t.on("Enter", d.w("do.next"), true, func(ctx context.Context, in map[string]string) turn {
		ok, _, err := d.c.OwnerPIN(ctx, in["pin"])
		switch {
		case fault.CodeOf(err) == fault.Limited:
			return d.owner(ctx, next, Trouble(d.env.Words, err))
		case err != nil:
			return d.failed(err)
		case !ok:
			return d.owner(ctx, next, d.w("pin.wrong"))
		}
		was := d.c.Actor()
		d.c.SetActor(Actor{Role: payback.RoleOwner, By: was.By})
		return next(ctx)
	})
	d.later(&t)
	return t
}

// undo asks before it takes the last act back. A copy that the desk packed after
// its return is unpacked with it.
func (d *Desk) undo(ctx context.Context) turn {
	last, err := d.c.Last(ctx)
	if err != nil {
		return d.failed(err)
	}
	if last == nil {
		return d.attention(d.w("word.undo"), d.w("undo.nothing"), d.w("undo.nothing.why"))
	}
	t := d.ask("word.undo", d.w("undo.ask", "Act", d.say2("payback.kind."+string(last.Kind)), "Title", titleOf(last.Title)), d.who(last.Person, ""))
	if last.Kind == payback.KSell && last.Loan != nil && last.Loan.Kind == payback.ByCard {
		t.band.Why = join(t.band.Why, d.w("undo.card", "Approval", last.Loan.Approval))
	}
	t.row = rowOf(last.Ref)
	t.choice(d.w("do.undo"), func(ctx context.Context, _ map[string]string) turn {
		if !payback.NeedsOwner(last.Kind) {
			return d.undone(ctx, last)
		}
		return d.ownerOnce(ctx, func(ctx context.Context) turn { return d.undone(ctx, last) })
	})
	t.band.Answers[0].Main = false
	t.band.Answers = append(t.band.Answers, Answer{Key: "Esc", Word: d.w("do.leave_it")})
	return t
}

func (d *Desk) undone(ctx context.Context, last *Act) turn {
	if last.Kind == payback.KReturn && last.Loan != nil {
		v, err := d.c.LoanView(ctx, last.Loan.ID)
		if err == nil && v != nil && v.Copy != nil && v.Copy.State == payback.CopyInBox {
			if done, err := d.c.Unpack(ctx, last.Loan.ID); err != nil || !done.OK() {
				return d.result(done, err, nil)
			}
		}
	}
	done, err := d.c.Undo(ctx)
	return d.result(done, err, func() turn {
		why := join(titleOf(last.Title), d.who(last.Person, ""))
		if last.Kind == payback.KSell && last.Loan != nil && last.Loan.Kind == payback.ByCard {
			why = join(why, d.w("undo.card", "Approval", last.Loan.Approval))
		}
		return d.did(done, d.say2("payback.kind.reverse"), d.w("undone.title", "Act", d.say2("payback.kind."+string(last.Kind))), why)
	})
}

// kick exchanges with the server now. A question stays as it is.
func (d *Desk) kick(ctx context.Context) {
	if d.env.Kick != nil {
		d.env.Kick()
	}
	if d.cur.busy() {
		return
	}
	d.say(ctx, d.kicked(ctx))
}

// kicked says that an exchange was asked for.
func (d *Desk) kicked(ctx context.Context) turn {
	n, _, err := d.c.Waiting(ctx)
	if err != nil {
		return d.failed(err)
	}
	why := d.w("kick.none")
	if n > 0 {
		why = d.w("kick.some", "Count", num(n))
	}
	return turn{band: Band{Tone: ToneOf(assets.StateWill), Word: d.say2("word.outbox"), Title: d.w("kick.title"), Why: why}}
}

// leave shows what is unsent and the day's money before the program closes.
func (d *Desk) leave(ctx context.Context) turn {
	shop, err := d.c.Shop(ctx)
	if err != nil {
		return turn{quit: true} // nothing can be shown; what is recorded is durable
	}
	n, _, _ := d.c.Waiting(ctx)
	why := d.w("leave.sent")
	if n > 0 {
		why = d.w("leave.unsent", "Count", num(n))
	}
	t := d.ask("word.leave", d.w("leave.title"), why)
	t.leaving = true
	t.panel = Panel{Head: d.w("till.head"), Sub: d.day(shop.Today)}
	if till, err := d.c.Till(ctx, shop.Today); err == nil {
		for _, k := range []payback.PayKind{payback.ByCard, payback.ByCash, payback.ByLocal} {
			s, r := till.Sales[k], till.Refunds[k]
			if s.N+r.N > 0 {
				t.panel.Rows = append(t.panel.Rows, [2]string{d.say2("payback.pay." + string(k)),
					d.w("till.row", "Sales", d.won(s.Amount), "SoldCount", num(s.N), "Refunds", d.won(r.Amount), "RefundCount", num(r.N))})
			}
		}
	}
	t.choice(d.w("do.quit"), func(context.Context, map[string]string) turn { return turn{quit: true} })
	t.band.Answers[0].Main = false
	t.choice(d.say2("close.do"), func(ctx context.Context, _ map[string]string) turn {
		d.tab = TabClosing
		return d.closing(ctx)
	})
	t.band.Answers = append(t.band.Answers, Answer{Key: "Esc", Word: d.w("do.stay")})
	return t
}
