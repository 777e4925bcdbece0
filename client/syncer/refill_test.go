package syncer

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// section is the server's record of the device's ops after what a counter holds.
func (s *server) section(c syncproto.BucketCursor) syncproto.Section {
	x := syncproto.Section{Epoch: s.epoch, Bucket: c.Name, From: c.Witness, To: s.heads[c.Name]}
	for _, id := range slices.Sorted(maps.Keys(s.runs)) {
		for i, v := range s.runs[id].told {
			if v.Position <= c.Witness {
				continue
			}
			var err error
			x.Bytes, err = syncproto.AppendEntry(x.Bytes, syncproto.Entry{Position: v.Position, Run: id, Wseq: v.Wseq,
				Hash: syncproto.HashOf(s.runs[id].ops[i]), Verdict: v.Verdict})
			if err != nil {
				s.t.Error(err)
			}
		}
	}
	x.Sign(s.key)
	return x
}

// restoredServer is one that was restored: it answers nothing else until this
// counter is done, and keeps its window open for some of its askings.
type restoredServer struct {
	far      *server
	waits    int // how often done is answered with: still open
	closed   bool
	requests int
	refills  int
	cut      int                 // the reply to this request is lost; 0 = none
	sections map[string]bool     // by their signature
	ops      map[string]bool     // brought, by their hash
	answers  map[string][]byte   // bodies by nonce
	last     syncproto.Refill    // header of the last packet
	restores []syncproto.Restore // that hello tells
}

func (s *server) restored(waits int) *restoredServer {
	s.mu.Lock()
	before := s.epoch
	s.epoch = "restored"
	s.mu.Unlock()
	r := &restoredServer{far: s, waits: waits, sections: map[string]bool{}, ops: map[string]bool{}, answers: map[string][]byte{},
		restores: []syncproto.Restore{{Before: before, Position: 1}}}
	s.meddling(r.serve)
	return r
}

func (r *restoredServer) serve(w http.ResponseWriter, req *http.Request, honest http.Handler) {
	if r.requests++; r.requests == r.cut {
		captured(req, http.HandlerFunc(func(x http.ResponseWriter, q *http.Request) { r.answer(x, q, honest) }))
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	r.answer(w, req, honest)
}

func (r *restoredServer) answer(w http.ResponseWriter, req *http.Request, honest http.Handler) {
	s := r.far
	switch {
	case req.URL.Path == pathHello:
		s.reply(w, req, 200, asJSON(s.t, syncproto.Hello{V: 1, Oldest: 1, Key: s.key.Public(), Epoch: s.epoch, Open: !r.closed, Restores: r.restores}))
	case req.URL.Path == pathRefill:
		body, err := io.ReadAll(req.Body)
		if err != nil {
			s.t.Error(err)
		}
		s.reply(w, req, 200, asJSON(s.t, r.take(body)))
	case !r.closed:
		s.reply(w, req, http.StatusServiceUnavailable, asJSON(s.t, fault.New(fault.Unavailable, syncproto.KeyRefilling)))
	default:
		honest.ServeHTTP(w, req)
	}
}

func (r *restoredServer) take(packet []byte) syncproto.RefillReply {
	s := r.far
	r.refills++
	var head json.RawMessage
	frames, err := s.packer.Unpack(packet, &head)
	r.last = syncproto.Refill{}
	if err != nil || json.Unmarshal(head, &r.last) != nil {
		s.t.Error(err)
	}
	h := r.last
	for i, x := range h.Sections {
		if x.Bytes = frames[i]; !x.Verify(s.key.Public()) {
			s.t.Error("a section does not verify any more")
		}
		r.sections[string(x.Sig)] = true
	}
	frames = frames[len(h.Sections):]
	for _, o := range frames[:h.Ops] {
		r.ops[syncproto.HashOf(o).String()] = true
	}
	frames = frames[h.Ops:]
	for _, a := range h.Answers {
		if !syncproto.VerifyReply(s.key.Public(), 200, pathPush, a.Nonce, frames[0], a.Sig) {
			s.t.Error("an answer does not verify any more")
		}
		r.answers[a.Nonce] = frames[0]
		for _, o := range frames[1 : 1+a.Ops] {
			r.ops[syncproto.HashOf(o).String()] = true
		}
		frames = frames[a.Frames():]
	}
	if h.Done {
		r.closed = r.waits <= 0
		r.waits--
	}
	return syncproto.RefillReply{V: 1, Epoch: s.epoch, Taken: len(h.Sections), Open: !r.closed}
}

// worked returns a PC that pulled what it did first, and was only told of the rest.
func worked(t *testing.T) (*counterPC, *server) {
	t.Helper()
	p, far := enrolled(t)
	far.witness = true
	p.record(3)
	p.steps(0, 3)
	far.refusing(http.StatusInternalServerError, fault.New(fault.Internal, ""), pathPull)
	p.record(2)
	if _, err := p.Step(t.Context()); err == nil {
		t.Fatal("a pull that is refused succeeds")
	}
	far.honest()
	return p, far
}

// A restored server is brought everything that it does not have, and then all goes on.
func TestARestoredServerIsBroughtWhatThisPCHolds(t *testing.T) {
	p, far := worked(t)
	r := far.restored(2)
	for i := range 2 {
		if _, err := p.Step(t.Context()); keyOf(err) != KeyRefilling || p.cause() != KeyRefilling {
			t.Fatalf("step %d in the window: %v", i, err)
		}
		if p.waits() > 5 {
			t.Fatal("ops appeared")
		}
	}
	if _, err := p.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.sections) != 1 || len(r.ops) != 5 || len(r.answers) != 1 || r.last.Before == "" || r.last.Cursor == 0 {
		t.Errorf("brought %d sections, %d ops, %d answers: %+v", len(r.sections), len(r.ops), len(r.answers), r.last)
	}
	if p.waits() != 0 {
		t.Errorf("%d ops wait", p.waits())
	}
	n := r.refills
	if _, err := p.Step(t.Context()); err != nil || r.refills > n {
		t.Errorf("refilled again: %v", err)
	}
}

