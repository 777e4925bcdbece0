package db

import (
	"bytes"
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

	many bool // titles come in numbers: they are made findable afterwards

	changed bool // a row is different
}

// old is a confirmed row as it is before.
type old struct {
	raw      []byte
	position uint64
	gen      int
}

// readRows is how many rows one statement reads and writes here.
const readRows = 50

// came is a row of a pull as this program reads it.
type came struct {
	PulledRow
	row payback.Row // nil if it has left the bucket, or can't be read
}

func (t *taking) all(rows []PulledRow) error {
	others, err := t.hasOthers()
	if err != nil {
		return err
	}
	known := map[payback.Table][]came{}
	var order []payback.Table
	for _, r := range rows {
		table := payback.Table(r.Table)
		ours := inBucket(table, t.b.name)
		c := came{PulledRow: r}
		if ours && r.Raw != nil {
			if c.row, err = payback.DecodeRow(table, r.Raw); err != nil {
				c.row = nil
			}
		}
		if unread := r.Raw != nil && c.row == nil; unread || others {
			others = true
			if err := t.other(r, !unread); err != nil {
				return err
			}
		}
		if !ours {
			continue
		}
		if known[table] == nil {
			order = append(order, table)
		}
		known[table] = append(known[table], c)
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

// hasOthers says whether any row of the bucket is one that this program can't read.
func (t *taking) hasOthers() (has bool, err error) {
	err = t.tx.StmtContext(t.ctx, t.d.hot.others).QueryRowContext(t.ctx, string(t.b.name)).Scan(&has)
	return has, sqlitefile.Fault(err)
}

const othersRead = "SELECT EXISTS (SELECT 1 FROM c_other WHERE bucket = ?)"

// table takes in rows of one table, each id once.
func (t *taking) table(s *spec, rows []came) error {
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
	for _, r := range rows {
		o, was := have[r.ID]
		if was && o.gen == t.b.gen {
			if o.position > r.Position {
				continue // a reply that was overtaken
			}
			t.b.digest.Sub(s.table, r.ID, o.raw)
		}
		if r.row == nil { // it left, or is among those that can't be read
			if err := t.left(s, r.ID, o, was); err != nil {
				return err
			}
			continue
		}
		t.b.digest.Add(s.table, r.ID, r.Raw)
		if err := t.notice(s, r, o, was); err != nil {
			return err
		}
		if title, ok := r.row.(*payback.Title); ok && !bytes.Equal(o.raw, r.Raw) {
			titles = append(titles, title)
		}
		args = append(append(args, r.ID, r.Raw, r.Position, t.b.gen), s.values(r.row)...)
	}
	if err := t.write(s, args); err != nil {
		return err
	}
	if t.many {
		return queueTitles(t.ctx, t.tx, titles)
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

// notice notes what a row that is to be written changes.
func (t *taking) notice(s *spec, r came, o old, was bool) error {
	t.noticeNew(r.row, o, was)
	if was && bytes.Equal(o.raw, r.Raw) {
		return nil
	}
	t.changed = true
	if s.table == payback.TTitle {
		return dropTitleKeys(t.ctx, t.tx, r.ID, o.raw, 0)
	}
	return nil
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

// have returns the confirmed rows with the ids, at most readRows of them.
func (t *taking) have(s *spec, ids []any) (map[string]old, error) {
	for len(ids) < readRows {
		ids = append(ids, nil) // no row has it
	}
	found, err := t.tx.StmtContext(t.ctx, t.d.hot.take[s.table].have).QueryContext(t.ctx, ids...)
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

// write writes rows of a table, whose values follow one another.
func (t *taking) write(s *spec, args []any) error {
	hot := t.d.hot.take[s.table]
	one := 4 + len(s.cols)
	if len(args) == readRows*one {
		_, err := t.tx.StmtContext(t.ctx, hot.many).ExecContext(t.ctx, args...)
		return err
	}
	if len(args) == 0 {
		return nil
	}
	stmt := t.tx.StmtContext(t.ctx, hot.one)
	for row := range slices.Chunk(args, one) {
		if _, err := stmt.ExecContext(t.ctx, row...); err != nil {
			return err
		}
	}
	return nil
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

// other keeps a row that this program can't read, for the digest alone, in place of
// what it kept of it before; of one that it can read or that has left, nothing.
func (t *taking) other(r PulledRow, readable bool) error {
	if err := t.dropOther(r.Table, r.ID); err != nil || readable {
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
func (d *DB) sweep(ctx context.Context, tx *sql.Tx, b *bucket) (n int, err error) {
	if _, err := tx.ExecContext(ctx, "DELETE FROM c_other WHERE bucket = ? AND gen < ?", string(b.name), b.gen); err != nil {
		return 0, err
	}
	for i := range specs {
		s := &specs[i]
		if !inBucket(s.table, b.name) {
			continue
		}
		m, err := d.sweepTable(ctx, tx, s, b.gen)
		if err != nil {
			return n, err
		}
		n += m
	}
	return n, nil
}

func (d *DB) sweepTable(ctx context.Context, tx *sql.Tx, s *spec, gen int) (n int, err error) {
	ids, err := older(ctx, tx, s, gen)
	for batch := range slices.Chunk(ids, readRows) {
		m, err := d.sweepIDs(ctx, tx, s, gen, batch)
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
func (d *DB) sweepIDs(ctx context.Context, tx *sql.Tx, s *spec, gen int, ids []any) (int, error) {
	t := &taking{ctx: ctx, tx: tx, d: d}
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
