package syncer

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// meddler is what may stand between a counter and its server.
type meddler = func(w http.ResponseWriter, r *http.Request, honest http.Handler)

// overwire returns an enrolled PC that reaches its server over real HTTP.
func overwire(t *testing.T) (*counterPC, *server) {
	t.Helper()
	pc := newPC(t, nil)
	far := newServer(t, pc.clock)
	site := httptest.NewServer(far)
	t.Cleanup(site.Close)
	if _, err := pc.Enrol(t.Context(), site.URL, onceCode); err != nil {
		t.Fatal(err)
	}
	if err := pc.db.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	return pc, far
}

// captured runs a request on the honest server and returns its reply unsent.
func captured(r *http.Request, honest http.Handler) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	honest.ServeHTTP(rec, r)
	return rec
}

// send sends a captured reply, with another body or status if so wished.
func send(w http.ResponseWriter, rec *httptest.ResponseRecorder, status int, body []byte) {
	w.Header().Set(syncproto.HeaderSignature, rec.Header().Get(syncproto.HeaderSignature))
	w.WriteHeader(status)
	w.Write(body)
}

func TestWhatIsNotTheServersReplyIsNoReply(t *testing.T) {
	const page = `<html><title>Free Wi-Fi</title><form action="/login">`
	other := generate(t, 2)
	var old *httptest.ResponseRecorder // a reply of before
	cases := map[string]struct {
		meddle meddler
		key    string
	}{
		"a portal's page": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { fmt.Fprint(w, page) }, KeyPortal},
		"an empty reply":  {func(http.ResponseWriter, *http.Request, http.Handler) {}, KeyPortal},
		"a portal's redirect": {func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.Redirect(w, r, "/login", http.StatusFound)
		}, KeyPortal},
		"a portal by the rules":  {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(511) }, KeyPortal},
		"a proxy without server": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(502) }, KeyServerDown},
		"an unsigned refusal":    {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(401) }, KeyPortal},
		"JSON without signature": {func(w http.ResponseWriter, r *http.Request, h http.Handler) { w.Write(captured(r, h).Body.Bytes()) }, KeyPortal},
		"a changed status": {func(w http.ResponseWriter, r *http.Request, h http.Handler) {
			rec := captured(r, h)
			send(w, rec, 201, rec.Body.Bytes())
		}, KeyWrongServer},
		"a body cut by one byte": {func(w http.ResponseWriter, r *http.Request, h http.Handler) {
			rec := captured(r, h)
			b := rec.Body.Bytes()
			send(w, rec, 200, b[:len(b)-1])
		}, KeyWrongServer},
		"a body with a tail": {func(w http.ResponseWriter, r *http.Request, h http.Handler) {
			rec := captured(r, h)
			send(w, rec, 200, append(rec.Body.Bytes(), '\n'))
		}, KeyWrongServer},
		"an old reply once more": {func(w http.ResponseWriter, r *http.Request, h http.Handler) {
			if old == nil {
				old = captured(r, h)
			}
			send(w, old, 200, old.Body.Bytes())
		}, KeyWrongServer},
		"another server's": {func(w http.ResponseWriter, r *http.Request, h http.Handler) {
			rec := captured(r, h)
			sig := syncproto.SignReply(other, 200, r.URL.Path, r.Header.Get(syncproto.HeaderNonce), rec.Body.Bytes())
			w.Header().Set(syncproto.HeaderSignature, string(sig))
			w.Write(rec.Body.Bytes())
		}, KeyWrongServer},
		"a connection cut inside": {func(w http.ResponseWriter, r *http.Request, h http.Handler) {
			rec := captured(r, h)
			w.Header().Set("Content-Length", fmt.Sprint(rec.Body.Len()))
			send(w, rec, 200, rec.Body.Bytes()[:rec.Body.Len()/2])
			panic(http.ErrAbortHandler)
		}, KeyServerDown},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			pc, far := overwire(t)
			pc.record(3)
			if name == "an old reply once more" {
				old = nil
				far.meddling(func(w http.ResponseWriter, r *http.Request, h http.Handler) { old = captured(r, h); w.WriteHeader(502) })
				pc.Step(t.Context())
			}
			far.meddling(c.meddle)
			_, err := pc.Step(t.Context())
			if got := keyOf(err); got != c.key {
				t.Fatalf("got %q (%v), want %q", got, err, c.key)
			}
			if got := fault.CodeOf(err); got != fault.Unavailable {
				t.Errorf("code: got %q", got)
			}
			if got := pc.waits(); got != 3 {
				t.Errorf("%d ops wait, want all 3", got)
			}
			if got := pc.cause(); got != c.key {
				t.Errorf("stored cause: got %q, want %q", got, c.key)
			}
			far.honest()
			pc.steps(0, 3)
			if got := far.held(); got != 3 {
				t.Errorf("the server holds %d ops, want 3, each once", got)
			}
		})
	}
}

