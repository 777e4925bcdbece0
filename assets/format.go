package assets

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Number returns n with a comma between thousands and the ASCII hyphen when
// negative: "14,000", "-14,000".
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var grouped strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			grouped.WriteByte(',')
		}
		grouped.WriteRune(digit)
	}
	return sign + grouped.String()
}

// Won returns an amount of won: "14,000원", "14,000 won".
func Won(amount int64, lang string) string {
	if Lang(lang, "") == "ko" {
		return Number(amount) + "원"
	}
	return Number(amount) + " won"
}

// Date returns t's day in t's own zone, without the year: "11월 27일(금)", "Fri 27 Nov".
func Date(t time.Time, lang string) string {
	if Lang(lang, "") == "ko" {
		return fmt.Sprintf("%d월 %d일(%s)", t.Month(), t.Day(), weekday(t))
	}
	return t.Format("Mon 2 Jan")
}

// DateYear is Date with the year, for days that are not near: "2026년 11월 27일(금)",
// "Fri 27 Nov 2026".
func DateYear(t time.Time, lang string) string {
	if Lang(lang, "") == "ko" {
		return fmt.Sprintf("%d년 %s", t.Year(), Date(t, lang))
	}
	return t.Format("Mon 2 Jan 2006")
}

// weekday returns the Korean day of the week in one syllable.
func weekday(t time.Time) string {
	const days = "일월화수목금토" // three bytes each
	at := 3 * int(t.Weekday())
	return days[at : at+3]
}

// Clock returns t's time of day in t's own zone, "14:05", the same in both languages.
func Clock(t time.Time) string {
	return t.Format("15:04")
}

// Span returns a length of time in its two largest units, rounded down: "40초",
// "2분", "2시간 13분", "1일 17시간"; "40 s", "2 min", "2 h 13 min", "1 day 17 h".
// From ten days on it says days only. A negative length is none: "0초".
func Span(d time.Duration, lang string) string {
	const day, manyDays = 24 * time.Hour, 10
	second, minute, hour, days := " s", " min", " h", " days"
	if Lang(lang, "") == "ko" {
		second, minute, hour, days = "초", "분", "시간", "일"
	} else if d < 2*day {
		days = " day"
	}
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d%s", d/time.Second, second)
	case d < time.Hour:
		return fmt.Sprintf("%d%s", d/time.Minute, minute)
	case d < day:
		return twoUnits(int64(d/time.Hour), hour, int64(d%time.Hour/time.Minute), minute)
	case d < manyDays*day:
		return twoUnits(int64(d/day), days, int64(d%day/time.Hour), hour)
	}
	return Number(int64(d/day)) + days
}

func twoUnits(large int64, largeUnit string, small int64, smallUnit string) string {
	if small == 0 {
		return fmt.Sprintf("%d%s", large, largeUnit)
	}
	return fmt.Sprintf("%d%s %d%s", large, largeUnit, small, smallUnit)
}

// Age returns how long ago something was: "방금", "2분 전"; "just now", "2 min ago".
// Under a minute, and in the future by a clock that is behind, it is just now.
func Age(d time.Duration, lang string) string {
	korean := Lang(lang, "") == "ko"
	switch {
	case d < time.Minute && korean:
		return "방금"
	case d < time.Minute:
		return "just now"
	case korean:
		return Span(d, lang) + " 전"
	}
	return Span(d, lang) + " ago"
}
