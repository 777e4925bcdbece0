package payback

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// koreanDays and englishDays name the weekdays, Sunday first.
const (
	koreanDays  = "일월화수목금토"
	englishDays = "SunMonTueWedThuFriSat"
)

// MaxHours is the longest text of opening hours that is read, in bytes.
const MaxHours = 500

// ParseHours reads a store's opening hours as a list of days, such as
//
//	월-금 10:00-21:00; 토 10:00-18:00; 일 휴무
//	Mon-Fri 10:00-21:00; Sat, Sun closed
//
// Parts are separated by semicolons or line breaks; each has days (one, a span
// with - or ~ that may pass the week's end, or several with commas, also 매일 or
// daily) and either hours or 휴무 or closed. A day that no part names is closed;
// a later part overrides an earlier one. An empty text is unknown hours. Errors
// name the part that can't be read.
func ParseHours(text string) (Hours, error) {
	var h Hours
	if len(text) > MaxHours {
		return h, fmt.Errorf("opening hours are longer than %d bytes", MaxHours)
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if err := h.read(part); err != nil {
			return Hours{}, err
		}
	}
	return h, nil
}

// read takes over one part: its last word is the hours, the words before the days.
func (h *Hours) read(part string) error {
	at := strings.LastIndexAny(part, " \t")
	if at < 0 {
		return fmt.Errorf("opening hours: days or hours are missing in %q", part)
	}
	days, err := readDays(part[:at])
	if err != nil {
		return fmt.Errorf("opening hours: %w in %q", err, part)
	}
	open, err := readSpan(part[at+1:])
	if err != nil {
		return fmt.Errorf("opening hours: %w in %q", err, part)
	}
	for _, d := range days {
		h[d] = open
	}
	return nil
}

// readDays reads "월-금", "토, 일", "Mon-Fri" or "매일".
func readDays(text string) (days []time.Weekday, err error) {
	for _, one := range strings.Split(text, ",") {
		one = strings.ReplaceAll(strings.TrimSpace(one), " ", "")
		if one == "매일" || strings.EqualFold(one, "daily") {
			one = "일-토"
		}
		from, to, span := strings.Cut(strings.ReplaceAll(one, "~", "-"), "-")
		first, ok := readDay(from)
		last := first
		if ok && span {
			last, ok = readDay(to)
		}
		if !ok {
			return nil, fmt.Errorf("no day of the week: %q", one)
		}
		for d := first; ; d = (d + 1) % 7 {
			days = append(days, d)
			if d == last {
				break
			}
		}
	}
	return days, nil
}

// readDay reads "월", "월요일", "Mon" or "Monday".
func readDay(word string) (time.Weekday, bool) {
	if at := strings.Index(koreanDays, strings.TrimSuffix(word, "요일")); at >= 0 && len(strings.TrimSuffix(word, "요일")) == 3 {
		return time.Weekday(at / 3), true
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(word, d.String()) || strings.EqualFold(word, englishDays[3*d:3*d+3]) {
			return d, true
		}
	}
	return 0, false
}

// readSpan reads "10:00-21:00", or "" from a word for closed.
func readSpan(word string) (string, error) {
	switch strings.ToLower(word) {
	case "휴무", "휴점", "closed":
		return "", nil
	}
	from, to, ok := strings.Cut(strings.ReplaceAll(word, "~", "-"), "-")
	a, okA := readClock(from)
	b, okB := readClock(to)
	if !ok || !okA || !okB {
		return "", fmt.Errorf("hours are not of the form 10:00-21:00: %q", word)
	}
	if a >= b {
		return "", fmt.Errorf("the shop closes before it opens: %q", word)
	}
	return clock(a) + "-" + clock(b), nil
}

// readClock reads "9:30" or "09:30" as minutes after midnight, up to 24:00.
func readClock(word string) (int, bool) {
	hour, minute, ok := strings.Cut(word, ":")
	h, errH := strconv.ParseUint(hour, 10, 8)
	m, errM := strconv.ParseUint(minute, 10, 8)
	if !ok || errH != nil || errM != nil || len(minute) != 2 || m > 59 || h*60+m > 24*60 {
		return 0, false
	}
	return int(h*60 + m), true
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// String returns the hours as people read them and ParseHours reads back, days of
// equal hours together and the week from Monday: Korean for "ko", else English.
// Unknown hours are "".
func (h Hours) String(lang string) string {
	if !h.Known() {
		return ""
	}
	var parts []string
	for from := 0; from < 7; {
		to := from
		for to < 6 && h.of(to+1) == h.of(from) {
			to++
		}
		days := dayName(from, lang)
		if to > from {
			days += "-" + dayName(to, lang)
		}
		parts = append(parts, days+" "+hoursWord(h.of(from), lang))
		from = to + 1
	}
	return strings.Join(parts, "; ")
}

// of is the hours of the week's day n from Monday, 0 to 6.
func (h Hours) of(n int) string { return h[(n+1)%7] }

func dayName(n int, lang string) string {
	d := (n + 1) % 7
	if lang == "ko" {
		return koreanDays[3*d : 3*d+3]
	}
	return englishDays[3*d : 3*d+3]
}

func hoursWord(open, lang string) string {
	switch {
	case open != "":
		return open
	case lang == "ko":
		return "휴무"
	}
	return "closed"
}

// OpenAt says whether the store is open at the instant ms (UTC milliseconds): its
// hours of that day in zone, its holidays and the district's. Unknown hours, and a
// nil store, count as open.
func OpenAt(s *Store, dist *District, zone *time.Location, ms int64) bool {
	day := DateOf(ms, zone)
	if !OpenOn(s, dist, day) {
		return false
	}
	if s == nil || !s.Hours.Known() {
		return true
	}
	from, to, ok := s.Hours.span(day)
	at := time.UnixMilli(ms).In(zone)
	minute := at.Hour()*60 + at.Minute()
	return !ok || (from <= minute && minute < to)
}

// span is a day's hours in minutes after midnight; ok is false for a closed day or
// hours that can't be read.
func (h Hours) span(d Date) (from, to int, ok bool) {
	a, b, _ := strings.Cut(h[d.Weekday()], "-")
	from, okA := readClock(a)
	to, okB := readClock(b)
	return from, to, okA && okB
}
