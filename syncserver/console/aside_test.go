package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/web/webtest"
)

// sender is a store's PC that sends records.
type sender struct {
	w    *webtest.World
	t    *testing.T
	dev  ledger.Device
	key  keys.Key
	run  payback.RunID
	wseq uint64
	last syncproto.Hash
}

func newSender(t *testing.T, w *webtest.World) *sender {
	t.Helper()
	key, err := keys.Generate(w.Chance)
	webtest.Must(t, err)
	w.Act(ledger.Actor{Role: payback.RoleOfficer, By: "o"}, &payback.MakeEnrolCode{Hash: "h9", Store: "s01", Label: "9번", Expires: w.Ledger.Now() + 60_000})
	w.Act(ledger.Actor{Role: payback.RoleDevice}, &payback.Enrol{Device: "pc9", Hash: "h9", PublicKey: string(key.Public())})
	return &sender{w: w, t: t, key: key, run: "run9", dev: ledger.Device{District: webtest.District, ID: "pc9", Store: "s01", Key: key.Public(), Since: w.Ledger.Now()}}
}

// send sends one record and returns where it is shown.
func (s *sender) send(role payback.Role, b payback.Body) string {
	s.t.Helper()
	body, err := json.Marshal(b)
	webtest.Must(s.t, err)
	s.wseq++
	op, err := syncproto.Envelope{Kind: b.Kind(), Run: s.run, Wseq: s.wseq, Prev: s.last, Role: role, By: "c1", Body: body,
		At: stamp.Evidence{Wall: s.w.Ledger.Now()}}.Encode(syncproto.MaxOp)
	webtest.Must(s.t, err)
	return s.raw(op)
}

func (s *sender) raw(op []byte) string {
	s.t.Helper()
	s.last = syncproto.HashOf(op)
	reply, err := s.w.Ledger.Push(s.t.Context(), s.dev, syncproto.Push{V: 1, Run: s.run, From: s.wseq, Ops: 1,
		Tip: syncproto.SignTip(s.key, s.run, s.wseq, s.last)}, [][]byte{op}, nil, s.w.Ledger.Now())
	webtest.Must(s.t, err)
	if reply.Acked != s.wseq {
		s.t.Fatalf("answered %+v", reply)
	}
	return fmt.Sprintf("/console/aside/%s/%d", s.run, s.wseq)
}

// verdict is what the store's PCs are told.
func (s *sender) verdict(at string) (v *payback.VerdictRow) {
	s.t.Helper()
	id := strings.TrimPrefix(at, "/console/aside/")
	key := payback.Key{Table: payback.TVerdict, ID: id}
	webtest.Must(s.t, s.w.Ledger.View(s.t.Context(), webtest.District, func(r db.Reader) error {
		rows, err := r.Rows([]payback.Key{key})
		if st, ok := rows[key]; ok {
			v = st.Row.(*payback.VerdictRow)
		}
		return err
	}))
	return v
}

func TestAnOfficerSettlesWhatWasSetAside(t *testing.T) {
	w := webtest.New(t)
	o := officer(t, w)
	o.Get("/console/aside").Says(t, ok, "보류된 기록이 없습니다")
	s := newSender(t, w)
	count := func(n int) *payback.Count {
		return &payback.Count{ISBN: webtest.Plenty, N: n, Source: "count", ID: fmt.Sprint("n", n)}
	}
	claimed := s.send(payback.RoleOfficer, count(3)) // no PC may say that it is an officer
	held := s.send(payback.RoleClerk, &payback.Return{Loan: "typo"})
	s.wseq++
	broken := s.raw([]byte("this is no record"))
	w.Act(ledger.Actor{Role: payback.RoleOfficer, By: "o"}, &payback.Revoke{Device: "pc9"})
	late, later := s.send(payback.RoleClerk, count(4)), s.send(payback.RoleClerk, count(5))

	o.Get("/console/aside").Says(t, ok, "5건", "9번", "서점 PC에서 할 수 없는 일", "앞선 기록을 기다림", "알 수 없는 기록", "해지된 뒤에 도착")
	o.Get(claimed).Says(t, ok, "서점 PC에서 할 수 없는 일", "run9/1", "JSON", "n3")
	o.Post(late, "what", "again").Says(t, http.StatusUnprocessableEntity, "까닭을")
	o.Post(late, "what", "burn", "note", "x").Says(t, http.StatusUnprocessableEntity, "무엇을 할지")
	o.Post(late, "what", "again", "note", "서점과 통화함").Says(t, ok, "처리했습니다", "적용됨", "담당자가 확인하고")
	if v := s.verdict(late); v.Verdict != payback.Applied || v.Winner.Kind != payback.KMend {
		t.Errorf("the store is told %+v", v)
	}
	o.Post(held, "what", "again", "note", "x").Says(t, http.StatusUnprocessableEntity, "무엇을 할지")
	o.Post(held, "what", "void", "note", "잘못 찍은 책").Says(t, ok, "처리했습니다", "없던 일로")
	if v := s.verdict(held); v.Verdict != payback.Rejected || v.Reason.Key != "voided" {
		t.Errorf("the store is told %+v", v)
	}
	o.Post(later, "what", "again", "note", "x").Says(t, ok, "적용됨")
	o.Post(later, "what", "void", "note", "x").Says(t, http.StatusUnprocessableEntity) // it is done already

	rewrite := func(at, of, body string) webtest.Reply {
		return o.Post(at, "what", "rewrite", "note", "고침", "of", of, "body", body)
	}
	rewrite(broken, "count", `{"isbn":`).Says(t, http.StatusUnprocessableEntity, "JSON 형식", `{"isbn":`)
	rewrite(broken, "count", `{"isbn":7}`).Says(t, http.StatusUnprocessableEntity, "isbn 항목")
	rewrite(broken, "count", `{}`).Says(t, http.StatusUnprocessableEntity)
	rewrite(broken, "approve", `{}`).Says(t, http.StatusUnprocessableEntity, "무엇을 할지")
	rewrite(broken, "count", `{"x":"`+strings.Repeat("a", payback.MaxMendBody)+`"}`).Says(t, http.StatusUnprocessableEntity, "32 KB")
	good := fmt.Sprintf(`{"isbn":%q,"n":9,"source":"count","id":"fixed"}`, webtest.Plenty)
	rewrite(broken, "count", good).Says(t, ok, "처리했습니다", "고쳐서 반영했습니다")
	rewrite(claimed, "return", good).Says(t, http.StatusUnprocessableEntity, "무엇을 할지") // it is a count
	rewrite(claimed, "count", strings.Replace(good, "fixed", "n3", 1)).Says(t, ok, "처리했습니다")

	o.Get("/console/aside").Says(t, ok, "보류된 기록이 없습니다")
	o.Get("/console/aside/run9/99").Says(t, http.StatusNotFound)
	o.Get("/console/aside/run9/x").Says(t, http.StatusNotFound)
	rep, err := w.Ledger.Verify(t.Context(), webtest.District)
	webtest.Must(t, err)
	if len(rep.Wrong) > 0 {
		t.Errorf("verify: %v", rep.Wrong)
	}
}

func TestManyRecordsThatAreSetAsideAreShownInPages(t *testing.T) {
	w := webtest.New(t)
	o := officer(t, w)
	s := newSender(t, w)
	for n := range 120 {
		s.send(payback.RoleClerk, &payback.Return{Loan: payback.LoanID(fmt.Sprint("unknown", n))})
	}
	o.Get("/console/aside").Says(t, ok, "120건", "1 / ")
	o.Get("/console/aside?page=1").Says(t, ok, "120건", "2 / ")
}
