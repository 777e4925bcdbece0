package syncproto

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// wireFile is a real exchange, as package syncserver/api recorded it.
type wireFile struct {
	DeviceKey keys.Public `json:"device_key"` // "" if nobody known signed the request
	AuthorKey keys.Public `json:"author_key"` // of the device whose ops another one carries
	ServerKey keys.Public `json:"server_key"`
	Request   struct {
		Method    string           `json:"method"`
		Path      string           `json:"path"`
		Device    payback.DeviceID `json:"device"`
		Nonce     string           `json:"nonce"`
		Signature Signature        `json:"signature"`
		Body      string           `json:"body"`
	} `json:"request"`
	Reply struct {
		Status    int       `json:"status"`
		Signature Signature `json:"signature"`
		Body      string    `json:"body"`
	} `json:"reply"`
}

// oldestRead is the oldest version whose messages must be read: the doc comment
// promises two before the present one.
const oldestRead = max(1, Version-2)

func TestEveryMessageOfTheVersionsThatWeReadIsRead(t *testing.T) {
	for v := oldestRead; v <= Version; v++ {
		names, err := filepath.Glob(filepath.Join("testdata", "wire", fmt.Sprint("v", v), "*.json"))
		if err != nil || len(names) < 15 {
			t.Fatalf("version %d: %d messages, %v", v, len(names), err)
		}
		for _, name := range names {
			t.Run(filepath.ToSlash(name), func(t *testing.T) { readWire(t, name) })
		}
	}
}

func readWire(t *testing.T, name string) {
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var f wireFile
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	ask, err1 := base64.RawURLEncoding.DecodeString(f.Request.Body)
	answer, err2 := base64.RawURLEncoding.DecodeString(f.Reply.Body)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	r := f.Request
	if f.DeviceKey != "" && !VerifyRequest(f.DeviceKey, r.Method, r.Path, r.Device, r.Nonce, ask, r.Signature) {
		t.Error("the request's signature does not verify")
	}
	if !VerifyReply(f.ServerKey, f.Reply.Status, r.Path, r.Nonce, answer, f.Reply.Signature) {
		t.Error("the reply's signature does not verify")
	}
	if f.Reply.Status != 200 {
		var refusal fault.Error
		keep(t, answer, &refusal)
		if !strings.Contains(refusal.Key, ".") {
			t.Errorf("no sentence: %s", answer)
		}
		return
	}
	switch r.Path {
	case "/v1/hello":
		keep(t, answer, new(Hello))
	case "/v1/enrol":
		keep(t, ask, new(EnrolRequest))
		keep(t, answer, new(EnrolReply))
	case "/v1/push":
		author := f.DeviceKey
		if f.AuthorKey != "" {
			author = f.AuthorKey
		}
		readPush(t, author, ask)
		keep(t, answer, new(PushReply))
	case "/v1/pull":
		keep(t, ask, new(Pull))
		readRows(t, answer)
	default:
		t.Errorf("unknown path %s", r.Path)
	}
}

func readPush(t *testing.T, key keys.Public, packet []byte) {
	t.Helper()
	var raw json.RawMessage
	frames, err := packer(t).Unpack(packet, &raw)
	if err != nil {
		t.Fatal(err)
	}
	var h Push
	keep(t, raw, &h)
	if len(frames) != h.Ops+len(h.Attachments) {
		t.Fatalf("%d frames, %d ops and %d attachments", len(frames), h.Ops, len(h.Attachments))
	}
	last := frames[h.Ops-1]
	if !h.Tip.Verify(key) || h.Tip.Hash != HashOf(last) {
		t.Error("the tip is not that of the last op")
	}
	read := 0
	for _, op := range frames[:h.Ops] {
		e, err := Decode(op)
		if err != nil {
			continue // recorded on purpose: it must not keep the others from being read
		}
		keep(t, op, new(Envelope))
		body, err := payback.DecodeBody(e.Kind, e.Body)
		if err != nil {
			t.Errorf("body of %s: %v", e.Kind, err)
			continue
		}
		again, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		contains(t, e.Body, again)
		read++
	}
	if read == 0 {
		t.Error("no op could be read")
	}
}

func readRows(t *testing.T, packet []byte) {
	t.Helper()
	var raw json.RawMessage
	frames, err := packer(t).Unpack(packet, &raw)
	if err != nil {
		t.Fatal(err)
	}
	var h PullReply
	keep(t, raw, &h)
	if h.Rows != len(frames) {
		t.Errorf("%d rows in %d frames", h.Rows, len(frames))
	}
	sums := make([]Digest, len(h.Buckets))
	for _, frame := range frames {
		n, raw, err := ReadRow(frame)
		if err != nil || n.Bucket < 0 || n.Bucket >= len(h.Buckets) {
			t.Fatalf("row %q: %v", frame, err)
		}
		if raw == nil {
			continue // it has left
		}
		row, err := payback.DecodeRow(payback.Table(n.Table), raw)
		if err != nil {
			t.Errorf("%s %s: %v", n.Table, n.ID, err)
			continue
		}
		again, err := payback.EncodeRow(row)
		if err != nil {
			t.Fatal(err)
		}
		contains(t, raw, again)
		sums[n.Bucket].Add(payback.Table(n.Table), n.ID, raw)
	}
	for i, b := range h.Buckets {
		if b.From == 0 && b.Complete() && sums[i] != b.Digest {
			t.Errorf("%s: digest %s, rows give %s", b.Name, b.Digest, sums[i])
		}
	}
}

// keep reads JSON into a value and checks that nothing was lost.
func keep(t *testing.T, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	again, err := json.Marshal(into)
	if err != nil {
		t.Fatal(err)
	}
	contains(t, raw, again)
}

// contains checks that all of was is in is; is may say more.
func contains(t *testing.T, was, is []byte) {
	t.Helper()
	var a, b any
	if json.Unmarshal(was, &a) != nil || json.Unmarshal(is, &b) != nil {
		t.Fatalf("not JSON: %s, %s", was, is)
	}
	if lost := missing(a, b); lost != "" {
		t.Errorf("lost %s of %s: got %s", lost, was, is)
	}
}

func missing(a, b any) string {
	was, ok := a.(map[string]any)
	is, same := b.(map[string]any)
	if !ok || !same {
		list, isList := a.([]any)
		other, _ := b.([]any)
		if isList && len(list) == len(other) {
			for i := range list {
				if lost := missing(list[i], other[i]); lost != "" {
					return fmt.Sprintf("[%d]%s", i, lost)
				}
			}
			return ""
		}
		if reflect.DeepEqual(a, b) {
			return ""
		}
		return fmt.Sprint(a)
	}
	for key, value := range was {
		if got, there := is[key]; !there {
			return "." + key
		} else if lost := missing(value, got); lost != "" {
			return "." + key + lost
		}
	}
	return ""
}