// steps makes one exchange that must succeed and leave so many ops waiting and so
// many on the server.
func (p *counterPC) steps(waiting, sent int) Report {
	p.t.Helper()
	r, err := p.Step(p.t.Context())
	if err != nil {
		p.t.Fatalf("an exchange: %v", err)
	}
	if got := p.waits(); got != waiting {
		p.t.Errorf("%d ops wait, want %d", got, waiting)
	}
	if r.Sent != sent {
		p.t.Errorf("%d ops acknowledged, want %d", r.Sent, sent)
	}
	return r
}

func TestLostReplyToAPushIsAskedForAgain(t *testing.T) {
	pc, far := enrolled(t)
	pc.record(4)
	far.meddling(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		captured(r, honest) // the server took it in; the answer is lost
		w.WriteHeader(http.StatusGatewayTimeout)
	})
	if _, err := pc.Step(t.Context()); keyOf(err) != KeyServerDown {
		t.Fatal(err)
	}
	if far.held() != 4 || pc.waits() != 4 {
		t.Fatalf("the server holds %d, %d wait; want 4 and 4", far.held(), pc.waits())
	}
	far.honest()
	pc.steps(0, 4)
	if far.held() != 4 {
		t.Errorf("the server holds %d ops, want each once", far.held())
	}
}

func TestRequestThatANetworkDoubledIsSentAnew(t *testing.T) {
	pc, far := enrolled(t)
	pc.record(1)
	first := true
	far.meddling(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		if first {
			first = false
			far.reply(w, r, http.StatusConflict, asJSON(t, fault.New(fault.Conflict, "sync.nonce_used")))
			return
		}
		honest.ServeHTTP(w, r)
	})
	pc.steps(0, 1)
}

func TestSignedRefusalsDropNoOp(t *testing.T) {
	cases := []struct {
		status int
		code   fault.Code
		key    string
		want   fault.Code
	}{
		{500, fault.Internal, KeyTrouble, fault.Unavailable},
		{503, fault.Unavailable, KeyTrouble, fault.Unavailable},
		{401, fault.Unauthorized, KeyRevoked, fault.Forbidden},
		{403, fault.Forbidden, KeyRefused, fault.Forbidden},
		{426, fault.Forbidden, KeyTooOld, fault.Forbidden},
		{400, fault.Invalid, KeyRefused, fault.Internal},
		{413, fault.Limited, KeyRefused, fault.Internal},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.status), func(t *testing.T) {
			pc, far := enrolled(t)
			pc.record(3)
			far.refusing(c.status, fault.New(c.code, ""), pathPush, pathPull)
			_, err := pc.Step(t.Context())
			if keyOf(err) != c.key || fault.CodeOf(err) != c.want {
				t.Errorf("got %q %q, want %q %q", fault.CodeOf(err), keyOf(err), c.want, c.key)
			}
			if got := pc.waits(); got != 3 {
				t.Errorf("%d ops wait, want all 3", got)
			}
			far.honest()
			pc.steps(0, 3)
		})
	}
}

func TestPullGoesOnWhileAPushIsRefused(t *testing.T) {
	pc, far := enrolled(t)
	pc.record(1)
	far.titles(3)
	far.refusing(500, fault.New(fault.Internal, ""), pathPush)
	r, err := pc.Step(t.Context())
	if keyOf(err) != KeyTrouble {
		t.Fatalf("got %v", err)
	}
	if r.Rows != 3 || !r.Changed {
		t.Errorf("got %d rows, want 3", r.Rows)
	}
}

func TestBatchThatTheServerCannotTakeIsHalved(t *testing.T) {
	pc, far := enrolled(t)
	pc.record(20)
	far.meddling(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		if r.URL.Path == pathPush && r.ContentLength > 1500 {
			far.reply(w, r, http.StatusRequestEntityTooLarge, asJSON(t, fault.New(fault.Limited, "sync.packet_too_large")))
			return
		}
		honest.ServeHTTP(w, r)
	})
	pc.steps(0, 20)
	if got := far.held(); got != 20 {
		t.Errorf("the server holds %d ops, want 20", got)
	}
}

