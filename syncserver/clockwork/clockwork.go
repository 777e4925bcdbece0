// Package clockwork does what the server does by time: it asks, expires,
// promotes, rules and keeps, reminds and sends texts.
//
// Each of these is an op that the ledger decides like any other, with an act key
// that follows from what is due; so it does not matter how often a Step runs, nor
// how many servers run it.
package clockwork

import (
	"context"
	"log/slog"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/notify"
)

// Every is how often Run makes a Step.
const Every = time.Minute

// actsAtOnce is the most ops of one transaction: others wait meanwhile.
const actsAtOnce = 100

// Config is what a clockwork works with.
type Config struct {
	Ledger    *ledger.Ledger
	Notifier  *notify.Notifier
	Districts func(ctx context.Context) ([]payback.DistrictID, error)
	Log       *slog.Logger
	// Seen returns when a PC last had an exchange with the server, UTC ms, 0 for
	// never; nil = its ops alone tell.
	Seen func(ctx context.Context, d payback.DistrictID, device payback.DeviceID) (int64, error)
	// Expired forgets what is over at now, UTC ms: codes, links, sessions; nil = that
	// is somebody else's.
	Expired func(ctx context.Context, now int64) error
	// Pause waits for d or the end of ctx; the main gives a timer.
	Pause func(ctx context.Context, d time.Duration) error
}

// Clockwork does what is due.
type Clockwork struct{ c Config }

// New returns a clockwork.
func New(c Config) *Clockwork { return &Clockwork{c} }

// Run makes a Step for every district, again and again, until ctx ends. A step
// that fails is logged and made again the next time; the error is that of ctx.
func (k *Clockwork) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		districts, err := k.c.Districts(ctx)
		if err != nil && ctx.Err() == nil {
			k.c.Log.Error("districts not listed", "error", err)
		}
		for _, d := range districts {
			if err := k.Step(ctx, d); err != nil && ctx.Err() == nil {
				k.c.Log.Error("step failed", "district", d, "error", err)
			}
		}
		if k.c.Expired != nil {
			if err := k.c.Expired(ctx, k.c.Ledger.Now()); err != nil && ctx.Err() == nil {
				k.c.Log.Error("codes and sessions that are over not forgotten", "error", err)
			}
		}
		if err := k.c.Pause(ctx, Every); err != nil {
			break
		}
	}
	return ctx.Err()
}

// moment is what a step goes by.
type moment struct {
	now    int64 // UTC ms
	today  payback.Date
	zone   *time.Location
	policy payback.Policy
}

// duty finds the ops that are due, in an order that follows from the rows.
type duty func(r db.Reader, m moment) ([]payback.Body, error)

// Step does all that is due in a district now. What one op frees, such as a slot,
// goes to the next in line within the same step. The first error ends it; all done
// before stands. While a restored server gets back what its backup lacks nothing is
// due: what was derived before comes back, and what was lost is derived afterwards.
func (k *Clockwork) Step(ctx context.Context, d payback.DistrictID) error {
	var head db.Head
	err := k.c.Ledger.View(ctx, d, func(r db.Reader) (err error) {
		head, err = r.Head()
		return err
	})
	if err != nil || head.Refill == db.RefillOpen {
		return fault.Wrap("clockwork.Step", err)
	}
	env, err := k.c.Ledger.Env(ctx, d)
	if err != nil {
		return fault.Wrap("clockwork.Step", err)
	}
	now := k.c.Ledger.Now()
	m := moment{now: now, today: payback.DateOf(now, env.Zone), zone: env.Zone}
	m.policy = env.Policies.On(m.today)
	duties := []duty{ask, expire, endWait, rule, k.keeper(ctx, d), promote, k.grant(ctx, d), overdue, giveUp, unmatched}
	for _, due := range duties {
		if err := k.do(ctx, d, m, due); err != nil {
			return fault.Wrap("clockwork.Step", err)
		}
	}
	if err := k.remind(ctx, d, m); err != nil {
		return fault.Wrap("clockwork.Step", err)
	}
	return fault.Wrap("clockwork.Step", k.send(ctx, d))
}

// do does the ops of one duty.
func (k *Clockwork) do(ctx context.Context, d payback.DistrictID, m moment, due duty) error {
	var bodies []payback.Body
	err := k.c.Ledger.View(ctx, d, func(r db.Reader) (err error) {
		bodies, err = due(r, m)
		return err
	})
	if err != nil {
		return err
	}
	for len(bodies) > 0 {
		n := min(len(bodies), actsAtOnce)
		results, err := k.c.Ledger.Act(ctx, d, ledger.Actor{}, bodies[:n]...)
		if err != nil {
			return err
		}
		done := 0
		for _, r := range results {
			if r.Done() {
				done++
			}
		}
		k.c.Log.Info("done by time", "district", d, "kind", bodies[0].Kind(), "due", n, "done", done)
		bodies = bodies[n:]
	}
	return nil
}

// send sends the texts that are due, and lets the work of others go on between
// two lots.
func (k *Clockwork) send(ctx context.Context, d payback.DistrictID) error {
	for ctx.Err() == nil {
		sent, err := k.c.Notifier.Step(ctx, d)
		if err != nil || sent == 0 {
			return err
		}
	}
	return ctx.Err()
}

// maxDue bounds what one duty does in one step.
const maxDue = 20 * db.MaxSelect

// all returns the rows of a selection, all of them, up to maxDue: what is left
// over is due at the next step too.
func all[R payback.Row](r db.Reader, s db.Select) ([]R, error) {
	var out []R
	for len(out) < maxDue {
		s.Offset = len(out)
		rows, err := r.Select(s)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			out = append(out, row.(R))
		}
		if len(rows) < db.MaxSelect {
			break
		}
	}
	return out, nil
}
