package ledger_test

import (
	"slices"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// A copied disk that sends the beginning of its run must not hear that the rest is
// there: what the server has under those numbers is the other disk's.
func TestAnAcknowledgementEndsWithWhatWasSent(t *testing.T) {
	w := newWorld(t)
	d := w.device["s01"]
	r1, r2 := w.place(0, w.isbns[0], "s01"), w.place(1, w.isbns[0], "s01")
	w.write(d, &payback.Accept{Request: r1, Assign: 1})
	clone := *d
	clone.raw = slices.Clone(d.raw)
	w.write(d, &payback.Accept{Request: r2, Assign: 1})
	w.push(d, 1)
	if reply := w.push(&clone, 1); reply.Acked != 1 || reply.Fork != 0 || len(reply.Verdicts) != 1 {
		t.Errorf("reply %+v, want 1 acknowledged", reply)
	}
	w.write(&clone, &payback.Decline{Request: r2, Assign: 1, Reason: payback.DeclineOther, From: payback.Placed})
	if reply := w.push(&clone, 2); reply.Fork != 2 || reply.Acked > 1 {
		t.Errorf("reply %+v, want a fork at 2", reply)
	}
}

// What follows from the first of two acts comes before the second; the run's
// numbers must rise with the positions all the same.
func TestActsOfOneTransactionAreNumberedInTheOrderOfTheLedger(t *testing.T) {
	w := newWorld(t)
	officer := ledger.Actor{Role: payback.RoleOfficer, By: "o1"}
	r1, r2 := w.place(0, w.isbns[0], "s01"), w.place(1, w.isbns[1], "s01")
	w.act(officer, &payback.Erase{Resident: resident(0)})
	w.act(officer, &payback.Erase{Resident: resident(1)})
	w.act(officer, &payback.Cancel{Request: r1}, &payback.Cancel{Request: r2})
	if r := row[*payback.Resident](w, payback.ResidentKey(resident(0))); !r.Erased {
		t.Fatal("nothing followed from the first act")
	}
	w.sound()
}
