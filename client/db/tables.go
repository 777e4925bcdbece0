package db

import (
	"strings"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// spec says how one table of the domain is kept: the columns that are read from
// its rows, in the order of the schema, so that lists find them by an index.
type spec struct {
	table payback.Table
	cols  []string
	vals  func(payback.Row) []any
}

// specs lists every table that a counter sees; it never changes.
var specs = []spec{
	{payback.TDistrict, nil, nil},
	{payback.TPolicy, nil, nil},
	{payback.TTitle, nil, nil},
	{payback.TLibrary, nil, nil},
	{payback.TStore, nil, nil},
	{payback.TStock, []string{"isbn"}, func(r payback.Row) []any { return []any{string(r.(*payback.Stock).ISBN)} }},
	{payback.TRequest, []string{"state", "isbn", "number", "card_tag", "resident", "placed_at"}, requestValues},
	{payback.TLoan, []string{"state", "isbn", "number", "card_tag", "resident", "request", "due"}, loanValues},
	{payback.TRefund, []string{"state", "due_at"}, func(r payback.Row) []any {
		x := r.(*payback.Refund)
		return []any{string(x.State), x.DueAt}
	}},
	{payback.TIncident, []string{"loan"}, func(r payback.Row) []any { return []any{string(r.(*payback.Incident).Loan)} }},
	{payback.TCopy, []string{"state", "transfer"}, func(r payback.Row) []any {
		x := r.(*payback.Copy)
		return []any{string(x.State), string(x.Transfer)}
	}},
	{payback.TTransfer, []string{"state", "serial"}, func(r payback.Row) []any {
		x := r.(*payback.Transfer)
		return []any{string(x.State), x.Serial}
	}},
	{payback.TLine, []string{"state", "owed_on"}, func(r payback.Row) []any {
		x := r.(*payback.Line)
		return []any{string(x.State), string(x.OwedOn)}
	}},
	{payback.TCase, []string{"state", "opened_at"}, func(r payback.Row) []any {
		x := r.(*payback.Case)
		return []any{string(x.State), x.OpenedAt}
	}},
	{payback.TDevice, nil, nil},
	{payback.TClerk, nil, nil},
	{payback.TVerdict, []string{"at", "subject"}, func(r payback.Row) []any {
		x := r.(*payback.VerdictRow)
		return []any{x.Op.At, x.Subject.String()}
	}},
}

func requestValues(r payback.Row) []any {
	x := r.(*payback.Request)
	return []any{string(x.State), string(x.ISBN), x.Number, x.CardTag, string(x.Resident), x.PlacedAt}
}

func loanValues(r payback.Row) []any {
	x := r.(*payback.Loan)
	return []any{string(x.State), string(x.ISBN), x.Number, x.CardTag, string(x.Resident), string(x.Request), string(x.Due)}
}

// specOf returns the spec of a table; nil for one that a counter does not see.
func specOf(t payback.Table) *spec {
	for i := range specs {
		if specs[i].table == t {
			return &specs[i]
		}
	}
	return nil
}

// values returns the values of the columns read from r.
func (s *spec) values(r payback.Row) []any {
	if s.vals == nil {
		return nil
	}
	return s.vals(r)
}

// overlayInsert is the start of a statement that writes overlay rows; the values
// follow.
func (s *spec) overlayInsert() string {
	return "INSERT OR REPLACE INTO o_" + string(s.table) + " (" + strings.Join(append([]string{"id", "raw"}, s.cols...), ", ") + ") VALUES "
}

// confirmedInsert is the same for confirmed rows.
func (s *spec) confirmedInsert() string {
	return "INSERT OR REPLACE INTO c_" + string(s.table) + " (" +
		strings.Join(append([]string{"id", "raw", "position", "gen"}, s.cols...), ", ") + ") VALUES "
}

// marks returns "(?, ?)" with n marks.
func marks(n int) string { return "(" + strings.TrimSuffix(strings.Repeat("?, ", n), ", ") + ")" }

// inBucket says whether the table's rows belong to the bucket.
func inBucket(t payback.Table, b payback.Bucket) bool {
	if specOf(t) == nil {
		return false
	}
	if b == payback.BucketCatalogue {
		return t.Scope() == payback.ScopeCatalogue
	}
	return t.Scope() == payback.ScopeStore
}
