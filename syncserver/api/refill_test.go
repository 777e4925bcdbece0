package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/api"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// backup copies the world's database and returns the copy's file.
func (w *world) backup() string {
	w.t.Helper()
	_, f, err := sqlite.OpenFile(w.t.Context(), filepath.Join(filepath.Dir(w.shelf), "server.db"))
	w.must(err)
	defer f.Close()
	dir := w.t.TempDir()
	file := filepath.Join(dir, "backup.db")
	w.must(sqlite.Backup(w.t.Context(), f, filepath.Join(dir, "work"), file, filepath.Join(dir, "keys.db")))
	return file
}

// restore goes on with a backup, its window open. People's details are not in it.
func (w *world) restore(file string) db.Epoch {
	w.t.Helper()
	d, err := sqlite.Open(w.t.Context(), file)
	w.must(err)
	w.t.Cleanup(func() { _ = d.Close() })
	log := slog.New(slog.DiscardHandler)
	w.db = d
	w.l, err = ledger.New(d, ledger.Options{Clock: w.clock, IDs: w.ids, Key: w.key, Log: log})
	w.must(err)
	e, err := w.l.OpenEpoch(w.t.Context(), seocho)
	w.must(err)
	w.api, err = api.New(api.Options{DB: d, Ledger: w.l, Vault: w.v, District: seocho, Key: w.key, Clock: w.clock, Program: "test", Log: log,
		Snapshots: w.shelf, SnapshotFrom: snapshotFrom, Box: func(payback.DistrictID) (keys.BoxKey, error) { return w.box, nil }})
	w.must(err)
	w.http.Config.Handler = w.api.Handler()
	return e
}

// held returns the sections that a PC gets of both buckets.
func (p *pc) held(s payback.StoreID) (epoch string, out []syncproto.Section) {
	p.w.t.Helper()
	x := p.w.send(p.pullRequest(syncproto.Pull{V: 1, Schema: 1, Refills: true,
		Buckets: []syncproto.BucketCursor{{Name: payback.BucketCatalogue}, {Name: payback.StoreBucket(s)}}}))
	var h syncproto.PullReply
	frames, err := p.w.packer.Unpack(x.body, &h)
	p.w.must(err)
	for i := range h.Sections {
		h.Sections[i].Bytes = frames[h.Rows+i]
	}
	return h.Epoch, h.Sections
}

// answerOf is a reply to a push as a PC keeps it.
func (p *pc) answerOf(x exchange) syncproto.Answer {
	return syncproto.Answer{Nonce: x.request.nonce, Sig: syncproto.Signature(x.header.Get(syncproto.HeaderSignature)), Ops: len(p.raw), Body: x.body, Raw: p.raw}
}

func (p *pc) refillRequest(h syncproto.Refill, ops ...[]byte) request {
	p.w.t.Helper()
	h.V, h.Ops = 1, len(ops)
	var frames [][]byte
	for _, s := range h.Sections {
		frames = append(frames, s.Bytes)
	}
	frames = append(frames, ops...)
	for _, a := range h.Answers {
		frames = append(append(frames, a.Body), a.Raw...)
	}
	packet, err := p.w.packer.Pack(h, frames)
	p.w.must(err)
	return p.sign("POST", "/v1/refill", packet)
}

func (p *pc) refill(h syncproto.Refill, ops ...[]byte) (reply syncproto.RefillReply) {
	p.w.t.Helper()
	p.w.send(p.refillRequest(h, ops...)).ok(&reply)
	return reply
}

// positions returns the ledger's ops of a run, with their verdicts, and how many
// positions are listed as lost.
func (w *world) verdicts(run payback.RunID) (out []payback.Verdict, lost int) {
	w.t.Helper()
	w.must(w.l.View(w.t.Context(), seocho, func(r db.Reader) error {
		list, err := r.OpsOfRun(run, 1, 1000)
		for _, o := range list {
			out = append(out, o.Verdict)
		}
		if err == nil {
			_, lost, err = r.Lost(1)
		}
		return err
	}))
	return out, lost
}

