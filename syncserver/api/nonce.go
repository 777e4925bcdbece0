package api

import (
	"sync"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// How long a used nonce is remembered, and of how many owners and of one how
// many at once. A device's limit lets 12,200 through in that time; only
// so many take memory, 1 MB of a device.
const (
	nonceLife   = 10 * time.Minute
	nonceOwners = 20_000
	noncesEach  = 12_288
)

// nonces remembers used nonces. None is forgotten before its time: beyond the
// bounds new ones are refused.
type nonces struct {
	mu sync.Mutex // protects all below
	of map[string]*used
}

// used is one owner's nonces, in the order of their use.
type used struct {
	at   map[string]time.Time
	line []string
}

func newNonces() *nonces { return &nonces{of: map[string]*used{}} }

// use takes a nonce for used: conflict if it was used before, limited if the
// owner used too many.
func (n *nonces) use(owner, nonce string, now time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	u := n.of[owner]
	if u == nil {
		if len(n.of) >= nonceOwners {
			n.sweep(now)
		}
		if len(n.of) >= nonceOwners {
			return tooFast(nonceLife)
		}
		u = &used{at: map[string]time.Time{}}
		n.of[owner] = u
	}
	u.forget(now)
	if _, again := u.at[nonce]; again {
		return fault.New(fault.Conflict, "sync.nonce_used")
	}
	if len(u.at) >= noncesEach {
		return tooFast(u.at[u.line[0]].Add(nonceLife).Sub(now))
	}
	u.at[nonce] = now
	u.line = append(u.line, nonce)
	return nil
}

// sweep drops owners that have no nonce left.
func (n *nonces) sweep(now time.Time) {
	for owner, u := range n.of {
		if u.forget(now); len(u.at) == 0 {
			delete(n.of, owner)
		}
	}
}

// forget drops what is older than nonceLife.
func (u *used) forget(now time.Time) {
	i := 0
	for i < len(u.line) && now.Sub(u.at[u.line[i]]) >= nonceLife {
		delete(u.at, u.line[i])
		i++
	}
	u.line = u.line[i:]
}
