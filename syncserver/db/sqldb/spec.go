package sqldb

import (
	"github.com/bookpayback/bookpayback/shared/payback"
)

// column is one derived column of a domain table: its name, and its value in a
// row. Values are string or int64, never nil.
type column struct {
	name  string
	value func(payback.Row) any
}

// of makes a column from a typed field function.
func of[R payback.Row, V any](name string, f func(R) V) column {
	return column{name, func(r payback.Row) any { return plain(f(r.(R))) }}
}

// plain returns the value as the driver takes it.
func plain(v any) any {
	switch x := v.(type) {
	case bool:
		if x {
			return int64(1)
		}
		return int64(0)
	case int:
		return int64(x)
	case payback.Won:
		return int64(x)
	case int64:
		return x
	case string:
		return x
	case payback.State:
		return string(x)
	case payback.StoreID:
		return string(x)
	case payback.LibraryID:
		return string(x)
	case payback.ResidentID:
		return string(x)
	case payback.ISBN:
		return string(x)
	case payback.Date:
		return string(x)
	case payback.CaseID:
		return string(x)
	case payback.CaseKind:
		return string(x)
	case payback.TransferID:
		return string(x)
	case payback.CopyID:
		return string(x)
	case payback.Right:
		return string(x)
	case payback.Verdict:
		return string(x)
	}
	return v
}