// While a restored server waits for its counters, it says so: to pushes, pulls and
// snapshots, and in hello; refills go on.
func TestARestoredServerAnswersNothingElseWhileItIsRefilled(t *testing.T) {
	w := newWorld(t)
	p, q := w.enrolled("s01"), w.enrolled("s02")
	w.titles(1, snapshotFrom+10)
	id := p.manifest().ID
	e := w.restore(w.backup())
	p.write(count("n1"))
	p.push().refused(http.StatusServiceUnavailable, syncproto.KeyRefilling)
	cat := syncproto.BucketCursor{Name: payback.BucketCatalogue}
	w.send(p.pullRequest(syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{cat}})).refused(http.StatusServiceUnavailable, syncproto.KeyRefilling)
	p.ask(syncproto.SnapshotAsk{Bucket: payback.BucketCatalogue}).refused(http.StatusServiceUnavailable, syncproto.KeyRefilling)
	p.bytes(id, "bytes=0-9").refused(http.StatusServiceUnavailable, syncproto.KeyRefilling)
	var h syncproto.Hello
	w.send(request{method: "GET", path: "/v1/hello"}).ok(&h)
	if !h.Open || h.Epoch != e.Epoch || len(h.Restores) != 1 || h.Restores[0] != (syncproto.Restore{Before: e.Before, Position: e.Position}) {
		t.Errorf("hello: %+v", h)
	}
	done := syncproto.Refill{Epoch: e.Epoch, Before: e.Before, Done: true}
	if r := p.refill(done); !r.Open {
		t.Error("one of two PCs is done and the window is closed")
	}
	if r := q.refill(done); r.Open {
		t.Error("all PCs are done and the window is open")
	}
	var reply syncproto.PushReply
	p.push().ok(&reply)
	if reply.Acked != 1 || reply.Epoch != e.Epoch {
		t.Errorf("%+v", reply)
	}
	p.ask(syncproto.SnapshotAsk{Bucket: payback.BucketCatalogue}).ok(new(syncproto.Snapshot))
}

// Whoever is not there keeps nobody waiting for ever: the operator's time ends the
// window, and a PC that comes later brings what it holds before anything else.
func TestALatePCRefillsAfterTheWindowEndedByTime(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	file := w.backup()
	p.write(count("n1"))
	p.push().ok(new(syncproto.PushReply))
	before, sections := p.held("s01")
	e := w.restore(file)
	w.must(w.api.CloseRefill(t.Context(), seocho, false))
	p.push().refused(http.StatusServiceUnavailable, syncproto.KeyRefilling)
	w.must(w.api.CloseRefill(t.Context(), seocho, true))
	h := p.header()
	h.Epoch, h.Refills = before, true
	w.send(p.pushRequest(h, p.raw...)).refused(http.StatusServiceUnavailable, syncproto.KeyRefilling)
	if r := p.refill(syncproto.Refill{Epoch: e.Epoch, Before: before, Sections: sections}, p.raw...); r.Taken != len(sections) || r.Open {
		t.Errorf("%+v", r)
	}
	p.refill(syncproto.Refill{Epoch: e.Epoch, Before: before, Done: true})
	w.send(p.pushRequest(h, p.raw...)).ok(new(syncproto.PushReply))
	if got, lost := w.verdicts(p.run); !slices.Equal(got, []payback.Verdict{payback.Applied}) || lost != 0 {
		t.Errorf("%v, %d lost", got, lost)
	}
}

// An op that was acknowledged and never pulled is in no section: the signed answer
// brings it back with its verdict, at its position, so that nothing is listed as lost.
func TestWhatWasOnlyAcknowledgedComesBackByTheSignedAnswer(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	file := w.backup()
	p.write(count("n1"), &payback.Decline{Request: "nobody's", Assign: 1, Reason: payback.DeclineOther, From: payback.Placed})
	x := p.push()
	var was syncproto.PushReply
	x.ok(&was)
	e := w.restore(file)
	h := syncproto.Refill{Epoch: e.Epoch, Before: e.Before, Cursor: was.Verdicts[1].Position, Answers: []syncproto.Answer{p.answerOf(x)}}
	for range 2 {
		p.refill(h)
	}
	p.refill(syncproto.Refill{Epoch: e.Epoch, Before: e.Before, Done: true})
	var now syncproto.PushReply
	p.push().ok(&now)
	for i, v := range was.Verdicts {
		if got := now.Verdicts[i]; got.Verdict != v.Verdict || got.Reason.Key != v.Reason.Key {
			t.Errorf("op %d was %s, is %s", i+1, v.Verdict, got.Verdict)
		}
	}
	if got, lost := w.verdicts(p.run); len(got) != 2 || lost != 0 {
		t.Errorf("%v, %d lost", got, lost)
	}
}

// An answer proves what it says of the very ops that it is of, and nothing else.
func TestAForgedAnswerBringsNothing(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	file := w.backup()
	p.write(count("n1"))
	x := p.push()
	e := w.restore(file)
	good := p.answerOf(x)
	other := *p
	other.raw, other.hash = nil, syncproto.Hash{}
	other.write(count("n2"))
	for name, change := range map[string]func(a *syncproto.Answer){
		"body":  func(a *syncproto.Answer) { a.Body = []byte(strings.Replace(string(a.Body), "applied", "reject", 1)) },
		"nonce": func(a *syncproto.Answer) { a.Nonce = w.nonce() },
		"ops":   func(a *syncproto.Answer) { a.Raw = other.raw },
		"none":  func(a *syncproto.Answer) { a.Ops, a.Raw = 0, nil },
	} {
		a := good
		change(&a)
		p.refill(syncproto.Refill{Epoch: e.Epoch, Before: e.Before, Answers: []syncproto.Answer{a}})
		n := 0
		w.must(w.l.View(t.Context(), seocho, func(r db.Reader) error {
			list, err := r.Told(0, 10)
			n = len(list)
			return err
		}))
		if n != 0 {
			t.Errorf("%s: taken", name)
		}
	}
}

