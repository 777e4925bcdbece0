package query

import (
	"cmp"
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Stage says where one of a resident's things stands, as they see it: what they do
// or wait for next.
type Stage string

// The stages, in the order of a copy's walk.
const (
	StageLooking  Stage = "looking"  // the store looks at its shelf
	StageSilent   Stage = "silent"   // the store has not answered: wait, or name another
	StageOrdered  Stage = "ordered"  // the store gets it by a day
	StageFetch    Stage = "fetch"    // it waits at the store
	StageDeclined Stage = "declined" // the store can't: name another by a day
	StageReturn   Stage = "return"   // bought: return by a day
	StageLate     Stage = "late"     // the day is over
	StageLeft     Stage = "left"     // left at the store, to be decided by a day
	StageRefund   Stage = "refund"   // returned, the money is still to come
	StageDone     Stage = "done"     // refunded
	StageRefused  Stage = "refused"  // no refund: fetch the book by a day
	StageKept     Stage = "kept"     // the book is the resident's
	StageGivenUp  Stage = "given_up" // it was never fetched and is the store's
	StageEnded    Stage = "ended"    // ended without a purchase
)

// Item is one of a resident's requests with what has come of it, or a purchase
// without a request.
type Item struct {
	ISBN    payback.ISBN
	Title   *payback.Title
	Store   *payback.Store
	Request *payback.Request // nil for a purchase without one
	Loan    *payback.Loan
	Refund  *payback.Refund
	ReadyOn payback.Date // when the copy was set aside or arrived; "" if not yet
	Today   payback.Date
	Policy  payback.Policy
	Now     int64

	// What the resident could do now; filled in by Query.Item alone.
	CanCancel, CanKeep bool
	CancelNo           payback.Reason // why it can't be cancelled although it is open
}

// ID names the item in addresses: the request's id, or the loan's.
func (it Item) ID() string {
	if it.Request != nil {
		return string(it.Request.ID)
	}
	return string(it.Loan.ID)
}

// Number is what the clerk finds it by.
func (it Item) Number() string {
	if it.Request != nil {
		return it.Request.Number
	}
	return it.Loan.Number
}

// Stage says what comes next.
func (it Item) Stage() Stage {
	if it.Loan != nil {
		return it.loanStage()
	}
	switch r := it.Request; r.State {
	case payback.Placed:
		if r.Asked {
			return StageSilent
		}
		return StageLooking
	case payback.Ordered:
		return StageOrdered
	case payback.Accepted, payback.Ready, payback.Sold:
		return StageFetch
	case payback.Declined:
		return StageDeclined
	}
	return StageEnded
}

func (it Item) loanStage() Stage {
	switch it.Loan.State {
	case payback.LoanOut:
		if it.Loan.LateOn(it.Today) {
			return StageLate
		}
		return StageReturn
	case payback.LoanLeft:
		return StageLeft
	case payback.LoanReturned:
		if it.Refund != nil && it.Refund.State == payback.RefundPaid {
			return StageDone
		}
		return StageRefund
	case payback.LoanRefused:
		return StageRefused
	case payback.LoanGivenUp:
		return StageGivenUp
	case payback.LoanKept:
		return StageKept
	}
	return StageEnded
}

// By is the last day of what comes next; "" if it has none.
func (it Item) By() payback.Date {
	switch it.Stage() {
	case StageFetch, StageDeclined, StageSilent:
		return it.Request.EndsOn
	case StageOrdered:
		return it.Request.ReadyBy
	case StageLooking:
		return it.Request.AskOn
	case StageReturn, StageLate:
		return it.Loan.Due
	case StageLeft:
		return it.Loan.DecideBy
	case StageRefused:
		return it.Loan.FetchBy
	}
	return ""
}

// Days is how many days are left until By; negative if it is over.
func (it Item) Days() int { return it.Today.Until(it.By()) }

// Over says that nothing more comes.
func (it Item) Over() bool {
	switch it.Stage() {
	case StageDone, StageKept, StageGivenUp, StageEnded:
		return true
	}
	return false
}

// Wait is one of a resident's places in a waiting line.
type Wait struct {
	Reservation *payback.Reservation
	Title       *payback.Title
	Ahead       int // people before them
	Today       payback.Date
	Now         int64
}

// Offered says that a slot is theirs to take until the reservation's last day.
func (w Wait) Offered() bool { return w.Reservation.State == payback.Offered }

// Open says that the place is still one.
func (w Wait) Open() bool {
	return w.Reservation.State == payback.Waiting || w.Reservation.State == payback.Offered
}

// Mine is all of a resident's.
type Mine struct {
	Open     []Item // what comes next soonest first
	Waits    []Wait // open ones
	Past     []Item // latest first
	Standing Standing
	Now      int64
}

// maxPast is how many things that are over a resident sees.
const maxPast = 50

// Mine returns what a resident has and had.
func (q *Query) Mine(ctx context.Context, d payback.DistrictID, who payback.ResidentID) (mine Mine, err error) {
	err = q.at(ctx, d, "query.Mine", func(m *moment) error {
		mine.Now = m.now
		if mine.Standing, err = m.standing(who); err != nil {
			return err
		}
		items, err := m.items(who)
		if err != nil {
			return err
		}
		for _, it := range items {
			if !it.Over() {
				mine.Open = append(mine.Open, it)
			} else if len(mine.Past) < maxPast {
				mine.Past = append(mine.Past, it)
			}
		}
		slices.SortStableFunc(mine.Open, func(a, b Item) int { return cmp.Compare(latest(a.By()), latest(b.By())) })
		mine.Waits, err = m.waits(who)
		return err
	})
	return mine, err
}

// latest puts no day after every day.
func latest(d payback.Date) payback.Date {
	if d == "" {
		return "9999"
	}
	return d
}

// items returns a resident's requests and purchases, latest first.
func (m *moment) items(who payback.ResidentID) ([]Item, error) {
	requests, err := all[*payback.Request](m, db.Select{Table: payback.TRequest, Where: []db.Cond{db.Eq("resident", string(who))}, Order: "placed_at", Desc: true})
	if err != nil {
		return nil, err
	}
	loans, err := all[*payback.Loan](m, db.Select{Table: payback.TLoan, Where: []db.Cond{db.Eq("resident", string(who))}, Order: "sold_at", Desc: true})
	if err != nil {
		return nil, err
	}
	var out []Item
	for _, r := range requests {
		out = append(out, Item{Request: r, ISBN: r.ISBN})
	}
	for _, l := range loans {
		if !slices.ContainsFunc(requests, func(r *payback.Request) bool { return r.Loan == l.ID }) {
			out = append(out, Item{Loan: l, ISBN: l.ISBN})
		}
	}
	return out, m.complete(out)
}

// complete reads what belongs to items.
func (m *moment) complete(items []Item) error {
	var keys []payback.Key
	for _, it := range items {
		keys = append(keys, payback.TitleKey(it.ISBN))
		if it.Request != nil {
			keys = append(keys, payback.StoreKey(it.Request.Store), payback.LoanKey(it.Request.Loan), payback.RefundKey(it.Request.Loan))
		} else {
			keys = append(keys, payback.StoreKey(it.Loan.Store), payback.RefundKey(it.Loan.ID))
		}
	}
	if err := m.load(keys...); err != nil {
		return err
	}
	for i := range items {
		it := &items[i]
		it.Today, it.Policy, it.Now = m.today, m.policy(), m.now
		it.Title = row[*payback.Title](m, payback.TitleKey(it.ISBN))
		if it.Request != nil {
			it.Loan = row[*payback.Loan](m, payback.LoanKey(it.Request.Loan))
			it.Store = row[*payback.Store](m, payback.StoreKey(it.Request.Store))
		}
		if it.Loan != nil {
			it.Refund = row[*payback.Refund](m, payback.RefundKey(it.Loan.ID))
			if s := row[*payback.Store](m, payback.StoreKey(it.Loan.Store)); s != nil {
				it.Store = s
			}
		}
	}
	return nil
}

// Item returns one of a resident's things by its id; not_found for another's.
func (q *Query) Item(ctx context.Context, d payback.DistrictID, who payback.ResidentID, id string) (it Item, err error) {
	err = q.at(ctx, d, "query.Item", func(m *moment) error {
		if err := m.load(payback.RequestKey(payback.RequestID(id)), payback.LoanKey(payback.LoanID(id)), payback.DistrictKey()); err != nil {
			return err
		}
		r, l := row[*payback.Request](m, payback.RequestKey(payback.RequestID(id))), row[*payback.Loan](m, payback.LoanKey(payback.LoanID(id)))
		switch {
		case r != nil && r.Resident == who:
			it = Item{Request: r, ISBN: r.ISBN}
		case l != nil && l.Resident == who && who != "":
			it = Item{Loan: l, ISBN: l.ISBN}
		default:
			return fault.New(fault.NotFound, "")
		}
		items := []Item{it}
		if err := m.complete(items); err != nil {
			return err
		}
		it = items[0]
		if it.ReadyOn, err = m.readyOn(it); err != nil {
			return err
		}
		return m.could(&it)
	})
	return it, err
}

// could tries what the resident might do with an item.
func (m *moment) could(it *Item) error {
	if it.Request != nil && it.Request.Open() {
		out, err := m.try(payback.RoleResident, &payback.Cancel{Request: it.Request.ID})
		if err != nil {
			return err
		}
		it.CanCancel, it.CancelNo = out[0].Verdict != payback.Rejected, out[0].Reason
	}
	if it.Loan != nil && it.Loan.State == payback.LoanOut {
		out, err := m.try(payback.RoleResident, &payback.Keep{Loan: it.Loan.ID, Turn: it.Loan.Turn})
		if err != nil {
			return err
		}
		it.CanKeep = out[0].Verdict != payback.Rejected
	}
	return nil
}

// readyOn is the day on which the copy was set aside or arrived.
func (m *moment) readyOn(it Item) (payback.Date, error) {
	const looked = 100
	if it.Request == nil {
		return "", nil
	}
	ops, err := m.OpsAbout(it.Request.Key(), looked)
	if err != nil {
		return "", err
	}
	on := payback.Date("")
	for _, op := range ops {
		if (op.Kind == payback.KAccept || op.Kind == payback.KArrive) && op.Verdict == payback.Applied {
			on = payback.DateOf(op.When.Lo, m.env.Zone)
		}
	}
	return on, nil
}

// Moving says where a request can go instead of its present store.
func (q *Query) Moving(ctx context.Context, d payback.DistrictID, it Item) (choices []Choice, err error) {
	err = q.at(ctx, d, "query.Moving", func(m *moment) error {
		if err := m.load(payback.DistrictKey()); err != nil {
			return err
		}
		choices, err = m.choices(it.ISBN, func(s payback.StoreID) payback.Body {
			return &payback.ChooseStore{Request: it.Request.ID, Store: s, Assign: it.Request.Assign + 1}
		})
		return err
	})
	return choices, err
}

// waits returns a resident's open places, latest first.
func (m *moment) waits(who payback.ResidentID) ([]Wait, error) {
	places, err := all[*payback.Reservation](m, db.Select{Table: payback.TReservation, Where: []db.Cond{
		db.Eq("resident", string(who)), in("state", payback.Waiting, payback.Offered)}})
	if err != nil {
		return nil, err
	}
	var out []Wait
	for _, p := range places {
		w, err := m.wait(p)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

func (m *moment) wait(p *payback.Reservation) (Wait, error) {
	err := m.load(payback.TitleKey(p.ISBN), payback.QuotaKey(p.ISBN))
	w := Wait{Reservation: p, Title: row[*payback.Title](m, payback.TitleKey(p.ISBN)), Today: m.today, Now: m.now}
	if q := row[*payback.Quota](m, payback.QuotaKey(p.ISBN)); q != nil {
		w.Ahead = max(0, slices.Index(q.Line, p.ID))
	}
	return w, err
}

// Wait returns one of a resident's places by its id, with the stores where an
// offered copy could be had; not_found for another's.
func (q *Query) Wait(ctx context.Context, d payback.DistrictID, who payback.ResidentID, id payback.ReservationID) (w Wait, choices []Choice, err error) {
	err = q.at(ctx, d, "query.Wait", func(m *moment) error {
		p, err := one[*payback.Reservation](m, payback.ReservationKey(id))
		if err != nil {
			return err
		}
		if p == nil || p.Resident != who {
			return fault.New(fault.NotFound, "")
		}
		if err := m.load(payback.DistrictKey()); err != nil {
			return err
		}
		if w, err = m.wait(p); err != nil {
			return err
		}
		choices, err = m.choices(p.ISBN, func(s payback.StoreID) payback.Body {
			return &payback.Place{Request: "try", Resident: who, ISBN: p.ISBN, Store: s, Reservation: id}
		})
		return err
	})
	return w, choices, err
}

// Messages returns the texts that were sent to a resident, latest first.
func (q *Query) Messages(ctx context.Context, d payback.DistrictID, who payback.ResidentID, limit int) ([]db.Message, error) {
	ms, err := q.db.MessagesOf(ctx, d, who, limit)
	return ms, fault.Wrap("query.Messages", err)
}
