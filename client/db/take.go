package db

import (
	"context"
	"database/sql"
	"slices"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// taking writes the confirmed rows of one bucket as they were sent and keeps its
// digest.
type taking struct {
	ctx context.Context
	tx  *sql.Tx
	b   *bucket
	out *Pulled
	d   *DB

	changed bool // a row is different
}

// old is a confirmed row as it is before.
type old struct {
	raw      []byte
	position uint64
	gen      int
}

// readRows is how many rows one statement reads and writes here.
const readRows = 100

func (t *taking) all(rows []PulledRow) error {
	known := map[payback.Table][]PulledRow{}
	var order []payback.Table
	for _, r := range rows {
		table := payback.Table(r.Table)
		if !inBucket(table, t.b.name) || !readable(table, r.Raw) {
			if err := t.other(r); err != nil {
				return err
			}
			r.Raw = nil // and it is not among the rows that can be read
			if !inBucket(table, t.b.name) {
				continue
			}
		} else if err := t.dropOther(r.Table, r.ID); err != nil {
			return err
		}
		if known[table] == nil {
			order = append(order, table)
		}
		known[table] = append(known[table], r)
	}
	for _, table := range order {
		for batch := range slices.Chunk(known[table], readRows) {
			if err := t.table(specOf(table), batch); err != nil {
				return err
			}
		}
	}
	t.out.Rows += len(rows)
	return nil
}

func readable(table payback.Table, raw []byte) bool {
	if raw == nil {
		return true
	}
	_, err := payback.DecodeRow(table, raw)
	return err == nil
}

// table takes in rows of one table, each id once.
func (t *taking) table(s *spec, rows []PulledRow) error {
	ids := make([]any, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	have, err := t.have(s, ids)
	if err != nil {
		return err
	}
	var args []any
	var titles []*payback.Title
	n := 0
	for _, r := range rows {
		o, was := have[r.ID]
		if was && o.gen == t.b.gen {
			if o.position > r.Position {
				continue // a reply that was overtaken
			}
			t.b.digest.Sub(s.table, r.ID, o.raw)
		}
		if r.Raw == nil {
			if err := t.left(s, r.ID, o, was); err != nil {
				return err
			}
			continue
		}
		t.b.digest.Add(s.table, r.ID, r.Raw)
		row, err := t.came(s, r, o, was)
		if err != nil {
			return err
		}
		if title, ok := row.(*payback.Title); ok && !slices.Equal(o.raw, r.Raw) {
			titles = append(titles, title)
		}
		args = append(append(args, r.ID, r.Raw, r.Position, t.b.gen), s.values(row)...)
		n++
	}
	if err := t.write(s, n, args); err != nil {
		return err
	}
	return addTitleKeys(t.ctx, t.tx, titles, 0)
}

// left drops a row that has left the bucket.
func (t *taking) left(s *spec, id string, o old, was bool) error {
	if !was {
		return nil
	}
	t.changed = true
	return t.drop(s, id, o.raw)
}

// came reads a row that is to be written and notes what it changes.
func (t *taking) came(s *spec, r PulledRow, o old, was bool) (payback.Row, error) {
	row, err := payback.DecodeRow(s.table, r.Raw)
	if err != nil {
		return nil, err
	}
	t.noticeNew(row, o, was)
	if was && slices.Equal(o.raw, r.Raw) {
		return row, nil
	}
	t.changed = true
	if s.table == payback.TTitle {
		err = dropTitleKeys(t.ctx, t.tx, r.ID, o.raw, 0)
	}
	return row, err
}

// noticeNew notes a request that came to this store and waits for an answer.
func (t *taking) noticeNew(row payback.Row, o old, was bool) {
	r, ok := row.(*payback.Request)
	if !ok || r.State != payback.Placed {
		return
	}
	if was {
		before, err := payback.DecodeRow(payback.TRequest, o.raw)
		if err == nil && before.(*payback.Request).Assign == r.Assign {
			return
		}
	}
	t.out.New = append(t.out.New, r.ID)
}

// have returns the confirmed rows with the ids.
func (t *taking) have(s *spec, ids []any) (map[string]old, error) {
	found, err := t.tx.QueryContext(t.ctx, "SELECT id, raw, position, gen FROM c_"+string(s.table)+" WHERE id IN "+marks(len(ids)), ids...)
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	defer found.Close()
	have := map[string]old{}
	for found.Next() {
		var id string
		var o old
		if err := found.Scan(&id, &o.raw, &o.position, &o.gen); err != nil {
			return nil, sqlitefile.Fault(err)
		}
		have[id] = o
	}
	return have, sqlitefile.Fault(found.Err())
}

func (t *taking) write(s *spec, n int, args []any) error {
	if n == 0 {
		return nil
	}
	query := s.confirmedInsert()
	one := marks(4 + len(s.cols))
	for i := range n {
		if i > 0 {
			query += ", "
		}
		query += one
	}
	_, err := t.tx.ExecContext(t.ctx, query, args...)
	return err
}

func (t *taking) drop(s *spec, id string, raw []byte) error {
	if s.table == payback.TTitle {
		if err := dropTitleKeys(t.ctx, t.tx, id, raw, 0); err != nil {
			return err
		}
	}
	_, err := t.tx.ExecContext(t.ctx, "DELETE FROM c_"+string(s.table)+" WHERE id = ?", id)
	return err
}

// other keeps a row that this program can't read, for the digest alone.
func (t *taking) other(r PulledRow) error {
	if err := t.dropOther(r.Table, r.ID); err != nil || r.Raw == nil {
		return err
	}
	t.b.digest.Add(payback.Table(r.Table), r.ID, r.Raw)
	_, err := t.tx.ExecContext(t.ctx, "INSERT INTO c_other (bucket, tbl, id, raw, position, gen) VALUES (?, ?, ?, ?, ?, ?)",
		string(t.b.name), r.Table, r.ID, r.Raw, r.Position, t.b.gen)
	return err
}

func (t *taking) dropOther(table, id string) error {
	rows, err := t.tx.QueryContext(t.ctx, "DELETE FROM c_other WHERE bucket = ? AND tbl = ? AND id = ? RETURNING raw, gen", string(t.b.name), table, id)
	if err != nil {
		return sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var o old
		if err := rows.Scan(&o.raw, &o.gen); err != nil {
			return sqlitefile.Fault(err)
		}
		if o.gen == t.b.gen {
			t.b.digest.Sub(payback.Table(table), id, o.raw)
		}
	}
	return sqlitefile.Fault(rows.Err())
}

// sweep drops the rows that a whole new fetch did not bring.
func sweep(ctx context.Context, tx *sql.Tx, b *bucket) (n int, err error) {
	if _, err := tx.ExecContext(ctx, "DELETE FROM c_other WHERE bucket = ? AND gen < ?", string(b.name), b.gen); err != nil {
		return 0, err
	}
	for i := range specs {
		s := &specs[i]
		if !inBucket(s.table, b.name) {
			continue
		}
		m, err := sweepTable(ctx, tx, s, b.gen)
		if err != nil {
			return n, err
		}
		n += m
	}
	return n, nil
}

func sweepTable(ctx context.Context, tx *sql.Tx, s *spec, gen int) (n int, err error) {
	ids, err := older(ctx, tx, s, gen)
	for batch := range slices.Chunk(ids, readRows) {
		m, err := sweepIDs(ctx, tx, s, gen, batch)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, err
}

// older returns the ids of the rows of an older gen.
func older(ctx context.Context, tx *sql.Tx, s *spec, gen int) (ids []any, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT id FROM c_"+string(s.table)+" WHERE gen < ?", gen)
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, sqlitefile.Fault(err)
		}
		ids = append(ids, id)
	}
	return ids, sqlitefile.Fault(rows.Err())
}

// sweepIDs drops those of the rows that are of an older gen still.
func sweepIDs(ctx context.Context, tx *sql.Tx, s *spec, gen int, ids []any) (int, error) {
	t := &taking{ctx: ctx, tx: tx}
	have, err := t.have(s, ids)
	n := 0
	for id, o := range have {
		if err != nil || o.gen >= gen {
			continue
		}
		n++
		err = t.drop(s, id, o.raw)
	}
	return n, err
}
