package web

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// say fills a message in with pairs of name and value.
func say(sp *assets.Speaker, key string, args ...any) string {
	filled := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			continue
		}
		filled[name] = text(args[i+1], sp.Lang())
	}
	return sp.Say(key, filled)
}

// text returns a value as people read it.
func text(value any, lang string) string {
	switch x := value.(type) {
	case string:
		return x
	case int:
		return assets.Number(int64(x))
	case int64:
		return assets.Number(x)
	case payback.Won:
		return assets.Won(int64(x), lang)
	case payback.Date:
		return Day(x, lang)
	case payback.ISBN:
		return x.Hyphenated()
	}
	return ""
}

// Day returns a civil day: "11월 27일(금)"; no day is "".
func Day(d payback.Date, lang string) string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return assets.Date(t, lang)
}

// Reason returns a reason as a sentence: the message "<site>.reason.<key>" if there
// is one, else "payback.<key>", else one that says that there is none. Its
// arguments get names with a large first letter; amounts, days, states and numbers
// of titles are written out.
func Reason(sp *assets.Speaker, site string, r payback.Reason) string {
	if r.None() {
		return ""
	}
	args := Args(sp, r.Args)
	for _, key := range []string{site + ".reason." + r.Key, "payback." + r.Key} {
		if sp.Has(key) {
			return sp.Say(key, args)
		}
	}
	return sp.Say("web.reason", map[string]string{"Key": r.Key})
}

// Args returns a reason's or notice's arguments as messages take them.
func Args(sp *assets.Speaker, args map[string]string) map[string]string {
	filled := make(map[string]string, len(args))
	for name, value := range args {
		filled[large(name)] = written(sp, name, value)
	}
	return filled
}

// written returns one argument as people read it.
func written(sp *assets.Speaker, name, value string) string {
	switch name {
	case "price", "ceiling", "amount", "paid", "due", "sum":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return assets.Won(n, sp.Lang())
		}
		if key := "payback.pay." + value; sp.Has(key) {
			return sp.Say(key, nil)
		}
	case "state", "reason", "told", "now":
		of := map[string]string{"state": "payback.state.", "reason": "payback.decline.", "told": "payback.verdict.", "now": "payback.verdict."}
		if key := of[name] + value; sp.Has(key) {
			return sp.Say(key, nil)
		}
	case "isbn":
		return payback.ISBN(value).Hyphenated()
	}
	if t, err := time.Parse(time.DateOnly, value); err == nil {
		return assets.Date(t, sp.Lang())
	}
	return value
}

func large(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return strings.ReplaceAll(string(unicode.ToUpper(first))+name[size:], "_", "")
}
