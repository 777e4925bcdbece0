package payback

import "testing"

func TestAClosedStoresPCStillTellsOfWhatWentToItsSuccessor(t *testing.T) {
	w := newWorld(t)
	w.lend()
	w.must(officer, &CloseStore{Store: "s1", To: "s2", Loans: []LoanID{"c1"}})
	w.must(pc1, &Return{Loan: "c1"})
	if l := w.loan("c1"); l.State != LoanReturned || l.Store != "s2" {
		t.Errorf("the loan is %+v, want returned at the successor", l)
	}
	w.sound()
}

func TestAnArrivalAtAnotherStoreIsItsStockAndNobodysCopy(t *testing.T) {
	w := newWorld(t)
	w.must(resident, place("r1", "p1", isbnA))
	w.must(pc1, &Order{Request: "r1", Assign: 1, ReadyBy: "2026-03-05"})
	before := w.stock("s2", isbnA).N
	w.do(pc3, &Arrive{Request: "r1", Assign: 1})
	if r := w.request("r1"); r.State != Ordered {
		t.Errorf("another store made the request %s", r.State)
	}
	if n := w.stock("s2", isbnA).N; n != before+1 {
		t.Errorf("stock of the store that the copy came to: %d", n)
	}
}

func TestAnOverdueOpOpensOneCaseAndOnlyWhileItIsHeld(t *testing.T) {
	w := newWorld(t)
	late := &Overdue{Run: "run", Wseq: 7, Why: why("refund_before_return")}
	if out := w.do(theServer, late); out.Verdict != Rejected {
		t.Fatalf("an op that nobody holds: %s", out.Verdict)
	}
	row := &VerdictRow{Store: "s1", Op: OpRef{Kind: KRefund, Run: "run", Wseq: 7}, Verdict: Held, Subject: RefundKey("c1")}
	w.put(row)
	if out := w.do(theServer, late); out.Verdict != InCase {
		t.Fatalf("a held op: %s", out.Verdict)
	}
	c := w.rows[CaseKey("held:overdue/run/7")].(*Case)
	if c.Store != "s1" || c.Loan != "c1" || c.Other != row.Op || c.Reason.Key != "refund_before_return" {
		t.Errorf("case %+v", c)
	}
	done := *row
	done.Verdict, done.Op.Wseq = Applied, 8
	w.put(&done)
	if out := w.do(theServer, &Overdue{Run: "run", Wseq: 8}); out.Verdict != Rejected {
		t.Errorf("an op that was applied meanwhile: %s", out.Verdict)
	}
}

// A clock that is years ahead, or a store that likes to lend for ever, must not hold
// slot and money for years.
func TestADueDayFarBeyondTheRuleIsTheRules(t *testing.T) {
	for late, kept := range map[int]bool{0: true, 91: true, 92: true, 93: false, 3000: false} {
		w := newWorld(t)
		w.must(resident, place("r1", "p1", isbnA))
		ruled := DueOn(w.env.Policies[0], nil, nil, DateOf(w.now, w.env.Zone))
		b := w.sale("c1", "r1")
		b.Due = ruled.Add(late)
		out := w.must(pc1, b)
		want := ruled
		if kept {
			want = b.Due
		}
		if got := w.loan("c1").Due; got != want || (out.Reason.Key == "due_too_late") == kept {
			t.Errorf("%d days beyond the rule: due %s (%s), want %s", late, got, out.Reason.Key, want)
		}
	}
}
