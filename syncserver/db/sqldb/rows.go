package sqldb

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// chunk is how many values one list in a condition has at most.
const chunk = 200

// params returns n placeholders for the arguments from number from on. Where the
// engine takes "?" they are that: SQLite treats $1 as a name and looks each one up
// among all others, which made a statement of 4,000 of them ten times slower.
func (d *DB) params(from, n int) string {
	if d.engine.Unnamed {
		return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
	}
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", from+i)
	}
	return b.String()
}

// insert writes rows of width len(columns) in as few statements as may be; tail is
// the conflict clause.
func (s *session) insert(table string, columns []string, rows [][]any, tail string) error {
	err := shapes(rows, func(part [][]any) error {
		var b strings.Builder
		fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES ", table, strings.Join(columns, ", "))
		args := make([]any, 0, len(part)*len(columns))
		for i, r := range part {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("(" + s.db.params(len(args)+1, len(r)) + ")")
			args = append(args, r...)
		}
		b.WriteString(tail)
		return s.exec(b.String(), args...)
	})
	return fault.Wrap("sqldb.insert "+table, err)
}

// replace is the conflict clause that overwrites all columns but the key's.
func replace(key, columns []string) string {
	var sets []string
	for _, c := range columns {
		if !slices.Contains(key, c) {
			sets = append(sets, c+" = excluded."+c)
		}
	}
	return " ON CONFLICT (" + strings.Join(key, ", ") + ") DO UPDATE SET " + strings.Join(sets, ", ")
}

// Rows returns those of the keys that exist.
func (s *session) Rows(keys []payback.Key) (map[payback.Key]db.Stored, error) {
	byTable := map[payback.Table][]string{}
	for _, k := range keys {
		byTable[k.Table] = append(byTable[k.Table], k.ID)
	}
	out := make(map[payback.Key]db.Stored, len(keys))
	for t, ids := range byTable {
		if _, ok := s.db.specs[t]; !ok {
			return nil, fault.New(fault.Internal, "")
		}
		if err := shapes(ids, func(part []string) error { return s.rowsOf(t, part, out) }); err != nil {
			return nil, fault.Wrap("sqldb.Rows", err)
		}
	}
	return out, nil
}

func (s *session) rowsOf(t payback.Table, ids []string, out map[payback.Key]db.Stored) error {
	args := make([]any, 0, len(ids)+1)
	args = append(args, string(s.district))
	for _, id := range ids {
		args = append(args, id)
	}
	rows, err := s.query(fmt.Sprintf(`SELECT id, bucket, position, raw FROM %s WHERE district = $1 AND id IN (%s)`, t, s.db.params(2, len(ids))), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var st db.Stored
		if err := rows.Scan(&id, &st.Bucket, &st.Position, &st.Raw); err != nil {
			return s.fail(err)
		}
		if st.Row, err = payback.DecodeRow(t, st.Raw); err != nil {
			return err
		}
		out[payback.Key{Table: t, ID: id}] = st
	}
	return s.fail(rows.Err())
}

// PutRows writes rows with their derived columns, one multi-row statement a table.
func (s *session) PutRows(rows []db.Stored) error {
	byTable := map[payback.Table][]db.Stored{}
	var order []payback.Table
	for _, r := range rows {
		t := r.Row.Key().Table
		if byTable[t] == nil {
			order = append(order, t)
		}
		byTable[t] = append(byTable[t], r)
	}
	for _, t := range order {
		spec, ok := s.db.specs[t]
		if !ok {
			return fault.New(fault.Internal, "")
		}
		columns := []string{"district", "id", "bucket", "position", "raw"}
		for _, c := range spec {
			columns = append(columns, c.name)
		}
		values := make([][]any, 0, len(byTable[t]))
		for _, r := range byTable[t] {
			v := make([]any, 0, len(columns))
			v = append(v, string(s.district), r.Row.Key().ID, string(r.Bucket), int64(r.Position), r.Raw)
			for _, c := range spec {
				v = append(v, c.value(r.Row))
			}
			values = append(values, v)
		}
		var old map[payback.Key]db.Stored
		if t == payback.TTitle {
			keys := make([]payback.Key, len(byTable[t]))
			for i, r := range byTable[t] {
				keys[i] = r.Row.Key()
			}
			var err error
			if old, err = s.Rows(keys); err != nil {
				return err
			}
		}
		if err := s.insert(string(t), columns, values, replace([]string{"district", "id"}, columns)); err != nil {
			return err
		}
		if t == payback.TTitle {
			if err := s.keyTitles(byTable[t], old); err != nil {
				return err
			}
		}
	}
	return s.returned(rows)
}

