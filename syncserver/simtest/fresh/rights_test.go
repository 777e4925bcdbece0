package fresh

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/api"
	"github.com/bookpayback/bookpayback/syncserver/clockwork"
	server "github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/notify"
)

// quietTexts sends no text.
type quietTexts struct{}

// Send is notify.Gateway.
func (quietTexts) Send(context.Context, notify.Text) error { return nil }

// pass lets time go by for everybody.
func (w *town) pass(d time.Duration, of ...*pc) {
	w.clock.Advance(d)
	for _, p := range of {
		p.clock.Advance(d)
	}
}

// works lets the server do what is due by time.
func (w *town) works() {
	w.t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	k := clockwork.New(clockwork.Config{Ledger: w.l, Districts: w.db.Districts, Log: quiet,
		Notifier: notify.New(notify.Config{Outbox: w.db, People: w.vault, Speaker: assets.NewSpeaker("ko"), Gateway: quietTexts{}, Now: w.l.Now, Log: quiet}),
		Seen: func(ctx context.Context, d payback.DistrictID, device payback.DeviceID) (int64, error) {
			return api.LastSeen(ctx, w.db, d, device)
		}})
	w.must(k.Step(w.t.Context(), district))
}

// twoPCs are a seller that has sold copies, and another PC of the store that has
// heard of them, three days on.
func twoPCs(t *testing.T, copies ...string) (w *town, seller, other *pc) {
	w = identityTown(t)
	seller, other = w.newPC(2), w.newPC(3)
	seller.sell(copies...)
	seller.step()
	other.step()
	w.pass(3*24*time.Hour, seller, other)
	return w, seller, other
}

// takes takes a loan's copy back.
func (p *pc) takes(loan string) {
	p.w.t.Helper()
	if done, err := p.desk.Return(p.w.t.Context(), payback.LoanID(loan)); err != nil || !done.OK() {
		p.w.t.Fatalf("return of %s: %+v, %v", loan, done, err)
	}
	p.clock.Advance(time.Second)
}

// pays gives the money back, and returns why it does not; "" if it did.
func (p *pc) pays(loan string, override bool) string {
	p.w.t.Helper()
	done, err := p.desk.Refund(p.w.t.Context(), counter.RefundIn{Loan: payback.LoanID(loan), Amount: 14000, Kind: payback.ByCash, Override: override})
	p.w.must(err)
	p.clock.Advance(time.Second)
	return done.Refused.Key
}

// promised returns the loans whose money this PC lists as due, with why it may not
// pay them.
func (p *pc) promised() map[string]string {
	p.w.t.Helper()
	out := map[string]string{}
	views, err := p.desk.Owed(p.w.t.Context())
	p.w.must(err)
	for _, v := range views {
		out[string(v.Loan.ID)] = v.Stop.Key
	}
	return out
}

// payouts says that a loan was paid once, and that each further payment is an
// incident with an open case.
func (w *town) payouts(loan string, further int) {
	w.t.Helper()
	r := row[*payback.Refund](w, payback.RefundKey(payback.LoanID(loan)))
	if r == nil || r.State != payback.RefundPaid {
		w.t.Errorf("the refund of %s is %+v", loan, r)
	}
	var paid, incidents int
	w.must(w.l.View(w.t.Context(), district, func(rd server.Reader) error {
		ops, err := rd.OpsAbout(payback.RefundKey(payback.LoanID(loan)), 100)
		for _, o := range ops {
			if o.Kind == payback.KRefund && o.Verdict != payback.Duplicate {
				paid++
			}
		}
		if err != nil {
			return err
		}
		rows, err := rd.Select(server.Select{Table: payback.TIncident})
		for _, x := range rows {
			if i := x.(*payback.Incident); string(i.Loan) == loan {
				incidents++
				if w.caseOf(rd, i.Case).State != payback.CaseOpen {
					w.t.Errorf("the incident of %s has no open case", loan)
				}
			}
		}
		return err
	}))
	if incidents != further || paid != 1+further {
		w.t.Errorf("%s: %d payouts and %d incidents, want %d and %d", loan, paid, incidents, 1+further, further)
	}
	rep, err := w.l.Verify(w.t.Context(), district)
	w.must(err)
	if len(rep.Wrong) > 0 {
		w.t.Errorf("verify: %v", rep.Wrong)
	}
}

func (w *town) caseOf(r server.Reader, id payback.CaseID) *payback.Case {
	found, err := r.Rows([]payback.Key{payback.CaseKey(id)})
	w.must(err)
	c, _ := found[payback.CaseKey(id)].Row.(*payback.Case)
	if c == nil {
		c = &payback.Case{}
	}
	return c
}

// overrides returns the store's open cases of an owner's override.
func (w *town) overrides() (n int) {
	w.t.Helper()
	w.must(w.l.View(w.t.Context(), district, func(r server.Reader) error {
		rows, err := r.Select(server.Select{Table: payback.TCase})
		for _, x := range rows {
			if c := x.(*payback.Case); c.Kind == payback.CaseOverride && c.State == payback.CaseOpen {
				n++
			}
		}
		return err
	}))
	return n
}

