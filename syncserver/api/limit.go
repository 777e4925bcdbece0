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

// The limits. Source of the first two: reliability notes, start values.
const (
	deviceRate  = rate.Limit(2) // a second
	deviceBurst = 20

	enrolRate  = rate.Limit(5.0 / 3600)
	enrolBurst = 5

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
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ask(l.limiter(name, now), now, 1)
}

// may says whether one is left, without taking it.
func (l *limits) may(name string, now time.Time) (bool, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	have, known := l.of[name]
	if !known {
		return true, 0
	}
	return l.ask(have, now, 0)
}

func (l *limits) ask(one *rate.Limiter, now time.Time, n int) (bool, time.Duration) {
	if left := one.TokensAt(now); left < 1 {
		return false, time.Duration((1 - left) / float64(l.rate) * float64(time.Second))
	}
	return one.AllowN(now, n), 0
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
