package stamp

import (
	"sync"
	"time"
)

// Reading is what one device's clocks say at one moment.
type Reading struct {
	Wall int64  // ms since 1970 UTC by the device's wall clock, right or wrong
	Mono int64  // ms since the clock was made; never steps, pauses while the device sleeps
	Boot string // names the stretch in which Mono readings can be compared
}

// Time returns the wall reading as a UTC time.
func (r Reading) Time() time.Time { return time.UnixMilli(r.Wall).UTC() }

// Clock reads a device's clocks. Implementations may be used by several
// goroutines at once.
type Clock interface {
	Now() Reading
}

// realClock reads an injected time function.
type realClock struct {
	now   func() time.Time
	start time.Time
	boot  string
}

// NewClock returns a clock over now, which a main sets to time.Now. Boot must
// differ at every start of the program (a fresh id). Mono uses the monotonic
// part of the times that now returns, so a step of the wall clock leaves it
// alone.
func NewClock(now func() time.Time, boot string) Clock {
	return realClock{now: now, start: now(), boot: boot}
}

// Now returns the present reading.
func (c realClock) Now() Reading {
	t := c.now()
	return Reading{Wall: t.UnixMilli(), Mono: t.Sub(c.start).Milliseconds(), Boot: c.boot}
}

// shiftedClock adds an offset to the wall part of another clock.
type shiftedClock struct {
	clock  Clock
	offset int64
}

// Shifted returns clock with its wall time moved by offset, for demonstration
// districts. The monotonic part stays.
func Shifted(clock Clock, offset time.Duration) Clock {
	return shiftedClock{clock: clock, offset: offset.Milliseconds()}
}

// Now returns the shifted reading.
func (c shiftedClock) Now() Reading {
	r := c.clock.Now()
	r.Wall = add(r.Wall, c.offset)
	return r
}

// Times returns the wall part of clock as a time function, for what takes one.
func Times(clock Clock) func() time.Time {
	return func() time.Time { return clock.Now().Time() }
}

// Manual is a clock that moves only when told, for tests and simulations.
type Manual struct {
	mu  sync.Mutex
	now Reading
}

// NewManual returns a manual clock that stands at start, with Mono 0.
func NewManual(start time.Time, boot string) *Manual {
	return &Manual{now: Reading{Wall: start.UnixMilli(), Boot: boot}}
}

// Now returns the present reading.
func (m *Manual) Now() Reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance lets d pass on both clocks.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Wall = add(m.now.Wall, d.Milliseconds())
	m.now.Mono = add(m.now.Mono, d.Milliseconds())
}

// SetWall steps the wall clock to t, as a person or a time service does.
func (m *Manual) SetWall(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Wall = t.UnixMilli()
}

// Reboot starts a new stretch of monotonic time.
func (m *Manual) Reboot(boot string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Mono, m.now.Boot = 0, boot
}