// DESIGN 4.8: a clean exit hands rights to the server, which grants them to an online
// PC of the store at the return scan.
func TestASellerThatWentHomeLeavesTheRightToThePCThatTakesTheBookBack(t *testing.T) {
	w, seller, other := twoPCs(t, "a", "b")
	if n, err := seller.HandBack(t.Context()); err != nil || n != 2 {
		t.Fatalf("handed back %d rights, %v; want 2", n, err)
	}
	w.must(seller.db.Close())
	w.pass(time.Hour, other)
	other.step()
	other.takes("a")
	other.step()
	if no := other.refund("a"); no != "" {
		t.Errorf("the PC that took the book back may not pay: %s", no)
	}
	if no := other.pays("a", false); no != "" {
		t.Errorf("no payout: %s", no)
	}
	other.step()
	w.payouts("a", 0)

	// The seller is there again the next morning and knows of it all.
	w.pass(12*time.Hour, other)
	seller = w.opens(seller.dir, 5, true)
	seller.step()
	if no := seller.pays("a", false); no != "refund_twice_stop" {
		t.Errorf("the seller pays what was paid: %q", no)
	}
	if no := seller.refund("b"); no == "" {
		t.Error("a right that was handed back is still there")
	}
	seller.takes("b") // it asks for the right by taking the book back, as any PC
	seller.step()
	if no := seller.pays("b", false); no != "" {
		t.Errorf("no payout at the seller's: %s", no)
	}
	seller.step()
	w.payouts("b", 0)
	if n := w.overrides(); n != 0 {
		t.Errorf("%d cases of an override", n)
	}
}

// DESIGN 4.8: only a cut-off holder leads to a promise of money, or an owner's limited
// override.
func TestASellerThatIsCutOffLeavesAPromiseOrTheOwnersOverride(t *testing.T) {
	w, seller, other := twoPCs(t, "a", "b", "c", "d")
	for _, id := range []string{"a", "b", "c", "d"} {
		other.takes(id)
	}
	other.step()
	w.works()
	other.step()
	for _, id := range []string{"a", "b", "c", "d"} {
		if no := other.pays(id, false); no != "refund_elsewhere" {
			t.Errorf("%s: a clerk pays without the right: %q", id, no)
		}
		if l := row[*payback.Loan](w, payback.LoanKey(payback.LoanID(id))); l.State != payback.LoanReturned {
			t.Errorf("%s: the return does not count: %s", id, l.State)
		}
	}
	if got := other.promised(); len(got) != 4 || got["a"] != "refund_elsewhere" {
		t.Errorf("promised: %v", got)
	}
	if no := other.pays("a", true); no != string(counter.ReasonOwnerOnly) {
		t.Errorf("a clerk overrides: %q", no)
	}
	other.desk.SetActor(counter.Actor{Role: payback.RoleOwner, By: "o1"})
	limit := payback.DefaultPolicy().OverrideADay
	for i, id := range []string{"a", "b", "c"} {
		want := ""
		if i >= limit {
			want = string(counter.ReasonOverrides)
		}
		if no := other.pays(id, true); no != want {
			t.Errorf("override %d of %d a day: %q, want %q", i+1, limit, no, want)
		}
	}
	other.step()
	if n := w.overrides(); n != limit {
		t.Errorf("%d cases of overrides, want %d", n, limit)
	}

	// Meanwhile the seller, who hears nothing, takes the number for the book and pays: twice.
	seller.takes("a")
	if no := seller.pays("a", false); no != "" {
		t.Fatalf("the holder of the right may not pay offline: %s", no)
	}
	seller.step() // it is back
	seller.step()
	other.step()
	w.payouts("a", 1)
	w.payouts("b", 0)
	if no := seller.pays("b", false); no != "refund_twice_stop" {
		t.Errorf("the seller pays what the owner has paid: %q", no)
	}
	if got := seller.promised(); len(got) != 2 || got["c"] != "" || got["d"] != "" {
		t.Errorf("what was promised and the seller may pay now: %v", got)
	}
	for _, id := range []string{"c", "d"} {
		if no := seller.pays(id, false); no != "" {
			t.Errorf("the promise of %s is not kept: %s", id, no)
		}
	}
	seller.step()
	other.step()
	w.payouts("c", 0)
	w.payouts("d", 0)
	if got := other.promised(); len(got) != 0 {
		t.Errorf("still promised: %v", got)
	}
	if no := other.pays("d", true); no != "refund_twice_stop" {
		t.Errorf("the owner pays once more: %q", no)
	}
}

// DESIGN 4.8: a crashed seller that is revoked has no rights; the server gives them on.
func TestARevokedSellersRightsGoToThePCThatIsThere(t *testing.T) {
	w, seller, other := twoPCs(t, "a", "b")
	gone := seller.device().ID
	w.must(seller.db.Close()) // crashed
	other.takes("a")
	other.step()
	if no := other.pays("a", false); no != "refund_elsewhere" {
		t.Errorf("before the revocation: %q", no)
	}
	w.officer(&payback.Revoke{Device: gone, Loans: []payback.LoanID{"a", "b"}})
	for _, id := range []payback.LoanID{"a", "b"} {
		if l := row[*payback.Loan](w, payback.LoanKey(id)); l.Right != payback.RightServer {
			t.Errorf("%s: the right of a revoked PC is with %s", id, l.Right)
		}
	}
	other.step()
	w.works()
	other.step()
	if no := other.pays("a", false); no != "" {
		t.Errorf("the right does not come to the PC that is there: %s", no)
	}
	other.takes("b")
	other.step()
	if no := other.pays("b", false); no != "" {
		t.Errorf("nor by the return scan: %s", no)
	}
	other.step()
	w.payouts("a", 0)
	w.payouts("b", 0)
}
