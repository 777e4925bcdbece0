package ingest

import (
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestPublishedReadsDatesAsListsWriteThem(t *testing.T) {
	for in, want := range map[string]string{
		"2020년 10월 08일": "2020-10-08", "2020년 1월": "2020-01", "2020년": "2020", "2026-07-30": "2026-07-30", "2020.10.8": "2020-10-08",
		"2020/10/08": "2020-10-08", "20201008": "2020-10-08", "202010": "2020-10", "c2002": "2002", "[2002]": "2002", "2002[실은 20": "2002",
		"2020-13-01": "2020", "2020-02-30": "2020-02", "": "", "-": "", "2028": "2028", "1800": "1800", "초판 1997, 개정 2003": "1997",
	} {
		if got, ok := published(in, noon); !ok || got != want {
			t.Errorf("%q: %q %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"2206-06-30", "2029", "1799", "미상", "20", "10-08"} {
		if got, ok := published(in, noon); ok || got != "" {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestWonReadsAmountsAsListsWriteThem(t *testing.T) {
	for in, want := range map[string]payback.Won{
		"14000": 14000, "14,000": 14000, "14,000원": 14000, "₩14,000": 14000, " 13500.0 ": 13500, "": 0, "-": 0, "미정": 0, "0": 0,
		"9999999": 9999999, "10000000": payback.MaxAmount,
	} {
		if got, ok := won(in); !ok || got != want {
			t.Errorf("%q: %d %v", in, got, ok)
		}
	}
	for _, in := range []string{"-1", "10000001", "만원", "13500.5", "1e4", "14000 won"} {
		if got, ok := won(in); ok {
			t.Errorf("%q: %d", in, got)
		}
	}
}

func TestPhoneReadsNumbersAsListsWriteThem(t *testing.T) {
	for in, want := range map[string]string{
		"010-0000-1000": "01000001000", "01000001000": "01000001000", "1000001000": "01000001000", "+82 10-0000-1000": "01000001000",
		"010.0000.1000": "01000001000", "02-000-0001": "020000001", "": "",
	} {
		if got, ok := phone(in); !ok || got != want {
			t.Errorf("%q: %q %v", in, got, ok)
		}
	}
	for _, in := range []string{"010-0000", "010-0000-10000", "없음", "010-0000-1000 (집)"} {
		if got, ok := phone(in); ok {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestTextsAreCutAtTheirLimits(t *testing.T) {
	for extra, want := range map[int]int{-1: MaxText - 1, 0: MaxText, 1: MaxText} {
		if got := len(shorten(strings.Repeat("x", MaxText+extra), MaxText)); got != want {
			t.Errorf("%+d: %d bytes, want %d", extra, got, want)
		}
	}
	if got := shorten("가나다", 7); got != "가나" {
		t.Errorf("%q", got)
	}
	if got := clean(" 소년이\r\n\t온다\u200b \u00a0! "); got != "소년이 온다 !" {
		t.Errorf("%q", got)
	}
}

func TestCodesPartNoKey(t *testing.T) {
	for _, good := range []string{"s01", "서점-1", "a.b_c", strings.Repeat("x", payback.MaxID-1), strings.Repeat("x", payback.MaxID)} {
		if !code(good) {
			t.Errorf("%q refused", good)
		}
	}
	for _, bad := range []string{"", "a/b", "a b", "a\n", strings.Repeat("x", payback.MaxID+1), "<s>"} {
		if code(bad) {
			t.Errorf("%q taken", bad)
		}
	}
}
