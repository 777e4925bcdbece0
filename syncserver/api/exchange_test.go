package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

func TestAPCEnrolsPushesAndPulls(t *testing.T) {
	w := newWorld(t)
	w.code(code1, "s01")
	p := w.newPC()
	var en syncproto.EnrolReply
	p.enrol(code1).ok(&en)
	if en.District != seocho || en.Store != "s01" || en.ServerKey != w.key.Public() || en.BoxKey != w.box.Public() ||
		len(en.CardKey) != keys.SecretSize || en.Epoch == "" || en.Label != "서점 PC 1" || en.Demo {
		t.Fatalf("enrolled as %+v", en)
	}
	who := w.resident("2976096096", "홍길동", "010-1234-5678")
	req := w.place(who, "s01")
	p.write(&payback.Accept{Request: req, Assign: 1, Hold: 7})
	var pushed syncproto.PushReply
	p.push().ok(&pushed)
	if pushed.Acked != 1 || len(pushed.Verdicts) != 1 || pushed.Verdicts[0].Verdict != payback.Applied || pushed.Now == 0 {
		t.Fatalf("pushed: %+v", pushed)
	}
	h, rows := p.pull("s01")
	raw := rows[payback.RequestKey(req)]
	if raw == nil {
		t.Fatal("the request did not arrive")
	}
	row, err := payback.DecodeRow(payback.TRequest, raw)
	w.must(err)
	if row.(*payback.Request).State != payback.Accepted {
		t.Errorf("got %+v, want accepted", row)
	}
	if len(h.People) != 1 || h.People[0] != (syncproto.Person{Resident: who, Name: "홍*동", Last4: "5678"}) {
		t.Errorf("people: %+v", h.People)
	}
	for i, b := range h.Buckets {
		var sum syncproto.Digest
		for k, raw := range rows {
			if (k.Table.Scope() == payback.ScopeStore) == (i == 1) {
				sum.Add(k.Table, k.ID, raw)
			}
		}
		if !b.Complete() || b.Digest != sum {
			t.Errorf("%s: digest %s, computed %s", b.Name, b.Digest, sum)
		}
	}
}

func TestTheServerSaysHelloToAnybody(t *testing.T) {
	w := newWorld(t)
	var h syncproto.Hello
	w.send(request{method: "GET", path: "/v1/hello"}).ok(&h)
	if h.V != 1 || h.Oldest != 1 || h.Key != w.key.Public() || h.District != "서초구" || h.Now != w.l.Now() || h.Epoch == "" || h.Server != "test" {
		t.Errorf("got %+v", h)
	}
}

func TestEnrolmentMayBeRepeatedWhenTheReplyWasLost(t *testing.T) {
	w := newWorld(t)
	w.code(code1, "s01")
	p := w.newPC()
	first, again := p.enrol(code1), p.enrol(strings.ToLower(code1)+"-7777-8888-9999-AAAA")
	first.ok(new(syncproto.EnrolReply))
	if !bytes.Equal(first.body, again.body) {
		t.Errorf("first %s, again %s", first.body, again.body)
	}
}

func TestWhyACodeIsRefusedIsSaid(t *testing.T) {
	w := newWorld(t)
	w.code(code1, "s01")
	w.newPC().enrol("0000-0000-0000").refused(http.StatusNotFound, "payback.code_unknown")
	w.newPC().enrol("hello?").refused(http.StatusNotFound, "payback.code_unknown")
	w.newPC().enrol(code1).ok(new(syncproto.EnrolReply))
	w.newPC().enrol(code1).refused(http.StatusConflict, "payback.code_used")
	w.from = "192.0.2.2"
	w.code("7K3M-Q2ZX-0F1B", "s01")
	w.clock.Advance(601 * time.Second)
	w.newPC().enrol("7K3M-Q2ZX-0F1B").refused(http.StatusConflict, "payback.code_expired")
	known := w.enrolled("s01")
	w.code("7K3M-Q2ZX-0F1C", "s02")
	known.enrol("7K3M-Q2ZX-0F1C").refused(http.StatusConflict, "payback.device_known")
}

func TestAPCThatCameWithAnOldCodeMayComeAgainWithANewOne(t *testing.T) {
	w := newWorld(t)
	w.code(code1, "s01")
	w.clock.Advance(601 * time.Second)
	p := w.newPC()
	p.enrol(code1).refused(http.StatusConflict, "payback.code_expired")
	w.code("7K3M-Q2ZX-0F1B", "s01")
	p.enrol("7K3M-Q2ZX-0F1B").ok(new(syncproto.EnrolReply))
}

