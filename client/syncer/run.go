package syncer

import (
	"context"
	"encoding/binary"
	"io"
	"strconv"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// The rhythm of exchanges. After a failure the n-th wait is drawn from the whole
// of 1 s to 1 s·2ⁿ, at most 5 minutes ("full jitter"), so that a district's
// counters don't come back all at once.
const (
	pollEvery  = 15 * time.Second
	pollCalm   = 60 * time.Second // while pokes are heard
	backoffMin = time.Second
	backoffMax = 5 * time.Minute
)

// lookEvery is how often the loop looks whether an act was recorded: by a face, or
// by a verb in a program beside it.
const lookEvery = time.Second

// Run makes exchanges until ctx ends: at once after an act of this program or a kick
// or when the server says that something is new, within a second after an act of a
// program beside it, and more and more rarely while they fail. Besides, one is due
// every 15 seconds, or every minute while the server's pokes are heard. News gets a
// value, if there is room for one, whenever a screen may show something new. Kicks
// should be sent without waiting, into a channel with room for one.
//
// A wait that the server asked for outlasts a restart of the program; other waits
// do not: who starts the program wants to know.
func (s *Syncer) Run(ctx context.Context, kick <-chan struct{}, news chan<- struct{}) error {
	tell := func() { ring(news) }
	least, wait, err := s.firstRest(ctx)
	if err != nil {
		return fault.Wrap("syncer.Run", err)
	}
	good, bell := make(chan struct{}, 1), make(chan struct{}, 1)
	listening := make(chan struct{})
	go func() {
		defer close(listening)
		s.listen(ctx, good, bell)
	}()
	for pause(ctx, least, nil) && s.await(ctx, wait-least, wakers{kick, bell}) {
		_, next, err := s.step(ctx, tell)
		least, wait = 0, next
		if err == nil {
			ring(good)
		} else {
			least = backoffMin
		}
		if fault.CodeOf(err) == fault.Limited {
			least = next
		}
	}
	<-listening
	return nil
}

// ring puts a value into a channel with room for one; nil is no channel.
func ring(bell chan<- struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// wakers are what ends a wait early.
type wakers struct {
	kick <-chan struct{} // somebody wants an exchange
	bell <-chan struct{} // the server's heads may have moved
}

// slept is how much more than the monotonic clock the wall clock may move during
// one look, ms: beyond it this PC slept, or its clock was set.
const slept = 10_000

// await waits so long, or until a kick, an act, a head of the server's that is not
// ours, or the end of a sleep; false if ctx ended. A wait of more than a poll's is
// cut short when pokes are no longer heard.
func (s *Syncer) await(ctx context.Context, long time.Duration, by wakers) bool {
	before, _, err := s.db.OutboxState(ctx)
	calm := long > pollEvery && s.ear.live()
	for waited := time.Duration(0); waited < long && err == nil && ctx.Err() == nil; {
		part := min(long-waited, lookEvery)
		was := s.env.Clock.Now()
		why := waitFor(ctx, part, by, s.db.Acted())
		is := s.env.Clock.Now()
		waited += part
		now, _, failed := s.db.OutboxState(ctx)
		switch {
		case why == wokeKick, now > before, why == wokeAct && now > 0:
			return ctx.Err() == nil
		case is.Wall-was.Wall-(is.Mono-was.Mono) > slept:
			s.ear.hangUp() // that connection is dead, and nothing says so
			return ctx.Err() == nil
		case calm && waited >= pollEvery && !s.ear.live():
			return ctx.Err() == nil
		case why == wokeBell:
			waited -= part // less than that went by
			if behind, spread := s.behind(ctx); behind {
				long = min(long, waited+spread)
			}
		}
		before, err = now, failed
	}
	if err != nil && ctx.Err() == nil { // the file can't be read now: the exchange will say why
		return pause(ctx, long, by.kick)
	}
	return ctx.Err() == nil
}

// woke says what ended a wait.
type woke int

const (
	wokeTime woke = iota
	wokeKick
	wokeAct
	wokeBell
)

// waitFor waits so long, or until one of the wakers or an act.
func waitFor(ctx context.Context, long time.Duration, by wakers, acted <-chan struct{}) woke {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-by.kick:
		return wokeKick
	case <-acted:
		return wokeAct
	case <-by.bell:
		return wokeBell
	case <-timer.C:
	case <-ctx.Done():
	}
	return wokeTime
}

// every is how often exchanges are due while they succeed.
func (s *Syncer) every() time.Duration {
	if s.ear.live() {
		return pollCalm
	}
	return pollEvery
}

// firstRest returns how long a start must wait and may wait.
func (s *Syncer) firstRest(ctx context.Context) (least, wait time.Duration, err error) {
	state, err := s.db.SyncState(ctx)
	if err != nil || state.Cause.Key != KeyBusy {
		return 0, 0, err
	}
	left := time.Duration(state.Next-s.env.Clock.Now().Wall) * time.Millisecond
	left = min(max(left, 0), backoffMax) // a clock that was set must not hold us back
	return left, left, nil
}

// pause waits so long or until a kick; false if ctx ended.
func pause(ctx context.Context, long time.Duration, kick <-chan struct{}) bool {
	pauseOr(ctx, long, kick)
	return ctx.Err() == nil
}

// pauseOr waits so long or until a kick, and says whether it was a kick.
func pauseOr(ctx context.Context, long time.Duration, kick <-chan struct{}) (kicked bool) {
	if long <= 0 {
		return false
	}
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-kick:
		return true
	case <-ctx.Done():
	}
	return false
}

// rest returns how long to wait after an exchange that ended with err and followed
// so many failures.
func (s *Syncer) rest(err error, fails int) time.Duration {
	switch {
	case err == nil, keyOf(err) == KeyNotEnrolled:
		return pollEvery
	case keyOf(err) == KeyRefilling:
		return refillEvery
	case fault.CodeOf(err) == fault.Limited:
		return asked(err)
	}
	ceiling := backoffMax
	if fails < 9 { // 2⁹ s are more than 5 minutes
		ceiling = min(backoffMax, backoffMin<<(fails+1))
	}
	return backoffMin + s.spread(ceiling-backoffMin)
}

// asked returns how long the server asked us to wait, within reason.
func asked(err error) time.Duration {
	_, args := fault.Message(err)
	seconds, bad := strconv.Atoi(args["Seconds"])
	if bad != nil || seconds < 1 {
		return pollEvery
	}
	return min(time.Duration(min(seconds, 3600))*time.Second, backoffMax)
}

// spread draws a duration from 0 to ceiling. Without chance there is none.
func (s *Syncer) spread(ceiling time.Duration) time.Duration {
	var raw [8]byte
	if _, err := io.ReadFull(s.env.Chance, raw[:]); err != nil || ceiling <= 0 {
		return 0
	}
	return time.Duration(binary.BigEndian.Uint64(raw[:]) % uint64(ceiling+1))
}