// Wherever it is cut off, it goes on and all is brought.
func TestARefillThatIsCutOffAnywhereGoesOn(t *testing.T) {
	for cut := 1; ; cut++ {
		p, far := worked(t)
		r := far.restored(1)
		r.cut = cut
		done := false
		for range 6 {
			if _, err := p.Step(t.Context()); err == nil {
				done = true
				break
			}
		}
		if !done || len(r.sections) != 1 || len(r.ops) != 5 || len(r.answers) != 1 || p.waits() != 0 {
			t.Errorf("request %d is cut: done %t, %d sections, %d ops, %d answers, %d wait", cut, done, len(r.sections), len(r.ops), len(r.answers), p.waits())
		}
		if r.requests < cut {
			return
		}
	}
}

// A PC that a server does not know is revoked, unless that server was restored: then
// it may have joined after the backup, and brings what it holds.
func TestAPCThatARestoredServerDoesNotKnowBringsWhatItHolds(t *testing.T) {
	for _, was := range []bool{false, true} {
		t.Run(fmt.Sprint(was), func(t *testing.T) {
			p, far := worked(t)
			r := far.restored(0)
			if !was {
				r.restores = nil
			}
			unknown := true
			far.meddling(func(w http.ResponseWriter, req *http.Request, honest http.Handler) {
				if unknown && (req.URL.Path == pathPush || req.URL.Path == pathPull) {
					if r.closed {
						unknown = false
					} else {
						far.reply(w, req, http.StatusUnauthorized, asJSON(t, fault.New(fault.Unauthorized, "sync.device_unknown")))
						return
					}
				}
				r.serve(w, req, honest)
			})
			_, err := p.Step(t.Context())
			if was && (err != nil || len(r.sections) != 1 || len(r.answers) != 1) {
				t.Errorf("%v, %d sections, %d answers", err, len(r.sections), len(r.answers))
			}
			if !was && keyOf(err) != KeyRevoked {
				t.Errorf("%v", err)
			}
		})
	}
}

// A PC whose disk lost ops that the server's sections name asks for their bytes.
func TestSectionsThatNameOpsWhichAreNotHereAreAskedForWhole(t *testing.T) {
	p, far := enrolled(t)
	far.witness = true
	p.record(1)
	p.steps(0, 1)
	v := &payback.VerdictRow{Store: store, Op: payback.OpRef{Run: "gone", Wseq: 1}, Verdict: payback.Applied}
	far.mu.Lock()
	far.runs["gone"] = &heldRun{ops: [][]byte{[]byte("op")}, told: []syncproto.OpVerdict{{Wseq: 1, Verdict: payback.Applied,
		Position: far.put(bucketStore, payback.TVerdict, v.Key().ID, asJSON(t, v))}}}
	far.asked = nil
	far.mu.Unlock()
	if _, err := p.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(far.asked) < 2 || far.asked[0].Whole || !far.asked[1].Whole {
		t.Errorf("%+v", far.asked)
	}
}
