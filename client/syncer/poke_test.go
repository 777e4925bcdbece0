package syncer

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// poked carries a poke by a pipe and everything else directly, so that a stream
// needs no real time.
type poked struct {
	far *server
	key keys.Key // who signs the stream

	mu   sync.Mutex // protects all below
	open []*io.PipeWriter
}

// pokedPC is an enrolled PC whose pokes a test writes.
func pokedPC(t *testing.T) (*counterPC, *poked) {
	t.Helper()
	pc, far := enrolled(t)
	p := &poked{far: far, key: far.key}
	pc.env.Transport = p
	pc.line = nil // dials anew
	return pc, p
}

func (p *poked) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != pathPoke {
		return direct{p.far}.RoundTrip(r)
	}
	read, write := io.Pipe()
	p.mu.Lock()
	p.open = append(p.open, write)
	p.mu.Unlock()
	go func() {
		<-r.Context().Done()
		write.CloseWithError(r.Context().Err())
	}()
	sig := syncproto.SignReply(p.key, http.StatusOK, pathPoke, r.Header.Get(syncproto.HeaderNonce), nil)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{syncproto.HeaderSignature: {string(sig)}}, Body: read, Request: r}, nil
}

// streams returns how many pokes were opened.
func (p *poked) streams() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.open)
}

// say writes to the last stream.
func (p *poked) say(text string) {
	p.mu.Lock()
	last := p.open[len(p.open)-1]
	p.mu.Unlock()
	io.WriteString(last, text)
}

// heads writes the server's heads.
func (p *poked) heads() {
	p.far.mu.Lock()
	raw, err := json.Marshal(p.far.heads)
	p.far.mu.Unlock()
	if err != nil {
		p.far.t.Error(err)
	}
	p.say(fmt.Sprintf("data: %s\n\n", raw))
}

// until lets the bubble go on in small steps until something holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 500 {
		synctest.Wait()
		if holds() {
			return
		}
		pass(time.Millisecond)
	}
	t.Fatal(what)
}

func TestAHeadThatMovedIsPulledAtOnceAndOneThatIsOursIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pc, p := pokedPC(t)
		times := p.far.counting(pathPull)
		_, _, stop := pc.running()
		until(t, "no poke was opened", func() bool { return p.streams() == 1 })
		p.heads()
		until(t, "the poke is not heard", pc.ear.live)
		n := len(times.all())
		pass(2 * time.Second)
		synctest.Wait()
		if got := len(times.all()); got != n {
			t.Errorf("%d pulls after a poke of heads that are ours, want %d", got, n)
		}
		p.far.titles(1)
		asked := time.Now()
		p.heads()
		if !times.reach(n + 1) {
			t.Fatal("a head that moved brought no pull")
		}
		if took := times.all()[n].Sub(asked); took > 100*time.Millisecond {
			t.Errorf("the pull came after %v", took)
		}
		stop()
	})
}

func TestAnActOfThisProgramIsSentAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pc, p := pokedPC(t)
		_, _, stop := pc.running()
		until(t, "no poke was opened", func() bool { return p.streams() == 1 })
		pass(3 * time.Second)
		synctest.Wait()
		times := p.far.counting(pathPush)
		acted := time.Now()
		pc.record(1)
		if !times.reach(1) || times.all()[0].Sub(acted) > 100*time.Millisecond {
			t.Errorf("recorded at %v, sent at %v", acted, times.all())
		}
		stop()
	})
}

func TestPollsAreRareWhilePokesAreHeardAndOftenAgainAfterSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pc, p := pokedPC(t)
		times := p.far.counting(pathPull)
		kick, _, stop := pc.running()
		until(t, "no poke was opened", func() bool { return p.streams() == 1 })
		p.heads()
		until(t, "the poke is not heard", pc.ear.live)
		kick <- struct{}{}
		if !times.reach(3) && !times.reach(2) {
			t.Fatal("no exchange after a kick")
		}
		n := len(times.all())
		for range 2 {
			pass(25 * time.Second)
			p.say(": \n\n")
		}
		synctest.Wait()
		if got := len(times.all()); got != n {
			t.Errorf("%d pulls within 50 s of heard pokes, want none", got-n)
		}
		if st, err := pc.db.SyncState(t.Context()); err != nil || st.Every != pollCalm.Milliseconds() {
			t.Errorf("stored rhythm %d ms (%v), want that of heard pokes", st.Every, err)
		}
		pass(pokeSilence + lookEvery)
		synctest.Wait()
		if pc.ear.live() {
			t.Error("a stream that was silent for 45 s still counts as heard")
		}
		n = len(times.all())
		pass(2*pollEvery + lookEvery)
		if !times.reach(n + 1) {
			t.Error("no poll after the pokes fell silent")
		}
		stop()
	})
}

func TestAStreamThatIsNotTheServersIsNotHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pc, p := pokedPC(t)
		p.key = generate(t, 77)
		_, _, stop := pc.running()
		until(t, "no poke was tried", func() bool { return p.streams() == 1 })
		go p.say("data: {\"cat\":99}\n\n")
		pass(time.Minute)
		synctest.Wait()
		if pc.ear.live() || len(pc.ear.known()) != 0 {
			t.Error("an unverified stream was believed")
		}
		stop()
	})
}

func TestAfterALongOutageAPokedPullIsSpreadButAnActIsNot(t *testing.T) {
	pc, p := pokedPC(t)
	pc.steps(0, 0)
	p.far.titles(1)
	pc.ear.opened(func() {})
	pc.ear.told(p.far.heads)
	if behind, spread := pc.behind(t.Context()); !behind || spread != 0 {
		t.Errorf("just pulled: behind %v, spread over %v", behind, spread)
	}
	pc.clock.Advance(longAway)
	least, most := herd, time.Duration(0)
	for range 64 {
		behind, spread := pc.behind(t.Context())
		if !behind || spread < 0 || spread > herd {
			t.Fatalf("behind %v, spread over %v", behind, spread)
		}
		least, most = min(least, spread), max(most, spread)
	}
	if least > herd/4 || most < 3*herd/4 {
		t.Errorf("64 pulls are spread over %v to %v", least, most)
	}
	pc.record(1)
	if !pc.await(t.Context(), time.Hour, wakers{}) {
		t.Error("an act did not end the wait")
	}
}

func TestEventsAreReadAsTheirStandardSays(t *testing.T) {
	var got []string
	stream := ": beat\n\ndata: {\"a\":1}\r\n\r\nevent: x\ndata:two\n\nid: 3\n"
	read, write := io.Pipe()
	go func() {
		io.WriteString(write, stream)
		write.Close()
	}()
	if err := events(read, func(data []byte) error { got = append(got, string(data)); return nil }); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != `[ {"a":1} two]` {
		t.Errorf("got %q", got)
	}
}

func TestTheEndOfASleepBringsAnExchangeAndANewPoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pc, p := pokedPC(t)
		_, _, stop := pc.running()
		until(t, "no poke was opened", func() bool { return p.streams() == 1 })
		p.heads()
		until(t, "the poke is not heard", pc.ear.live)
		pass(2 * time.Second)
		synctest.Wait()
		times := p.far.counting(pathPull)
		pc.clock.SetWall(start.Add(8 * time.Hour))
		pass(lookEvery)
		if !times.reach(1) {
			t.Error("no exchange after a sleep")
		}
		pass(backoffMin << 2)
		pass(pollEvery)
		until(t, "no new poke after a sleep", func() bool { return p.streams() == 2 })
		stop()
	})
}
