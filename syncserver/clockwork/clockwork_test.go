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

func TestASilentStoreIsAskedOnceAfterOneWorkingDay(t *testing.T) {
	g := newRig(t)
	g.place("q1", 0)
	g.days(1) // Tuesday: the store still has today
	if g.request("q1").Asked {
		t.Error("asked too early")
	}
	g.days(1)
	g.step()
	if !g.request("q1").Asked || g.told("store_silent") != 1 {
		t.Errorf("asked %v, told %d times", g.request("q1").Asked, g.told("store_silent"))
	}
}

func TestRequestsEndWhenTheirLastDayIsOver(t *testing.T) {
	g := newRig(t)
	g.place("q1", 0)
	g.place("q2", 1)
	g.place("q3", 2)
	g.atStore(&payback.Accept{Request: "q2", Assign: 1}, &payback.Decline{Request: "q3", Assign: 1, From: payback.Placed, Reason: payback.DeclineNotOnShelf})
	want := func(q1, q2, q3 payback.State) {
		t.Helper()
		if a, b, c := g.request("q1").State, g.request("q2").State, g.request("q3").State; a != q1 || b != q2 || c != q3 {
			t.Errorf("%s: %s %s %s, want %s %s %s", g.today(), a, b, c, q1, q2, q3)
		}
	}
	g.days(3)
	want(payback.Placed, payback.Accepted, payback.Declined)
	g.days(1)
	want(payback.Placed, payback.Accepted, payback.Expired)
	g.days(3)
	want(payback.Placed, payback.Accepted, payback.Expired)
	g.days(1)
	want(payback.Expired, payback.NoShow, payback.Expired)
	if g.told("expired") != 2 || g.told("no_show") != 1 {
		t.Errorf("%d expired, %d no-show told", g.told("expired"), g.told("no_show"))
	}
	if no := g.refusals(); len(no) > 0 {
		t.Errorf("refused: %v", no)
	}
}

func TestAnOrderThatNeverComesIsItsResidentsToMove(t *testing.T) {
	g := newRig(t)
	g.place("q1", 0)
	ready := g.today().Add(2)
	g.atStore(&payback.Order{Request: "q1", Assign: 1, ReadyBy: ready})
	g.days(2 + payback.DefaultPolicy().OrderDays)
	if q := g.request("q1"); q.State != payback.Ordered {
		t.Fatalf("on its last day the request is %s", q.State)
	}
	g.days(1)
	q := g.request("q1")
	if q.State != payback.Declined || q.Reason != payback.DeclineNoSupply || q.Slot == 0 || q.Reserved == 0 || g.told("declined") != 1 {
		t.Fatalf("%+v, told %d times", q, g.told("declined"))
	}
	g.atStore(&payback.Arrive{Request: "q1", Assign: 1}) // and then it comes: the store has one more, and is told
	if q := g.request("q1"); q.State != payback.Declined {
		t.Errorf("%+v", q)
	}
	g.sound()
}

func TestAStepWithNothingDueWritesNothing(t *testing.T) {
	g := newRig(t)
	g.place("q1", 0)
	g.lend("q2", 1)
	before := g.ops()
	for range 3 {
		g.step()
	}
	if g.ops() != before {
		t.Errorf("%d ops, then %d", before, g.ops())
	}
}

func TestAFreedOfferGoesToTheNextInLine(t *testing.T) {
	g := newRig(t)
	for i, id := range []string{"q1", "q2", "q3"} { // the cap of other titles
		g.place(id, i)
	}
	for i, id := range []payback.ReservationID{"v1", "v2"} {
		who := g.people[3+i]
		g.act(ledger.Actor{Role: payback.RoleResident, By: string(who)}, &payback.Reserve{Reservation: id, Resident: who, ISBN: novel, Stores: []payback.StoreID{"s01"}})
	}
	state := func(id payback.ReservationID) payback.State {
		return row[*payback.Reservation](g, payback.ReservationKey(id)).State
	}
	g.act(ledger.Actor{Role: payback.RoleResident, By: string(g.people[0])}, &payback.Cancel{Request: "q1"})
	if state("v1") != payback.Offered || state("v2") != payback.Waiting {
		t.Fatal(state("v1"), state("v2"))
	}
	g.days(2)
	if state("v1") != payback.Offered {
		t.Error("the offer ended on its last day")
	}
	g.days(1)
	if state("v1") != payback.Ended || state("v2") != payback.Offered {
		t.Error(state("v1"), state("v2"))
	}
	g.step()
	if g.told("offered") != 2 || g.told("wait_over") != 1 {
		t.Errorf("%d offered, %d over", g.told("offered"), g.told("wait_over"))
	}
}

func TestMoneyThatComesBackPromotesAndNothingIsTriedWithoutIt(t *testing.T) {
	g := newRig(t)
	policy := func(from payback.Date, other int, budget payback.Won) {
		p := payback.DefaultPolicy()
		p.From, p.CapOther, p.BudgetYear = from, other, budget
		g.put(&payback.PolicyRow{Policy: p})
	}
	policy("2026-11-01", 1, 15000)
	g.place("q1", 0)
	who := g.people[1]
	g.act(ledger.Actor{Role: payback.RoleResident, By: string(who)}, &payback.Reserve{Reservation: "v1", Resident: who, ISBN: novel, Stores: []payback.StoreID{"s01"}})
	policy("2026-11-01", 3, 15000) // slots now, but no money
	before := g.ops()
	g.step()
	if g.ops() != before {
		t.Errorf("tried without money: %v", g.refusals())
	}
	policy("2026-11-01", 3, 30000)
	g.step()
	g.step()
	if v := row[*payback.Reservation](g, payback.ReservationKey("v1")); v.State != payback.Offered {
		t.Errorf("%+v, refused: %v", v, g.refusals())
	}
}

