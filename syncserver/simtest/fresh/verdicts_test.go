package fresh

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/client/term"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// explained is what `counter explain` prints of an op.
func (p *pc) explained(lang string, op payback.OpRef) string {
	p.w.t.Helper()
	var out bytes.Buffer
	call := &term.Call{Ctx: p.w.t.Context(), Words: assets.NewSpeaker(lang), Out: &out, Err: &out,
		Open: func(context.Context) (*term.Parts, error) { return &term.Parts{Counter: p.desk, Sync: p.Syncer}, nil }}
	verb := term.ExplainVerb{Op: fmt.Sprintf("%s/%d", op.Run, op.Wseq)}
	p.w.must(verb.Run(call))
	return out.String()
}

// does records one act whatever this PC thinks of it, and returns its op.
func (p *pc) does(role payback.Role, b payback.Body) payback.OpRef {
	p.w.t.Helper()
	p.clock.Advance(3 * time.Second)
	done, no, err := p.db.Record(p.w.t.Context(), []db.Entry{{Body: b, Role: role, By: "c1"}}, nil)
	if err != nil || !no.None() {
		p.w.t.Fatalf("%s: %v %v", b.Kind(), no, err)
	}
	return done[0].Ref
}

// ordeal is one op that gets a verdict for real.
type ordeal struct {
	verdict payback.Verdict
	cause   payback.Kind  // of the op that it met; "" = none
	reason  string        // part of the sentence's key; "" = none is told
	op      payback.OpRef // the op, after do
	do      func(p, q *pc) payback.OpRef
}

func ordeals(w *town) []*ordeal {
	sale := func(p *pc, id string) payback.OpRef {
		p.sell(id)
		last, err := p.db.Own(w.t.Context(), 1, 0)
		w.must(err)
		return last[0].Ref
	}
	refund := func(id, payout string) payback.Body {
		return &payback.RefundPaidOut{Loan: payback.LoanID(id), Payout: payout, Amount: 14000, PayBy: payback.ByCash}
	}
	accept := func(id string) payback.Body {
		return &payback.Accept{Request: payback.RequestID("q-" + id), Assign: 1, Hold: 7}
	}
	return []*ordeal{
		{verdict: payback.Applied, do: func(p, _ *pc) payback.OpRef { return sale(p, "a") }},
		{verdict: payback.Duplicate, cause: payback.KAccept, do: func(p, q *pc) payback.OpRef {
			q.does(payback.RoleClerk, accept("b"))
			q.step()
			return p.does(payback.RoleClerk, accept("b"))
		}},
		{verdict: payback.Rejected, cause: payback.KCancel, reason: "x", do: func(p, _ *pc) payback.OpRef {
			done, err := w.l.Act(w.t.Context(), district, ledger.Actor{Role: payback.RoleResident, By: "r-c"}, &payback.Cancel{Request: "q-c"})
			w.must(err)
			if !done[0].Done() {
				w.t.Fatalf("cancel: %+v", done[0])
			}
			return p.does(payback.RoleClerk, accept("c"))
		}},
		{verdict: payback.InCase, cause: payback.KRefund, reason: "x", do: func(p, q *pc) payback.OpRef {
			sale(q, "d")
			q.does(payback.RoleClerk, &payback.Return{Loan: "d"})
			q.step()
			p.step()
			q.does(payback.RoleClerk, refund("d", "first"))
			q.step()
			return p.does(payback.RoleClerk, refund("d", "second"))
		}},
		{verdict: payback.Held, reason: "x", do: func(p, q *pc) payback.OpRef {
			sale(q, "e") // not sent yet
			return p.does(payback.RoleClerk, &payback.Return{Loan: "e"})
		}},
		{verdict: payback.Quarantined, reason: "x", do: func(p, _ *pc) payback.OpRef {
			return p.does(payback.RoleOfficer, &payback.Count{ISBN: isbnAt(1), N: 1, Source: "count", ID: "n"})
		}},
	}
}

// checkOrdeal says whether a PC knows the verdict and tells it with its cause.
func (p *pc) checkOrdeal(o *ordeal, whose string) {
	t := p.w.t
	t.Helper()
	a, err := p.db.Act(t.Context(), o.op.Run, o.op.Wseq)
	if err != nil || a == nil || a.Verdict != o.verdict || !a.Final || !a.Acked {
		t.Errorf("%s at the %s: %+v, %v", o.verdict, whose, a, err)
		return
	}
	if (a.Winner.Kind != o.cause && o.verdict != payback.InCase) || a.Reason.None() != (o.reason == "") {
		t.Errorf("%s at the %s: met %q because of %q", o.verdict, whose, a.Winner.Kind, a.Reason.Key)
	}
	for _, lang := range []string{"ko", "en"} {
		words, said := assets.NewSpeaker(lang), p.explained(lang, o.op)
		var want []string
		if o.verdict != payback.Applied {
			want = append(want, words.Say("payback.verdict."+string(o.verdict), nil))
		}
		if o.cause != "" {
			first, _, _ := strings.Cut(words.Say("term.winner", map[string]string{"Act": "|"}), "|")
			want = append(want, first, words.Say("payback.kind."+string(o.cause), nil))
		}
		if o.reason != "" {
			want = append(want, counter.Sentence(words, a.Reason))
		}
		for _, x := range want {
			if x == "" || !strings.Contains(said, x) {
				t.Errorf("%s at the %s in %s lacks %q:\n%s", o.verdict, whose, lang, x, said)
			}
		}
		if strings.Contains(said, "payback.") || strings.Contains(said, "<no value>") {
			t.Errorf("%s has no words in %s:\n%s", o.verdict, lang, said)
		}
	}
}

// Each verdict comes about between two real PCs and a real server. It is durable on
// the PC with the acknowledgement, told in words with the op that caused it, and a
// row that the store's other PC sees.
func TestEveryVerdictIsDurableToldAndSeenByTheOtherPC(t *testing.T) {
	w := identityTown(t)
	p, q := w.newPC(2), w.newPC(3)
	list := ordeals(w)
	for _, o := range list {
		o.op = o.do(p, q)
		w.cut = "/v1/pull"
		if _, err := p.Step(t.Context()); err == nil {
			t.Fatal("the pull was answered")
		}
		w.cut = ""
	}
	w.must(p.db.Close()) // nothing was pulled: the acknowledgement alone is there
	p = w.opens(p.dir, 4, false)
	for _, o := range list {
		p.checkOrdeal(o, "PC that did it")
	}
	p.step()
	for _, o := range list {
		p.checkOrdeal(o, "PC that did it, after its pull")
	}
	q2 := w.newPC(5) // a third PC of the store: it has nothing but rows
	for _, o := range list {
		q2.checkOrdeal(o, "other PC")
	}

	// The held one ends when what it waits for comes, and everybody is told.
	q.step()
	p.step()
	q2.step()
	for _, x := range []*pc{p, q, q2} {
		if a, err := x.db.Act(t.Context(), list[4].op.Run, list[4].op.Wseq); err != nil || a.Verdict != payback.Applied {
			t.Errorf("the held op is %+v, %v", a, err)
		}
	}
}
