package ledger

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Options is what a ledger needs from its main.
type Options struct {
	Clock stamp.Clock
	IDs   *stamp.IDs
	Key   keys.Key // the server's: signs the tips of its runs
	Log   *slog.Logger

	// Seen changes what the reducer is told of a counter's op; nil = nothing. Only the
	// simulation of a ledger that is wrong sets it: no wrapping of the database or of
	// the wire comes between an op's signed evidence and its decision.
	Seen func(*payback.Op)
}

// Ledger is the ledger of all districts of one database. It may be used by several
// goroutines at once, and by several processes over one database: each is a
// writer with a run of its own.
type Ledger struct {
	db    db.DB
	o     Options
	run   payback.RunID // of this process
	zones sync.Map      // name → *time.Location

	unknown []payback.Kind // kinds that this program acts as not knowing, as one before it did: for tests of upgrades

	mu    sync.Mutex
	bells map[payback.DistrictID]*bell // guarded by mu
}

// New returns a ledger over a database; the process's run begins with its first op.
func New(d db.DB, o Options) (*Ledger, error) {
	if o.Key.Zero() {
		return nil, fault.New(fault.Internal, "")
	}
	return &Ledger{db: d, o: o, run: payback.RunID(o.IDs.New()), bells: map[payback.DistrictID]*bell{}}, nil
}

// NewID returns a fresh id.
func (l *Ledger) NewID() string { return l.o.IDs.New() }

// Now returns the server's time, UTC ms.
func (l *Ledger) Now() int64 { return l.o.Clock.Now().Wall }

// View runs f over the rows of a district at one moment.
func (l *Ledger) View(ctx context.Context, d payback.DistrictID, f func(db.Reader) error) error {
	return l.db.View(ctx, d, f)
}

// Env returns the district's rules and zone.
func (l *Ledger) Env(ctx context.Context, d payback.DistrictID) (env payback.Env, err error) {
	err = l.db.View(ctx, d, func(r db.Reader) error {
		env, err = l.env(r)
		return err
	})
	return env, fault.Wrap("ledger.Env", err)
}

func (l *Ledger) env(r db.Reader) (payback.Env, error) {
	env := payback.Env{Zone: time.UTC}
	rows, err := r.Select(db.Select{Table: payback.TPolicy})
	if err != nil {
		return env, err
	}
	for _, row := range rows {
		env.Policies = env.Policies.With(row.(*payback.PolicyRow).Policy)
	}
	found, err := r.Rows([]payback.Key{payback.DistrictKey()})
	if err != nil {
		return env, err
	}
	if st, ok := found[payback.DistrictKey()]; ok {
		env.Zone = l.zone(st.Row.(*payback.District).Zone)
	}
	return env, nil
}

// zone returns the location of a zone name, UTC for an unknown one. The zones are
// in the program (time/tzdata in the main), so this reads nothing.
func (l *Ledger) zone(name string) *time.Location {
	if z, ok := l.zones.Load(name); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		l.o.Log.Error("unknown time zone", "zone", name)
		z = time.UTC
	}
	l.zones.Store(name, z)
	return z
}

// Actor is who does an act at the server: a resident on the site, somebody at the
// console, or the server itself (the zero Actor).
type Actor struct {
	Role  payback.Role
	By    string          // pseudonym
	Store payback.StoreID // an owner's or clerk's; "" for everybody else
}

// Result is what became of an act.
type Result struct {
	Position uint64
	Ref      payback.OpRef
	Verdict  payback.Verdict
	Reason   payback.Reason
	Winner   payback.OpRef
	Case     payback.CaseID
}

// Done says that the act stands: applied, merged with the same act before, or
// standing with a case.
func (r Result) Done() bool {
	return r.Verdict == payback.Applied || r.Verdict == payback.Duplicate || r.Verdict == payback.InCase
}

// Act does acts at the server, in order, in one transaction. A refusal by the
// rules is a Result; errors are faults: forbidden for a role that may not, invalid
// for a body that can't be right.
func (l *Ledger) Act(ctx context.Context, d payback.DistrictID, who Actor, bodies ...payback.Body) ([]Result, error) {
	if who.Role == "" {
		who.Role = payback.RoleServer
	}
	for _, b := range bodies {
		if !b.Kind().May(who.Role) {
			return nil, fault.New(fault.Forbidden, "")
		}
		if no := b.Check(); !no.None() {
			return nil, fault.Wrap("ledger.Act", no.Fault(fault.Invalid))
		}
	}
	var out []Result
	err := l.batch(ctx, d, func(b *batch) error {
		if b.head.Refill == db.RefillOpen {
			return fault.New(fault.Unavailable, KeyRefilling)
		}
		entries := make([]*entry, 0, len(bodies))
		for _, body := range bodies {
			e, err := b.own(body, who)
			if err != nil {
				return err
			}
			entries = append(entries, e)
		}
		if err := b.run(entries); err != nil {
			return err
		}
		for _, e := range entries {
			out = append(out, Result{e.op.Position, e.ref(), e.op.Verdict, e.op.Reason, e.op.Winner, e.op.Case})
		}
		return nil
	})
	return out, fault.Wrap("ledger.Act", err)
}

// bell wakes those who wait for a district's head to move.
type bell struct {
	position uint64
	rung     chan struct{}
}

func (l *Ledger) bellOf(d payback.DistrictID) *bell {
	b := l.bells[d]
	if b == nil {
		b = &bell{rung: make(chan struct{})}
		l.bells[d] = b
	}
	return b
}

func (l *Ledger) ring(d payback.DistrictID, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bellOf(d)
	if position > b.position {
		b.position = position
		close(b.rung)
		b.rung = make(chan struct{})
	}
}

// Wait returns when this process has moved the district's head past a position,
// or when ctx ends. What another process writes is found by polling.
func (l *Ledger) Wait(ctx context.Context, d payback.DistrictID, after uint64) uint64 {
	for {
		l.mu.Lock()
		b := l.bellOf(d)
		position, rung := b.position, b.rung
		l.mu.Unlock()
		if position > after {
			return position
		}
		select {
		case <-ctx.Done():
			return position
		case <-rung:
		}
	}
}