func TestALeftCopyIsRefundedWhenTheOfficeDoesNotDecide(t *testing.T) {
	g := newRig(t)
	g.lend("q1", 0)
	g.atStore(&payback.Leave{Loan: "c-q1", Faults: []string{payback.FaultWet}})
	g.days(7)
	if g.loan("q1").State != payback.LoanLeft {
		t.Error("ruled on its last day")
	}
	g.days(1)
	if g.loan("q1").State != payback.LoanReturned || g.told("returned") != 1 {
		t.Errorf("%s, told %d times", g.loan("q1").State, g.told("returned"))
	}
}

func TestALoanIsKeptSoManyDaysAfterItsDueDay(t *testing.T) {
	g := newRig(t)
	g.lend("q1", 0)
	g.days(21 + 14)
	if g.loan("q1").State != payback.LoanOut {
		t.Error("kept on the last day")
	}
	g.days(1)
	if g.loan("q1").State != payback.LoanKept || g.told("kept") != 1 {
		t.Errorf("%s, told %d times", g.loan("q1").State, g.told("kept"))
	}
}

func TestKeepingWaitsForAStoreThatIsCutOff(t *testing.T) {
	for name, c := range map[string]struct {
		heard time.Duration // before the day on which the loan would be kept
		kept  int           // days after due when it is
	}{"heard of today": {time.Hour, 15}, "silent for two days": {48 * time.Hour, 29}} {
		g := newRig(t)
		g.lend("q1", 0)
		g.act(ledger.Actor{Role: payback.RoleOfficer, By: "o1"}, &payback.MakeEnrolCode{Hash: "h1", Store: "s01", Label: "PC 1", Expires: g.ledger.Now() + 1000})
		key := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		g.act(ledger.Actor{Role: payback.RoleDevice, Store: "s01"}, &payback.Enrol{Device: "d1", Hash: "h1", PublicKey: key})
		g.seen = g.ledger.Now() + (36*24*time.Hour - c.heard).Milliseconds()
		g.days(21 + c.kept - 1)
		if g.loan("q1").State != payback.LoanOut {
			t.Errorf("%s: kept too early", name)
		}
		g.days(1)
		if g.loan("q1").State != payback.LoanKept {
			t.Errorf("%s: %s", name, g.loan("q1").State)
		}
	}
}

func TestResidentsAreRemindedThreeDaysAndOneDayBefore(t *testing.T) {
	g := newRig(t)
	g.lend("q1", 0)
	for day := 1; day <= 22; day++ {
		g.days(1)
		g.step()
		want := map[bool]int{day >= 18: 1}[true] + map[bool]int{day >= 20: 1}[true]
		if got := g.told("remind"); got != want {
			t.Errorf("day %d: %d reminders, want %d", day, got, want)
		}
	}
}

func TestAReminderAfterAStandstillIsNotDoubled(t *testing.T) {
	g := newRig(t)
	g.lend("q1", 0)
	g.days(20)
	if got := g.told("remind"); got != 1 {
		t.Errorf("%d reminders", got)
	}
}

func TestRemindersWaitForTheMorning(t *testing.T) {
	g := newRig(t)
	g.lend("q1", 0)
	zone, _ := time.LoadLocation("Asia/Seoul")
	g.clock.SetWall(time.Date(2026, 12, 11, 9, 59, 0, 0, zone))
	g.step()
	if got := g.told("remind"); got != 0 {
		t.Errorf("%d reminders before ten", got)
	}
	g.clock.Advance(time.Minute)
	g.step()
	if got := g.told("remind"); got != 1 {
		t.Errorf("%d reminders at ten", got)
	}
}

func TestTwoServersAtOneMomentDoOneAct(t *testing.T) {
	g := newRig(t)
	g.place("q1", 0)
	g.clock.Advance(9 * 24 * time.Hour)
	m := moment{now: g.ledger.Now(), today: g.today(), zone: time.UTC, policy: payback.DefaultPolicy()}
	var due []payback.Body
	g.view(func(r db.Reader) (err error) { due, err = expire(r, m); return err })
	for _, b := range append(due, due...) {
		if _, err := g.ledger.Act(t.Context(), town, ledger.Actor{}, b); err != nil {
			t.Fatal(err)
		}
	}
	if len(due) != 1 || g.request("q1").State != payback.Expired {
		t.Errorf("%d due, %s", len(due), g.request("q1").State)
	}
}

func TestRunGoesOnUntilItIsStopped(t *testing.T) {
	g := newRig(t)
	g.place("q1", 0)
	ctx, stop := context.WithCancel(t.Context())
	rounds := 0
	g.c.Pause = func(ctx context.Context, _ time.Duration) error {
		if rounds++; rounds == 9 {
			stop()
		}
		g.clock.Advance(24 * time.Hour)
		return ctx.Err()
	}
	if err := g.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if g.request("q1").State != payback.Expired {
		t.Error(g.request("q1").State)
	}
}
