package db

import (
	"bytes"
	"context"
	"database/sql"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// pendingOp is an op that the overlay is made of.
type pendingOp struct {
	seq     int64
	op      *payback.Op
	verdict string // as it was when last applied
	reason  string
	out     payback.Outcome
}

// memory gives payback.Apply rows that were loaded in batches. What an op needs
// and nobody loaded comes out as missing.
type memory struct {
	base map[payback.Key]payback.Row // confirmed; nil = absent
	over map[payback.Key]payback.Row // as ops left it; nil = deleted
}

// Row returns the row and what is known of it.
func (m *memory) Row(k payback.Key) (payback.Row, payback.Presence) {
	if k.Table.Scope() == payback.ScopeServer {
		return nil, payback.NotVisible
	}
	r, ok := m.over[k]
	if !ok {
		r, ok = m.base[k]
	}
	switch {
	case !ok:
		return nil, payback.Unloaded
	case r == nil:
		return nil, payback.Absent
	}
	return r, payback.Present
}

// rebuild makes the overlay anew: every op that the cursor has not passed is
// applied, in the order in which it was done, to the rows that the server sent.
// It returns whether any visible row became different by it.
func (d *DB) rebuild(ctx context.Context, tx *sql.Tx, who Enrolment) (changed bool, err error) {
	ops, err := pendingOps(ctx, tx, who)
	if err != nil {
		return false, err
	}
	rules, err := d.rulesIn(ctx, tx)
	if err != nil {
		return false, err
	}
	over, err := applyAll(ctx, tx, ops, rules)
	if err != nil {
		return false, err
	}
	if err := saveVerdicts(ctx, tx, ops); err != nil {
		return false, err
	}
	return d.replaceOverlay(ctx, tx, over)
}

// pendingOps reads the ops of the overlay. One that can't be read, as after a
// return to an older program, has no effect here; the server has its bytes.
func pendingOps(ctx context.Context, tx *sql.Tx, who Enrolment) ([]*pendingOp, error) {
	rows, err := tx.QueryContext(ctx, `SELECT seq, raw, local_verdict, local_reason FROM outbox
		WHERE stuck = 0 AND (position IS NULL OR position > IFNULL((SELECT shown FROM bucket WHERE name = ?), 0))
		ORDER BY seq`, string(payback.StoreBucket(who.Store)))
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	defer rows.Close()
	var ops []*pendingOp
	for rows.Next() {
		var raw sql.RawBytes
		p := &pendingOp{}
		if err := rows.Scan(&p.seq, &raw, &p.verdict, &p.reason); err != nil {
			return nil, sqlitefile.Fault(err)
		}
		if p.op, err = opOf(raw, who); err == nil {
			ops = append(ops, p)
		}
	}
	return ops, sqlitefile.Fault(rows.Err())
}

// maxPasses bounds how often rows are loaded: an op names what it needs in two or
// three steps, each of which may depend on rows of the one before.
const maxPasses = 30

// applyAll applies ops to the confirmed rows. All of them are walked before rows
// are loaded, so that a table costs one statement a walk and not one an op.
func applyAll(ctx context.Context, tx *sql.Tx, ops []*pendingOp, rules payback.Env) (map[payback.Key]payback.Row, error) {
	m := &memory{base: map[payback.Key]payback.Row{}}
	for range maxPasses {
		m.over = map[payback.Key]payback.Row{}
		missing := map[payback.Table]map[string]bool{}
		for _, p := range ops {
			p.out = payback.Apply(m, p.op, rules)
			for _, k := range p.out.Missing {
				if missing[k.Table] == nil {
					missing[k.Table] = map[string]bool{}
				}
				missing[k.Table][k.ID] = true
			}
			for _, r := range p.out.Changed {
				m.over[r.Key()] = r
			}
			for _, k := range p.out.Deleted {
				m.over[k] = nil
			}
		}
		if len(missing) == 0 {
			break
		}
		for t, ids := range missing {
			if err := loadConfirmed(ctx, tx, t, ids, m.base); err != nil {
				return nil, err
			}
		}
	}
	return m.over, nil
}

// loadRows is how many rows one statement reads.
const loadRows = 500

// loadConfirmed reads confirmed rows by id into base; nil for those that are not
// there.
func loadConfirmed(ctx context.Context, tx *sql.Tx, t payback.Table, ids map[string]bool, base map[payback.Key]payback.Row) error {
	var batch []any
	flush := func() error {
		if len(batch) == 0 || specOf(t) == nil {
			return nil
		}
		rows, err := listOf[payback.Row](ctx, tx, t, "SELECT raw FROM c_"+string(t)+" WHERE id IN "+marks(len(batch)), batch...)
		for _, r := range rows {
			base[r.Key()] = r
		}
		batch = batch[:0]
		return err
	}
	for id := range ids {
		base[payback.Key{Table: t, ID: id}] = nil
		if batch = append(batch, id); len(batch) == loadRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// saveVerdicts stores what became different about how ops look from here: a row
// that the server sent may have taken an op's effect away.
func saveVerdicts(ctx context.Context, tx *sql.Tx, ops []*pendingOp) error {
	for _, p := range ops {
		reason, err := tojson(p.out.Reason)
		if err != nil {
			return err
		}
		if string(p.out.Verdict) == p.verdict && reason == p.reason {
			continue
		}
		if _, err := tx.ExecContext(ctx, "UPDATE outbox SET local_verdict = ?, local_reason = ?, provisional = ? WHERE seq = ?",
			string(p.out.Verdict), reason, p.out.Provisional, p.seq); err != nil {
			return err
		}
	}
	return nil
}

// replaceOverlay writes what differs between the overlay in the file and over.
func (d *DB) replaceOverlay(ctx context.Context, tx *sql.Tx, over map[payback.Key]payback.Row) (changed bool, err error) {
	byTable := map[payback.Table]map[string]payback.Row{}
	for k, r := range over {
		if byTable[k.Table] == nil {
			byTable[k.Table] = map[string]payback.Row{}
		}
		byTable[k.Table][k.ID] = r
	}
	for i := range specs {
		c, err := replaceTable(ctx, tx, &specs[i], byTable[specs[i].table])
		if err != nil {
			return false, err
		}
		changed = changed || c
	}
	return changed, nil
}

// replaceTable does it for one table.
func replaceTable(ctx context.Context, tx *sql.Tx, s *spec, want map[string]payback.Row) (changed bool, err error) {
	have, err := overlayRaw(ctx, tx, s)
	if err != nil {
		return false, err
	}
	w := &overlayWriter{ctx: ctx, tx: tx, s: s}
	for id := range have {
		if _, stays := want[id]; !stays {
			changed = true
			if err := w.drop(id); err != nil {
				return false, err
			}
		}
	}
	for id, row := range want {
		args, err := overlayArgs(s, id, row)
		if err != nil {
			return false, err
		}
		raw, _ := args[1].([]byte)
		if old, ok := have[id]; ok && bytes.Equal(old, raw) && (old == nil) == (raw == nil) {
			continue
		}
		changed = true
		if err := w.put(id, row, args); err != nil {
			return false, err
		}
	}
	return changed, w.flush()
}

// overlayRaw returns the overlay rows of a table by id.
func overlayRaw(ctx context.Context, tx *sql.Tx, s *spec) (map[string][]byte, error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, raw FROM o_"+string(s.table))
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	defer rows.Close()
	have := map[string][]byte{}
	for rows.Next() {
		var id string
		var raw []byte
		if err := rows.Scan(&id, &raw); err != nil {
			return nil, sqlitefile.Fault(err)
		}
		have[id] = raw
	}
	return have, sqlitefile.Fault(rows.Err())
}

// writeRows is how many overlay rows one statement writes.
const writeRows = 100

// overlayWriter writes overlay rows of one table, many a statement.
type overlayWriter struct {
	ctx  context.Context
	tx   *sql.Tx
	s    *spec
	args []any
	n    int
	full *sql.Stmt // of writeRows rows
}

func (w *overlayWriter) drop(id string) error {
	if w.s.table == payback.TTitle {
		if err := overlayTitle(w.ctx, w.tx, id, nil); err != nil {
			return err
		}
	}
	_, err := w.tx.ExecContext(w.ctx, "DELETE FROM o_"+string(w.s.table)+" WHERE id = ?", id)
	return err
}

func (w *overlayWriter) put(id string, row payback.Row, args []any) error {
	if w.s.table == payback.TTitle {
		if err := overlayTitle(w.ctx, w.tx, id, row); err != nil {
			return err
		}
	}
	w.args = append(w.args, args...)
	if w.n++; w.n < writeRows {
		return nil
	}
	if w.full == nil {
		var err error
		if w.full, err = w.tx.PrepareContext(w.ctx, w.query()); err != nil {
			return err
		}
	}
	_, err := w.full.ExecContext(w.ctx, w.args...)
	w.args, w.n = w.args[:0], 0
	return err
}

func (w *overlayWriter) query() string {
	q := w.s.overlayInsert()
	one := marks(2 + len(w.s.cols))
	for i := range w.n {
		if i > 0 {
			q += ", "
		}
		q += one
	}
	return q
}

func (w *overlayWriter) flush() error {
	if w.n == 0 {
		return nil
	}
	_, err := w.tx.ExecContext(w.ctx, w.query(), w.args...)
	return err
}
