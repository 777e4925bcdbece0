package stamp

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// pc is a device in the world: true time runs beside its clock, which may drift, be
// set, stop while the device sleeps, or lose its battery.
type pc struct {
	t       *rapid.T
	clock   *Manual
	watch   *Watch
	now     int64 // ms, true time
	contact int64 // ms, true time of the last exchange
	ppm     int64
	rest    time.Duration // less than 1 ms, what the clock has run and not shown yet
	boots   int
	acts    []act
}

type act struct {
	at    int64 // ms, true time
	floor int64
	e     Evidence
	off   int64 // ms, true time minus wall clock
}

// pass lets true time go on; the clock drifts.
func (p *pc) pass(d time.Duration) {
	p.now += d.Milliseconds()
	p.rest += d + time.Duration(int64(d)/1_000_000*p.ppm)
	p.clock.Advance(p.rest.Truncate(time.Millisecond))
	p.rest -= p.rest.Truncate(time.Millisecond)
}

// step sets the wall clock by d.
func (p *pc) step(d time.Duration) { p.clock.SetWall(p.clock.Now().Time().Add(d)) }

func (p *pc) restart() {
	memory := p.watch.Memory()
	p.boots++
	p.clock.Reboot(string(rune('a' + p.boots%26)))
	p.watch = NewWatch(p.clock, memory)
}

func (p *pc) exchange() bool {
	sent := p.clock.Now()
	trip := time.Duration(rapid.IntRange(0, 2000).Draw(p.t, "ms out")) * time.Millisecond
	p.pass(trip)
	at := p.now
	p.pass(time.Duration(rapid.IntRange(0, 2000).Draw(p.t, "ms back")) * time.Millisecond)
	ok := p.watch.Exchanged(sent, at, at, p.clock.Now())
	p.contact = p.now
	return ok
}

func (p *pc) act() {
	p.acts = append(p.acts, act{p.now, p.contact, p.watch.Stamp(), p.now - p.clock.Now().Wall})
}

// fault draws what goes wrong with the clock while the program runs, or while it is
// off and the battery is dead.
func (p *pc) fault() {
	steps := []time.Duration{time.Hour, 24 * time.Hour, 30 * 24 * time.Hour, 90 * 24 * time.Hour}
	switch rapid.IntRange(0, 7).Draw(p.t, "fault") {
	case 0:
		p.step(rapid.SampledFrom(steps).Draw(p.t, "forward"))
	case 1:
		p.step(-rapid.SampledFrom(steps).Draw(p.t, "backward"))
	case 2:
		p.clock.SetWall(time.UnixMilli(rapid.SampledFrom([]int64{0, 946_684_800_000}).Draw(p.t, "reset to")))
		if rapid.Bool().Draw(p.t, "while off") {
			p.restart()
		}
	case 3: // sleep: the wall goes on, the monotonic clock does not
		d := rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 9 * time.Hour, 60 * time.Hour}).Draw(p.t, "sleep")
		p.now += d.Milliseconds()
		p.step(d)
	case 4:
		p.restart()
	case 5: // set while the program is off: nothing on the device shows it
		p.step(time.Duration(rapid.Int64Range(-90*24*hour, 90*24*hour).Draw(p.t, "ms, while off")) * time.Millisecond)
		p.restart()
	case 6: // set back by less than it was off
		p.pass(time.Duration(rapid.Int64Range(2*hour, 3*24*hour).Draw(p.t, "ms off")) * time.Millisecond)
		p.step(-time.Duration(rapid.Int64Range(1, 2*hour).Draw(p.t, "ms back")) * time.Millisecond)
		p.restart()
	case 7:
		ahead := HLC{Ms: p.clock.Now().Wall + rapid.SampledFrom([]int64{MaxLead + hour, year, 100 * year}).Draw(p.t, "ms ahead")}
		before := p.watch.Stamp().HLC
		known := p.watch.mem.Measured && !p.watch.mem.Stepped
		if p.watch.Seen(ahead) && (!known || ahead.Ms >= p.clock.Now().Wall+p.watch.mem.Offset+MaxLead) {
			p.t.Fatalf("hybrid time %v was taken over after %v", ahead, before)
		}
	}
}

// unseen says that the clock was set while the program was off, and right again
// before the next measurement: the one fault that no evidence can show.
func unseen(a act, check Check, received int64) bool {
	drift := max(0, received-a.e.Wall-a.e.Offset+a.e.OffsetAge)/driftDivisor + a.e.RTT/2 + check.RTT/2
	far := func(x, y, d int64) bool { return x-y > d || y-x > d }
	return a.e.Unsure && !a.e.Stepped && !far(check.Offset, a.e.Offset, drift+StepMs+2) &&
		far(a.off, check.Offset, drift) && far(a.off, a.e.Offset, a.e.OffsetAge/driftDivisor+a.e.RTT/2)
}

