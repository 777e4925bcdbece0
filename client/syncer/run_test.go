package syncer

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
)

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithCancel(t.Context())
}

// pass lets so much of a bubble's time go by.
func pass(d time.Duration) { <-time.After(d) }

func readTexts(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("../../assets/messages/sync.ko.json")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

// running starts Run and returns its kicks and news; it ends with the test.
func (p *counterPC) running() (kick, news chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(p.t.Context())
	kick, news = make(chan struct{}, 1), make(chan struct{}, 1)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, kick, news) }()
	return kick, news, func() {
		cancel()
		if err := <-done; err != nil {
			p.t.Errorf("Run: %v", err)
		}
		p.db.Close()
	}
}

// times are when the server had requests; the exchange writes them while a test
// reads.
type times struct {
	mu   sync.Mutex
	list []time.Time // guarded by mu
}

func (x *times) add() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.list = append(x.list, time.Now())
}

func (x *times) all() []time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.list)
}

// reach lets the exchange go on until there are n requests. The database works in
// real time beside the bubble's, so one wait may come too early.
func (x *times) reach(n int) bool {
	for range 500 {
		synctest.Wait()
		if len(x.all()) >= n {
			return true
		}
		pass(time.Millisecond)
	}
	return false
}

// counting makes the server count the times of its requests to a path.
func (s *server) counting(path string) *times {
	x := &times{}
	s.meddling(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
		if r.URL.Path == path {
			x.add()
		}
		honest.ServeHTTP(w, r)
	})
	return x
}

func TestRunPollsEveryFifteenSecondsAndAtOnceWhenKicked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pc, far := enrolled(t)
		pc.record(1)
		pc.steps(0, 1)
		times := far.counting(pathPull)
		began := time.Now()
		kick, news, stop := pc.running()
		if !times.reach(1) || times.all()[0].Sub(began) > backoffMin {
			t.Fatal("no exchange at the start")
		}
		synctest.Wait()
		n := len(times.all())
		pass(pollEvery + time.Millisecond)
		if !times.reach(n + 1) {
			t.Errorf("%d exchanges after a poll's time, want one more than %d", len(times.all()), n)
		}
		n = len(times.all())
		kick <- struct{}{}
		if !times.reach(n + 1) {
			t.Error("a kick did not bring an exchange at once")
		}
		pc.record(1)
		pass(lookEvery + time.Millisecond)
		times.reach(n + 2)
		synctest.Wait()
		if pc.waits() != 0 {
			t.Error("an act was not sent within a second")
		}
		select {
		case <-news:
		default:
			t.Error("no news of the acknowledgement")
		}
		stop()
	})
}

func TestRunTriesMoreAndMoreRarelyButAtOnceAfterAnAct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pc, far := enrolled(t)
		tried := &times{}
		far.meddling(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			if r.URL.Path == pathPoke {
				t.Error("a poke is opened though no exchange succeeded")
			}
			tried.add()
			w.WriteHeader(http.StatusBadGateway)
		})
		_, _, stop := pc.running()
		pass(2 * time.Hour)
		synctest.Wait()
		times := tried.all()
		for i := 1; i < len(times); i++ {
			gap, ceiling := times[i].Sub(times[i-1]), min(backoffMax, backoffMin<<min(i, 12))
			if gap < backoffMin || gap > ceiling {
				t.Errorf("wait %d was %v, want 1s to %v", i, gap, ceiling)
			}
		}
		if len(times) < 24 || len(times) > 150 {
			t.Errorf("%d tries in two hours", len(times))
		}
		n := len(times)
		pc.record(1)
		pass(backoffMin + lookEvery)
		synctest.Wait()
		if !tried.reach(n + 1) {
			t.Error("an act did not bring a try within two seconds")
		}
		stop()
	})
}

func TestRunWaitsAsLongAsTheServerAsksAlsoAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pc, far := enrolled(t)
		far.refusing(http.StatusTooManyRequests, fault.New(fault.Limited, "sync.too_fast", "Seconds", "60"), pathPull, pathPush)
		if _, err := pc.Step(t.Context()); keyOf(err) != KeyBusy || fault.CodeOf(err) != fault.Limited {
			t.Fatalf("got %v", err)
		}
		times := far.counting(pathPull)
		began := time.Now()
		kick, _, stop := pc.running()
		kick <- struct{}{}
		pass(2 * time.Minute)
		synctest.Wait()
		if !times.reach(1) || times.all()[0].Sub(began).Round(time.Second) != time.Minute {
			t.Errorf("first tries at %v after %v, want after a minute", times.all(), began)
		}
		stop()
	})
}

func TestShortWaitsAreKeptInsideOneExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pc, far := enrolled(t)
		refused := 0
		far.meddling(func(w http.ResponseWriter, r *http.Request, honest http.Handler) {
			if refused++; refused <= 3 {
				far.reply(w, r, 429, asJSON(t, fault.New(fault.Limited, "sync.too_fast", "Seconds", "1")))
				return
			}
			honest.ServeHTTP(w, r)
		})
		began := time.Now()
		pc.steps(0, 0)
		if got := time.Since(began); got != 3*time.Second {
			t.Errorf("took %v, want 3s", got)
		}
		pc.db.Close()
	})
}

func TestRunOfAFolderThatIsNotEnrolledWaitsForEnrolment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := newServer(t, nil)
		pc := newPC(t, direct{far})
		far.clock = pc.clock
		_, _, stop := pc.running()
		pass(time.Minute)
		synctest.Wait()
		if got := pc.cause(); got != KeyNotEnrolled {
			t.Errorf("cause: got %q", got)
		}
		if _, err := pc.Enrol(t.Context(), "http://localhost:1", onceCode); err != nil {
			t.Fatal(err)
		}
		pass(pollEvery)
		synctest.Wait()
		if got := pc.cause(); got != "" {
			t.Errorf("cause after enrolment: got %q, want none", got)
		}
		stop()
	})
}
