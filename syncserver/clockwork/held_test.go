package clockwork

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

func TestAnOpThatIsHeldForADayBecomesACaseOnceAndIsDoneAllTheSame(t *testing.T) {
	g := newRig(t)
	g.lend("q1", 0)
	results, err := g.ledger.Act(t.Context(), town, ledger.Actor{Role: payback.RoleClerk, By: "c1", Store: "s01"},
		&payback.RefundPaidOut{Loan: "c-q1", Payout: "p1", Amount: 15000, PayBy: payback.ByCard, Cancel: "7"})
	g.must(err)
	ref := results[0].Ref
	if results[0].Verdict != payback.Held {
		t.Fatalf("a refund before its return: %s", results[0].Verdict)
	}
	about := payback.CaseKey(payback.CaseID("held:" + payback.OverdueAct(ref.Run, ref.Wseq)))
	g.clock.Advance(heldFor - time.Millisecond)
	g.step()
	if c := row[*payback.Case](g, about); c != nil {
		t.Errorf("a case before a day is over: %+v", c)
	}
	g.clock.Advance(time.Millisecond)
	g.step()
	c := row[*payback.Case](g, about)
	if c == nil || c.Store != "s01" || c.Loan != "c-q1" || c.Other != ref || c.Reason.Key != "refund_before_return" {
		t.Fatalf("after a day the case is %+v", c)
	}
	before := g.ops()
	g.step()
	if n := g.ops(); n != before {
		t.Errorf("the next step asks again: %d ops more", n-before)
	}
	g.atStore(&payback.Return{Loan: "c-q1"})
	if r := row[*payback.Refund](g, payback.RefundKey("c-q1")); r == nil || r.State != payback.RefundPaid {
		t.Errorf("the return has come and the refund is %+v", r)
	}
	rep, err := g.ledger.Verify(t.Context(), town)
	g.must(err)
	if len(rep.Wrong) > 0 {
		t.Errorf("verify: %v", rep.Wrong)
	}
}

func TestWhatIsOverIsForgottenEachRound(t *testing.T) {
	g := newRig(t)
	g.c.Expired = g.db.DropExpired
	now := g.ledger.Now()
	g.must(g.db.PutSecret(t.Context(), town, db.Secret{Kind: "sign_in", Name: "old", Expires: now - 1}))
	g.must(g.db.PutSecret(t.Context(), town, db.Secret{Kind: "sign_in", Name: "new", Expires: now + 1}))
	ctx, cancel := context.WithCancel(t.Context())
	g.c.Pause = func(context.Context, time.Duration) error { cancel(); return ctx.Err() }
	if err := g.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"old": false, "new": true} {
		s, err := g.db.Secret(t.Context(), town, "sign_in", name)
		if g.must(err); (s != nil) != want {
			t.Errorf("%s: kept %v, want %v", name, s != nil, want)
		}
	}
}
