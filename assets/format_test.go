package assets

import (
	"math"
	"testing"
	"time"
)

func TestParticleFollowsHowTheWordEnds(t *testing.T) {
	for text, want := range map[string]string{
		"책(을/를)":              "책을",
		"아몬드(을/를)":            "아몬드를",
		"“불편한 편의점”(을/를)":      "“불편한 편의점”을",
		"홍*(이/가)":             "홍*이",
		"「흰」(은/는)":            "「흰」은",
		"모순(은/는), 급류(은/는)":    "모순은, 급류는",
		"서울(으로/로)":            "서울로",
		"서울(을/를)":             "서울을",
		"서점(으로/로)":            "서점으로",
		"보관대 7(으로/로)":         "보관대 7로",
		"보관대 3(으로/로)":         "보관대 3으로",
		"상자 10(이/가)":          "상자 10이",
		"1984(을/를)":           "1984를",
		"14,000원(과/와)":        "14,000원과",
		"PC(이/가)":             "PC가",
		"ISBN(이/가)":           "ISBN이",
		"URL(으로/로)":           "URL로",
		"Book(을/를)":           "Book을",
		"Note(을/를)":           "Note를",
		"漢(을/를)":              "漢을(를)",
		"(을/를)":               "을(를)",
		"…(은/는)":              "…은(는)",
		"아몬드(이나/나) 급류(이라/라)고": "아몬드나 급류라고",
		"그대로/둔다":              "그대로/둔다",
	} {
		if got := Particles(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestAmountsAreGroupedByThousands(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 14000: "14,000", -999: "-999", -1000: "-1,000", 1234567: "1,234,567",
		math.MinInt64: "-9,223,372,036,854,775,808", math.MaxInt64: "9,223,372,036,854,775,807",
	} {
		if got := Number(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
	if got := Won(14000, "ko"); got != "14,000원" {
		t.Errorf("got %q", got)
	}
	if got := Won(-14000, "en"); got != "-14,000 won" {
		t.Errorf("got %q", got)
	}
}

func TestDatesAreInWords(t *testing.T) {
	friday := time.Date(2026, 11, 27, 14, 5, 9, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{Date(friday, "ko"), "11월 27일(금)"},
		{Date(friday, "en"), "Fri 27 Nov"},
		{Date(friday.AddDate(0, 0, 2), "ko"), "11월 29일(일)"},
		{Date(friday.AddDate(0, 0, 1), "ko"), "11월 28일(토)"},
		{DateYear(friday, "ko"), "2026년 11월 27일(금)"},
		{DateYear(friday, "en"), "Fri 27 Nov 2026"},
		{Clock(friday), "14:05"},
		{Clock(friday.Add(-6 * time.Hour)), "08:05"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAgesAreInTheirTwoLargestUnits(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		d      time.Duration
		ko, en string
	}{
		{-time.Hour, "방금", "just now"},
		{0, "방금", "just now"},
		{time.Minute - 1, "방금", "just now"},
		{time.Minute, "1분 전", "1 min ago"},
		{2*time.Minute + 59*time.Second, "2분 전", "2 min ago"},
		{time.Hour - 1, "59분 전", "59 min ago"},
		{time.Hour, "1시간 전", "1 h ago"},
		{2*time.Hour + 13*time.Minute, "2시간 13분 전", "2 h 13 min ago"},
		{day - 1, "23시간 59분 전", "23 h 59 min ago"},
		{day, "1일 전", "1 day ago"},
		{day + 17*time.Hour, "1일 17시간 전", "1 day 17 h ago"},
		{2 * day, "2일 전", "2 days ago"},
		{10*day - 1, "9일 23시간 전", "9 days 23 h ago"},
		{10 * day, "10일 전", "10 days ago"},
	} {
		if got := Age(c.d, "ko"); got != c.ko {
			t.Errorf("%v: got %q, want %q", c.d, got, c.ko)
		}
		if got := Age(c.d, "en"); got != c.en {
			t.Errorf("%v: got %q, want %q", c.d, got, c.en)
		}
	}
	if got := Span(40*time.Second, "ko"); got != "40초" {
		t.Errorf("got %q", got)
	}
	if got := Span(-time.Second, "en"); got != "0 s" {
		t.Errorf("got %q", got)
	}
}
