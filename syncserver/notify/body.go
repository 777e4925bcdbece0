package notify

import (
	"strconv"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// body says a message in full: "[서초구 북페이백] …" and, where there is a page
// about it, its address on a line of its own.
func (n *Notifier) body(d payback.DistrictID, t town, name string, m *db.Message) string {
	args := n.args(m)
	args["Name"] = name
	text := n.c.Speaker.Say("notice."+m.Key, args)
	whole := map[string]string{"District": t.name, "Text": text}
	if n.c.Link != nil {
		if link := n.c.Link(d, *m); link != "" {
			whole["Link"] = link
		}
	}
	return n.c.Speaker.Say("notice.frame", whole)
}

// args turns a message's plain arguments into what people read: amounts with
// their unit, days with their weekday, states and reasons in words. Message
// arguments begin with a capital. Nothing is said of an amount of nought: it
// stands for one that is not known.
func (n *Notifier) args(m *db.Message) map[string]string {
	lang, say := n.c.Speaker.Lang(), n.c.Speaker.Say
	out := make(map[string]string, len(m.Args)+1)
	for name, value := range m.Args {
		switch name {
		case "amount", "price":
			amount, err := strconv.ParseInt(value, 10, 64)
			if err != nil || amount == 0 {
				continue
			}
			value = assets.Won(amount, lang)
		case "until", "by", "due", "ready":
			if day, err := time.Parse(time.DateOnly, value); err == nil {
				value = assets.Date(day, lang)
			}
		case "reason":
			value = n.word("payback.decline.", value, say)
		case "state":
			value = n.word("notice.state.", value, say)
		}
		out[strings.ToUpper(name[:min(1, len(name))])+name[min(1, len(name)):]] = value
	}
	return out
}

// word says a code in words, or the words for any other.
func (n *Notifier) word(area, code string, say func(string, map[string]string) string) string {
	if n.c.Speaker.Has(area + code) {
		return say(area+code, nil)
	}
	return say(area+"other", nil)
}