// A section counts by the server's signature, and of a known PC none of another store.
func TestSectionsOfAnotherStoreAndForgedOnesAreNotTaken(t *testing.T) {
	w := newWorld(t)
	p, q := w.enrolled("s01"), w.enrolled("s02")
	file := w.backup()
	p.write(count("n1"))
	p.push().ok(new(syncproto.PushReply))
	_, sections := p.held("s01")
	sections = slices.DeleteFunc(sections, func(s syncproto.Section) bool { return s.Bucket == payback.BucketCatalogue })
	e := w.restore(file)
	forged := slices.Clone(sections)
	for i := range forged {
		forged[i].From++
	}
	h := syncproto.Refill{Epoch: e.Epoch, Before: e.Before, Sections: forged}
	if r := p.refill(h); r.Taken != 0 {
		t.Errorf("%d forged sections are taken", r.Taken)
	}
	h.Sections = sections
	if r := q.refill(h); r.Taken != 0 {
		t.Errorf("%d sections of another store are taken", r.Taken)
	}
	if r := p.refill(h); r.Taken != len(sections) {
		t.Errorf("taken %d of %d", r.Taken, len(sections))
	}
	again := p.refillRequest(h)
	w.send(again).ok(new(syncproto.RefillReply))
	w.send(again).refused(http.StatusConflict, "sync.nonce_used")
	h.Epoch = e.Before
	w.send(p.refillRequest(h)).refused(http.StatusConflict, "sync.refill_epoch")
}

// A PC that joined after the backup is unknown until what it holds is in.
func TestAPCThatJoinedAfterTheBackupRefillsAsAStranger(t *testing.T) {
	w := newWorld(t)
	file := w.backup()
	p := w.enrolled("s01")
	p.write(count("n1"))
	p.push().ok(new(syncproto.PushReply))
	_, sections := p.held("s01")
	e := w.restore(file)
	p.push().refused(http.StatusUnauthorized, "sync.device_unknown")
	if r := p.refill(syncproto.Refill{Epoch: e.Epoch, Before: e.Before, Sections: sections}, p.raw...); r.Taken != len(sections) {
		t.Errorf("taken %d of %d", r.Taken, len(sections))
	}
	w.must(w.api.CloseRefill(t.Context(), seocho, true))
	p.push().ok(new(syncproto.PushReply))
	if got, lost := w.verdicts(p.run); !slices.Equal(got, []payback.Verdict{payback.Applied}) || lost != 0 {
		t.Errorf("%v, %d lost", got, lost)
	}
}

// The limits of one refill, and packets that count wrong.
func TestARefillHasLimits(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	e := w.restore(w.backup())
	for _, at := range []struct {
		sections, answers int
		status            int
	}{
		{syncproto.MaxSections - 1, 0, 200}, {syncproto.MaxSections, 0, 200}, {syncproto.MaxSections + 1, 0, 400},
		{0, syncproto.MaxAnswers - 1, 200}, {0, syncproto.MaxAnswers, 200}, {0, syncproto.MaxAnswers + 1, 400},
	} {
		w.clock.Advance(time.Minute)
		h := syncproto.Refill{Epoch: e.Epoch, Before: e.Before, Sections: make([]syncproto.Section, at.sections), Answers: make([]syncproto.Answer, at.answers)}
		if x := w.send(p.refillRequest(h)); x.status != at.status {
			t.Errorf("%d sections and %d answers: %d %s", at.sections, at.answers, x.status, x.body)
		}
	}
	for _, h := range []syncproto.Refill{{V: 1, Ops: -1}, {V: 1, Ops: 1}, {V: 1, Sections: make([]syncproto.Section, 1)}, {V: 1, Answers: []syncproto.Answer{{Ops: -1}}},
		{V: 1, Answers: []syncproto.Answer{{Ops: syncproto.MaxPushOps + 1}}}, {V: 1, Answers: []syncproto.Answer{{Attachments: make([]string, syncproto.MaxAttachments+1)}}}} {
		raw, err := json.Marshal(h)
		w.must(err)
		packet, err := w.packer.Pack(json.RawMessage(raw), nil)
		w.must(err)
		w.send(p.sign("POST", "/v1/refill", packet)).refused(http.StatusBadRequest, "sync.bad_packet")
	}
}
