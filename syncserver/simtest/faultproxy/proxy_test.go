package faultproxy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// fault is what happens to one connection.
type fault int

// The faults. Where bytes are counted, a connection's fault strikes after a number
// of them that the seed says, often within the first head or body.
const (
	none        fault = iota
	refused           // reset before a byte is read
	delayed           // each piece waits
	dripping          // the reply comes a few bytes at a time
	stalled           // the request goes so far and no further; nobody closes
	halfOpen          // the server gets everything; the reply never comes, nobody closes
	resetUp           // reset within the request
	resetDown         // reset within the reply
	truncated         // the reply ends early, as if that were all of it
	flippedUp         // one bit of the request is another
	flippedDown       // one bit of the reply is another
	lostReply         // the server has it, the connection is reset before the reply
	doubled           // the request arrives twice; the second answer is passed on
	portal            // 200 and a page that asks to sign in to the Wi-Fi
	redirect          // 3xx to such a page
	mixedUp           // the answer is that to an earlier request for the same path, maybe of the other counter
	faults
)

var names = [faults]string{"none", "refused", "delayed", "dripping", "stalled", "half-open", "reset-request", "reset-reply", "truncated",
	"flipped-request", "flipped-reply", "lost-reply", "doubled", "portal", "redirect", "mixed-up"}

// proxy passes connections on to a server, with faults while it is bad.
type proxy struct {
	t        testing.TB
	server   string // host:port
	listener net.Listener
	done     sync.WaitGroup

	mu    sync.Mutex // protects all below
	rnd   *rand.Rand
	bad   bool
	count [faults]int
	open  map[net.Conn]bool
	last  map[string][]byte // by path: an answer that was passed on
}

func newProxy(t testing.TB, server string, seed uint64) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, server: server, listener: l, rnd: rand.New(rand.NewPCG(seed, 3)), bad: true, open: map[net.Conn]bool{}, last: map[string][]byte{}}
	p.done.Go(p.accept)
	return p
}

func (p *proxy) url() string { return "http://" + p.listener.Addr().String() }

// turn says whether there are faults from now on; what hangs is cut.
func (p *proxy) turn(bad bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bad = bad
	for c := range p.open {
		_ = c.Close()
	}
}

// counts returns how many connections met each fault.
func (p *proxy) counts() [faults]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

func (p *proxy) close() {
	_ = p.listener.Close()
	p.turn(false)
	p.done.Wait()
}

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.done.Go(func() { p.serve(c.(*net.TCPConn)) })
	}
}

// keep notes an open connection until it is closed.
func (p *proxy) keep(c net.Conn) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[c] = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.open, c)
		_ = c.Close()
	}
}

// draw says what happens to a connection, after how many bytes, and which bit.
func (p *proxy) draw() (f fault, after, bit int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bad && p.rnd.IntN(3) > 0 {
		f = fault(1 + p.rnd.IntN(int(faults)-1))
	}
	p.count[f]++
	return f, p.rnd.IntN(1 << (4 + p.rnd.IntN(8))), p.rnd.IntN(8)
}

func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}

// serve is one connection.
func (p *proxy) serve(c *net.TCPConn) {
	defer p.keep(c)()
	f, after, bit := p.draw()
	switch f {
	case refused:
		reset(c)
		return
	case portal, redirect, doubled, mixedUp:
		p.whole(c, f)
		return
	}
	far, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	up := far.(*net.TCPConn)
	defer p.keep(up)()
	var both sync.WaitGroup
	both.Go(func() { // the request
		defer func() { _ = up.CloseWrite() }()
		switch f {
		case stalled:
			_, _ = io.CopyN(up, c, int64(after))
			_, _ = io.Copy(io.Discard, c) // until the counter gives up
		case resetUp:
			_, _ = io.CopyN(up, c, int64(after))
			reset(c)
		case flippedUp:
			_, _ = io.Copy(&flip{to: up, at: after, bit: bit}, c)
		case delayed:
			_, _ = io.Copy(slow{up, 1 << 14, 5 * time.Millisecond}, c)
		default:
			_, _ = io.Copy(up, c)
		}
	})
	p.answer(c, up, f, after, bit)
	both.Wait()
}

// answer passes the reply on.
func (p *proxy) answer(c, up *net.TCPConn, f fault, after, bit int) {
	defer func() { _ = up.Close() }()
	switch f {
	case halfOpen:
		_, _ = io.Copy(io.Discard, up)
		return // the counter's side stays open
	case lostReply:
		_, _ = up.Read(make([]byte, 1))
		reset(c)
	case resetDown:
		_, _ = io.CopyN(c, up, int64(after))
		reset(c)
	case truncated:
		_, _ = io.CopyN(c, up, int64(after))
		_ = c.Close()
	case flippedDown:
		_, _ = io.Copy(&flip{to: c, at: after, bit: bit}, up)
	case dripping:
		_, _ = io.Copy(slow{c, 64, 200 * time.Microsecond}, up)
	case delayed:
		_, _ = io.Copy(slow{c, 1 << 14, 5 * time.Millisecond}, up)
	default:
		_, _ = io.Copy(c, up)
	}
	_ = c.CloseWrite()
}

// whole reads one request and answers it by itself, or sends it twice.
func (p *proxy) whole(c *net.TCPConn, f fault) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	const page = "<html><body>Wi-Fi sign-in</body></html>"
	switch f {
	case portal:
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(page), page)
		return
	case redirect:
		fmt.Fprintf(c, "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://192.0.2.1/login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		return
	}
	if old := p.swap(r.URL.Path, nil); f == mixedUp && old != nil {
		_, _ = c.Write(old)
		return
	}
	for n := range 2 {
		up, err := net.Dial("tcp", p.server)
		if err != nil {
			return
		}
		forget := p.keep(up)
		r.Body, r.ContentLength, r.Close = io.NopCloser(bytes.NewReader(body)), int64(len(body)), true
		if r.Write(up) == nil {
			answer, _ := io.ReadAll(up)
			if n == 1 {
				_, _ = c.Write(answer)
				p.swap(r.URL.Path, answer)
			}
		}
		forget()
	}
}

// swap keeps an answer, unless it is nil, and returns the one before.
func (p *proxy) swap(path string, answer []byte) (old []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old = p.last[path]
	if answer != nil {
		p.last[path] = answer
	}
	return old
}

// flip passes bytes on but for one bit.
type flip struct {
	to      io.Writer
	at, bit int
}

// Write writes b, and flips the bit if it is in there.
func (f *flip) Write(b []byte) (int, error) {
	if f.at >= 0 && f.at < len(b) {
		b = bytes.Clone(b)
		b[f.at] ^= 1 << f.bit
	}
	f.at -= len(b)
	return f.to.Write(b)
}

// slow passes bytes on in pieces, with a wait before each.
type slow struct {
	to    io.Writer
	piece int
	wait  time.Duration
}

// Write writes b.
func (s slow) Write(b []byte) (n int, err error) {
	for err == nil && n < len(b) {
		<-time.After(s.wait)
		var k int
		k, err = s.to.Write(b[n:min(len(b), n+s.piece)])
		n += k
	}
	return n, err
}
