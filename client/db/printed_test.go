package db

import (
	"testing"
	"time"
)

func TestPrintedPapersAreCountedAndForgottenAfter120Days(t *testing.T) {
	f := newFolder(t)
	count := func(id string, want int) {
		t.Helper()
		if n, err := f.db.Printed(t.Context(), id); err != nil || n != want {
			t.Errorf("%s: %d, %v; want %d", id, n, err, want)
		}
	}
	add := func(id string) {
		t.Helper()
		if err := f.db.AddPrinted(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	count("loan/1", 0)
	add("loan/1")
	add("loan/1")
	add("loan/2")
	count("loan/1", 2)
	f.clock.Advance(120 * 24 * time.Hour)
	add("loan/3")
	count("loan/2", 1) // exactly 120 days
	f.clock.Advance(time.Millisecond)
	add("loan/4")
	count("loan/1", 0)
	count("loan/3", 1)
}

func TestSettingsBeginWithDefaultsAndAreKept(t *testing.T) {
	f := newFolder(t)
	s, err := f.db.Settings(t.Context())
	if err != nil || s != DefaultSettings() || s.Volume != 60 {
		t.Fatalf("%+v, %v", s, err)
	}
	s.Volume, s.Slip, s.Auto = 0, "tcp:192.0.2.7", true
	if err := f.db.SetSettings(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if got, err := f.db.Settings(t.Context()); err != nil || got != s {
		t.Errorf("%+v, %v; want %+v", got, err, s)
	}
}
