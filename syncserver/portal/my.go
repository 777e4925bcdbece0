package portal

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

func (p *portal) my(v *web.Visit) error {
	mine, err := p.Query.Mine(v.Context(), p.District, who(v))
	if err != nil {
		return err
	}
	return v.Show("my", mine)
}

// itemPage is one of the visitor's things.
type itemPage struct {
	query.Item
	Steps []Step
	Hours Hours
	Map   string // address of a map of the store
}

func (p *portal) item(v *web.Visit) error {
	it, err := p.mine(v)
	if err != nil {
		return err
	}
	page := itemPage{Item: it, Steps: steps(it)}
	if it.Store != nil {
		page.Hours = hoursOf(it.Store, it.Today)
		page.Map = "https://map.naver.com/p/search/" + url.PathEscape(strings.TrimSpace(it.Store.Name+" "+it.Store.Address))
	}
	return v.Show("item", page)
}

// mine returns the thing that the address names, if it is the visitor's.
func (p *portal) mine(v *web.Visit) (query.Item, error) {
	return p.Query.Item(v.Context(), p.District, who(v), v.R.PathValue("id"))
}

// Step is one of the five steps of a request.
type Step struct {
	Key   string       // request, ready, buy, return, refund
	State string       // done, now, later
	On    payback.Date // done: when; now: until when
	Until bool         // On is a last day
}

// steps lays a thing's life out in five steps.
func steps(it query.Item) []Step {
	s := []Step{{Key: "request", State: "done"}, {Key: "ready", State: "later"}, {Key: "buy", State: "later"}, {Key: "return", State: "later"}, {Key: "refund", State: "later"}}
	if it.Request != nil {
		s[0].On = it.Request.PlacedOn
	}
	now := map[query.Stage]int{query.StageLooking: 1, query.StageSilent: 1, query.StageOrdered: 1, query.StageDeclined: 1, query.StageFetch: 2,
		query.StageReturn: 3, query.StageLate: 3, query.StageLeft: 3, query.StageRefused: 3, query.StageRefund: 4}
	at, running := now[it.Stage()]
	if it.ReadyOn != "" && it.Stage() != query.StageDeclined {
		s[1].State, s[1].On = "done", it.ReadyOn
	}
	if it.Loan != nil {
		s[1].State = "done"
		s[2].State, s[2].On = "done", it.Loan.SoldOn
	}
	if it.Stage() == query.StageRefund || it.Stage() == query.StageDone {
		s[3].State = "done"
	}
	if it.Stage() == query.StageDone {
		s[4].State = "done"
	}
	if running {
		s[at].State, s[at].On, s[at].Until = "now", it.By(), it.By() != ""
	}
	return s
}

// Hours is what a resident needs to know of a store's opening.
type Hours struct {
	Known  bool
	Today  string // "10:00-21:00", "" when closed today
	Closed []time.Weekday
}

func hoursOf(s *payback.Store, today payback.Date) Hours {
	h := Hours{Known: s.Hours.Known(), Today: s.Hours[today.Weekday()]}
	for day, open := range s.Hours {
		if h.Known && open == "" {
			h.Closed = append(h.Closed, time.Weekday(day))
		}
	}
	return h
}

// otherStore shows where a request can go instead.
func (p *portal) otherStore(v *web.Visit) error {
	it, err := p.movable(v)
	if err != nil {
		return err
	}
	choices, err := p.Query.Moving(v.Context(), p.District, it)
	if err != nil {
		return err
	}
	return v.Show("store", map[string]any{"Item": it, "Choices": choices})
}

// movable is the visitor's request; not_found for a purchase without one.
func (p *portal) movable(v *web.Visit) (query.Item, error) {
	it, err := p.mine(v)
	if err == nil && it.Request == nil {
		err = fault.New(fault.NotFound, "")
	}
	return it, err
}

