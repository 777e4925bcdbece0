package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/api"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// head is how far the ledger got.
func (w *world) head() (at uint64) {
	w.t.Helper()
	w.must(w.l.View(w.t.Context(), seocho, func(r db.Reader) error {
		h, err := r.Head()
		at = h.Position
		return err
	}))
	return at
}

func TestABodyHasAtMostItsSize(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	for size, status := range map[int]int{16<<10 - 1: http.StatusOK, 16 << 10: http.StatusOK, 16<<10 + 1: http.StatusRequestEntityTooLarge} {
		body := []byte(`{"v":1,"buckets":[{"name":"cat","cursor":0}]}`)
		body = append(body, bytes.Repeat([]byte(" "), size-len(body))...)
		if x := w.send(p.sign("POST", "/v1/pull", body)); x.status != status {
			t.Errorf("pull of %d bytes: status %d, want %d", size, x.status, status)
		}
	}
	huge := make([]byte, syncproto.MaxPacket+64<<10+1)
	w.send(p.sign("POST", "/v1/push", huge)).refused(http.StatusRequestEntityTooLarge, "sync.packet_too_large")
	w.send(p.sign("POST", "/v1/push", huge[1:])).refused(http.StatusBadRequest, "sync.bad_packet")
}

func TestAnOpIsTakenUpToItsLimit(t *testing.T) {
	w := newWorld(t)
	for size, status := range map[int]int{syncproto.MaxOp - 1: http.StatusOK, syncproto.MaxOp: http.StatusOK, syncproto.MaxOp + 1: http.StatusRequestEntityTooLarge} {
		p := w.enrolled("s01")
		p.raw = [][]byte{bytes.Repeat([]byte("x"), size)} // can't be read, but is kept
		p.hash = syncproto.HashOf(p.raw[0])
		x := p.push()
		if x.status != status {
			t.Errorf("%d bytes: %d %s", size, x.status, x.body)
		}
		if status != http.StatusOK {
			x.refused(status, "sync.op_too_large")
		}
	}
}

func TestAPushHasAtMostItsOps(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	for i := range syncproto.MaxPushOps - 1 {
		p.write(count(fmt.Sprint("n", i)))
	}
	var reply syncproto.PushReply
	for _, want := range []uint64{syncproto.MaxPushOps - 1, syncproto.MaxPushOps} {
		p.push().ok(&reply)
		if reply.Acked != want {
			t.Errorf("acked %d, want %d", reply.Acked, want)
		}
		p.write(count(fmt.Sprint("m", want)))
	}
	p.push().refused(http.StatusRequestEntityTooLarge, "sync.packet_too_large")
}

func TestAttachmentsHaveTheirLimits(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	p.write(count("n1"))
	send := func(n, size int) exchange {
		h, frames := p.header(), [][]byte{p.raw[0]}
		for i := range n {
			h.Attachments = append(h.Attachments, fmt.Sprint("a", i))
			frames = append(frames, make([]byte, size))
		}
		w.clock.Advance(time.Minute)
		return w.send(p.pushRequest(h, frames...))
	}
	for n, status := range map[int]int{syncproto.MaxAttachments - 1: 200, syncproto.MaxAttachments: 200, syncproto.MaxAttachments + 1: 413} {
		if x := send(n, 1); x.status != status {
			t.Errorf("%d attachments: %d %s", n, x.status, x.body)
		}
	}
	for size, status := range map[int]int{syncproto.MaxAttachment - 1: 200, syncproto.MaxAttachment: 200, syncproto.MaxAttachment + 1: 400} {
		if x := send(1, size); x.status != status {
			t.Errorf("an attachment of %d bytes: %d %s", size, x.status, x.body)
		}
	}
}

func TestAPushSaysWhatItHolds(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	p.write(count("n1"))
	for name, spoil := range map[string]func(*syncproto.Push){
		"fewer": func(h *syncproto.Push) { h.Ops = 0 }, "more": func(h *syncproto.Push) { h.Ops = 2 },
		"less than none": func(h *syncproto.Push) { h.Ops = -1 }, "an attachment": func(h *syncproto.Push) { h.Attachments = []string{"x"} },
		"from nowhere": func(h *syncproto.Push) { h.From = 0 }, "no run": func(h *syncproto.Push) { h.Run = "" },
		"a long run": func(h *syncproto.Push) { h.Run = payback.RunID(strings.Repeat("x", payback.MaxID+1)) },
	} {
		t.Run(name, func(t *testing.T) {
			h := p.header()
			spoil(&h)
			w.send(p.pushRequest(h, p.raw...)).refused(http.StatusBadRequest, "sync.bad_packet")
		})
	}
}

func TestAPullNamesItsBucketsOnce(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	cat := syncproto.BucketCursor{Name: "cat"}
	for _, bs := range [][]syncproto.BucketCursor{nil, {cat, cat}, {cat, {Name: "store/s01"}, cat, cat, cat}} {
		w.send(p.pullRequest(syncproto.Pull{V: 1, Buckets: bs})).refused(http.StatusBadRequest, "sync.bad_buckets")
	}
}

