package clockwork

import (
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

func TestARefusedCopyThatNobodyFetchesIsTheStores(t *testing.T) {
	g := newRig(t)
	g.lend("q1", 0)
	g.atStore(&payback.Leave{Loan: "c-q1", Faults: []string{"wet"}})
	g.act(ledger.Actor{Role: payback.RoleOfficer, By: "o1"}, &payback.Rule{Loan: "c-q1", Note: "wet through"})
	g.days(payback.DefaultPolicy().FetchDays)
	if s := g.loan("q1").State; s != payback.LoanRefused {
		t.Fatalf("on its last day the loan is %s", s)
	}
	g.days(1)
	c := row[*payback.Copy](g, payback.CopyKey("c-q1"))
	if l := g.loan("q1"); l.State != payback.LoanGivenUp || c.State != payback.CopyGivenUp || g.told("given_up") != 1 {
		t.Fatalf("loan %s, copy %s, told %d times", l.State, c.State, g.told("given_up"))
	}
	before := g.ops()
	g.step()
	if n := g.ops(); n != before {
		t.Errorf("the next step writes %d ops", n-before)
	}
	g.atStore(&payback.GiveBack{Loan: "c-q1"}) // late, and the store had it still
	c = row[*payback.Copy](g, payback.CopyKey("c-q1"))
	if l := g.loan("q1"); l.State != payback.LoanKept || c.State != payback.CopyGiven {
		t.Errorf("fetched late: loan %s, copy %s", l.State, c.State)
	}
	g.sound()
}

func TestASaleByANumberThatNeverAppearsIsSomebodysToDecideAfterAWeek(t *testing.T) {
	g := newRig(t)
	sell := &payback.Sell{Copy: "c-q1", Number: "0777", ISBN: novel, Paid: 15000, List: 15000, PayBy: payback.ByCard, Due: g.today().Add(21)}
	g.atStore(sell)
	g.days(payback.DefaultPolicy().UnmatchedDays)
	if l := g.loan("q1"); l.Block != "" || !l.Waits {
		t.Fatalf("a case before a week is over: %+v", l)
	}
	g.days(1)
	l := g.loan("q1")
	c := row[*payback.Case](g, payback.CaseKey(l.Block))
	if c == nil || c.Kind != payback.CaseWalkIn || c.Loan != "c-q1" || c.Store != "s01" || c.Reason.Key != "number_unknown" {
		t.Fatalf("after a week the case is %+v", c)
	}
	before := g.ops()
	g.step()
	if n := g.ops(); n != before {
		t.Errorf("the next step asks again: %d ops more", n-before)
	}
	g.sound()
}

func TestASaleByNumberThatWasMatchedIsAskedAboutByNobody(t *testing.T) {
	g := newRig(t)
	g.place("q1", 0)
	g.atStore(&payback.Accept{Request: "q1", Assign: 1})
	g.atStore(&payback.Sell{Copy: "c-q1", Number: g.request("q1").Number, ISBN: novel, Paid: 15000, List: 15000, PayBy: payback.ByCard, Due: g.today().Add(21)})
	g.days(payback.DefaultPolicy().UnmatchedDays + 2)
	if l := g.loan("q1"); l.Request != "q1" || l.Block != "" {
		t.Errorf("%+v", l)
	}
	g.sound()
}

// sound checks the whole district.
func (g *rig) sound() {
	g.t.Helper()
	rep, err := g.ledger.Verify(g.t.Context(), town)
	g.must(err)
	if len(rep.Wrong) > 0 {
		g.t.Errorf("verify: %v", rep.Wrong)
	}
}