func (p *portal) move(v *web.Visit) error {
	it, err := p.movable(v)
	if err != nil {
		return err
	}
	store := payback.StoreID(v.Form("store"))
	if store == "" {
		v.Tell("look", v.Say("portal.choose_store_first"))
		return v.Go(address(it) + "/store")
	}
	tag, err := p.Vault.StoreTag(v.Context(), p.District, store, who(v))
	if err != nil {
		return err
	}
	return p.change(v, it, "portal.moved", &payback.ChooseStore{Request: it.Request.ID, Store: store, Assign: it.Request.Assign + 1, CardTag: tag})
}

func address(it query.Item) string { return "/my/" + url.PathEscape(it.ID()) }

// change does an act about a thing and goes back to it.
func (p *portal) change(v *web.Visit, it query.Item, said string, b payback.Body) error {
	done, err := p.act(v, b)
	switch {
	case err != nil:
		return err
	case !done.Done():
		refused(v, done)
	default:
		v.Tell("done", v.Say(said))
	}
	return v.Go(address(it))
}

func (p *portal) askCancel(v *web.Visit) error { return p.confirm(v, "cancel") }

func (p *portal) askKeep(v *web.Visit) error { return p.confirm(v, "keep") }

// confirm asks once more before something that can't be taken back.
func (p *portal) confirm(v *web.Visit, what string) error {
	it, err := p.mine(v)
	if err != nil {
		return err
	}
	return v.Show("confirm", map[string]any{"Item": it, "What": what})
}

func (p *portal) cancel(v *web.Visit) error {
	it, err := p.movable(v)
	if err != nil {
		return err
	}
	return p.change(v, it, "portal.cancelled", &payback.Cancel{Request: it.Request.ID})
}

func (p *portal) keep(v *web.Visit) error {
	it, err := p.mine(v)
	if err == nil && it.Loan == nil {
		err = fault.New(fault.NotFound, "")
	}
	if err != nil {
		return err
	}
	return p.change(v, it, "portal.kept", &payback.Keep{Loan: it.Loan.ID, Turn: it.Loan.Turn})
}

// calendar answers with the next day as a calendar file.
func (p *portal) calendar(v *web.Visit) error {
	it, err := p.mine(v)
	if err != nil {
		return err
	}
	if it.By() == "" {
		return fault.New(fault.NotFound, "")
	}
	store := ""
	if it.Store != nil {
		store = it.Store.Name
	}
	stamp := time.UnixMilli(v.Now()).UTC().Format("20060102T150405Z")
	day := strings.ReplaceAll(string(it.By()), "-", "")
	after := strings.ReplaceAll(string(it.By().Add(1)), "-", "")
	said := v.Say("portal.stage."+string(it.Stage()), "Store", store, "By", it.By()) + " · " + nameOf(it)
	v.W.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	v.W.Header().Set("Content-Disposition", `attachment; filename="bookpayback.ics"`)
	_, _ = fmt.Fprintf(v.W, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//BookPayback//EN\r\nBEGIN:VEVENT\r\nUID:%s@bookpayback\r\nDTSTAMP:%s\r\n"+
		"DTSTART;VALUE=DATE:%s\r\nDTEND;VALUE=DATE:%s\r\nSUMMARY:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", it.ID(), stamp, day, after, escaped(said))
	return nil
}

// escaped writes a text as calendar files take it (RFC 5545, 3.3.11).
func escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r", "", "\n", `\n`).Replace(s)
}

func nameOf(it query.Item) string {
	if it.Title == nil || it.Title.Name == "" {
		return it.ISBN.Hyphenated()
	}
	return it.Title.Name
}

func (p *portal) notices(v *web.Visit) error {
	const most = 50
	ms, err := p.Query.Messages(v.Context(), p.District, who(v), most)
	if err != nil {
		return err
	}
	type notice struct {
		Text string
		Made int64
		Link string
	}
	var list []notice
	for _, m := range ms {
		text := v.Written("notice."+m.Key, m.Args)
		if text == "" {
			continue
		}
		n := notice{Text: text, Made: m.Made}
		if m.Request != "" {
			n.Link = "/my/" + url.PathEscape(string(m.Request))
		}
		list = append(list, n)
	}
	return v.Show("notices", list)
}