// returned takes back the mark that a row had left the bucket in which it is again.
func (s *session) returned(rows []db.Stored) error {
	var back []db.Stored
	for _, r := range rows {
		if r.Bucket != payback.BucketServer && r.Bucket != payback.BucketCatalogue { // these buckets' rows never leave
			back = append(back, r)
		}
	}
	err := shapes(back, func(part []db.Stored) error {
		args := []any{string(s.district)}
		conds := make([]string, 0, len(part))
		for _, r := range part {
			k := r.Row.Key()
			conds = append(conds, "("+s.db.params(len(args)+1, 3)+")")
			args = append(args, string(r.Bucket), string(k.Table), k.ID)
		}
		return s.exec(`DELETE FROM gone WHERE district = $1 AND (bucket, tbl, id) IN (VALUES `+strings.Join(conds, ", ")+`)`, args...)
	})
	return fault.Wrap("sqldb.PutRows", err)
}

// LeftBucket notes that rows are no longer in a bucket.
func (s *session) LeftBucket(b payback.Bucket, keys []payback.Key, position uint64) error {
	columns := []string{"district", "bucket", "tbl", "id", "position"}
	values := make([][]any, 0, len(keys))
	for _, k := range keys {
		values = append(values, []any{string(s.district), string(b), string(k.Table), k.ID, int64(position)})
	}
	return s.insert("gone", columns, values, replace(columns[:4], columns))
}

// DropRows deletes rows, noting for the counters that they left their bucket.
func (s *session) DropRows(keys []payback.Key, bucketOf map[payback.Key]payback.Bucket, position uint64) error {
	for _, k := range keys {
		if _, ok := s.db.specs[k.Table]; !ok {
			return fault.New(fault.Internal, "")
		}
		if err := s.exec(fmt.Sprintf(`DELETE FROM %s WHERE district = $1 AND id = $2`, k.Table), string(s.district), k.ID); err != nil {
			return fault.Wrap("sqldb.DropRows", err)
		}
		if b := bucketOf[k]; b != "" && b != payback.BucketServer {
			if err := s.LeftBucket(b, []payback.Key{k}, position); err != nil {
				return err
			}
		}
	}
	return nil
}

// where turns conditions into SQL, checking the column names against the table's.
func (s *session) where(q db.Select) (string, []any, error) {
	args := []any{string(s.district)}
	var b strings.Builder
	b.WriteString("district = $1")
	for _, c := range q.Where {
		if !s.has(q.Table, c.Column) {
			return "", nil, fmt.Errorf("sqldb: table %s has no column %q", q.Table, c.Column)
		}
		switch c.Op {
		case "in":
			list, _ := c.Value.([]string)
			if len(list) == 0 || len(list) > chunk {
				return "", nil, fmt.Errorf("sqldb: %d values for %s", len(list), c.Column)
			}
			fmt.Fprintf(&b, " AND %s IN (%s)", c.Column, s.db.params(len(args)+1, len(list)))
			for _, v := range list {
				args = append(args, v)
			}
		case "=", "<", "<=", ">", ">=", "<>":
			args = append(args, plain(c.Value))
			fmt.Fprintf(&b, " AND %s %s $%d", c.Column, c.Op, len(args))
		default:
			return "", nil, fmt.Errorf("sqldb: unknown comparison %q", c.Op)
		}
	}
	return b.String(), args, nil
}

func (s *session) has(t payback.Table, name string) bool {
	spec, ok := s.db.specs[t]
	if name == "id" || name == "position" {
		return ok
	}
	return slices.ContainsFunc(spec, func(c column) bool { return c.name == name })
}

