package counter

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// When the store is open: hours by weekday, single closed days, and a pause in which
// it gets no new requests. All are the store's own row, which its owner changes.

// maxClosed is how many closed days a store may name.
const maxClosed = 100

// clockOf reads a time of day as people type it: 9, 930, 09:30, 24:00.
func clockOf(text string) (minutes int, ok bool) {
	h, m, colon := strings.Cut(strings.TrimSpace(text), ":")
	if !colon && len(h) > 2 {
		h, m = h[:len(h)-2], h[len(h)-2:]
	}
	if m == "" && !colon {
		m = "00"
	}
	hour, err := strconv.ParseUint(h, 10, 8)
	minute, err2 := strconv.ParseUint(m, 10, 8)
	minutes = int(hour)*60 + int(minute)
	return minutes, err == nil && err2 == nil && len(m) == 2 && minute < 60 && minutes <= 24*60
}

// HoursOf reads the hours of a day as people type them, "10:00-21:00", "10-21" or
// "1000~2100", and returns them as a store keeps them. It must open before it closes,
// and both lie within the day.
func HoursOf(text string) (string, bool) {
	from, to, ok := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(text, "~", "-"), " ", ""), "-")
	a, okA := clockOf(from)
	b, okB := clockOf(to)
	if !ok || !okA || !okB || a >= b {
		return "", false
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", a/60, a%60, b/60, b%60), true
}

// DayOff reads a day as people type it, 2026-12-25, 12-25 or 1225: without a year it
// is the next such day from today on. A day that is over, or more than a year away, is
// none.
func DayOff(text string, today payback.Date) (payback.Date, bool) {
	digits := strings.NewReplacer("-", "", ".", "", "/", "", " ", "").Replace(text)
	year, short := string(today)[:4], len(digits) == 4
	if short {
		digits = year + digits
	}
	t, err := time.Parse("20060102", digits)
	if err != nil {
		return "", false
	}
	day := payback.Date(t.Format(time.DateOnly))
	if short && day < today {
		day = payback.Date(t.AddDate(1, 0, 0).Format(time.DateOnly))
	}
	return day, day >= today && day <= today.Add(366)
}

func (d *Desk) weekday(n int) string { return d.say2("hours.day." + num(n)) }

func (d *Desk) hoursWord(h payback.Hours, n int) string {
	switch {
	case !h.Known():
		return d.say2("hours.unknown")
	case h[n] == "":
		return d.say2("hours.closed")
	}
	return h[n]
}

func (d *Desk) listHours(_ context.Context, shop Shop) (List, error) {
	l := List{Head: d.say2("hours.head"), Sum: d.say2("set.sum")}
	for i := range 7 {
		n := (i + 1) % 7 // Monday first
		l.Rows = append(l.Rows, ListRow{ID: "hours/" + num(n), Title: d.weekday(n), Note: d.hoursWord(shop.Store.Hours, n)})
	}
	for _, day := range shop.Store.Holidays {
		if day >= shop.Today {
			l.Rows = append(l.Rows, ListRow{ID: "hours/" + string(day), Title: d.day(day), Note: d.say2("hours.closed")})
		}
	}
	return l, nil
}

// dueWords say what the hours do to a copy that is sold today.
func (d *Desk) dueWords(shop Shop) string {
	plain, due := shop.Today.Add(shop.Policy.LoanDays), payback.DueOn(shop.Policy, shop.Store, shop.District, shop.Today)
	if plain == due {
		return d.say2("hours.due", "Day", d.day(due))
	}
	return d.say2("hours.due_moved", "Closed", d.day(plain), "Day", d.day(due))
}

// hoursTurn offers what is done most: the pause in two keys, and a closed day.
func (d *Desk) hoursTurn(ctx context.Context) turn {
	shop, err := d.c.Shop(ctx)
	if err != nil {
		return d.failed(err)
	}
	t := turn{band: Band{Tone: ToneAsk, Word: d.say2("hours.tab"), Title: d.say2("hours.open"), Why: d.dueWords(shop)}, light: true}
	pause := d.say2("hours.pause")
	if shop.Store.Paused {
		t.band.Title, pause = d.say2("hours.paused"), d.say2("hours.resume")
	}
	t.choice(pause, func(ctx context.Context, _ map[string]string) turn {
		return d.setHours(ctx, "hours.pause_saved", func(st *payback.Store) { st.Paused = !shop.Store.Paused })
	})
	t.choice(d.say2("hours.add"), func(context.Context, map[string]string) turn { return d.askDayOff(shop, "") })
	for i := range t.band.Answers {
		t.band.Answers[i].Main = false
	}
	return t
}

