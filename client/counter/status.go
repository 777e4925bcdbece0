package counter

import (
	"context"
	"strconv"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Status is how this PC stands with the server. It is the one answer that both
// faces and the verb show. It is Green only while nothing is unacknowledged, the
// last complete pull is newer than two polls, the rows are the server's, and
// nothing here is damaged; whatever is not known is not green.
type Status struct {
	State assets.State     // sent (green), will (waits, and goes soon), look (not sure, or no way there), not (a person must do something)
	Whys  []payback.Reason // why it is not green, the most pressing first; Key is a message key as it is

	Waiting int   // ops not acknowledged
	Oldest  int64 // when the oldest of them was done, UTC ms; 0 for none
	Stuck   int   // own ops that can't be sent: set aside behind a fork or a gap

	Pushed   int64          // last push that was answered, UTC ms by this PC; 0 for never
	Pulled   int64          // last complete pull, likewise
	AsOf     int64          // the server's time of that pull, UTC ms
	Next     int64          // next exchange, UTC ms by this PC
	Every    int64          // how often one is due while they succeed, ms
	Fails    int            // in a row
	Cause    payback.Reason // why the last one failed
	Now      int64          // UTC ms by this PC, to lay beside the above
	Offset   int64          // what was added to this PC's clock, ms
	Measured bool           // Offset is known
	Epoch    string         // the server's unbroken history
	Restored int64          // when the server was last found to begin a new epoch, UTC ms by this PC; 0 for never

	Stale     bool // the data is a day old or older
	Refilling bool // the server was restored: it says that it takes back what it lacks, or acts of before wait to be sent again
	Revoked   bool
}

// Green says that everything is sent, confirmed and fresh.
func (s Status) Green() bool { return s.State == assets.StateSent }

// Why is the most pressing reason of all; none if green.
func (s Status) Why() payback.Reason {
	if len(s.Whys) == 0 {
		return payback.Reason{}
	}
	return s.Whys[0]
}

// staleFrom is the age from which data says how old it is.
const staleFrom = 24 * time.Hour

// offsetTold is from which correction of the clock on a clerk is told of it, ms.
const offsetTold = 60_000

// Message keys of why a status is not green, beside the causes of exchanges.
const (
	whyNotEnrolled = "counter.not_enrolled"
	whyDamaged     = "counter.status.damaged"
	whyFork        = "sync.fork"
	whyRewound     = "sync.rewound"
	whyStuck       = "counter.status.stuck"
	whyRefilling   = "counter.status.refilling"
	whyDiffers     = "counter.status.differs"
	whyNever       = "counter.status.never"
	whyOld         = "counter.status.old"
	whyWaiting     = "counter.status.waiting"
	whyCarried     = "counter.status.carried"
	whyNotTaken    = "counter.status.carried_not"
)

// causeRefilling is the cause of an exchange that a restored server put off.
const causeRefilling = syncproto.KeyRefilling

// needsPerson are causes that don't pass by themselves.
var needsPerson = map[string]bool{
	"sync.revoked": true, "sync.too_old": true, "sync.refused": true, "sync.nonsense": true, "sync.wrong_server": true,
	"sync.expired": true,
}

// facts are what a status is judged by.
type facts struct {
	enrolled bool
	epoch    string
	waiting  int
	oldest   int64
	sound    db.Sound
	sync     db.SyncState
	frozen   payback.Reason // why this PC pays no refund
	now      stamp.Reading
	offset   int64
	measured bool
}

// Status returns how this PC stands with the server.
func (c *Counter) Status(ctx context.Context) (Status, error) {
	f := facts{now: c.env.Clock.Now()}
	f.offset, f.measured = c.db.Watch().Correction()
	who, ok, err := c.db.Enrolment(ctx)
	if err != nil {
		return Status{}, fault.Wrap("counter.Status", err)
	}
	f.enrolled, f.epoch = ok, who.Epoch
	// What waits is read first: an act between the two shows as waiting.
	if f.sync, err = c.db.SyncState(ctx); err != nil {
		return Status{}, fault.Wrap("counter.Status", err)
	}
	if f.sound, err = c.db.Sound(ctx); err != nil {
		return Status{}, fault.Wrap("counter.Status", err)
	}
	me, err := find[*payback.Device](ctx, c, payback.DeviceKey(who.Device))
	if err != nil {
		return Status{}, fault.Wrap("counter.Status", err)
	}
	f.frozen = payback.Frozen(me)
	f.waiting, f.oldest, err = c.db.OutboxState(ctx)
	return judge(f), fault.Wrap("counter.Status", err)
}

// judge makes a status of facts.
func judge(f facts) Status {
	y := f.sync
	s := Status{Waiting: f.waiting, Oldest: f.oldest, Stuck: f.sound.Stuck, Pushed: y.Pushed, Pulled: y.Pulled, AsOf: y.AsOf, Next: y.Next,
		Every: y.Every, Fails: y.Fails, Cause: y.Cause, Now: f.now.Wall, Offset: f.offset, Measured: f.measured, Epoch: f.epoch, Restored: y.Restored}
	s.Revoked = y.Cause.Key == "sync.revoked"
	s.Stale = y.AsOf > 0 && f.now.Wall+f.offset-y.AsOf >= staleFrom.Milliseconds()
	s.Refilling = y.Cause.Key == causeRefilling || y.Restored > 0 && f.waiting > 0 && f.oldest < y.Restored
	s.State = assets.StateSent
	blame := func(state assets.State, key string, args ...string) {
		if worse[state] > worse[s.State] {
			s.State = state
		}
		s.Whys = append(s.Whys, because(key, args...))
	}
	if !f.enrolled {
		blame(assets.StateNot, whyNotEnrolled)
		return s
	}
	f.damage(blame)
	if f.failing() {
		state := assets.StateLook
		if needsPerson[y.Cause.Key] {
			state = assets.StateNot
		}
		blame(state, unlessUnsaid(y.Cause.Key))
		s.Whys[len(s.Whys)-1].Args = y.Cause.Args
		if n := f.waiting + f.sound.AtOffice; s.Revoked && n > 0 {
			s.Whys[len(s.Whys)-1].Args = map[string]string{"Count": strconv.Itoa(n)}
		}
	}
	f.freshness(s, blame)
	if f.waiting > 0 {
		blame(assets.StateWill, whyWaiting, "Count", strconv.Itoa(f.waiting))
	}
	if f.sound.Carried > 0 {
		blame(assets.StateWill, whyCarried)
	}
	if f.sound.Refused > 0 {
		blame(assets.StateLook, whyNotTaken)
	}
	return s
}

// worse orders states by how pressing they are.
var worse = map[assets.State]int{assets.StateSent: 0, assets.StateWill: 1, assets.StateLook: 2, assets.StateNot: 3}

// unlessUnsaid gives a failure without a cause its words.
func unlessUnsaid(key string) string {
	if key == "" {
		return "sync.trouble"
	}
	return key
}

// failing says that the last exchange did not succeed.
func (f facts) failing() bool { return f.sync.Fails > 0 || !f.sync.Cause.None() }

// damage blames what is wrong with the data folder itself.
func (f facts) damage(blame func(assets.State, string, ...string)) {
	if !f.sync.Journal.None() {
		blame(assets.StateNot, f.sync.Journal.Key)
	}
	if f.sound.Damaged {
		blame(assets.StateNot, whyDamaged)
	}
	if f.sync.Fork != "" {
		blame(assets.StateNot, whyFork)
	}
	if f.rewound() {
		blame(assets.StateNot, whyRewound)
	}
	if !f.frozen.None() {
		blame(assets.StateNot, "payback."+f.frozen.Key)
	}
	if f.sound.Stuck > 0 {
		blame(assets.StateNot, whyStuck, "Count", strconv.Itoa(f.sound.Stuck))
	}
}

// rewound says that this folder was set back to an older state and a person may not
// know yet: for a day, or as long as its refunds rest for it.
func (f facts) rewound() bool {
	y := f.sync
	return y.Rewound != "" && (!f.frozen.None() || f.now.Wall-y.RewoundAt < staleFrom.Milliseconds())
}

// freshness blames data that is not known to be the server's of now.
func (f facts) freshness(s Status, blame func(assets.State, string, ...string)) {
	if s.Refilling && f.sync.Cause.Key != causeRefilling { // which says it itself
		blame(assets.StateLook, whyRefilling)
	}
	if f.sound.Differs {
		blame(assets.StateLook, whyDiffers)
	}
	switch {
	case f.sync.Pulled == 0:
		blame(assets.StateLook, whyNever)
	case !f.fresh():
		blame(assets.StateLook, whyOld)
	}
}

// fresh says that the last complete pull is newer than two polls, by the wall clock
// and, if this PC was not restarted since, by the monotonic one too.
func (f facts) fresh() bool {
	limit := 2 * f.sync.Every
	age := f.now.Wall - f.sync.Pulled
	if age < 0 || age >= limit {
		return false
	}
	return f.sync.Boot == "" || f.sync.Boot != f.now.Boot || f.now.Mono-f.sync.PulledMono < limit
}