// Select returns rows of one table by derived columns.
func (s *session) Select(q db.Select) ([]payback.Row, error) {
	where, args, err := s.where(q)
	if err != nil {
		return nil, fault.Wrap("sqldb.Select", err)
	}
	order := "id"
	if q.Order != "" {
		if !s.has(q.Table, q.Order) {
			return nil, fmt.Errorf("sqldb: table %s has no column %q", q.Table, q.Order)
		}
		order = q.Order
	}
	if q.Desc {
		order += " DESC"
	}
	limit := q.Limit
	if limit <= 0 || limit > db.MaxSelect {
		limit = db.MaxSelect
	}
	rows, err := s.query(fmt.Sprintf(`SELECT raw FROM %s WHERE %s ORDER BY %s LIMIT %d OFFSET %d`, q.Table, where, order, limit, max(0, q.Offset)), args...)
	if err != nil {
		return nil, fault.Wrap("sqldb.Select", err)
	}
	return collect(rows, s.db.engine, func(r *sql.Rows) (payback.Row, error) {
		var raw []byte
		if err := r.Scan(&raw); err != nil {
			return nil, err
		}
		return payback.DecodeRow(q.Table, raw)
	})
}

// Count counts the rows that Select would find without its limit.
func (s *session) Count(q db.Select) (n int, err error) {
	where, args, err := s.where(q)
	if err != nil {
		return 0, fault.Wrap("sqldb.Count", err)
	}
	_, err = s.row(fmt.Sprintf(`SELECT count(*) FROM %s WHERE %s`, q.Table, where), args, &n)
	return n, fault.Wrap("sqldb.Count", err)
}

// SumBy adds up a column of the selected rows by the values of up to two others.
func (s *session) SumBy(q db.Select, col string, by ...string) ([]db.Sum, error) {
	where, args, err := s.where(q)
	if err != nil {
		return nil, fault.Wrap("sqldb.SumBy", err)
	}
	if len(by) == 0 || len(by) > 2 {
		return nil, fmt.Errorf("sqldb: group by %d columns", len(by))
	}
	for _, c := range append(slices.Clone(by), col) {
		if c != "" && !s.has(q.Table, c) {
			return nil, fmt.Errorf("sqldb: table %s has no column %q", q.Table, c)
		}
	}
	total := "0"
	if col != "" {
		total = "coalesce(sum(" + col + "), 0)"
	}
	group := strings.Join(by, ", ")
	rows, err := s.query(fmt.Sprintf(`SELECT %s, count(*), %s FROM %s WHERE %s GROUP BY %s ORDER BY %s LIMIT %d`,
		group, total, q.Table, where, group, group, db.MaxSelect), args...)
	if err != nil {
		return nil, fault.Wrap("sqldb.SumBy", err)
	}
	return collect(rows, s.db.engine, func(r *sql.Rows) (db.Sum, error) {
		sum := db.Sum{By: make([]string, len(by))}
		dest := make([]any, 0, 4)
		for i := range sum.By {
			dest = append(dest, &sum.By[i])
		}
		return sum, r.Scan(append(dest, &sum.N, &sum.Total)...)
	})
}

// Distinct counts the different values of a column among the selected rows.
func (s *session) Distinct(q db.Select, col string) (n int, err error) {
	where, args, err := s.where(q)
	if err != nil {
		return 0, fault.Wrap("sqldb.Distinct", err)
	}
	if !s.has(q.Table, col) {
		return 0, fmt.Errorf("sqldb: table %s has no column %q", q.Table, col)
	}
	_, err = s.row(fmt.Sprintf(`SELECT count(DISTINCT %s) FROM %s WHERE %s AND %s <> ''`, col, q.Table, where, col), args, &n)
	return n, fault.Wrap("sqldb.Distinct", err)
}

// DropPerson destroys what is kept of a person, with their key.
func (s *session) DropPerson(id payback.ResidentID) error {
	return fault.Wrap("sqldb.DropPerson", s.exec(`DELETE FROM person WHERE district = $1 AND id = $2`, string(s.district), string(id)))
}

// Queue puts text messages into the outbox in the same transaction.
func (s *session) Queue(ms []db.Message) error {
	columns := append([]string{"district"}, strings.Split(messageColumns, ", ")...)
	values := make([][]any, 0, len(ms))
	for _, m := range ms {
		args, err := json.Marshal(m.Args)
		if err != nil {
			return fault.Wrap("sqldb.Queue", err)
		}
		state := cmp.Or(m.State, "waiting")
		values = append(values, []any{string(s.district), m.ID, string(m.To), m.Key, string(args), string(m.Request),
			string(m.Store), m.Made, m.NotUntil, state, int64(m.Tries), m.Error, m.SentAt})
	}
	// One that is there already stays as it is: an act that is told twice sends one text.
	return s.insert("message", columns, values, " ON CONFLICT (district, id) DO NOTHING")
}
