package db

import (
	"context"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// listLimit bounds a list of which no limit is named.
const listLimit = 1000

// query is a statement over one view, built from conditions that each have an
// index.
type query struct {
	from  string
	where []string
	args  []any
}

// in adds "column IN (values)"; no values add nothing.
func (q *query) in(column string, values ...string) {
	if len(values) == 0 {
		return
	}
	q.where = append(q.where, column+" IN "+marks(len(values)))
	for _, v := range values {
		q.args = append(q.args, v)
	}
}

// is adds "column = value"; an empty value adds nothing.
func (q *query) is(column, value string) {
	if value != "" {
		q.in(column, value)
	}
}

// text returns the statement; a limit of 0 is listLimit.
func (q *query) text(order string, limit int) string {
	if limit <= 0 {
		limit = listLimit
	}
	s := "SELECT raw FROM " + q.from
	if len(q.where) > 0 {
		s += " WHERE " + strings.Join(q.where, " AND ")
	}
	q.args = append(q.args, limit)
	return s + " ORDER BY " + order + " LIMIT ?"
}

func list[R payback.Row](ctx context.Context, d *DB, where string, t payback.Table, q query, order string, limit int) ([]R, error) {
	text := q.text(order, limit)
	rows, err := listOf[R](ctx, d.file.Read, t, text, q.args...)
	return rows, fault.Wrap(where, err)
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// RequestFilter picks requests; empty fields pick all.
type RequestFilter struct {
	States  []payback.State
	ISBN    payback.ISBN
	ISBNs   []payback.ISBN // any of these, at most 500
	Number  string
	CardTag string
	Persons []payback.ResidentID
	Limit   int // 0 = 1000
}

// requestQuery picks the one index that finds fewest: SQLite has no statistics
// of this file, so the others are kept from it by a plus.
func requestQuery(f RequestFilter) query {
	q := query{from: "request"}
	state := "state"
	if f.ISBN != "" || len(f.ISBNs) > 0 || f.Number != "" || f.CardTag != "" {
		state = "+state"
	}
	q.is("isbn", string(f.ISBN))
	q.in("isbn", texts(f.ISBNs)...)
	q.is("number", f.Number)
	q.is("card_tag", f.CardTag)
	q.in("resident", texts(f.Persons)...)
	q.in(state, texts(f.States)...)
	return q
}

// Requests returns requests, oldest first. With Number, CardTag or ISBN alone
// those that ended long ago come too.
func (d *DB) Requests(ctx context.Context, f RequestFilter) ([]*payback.Request, error) {
	return list[*payback.Request](ctx, d, "db.Requests", payback.TRequest, requestQuery(f), "placed_at, id", f.Limit)
}

// LoanFilter picks loans; empty fields pick all.
type LoanFilter struct {
	States  []payback.State
	ISBN    payback.ISBN
	ISBNs   []payback.ISBN // any of these, at most 500
	Number  string
	CardTag string
	Persons []payback.ResidentID
	Request payback.RequestID
	Limit   int // 0 = 1000
}

func loanQuery(f LoanFilter) query {
	q := query{from: "loan"}
	state := "state"
	if f.ISBN != "" || len(f.ISBNs) > 0 || f.Number != "" || f.CardTag != "" || f.Request != "" {
		state = "+state"
	}
	q.is("isbn", string(f.ISBN))
	q.in("isbn", texts(f.ISBNs)...)
	q.is("number", f.Number)
	q.is("card_tag", f.CardTag)
	q.is("request", string(f.Request))
	q.in("resident", texts(f.Persons)...)
	q.in(state, texts(f.States)...)
	return q
}

// Loans returns loans, nearest due day first.
func (d *DB) Loans(ctx context.Context, f LoanFilter) ([]*payback.Loan, error) {
	return list[*payback.Loan](ctx, d, "db.Loans", payback.TLoan, loanQuery(f), "due, id", f.Limit)
}

// ByIDPrefix returns the ids in a table that begin with prefix, at most limit:
// how a number on a label finds its row.
func (d *DB) ByIDPrefix(ctx context.Context, t payback.Table, prefix string, limit int) (ids []string, err error) {
	if specOf(t) == nil || prefix == "" {
		return nil, nil
	}
	rows, err := d.file.Read.QueryContext(ctx, idPrefix(t), prefix, prefix+"\x7f", limit)
	if err != nil {
		return nil, fault.Wrap("db.ByIDPrefix", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fault.Wrap("db.ByIDPrefix", err)
		}
		ids = append(ids, id)
	}
	return ids, fault.Wrap("db.ByIDPrefix", rows.Err())
}

func idPrefix(t payback.Table) string {
	return "SELECT id FROM " + string(t) + " WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
}

func stateQuery(view string, states []payback.State) query {
	q := query{from: view}
	q.in("state", texts(states)...)
	return q
}

// Copies returns the store's copies in these states.
func (d *DB) Copies(ctx context.Context, states ...payback.State) ([]*payback.Copy, error) {
	return list[*payback.Copy](ctx, d, "db.Copies", payback.TCopy, stateQuery("copy", states), "id", 10*listLimit)
}

// Transfers returns the boxes in these states, by serial number.
func (d *DB) Transfers(ctx context.Context, states ...payback.State) ([]*payback.Transfer, error) {
	return list[*payback.Transfer](ctx, d, "db.Transfers", payback.TTransfer, stateQuery("transfer", states), "serial, id", 0)
}

// TransfersBySerial returns the boxes with that serial number; several where two
// PCs began one at the same time.
func (d *DB) TransfersBySerial(ctx context.Context, serial int) ([]*payback.Transfer, error) {
	q := query{from: "transfer", where: []string{"serial = ?"}, args: []any{serial}}
	return list[*payback.Transfer](ctx, d, "db.TransfersBySerial", payback.TTransfer, q, "id", 0)
}

// LastSerial returns the highest serial number of a box, 0 before the first.
func (d *DB) LastSerial(ctx context.Context) (n int, err error) {
	err = d.file.Read.QueryRowContext(ctx, lastSerial).Scan(&n)
	return n, fault.Wrap("db.LastSerial", err)
}

const lastSerial = "SELECT MAX(IFNULL((SELECT MAX(serial) FROM c_transfer), 0), IFNULL((SELECT MAX(serial) FROM o_transfer), 0))"

// Refunds returns the refunds in a state, oldest first.
func (d *DB) Refunds(ctx context.Context, state payback.State) ([]*payback.Refund, error) {
	return list[*payback.Refund](ctx, d, "db.Refunds", payback.TRefund, stateQuery("refund", []payback.State{state}), "due_at, id", 0)
}

// Cases returns the cases in a state, oldest first.
func (d *DB) Cases(ctx context.Context, state payback.State) ([]*payback.Case, error) {
	return list[*payback.Case](ctx, d, "db.Cases", payback.TCase, stateQuery("case_", []payback.State{state}), "opened_at, id", 0)
}

// Lines returns the settlement lines in these states, oldest first.
func (d *DB) Lines(ctx context.Context, states ...payback.State) ([]*payback.Line, error) {
	return list[*payback.Line](ctx, d, "db.Lines", payback.TLine, stateQuery("line", states), "owed_on, id", 10*listLimit)
}

// Devices and Clerks return the store's few rows of each.
func (d *DB) Devices(ctx context.Context) ([]*payback.Device, error) {
	rows, err := listOf[*payback.Device](ctx, d.file.Read, payback.TDevice, "SELECT raw FROM device")
	return rows, fault.Wrap("db.Devices", err)
}

// Clerks returns the store's clerks.
func (d *DB) Clerks(ctx context.Context) ([]*payback.Clerk, error) {
	rows, err := listOf[*payback.Clerk](ctx, d.file.Read, payback.TClerk, "SELECT raw FROM clerk")
	return rows, fault.Wrap("db.Clerks", err)
}

// Rules returns the district's rules and its zone.
func (d *DB) Rules(ctx context.Context) (payback.Env, error) {
	env, err := d.rulesIn(ctx, d.file.Read)
	return env, fault.Wrap("db.Rules", err)
}
