package payback

import (
	"fmt"
	"time"
)

// Date is a civil day of the district's calendar as "2006-01-02"; "" is no day.
// Days compare as text.
type Date string

// DateOf returns the day on which the instant ms (UTC milliseconds) falls in zone.
func DateOf(ms int64, zone *time.Location) Date {
	return Date(time.UnixMilli(ms).In(zone).Format(time.DateOnly))
}

// ParseDate reads "2006-01-02".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "", fmt.Errorf("not a date of the form 2006-01-02: %q", s)
	}
	return Date(t.Format(time.DateOnly)), nil
}

// Add returns the day n days later (earlier if n is negative); no day stays no day.
func (d Date) Add(n int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return Date(t.AddDate(0, 0, n).Format(time.DateOnly))
}

// Until returns the number of days from d to e; negative if e is earlier.
func (d Date) Until(e Date) int {
	a, errA := time.Parse(time.DateOnly, string(d))
	b, errB := time.Parse(time.DateOnly, string(e))
	if errA != nil || errB != nil {
		return 0
	}
	return int(b.Sub(a).Hours()) / 24
}

// End returns the first instant after the day, in UTC milliseconds: the day is
// whole, so what happened before End happened on it or earlier, and nothing later
// does. That is the start of the next civil day: of the day after, where a zone
// left one out; the later start, where clocks went back over midnight; and where
// they went forward over it, the moment in which they did.
func (d Date) End(zone *time.Location) int64 {
	midnight, err := time.Parse(time.DateOnly, string(d.Add(1)))
	if err != nil {
		return 0
	}
	if end, plain := plainMidnight(midnight, zone); plain {
		return end
	}
	return lastStart(midnight, zone)
}

// furthest is more than any zone is, or ever was, from UTC, in either direction.
const furthest = 25 * time.Hour

// plainMidnight returns midnight (a wall time, written as UTC) in zone; plain says
// that no clock change is near, so that there is exactly one.
func plainMidnight(midnight time.Time, zone *time.Location) (ms int64, plain bool) {
	from, to := midnight.Add(-furthest).In(zone), midnight.Add(furthest)
	_, change := from.ZoneBounds()
	_, offset := from.Zone()
	return midnight.UnixMilli() - int64(offset)*1000, change.IsZero() || change.After(to)
}

// lastStart returns the latest instant at which clocks in zone pass midnight (a
// wall time, written as UTC), by running through it or by being set over it.
func lastStart(midnight time.Time, zone *time.Location) (ms int64) {
	for at := midnight.Add(-furthest); !at.After(midnight.Add(furthest)); {
		_, offset := at.In(zone).Zone()
		_, change := at.In(zone).ZoneBounds()
		passes := midnight.Add(-time.Duration(offset) * time.Second)
		switch {
		case change.IsZero():
			change = midnight.Add(2 * furthest)
		case passes.After(change):
			passes = change
		}
		if passes.After(at) { // set back to it exactly, the day had ended before
			ms = passes.UnixMilli()
		}
		at = change
	}
	return ms
}

// Month returns "2006-01"; Year returns "2006".
func (d Date) Month() string { return cut(string(d), 7) }

// Year returns the year of the day as "2006".
func (d Date) Year() string { return cut(string(d), 4) }

// Weekday returns the day of the week; Sunday for no day.
func (d Date) Weekday() time.Weekday {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Sunday
	}
	return t.Weekday()
}

func cut(s string, n int) string {
	if len(s) < n {
		return s
	}
	return s[:n]
}

// Interval is the stretch of time in which an act happened, UTC milliseconds,
// Lo <= Hi. It is evidence: two exact clocks would make it one instant.
type Interval struct {
	Lo int64 `json:"lo"`
	Hi int64 `json:"hi"`
}

// At is the interval of an act whose time is known exactly.
func At(ms int64) Interval { return Interval{ms, ms} }

// ByEndOf says whether the act may have happened by the end of day d. Doubt
// favours the resident (DESIGN 4.9): the earliest possible instant decides.
func (iv Interval) ByEndOf(d Date, zone *time.Location) bool { return iv.Lo < d.End(zone) }
