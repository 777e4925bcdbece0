package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// oldestSpoken is the oldest version of counters that a server must answer.
const oldestSpoken = max(1, syncproto.Version-2)

// The very bytes that counters of each version sent, as they were recorded, get
// from this server what they got then.
func TestCountersOfEveryVersionAreAnsweredAsTheyWereThen(t *testing.T) {
	for v := oldestSpoken; v <= syncproto.Version; v++ {
		t.Run(fmt.Sprint("v", v), func(t *testing.T) {
			names, err := filepath.Glob(filepath.Join("..", "..", "shared", "syncproto", "testdata", "wire", fmt.Sprint("v", v), "*.json"))
			if err != nil || len(names) < 15 {
				t.Fatalf("%d messages, %v", len(names), err)
			}
			w := newWorld(t)
			w.code(code1, "s01")
			w.code(code2, "s02")
			_ = w.newPC() // the one whose requests were recorded: ids come in the same order
			who := w.resident("2976096096", "홍길동", "010-1234-5678")
			w.place(who, "s01")
			for _, name := range names {
				w.replay(name)
			}
		})
	}
}

// replay sends a recorded request and compares what comes with what came then.
func (w *world) replay(name string) {
	w.t.Helper()
	data, err := os.ReadFile(name)
	w.must(err)
	var f recorded
	w.must(json.Unmarshal(data, &f))
	body, err := base64.RawURLEncoding.DecodeString(f.Request.Body)
	w.must(err)
	was, err := base64.RawURLEncoding.DecodeString(f.Reply.Body)
	w.must(err)
	r := request{method: f.Request.Method, path: f.Request.Path, device: f.Request.Device, nonce: f.Request.Nonce, sig: f.Request.Signature, body: body}
	var refusal fault.Error
	_ = json.Unmarshal(was, &refusal)
	switch refusal.Key {
	case "sync.nonce_used":
		w.send(r)
	case "sync.device_revoked":
		w.act(ledger.Actor{Role: payback.RoleOfficer, By: "officer"}, &payback.Revoke{Device: r.device})
	}
	w.clock.Advance(5e9) // beside the device's limit
	x := w.send(r)
	switch {
	case refusal.Key == "sync.device_revoked" && r.path == "/v1/push": // today it is kept for a person
		x.ok(new(syncproto.PushReply))
	case x.status != f.Reply.Status:
		w.t.Errorf("%s: %d %s, then %d", filepath.Base(name), x.status, x.body, f.Reply.Status)
	case x.status != http.StatusOK:
		x.refused(x.status, refusal.Key)
	case r.path == "/v1/push":
		var now, then syncproto.PushReply
		w.must(json.Unmarshal(x.body, &now))
		w.must(json.Unmarshal(was, &then))
		if then.Fork > 0 {
			then.Acked = then.Fork - 1 // behind a fork nothing is acknowledged any more
		}
		if now.Acked != then.Acked || now.Gap != then.Gap || now.Fork != then.Fork || len(now.Verdicts) != len(then.Verdicts) {
			w.t.Errorf("%s: %+v, then %+v", filepath.Base(name), now, then)
		}
	case r.path == "/v1/pull":
		var now, then syncproto.PullReply
		_, err1 := w.packer.Unpack(x.body, &now)
		_, err2 := w.packer.Unpack(was, &then)
		if err1 != nil || err2 != nil || len(now.Buckets) != len(then.Buckets) {
			w.t.Errorf("%s: %+v, then %+v (%v %v)", filepath.Base(name), now, then, err1, err2)
		}
	}
}

// A field that this server does not know is no reason to refuse.
func TestUnknownFieldsInARequestAreTolerated(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	body := []byte(`{"v":1,"schema":1,"buckets":[{"name":"cat","cursor":0,"hint":"x"}],"future":{"a":[1,2]},"status":{"waiting":0,"mood":"good"}}`)
	if x := w.send(p.sign("POST", "/v1/pull", body)); x.status != http.StatusOK {
		t.Errorf("a pull with unknown fields: %d %s", x.status, x.body)
	}
	p.write(count("n1"))
	p.raw[0] = bytes.Replace(p.raw[0], []byte(`"role"`), []byte(`"future":1,"role"`), 1)
	p.hash = syncproto.HashOf(p.raw[0])
	var head map[string]any
	raw, err := json.Marshal(p.header())
	w.must(err)
	w.must(json.Unmarshal(raw, &head))
	head["future"] = "x"
	var reply syncproto.PushReply
	w.send(p.pushRequest(head, p.raw...)).ok(&reply)
	if reply.Acked != 1 || reply.Verdicts[0].Verdict != payback.Applied {
		t.Errorf("a push with unknown fields: %+v", reply)
	}
}

// The bytes of an op are kept as they came, whatever is in them.
func TestTheBytesOfAnOpOfANewerCounterAreKept(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	p.write(count("n1"))
	p.raw[0] = bytes.Replace(p.raw[0], []byte(`"kind":"count"`), []byte(`"kind":"from_the_future","v9":{"x":1}`), 1)
	p.hash = syncproto.HashOf(p.raw[0])
	var reply syncproto.PushReply
	p.push().ok(&reply)
	if reply.Acked != 1 || reply.Verdicts[0].Verdict != payback.Quarantined || reply.Verdicts[0].Reason.Key != "unknown_kind" {
		t.Fatalf("%+v", reply)
	}
	p.push().ok(&reply) // the same bytes are no fork
	if reply.Fork != 0 || reply.Acked != 1 {
		t.Errorf("sent again: %+v", reply)
	}
}
