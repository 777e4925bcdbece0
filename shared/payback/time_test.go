package payback

import (
	_ "embed"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // every zone, wherever the test runs
)

// zoneNames are all zones of the tz database that is embedded in the programs.
//
//go:embed testdata/zones.txt
var zoneNames string

func zones(t *testing.T) (all []*time.Location) {
	t.Helper()
	for name := range strings.FieldsSeq(zoneNames) {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, zone)
	}
	if len(all) < 590 {
		t.Fatalf("only %d zones", len(all))
	}
	return all
}

// changes returns the clock changes of a zone between two years, in UTC seconds.
func changes(zone *time.Location, from, to int) (at []time.Time) {
	t := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC)
	for t.Year() < to {
		_, next := t.In(zone).ZoneBounds()
		if next.IsZero() {
			break
		}
		t = next.UTC()
		at = append(at, t)
	}
	return at
}

// A day's end divides time: before it there is the day or an earlier one just
// before, and from it on never that day again.
func TestDaysEndOnceInEveryZoneAtEveryClockChange(t *testing.T) {
	tested := 0
	for _, zone := range zones(t) {
		for _, at := range changes(zone, 1970, 2040) {
			day := DateOf(at.UnixMilli(), zone)
			for _, d := range []Date{day.Add(-2), day.Add(-1), day, day.Add(1)} {
				end := d.End(zone)
				if before := DateOf(end-1, zone); before > d {
					t.Errorf("%s: %s ends at %d, and it is %s before that", zone, d, end, before)
				}
				for ms := end; ms < end+26*3600_000; ms += 1800_000 {
					if after := DateOf(ms, zone); after <= d {
						t.Errorf("%s: %s ended at %d, and it is %s %d min later", zone, d, end, after, (ms-end)/60_000)
						break
					}
				}
				tested++
			}
		}
	}
	t.Logf("%d days beside clock changes", tested)
}

func TestDaysWithoutMidnightAndOthersEndWhenPeopleSayThatTheyEnd(t *testing.T) {
	for _, c := range []struct {
		name, zone string
		day        Date
		end        string
	}{
		{"Korea", "Asia/Seoul", "2026-03-23", "2026-03-23T15:00:00Z"},
		{"Korea, summer time begins at midnight", "Asia/Seoul", "1987-05-09", "1987-05-09T15:00:00Z"},
		{"Korea, the day on which summer time begins", "Asia/Seoul", "1988-05-08", "1988-05-08T14:00:00Z"},
		{"no midnight: clocks go from 24:00 to 01:00", "America/Sao_Paulo", "2018-11-03", "2018-11-04T03:00:00Z"},
		{"24:00 is 23:00 again", "America/Sao_Paulo", "2018-02-17", "2018-02-18T03:00:00Z"},
		{"0:01 is 23:01 of the day before", "America/St_Johns", "2010-11-06", "2010-11-07T03:30:00Z"},
		{"a day of 23 hours", "Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00Z"},
		{"a day of 25 hours", "Europe/Berlin", "2026-10-25", "2026-10-25T23:00:00Z"},
		{"the next day is left out", "Pacific/Apia", "2011-12-29", "2011-12-30T10:00:00Z"},
		{"the day that was left out ends when it would have begun", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},
		{"midnight comes twice", "America/Havana", "2026-10-31", "2026-11-01T04:00:00Z"},
		{"no midnight in Lebanon", "Asia/Beirut", "2026-03-28", "2026-03-28T22:00:00Z"},
		{"half an hour", "Australia/Lord_Howe", "2026-04-04", "2026-04-04T13:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := time.UnixMilli(c.day.End(zone)).UTC().Format(time.RFC3339); got != c.end {
			t.Errorf("%s: %s in %s ends at %s, want %s", c.name, c.day, c.zone, got, c.end)
		}
	}
}

// A loan of 21 days that is due beside a clock change, in every zone: the last
// moment of its last day counts, the first one after does not, and doubt does.
func TestALoansLastDayIsWholeInEveryZone(t *testing.T) {
	for _, zone := range zones(t) {
		near := []time.Time{time.UnixMilli(noon)}
		if all := changes(zone, 2026, 2030); len(all) > 2 {
			near = append(near, all[:2]...)
		}
		for _, at := range near {
			w := newWorld(t)
			w.env.Zone = zone
			sold := at.UnixMilli() - 21*day
			w.now = sold - day
			w.must(resident, place("r1", "p1", isbnA))
			w.must(pc1, w.accept("r1"))
			w.now = sold
			w.must(pc1, w.sale("c1", "r1"))
			due := w.loan("c1").Due
			if want := DateOf(sold, zone).Add(21); due != want {
				t.Fatalf("%s: sold at %d it is due on %s, want %s", zone, sold, due, want)
			}
			end := due.End(zone)
			for _, c := range []struct {
				name string
				when Interval
				want State
			}{{"the last moment", At(end - 1), LoanReturned}, {"the first after", At(end), LoanLeft}, {"in doubt", Interval{end - 1, end + 40*day}, LoanReturned}} {
				again := w.clone()
				again.now = c.when.Hi
				again.do(pc1.between(c.when.Lo, c.when.Hi), &Return{Loan: "c1"})
				if got := again.loan("c1").State; got != c.want {
					t.Errorf("%s, due %s: %s the copy is %s, want %s", zone, due, c.name, got, c.want)
				}
			}
		}
	}
}

// The counter fixes a due day by its own clock; the server keeps the later of that
// and its own, so that no clock costs the resident a day.
func TestOfTwoDueDaysTheLaterIsKept(t *testing.T) {
	zone := seoul(t)
	for _, c := range []struct {
		name    string
		counter int64 // ms by which the counter's clock is wrong
		want    int   // days after the true day of the sale
	}{{"right", 0, 21}, {"a day slow", -day, 21}, {"reset to 2000", 946_684_800_000 - noon, 21}, {"a day fast", day, 22}} {
		w := newWorld(t)
		w.must(resident, place("r1", "p1", isbnA))
		b := w.sale("c1", "r1")
		b.Due = DateOf(noon+c.counter, zone).Add(21)
		w.must(pc1, b)
		if got, want := w.loan("c1").Due, DateOf(noon, zone).Add(c.want); got != want {
			t.Errorf("the counter's clock is %s: due %s, want %s", c.name, got, want)
		}
	}
}
