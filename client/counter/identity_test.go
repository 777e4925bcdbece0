package counter

import (
	"slices"
	"testing"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

func TestAPCWhoseHistoryIsBrokenPaysNothingUntilAPersonDecides(t *testing.T) {
	f := newFix(t)
	loan := f.sold(1)
	f.did(f.Return(t.Context(), loan))
	me := &payback.Device{ID: fixDevice, Store: fixStore, Label: "서점 PC 1", State: payback.DeviceEnrolled, Frozen: "case1"}
	f.give(me)
	pay := func() (Done, error) {
		return f.Refund(t.Context(), RefundIn{Loan: loan, Amount: 14000, Kind: payback.ByCard, Cancel: "9"})
	}
	f.refusedFor("refund_frozen", pay)
	s, err := f.Status(t.Context())
	if err != nil || s.State != assets.StateNot || !slices.ContainsFunc(s.Whys, func(r payback.Reason) bool { return r.Key == "payback.refund_frozen" }) {
		t.Errorf("status %+v, %v", s, err)
	}
	again := f.sold(2) // everything else goes on
	f.did(f.Return(t.Context(), again))
	thawed := *me
	thawed.Frozen = ""
	f.give(&thawed)
	f.did(pay())
}

func TestARevokedPCCountsWhatWaitsHereAndWhatHeadOfficeKeeps(t *testing.T) {
	f := newFix(t)
	f.sold(1) // two acts
	b, err := f.db.Pending(t.Context(), 1, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	reply := syncproto.PushReply{Epoch: "e1", Acked: b.Last, Verdicts: []syncproto.OpVerdict{{Wseq: b.Last, Position: f.position + 1,
		Verdict: payback.Quarantined, Reason: payback.Reason{Key: "device_revoked"}}}}
	if err := f.db.Acked(t.Context(), b.Run, reply); err != nil {
		t.Fatal(err)
	}
	if err := f.db.SetSyncState(t.Context(), db.SyncState{Fails: 1, Cause: payback.Reason{Key: "sync.revoked"}}); err != nil {
		t.Fatal(err)
	}
	s, err := f.Status(t.Context())
	if err != nil || !s.Revoked || s.Waiting != 1 || s.Why().Args["Count"] != "2" {
		t.Errorf("status %+v, %v; want 2 records, one here and one there", s, err)
	}
}
