package query

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// ListSize is how many rows one page of a list shows.
const ListSize = 50

// Filter narrows a list; zero fields don't.
type Filter struct {
	State payback.State
	Store payback.StoreID
	Page  int
}

func (f Filter) where() []db.Cond {
	var where []db.Cond
	if f.State != "" {
		where = append(where, db.Eq("state", string(f.State)))
	}
	if f.Store != "" {
		where = append(where, db.Eq("store", string(f.Store)))
	}
	return where
}

// List is one page of a list with the stores to filter by.
type List[T any] struct {
	Filter Filter
	Rows   []T
	Total  int
	Stores []*payback.Store
	Now    int64
	Today  payback.Date
}

// Pages is how many pages there are.
func (l List[T]) Pages() int { return (l.Total + ListSize - 1) / ListSize }

// Requests lists requests, latest first.
func (q *Query) Requests(ctx context.Context, d payback.DistrictID, f Filter) (List[Item], error) {
	return list(q, ctx, d, "query.Requests", f, db.Select{Table: payback.TRequest, Order: "placed_at", Desc: true}, func(m *moment, rows []payback.Row) ([]Item, error) {
		items := make([]Item, len(rows))
		for i, r := range rows {
			request := r.(*payback.Request)
			items[i] = Item{Request: request, ISBN: request.ISBN}
		}
		return items, m.complete(items)
	})
}

// Box is a transfer with its names.
type Box struct {
	Transfer *payback.Transfer
	Store    *payback.Store
	Library  *payback.Library
	Late     bool
}

// Boxes lists transfers, those that have been under way longest first.
func (q *Query) Boxes(ctx context.Context, d payback.DistrictID, f Filter) (List[Box], error) {
	return list(q, ctx, d, "query.Boxes", f, db.Select{Table: payback.TTransfer, Order: "late_on"}, func(m *moment, rows []payback.Row) ([]Box, error) {
		boxes := make([]Box, len(rows))
		for i, r := range rows {
			var err error
			if boxes[i], err = m.box(r.(*payback.Transfer)); err != nil {
				return nil, err
			}
		}
		return boxes, nil
	})
}

func (m *moment) box(t *payback.Transfer) (Box, error) {
	library := payback.Key{Table: payback.TLibrary, ID: string(t.Library)}
	err := m.load(payback.StoreKey(t.Store), library)
	return Box{Transfer: t, Store: row[*payback.Store](m, payback.StoreKey(t.Store)), Library: row[*payback.Library](m, library),
		Late: t.State == payback.TransferHanded && t.LateOn != "" && t.LateOn < m.today}, err
}

// CaseView is a case with what a person must know to decide it.
type CaseView struct {
	Case    *payback.Case
	Store   *payback.Store
	Title   *payback.Title
	Request *payback.Request
	Loan    *payback.Loan
	Refund  *payback.Refund
}

// Resident is whom the case is about; "" if nobody is known.
func (c CaseView) Resident() payback.ResidentID {
	switch {
	case c.Request != nil:
		return c.Request.Resident
	case c.Loan != nil:
		return c.Loan.Resident
	}
	return ""
}

// Cases lists cases, oldest first.
func (q *Query) Cases(ctx context.Context, d payback.DistrictID, f Filter) (List[CaseView], error) {
	return list(q, ctx, d, "query.Cases", f, db.Select{Table: payback.TCase, Order: "opened_at"}, func(m *moment, rows []payback.Row) ([]CaseView, error) {
		views := make([]CaseView, len(rows))
		for i, r := range rows {
			var err error
			if views[i], err = m.caseView(r.(*payback.Case)); err != nil {
				return nil, err
			}
		}
		return views, nil
	})
}

// Case returns one case; not_found if there is none.
func (q *Query) Case(ctx context.Context, d payback.DistrictID, id payback.CaseID) (v CaseView, err error) {
	err = q.at(ctx, d, "query.Case", func(m *moment) error {
		c, err := one[*payback.Case](m, payback.CaseKey(id))
		if err != nil {
			return err
		}
		if c == nil {
			return fault.New(fault.NotFound, "")
		}
		v, err = m.caseView(c)
		return err
	})
	return v, err
}

func (m *moment) caseViews(where []db.Cond, limit int) ([]CaseView, error) {
	cases, err := all[*payback.Case](m, db.Select{Table: payback.TCase, Where: where, Order: "opened_at", Limit: limit})
	if err != nil {
		return nil, err
	}
	views := make([]CaseView, len(cases))
	for i, c := range cases {
		if views[i], err = m.caseView(c); err != nil {
			return nil, err
		}
	}
	return views, nil
}

func (m *moment) caseView(c *payback.Case) (CaseView, error) {
	loan := c.Loan
	if loan == "" {
		loan = c.Copy
	}
	if err := m.load(payback.StoreKey(c.Store), payback.RequestKey(c.Request), payback.LoanKey(loan), payback.RefundKey(loan)); err != nil {
		return CaseView{}, err
	}
	v := CaseView{Case: c, Store: row[*payback.Store](m, payback.StoreKey(c.Store)), Request: row[*payback.Request](m, payback.RequestKey(c.Request)),
		Loan: row[*payback.Loan](m, payback.LoanKey(loan)), Refund: row[*payback.Refund](m, payback.RefundKey(loan))}
	number := payback.ISBN("")
	switch {
	case v.Request != nil:
		number = v.Request.ISBN
	case v.Loan != nil:
		number = v.Loan.ISBN
	}
	var err error
	v.Title, err = one[*payback.Title](m, payback.TitleKey(number))
	return v, err
}

// list reads one page of a table.
func list[T any](q *Query, ctx context.Context, d payback.DistrictID, where string, f Filter, s db.Select, complete func(*moment, []payback.Row) ([]T, error)) (l List[T], err error) {
	s.Where, s.Limit, s.Offset = f.where(), ListSize, f.Page*ListSize
	err = q.at(ctx, d, where, func(m *moment) error {
		l = List[T]{Filter: f, Now: m.now, Today: m.today}
		if l.Total, err = m.Count(db.Select{Table: s.Table, Where: s.Where}); err != nil {
			return err
		}
		if l.Stores, err = m.stores(); err != nil {
			return err
		}
		rows, err := m.Select(s)
		if err != nil {
			return err
		}
		l.Rows, err = complete(m, rows)
		return err
	})
	return l, err
}

// Stores returns all stores, by name.
func (q *Query) Stores(ctx context.Context, d payback.DistrictID) (stores []*payback.Store, err error) {
	err = q.at(ctx, d, "query.Stores", func(m *moment) error {
		stores, err = m.stores()
		return err
	})
	return stores, err
}

// Libraries returns all libraries, by name.
func (q *Query) Libraries(ctx context.Context, d payback.DistrictID) (libraries []*payback.Library, err error) {
	err = q.at(ctx, d, "query.Libraries", func(m *moment) error {
		libraries, err = all[*payback.Library](m, db.Select{Table: payback.TLibrary, Order: "name"})
		return err
	})
	return libraries, err
}

// FailedTexts returns the texts that could not be sent, latest first.
func (q *Query) FailedTexts(ctx context.Context, d payback.DistrictID, limit int) ([]db.Message, error) {
	ms, err := q.db.ListMessages(ctx, d, "failed", limit)
	return ms, fault.Wrap("query.FailedTexts", err)
}
