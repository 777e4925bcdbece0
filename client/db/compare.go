package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// findings is what the comparison of file and journal found.
type findings struct {
	missing   []jnlRecord         // ops that the file lacks, in the order in which they were done
	attached  map[opRef]jnlRecord // attachments by op
	unwritten []jnlRecord         // ops not archived that the journal lacks, with their attachments
	positions map[opRef]uint64    // where the server had placed missing ops, as far as the old file's rows tell
}

// damage is an error that makes OpenAlone give the file up.
func damage(format string, args ...any) error {
	return fault.New(fault.Internal, keyDamaged).Because(fmt.Errorf(format, args...))
}

// checkFile checks the file: its pages, its indexes and the digests of what the server sent if
// whole is set, those of titles too if all is. Then what a single flipped bit could
// silence is made to speak: an op that is marked as sent without an answer is sent
// again, one that is set aside without a fork is not.
func (d *DB) checkFile(ctx context.Context, whole, all bool) error {
	if !whole {
		return nil
	}
	check := d.file.QuickCheck
	if all {
		check = d.file.FullCheck
	}
	if err := check(ctx); err != nil {
		return err
	}
	if err := d.checkIndexes(ctx); err != nil {
		return err
	}
	if err := d.checkRows(ctx); err != nil {
		return err
	}
	return d.file.Tx(ctx, func(tx *sql.Tx) error {
		for _, query := range []string{
			"UPDATE outbox SET acked = 0 WHERE acked = 1 AND position IS NULL AND archived = 0 AND stuck = 0",
			"UPDATE outbox SET stuck = 0 WHERE stuck = 1 AND NOT EXISTS (SELECT 1 FROM run AS r WHERE r.run = outbox.run AND r.fork IS NOT NULL)",
		} {
			if _, err := tx.ExecContext(ctx, query); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkIndexes compares the indexes of every table but the catalogue's titles, which
// would take seconds, with their rows: an op that an index hides is never sent, and
// QuickCheck doesn't look there.
func (d *DB) checkIndexes(ctx context.Context) error {
	tables := []string{"outbox", "run", "attachment", "meta", "bucket", "people"}
	for i := range specs {
		tables = append(tables, "o_"+string(specs[i].table))
		if specs[i].table != payback.TTitle {
			tables = append(tables, "c_"+string(specs[i].table))
		}
	}
	for _, table := range tables {
		var answer string
		if err := d.file.Read.QueryRowContext(ctx, "PRAGMA integrity_check("+table+")").Scan(&answer); err != nil {
			return sqlitefile.Fault(err)
		}
		if answer != "ok" {
			return damage("table %s: %s", table, answer)
		}
	}
	return nil
}

// checkRows compares each bucket's rows with the digest that is kept of them.
func (d *DB) checkRows(ctx context.Context) error {
	return d.file.View(ctx, func(tx *sql.Tx) error {
		var who Enrolment
		if err := metaIn(ctx, tx, metaEnrolment, &who); err != nil || who.Device == "" {
			return err
		}
		var v Verified
		for _, name := range []payback.Bucket{payback.StoreBucket(who.Store), payback.BucketCatalogue} {
			if err := v.bucket(ctx, tx, name); err != nil {
				return err
			}
		}
		if len(v.Wrong) > 0 {
			return damage("rows of %s differ from their digest", v.Wrong[0].Args["bucket"])
		}
		return nil
	})
}

// compare compares the outbox with the journal's records, and each op with its
// hash, its run and the columns read from it. An op that the journal has and the
// middle of its run lacks is damage: a lost log takes only the end.
func (d *DB) compare(ctx context.Context, records []jnlRecord) (f findings, err error) {
	f.attached = map[opRef]jnlRecord{}
	logged := map[opRef]jnlRecord{}
	for _, r := range records {
		switch _, known := logged[r.ref()]; {
		case r.what == jnlAttachment:
			f.attached[r.ref()] = r
		case r.what == jnlOp && !known && readableOp(r):
			logged[r.ref()] = r
		}
	}
	err = d.file.View(ctx, func(tx *sql.Tx) error {
		w := &walk{logged: logged, tips: map[payback.RunID]tip{}, seen: map[opRef]bool{}}
		if err := w.outbox(ctx, tx); err != nil {
			return err
		}
		if err := w.runs(ctx, tx); err != nil {
			return err
		}
		f.unwritten = w.unwritten
		if err := withAttachments(ctx, tx, &f.unwritten); err != nil {
			return err
		}
		for ref, r := range logged {
			if w.seen[ref] {
				continue
			}
			if ref.wseq < w.tips[ref.run].wseq {
				return damage("op %s/%d is gone from the middle of its run", ref.run, ref.wseq)
			}
			f.missing = append(f.missing, r)
		}
		return nil
	})
	f.missing = inOrder(f.missing)
	return f, err
}

// readableOp says whether a record holds the op that it names.
func readableOp(r jnlRecord) bool {
	e, err := syncproto.Decode(r.data)
	return err == nil && e.Run == r.run && e.Wseq == r.wseq
}

// walk goes through the outbox.
type walk struct {
	logged    map[opRef]jnlRecord
	seen      map[opRef]bool
	tips      map[payback.RunID]tip // last op of each run
	unwritten []jnlRecord
}

const walkRead = "SELECT run, wseq, raw, hash, kind, subject, at, actor, archived, local_reason, reason, winner FROM outbox ORDER BY run, wseq"

func (w *walk) outbox(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, walkRead)
	if err != nil {
		return sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := w.op(rows); err != nil {
			return err
		}
	}
	return sqlitefile.Fault(rows.Err())
}

func (w *walk) op(rows *sql.Rows) error {
	var ref opRef
	var raw, hash []byte
	var kind, subject, actor, localReason, reason, winner string
	var at int64
	var archived bool
	if err := rows.Scan(&ref.run, &ref.wseq, &raw, &hash, &kind, &subject, &at, &actor, &archived, &localReason, &reason, &winner); err != nil {
		return damage("a row of the outbox: %w", err)
	}
	own := syncproto.HashOf(raw)
	e, err := syncproto.Decode(raw)
	switch {
	case err != nil, string(own[:]) != string(hash), e.Run != ref.run, e.Wseq != ref.wseq:
		return damage("op %s/%d is not the one that was written", ref.run, ref.wseq)
	case string(e.Kind) != kind, e.By != actor, whenOf(e.At).Lo != at,
		!json.Valid([]byte(localReason)), !json.Valid([]byte(reason)), !json.Valid([]byte(winner)):
		return damage("the columns of op %s/%d", ref.run, ref.wseq)
	}
	if last, known := w.tips[ref.run]; known && ref.wseq == last.wseq+1 && string(e.Prev[:]) != string(last.hash) {
		return damage("op %s/%d does not follow the one before", ref.run, ref.wseq)
	}
	w.tips[ref.run] = tip{ref.run, ref.wseq, hash}
	w.seen[ref] = true
	if _, known := w.logged[ref]; !known && !archived {
		w.unwritten = append(w.unwritten, jnlOpOf(ref, raw, nil)...)
	}
	return nil
}

// runs compares the table of runs with their last ops.
func (w *walk) runs(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT run, wseq, hash FROM run WHERE wseq > 0")
	if err != nil {
		return sqlitefile.Fault(err)
	}
	defer rows.Close()
	listed := map[payback.RunID]bool{}
	for rows.Next() {
		var t tip
		if err := rows.Scan(&t.run, &t.wseq, &t.hash); err != nil {
			return damage("a row of the runs: %w", err)
		}
		listed[t.run] = true
		if last := w.tips[t.run]; last.wseq != t.wseq || string(last.hash) != string(t.hash) {
			return damage("run %s ends at op %d, the outbox at %d", t.run, t.wseq, last.wseq)
		}
	}
	for run := range w.tips {
		if !listed[run] {
			return damage("run %s is in no table", run)
		}
	}
	return sqlitefile.Fault(rows.Err())
}

// withAttachments lays what travels beside ops behind them.
func withAttachments(ctx context.Context, tx *sql.Tx, records *[]jnlRecord) error {
	n := len(*records)
	if n == 0 {
		return nil
	}
	wanted := map[opRef]bool{}
	for _, r := range *records {
		wanted[r.ref()] = true
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, run, wseq, data FROM attachment")
	if err != nil {
		return sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		r := jnlRecord{what: jnlAttachment}
		if err := rows.Scan(&r.id, &r.run, &r.wseq, &r.data); err != nil {
			return damage("an attachment: %w", err)
		}
		if wanted[r.ref()] {
			*records = append(*records, r)
		}
	}
	return sqlitefile.Fault(rows.Err())
}

// inOrder puts ops into the order in which they were done: by hybrid time, and
// within a run by number whatever the time says.
func inOrder(ops []jnlRecord) []jnlRecord {
	type timed struct {
		jnlRecord
		e syncproto.Envelope
	}
	all := make([]timed, len(ops))
	byRun := map[payback.RunID][]jnlRecord{}
	for i, r := range ops {
		e, err := syncproto.Decode(r.data)
		if err != nil {
			continue // compare lets none through
		}
		all[i] = timed{r, e}
		byRun[r.run] = append(byRun[r.run], r)
	}
	slices.SortFunc(all, func(a, b timed) int {
		return cmp.Or(a.e.At.HLC.Compare(b.e.At.HLC), cmp.Compare(a.run, b.run), cmp.Compare(a.wseq, b.wseq))
	})
	for _, list := range byRun {
		slices.SortFunc(list, func(a, b jnlRecord) int { return cmp.Compare(a.wseq, b.wseq) })
	}
	out := make([]jnlRecord, 0, len(ops))
	for _, t := range all {
		out = append(out, byRun[t.run][0])
		byRun[t.run] = byRun[t.run][1:]
	}
	return out
}

// putBack writes ops into the outbox with the run, number and bytes that they had,
// and makes the overlay anew.
func (d *DB) putBack(ctx context.Context, ops []jnlRecord, f findings) error {
	return d.file.Tx(ctx, func(tx *sql.Tx) error {
		var who Enrolment
		if err := metaIn(ctx, tx, metaEnrolment, &who); err != nil {
			return err
		}
		for _, r := range ops {
			if err := d.putOp(ctx, tx, who, r); err != nil {
				return err
			}
			if p, ok := f.positions[r.ref()]; ok {
				if _, err := tx.ExecContext(ctx, "UPDATE outbox SET position = ? WHERE run = ? AND wseq = ?", p, string(r.run), r.wseq); err != nil {
					return err
				}
			}
			if a, ok := f.attached[r.ref()]; ok {
				if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO attachment (id, run, wseq, data) VALUES (?, ?, ?, ?)",
					a.id, string(a.run), a.wseq, a.data); err != nil {
					return err
				}
			}
		}
		if len(ops) > 0 {
			if err := metaOut(ctx, tx, metaWatch, d.watch.Memory()); err != nil {
				return err
			}
		}
		_, err := d.rebuild(ctx, tx, who)
		return err
	})
}

func (d *DB) putOp(ctx context.Context, tx *sql.Tx, who Enrolment, r jnlRecord) error {
	e, err := syncproto.Decode(r.data)
	if err != nil {
		return err
	}
	subject := ""
	if op, err := opOf(r.data, who); err == nil {
		subject = subjectOf(op).String()
	}
	if d.watch.Memory().HLC.Compare(e.At.HLC) < 0 {
		d.watch.Seen(e.At.HLC)
	}
	hash := syncproto.HashOf(r.data)
	if _, err := tx.StmtContext(ctx, d.hot.outbox).ExecContext(ctx, string(r.run), r.wseq, r.data, hash[:], string(e.Kind), subject,
		whenOf(e.At).Lo, e.By, string(payback.Applied), "{}", true); err != nil {
		return err
	}
	return d.putRun(ctx, tx, e, hash[:])
}

// putRun makes op e the last of its run, and the run if it is gone.
func (d *DB) putRun(ctx context.Context, tx *sql.Tx, e syncproto.Envelope, hash []byte) error {
	res, err := tx.StmtContext(ctx, d.hot.runNext).ExecContext(ctx, e.Wseq, hash, string(e.Run))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	after := tip{hash: []byte{}}
	if e.After != nil {
		after = tip{e.After.Run, e.After.Wseq, e.After.Hash[:]}
	}
	if _, err := tx.ExecContext(ctx, runMake, string(e.Run), e.At.Wall, string(after.run), after.wseq, after.hash); err != nil {
		return err
	}
	_, err = tx.StmtContext(ctx, d.hot.runNext).ExecContext(ctx, e.Wseq, hash, string(e.Run))
	return err
}

// holes counts the ops that others name and the outbox does not have: within a
// run, and at the end of one whose successor names a later op. What came before
// the oldest op of a run was archived and let go.
func (d *DB) holes(ctx context.Context) (n int, err error) {
	err = d.file.View(ctx, func(tx *sql.Tx) error {
		inside := `SELECT IFNULL(SUM(last - first + 1 - n), 0) FROM (SELECT MIN(wseq) AS first, MAX(wseq) AS last, COUNT(*) AS n FROM outbox GROUP BY run)`
		if err := tx.QueryRowContext(ctx, inside).Scan(&n); err != nil {
			return sqlitefile.Fault(err)
		}
		var tails int
		after := `SELECT IFNULL(SUM(r.after_wseq - m.last), 0) FROM run AS r
			CROSS JOIN (SELECT run, MAX(wseq) AS last FROM outbox GROUP BY run) AS m ON m.run = r.after_run WHERE r.after_wseq > m.last`
		err := tx.QueryRowContext(ctx, after).Scan(&tails)
		n += tails
		return sqlitefile.Fault(err)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return n, err
}
