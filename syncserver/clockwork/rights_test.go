package clockwork

import (
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// pc is a PC with a run of one op after another.
type pc struct {
	ledger.Device
	key  keys.Key
	wseq uint64
	hash syncproto.Hash
}

func (g *rig) enrol(id payback.DeviceID) *pc {
	g.t.Helper()
	key, err := keys.Generate(rand.Reader)
	g.must(err)
	g.act(ledger.Actor{Role: payback.RoleOfficer, By: "o1"}, &payback.MakeEnrolCode{Hash: "h" + string(id), Store: "s01", Expires: g.ledger.Now() + 1000})
	g.act(ledger.Actor{Role: payback.RoleDevice, Store: "s01"}, &payback.Enrol{Device: id, Hash: "h" + string(id), PublicKey: string(key.Public())})
	return &pc{Device: ledger.Device{District: town, ID: id, Store: "s01", Key: key.Public(), Since: g.ledger.Now()}, key: key}
}

// does pushes one act of a PC.
func (g *rig) does(p *pc, role payback.Role, b payback.Body) {
	g.t.Helper()
	body, err := json.Marshal(b)
	g.must(err)
	run := payback.RunID("run-" + p.ID)
	e := syncproto.Envelope{Kind: b.Kind(), Run: run, Wseq: p.wseq + 1, Prev: p.hash, Role: role, By: "c1", Body: body,
		At: stamp.Evidence{Wall: g.ledger.Now()}}
	op, err := e.Encode(syncproto.MaxOp)
	g.must(err)
	p.wseq, p.hash = p.wseq+1, syncproto.HashOf(op)
	reply, err := g.ledger.Push(g.t.Context(), p.Device, syncproto.Push{V: 1, Run: run, From: p.wseq, Ops: 1,
		Tip: syncproto.SignTip(p.key, run, p.wseq, p.hash)}, [][]byte{op}, nil, g.ledger.Now())
	g.must(err)
	if v := reply.Verdicts[0]; v.Verdict != payback.Applied {
		g.t.Fatalf("%s: %s %v", b.Kind(), v.Verdict, v.Reason)
	}
}

// A PC sells, takes back, and goes home without having given the money back.
func TestTheRightToPayGoesToAPCThatIsOnline(t *testing.T) {
	g := newRig(t)
	seller, other := g.enrol("d1"), g.enrol("d2")
	g.place("q1", 0)
	g.does(seller, payback.RoleClerk, &payback.Sell{Copy: "c-q1", Request: "q1", ISBN: novel, Paid: 15000, List: 15000, PayBy: payback.ByCard, Due: g.today().Add(21)})
	g.does(seller, payback.RoleClerk, &payback.Return{Loan: "c-q1"})
	g.clock.Advance(5 * time.Minute)
	g.does(seller, payback.RoleDevice, &payback.GiveRight{Loans: []payback.LoanID{"c-q1"}, Exit: "x1"})
	right := func(after string, want payback.Right) {
		t.Helper()
		g.step()
		if got := g.loan("q1").Right; got != want {
			t.Errorf("%s: the right is with %s, want %s", after, got, want)
		}
	}
	g.seen = g.ledger.Now() - 2*onlineFor.Milliseconds()
	right("the only PC that was heard of has just gone", payback.RightServer)
	g.clock.Advance(10 * time.Minute)
	right("nobody is there", payback.RightServer)
	g.does(other, payback.RoleClerk, &payback.Count{ISBN: novel, N: 1, ID: "n1"})
	right("another PC is at work", payback.DeviceRight("d2"))
	before := g.ops()
	if right("nothing is due", payback.DeviceRight("d2")); g.ops() != before {
		t.Error("a right that is given is given again")
	}
	g.does(other, payback.RoleClerk, &payback.RefundPaidOut{Loan: "c-q1", Payout: "p1", Amount: 15000, PayBy: payback.ByCard, Cancel: "9"})
}

func TestAPCThatComesBackAfterItsExitCountsAsOnline(t *testing.T) {
	g := newRig(t)
	seller := g.enrol("d1")
	g.place("q1", 0)
	g.does(seller, payback.RoleClerk, &payback.Sell{Copy: "c-q1", Request: "q1", ISBN: novel, Paid: 15000, List: 15000, PayBy: payback.ByCard, Due: g.today().Add(21)})
	g.does(seller, payback.RoleClerk, &payback.Return{Loan: "c-q1"})
	g.does(seller, payback.RoleDevice, &payback.GiveRight{Loans: []payback.LoanID{"c-q1"}, Exit: "x1"})
	g.seen = g.ledger.Now() + goneAfter.Milliseconds()
	g.clock.Advance(goneAfter)
	if g.step(); g.loan("q1").Right != payback.RightServer {
		t.Error("the exit's own exchange counts as being at work")
	}
	g.clock.Advance(8 * time.Hour)
	g.seen = g.ledger.Now()
	if g.step(); g.loan("q1").Right != payback.DeviceRight("d1") {
		t.Errorf("the next morning the right is with %s", g.loan("q1").Right)
	}
}
