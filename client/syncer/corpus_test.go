package syncer

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// oldestAnswer is the oldest version of servers whose replies must be understood.
const oldestAnswer = max(1, syncproto.Version-2)

// wire is a recorded exchange of testdata/wire.
type wire struct {
	ServerKey keys.Public `json:"server_key"`
	Request   struct {
		Method, Path string
		Device       payback.DeviceID
		Nonce, Body  string
	}
	Reply struct {
		Status    int
		Signature string
		Body      string
	}
}

// RoundTrip answers with the recorded reply.
func (f *wire) RoundTrip(*http.Request) (*http.Response, error) {
	body, err := base64.RawURLEncoding.DecodeString(f.Reply.Body)
	h := http.Header{}
	h.Set(syncproto.HeaderSignature, f.Reply.Signature)
	return &http.Response{StatusCode: f.Reply.Status, Header: h, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body))}, err
}

// The very bytes that servers of each version answered with are understood by this
// counter, signature and all.
func TestRepliesOfServersOfEveryVersionAreUnderstood(t *testing.T) {
	for v := oldestAnswer; v <= syncproto.Version; v++ {
		names, err := filepath.Glob(filepath.Join("..", "..", "shared", "syncproto", "testdata", "wire", fmt.Sprint("v", v), "*.json"))
		if err != nil || len(names) < 15 {
			t.Fatalf("%d messages, %v", len(names), err)
		}
		for _, name := range names {
			t.Run(filepath.Base(name), func(t *testing.T) { hear(t, name) })
		}
	}
}

func hear(t *testing.T, name string) {
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f := new(wire)
	if err := json.Unmarshal(data, f); err != nil {
		t.Fatal(err)
	}
	if f.Request.Nonce == "" {
		t.Skip("asked by nobody with a nonce: no counter can have asked it")
	}
	nonce, err := base64.RawURLEncoding.DecodeString(f.Request.Nonce)
	if err != nil {
		t.Fatal(err)
	}
	ask, err := base64.RawURLEncoding.DecodeString(f.Request.Body)
	if err != nil {
		t.Fatal(err)
	}
	pc := newPC(t, f)
	e := db.Enrolment{Device: f.Request.Device, Store: store, District: "seocho", Server: "http://127.0.0.1:1", ServerKey: f.ServerKey}
	if err := pc.db.SetEnrolment(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if _, _, err := pc.env.Ring.Key(KeyName, pc.env.Chance); err != nil {
		t.Fatal(err)
	}
	l, err := pc.dial(e)
	if err != nil {
		t.Fatal(err)
	}
	l.chance = io.MultiReader(bytes.NewReader(nonce), strings.NewReader(strings.Repeat("x", 1000)))
	a, err := l.once(t.Context(), f.Request.Method, f.Request.Path, "", ask)
	if f.Reply.Status != http.StatusOK {
		refused(t, f, err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	switch f.Request.Path {
	case pathPush:
		pc.hearPush(a.body, ask)
	case pathPull:
		pc.hearPull(a.body, ask)
	case pathSnapshot:
		var m syncproto.Snapshot
		if err := json.Unmarshal(a.body, &m); err != nil || m.Check() != nil {
			t.Errorf("manifest %s: %v", a.body, err)
		}
	}
}

// refused checks that a refusal is one of ours, with the server's own inside.
func refused(t *testing.T, f *wire, err error) {
	t.Helper()
	want := map[int]string{401: KeyRevoked, 403: KeyRefused, 404: KeyRefused, 409: KeyRefused, 413: KeyRefused, 426: KeyTooOld}[f.Reply.Status]
	var said *fault.Error
	if keyOf(err) != want || want == "" || !errors.As(err, &said) || saidBy(err) == nil {
		t.Errorf("a refusal with status %d is %v, want %s", f.Reply.Status, err, want)
	}
}

func (p *counterPC) hearPush(body, ask []byte) {
	p.t.Helper()
	var h syncproto.Push
	var reply syncproto.PushReply
	if _, err := p.packer.Unpack(ask, &h); err != nil {
		p.t.Fatal(err)
	}
	if err := p.readHeader(body, &reply); err != nil || reply.Epoch == "" {
		p.t.Fatalf("reply %+v, %v", reply, err)
	}
	if err := p.db.Acked(p.t.Context(), h.Run, reply); err != nil {
		p.t.Error(err)
	}
}

func (p *counterPC) hearPull(body, ask []byte) {
	p.t.Helper()
	var asked syncproto.Pull
	var reply syncproto.PullReply
	if err := json.Unmarshal(ask, &asked); err != nil {
		p.t.Fatal(err)
	}
	frames, err := p.packer.Unpack(body, &reply)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := sensible(asked.Buckets, reply, len(frames)); err != nil {
		p.t.Error(err)
	}
	var rows []db.PulledRow
	for _, f := range frames {
		name, raw, err := syncproto.ReadRow(f)
		if err != nil {
			p.t.Fatal(err)
		}
		rows = append(rows, db.PulledRow{RowName: name, Raw: raw})
	}
	out, err := p.db.ApplyPull(p.t.Context(), reply, rows)
	if err != nil {
		p.t.Fatal(err)
	}
	if asked.Buckets[0].Cursor == 0 && (!out.Complete || len(out.Mismatch) > 0 || out.Rows != len(rows)) {
		p.t.Errorf("a pull from the beginning: %+v", out)
	}
}
