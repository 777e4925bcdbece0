package query

import (
	"context"
	"fmt"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// Query asks a ledger and its database. It may be used by several goroutines at
// once.
type Query struct {
	l  *ledger.Ledger
	db db.DB
}

// New returns a Query.
func New(l *ledger.Ledger, d db.DB) *Query { return &Query{l: l, db: d} }

// moment is the rows of a district at one moment, read once each.
type moment struct {
	db.Reader
	env   payback.Env
	now   int64
	today payback.Date
	rows  payback.RowMap
}

// at runs f over one moment.
func (q *Query) at(ctx context.Context, d payback.DistrictID, where string, f func(*moment) error) error {
	env, err := q.l.Env(ctx, d)
	if err != nil {
		return fault.Wrap(where, err)
	}
	return fault.Wrap(where, q.l.View(ctx, d, func(r db.Reader) error {
		now := q.l.Now()
		return f(&moment{Reader: r, env: env, now: now, today: payback.DateOf(now, env.Zone), rows: payback.RowMap{}})
	}))
}

func (m *moment) policy() payback.Policy { return m.env.Policies.On(m.today) }

// load reads the rows of those keys that were not read yet.
func (m *moment) load(keys ...payback.Key) error {
	var wanted []payback.Key
	for _, k := range keys {
		if _, have := m.rows[k]; !have && k.ID != "" {
			wanted = append(wanted, k)
			m.rows[k] = nil
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	found, err := m.Rows(wanted)
	if err != nil {
		return err
	}
	for k, stored := range found {
		m.rows[k] = stored.Row
	}
	return nil
}

// maxRounds is how often the reducer may ask for more rows; it asks two or three
// times.
const maxRounds = 20

// try runs acts over the rows, each by itself, and returns what would become of
// them, in their order.
func (m *moment) try(role payback.Role, bodies ...payback.Body) ([]payback.Outcome, error) {
	out := make([]payback.Outcome, len(bodies))
	for range maxRounds {
		var missing []payback.Key
		for i, b := range bodies {
			op := &payback.Op{Body: b, Role: role, When: payback.At(m.now), Ref: payback.OpRef{Kind: b.Kind(), Run: "try", Wseq: 1}}
			out[i] = payback.Apply(m.rows, op, m.env)
			missing = append(missing, out[i].Missing...)
		}
		if len(missing) == 0 {
			return out, nil
		}
		if err := m.load(missing...); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("the reducer still asks for rows after %d rounds", maxRounds)
}

// row returns a row that was loaded, or nil.
func row[T payback.Row](m *moment, k payback.Key) T {
	r, _ := m.rows[k].(T)
	return r
}

// one loads and returns a row, or nil.
func one[T payback.Row](m *moment, k payback.Key) (T, error) {
	err := m.load(k)
	return row[T](m, k), err
}

// all returns the rows of a select, and keeps them.
func all[T payback.Row](m *moment, s db.Select) ([]T, error) {
	found, err := m.Select(s)
	if err != nil {
		return nil, err
	}
	out := make([]T, 0, len(found))
	for _, r := range found {
		m.rows[r.Key()] = r
		if t, ok := r.(T); ok {
			out = append(out, t)
		}
	}
	return out, nil
}

// in is the condition that a column has one of the values.
func in[T ~string](column string, values ...T) db.Cond {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return db.Cond{Column: column, Op: "in", Value: texts}
}

// District returns the district's row, and its zone; not_found before the district
// was set up.
func (q *Query) District(ctx context.Context, d payback.DistrictID) (*payback.District, payback.Env, error) {
	var dist *payback.District
	var env payback.Env
	err := q.at(ctx, d, "query.District", func(m *moment) (err error) {
		env = m.env
		dist, err = one[*payback.District](m, payback.DistrictKey())
		return err
	})
	if err == nil && dist == nil {
		dist = &payback.District{ID: d}
	}
	return dist, env, err
}
