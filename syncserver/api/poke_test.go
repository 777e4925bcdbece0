package api_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// listen opens a poke and returns its lines that are not empty.
func (p *pc) listen() (lines <-chan string, end func()) {
	p.w.t.Helper()
	r := p.sign("GET", "/v1/poke", nil)
	req, err := http.NewRequestWithContext(p.w.t.Context(), r.method, p.w.http.URL+r.path, nil)
	p.w.must(err)
	req.Header.Set(syncproto.HeaderDevice, string(r.device))
	req.Header.Set(syncproto.HeaderNonce, r.nonce)
	req.Header.Set(syncproto.HeaderSignature, string(r.sig))
	resp, err := p.w.http.Client().Do(req)
	p.w.must(err)
	sig := syncproto.Signature(resp.Header.Get(syncproto.HeaderSignature))
	if resp.StatusCode != 200 || !syncproto.VerifyReply(p.w.key.Public(), 200, r.path, r.nonce, nil, sig) {
		p.w.t.Fatalf("poke: status %d, not signed or refused", resp.StatusCode)
	}
	out := make(chan string)
	go func() {
		defer close(out)
		for s := bufio.NewScanner(resp.Body); s.Scan(); {
			if s.Text() != "" {
				out <- s.Text()
			}
		}
	}()
	p.w.t.Cleanup(func() { _ = resp.Body.Close() })
	return out, func() { _ = resp.Body.Close() }
}

func TestAPokeTellsTheHeadsOfADevicesBucketsAsTheyMove(t *testing.T) {
	w := newWorld(t)
	p, other := w.enrolled("s01"), w.enrolled("s02")
	lines, _ := p.listen()
	if got := <-lines; got != `data: {"cat":4,"store/s01":6}` {
		t.Errorf("at first: got %s", got)
	}
	other.write(count("n1"))
	other.push().ok(new(syncproto.PushReply)) // not ours: no event
	p.write(count("n1"))
	p.push().ok(new(syncproto.PushReply))
	if got := <-lines; got != `data: {"store/s01":10}` {
		t.Errorf("after a push: got %s", got)
	}
	w.upsert(&payback.Title{ISBN: "9791167372864", Name: "구의 증명", Price: 12000})
	if got := <-lines; got != `data: {"cat":11}` {
		t.Errorf("after an import: got %s", got)
	}
}

func TestAPokeOfARevokedDeviceEnds(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	lines, _ := p.listen()
	<-lines
	w.act(ledger.Actor{Role: payback.RoleOfficer, By: "officer"}, &payback.Revoke{Device: p.id})
	if got, open := <-lines; open {
		t.Errorf("got %s, want the end", got)
	}
}

func TestADeviceHoldsTwoPokesAtMostAndDrainingEndsThem(t *testing.T) {
	w := newWorld(t)
	p := w.enrolled("s01")
	first, _ := p.listen()
	<-first
	second, end := p.listen()
	<-second
	w.send(p.sign("GET", "/v1/poke", nil)).refused(http.StatusTooManyRequests, "sync.too_fast")
	end()
	w.api.Drain()
	w.api.Drain() // once more does nothing
	if got, open := <-first; open {
		t.Errorf("got %s, want the end", got)
	}
}

// page is a reply that can be looked at while it is written.
type page struct {
	*httptest.ResponseRecorder
	mu sync.Mutex
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ResponseRecorder.Write(b)
}

func (p *page) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Body.String()
}

func TestAQuietPokeSaysSomethingNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWithoutNet(t)
		p := w.enrolled("s01")
		r := p.sign("GET", "/v1/poke", nil)
		ctx, cancel := context.WithCancel(t.Context())
		req := httptest.NewRequestWithContext(ctx, r.method, r.path, nil)
		req.Header.Set(syncproto.HeaderDevice, string(r.device))
		req.Header.Set(syncproto.HeaderNonce, r.nonce)
		req.Header.Set(syncproto.HeaderSignature, string(r.sig))
		reply, ended := &page{ResponseRecorder: httptest.NewRecorder()}, make(chan bool)
		go func() { w.api.Handler().ServeHTTP(reply, req); close(ended) }()
		time.Sleep(51 * time.Second) // the bubble's: 25 s beats
		if got := strings.Count(reply.text(), ": \n\n"); got != 2 {
			t.Errorf("%d beats in 51 s, want 2: %q", got, reply.text())
		}
		cancel()
		<-ended
	})
}
