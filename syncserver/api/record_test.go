package api_test

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// update records those of the exchanges below that are not there yet, as examples
// of the present version of the protocol. None is ever recorded anew: they are what
// later versions must read.
var update = flag.Bool("update", false, "record shared/syncproto/testdata/wire")

// recorded is a file of testdata/wire; package syncproto reads it back.
type recorded struct {
	DeviceKey keys.Public `json:"device_key,omitempty"` // "" if nobody known signed the request
	AuthorKey keys.Public `json:"author_key,omitempty"` // of the device whose ops the request carries, if that is another
	ServerKey keys.Public `json:"server_key"`
	Request   struct {
		Method    string              `json:"method"`
		Path      string              `json:"path"`
		Device    payback.DeviceID    `json:"device,omitempty"`
		Nonce     string              `json:"nonce,omitempty"`
		Signature syncproto.Signature `json:"signature,omitempty"`
		Body      string              `json:"body,omitempty"` // base64url
	} `json:"request"`
	Reply struct {
		Status    int                 `json:"status"`
		Signature syncproto.Signature `json:"signature"`
		Body      string              `json:"body"` // base64url
	} `json:"reply"`
}

// recorder writes exchanges, numbered in their order.
type recorder struct {
	dir  string
	n    int
	next string // name of the next exchange
	by   keys.Public
	of   keys.Public // author of carried ops
}

func (r *recorder) take(x exchange) {
	if r.next == "" {
		return
	}
	var f recorded
	f.DeviceKey, f.AuthorKey, f.ServerKey = r.by, r.of, x.w.key.Public()
	f.Request.Method, f.Request.Path, f.Request.Device = x.request.method, x.request.path, x.request.device
	f.Request.Nonce, f.Request.Signature = x.request.nonce, x.request.sig
	f.Request.Body = base64.RawURLEncoding.EncodeToString(x.request.body)
	f.Reply.Status, f.Reply.Signature = x.status, syncproto.Signature(x.header.Get(syncproto.HeaderSignature))
	f.Reply.Body = base64.RawURLEncoding.EncodeToString(x.body)
	r.n++
	name := filepath.Join(r.dir, fmt.Sprintf("%02d-%s.json", r.n, r.next))
	r.next = ""
	_, err := os.Stat(name)
	if err == nil || !*update {
		if err != nil {
			x.w.t.Errorf("not recorded: %v", err)
		}
		return
	}
	data, err := json.MarshalIndent(f, "", "\t")
	x.w.must(err)
	x.w.must(os.MkdirAll(r.dir, 0o755))
	x.w.must(os.WriteFile(name, append(data, '\n'), 0o644))
}

func TestEveryKindOfExchangeIsRecorded(t *testing.T) {
	w := newWorld(t)
	r := &recorder{dir: filepath.Join("..", "..", "shared", "syncproto", "testdata", "wire", fmt.Sprint("v", syncproto.Version))}
	w.record = r.take
	as := func(name string, by *pc) {
		r.next, r.by = name, ""
		if by != nil {
			r.by = by.key.Public()
		}
	}
	p := w.newPC()
	as("hello", nil)
	w.send(request{method: "GET", path: "/v1/hello"})
	w.code(code1, "s01")
	as("enrol", p)
	p.enrol(code1).ok(new(syncproto.EnrolReply))
	as("enrol-refused", p)
	p.enrol("0000-0000-0000").refused(http.StatusNotFound, "payback.code_unknown")

	who := w.resident("2976096096", "홍길동", "010-1234-5678")
	req := w.place(who, "s01")
	as("pull-first", p)
	first, _ := p.pull("s01")
	w.day(p, req)
	as("push", p)
	p.pushDay()
	as("push-again", p)
	p.pushDay()
	as("push-gap", p)
	p.pushFrom(uint64(len(p.raw)) + 2)
	as("pull-more", p)
	p.pullFrom(first)

	fork := *p
	fork.raw = append([][]byte(nil), p.raw[:len(p.raw)-1]...)
	fork.hash = syncproto.HashOf(fork.raw[len(fork.raw)-1])
	fork.write(count("another"))
	as("push-fork", p)
	fork.push().ok(new(syncproto.PushReply))

	w.act(ledger.Actor{Role: payback.RoleOfficer, By: "officer"}, &payback.CloseStore{Store: "s01", To: "s02", Loans: []payback.LoanID{"copy2"}})
	as("pull-gone", p)
	p.pullFrom(first)
	w.refusals(as, p)
	w.carried(func(name string, by *pc) {
		as(name, by)
		if name == "push-carried" {
			r.of = p.key.Public()
		}
	}, p)
}

