package counter

import (
	"io"
	"sync"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

// Env is what the use cases need from outside. The zone is the district's.
type Env struct {
	Clock  stamp.Clock
	IDs    *stamp.IDs
	Chance io.Reader
}

// Actor is who stands at the counter.
type Actor struct {
	Role payback.Role // RoleClerk or RoleOwner
	By   string       // pseudonym
}

// Counter is what a clerk can do. It may be used by several goroutines at once.
type Counter struct {
	db  *db.DB
	env Env

	mu    sync.Mutex // protects actor
	actor Actor
}

// New returns the use cases over an open data folder. Until SetActor the actor
// is a clerk without a name.
func New(d *db.DB, env Env) *Counter {
	return &Counter{db: d, env: env, actor: Actor{Role: payback.RoleClerk}}
}

// SetActor says who acts from now on.
func (c *Counter) SetActor(a Actor) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.actor = a
}

// Actor returns who acts.
func (c *Counter) Actor() Actor {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.actor
}

// Done is what became of an act. Exactly one of these holds: Refused says why
// nothing was recorded; or Ref names the op, which is durable here.
type Done struct {
	Ref         payback.OpRef
	Subject     payback.Key
	Verdict     payback.Verdict // as this PC sees it; the server's answer comes later
	Reason      payback.Reason  // why, for everything but a plain applied
	Refused     payback.Reason
	Provisional bool // it needed rows that only the server sees
	Case        payback.CaseID
}

// OK says that the act was recorded.
func (d Done) OK() bool { return d.Refused.None() }

// Shop is what stands above everything: whose counter this is.
type Shop struct {
	Enrolled bool
	Device   payback.DeviceID
	Label    string
	Demo     bool
	Store    *payback.Store    // never nil; without a name before the first pull
	District *payback.District // never nil; likewise
	Policy   payback.Policy    // today's
	Today    payback.Date      // in the district's zone, by corrected time
	Now      int64             // corrected, UTC ms
	Offset   int64             // what was added to this PC's clock, ms
	Measured bool              // Offset is known
	Frozen   payback.Reason    // why this PC pays no refund at all now: its history is broken
}