// Whatever happens to the clock, the interval of each act holds the true time; and
// the evidence is always there: nothing refuses to be recorded or to be sent. (A step
// of less than StepMs is not noticed; here they are greater.)
func TestNoClockFaultMakesAnIntervalWithoutTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &pc{t: t, now: truth, contact: truth - hour, ppm: rapid.Int64Range(-500, 500).Draw(t, "drift")}
		wrong := time.Duration(rapid.Int64Range(-10*year, 10*year).Draw(t, "wrong by")) * time.Millisecond
		p.clock = NewManual(time.UnixMilli(truth).Add(wrong), "z")
		p.watch = NewWatch(p.clock, Memory{})
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			p.pass(time.Duration(rapid.Int64Range(2*StepMs, 3*24*hour).Draw(t, "ms pass")) * time.Millisecond)
			switch rapid.IntRange(0, 3).Draw(t, "event") {
			case 0:
				p.fault()
			case 1:
				p.exchange()
			}
			p.act()
		}
		p.pass(time.Minute)
		for range 3 { // as a counter does before it sends; a step is noticed by the first
			p.exchange()
		}
		check := p.watch.Check()
		if check.RTT == 0 {
			t.Fatal("nothing was measured before sending")
		}
		var last HLC
		for i, a := range p.acts {
			got := IntervalChecked(a.e, check, p.now, a.floor)
			if unseen(a, check, p.now) {
				continue
			}
			if a.at < got.Lo-2 || a.at > got.Hi+2 { // whole milliseconds of three readings
				t.Fatalf("act %d: %d is not in %+v, floor %d (%+v)", i, a.at, got, a.floor, a.e)
			}
			if a.e.HLC.Compare(last) <= 0 {
				t.Fatalf("act %d: hybrid time went back from %v to %v", i, last, a.e.HLC)
			}
			last = a.e.HLC
		}
	})
}

// A wrong clock never stops sync: the first exchange after any fault is measured,
// and from it on the PC's time is right again.
func TestTheFirstExchangeAfterAFaultHealsTheClock(t *testing.T) {
	for name, fault := range map[string]func(p *pc){
		"reset to 1970":      func(p *pc) { p.clock.SetWall(time.UnixMilli(0)) },
		"reset to 2000, off": func(p *pc) { p.clock.SetWall(time.UnixMilli(946_684_800_000)); p.restart() },
		"an hour forward":    func(p *pc) { p.step(time.Hour) },
		"an hour back":       func(p *pc) { p.step(-time.Hour) },
		"90 days forward":    func(p *pc) { p.step(90 * 24 * time.Hour) },
		"90 days back":       func(p *pc) { p.step(-90 * 24 * time.Hour) },
		"a night's sleep":    func(p *pc) { p.now += 9 * hour; p.step(9 * time.Hour) },
	} {
		p := &pc{now: truth, contact: truth, clock: NewManual(time.UnixMilli(truth), "z")}
		p.watch = NewWatch(p.clock, Memory{})
		p.watch.Exchanged(p.clock.Now(), p.now, p.now, p.clock.Now())
		p.pass(time.Hour)
		fault(p)
		p.pass(time.Minute)
		if e := p.watch.Stamp(); !e.Stepped {
			t.Errorf("%s: not marked as doubtful", name)
		}
		if !p.watch.Exchanged(p.clock.Now(), p.now, p.now, p.clock.Now()) {
			t.Errorf("%s: the exchange was not measured", name)
		}
		p.pass(time.Hour)
		if got := IntervalOf(p.watch.Stamp(), p.now+hour, truth); got.Lo > p.now || got.Hi < p.now || got.Width() > 2*(hour/1999+2) {
			t.Errorf("%s: afterwards %+v for %d", name, got, p.now)
		}
	}
}

// A clock that was set while the program was off shows itself at the next exchange.
func TestAClockSetWhileOffIsNoticedWhenOpsAreSent(t *testing.T) {
	for _, c := range []struct {
		name string
		set  time.Duration
		wide bool
	}{
		{"not set", 0, false},
		{"a second forward", time.Second, false},
		{"an hour forward", time.Hour, true},
		{"90 days forward", 90 * 24 * time.Hour, true},
		{"an hour back", -time.Hour, true},
		{"nine hours back", -9 * time.Hour, true},
	} {
		p := &pc{now: truth, clock: NewManual(time.UnixMilli(truth), "z")}
		p.watch = NewWatch(p.clock, Memory{})
		p.watch.Exchanged(p.clock.Now(), p.now, p.now, p.clock.Now())
		floor := p.now
		p.pass(10 * time.Hour)
		p.step(c.set)
		p.restart()
		e, at := p.watch.Stamp(), p.now
		if !e.Unsure || p.watch.Check() != (Check{}) {
			t.Errorf("%s: the measurement before the start counts as sure", c.name)
		}
		p.pass(24 * time.Hour)
		p.watch.Exchanged(p.clock.Now(), p.now, p.now, p.clock.Now())
		got := IntervalChecked(e, p.watch.Check(), p.now, floor)
		if wide := got == (Interval{floor, p.now}); wide != c.wide || at < got.Lo || at > got.Hi {
			t.Errorf("%s: %+v for %d", c.name, got, at)
		}
		if none := IntervalChecked(e, Check{}, p.now, floor); none != (Interval{floor, p.now}) {
			t.Errorf("%s: without a check %+v", c.name, none)
		}
		if p.watch.Stamp().Unsure {
			t.Errorf("%s: still unsure after an exchange", c.name)
		}
	}
}
