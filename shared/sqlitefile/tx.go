package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// txWait bounds how long Tx goes on asking for the write lock after SQLite's
// own waiting of five seconds has ended with busy.
const txWait = 10 * time.Second

// Tx runs do in one write transaction and commits, or rolls back if do returns
// an error or panics. It has the write lock from its beginning, so nothing
// that it read can have changed when it writes; do is run at most once. When
// Tx returns nil the changes are on disk.
//
// Errors of do come back as they are, those of the database by [Fault]. An
// error with the key fault.disk_failing leaves open whether the commit took
// place: close the file, open it again and look. Do must use only the
// transaction that it is given; another Tx inside it would wait for itself.
func (f *File) Tx(ctx context.Context, do func(*sql.Tx) error) error {
	var tx *sql.Tx
	err := retryBusy(ctx, txWait, func() (err error) {
		tx, err = f.Write.BeginTx(ctx, nil)
		return err
	})
	if err != nil {
		return fault.Wrap("sqlitefile.Tx", err)
	}
	return finish(tx, do)
}

// View runs do in one read transaction: everything that it reads is of one
// moment, and nothing waits for it. Keep it short, since the write-ahead log
// can't be folded in past it.
func (f *File) View(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := f.Read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fault.Wrap("sqlitefile.View", Fault(err))
	}
	return finish(tx, do)
}

// finish runs do and ends tx, whatever happens.
func finish(tx *sql.Tx, do func(*sql.Tx) error) error {
	done := false
	defer func() {
		if !done { // a panic in do is on its way up
			tx.Rollback()
		}
	}()
	err := do(tx)
	done = true
	if err != nil {
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
			err = errors.Join(Fault(err), rerr)
		}
		return Fault(err)
	}
	return Fault(tx.Commit())
}