// hoursRow is one weekday, or one closed day.
func (d *Desk) hoursRow(ctx context.Context, of string) turn {
	shop, err := d.c.Shop(ctx)
	if err != nil {
		return d.failed(err)
	}
	if n, err := strconv.Atoi(of); err == nil && n >= 0 && n < 7 {
		return d.askHours(shop, n, shop.Store.Hours[n], "")
	}
	day := payback.Date(of)
	if !slices.Contains(shop.Store.Holidays, day) {
		return d.hoursTurn(ctx)
	}
	t := turn{band: Band{Tone: ToneAsk, Word: d.say2("hours.tab"), Title: d.day(day), Why: d.say2("hours.closed")}, light: true, row: "hours/" + of}
	t.choice(d.say2("hours.remove"), func(ctx context.Context, _ map[string]string) turn {
		return d.setHours(ctx, "hours.saved", func(st *payback.Store) {
			st.Holidays = slices.DeleteFunc(slices.Clone(st.Holidays), func(x payback.Date) bool { return x == day })
		})
	})
	t.band.Answers[0].Main = false
	d.later(&t)
	return t
}

// askHours asks for the hours of a weekday; none is closed. While none are known, the
// first are those of all days: an empty one would be a closed one.
func (d *Desk) askHours(shop Shop, n int, value, wrong string) turn {
	t := turn{band: Band{Tone: ToneAsk, Word: d.say2("hours.tab"), Title: d.weekday(n), Why: d.say2("hours.how")}, light: true, row: "hours/" + num(n)}
	if !shop.Store.Hours.Known() {
		t.band.Why = join(t.band.Why, d.say2("hours.all"))
	}
	if wrong != "" {
		t.band.Tone, t.band.Why, t.sound = ToneOf(assets.StateNot), wrong, SoundNot
	}
	t.band.Fields = []Field{{Name: "hours", Label: d.say2("hours.field"), Value: value, Focus: true, Wide: true}}
	t.on("Enter", d.say2("set.save"), true, func(ctx context.Context, in map[string]string) turn {
		text := strings.TrimSpace(in["hours"])
		hours, ok := HoursOf(text)
		if !ok && (text != "" || !shop.Store.Hours.Known()) {
			return d.askHours(shop, n, text, d.say2("hours.bad"))
		}
		return d.setHours(ctx, "hours.saved", func(st *payback.Store) {
			if !st.Hours.Known() {
				st.Hours = payback.Hours{hours, hours, hours, hours, hours, hours, hours}
			}
			st.Hours[n] = hours
		})
	})
	d.later(&t)
	return t
}

func (d *Desk) askDayOff(shop Shop, wrong string) turn {
	t := turn{band: Band{Tone: ToneAsk, Word: d.say2("hours.tab"), Title: d.say2("hours.which"), Why: d.say2("hours.moves")}, light: true}
	if wrong != "" {
		t.band.Tone, t.band.Why, t.sound = ToneOf(assets.StateNot), wrong, SoundNot
	}
	t.band.Fields = []Field{{Name: "day", Label: d.say2("hours.date"), Focus: true, Digits: true}}
	t.on("Enter", d.say2("set.save"), true, func(ctx context.Context, in map[string]string) turn {
		day, ok := DayOff(in["day"], shop.Today)
		if !ok || len(shop.Store.Holidays) >= maxClosed {
			return d.askDayOff(shop, d.say2("hours.bad_day"))
		}
		return d.setHours(ctx, "hours.saved", func(st *payback.Store) {
			st.Holidays = append(slices.DeleteFunc(slices.Clone(st.Holidays), func(x payback.Date) bool { return x == day }), day)
			slices.Sort(st.Holidays)
		})
	})
	d.later(&t)
	return t
}

// setHours changes the store's own row as the owner and says what it does to dates.
func (d *Desk) setHours(ctx context.Context, said string, change func(*payback.Store)) turn {
	return d.ownerOnce(ctx, func(ctx context.Context) turn {
		done, err := d.c.ChangeStore(ctx, change)
		return d.result(done, err, func() turn {
			shop, err := d.c.Shop(ctx)
			if err != nil {
				return d.failed(err)
			}
			why := d.dueWords(shop)
			if said == "hours.pause_saved" {
				why = d.say2("hours.pause_off")
				if shop.Store.Paused {
					why = d.say2("hours.pause_on")
				}
			}
			return d.did(done, d.say2("hours.tab"), d.say2("hours.saved"), why)
		})
	})
}
