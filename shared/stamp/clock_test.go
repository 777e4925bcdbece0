package stamp

import (
	"testing"
	"testing/synctest"
	"time"
)

var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func TestRealClockCountsFromItsStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClock(time.Now, "b1")
		first := c.Now()
		time.Sleep(1500 * time.Millisecond) // virtual
		got := c.Now()
		if got.Mono != 1500 || got.Wall-first.Wall != 1500 || got.Boot != "b1" {
			t.Errorf("got %+v after %+v", got, first)
		}
	})
}

func TestShiftedClockMovesTheWallOnly(t *testing.T) {
	m := NewManual(day, "b")
	m.Advance(time.Second)
	got := Shifted(m, -48*time.Hour).Now()
	if want := (Reading{Wall: day.Add(time.Second - 48*time.Hour).UnixMilli(), Mono: 1000, Boot: "b"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if at := Times(Shifted(m, time.Hour))(); !at.Equal(day.Add(time.Second + time.Hour)) {
		t.Errorf("time function: got %v", at)
	}
}

func TestManualClockStepsAndReboots(t *testing.T) {
	m := NewManual(day, "b")
	m.Advance(time.Minute)
	m.SetWall(time.UnixMilli(0))
	if got := m.Now(); got.Wall != 0 || got.Mono != 60_000 {
		t.Errorf("after a step: %+v", got)
	}
	m.Reboot("c")
	if got := m.Now(); got.Mono != 0 || got.Boot != "c" {
		t.Errorf("after a reboot: %+v", got)
	}
}
