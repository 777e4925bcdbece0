package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The limits. An act is a request to push and one to pull, and each act of a PC lets
// the store's others pull: six busy PCs of one store stay below 10 a second each. A
// device that does nothing but ask takes a tenth of a core at most. A code holds 60
// bits, so the limit of enrolments is not what protects it.
const (
	deviceRate  = rate.Limit(20) // a second
	deviceBurst = 200

	byteRate  = rate.Limit(4 << 20) // bytes of a device's request bodies, a second
	byteBurst = 32 << 20            // more than the largest body

	enrolRate  = rate.Limit(30.0 / 3600) // a store sets its PCs up behind one address
	enrolBurst = 30

	strangerRate  = rate.Limit(1)
	strangerBurst = 120
)

// maxCounted is how many names one limit counts apart.
const maxCounted = 20_000

// limits counts by name. When too many names are busy at once all new ones share
// one count, so that memory stays bounded whoever asks.
type limits struct {
	rate  rate.Limit
	burst int

	mu     sync.Mutex // protects all below
	of     map[string]*rate.Limiter
	shared *rate.Limiter
}

func newLimits(r rate.Limit, burst int) *limits {
	return &limits{rate: r, burst: burst, of: map[string]*rate.Limiter{}, shared: rate.NewLimiter(r, burst)}
}

// allow takes one from the name's allowance; if none is left it says after how
// long there will be one.
func (l *limits) allow(name string, now time.Time) (bool, time.Duration) {
	return l.allowN(name, now, 1)
}

// allowN takes n, at most the burst, or nothing.
func (l *limits) allowN(name string, now time.Time, n int) (bool, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.limiter(name, now)
	if ok, wait := l.ask(one, now, n); !ok {
		return false, wait
	}
	return one.AllowN(now, n), 0
}

// may says whether one is left, without taking it.
func (l *limits) may(name string, now time.Time) (bool, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	have, known := l.of[name]
	if !known {
		return true, 0
	}
	return l.ask(have, now, 1)
}

// ask says whether n are left, and if not, after how long they will be.
func (l *limits) ask(one *rate.Limiter, now time.Time, n int) (bool, time.Duration) {
	if left := one.TokensAt(now); left < float64(n) {
		return false, time.Duration((float64(n) - left) / float64(l.rate) * float64(time.Second))
	}
	return true, 0
}

func (l *limits) limiter(name string, now time.Time) *rate.Limiter {
	if one, ok := l.of[name]; ok {
		return one
	}
	if len(l.of) >= maxCounted {
		for name, one := range l.of {
			if one.TokensAt(now) >= float64(l.burst) { // as good as unknown
				delete(l.of, name)
			}
		}
	}
	if len(l.of) >= maxCounted {
		return l.shared
	}
	one := rate.NewLimiter(l.rate, l.burst)
	l.of[name] = one
	return one
}

// caller returns the address that a request came from. Behind a proxy on this
// machine that is the last address of X-Forwarded-For, which the proxy wrote;
// nobody else's is believed.
func caller(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, _ := netip.ParseAddr(host)
	addr = addr.Unmap()
	if !addr.IsLoopback() {
		return addr
	}
	all := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	last := all[strings.LastIndexByte(all, ',')+1:]
	if given, err := netip.ParseAddr(strings.TrimSpace(last)); err == nil {
		return given.Unmap()
	}
	return addr
}

// place is what limits are counted by: an address, of IPv6 the network of one
// subscriber.
func place(addr netip.Addr) string {
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}

// onlyFrom lets loopback and the named networks through.
func (s *Server) onlyFrom(from []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addr := caller(r)
		ok := addr.IsLoopback()
		for _, p := range from {
			ok = ok || p.Contains(addr)
		}
		if !ok {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