func TestOpsBeforeAPoisonOneGetThrough(t *testing.T) {
	pc, far := enrolled(t)
	pc.record(5)
	far.meddling(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		if rec := captured(r, honest); r.URL.Path != pathPush || far.held() <= 3 {
			send(w, rec, rec.Code, rec.Body.Bytes())
			return
		}
		far.forget(3)
		far.reply(w, r, http.StatusInternalServerError, asJSON(t, fault.New(fault.Internal, "")))
	})
	if _, err := pc.Step(t.Context()); keyOf(err) != KeyTrouble {
		t.Fatalf("got %v", err)
	}
	if got := pc.waits(); got != 2 {
		t.Errorf("%d ops wait, want the 2 from the poison one on", got)
	}
}

// forget makes the server lose the ops of every run beyond keep.
func (s *server) forget(keep int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		r.ops, r.told = r.ops[:min(keep, len(r.ops))], r.told[:min(keep, len(r.told))]
	}
}

func TestGapMakesTheOpsWaitAgainThatTheServerLacks(t *testing.T) {
	pc, far := enrolled(t)
	pc.record(5)
	pc.steps(0, 5)
	far.forget(2)
	pc.record(1)
	pc.steps(0, 4)
	if got := far.held(); got != 6 {
		t.Errorf("the server holds %d ops, want 6", got)
	}
}

func TestForkIsReportedAndLaterActsGoOnInARunOfTheirOwn(t *testing.T) {
	pc, far := enrolled(t)
	pc.record(2)
	pc.steps(0, 2)
	far.mu.Lock()
	for _, run := range far.runs { // a clone of this folder was faster
		run.ops = append(run.ops, []byte(`{"other":true}`))
		run.told = append(run.told, syncproto.OpVerdict{Wseq: 3, Position: 99, Verdict: payback.Applied})
	}
	far.mu.Unlock()
	pc.record(1)
	r, err := pc.Step(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Fork == "" {
		t.Error("the fork was not reported")
	}
	pc.record(1)
	if _, err := pc.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	far.mu.Lock()
	defer far.mu.Unlock()
	if len(far.runs) != 2 {
		t.Errorf("%d runs on the server, want 2", len(far.runs))
	}
}

func TestEverythingThatWaitsIsSentInBatches(t *testing.T) {
	if testing.Short() {
		t.Skip("records 1001 acts one by one")
	}
	pc, far := enrolled(t)
	pc.record(syncproto.MaxPushOps + 1)
	pc.steps(0, syncproto.MaxPushOps+1)
	far.mu.Lock()
	defer far.mu.Unlock()
	if len(far.pushed) != 2 || far.pushed[0].Ops != syncproto.MaxPushOps || far.pushed[1].Ops != 1 {
		t.Errorf("pushed %d times, first %d ops", len(far.pushed), far.pushed[0].Ops)
	}
}

func TestStoreIsAskedForAloneFirstAndTheCatalogueInSlices(t *testing.T) {
	pc, far := enrolled(t)
	far.titles(250)
	pc.shrunk = maxShrunk // slices of 50 to begin with
	pc.record(1)
	r := pc.steps(0, 1)
	if r.Rows != 251 {
		t.Errorf("%d rows, want 250 titles and a verdict", r.Rows)
	}
	far.mu.Lock()
	defer far.mu.Unlock()
	first := far.asked[0]
	if len(first.Buckets) != 1 || first.Buckets[0].Name != bucketStore {
		t.Errorf("first asked for %v, want the store's bucket alone", first.Buckets)
	}
	if n := len(far.asked); n < 3 {
		t.Errorf("%d pulls, want the catalogue in several", n)
	}
}

func TestActsRecordedDuringALongPullAreSentBetweenItsSlices(t *testing.T) {
	pc, far := enrolled(t)
	far.titles(300)
	pc.record(1)
	pc.shrunk = maxShrunk
	pulls := 0
	far.meddling(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		if r.URL.Path == pathPull {
			if pulls++; pulls == 2 {
				pc.record(1)
			}
			if pulls == 3 && far.held() != 2 {
				t.Error("the act of meanwhile was not sent before the third slice")
			}
		}
		honest.ServeHTTP(w, r)
	})
	pc.steps(0, 2)
}