// specs lists the derived columns of every table; the schema has the same. A row
// of a table that is not here has none.
func specs() map[payback.Table][]column {
	type (
		ti = *payback.Title
		so = *payback.Store
		sk = *payback.Stock
		rq = *payback.Request
		ln = *payback.Loan
		rf = *payback.Refund
		ic = *payback.Incident
		cp = *payback.Copy
		tr = *payback.Transfer
		li = *payback.Line
		ca = *payback.Case
		re = *payback.Resident
		rv = *payback.Reservation
		sl = *payback.Slot
	)
	return map[payback.Table][]column{
		payback.TDistrict: {}, payback.TPolicy: {},
		payback.TTitle:   {of("name", func(r ti) any { return r.Name }), of("class", func(r ti) any { return r.Class })},
		payback.TLibrary: {of("name", func(r *payback.Library) any { return r.Name })},
		payback.TStore: {of("name", func(r so) any { return r.Name }), of("paused", func(r so) any { return r.Paused }),
			of("successor", func(r so) any { return r.Successor })},
		payback.TStock: {of("store", func(r sk) any { return r.Store }), of("isbn", func(r sk) any { return r.ISBN }),
			of("n", func(r sk) any { return r.N })},
		payback.TRequest: {of("state", func(r rq) any { return r.State }), of("store", func(r rq) any { return r.Store }),
			of("resident", func(r rq) any { return r.Resident }), of("isbn", func(r rq) any { return r.ISBN }),
			of("number", func(r rq) any { return r.Number }), of("placed_at", func(r rq) any { return r.PlacedAt }),
			of("placed_on", func(r rq) any { return r.PlacedOn }), of("ends_on", func(r rq) any { return r.EndsOn }),
			of("ask_on", func(r rq) any { return r.AskOn }), of("asked", func(r rq) any { return r.Asked }),
			of("library", func(r rq) any { return r.Library })},
		payback.TLoan: {of("state", func(r ln) any { return r.State }), of("store", func(r ln) any { return r.Store }),
			of("resident", func(r ln) any { return r.Resident }), of("isbn", func(r ln) any { return r.ISBN }),
			of("number", func(r ln) any { return r.Number }), of("due", func(r ln) any { return r.Due }),
			of("sold_at", func(r ln) any { return r.SoldAt }), of("sold_on", func(r ln) any { return r.SoldOn }),
			of("decide_by", func(r ln) any { return r.DecideBy }), of("library", func(r ln) any { return r.Library }),
			of("ended_at", func(r ln) any { return r.EndedAt }), of("holder", func(r ln) any { return r.Right }),
			of("fetch_by", func(r ln) any { return r.FetchBy }), of("waits_since", func(r ln) any { return r.WaitsSince() })},
		payback.TRefund: {of("state", func(r rf) any { return r.State }), of("store", func(r rf) any { return r.Store }),
			of("due_at", func(r rf) any { return r.DueAt }), of("paid_at", func(r rf) any { return r.PaidAt }),
			of("amount", func(r rf) any { return r.Amount })},
		payback.TIncident: {of("store", func(r ic) any { return r.Store }), of("loan", func(r ic) any { return r.Loan }),
			of("amount", func(r ic) any { return r.Amount })},
		payback.TCopy: {of("state", func(r cp) any { return r.State }), of("store", func(r cp) any { return r.Store }),
			of("library", func(r cp) any { return r.Library }), of("isbn", func(r cp) any { return r.ISBN }),
			of("transfer", func(r cp) any { return r.Transfer })},
		payback.TTransfer: {of("state", func(r tr) any { return r.State }), of("store", func(r tr) any { return r.Store }),
			of("library", func(r tr) any { return r.Library }), of("late_on", func(r tr) any { return r.LateOn })},
		payback.TLine: {of("state", func(r li) any { return r.State }), of("store", func(r li) any { return r.Store }),
			of("library", func(r li) any { return r.Library }), of("owed_on", func(r li) any { return r.OwedOn }),
			of("amount", func(r li) any { return r.Amount }), of("cause", func(r li) any { return r.Cause })},
		payback.TCase: {of("state", func(r ca) any { return r.State }), of("store", func(r ca) any { return r.Store }),
			of("kind", func(r ca) any { return r.Kind }), of("opened_at", func(r ca) any { return r.OpenedAt })},
		payback.TDevice: {of("state", func(r *payback.Device) any { return r.State }), of("store", func(r *payback.Device) any { return r.Store })},
		payback.TClerk:  {of("store", func(r *payback.Clerk) any { return r.Store })},
		payback.TVerdict: {of("store", func(r *payback.VerdictRow) any { return r.Store }),
			of("verdict", func(r *payback.VerdictRow) any { return r.Verdict })},
		payback.TResident: {of("blocked", func(r re) any { return r.Blocked }), of("card_tag", func(r re) any { return r.CardTag })},
		payback.TReservation: {of("state", func(r rv) any { return r.State }), of("resident", func(r rv) any { return r.Resident }),
			of("isbn", func(r rv) any { return r.ISBN }), of("ends_on", func(r rv) any { return r.EndsOn })},
		payback.TQuota: {of("isbn", func(r *payback.Quota) any { return r.ISBN }),
			of("waiting", func(r *payback.Quota) any { return len(r.Line) })},
		payback.TSlot: {of("isbn", func(r sl) any { return r.ISBN }), of("n", func(r sl) any { return r.N }),
			of("cap", func(r sl) any { return r.Cap }), of("state", func(r sl) any { return r.State }),
			of("case_id", func(r sl) any { return r.Case })},
		payback.TTally: {of("resident", func(r *payback.Tally) any { return r.Resident }),
			of("period", func(r *payback.Tally) any { return r.Period }), of("n", func(r *payback.Tally) any { return r.N })},
		payback.TBudget: {of("year", func(r *payback.Budget) any { return r.Year })},
		payback.TClaim: {of("resident", func(r *payback.Claim) any { return r.Resident }),
			of("isbn", func(r *payback.Claim) any { return r.ISBN })},
		payback.TPickup: {of("store", func(r *payback.Pickup) any { return r.Store }),
			of("number", func(r *payback.Pickup) any { return r.Number })},
		payback.TNumbers: {of("store", func(r *payback.Numbers) any { return r.Store })},
		payback.TReveal: {of("resident", func(r *payback.Reveal) any { return r.Resident }),
			of("at", func(r *payback.Reveal) any { return r.At })},
		payback.TEnrolCode: {of("store", func(r *payback.EnrolCode) any { return r.Store }),
			of("expires", func(r *payback.EnrolCode) any { return r.Expires })},
	}
}
