package stamp

import "sync"

// Memory is what a [Watch] must not forget between two starts of a program.
// The caller stores it with its data.
type Memory struct {
	HLC      HLC   `json:"h,omitzero"`
	Wall     int64 `json:"w"`           // ms, the last wall reading
	Offset   int64 `json:"o,omitempty"` // ms, server minus local
	RTT      int64 `json:"r,omitempty"` // ms
	At       int64 `json:"t,omitempty"` // ms, local time of the measurement
	Measured bool  `json:"k,omitempty"` // Offset, RTT and At hold a measurement
	Stepped  bool  `json:"s,omitempty"`
	Unsure   bool  `json:"u,omitempty"` // the program was off since the measurement
}

// Watch turns a device's clock into [Evidence]: it keeps hybrid time, measures
// the offset to the server and notices when the wall clock is set. It may be
// used by several goroutines at once.
type Watch struct {
	clock Clock

	mu   sync.Mutex // protects all below
	mem  Memory
	last Reading
	est  Estimator
}

// NewWatch returns a watch that goes on from mem (zero at the first start). A
// wall clock that reads earlier than the stored one, as after a dead battery,
// counts as set; any other may have been set too while the program was off, and what
// was measured before is marked as unsure until the next exchange.
func NewWatch(clock Clock, mem Memory) *Watch {
	w := &Watch{clock: clock, mem: mem, last: clock.Now()}
	if w.last.Wall < mem.Wall {
		w.mem.Stepped = true
	}
	w.mem.Wall, w.mem.Unsure = w.last.Wall, mem.Measured
	return w
}

// Stamp returns the evidence of an act that happens now.
func (w *Watch) Stamp() Evidence {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.look()
	w.mem.HLC = w.mem.HLC.Tick(now.Wall)
	e := Evidence{Wall: now.Wall, Mono: now.Mono, Boot: now.Boot, HLC: w.mem.HLC, OffsetAge: NeverMeasured, Stepped: w.mem.Stepped, Unsure: w.mem.Unsure}
	if w.mem.Measured {
		e.Offset, e.RTT, e.OffsetAge = w.mem.Offset, w.mem.RTT, max(0, sub(now.Wall, w.mem.At))
	}
	return e
}

// Exchanged takes in one exchange with the server: the local readings when the
// request left and the answer came, and the server's wall times (ms) when it
// received and answered. It returns false and changes nothing if the local
// clock was set in between.
func (w *Watch) Exchanged(sent Reading, received, answered int64, got Reading) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.look()
	if sent.Boot != got.Boot || stepped(sent, got) || stepped(got, w.last) {
		return false
	}
	if !w.est.Sample(sent.Wall, received, answered, got.Wall) {
		return false
	}
	offset, rtt, at, _ := w.est.Best()
	w.mem.Offset, w.mem.RTT, w.mem.At, w.mem.Measured, w.mem.Stepped, w.mem.Unsure = offset, rtt, at, true, false, false
	return true
}

// Seen takes in a hybrid time that came from elsewhere; false if it lies too
// far ahead to be taken over (see [HLC.Merge]).
func (w *Watch) Seen(remote HLC) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.look().Wall
	if w.mem.Measured && !w.mem.Stepped {
		now = max(now, add(now, w.mem.Offset))
	}
	next, taken := w.mem.HLC.Merge(remote, now)
	if taken {
		w.mem.HLC = next
	}
	return taken
}

// Correction returns what must be added to this device's wall clock to get the
// server's time (ms; negative if this PC is fast), and whether that is known.
func (w *Watch) Correction() (offset int64, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.look()
	return w.mem.Offset, w.mem.Measured && !w.mem.Stepped
}

// Check returns what to tell the server when ops are sent: the offset measured since
// the program's start and the clock's last step. The zero Check if there is none.
func (w *Watch) Check() Check {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.look()
	if !w.mem.Measured || w.mem.Stepped || w.mem.Unsure {
		return Check{}
	}
	return Check{Offset: w.mem.Offset, RTT: max(1, w.mem.RTT)}
}

// Memory returns what to store. Stored in the same transaction as an op, it
// makes the next start notice a clock that was set back while off.
func (w *Watch) Memory() Memory {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.look()
	return w.mem
}

// look reads the clock and notices a step. The caller holds mu.
func (w *Watch) look() Reading {
	now := w.clock.Now()
	if stepped(w.last, now) {
		w.mem.Stepped = true
		w.est.Reset() // offsets measured before the step say nothing now
	}
	w.last, w.mem.Wall = now, now.Wall
	return now
}

// stepped reports whether the wall clock was set between two readings of one
// stretch. The monotonic clock pauses while a device sleeps, so after a sleep
// the wall clock is ahead: that too counts, until the next exchange.
func stepped(a, b Reading) bool {
	drift := sub(sub(b.Wall, a.Wall), sub(b.Mono, a.Mono))
	return a.Boot != b.Boot || drift > StepMs || drift < -StepMs
}
