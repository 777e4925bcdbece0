package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// run is one row of its table.
type run struct {
	id    payback.RunID
	wseq  uint64 // of its last op, 0 before the first
	hash  []byte // of its last op
	after tip    // the last op of the run before
}

// tip names an op by run, number and hash.
type tip struct {
	run  payback.RunID
	wseq uint64
	hash []byte
}

const (
	runRead = "SELECT run, wseq, hash, after_run, after_wseq, after_hash FROM run WHERE fork IS NULL ORDER BY n DESC LIMIT 1"
	runNext = "UPDATE run SET wseq = ?, hash = ? WHERE run = ?"
	runMake = "INSERT INTO run (run, began, after_run, after_wseq, after_hash) VALUES (?, ?, ?, ?, ?)"
)

// BeginRun begins a run: the holder of the folder's lock calls it once, at its
// start. The run's first op will name the last op of the device's run before.
func (d *DB) BeginRun(ctx context.Context) error {
	return fault.Wrap("db.BeginRun", d.file.Tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM run WHERE wseq = 0"); err != nil { // nothing ever named them
			return err
		}
		last, err := lastGood(ctx, tx)
		if err != nil {
			return err
		}
		return d.makeRun(ctx, tx, last)
	}))
}

func (d *DB) makeRun(ctx context.Context, tx *sql.Tx, after tip) error {
	if after.hash == nil {
		after.hash = []byte{}
	}
	_, err := tx.ExecContext(ctx, runMake, d.env.IDs.New(), d.env.Clock.Now().Wall, string(after.run), after.wseq, after.hash)
	return err
}

// lastGood returns the device's last op that the server can have: that of the
// newest run with ops, of a forked one the last before the fork. It is empty
// before the first op.
func lastGood(ctx context.Context, tx *sql.Tx) (t tip, err error) {
	var fork sql.NullInt64
	var before tip
	err = tx.QueryRowContext(ctx, `SELECT run, wseq, hash, fork, after_run, after_wseq, after_hash
		FROM run WHERE wseq > 0 ORDER BY n DESC LIMIT 1`).
		Scan(&t.run, &t.wseq, &t.hash, &fork, &before.run, &before.wseq, &before.hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return tip{}, nil
	case err != nil || !fork.Valid:
		return t, sqlitefile.Fault(err)
	case fork.Int64 <= 1:
		return before, nil
	}
	t.wseq = uint64(fork.Int64 - 1)
	err = tx.QueryRowContext(ctx, "SELECT hash FROM outbox WHERE run = ? AND wseq = ?", string(t.run), t.wseq).Scan(&t.hash)
	return t, sqlitefile.Fault(err)
}

// readRun returns the run that ops are written to now.
func (d *DB) readRun(ctx context.Context, tx *sql.Tx) (r run, err error) {
	err = tx.StmtContext(ctx, d.hot.run).QueryRowContext(ctx).
		Scan(&r.id, &r.wseq, &r.hash, &r.after.run, &r.after.wseq, &r.after.hash)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fault.New(fault.Conflict, "counter.no_run")
	}
	return r, sqlitefile.Fault(err)
}

// chain puts the run's next op into its chain.
func (r *run) chain(e *syncproto.Envelope) {
	e.Run, e.Wseq = r.id, r.wseq+1
	switch {
	case r.wseq > 0:
		copy(e.Prev[:], r.hash)
	case r.after.wseq > 0:
		e.After = &syncproto.After{Run: r.after.run, Wseq: r.after.wseq}
		copy(e.After.Hash[:], r.after.hash)
	}
}
