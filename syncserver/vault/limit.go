package vault

import (
	"sync"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// rule says how often something may be tried.
type rule struct {
	times int
	per   time.Duration
}

// The rules (start values of the design's notes on security). A card or name is
// never locked for good: that would let anybody shut a resident out.
const quarter = 15 * time.Minute

var (
	codesPerCard  = rule{5, quarter}         // codes asked for
	codesPerDay   = rule{15, 24 * time.Hour} // and in a day, so that a phone is not flooded
	codesPerPlace = rule{50, quarter}        // codes asked for from one address
	guessPerPlace = rule{50, quarter}        // codes and passwords typed from one address
	guessPerName  = rule{10, quarter}        // passwords typed for one name
	codesInAll    = rule{2000, time.Hour}    // texts cost money
	maxWatched    = 50_000                   // names and addresses remembered; beyond, the oldest windows go
)

// limiter counts tries in windows.
type limiter struct {
	now func() int64

	mu   sync.Mutex // guards seen
	seen map[string]*window
}

type window struct {
	ends int64
	n    int
}

func newLimiter(now func() int64) *limiter {
	return &limiter{now: now, seen: map[string]*window{}}
}

// allow counts one try of what and says whether it is within the rule: limited if
// not. A try that is refused counts too.
func (l *limiter) allow(what string, r rule) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	w := l.seen[what]
	if w == nil || now >= w.ends {
		if len(l.seen) >= maxWatched {
			l.sweep(now)
		}
		w = &window{ends: now + r.per.Milliseconds()}
		l.seen[what] = w
	}
	w.n++
	if w.n > r.times {
		return fault.New(fault.Limited, "")
	}
	return nil
}

// sweep forgets windows that are over; if none is, all of them.
func (l *limiter) sweep(now int64) {
	for k, w := range l.seen {
		if now >= w.ends {
			delete(l.seen, k)
		}
	}
	if len(l.seen) >= maxWatched {
		clear(l.seen)
	}
}
