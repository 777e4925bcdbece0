package ingest

import (
	"fmt"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
)

func parseHours(s string) (h payback.Hours, err error) {
	const days = "일월화수목금토"
	at := func(r rune) int { return strings.IndexRune(days, r) / len("일") }
	for _, part := range strings.Split(s, ";") {
		f := strings.Fields(part)
		if len(f) != 2 {
			return h, fmt.Errorf("hours: %q", part)
		}
		from, to := 1, 7
		if f[0] != "매일" {
			r := []rune(strings.ReplaceAll(f[0], "~", "-"))
			if !strings.ContainsRune(days, r[0]) || !strings.ContainsRune(days, r[len(r)-1]) {
				return h, fmt.Errorf("hours: %q", part)
			}
			from, to = at(r[0]), at(r[len(r)-1])
			if to < from {
				to += 7
			}
		}
		value := strings.ReplaceAll(f[1], "~", "-")
		if f[1] == "휴무" {
			value = ""
		} else if a, b, ok := strings.Cut(value, "-"); !ok || !clock(a) || !clock(b) {
			return h, fmt.Errorf("hours: %q", part)
		}
		for d := from; d <= to; d++ {
			h[d%7] = value
		}
	}
	return h, nil
}

func clock(s string) bool { _, err := time.Parse("15:04", s); return err == nil }
