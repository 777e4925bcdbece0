package counter

import (
	"strconv"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// w says a message of the counter; args are pairs of name and value.
func (d *Desk) w(key string, args ...string) string { return d.say2("counter."+key, args...) }

func (d *Desk) say2(key string, args ...string) string {
	var m map[string]string
	if len(args) > 0 {
		m = make(map[string]string, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			m[args[i]] = args[i+1]
		}
	}
	return d.env.Words.Say(key, m)
}

func (d *Desk) lang() string { return d.env.Words.Lang() }

// reason says a reason of the domain, or a message key as it is.
func (d *Desk) reason(r payback.Reason) string { return Sentence(d.env.Words, r) }

// Sentence returns a reason in words: amounts, days, states and kinds of payment
// among its arguments are formatted. No reason gives "".
func Sentence(s *assets.Speaker, r payback.Reason) string {
	if r.None() {
		return ""
	}
	key := r.Key
	if !s.Has(key) {
		key = "payback." + r.Key
	}
	return s.Say(key, formatted(s, r.Args))
}

// Trouble returns what a person should be told about an error.
func Trouble(s *assets.Speaker, err error) string {
	key, args := fault.Message(err)
	if key == "" {
		return ""
	}
	return s.Say(key, formatted(s, args))
}

// formatted names arguments as texts do, with a capital, and formats them.
func formatted(s *assets.Speaker, raw map[string]string) map[string]string {
	args := make(map[string]string, len(raw))
	for name, v := range raw {
		if name != "" {
			args[strings.ToUpper(name[:1])+name[1:]] = argument(s, strings.ToLower(name), v)
		}
	}
	return args
}

// argument formats one argument of a reason by its name and form.
func argument(s *assets.Speaker, name, v string) string {
	if day, err := payback.ParseDate(v); err == nil {
		return dayWord(day, s.Lang())
	}
	switch name {
	case "state":
		if s.Has("payback.state." + v) {
			return s.Say("payback.state."+v, nil)
		}
	case "paid", "price", "amount", "due", "ceiling", "least", "most":
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return assets.Won(n, s.Lang())
		}
		if s.Has("payback.pay." + v) {
			return s.Say("payback.pay."+v, nil)
		}
	}
	return v
}

// dayWord is a day as people write it; "" for none.
func dayWord(day payback.Date, lang string) string {
	t, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return ""
	}
	return assets.Date(t, lang)
}

func (d *Desk) day(day payback.Date) string { return dayWord(day, d.lang()) }

func (d *Desk) won(w payback.Won) string { return assets.Won(int64(w), d.lang()) }

// zone is the district's; Korea's where the district is not known yet.
func zoneOf(s Shop) *time.Location {
	if s.District != nil && s.District.Zone != "" {
		if z, err := time.LoadLocation(s.District.Zone); err == nil {
			return z
		}
	}
	return time.FixedZone("KST", 9*60*60)
}

// when says an instant beside today: the time of day, yesterday's with a word,
// else the day.
func (d *Desk) when(ms int64, s Shop) string {
	zone := zoneOf(s)
	at := time.UnixMilli(ms).In(zone)
	switch payback.DateOf(ms, zone) {
	case s.Today:
		return assets.Clock(at)
	case s.Today.Add(-1):
		return d.w("yesterday", "Time", assets.Clock(at))
	}
	return assets.Date(at, d.lang())
}

// untilWord says how a due day stands to today: 4 days early, today, 3 late.
func (d *Desk) untilWord(due payback.Date, today payback.Date) string {
	n := today.Until(due)
	switch {
	case n > 0:
		return d.w("due.early", "Count", strconv.Itoa(n))
	case n == 0:
		return d.w("due.today")
	}
	return d.w("due.late", "Count", strconv.Itoa(-n))
}

// titleOf is a title's name, or its number where nobody has described it.
func titleOf(t *payback.Title) string {
	if t == nil {
		return ""
	}
	if t.Name == "" {
		return "ISBN " + string(t.ISBN)
	}
	return t.Name
}

func authorOf(t *payback.Title) string {
	if t == nil {
		return ""
	}
	return t.Author
}

// who is a resident in a sentence: by masked name, else by the request's number.
func (d *Desk) who(p db.Person, number string) string {
	switch {
	case p.Known():
		return d.w("who", "Name", p.Name)
	case number != "":
		return d.w("who.number", "Number", number)
	}
	return ""
}

// join puts what there is into one line.
func join(parts ...string) string {
	var have []string
	for _, p := range parts {
		if p != "" {
			have = append(have, p)
		}
	}
	return strings.Join(have, " · ")
}

func (d *Desk) stockWord(st *payback.Stock, s Shop) string {
	if st == nil {
		return d.w("stock.unknown")
	}
	if st.Free() == 0 {
		return d.w("stock.none", "AsOf", d.when(st.AsOf, s))
	}
	return d.w("stock.some", "Count", strconv.Itoa(st.Free()), "AsOf", d.when(st.AsOf, s))
}

func (d *Desk) holdLabel(n int, note string) Label {
	if n <= 0 {
		return Label{}
	}
	return Label{Word: d.say2("word.shelf"), Number: strconv.Itoa(n), Note: note}
}
