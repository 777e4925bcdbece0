package counter

import (
	"context"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// openRow shows what a row of the list is about. The row's id says what it is.
func (d *Desk) openRow(ctx context.Context, id string) turn {
	what, rest, _ := strings.Cut(id, "/")
	switch what {
	case "req":
		return d.request(ctx, payback.RequestID(rest))
	case "loan":
		return d.loanRow(ctx, payback.LoanID(rest))
	case "owed":
		return d.refund(ctx, payback.LoanID(rest), nil)
	case "copy":
		return d.copyRow(ctx, payback.CopyID(rest))
	case "case":
		return d.caseOf(ctx, payback.CaseID(rest))
	case "box":
		return d.box(ctx, payback.TransferID(rest))
	case "set":
		return d.setting(ctx, rest, "")
	case "clerk":
		return d.clerkTurn(ctx, payback.ClerkID(rest))
	case "hours":
		return d.hoursRow(ctx, rest)
	case "till":
		return d.cur
	case "line":
		return d.claim(ctx, payback.LineID(rest))
	case "op":
		return d.explain(ctx, rest)
	case "found":
		return d.openFound(ctx, id)
	case "open":
		for _, o := range d.open {
			if o.id == id {
				return d.takeUp(ctx, o)
			}
		}
	}
	return turn{}
}

// takeUp asks a question again that was left open. One that has settled itself
// meanwhile leaves the list. Nothing is done by it: nobody holds the copy now.
func (d *Desk) takeUp(ctx context.Context, o openTurn) turn {
	f, err := d.c.Find(ctx, o.code)
	if err != nil {
		return d.failed(err)
	}
	var t turn
	switch todo := actable(f.Matches); {
	case len(todo) == 1 && (todo[0].Kind == MatchPlaced || todo[0].Kind == MatchOrdered):
		t = d.request(ctx, todo[0].Request.ID)
	case len(todo) == 1 && todo[0].Kind == MatchPack:
		t = d.copyRow(ctx, todo[0].Loan.ID)
	default:
		t = d.found(ctx, o.code)
	}
	if t.parked == "" {
		d.settled(o.id)
	} else {
		t.from = o.id
	}
	return t
}

// loanRow is a copy that was left, or refused and not fetched.
func (d *Desk) loanRow(ctx context.Context, id payback.LoanID) turn {
	v, err := d.c.LoanView(ctx, id)
	if err != nil {
		return d.failed(err)
	}
	if v == nil {
		return d.refused(payback.Reason{Key: "loan_unknown"})
	}
	m := Match{Kind: MatchFinished, Loan: v.Loan, Refund: v.Refund, Copy: v.Copy, Title: v.Title, Person: v.Person}
	switch v.Loan.State {
	case payback.LoanLeft:
		m.Kind = MatchLeft
	case payback.LoanRefused:
		m.Kind = MatchRefused
	}
	t := d.matched(ctx, scan.Code{}, m)
	t.sound = Silent
	return t
}

// copyRow is a returned copy in no box.
func (d *Desk) copyRow(ctx context.Context, id payback.CopyID) turn {
	v, err := d.c.LoanView(ctx, id)
	if err != nil {
		return d.failed(err)
	}
	if v == nil {
		return d.refused(payback.Reason{Key: "copy_unknown"})
	}
	t := d.ask("word.box", titleOf(v.Title), d.w("loose.why"))
	t.panel = d.boxPanel(ctx, id, d.loanPanel(ctx, v.Loan, v.Title))
	if t.panel.Label.Number != "" {
		t.choice(d.w("do.pack"), func(ctx context.Context, _ map[string]string) turn { return d.pack(ctx, id) })
	}
	d.later(&t)
	return t
}

// explain says what became of an act, and offers what is still to be done.
func (d *Desk) explain(ctx context.Context, id string) turn {
	run, n, _ := strings.Cut(id, "/")
	wseq, err := strconv.ParseUint(n, 10, 64)
	if err != nil {
		return turn{}
	}
	x, err := d.c.Explain(ctx, payback.RunID(run), wseq)
	if err != nil {
		return d.failed(err)
	}
	if !x.Found {
		return d.attention(d.w("word.done"), d.w("explain.none"), "")
	}
	shop, err := d.c.Shop(ctx)
	if err != nil {
		return d.failed(err)
	}
	a := x.Act
	t := turn{band: Band{Tone: explainTone(a), Word: d.say2("payback.kind." + string(a.Kind)), Title: titleOf(a.Title), Why: d.explainWhy(x, shop)}, row: rowOf(a.Ref)}
	if a.Loan != nil {
		t.panel = d.loanPanel(ctx, a.Loan, a.Title)
		if v, err := d.c.LoanView(ctx, a.Loan.ID); err == nil && v != nil && v.Refund != nil && v.Refund.State == payback.RefundDue {
			t.choice(d.w("do.refund"), func(ctx context.Context, _ map[string]string) turn { return d.refund(ctx, a.Loan.ID, nil) })
		}
	}
	if len(x.Story) > 1 {
		t.panel.Lines = append(t.panel.Lines, PanelLine{Head: true, Text: d.w("story")})
		for _, s := range x.Story {
			t.panel.Lines = append(t.panel.Lines, PanelLine{Text: d.when(s.At, shop) + " " + d.say2("payback.kind."+string(s.Kind))})
		}
	}
	if a.Own {
		t.choice(d.w("do.raw"), func(ctx context.Context, _ map[string]string) turn { return d.rawOf(ctx, t, a) })
		t.band.Answers[len(t.band.Answers)-1].Main = false
	}
	return t
}

func explainTone(a Act) Tone {
	switch {
	case a.Verdict == payback.Rejected || a.Verdict == payback.Quarantined:
		return ToneOf(assets.StateNot)
	case a.Verdict == payback.InCase || a.Verdict == payback.Held:
		return ToneOf(assets.StateDecide)
	case a.Acked:
		return ToneOf(assets.StateSent)
	}
	return ToneOf(assets.StateWill)
}

func (d *Desk) explainWhy(x Explanation, shop Shop) string {
	a := x.Act
	sent := d.sentWord(x.Sync, a)
	verdict := ""
	if a.Verdict != payback.Applied && a.Verdict != "" {
		verdict = d.say2("payback.verdict." + string(a.Verdict))
	}
	winner := ""
	if x.Winner != nil {
		winner = d.w("explain.winner", "When", d.when(x.Winner.At, shop), "Act", d.say2("payback.kind."+string(x.Winner.Kind)))
	}
	struck := ""
	if a.Struck && a.Verdict != payback.Rejected {
		struck = d.say2("payback.kind.reverse")
	}
	return join(d.when(a.At, shop), d.who(a.Person, ""), sent, verdict, d.reason(a.Reason), winner, struck)
}