// carried records what another PC carries for p, which was revoked meanwhile: acts
// that were answered before, and one that was not.
func (w *world) carried(as func(string, *pc), p *pc) {
	w.t.Helper()
	carrier := w.newPC()
	w.code(code2, "s02")
	as("enrol-carrier", carrier)
	carrier.enrol(code2).ok(new(syncproto.EnrolReply))
	p.write(count("after it was revoked"))
	as("push-carried", carrier)
	var reply syncproto.PushReply
	w.send(carrier.carriedFor(p)).ok(&reply)
	if last := reply.Verdicts[len(reply.Verdicts)-1]; reply.Fork != 0 || int(reply.Acked) != len(p.raw) || last.Verdict != payback.Quarantined {
		w.t.Errorf("%+v", reply)
	}
}

// day writes ops of many kinds, and one that nobody can read.
func (w *world) day(p *pc, req payback.RequestID) {
	sell := func(c payback.CopyID, r payback.RequestID) *payback.Sell {
		return &payback.Sell{Copy: c, Request: r, ISBN: isbn1, Paid: 13000, List: 13000, PayBy: payback.ByCard, Approval: "30418827", Due: "2026-11-23"}
	}
	walkIn := sell("copy2", "")
	walkIn.Card, walkIn.Seen = "card1", true
	p.write(&payback.Accept{Request: req, Assign: 1, Hold: 7}, sell("copy1", req), walkIn, &payback.Return{Loan: "copy1"},
		&payback.RefundPaidOut{Loan: "copy1", Payout: "p1", Amount: 13000, PayBy: payback.ByCard, Cancel: "3052"},
		&payback.Pack{Copy: "copy1", Transfer: "box1", Library: "111136", Box: 1}, count("n1"))
	p.raw = append(p.raw, []byte(`{"v":1,"kind":"from the future","run":`))
	p.hash = syncproto.HashOf(p.raw[len(p.raw)-1])
	p.write(&payback.Accept{Request: "nobody's", Assign: 1})
}

// pushDay pushes the run with the card of its walk-in.
func (p *pc) pushDay() {
	p.w.t.Helper()
	sealed, err := keys.Seal(p.w.box.Public(), []byte("2976096096"), p.w.chance)
	p.w.must(err)
	h := p.header()
	h.Attachments = []string{"card1"}
	p.w.send(p.pushRequest(h, append(append([][]byte(nil), p.raw...), sealed)...)).ok(new(syncproto.PushReply))
}

// pushFrom pushes the last op as if it had this number.
func (p *pc) pushFrom(wseq uint64) {
	p.w.t.Helper()
	h, op := p.header(), p.raw[len(p.raw)-1]
	h.From, h.Ops, h.Tip = wseq, 1, syncproto.SignTip(p.key, p.run, wseq, syncproto.HashOf(op))
	var reply syncproto.PushReply
	p.w.send(p.pushRequest(h, op)).ok(&reply)
	if reply.Gap == 0 {
		p.w.t.Errorf("no gap: %+v", reply)
	}
}

// pullFrom pulls what came after an earlier reply.
func (p *pc) pullFrom(was syncproto.PullReply) {
	p.w.t.Helper()
	h := syncproto.Pull{V: 1, Epoch: was.Epoch, Schema: 1}
	for _, b := range was.Buckets {
		h.Buckets = append(h.Buckets, syncproto.BucketCursor{Name: b.Name, Cursor: b.To, Chain: b.Chain})
	}
	x := p.w.send(p.pullRequest(h))
	if x.status != http.StatusOK {
		p.w.t.Fatalf("pull: %d %s", x.status, x.body)
	}
}

// refusals records the refusals that a counter must understand.
func (w *world) refusals(as func(string, *pc), p *pc) {
	w.t.Helper()
	again := p.pullRequest(syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: "cat"}}})
	w.send(again)
	as("nonce-used", p)
	w.send(again).refused(http.StatusConflict, "sync.nonce_used")
	as("version", p)
	w.send(p.sign("POST", "/v1/pull", []byte(`{"v":99}`))).refused(http.StatusUpgradeRequired, "sync.version")
	as("not-yours", p)
	w.send(p.pullRequest(syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: "store/s02"}}})).refused(http.StatusForbidden, "sync.not_your_bucket")
	as("too-large", p)
	big := &pc{w: w, id: p.id, key: p.key, run: "big", raw: [][]byte{make([]byte, syncproto.MaxOp+1)}}
	big.hash = syncproto.HashOf(big.raw[0])
	big.push().refused(http.StatusRequestEntityTooLarge, "sync.op_too_large")
	stranger := w.newPC()
	as("unknown-device", stranger)
	w.send(stranger.pullRequest(syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: "cat"}}})).refused(http.StatusUnauthorized, "sync.device_unknown")
	w.act(ledger.Actor{Role: payback.RoleOfficer, By: "officer"}, &payback.Revoke{Device: p.id})
	as("revoked", p)
	w.send(p.pullRequest(syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: "cat"}}})).refused(http.StatusUnauthorized, "sync.device_revoked")
	as("unsigned", nil)
	w.send(request{method: "POST", path: "/v1/push"}).refused(http.StatusUnauthorized, "sync.unsigned")
}