func TestGuessedCodesLeaveNothingInTheLedger(t *testing.T) {
	w := newWorld(t)
	before := w.head()
	for range 3 {
		w.newPC().enrol(w.ids.Code(syncproto.CodeGroups))
	}
	if after := w.head(); after != before {
		t.Errorf("the head moved from %d to %d", before, after)
	}
}

func TestEnrolmentIsSignedByTheNewKey(t *testing.T) {
	w := newWorld(t)
	w.code(code1, "s01")
	p, other := w.newPC(), w.newPC()
	body, err := json.Marshal(syncproto.EnrolRequest{V: 1, Code: code1, Device: p.id, PublicKey: p.key.Public()})
	w.must(err)
	r := other.sign("POST", "/v1/enrol", body)
	r.device = p.id
	w.send(r).refused(http.StatusUnauthorized, "sync.bad_signature")
	w.send(p.sign("POST", "/v1/enrol", []byte(`{"v":1,"public_key":"x"}`))).refused(http.StatusBadRequest, "sync.bad_packet")
	w.send(p.sign("POST", "/v1/enrol", []byte(`<html>`))).refused(http.StatusBadRequest, "sync.bad_packet")
}

func TestCodesAreReadAsPeopleTypeThem(t *testing.T) {
	want, ok := syncproto.CodeHash(code1)
	if !ok || len(want) != 43 {
		t.Fatalf("got %q", want)
	}
	for _, typed := range []string{"7k3m q2zx 0f1a", "7K3MQ2ZXOFIA", code1 + "-AAAA-BBBB-CCCC-DDDD"} {
		if got, ok := syncproto.CodeHash(typed); !ok || got != want {
			t.Errorf("%q: got %q", typed, got)
		}
	}
	for _, typed := range []string{"", "7K3M-Q2ZX", "7K3M-Q2ZX-0F1", "7K3M-Q2ZX-0F1U", "가나다라"} {
		if _, ok := syncproto.CodeHash(typed); ok {
			t.Errorf("%q is taken for a code", typed)
		}
	}
}

func TestOnlyASignedRequestOfAKnownDeviceIsAnswered(t *testing.T) {
	w := newWorld(t)
	p, other := w.enrolled("s01"), w.enrolled("s02")
	p.write(count("n1"))
	before := w.head()
	for name, c := range map[string]struct {
		spoil func(*request)
		key   string
	}{
		"no signature":      {func(r *request) { r.sig = "" }, "sync.bad_signature"},
		"another's":         {func(r *request) { r.device = other.id }, "sync.bad_signature"},
		"an unknown device": {func(r *request) { r.device = "nobody" }, "sync.device_unknown"},
		"no device":         {func(r *request) { r.device = "" }, "sync.unsigned"},
		"an odd device":     {func(r *request) { r.device = "a/../b" }, "sync.unsigned"},
		"no nonce":          {func(r *request) { r.nonce = "" }, "sync.unsigned"},
		"another nonce":     {func(r *request) { r.nonce = w.nonce() }, "sync.bad_signature"},
		"a changed body":    {func(r *request) { r.body = append(bytes.Clone(r.body), 0) }, "sync.bad_signature"},
		"another path":      {func(r *request) { r.path = "/v1/push?x" }, "sync.bad_signature"},
	} {
		t.Run(name, func(t *testing.T) {
			r := p.pushRequest(p.header(), p.raw...)
			c.spoil(&r)
			w.send(r).refused(http.StatusUnauthorized, c.key)
		})
	}
	if after := w.head(); after != before {
		t.Errorf("an unsigned push moved the head from %d to %d", before, after)
	}
	p.push().ok(new(syncproto.PushReply))
}

func TestARequestIsTakenOnce(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	p.write(count("n1"))
	r := p.pushRequest(p.header(), p.raw...)
	w.send(r).ok(new(syncproto.PushReply))
	w.send(r).refused(http.StatusConflict, "sync.nonce_used")
	w.clock.Advance(10*time.Minute - time.Millisecond)
	w.send(r).refused(http.StatusConflict, "sync.nonce_used")
	var again syncproto.PushReply
	p.push().ok(&again)
	if again.Acked != 1 || len(again.Verdicts) != 1 {
		t.Errorf("repeated with a new nonce: %+v", again)
	}
}

