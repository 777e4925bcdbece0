package bench

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// wire is a counter's network: it counts what goes over its connections, headers
// included, and notes when pushes begin and end.
type wire struct {
	http     *http.Transport
	up, down atomic.Int64 // bytes

	mu          sync.Mutex
	first, last time.Time // guarded by mu: of the pushes
	sent, got   int64     // guarded by mu: bytes, when the last push had ended
	pushes      int       // guarded by mu
}

func newWire() *wire {
	w := &wire{}
	var d net.Dialer
	w.http = &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := d.DialContext(ctx, network, address)
		return &counted{c, w}, err
	}}
	return w
}

// RoundTrip carries one request.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	push := strings.HasSuffix(r.URL.Path, "/v1/push")
	if push {
		w.mu.Lock()
		if w.pushes++; w.pushes == 1 {
			w.first = time.Now()
			w.up.Store(0)
			w.down.Store(0)
		}
		w.mu.Unlock()
	}
	a, err := w.http.RoundTrip(r)
	if err == nil && push {
		a.Body = &ending{a.Body, w}
	}
	return a, err
}

// ending is the body of the answer to a push.
type ending struct {
	io.ReadCloser
	w *wire
}

// Close notes when the answer was read.
func (e *ending) Close() error {
	e.w.mu.Lock()
	defer e.w.mu.Unlock()
	e.w.last, e.w.sent, e.w.got = time.Now(), e.w.up.Load(), e.w.down.Load()
	return e.ReadCloser.Close()
}

// pushed returns how long all pushes took and what they cost in bytes.
func (w *wire) pushed() (took time.Duration, up, down int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last.Sub(w.first), w.sent, w.got
}

// counted is a connection that counts.
type counted struct {
	net.Conn
	w *wire
}

// Read counts what came.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.w.down.Add(int64(n))
	return n, err
}

// Write counts what went.
func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.w.up.Add(int64(n))
	return n, err
}
