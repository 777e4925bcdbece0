package stamp

import (
	"testing"
	"time"
)

// exchange lets one exchange with a server happen; the server's clock is ahead
// of the device's by lead.
func exchange(t *testing.T, w *Watch, m *Manual, lead, trip time.Duration) bool {
	t.Helper()
	sent := m.Now()
	m.Advance(trip / 2)
	at := m.Now().Wall + lead.Milliseconds()
	m.Advance(trip / 2)
	return w.Exchanged(sent, at, at, m.Now())
}

func TestTheShortestRoundTripOfTheLastSixteenCounts(t *testing.T) {
	var e Estimator
	if _, _, _, ok := e.Best(); ok {
		t.Error("something was measured before the first sample")
	}
	e.Sample(1000, 1505, 1505, 1010) // offset 500, round trip 10
	for i := range int64(15) {
		e.Sample(2000+i, 2600+i, 2600+i, 2100+i) // offset 550, round trip 100
	}
	if offset, rtt, at, _ := e.Best(); offset != 500 || rtt != 10 || at != 1010 {
		t.Errorf("got %d %d %d", offset, rtt, at)
	}
	e.Sample(3000, 3600, 3600, 3100) // pushes the first out
	if offset, rtt, at, _ := e.Best(); offset != 550 || rtt != 100 || at != 3100 {
		t.Errorf("got %d %d %d, want the newest of equals", offset, rtt, at)
	}
}

func TestImpossibleExchangesAreNotMeasured(t *testing.T) {
	var e Estimator
	for _, c := range [][4]int64{{10, 5, 5, 9}, {10, 6, 5, 20}, {10, 0, 50, 20}, {10, 0, 13, 20}} {
		if e.Sample(c[0], c[1], c[2], c[3]) {
			t.Errorf("%v was taken", c)
		}
	}
	if !e.Sample(10, 0, 12, 20) {
		t.Error("rounding of whole milliseconds was not forgiven")
	}
	if _, rtt, _, _ := e.Best(); rtt != 1 {
		t.Errorf("round trip: got %d, want 1", rtt)
	}
}

func TestWatchMeasuresAndAges(t *testing.T) {
	m := NewManual(day, "b")
	w := NewWatch(m, Memory{})
	if e := w.Stamp(); e.OffsetAge != NeverMeasured {
		t.Errorf("before the first exchange: %+v", e)
	}
	if !exchange(t, w, m, -time.Hour, 40*time.Millisecond) {
		t.Fatal("the exchange was refused")
	}
	m.Advance(time.Minute)
	e := w.Stamp()
	if e.Offset != -3_600_000 || e.RTT != 40 || e.OffsetAge != 60_000 || e.Stepped {
		t.Errorf("got %+v", e)
	}
	if offset, known := w.Correction(); !known || offset != -3_600_000 {
		t.Errorf("correction: got %d %v", offset, known)
	}
}

func TestWatchNoticesAStepUntilTheNextExchange(t *testing.T) {
	for name, move := range map[string]time.Duration{"forward": StepMs + 1, "back": -StepMs - 1} {
		m := NewManual(day, "b")
		w := NewWatch(m, Memory{})
		exchange(t, w, m, 0, 10*time.Millisecond)
		m.SetWall(m.Now().Time().Add(move * time.Millisecond))
		if e := w.Stamp(); !e.Stepped {
			t.Errorf("%s: not noticed", name)
		}
		if _, known := w.Correction(); known {
			t.Errorf("%s: still trusted", name)
		}
		exchange(t, w, m, 5*time.Second, 80*time.Millisecond)
		if e := w.Stamp(); e.Stepped || e.Offset != 5000 || e.RTT != 80 {
			t.Errorf("%s: after the exchange: %+v", name, e)
		}
	}
}

func TestASmallStepIsNoStep(t *testing.T) {
	m := NewManual(day, "b")
	w := NewWatch(m, Memory{})
	m.SetWall(day.Add(StepMs * time.Millisecond))
	if w.Stamp().Stepped {
		t.Error("2 s count as a step")
	}
}

func TestAnExchangeAcrossAStepIsNotMeasured(t *testing.T) {
	m := NewManual(day, "b")
	w := NewWatch(m, Memory{})
	sent := m.Now()
	m.SetWall(day.Add(time.Hour))
	if w.Exchanged(sent, sent.Wall, sent.Wall, m.Now()) {
		t.Error("measured across a step")
	}
	got := m.Now()
	m.SetWall(day.Add(2 * time.Hour))
	if w.Exchanged(got, got.Wall, got.Wall, got) {
		t.Error("measured although the clock was set right after")
	}
}

func TestWatchRemembersAcrossStarts(t *testing.T) {
	m := NewManual(day, "b")
	w := NewWatch(m, Memory{})
	exchange(t, w, m, time.Hour, 10*time.Millisecond)
	before := w.Stamp()
	mem := w.Memory()

	m.Advance(time.Hour)
	m.Reboot("c")
	e := NewWatch(m, mem).Stamp()
	if e.Stepped || e.Offset != 3_600_000 || e.OffsetAge != 3_600_000 || e.HLC.Compare(before.HLC) <= 0 {
		t.Errorf("after a restart: %+v", e)
	}

	m.SetWall(time.UnixMilli(0)) // dead battery
	m.Reboot("d")
	if e := NewWatch(m, mem).Stamp(); !e.Stepped || e.HLC.Compare(before.HLC) <= 0 {
		t.Errorf("after a dead battery: %+v", e)
	}
}

func TestWatchTakesRemoteTimeByTheServersClock(t *testing.T) {
	m := NewManual(day.Add(-10*24*time.Hour), "b")
	w := NewWatch(m, Memory{})
	remote := HLC{Ms: day.UnixMilli()}
	if w.Seen(remote) {
		t.Error("ten days ahead of an unmeasured clock was taken over")
	}
	exchange(t, w, m, 10*24*time.Hour, 10*time.Millisecond)
	if !w.Seen(remote) {
		t.Error("refused although the offset is known")
	}
	if e := w.Stamp(); e.HLC.Compare(remote) <= 0 {
		t.Errorf("got %v, want after %v", e.HLC, remote)
	}
}
