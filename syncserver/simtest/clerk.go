package simtest

import (
	"fmt"

	"github.com/bookpayback/bookpayback/client/counter"
	cdb "github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// did notes what became of a clerk's act.
func (p *pc) did(what string, done counter.Done, err error) {
	if err != nil {
		p.failed(what, err)
		return
	}
	p.s.note("%s: %s %s %s", p.name, what, done.Verdict, done.Refused.Key)
	if done.OK() && done.Ref.Run != "" {
		p.recorded(done)
	}
	p.failed(what, nil)
}

// clerk lets somebody at the counter do something.
func (p *pc) clerk() {
	p.desk.SetActor(counter.Actor{Role: payback.RoleClerk, By: p.s.c.Sabotage.clerk()})
	switch n := p.s.rnd.IntN(100); {
	case n < 28:
		p.answer()
	case n < 50:
		p.sell()
	case n < 66:
		p.takeBack()
	case n < 80:
		p.refund()
	case n < 88:
		p.box()
	case n < 92:
		done, err := p.desk.CountStock(p.s.ctx, pick(p.s, p.s.town.isbns), 1+p.s.rnd.IntN(4), p.s.odds(2), counter.SourceCount)
		p.did("count", done, err)
	case n < 96:
		done, err := p.desk.Undo(p.s.ctx)
		p.did("undo", done, err)
	case n < 98:
		p.oddOp()
	default:
		p.exit()
	}
}

// requests returns what this counter sees in given states.
func (p *pc) requests(states ...payback.State) []*payback.Request {
	rs, err := p.db.Requests(p.s.ctx, cdb.RequestFilter{States: states})
	p.failed("list of requests", err)
	return rs
}

func (p *pc) loans(states ...payback.State) []*payback.Loan {
	ls, err := p.db.Loans(p.s.ctx, cdb.LoanFilter{States: states})
	p.failed("list of loans", err)
	return ls
}

func (p *pc) answer() {
	open := p.requests(payback.Placed, payback.Ordered, payback.Accepted)
	if len(open) == 0 {
		return
	}
	r := pick(p.s, open)
	switch n := p.s.rnd.IntN(10); {
	case r.State == payback.Ordered:
		done, err := p.desk.Arrive(p.s.ctx, r.ID, 0, 0)
		p.did("arrive", done, err)
	case n < 6 && r.State == payback.Placed:
		done, err := p.desk.Accept(p.s.ctx, counter.AcceptIn{Request: r.ID})
		p.did("accept", done, err)
	case n < 7 && r.State == payback.Placed:
		done, err := p.desk.Order(p.s.ctx, r.ID, payback.Date(p.s.now.AddDate(0, 0, 4).Format("2006-01-02")))
		p.did("order", done, err)
	case n < 9:
		done, err := p.desk.Decline(p.s.ctx, r.ID, pick(p.s, payback.DeclineReasons()))
		p.did("decline", done, err)
	default:
		done, err := p.desk.Cancel(p.s.ctx, r.ID)
		p.did("cancel", done, err)
	}
}

var payKinds = []payback.PayKind{payback.ByCard, payback.ByCash}

func (p *pc) sell() {
	waiting := p.requests(payback.Accepted, payback.Ready)
	if !p.up {
		return
	}
	in := counter.SellIn{Kind: pick(p.s, payKinds), Seen: true}
	if in.Kind == payback.ByCard {
		in.Approval = fmt.Sprint(10_000_000 + p.s.rnd.IntN(1_000_000))
	}
	switch {
	case len(waiting) > 0 && !p.s.odds(6):
		r := pick(p.s, waiting)
		in.Request, in.Paid = r.ID, r.Price
	case p.s.odds(3):
		in.ISBN, in.Number = pick(p.s, p.s.town.isbns), fmt.Sprintf("%04d", 1+p.s.rnd.IntN(30))
	default:
		in.ISBN, in.Card = pick(p.s, p.s.town.isbns), card(p.s.rnd.IntN(residents))
	}
	if in.Request == "" {
		t, err := p.desk.Terms(p.s.ctx, "", in.ISBN)
		if p.failed("terms", err) || t.Price == 0 {
			return
		}
		in.Paid = t.Price
	}
	done, err := p.desk.Sell(p.s.ctx, in)
	p.did("sell", done, err)
}

func (p *pc) takeBack() {
	out := p.loans(payback.LoanOut, payback.LoanOut, payback.LoanLeft)
	if len(out) == 0 {
		return
	}
	l := pick(p.s, out)
	switch n := p.s.rnd.IntN(10); {
	case n < 8:
		done, err := p.desk.Return(p.s.ctx, l.ID)
		p.did("return", done, err)
		if done.OK() && err == nil && p.up && p.s.odds(3) {
			p.pay(l.ID, p.s.odds(4))
		}
	case n < 9:
		done, err := p.desk.Leave(p.s.ctx, l.ID, []string{pick(p.s, payback.Faults())})
		p.did("leave", done, err)
	default:
		done, err := p.desk.Keep(p.s.ctx, l.ID)
		p.did("keep", done, err)
	}
}

// refund pays a refund that is due.
func (p *pc) refund() {
	due, err := p.db.Refunds(p.s.ctx, payback.RefundDue)
	if p.failed("list of refunds", err) || len(due) == 0 {
		return
	}
	p.pay(pick(p.s, due).Loan, p.s.odds(4))
}

// pay pays a refund, by the right to or by the owner's override.
func (p *pc) pay(id payback.LoanID, override bool) {
	row, err := p.db.Row(p.s.ctx, payback.RefundKey(id))
	r, ok := row.(*payback.Refund)
	if p.failed("reading a refund", err) || !ok {
		return
	}
	in := counter.RefundIn{Loan: id, Amount: r.Amount, Kind: r.Kind}
	if in.Kind == payback.ByCard {
		in.Cancel = fmt.Sprint(20_000_000 + p.s.rnd.IntN(1_000_000))
	}
	if override {
		p.desk.SetActor(counter.Actor{Role: payback.RoleOwner, By: "owner"})
		in.Override = true
	}
	done, err := p.desk.Refund(p.s.ctx, in)
	p.did("refund", done, err)
}

func (p *pc) box() {
	back, err := p.db.Copies(p.s.ctx, payback.CopyAtStore)
	if p.failed("list of copies", err) {
		return
	}
	open, err := p.db.Transfers(p.s.ctx, payback.TransferOpen, payback.TransferClosed)
	if p.failed("list of boxes", err) {
		return
	}
	switch {
	case len(back) > 0 && !p.s.odds(4):
		done, err := p.desk.Pack(p.s.ctx, pick(p.s, back).ID)
		p.did("pack", done, err)
	case len(open) > 0 && p.s.odds(3):
		done, err := p.desk.CloseBox(p.s.ctx, pick(p.s, open).ID)
		p.did("close box", done, err)
	case len(open) > 0:
		done, err := p.desk.HandOver(p.s.ctx, pick(p.s, open).ID, "taker1")
		p.did("hand over", done, err)
	}
}

// odd is a body that reads as nothing a server knows, as a broken or newer counter
// may send.
type odd struct{ payback.Body }

// MarshalJSON hides the body that it is built on.
func (odd) MarshalJSON() ([]byte, error) { return []byte(`{"isbn":"unknown"}`), nil }

// oddOp records an op that the server can't read: it must not stop the others.
func (p *pc) oddOp() {
	body := odd{&payback.Count{ISBN: p.s.town.isbns[0], N: 1, Source: "count", ID: p.s.town.id("odd")}}
	done, _, err := p.db.Record(p.s.ctx, []cdb.Entry{{Body: body, Role: payback.RoleClerk}}, nil)
	if p.failed("odd op", err) || len(done) == 0 {
		return
	}
	p.s.faulted("odd op")
	p.did("odd op", counter.Done{Ref: done[0].Ref, Verdict: done[0].Outcome.Verdict}, nil)
}

// exit ends the program cleanly and starts it again.
func (p *pc) exit() {
	var n int
	var err error
	p.talk(func() { n, err = p.sync.HandBack(p.s.ctx) })
	p.s.note("%s: exit, %d rights handed back, %t", p.name, n, err == nil)
	if (p.disk.Dead() || p.disk.Injected() > p.injected) && p.failed("exit", err) {
		return
	}
	p.heard()
	p.shut()
	p.s.note("%s: closed", p.name)
}
