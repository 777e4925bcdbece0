package console_test

import (
	"encoding/json"
	"testing"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/web/webtest"
)

func TestWhatARevokedPCStillSentIsShownBesideIt(t *testing.T) {
	w := webtest.New(t)
	o := officer(t, w)
	key, err := keys.Generate(w.Chance)
	webtest.Must(t, err)
	who := ledger.Actor{Role: payback.RoleOfficer, By: "o"}
	w.Act(who, &payback.MakeEnrolCode{Hash: "h9", Store: "s01", Label: "9번", Expires: w.Ledger.Now() + 60_000})
	w.Act(ledger.Actor{Role: payback.RoleDevice}, &payback.Enrol{Device: "pc9", Hash: "h9", PublicKey: string(key.Public())})
	w.Act(who, &payback.Revoke{Device: "pc9"})
	body, err := json.Marshal(&payback.Count{ISBN: "9788937473135", N: 3, ID: "n1"})
	webtest.Must(t, err)
	op, err := syncproto.Envelope{Kind: payback.KCount, Run: "run9", Wseq: 1, Role: payback.RoleClerk, By: "c1", Body: body,
		At: stamp.Evidence{Wall: w.Ledger.Now()}}.Encode(syncproto.MaxOp)
	webtest.Must(t, err)
	dev := ledger.Device{District: webtest.District, ID: "pc9", Store: "s01", Key: key.Public(), Since: w.Ledger.Now()}
	reply, err := w.Ledger.Push(t.Context(), dev, syncproto.Push{V: 1, Run: "run9", From: 1, Ops: 1,
		Tip: syncproto.SignTip(key, "run9", 1, syncproto.HashOf(op))}, [][]byte{op}, nil, w.Ledger.Now())
	webtest.Must(t, err)
	if reply.Acked != 1 {
		t.Fatalf("answered %+v", reply)
	}
	o.Get("/console/pcs/pc9").Says(t, ok, "반영하지 않고 보관한 기록 1건", "해지된 뒤에 도착했습니다", "9788937473135")
}