func TestADeviceIsHeldToItsRate(t *testing.T) {
	w := newWorld(t)
	p, other := w.enrolled("s01"), w.enrolled("s02")
	pull := func(p *pc) exchange {
		return w.send(p.pullRequest(syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: "cat"}}}))
	}
	for i := range 200 {
		if x := pull(p); x.status != http.StatusOK {
			t.Fatalf("request %d: %d %s", i, x.status, x.body)
		}
	}
	x := pull(p)
	x.refused(http.StatusTooManyRequests, "sync.too_fast")
	if got := x.header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After: got %q", got)
	}
	if x := pull(other); x.status != http.StatusOK {
		t.Errorf("another device: %d", x.status)
	}
	w.clock.Advance(49 * time.Millisecond)
	pull(p).refused(http.StatusTooManyRequests, "sync.too_fast")
	w.clock.Advance(time.Millisecond)
	if x := pull(p); x.status != http.StatusOK {
		t.Errorf("a twentieth of a second later: %d", x.status)
	}
}

func TestADeviceIsHeldToItsBytes(t *testing.T) {
	w := newWorld(t)
	p, other := w.enrolled("s01"), w.enrolled("s02")
	const most = 32 << 20
	body := make([]byte, 8<<20) // no packet, but counted
	for range most/len(body) - 1 {
		w.send(p.sign("POST", "/v1/push", body)).refused(http.StatusBadRequest, "sync.bad_packet")
	}
	w.send(p.sign("POST", "/v1/push", body[1:])).refused(http.StatusBadRequest, "sync.bad_packet")
	w.send(p.sign("POST", "/v1/push", body[:2])).refused(http.StatusTooManyRequests, "sync.too_fast")
	w.send(p.sign("POST", "/v1/push", body[:1])).refused(http.StatusBadRequest, "sync.bad_packet")
	w.send(other.sign("POST", "/v1/push", body[:2])).refused(http.StatusBadRequest, "sync.bad_packet")
	w.clock.Advance(time.Second)
	w.send(p.sign("POST", "/v1/push", body[:4<<20+1])).refused(http.StatusTooManyRequests, "sync.too_fast")
	w.send(p.sign("POST", "/v1/push", body[:4<<20])).refused(http.StatusBadRequest, "sync.bad_packet")
}

func TestAnAddressMayTryThirtyEnrolmentsAnHour(t *testing.T) {
	w := newWorld(t)
	w.code(code1, "s01")
	for range 30 {
		w.newPC().enrol("0000-0000-0000").refused(http.StatusNotFound, "payback.code_unknown")
	}
	w.newPC().enrol(code1).refused(http.StatusTooManyRequests, "sync.too_fast")
	w.clock.Advance(2*time.Minute - time.Millisecond) // setting the wall clock alone would not help
	w.clock.SetWall(time.Date(2026, 11, 2, 1, 5, 0, 0, time.UTC))
	w.newPC().enrol(code1).refused(http.StatusTooManyRequests, "sync.too_fast")
	w.clock.Advance(time.Millisecond)
	w.newPC().enrol("0000-0000-0000").refused(http.StatusNotFound, "payback.code_unknown")
	w.from = "192.0.2.77"
	w.newPC().enrol(code1).ok(new(syncproto.EnrolReply))
}

func TestStrangersAreHeldBackBeforeTheirBodyIsRead(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	r := p.pullRequest(syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: "cat"}}})
	bad := r
	bad.sig = ""
	for range 120 {
		w.send(bad).refused(http.StatusUnauthorized, "sync.bad_signature")
	}
	w.send(bad).refused(http.StatusTooManyRequests, "sync.too_fast")
	w.from = "192.0.2.9"
	if x := w.send(r); x.status != http.StatusOK {
		t.Errorf("from another address: %d %s", x.status, x.body)
	}
}

func TestADevicesStatusIsKeptNowAndThen(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	kept := func() (st api.DeviceStatus) {
		text, err := w.db.Setting(t.Context(), api.StatusName(seocho, p.id))
		w.must(err)
		w.must(json.Unmarshal([]byte(text), &st))
		return st
	}
	p.write(count("n1"))
	first := w.l.Now()
	p.push().ok(new(syncproto.PushReply))
	if st := kept(); st.Seen != first || st.V != 1 || st.Status.Waiting != 1 || st.Status.Face != "desktop" {
		t.Errorf("got %+v", st)
	}
	if seen, err := api.LastSeen(t.Context(), w.db, seocho, p.id); err != nil || seen != first {
		t.Errorf("last seen %d (%v), want %d", seen, err, first)
	}
	if seen, err := api.LastSeen(t.Context(), w.db, seocho, "nobody"); err != nil || seen != 0 {
		t.Errorf("a device that was never heard of: %d (%v)", seen, err)
	}
	w.clock.Advance(9 * time.Second)
	p.push().ok(new(syncproto.PushReply))
	if st := kept(); st.Seen != first {
		t.Error("written twice in ten seconds")
	}
	w.clock.Advance(time.Second)
	p.push().ok(new(syncproto.PushReply))
	if st := kept(); st.Seen != w.l.Now() {
		t.Error("not written after ten seconds")
	}
}
