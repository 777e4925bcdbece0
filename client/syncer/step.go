package syncer

import (
	"context"
	"time"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// The size of one message. A batch or slice that the server or the network can't
// take is halved, down to one op and minSlice rows, and grows again with success.
const (
	batchBytes = 1 << 20
	sliceRows  = 5000 // the database takes them in by smaller pieces
	minSlice   = 50
	maxShrunk  = 10 // 1000 ops halved this often is one
)

// Report is what one exchange did.
type Report struct {
	Sent     int                   // ops that the server acknowledged
	Told     []Told                // verdicts on ops of ours that were not simply applied
	Rows     int                   // rows taken in
	Changed  bool                  // something that a screen may show is different
	New      []payback.RequestID   // requests that came and wait for the store's answer
	Fork     payback.RunID         // a run of ours that another disk has continued
	Behind   payback.RunID         // the server has more of our runs than this folder: its disk was set back
	Mismatch []payback.Bucket      // buckets fetched anew, since their rows differed from the server's
	Offset   int64                 // ms: the server's clock minus this PC's
	Measured bool                  // Offset is known
	Archived uint64                // positions up to here are in a verified backup
	heads    map[payback.Bucket]at // where each bucket stood, to notice a pull that goes nowhere
}

// at is a place in a bucket's history.
type at struct {
	cursor  uint64
	chain   syncproto.Hash
	witness uint64
}

// Told is what the server said of one op.
type Told struct {
	Run payback.RunID
	syncproto.OpVerdict
}

// Step makes one exchange: it sends everything that waits and pulls until nothing
// is missing. What was done before an error stays done. The cause of an error is
// stored, to be shown, and so is when Step should be called next.
func (s *Syncer) Step(ctx context.Context) (Report, error) {
	r, _, err := s.step(ctx, func() {})
	return r, err
}

// step is Step; tell is called whenever a screen may show something new, wait is
// how long the loop should rest before the next.
func (s *Syncer) step(ctx context.Context, tell func()) (r Report, wait time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, err := s.db.SyncState(ctx)
	if err != nil {
		return r, backoffMax, fault.Wrap("syncer.Step", err)
	}
	was, _, err := s.db.Enrolment(ctx)
	if err != nil {
		return r, backoffMax, fault.Wrap("syncer.Step", err)
	}
	began := s.env.Clock.Now().Wall
	err = s.exchange(ctx, &r, tell)
	if ctx.Err() != nil {
		return r, 0, fault.Wrap("syncer.Step", ctx.Err())
	}
	r.Offset, r.Measured = s.db.Watch().Correction()
	wait = s.rest(err, s.fails)
	if s.fails++; err == nil {
		s.fails = 0
	}
	if is, _, bad := s.db.Enrolment(ctx); bad == nil && was.Epoch != "" && is.Epoch != was.Epoch {
		s.note(func(st *db.SyncState) { st.Restored = began })
	}
	every := s.every()
	if err == nil {
		wait = every
	}
	if stored := s.remember(ctx, began, wait, every, before.Fails, err); err == nil {
		err = stored
	}
	if r.Changed || keyOf(err) != before.Cause.Key {
		tell()
	}
	return r, wait, fault.Wrap("syncer.Step", err)
}

// exchange pushes, then pulls. A push that the server refuses doesn't stop the
// pull: its error comes after it.
func (s *Syncer) exchange(ctx context.Context, r *Report, tell func()) error {
	e, l, err := s.connect(ctx)
	if err != nil {
		return err
	}
	refused := s.push(ctx, e, l, r)
	if restored(refused) {
		if err := s.refill(ctx, l); err != nil {
			return err
		}
		refused = s.push(ctx, e, l, r)
	}
	if refused == nil {
		refused = s.relay(ctx, l)
	}
	if refused != nil && !pullsOn(refused) {
		return refused
	}
	err = s.pull(ctx, e, l, r, tell)
	if restored(err) {
		if err = s.refill(ctx, l); err == nil {
			err = s.pull(ctx, e, l, r, tell)
		}
	}
	if err != nil {
		return err
	}
	return refused
}

// pullsOn says whether a failed push leaves sense in a pull.
func pullsOn(err error) bool {
	switch keyOf(err) {
	case KeyRefused, KeyTrouble, KeyNonsense:
		return true
	}
	return false
}

// remember stores how the exchange stands, by one transaction, with what push and
// pull noted. What other methods of the file store is read again, not overwritten.
func (s *Syncer) remember(ctx context.Context, began int64, wait, every time.Duration, fails int, failed error) error {
	state, err := s.db.SyncState(ctx)
	if err != nil {
		return err
	}
	for _, n := range s.notes {
		n(&state)
	}
	s.notes = nil
	state.Tried, state.Next = began, s.env.Clock.Now().Wall+wait.Milliseconds()
	state.Every = every.Milliseconds()
	was := state.Cause.Key
	state.Fails, state.Cause = 0, payback.Reason{}
	if failed != nil {
		state.Fails, state.Cause = fails+1, reasonOf(failed)
	}
	switch now := state.Cause.Key; {
	case now == was: // said already
	case now == "":
		s.env.Log.Info("exchanges succeed again", "after", was)
	default:
		s.env.Log.Warn("exchange failed", "cause", now, "error", failed)
	}
	return s.db.SetSyncState(ctx, state)
}

// note keeps a change of the stored state for the exchange's end.
func (s *Syncer) note(change func(*db.SyncState)) { s.notes = append(s.notes, change) }

// size returns a full size halved as often as it had to be, but at least least.
func (s *Syncer) size(full, least int) int { return max(least, full>>s.shrunk) }

// shrink halves the size for the next time.
func (s *Syncer) shrink() { s.shrunk = min(s.shrunk+1, maxShrunk) }

// grow takes one halving back.
func (s *Syncer) grow() { s.shrunk = max(s.shrunk-1, 0) }
