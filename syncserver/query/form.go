package query

import (
	"cmp"
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// Choice is one store on the form by which a title is asked for.
type Choice struct {
	StoreStock
	Reason payback.Reason // why it can't be had there now; none if it can
	Hours  string         // today's: "10:00-21:00", "" when closed
	Known  bool           // whether its hours are known
	Open   bool           // whether it is open today
}

// Form is what a resident is told before they ask for a title.
type Form struct {
	Offer
	Standing Standing
	Choices  []Choice // all stores: those that can first, then by stock and name
	Policy   payback.Policy
	Now      int64
}

// Form says what would come of asking for a title now, store by store. Who is ""
// for a visitor who has not signed in; then limits are not looked at.
func (q *Query) Form(ctx context.Context, d payback.DistrictID, who payback.ResidentID, number payback.ISBN) (f Form, err error) {
	err = q.at(ctx, d, "query.Form", func(m *moment) error {
		if err := m.load(payback.TitleKey(number), payback.DistrictKey()); err != nil {
			return err
		}
		offers, err := m.offers(who, []payback.ISBN{number})
		if err != nil {
			return err
		}
		f = Form{Offer: offers[0], Policy: m.policy(), Now: m.now}
		if f.Standing, err = m.standing(who); err != nil {
			return err
		}
		f.Choices, err = m.choices(number, func(s payback.StoreID) payback.Body {
			return &payback.Place{Request: "try", Resident: anyone, ISBN: number, Store: s}
		})
		return err
	})
	return f, err
}

// choices says of every store whether it could have the title, by trying an act
// that names it.
func (m *moment) choices(number payback.ISBN, naming func(payback.StoreID) payback.Body) ([]Choice, error) {
	stores, err := m.stores()
	if err != nil {
		return nil, err
	}
	stock, err := m.stock([]payback.ISBN{number})
	if err != nil {
		return nil, err
	}
	bodies := make([]payback.Body, len(stores))
	for i, s := range stores {
		bodies[i] = naming(s.ID)
	}
	tried, err := m.try(payback.RoleResident, bodies...)
	if err != nil {
		return nil, err
	}
	out := make([]Choice, len(stores))
	for i, s := range stores {
		out[i] = m.choice(s)
		if tried[i].Verdict == payback.Rejected && isOfStore(tried[i].Reason) {
			out[i].Reason = tried[i].Reason
		}
		if at := slices.IndexFunc(stock[number], func(x *payback.Stock) bool { return x.Store == s.ID }); at >= 0 {
			out[i].Stock = stock[number][at]
		}
	}
	slices.SortStableFunc(out, func(a, b Choice) int {
		return cmp.Or(yes(!a.Reason.None())-yes(!b.Reason.None()), b.Stock.Free()-a.Stock.Free())
	})
	return out, nil
}

func (m *moment) choice(s *payback.Store) Choice {
	return Choice{StoreStock: StoreStock{Store: s}, Known: s.Hours.Known(), Hours: s.Hours[m.today.Weekday()],
		Open: payback.OpenOn(s, row[*payback.District](m, payback.DistrictKey()), m.today)}
}

// isOfStore says that a refusal is the store's and not the title's or the
// resident's.
func isOfStore(r payback.Reason) bool {
	switch r.Key {
	case "store_unknown", "store_closed", "store_paused", "same_store":
		return true
	}
	return false
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Standing says what a resident may still do.
func (q *Query) Standing(ctx context.Context, d payback.DistrictID, who payback.ResidentID) (s Standing, err error) {
	err = q.at(ctx, d, "query.Standing", func(m *moment) error {
		s, err = m.standing(who)
		return err
	})
	return s, err
}

// unheard is a title that nobody has described: asking for it tells of the
// resident and the money alone.
const unheard payback.ISBN = "9780000000002"

func (m *moment) standing(who payback.ResidentID) (Standing, error) {
	s := Standing{MonthLeft: -1, YearLeft: -1}
	if who == "" {
		return s, nil
	}
	stores, err := m.stores()
	if err != nil {
		return s, err
	}
	place := m.placings(stores, []payback.ISBN{unheard})[0].(*payback.Place)
	place.Resident = who
	tried, err := m.try(payback.RoleResident, place)
	if err != nil {
		return s, err
	}
	if tried[0].Verdict == payback.Rejected && !isOfStore(tried[0].Reason) {
		s.Reason = tried[0].Reason
	}
	p := m.policy()
	if s.MonthLeft, err = m.left(who, p.MonthLimit, m.today.Month()); err != nil {
		return s, err
	}
	if s.YearLeft, err = m.left(who, p.YearLimit, m.today.Year()); err != nil {
		return s, err
	}
	if r := row[*payback.Resident](m, payback.ResidentKey(who)); r != nil {
		s.Open = r.Open
	}
	return s, nil
}

// left is how many requests a resident may still place in a period; -1 = no limit.
func (m *moment) left(who payback.ResidentID, limit int, period string) (int, error) {
	if limit == 0 {
		return -1, nil
	}
	t, err := one[*payback.Tally](m, payback.TallyKey(who, period))
	if err != nil || t == nil {
		return limit, err
	}
	return max(0, limit-t.N), nil
}