func TestWhatARevokedDeviceStillSendsIsKeptForAPersonAndNotDone(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	p.write(count("n1"))
	w.act(ledger.Actor{Role: payback.RoleOfficer, By: "officer"}, &payback.Revoke{Device: p.id})
	var kept syncproto.PushReply
	p.push().ok(&kept)
	if kept.Acked != 1 || len(kept.Verdicts) != 1 || kept.Verdicts[0].Verdict != payback.Quarantined || kept.Verdicts[0].Reason.Key != "device_revoked" {
		t.Errorf("answered %+v, want one op kept for a person", kept)
	}
	before := w.head()
	w.send(p.pullRequest(syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: "cat"}}})).refused(http.StatusUnauthorized, "sync.device_revoked")
	if after := w.head(); after != before {
		t.Errorf("the head moved from %d to %d", before, after)
	}
}

func TestAnotherStoresRowsNeverLeave(t *testing.T) {
	w := newWorld(t)
	a, b := w.enrolled("s01"), w.enrolled("s02")
	who := w.resident("2976096096", "홍길동", "010-1234-5678")
	w.place(who, "s01")
	a.write(count("n1"))
	a.push().ok(new(syncproto.PushReply))
	for _, name := range []payback.Bucket{"store/s01", "server", "store/", ""} {
		w.send(b.pullRequest(syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: name}}})).refused(http.StatusForbidden, "sync.not_your_bucket")
	}
	h, rows := b.pull("s02")
	if len(h.People) != 0 {
		t.Errorf("people of another store: %+v", h.People)
	}
	for k, raw := range rows {
		if k.Table.Scope() == payback.ScopeServer || bytes.Contains(raw, []byte(`"s01"`)) && k.Table != payback.TStore ||
			bytes.Contains(raw, []byte(who)) {
			t.Errorf("a foreign row left: %s %s", k, raw)
		}
	}
}

func TestACardThatWasSealedFindsItsResident(t *testing.T) {
	w := newWorld(t)
	who := w.resident("2976096096", "홍길동", "010-1234-5678")
	p := w.enrolled("s01")
	sealed, err := keys.Seal(w.box.Public(), []byte("2976 0960 96"), w.chance)
	w.must(err)
	p.write(&payback.Sell{Copy: "copy1", ISBN: isbn1, Paid: 13000, List: 13000, PayBy: payback.ByCard, Due: "2026-11-23", Card: "card1", Seen: true})
	h := p.header()
	h.Attachments = []string{"card1", "card2"}
	var reply syncproto.PushReply
	w.send(p.pushRequest(h, p.raw[0], sealed, []byte("not sealed"))).ok(&reply)
	if reply.Acked != 1 {
		t.Fatalf("got %+v", reply)
	}
	_, rows := p.pull("s01")
	row, err := payback.DecodeRow(payback.TLoan, rows[payback.LoanKey("copy1")])
	w.must(err)
	if got := row.(*payback.Loan).Resident; got != who {
		t.Errorf("the loan is of %q, want %q", got, who)
	}
}

func TestAVersionThatTheServerDoesNotReadGets426(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	for _, body := range []string{`{"v":2,"buckets":"new form"}`, `{"v":0}`, `{}`} {
		w.send(p.sign("POST", "/v1/pull", []byte(body))).refused(http.StatusUpgradeRequired, "sync.version")
	}
	w.send(p.pushRequest(map[string]any{"v": 2, "from": "x"})).refused(http.StatusUpgradeRequired, "sync.version")
	w.send(w.newPC().sign("POST", "/v1/enrol", []byte(`{"v":9}`))).refused(http.StatusUpgradeRequired, "sync.version")
	w.send(p.sign("POST", "/v1/pull", []byte(`[]`))).refused(http.StatusBadRequest, "sync.bad_packet")
}

func TestUnknownPathsAreRefusedAndSigned(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	for _, r := range []request{p.sign("GET", "/v1/push", nil), p.sign("POST", "/v1/nothing", nil), p.sign("DELETE", "/v1/hello", nil)} {
		w.send(r).refused(http.StatusNotFound, "sync.no_such_path")
	}
}

// count is the smallest op there is.
func count(id string) *payback.Count { return &payback.Count{ISBN: isbn1, N: 2, ID: id} }
