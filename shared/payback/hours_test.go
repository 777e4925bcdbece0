package payback

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"time"
)

func TestParseHoursReadsKoreanAndEnglish(t *testing.T) {
	week := Hours{"", "10:00-21:00", "10:00-21:00", "10:00-21:00", "10:00-21:00", "10:00-21:00", "10:00-18:00"}
	for _, text := range []string{
		"월-금 10:00-21:00; 토 10:00-18:00; 일 휴무",
		"월~금 10:00~21:00; 토 10:00-18:00",
		"Mon-Fri 10:00-21:00; Sat 10:00-18:00; Sun closed",
		"monday - friday 10:00-21:00\nSaturday 10:00-18:00",
		"매일 10:00-21:00; 토요일 10:00-18:00; 일요일 휴점",
		"월,화,수, 목, 금 10:00-21:00 ; 토 10:00-18:00;",
	} {
		got, err := ParseHours(text)
		if err != nil || got != week {
			t.Errorf("ParseHours(%q) = %v, %v", text, got, err)
		}
	}
	if got, err := ParseHours("금-월 9:30-24:00"); err != nil || got[time.Sunday] != "09:30-24:00" || got[time.Tuesday] != "" {
		t.Errorf("a span over the week's end: %v, %v", got, err)
	}
	if got, err := ParseHours("  "); err != nil || got.Known() {
		t.Errorf("no text is unknown hours: %v, %v", got, err)
	}
}

func TestParseHoursNamesWhatItCannotRead(t *testing.T) {
	for text, part := range map[string]string{
		"월-금":                      "월-금",
		"월-금 10:00-21:00; 딸 10-12": "딸 10-12",
		"월 10:00":                  "10:00",
		"월 21:00-10:00":            "closes before it opens",
		"월 10:00-24:01":            "24:01",
		"월 10:0-12:00":             "10:0",
		strings.Repeat("월", 200):   "longer than 500",
	} {
		if _, err := ParseHours(text); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("ParseHours(%q) = %v, want it to name %q", text, err, part)
		}
	}
}

func TestHoursReadBackWhatTheySay(t *testing.T) {
	for _, text := range []string{"월-금 10:00-21:00; 토 10:00-18:00; 일 휴무", "월 휴무; 화-금 11:00-20:00; 토-일 11:00-18:00"} {
		h, err := ParseHours(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.String("ko"); got != text {
			t.Errorf("String(ko) = %q, want %q", got, text)
		}
		if again, err := ParseHours(h.String("en")); err != nil || again != h {
			t.Errorf("%q reads back as %v, %v", h.String("en"), again, err)
		}
	}
	if got := (Hours{}).String("ko"); got != "" {
		t.Errorf("unknown hours say %q", got)
	}
}

func TestHoursOfTheSampleStoresAreRead(t *testing.T) {
	file, err := os.Open("../../assets/sample/stores.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		h, err := ParseHours(line[4])
		again, errAgain := ParseHours(h.String("ko"))
		if err != nil || errAgain != nil || again != h || !h.Known() {
			t.Errorf("%s: %q is read as %q, %v", line[0], line[4], h.String("ko"), err)
		}
	}
}

func FuzzParseHours(f *testing.F) {
	f.Add("월-금 10:00-21:00; 토 10:00-18:00; 일 휴무")
	f.Add("Mon,Tue 9:00-10:00")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseHours(text)
		if err != nil {
			return
		}
		for _, lang := range []string{"ko", "en"} {
			if again, err := ParseHours(h.String(lang)); err != nil || again != h {
				t.Fatalf("%q: %q reads back as %v, %v", text, h.String(lang), again, err)
			}
		}
	})
}

func TestOpenAtCountsHoursHolidaysAndClosedDays(t *testing.T) {
	zone := seoul(t)
	h, err := ParseHours("월-금 10:00-21:00; 토 10:00-18:00; 일 휴무")
	if err != nil {
		t.Fatal(err)
	}
	s := &Store{ID: "s", Hours: h, Holidays: []Date{"2026-03-03"}}
	dist := &District{Holidays: []Date{"2026-03-04"}}
	at := func(d Date, hour, minute int) int64 { return d.End(zone) - day + int64(hour*60+minute)*60_000 }
	for _, c := range []struct {
		name string
		when int64
		open bool
	}{
		{"Monday 9:59", at("2026-03-02", 9, 59), false},
		{"Monday 10:00", at("2026-03-02", 10, 0), true},
		{"Monday 20:59", at("2026-03-02", 20, 59), true},
		{"Monday 21:00", at("2026-03-02", 21, 0), false},
		{"the store's holiday", at("2026-03-03", 12, 0), false},
		{"the district's holiday", at("2026-03-04", 12, 0), false},
		{"Sunday", at("2026-03-08", 12, 0), false},
	} {
		if got := OpenAt(s, dist, zone, c.when); got != c.open {
			t.Errorf("%s: open is %t, want %t", c.name, got, c.open)
		}
	}
	if !OpenAt(nil, nil, zone, noon) || !OpenAt(&Store{}, nil, zone, noon) {
		t.Error("unknown hours count as open")
	}
}