func TestRowsThatDifferAreFetchedAnew(t *testing.T) {
	pc, far := enrolled(t)
	far.titles(2)
	pc.steps(0, 0)
	far.mu.Lock() // the server's history is another now, at the same position and chain
	row := far.rows[payback.BucketCatalogue][1]
	row.raw = asJSON(t, &payback.Title{ISBN: payback.ISBN(row.ID), Name: "고친 책"})
	far.rows[payback.BucketCatalogue][1] = row
	far.mu.Unlock()
	far.titles(1)
	r, err := pc.Step(t.Context())
	if keyOf(err) != KeyMismatch || len(r.Mismatch) != 1 {
		t.Fatalf("got %v, %v", r.Mismatch, err)
	}
	pc.steps(0, 0)
}

func TestRepliesThatMakeNoSenseChangeNothing(t *testing.T) {
	good := func() syncproto.PullReply {
		return syncproto.PullReply{V: 1, Epoch: "e1", Buckets: []syncproto.BucketPart{{Name: bucketStore}}}
	}
	cases := map[string]func(p *syncproto.PullReply) [][]byte{
		"a bucket that was not asked for": func(p *syncproto.PullReply) [][]byte { p.Buckets[0].Name = "store/s02"; return nil },
		"no bucket":                       func(p *syncproto.PullReply) [][]byte { p.Buckets = nil; return nil },
		"beyond its head":                 func(p *syncproto.PullReply) [][]byte { p.Buckets[0].To = 1; return nil },
		"fewer rows than it says":         func(p *syncproto.PullReply) [][]byte { p.Rows = 1; return nil },
		"a row of no bucket": func(p *syncproto.PullReply) [][]byte {
			p.Rows = 1
			return [][]byte{[]byte(`{"b":1,"t":"stock","k":"x","p":1}` + "\n{}")}
		},
		"a row without a name": func(p *syncproto.PullReply) [][]byte { p.Rows = 1; return [][]byte{[]byte("{}\n{}")} },
		"going nowhere":        func(p *syncproto.PullReply) [][]byte { p.Buckets[0].Head = 7; return nil },
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			pc, far := enrolled(t)
			far.meddling(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
				reply := good()
				frames := spoil(&reply)
				packet, err := far.packer.Pack(reply, frames)
				if err != nil {
					t.Error(err)
				}
				far.reply(w, r, 200, packet)
			})
			if _, err := pc.Step(t.Context()); keyOf(err) != KeyNonsense {
				t.Errorf("got %v, want %s", err, KeyNonsense)
			}
		})
	}
}

func TestServerThatAcknowledgesNothingIsNotAskedForEver(t *testing.T) {
	pc, far := enrolled(t)
	pc.record(1)
	asked := 0
	far.meddling(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		if r.URL.Path != pathPush {
			honest.ServeHTTP(w, r)
			return
		}
		asked++
		far.reply(w, r, 200, asJSON(t, syncproto.PushReply{V: 1, Epoch: "e1", Received: 1, Now: 1}))
	})
	if _, err := pc.Step(t.Context()); keyOf(err) != KeyNonsense {
		t.Errorf("got %v", err)
	}
	if asked > maxStuck*2 || pc.waits() != 1 {
		t.Errorf("asked %d times, %d wait", asked, pc.waits())
	}
}

func TestNewerVersionOfTheServerSaysUpdate(t *testing.T) {
	pc, far := enrolled(t)
	pc.record(1)
	far.meddling(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		far.reply(w, r, 200, asJSON(t, syncproto.PushReply{V: syncproto.Version + 1}))
	})
	if _, err := pc.Step(t.Context()); keyOf(err) != KeyTooOld {
		t.Errorf("got %v", err)
	}
}

func TestEveryKeyOfThisPackageHasAText(t *testing.T) {
	texts := readTexts(t)
	for _, key := range []string{KeyNotEnrolled, KeyEnrolled, KeyBadAddress, KeyPlainHTTP, KeyBadCode, KeyUnknownCA, KeyOtherCA, KeyOffline,
		KeyServerDown, KeyPortal, KeyWrongServer, KeyClock, KeyExpired, KeyRevoked, KeyTooOld, KeyBusy, KeyTrouble, KeyRefused, KeyNonsense, KeyMismatch} {
		if strings.TrimSpace(texts[key]) == "" {
			t.Errorf("no text for %s", key)
		}
	}
}

func TestCancelledExchangeIsNoFailure(t *testing.T) {
	pc, far := enrolled(t)
	ctx, cancel := contextOf(t)
	far.meddling(func(http.ResponseWriter, *http.Request, http.Handler) { cancel() })
	if _, err := pc.Step(ctx); !errors.Is(err, ctx.Err()) {
		t.Errorf("got %v", err)
	}
	if got := pc.cause(); got != "" {
		t.Errorf("stored cause: got %q, want none", got)
	}
}
