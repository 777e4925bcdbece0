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
	backoffMin = time.Second
	backoffMax = 5 * time.Minute
)

// lookEvery is how often the loop looks whether an act was recorded: by a face, or
// by a verb in a program beside it.
const lookEvery = time.Second

// Run makes exchanges until ctx ends: every 15 seconds, within a second after an
// act was recorded by whatever program, at once on a kick, and more and more rarely
// while they fail. News gets a value, if there is room for one, whenever a screen
// may show something new. Kicks should be sent without waiting, into a channel with
// room for one.
//
// A wait that the server asked for outlasts a restart of the program; other waits
// do not: who starts the program wants to know.
func (s *Syncer) Run(ctx context.Context, kick <-chan struct{}, news chan<- struct{}) error {
	tell := func() {
		select {
		case news <- struct{}{}:
		default:
		}
	}
	least, wait, err := s.firstRest(ctx)
	if err != nil {
		return fault.Wrap("syncer.Run", err)
	}
	for pause(ctx, least, nil) && s.await(ctx, wait-least, kick) {
		_, next, err := s.step(ctx, tell)
		least, wait = 0, next
		if err != nil {
			least = backoffMin
		}
		if fault.CodeOf(err) == fault.Limited {
			least = next
		}
	}
	return nil
}

// await waits so long, or until a kick, or until more ops wait than at first; false
// if ctx ended.
func (s *Syncer) await(ctx context.Context, long time.Duration, kick <-chan struct{}) bool {
	before, _, err := s.db.OutboxState(ctx)
	for long > 0 && err == nil {
		part := min(long, lookEvery)
		if kicked := pauseOr(ctx, part, kick); kicked || ctx.Err() != nil {
			break
		}
		long -= part
		now, _, failed := s.db.OutboxState(ctx)
		if now > before {
			break
		}
		before, err = now, failed
	}
	if err != nil { // the file can't be read now: the exchange will say why
		return pause(ctx, long, kick)
	}
	return ctx.Err() == nil
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
