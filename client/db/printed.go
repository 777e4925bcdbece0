package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// printedKept is how long it is remembered that a paper was printed, ms.
const printedKept = 120 * 24 * 60 * 60 * 1000

const (
	printedRead  = "SELECT n FROM printed WHERE paper = ?"
	printedMore  = "INSERT INTO printed (paper, n, at) VALUES (?, 1, ?) ON CONFLICT (paper) DO UPDATE SET n = n + 1, at = excluded.at"
	printedPrune = "DELETE FROM printed WHERE at < ?"
)

// Printed returns how often a paper went to a printer.
func (d *DB) Printed(ctx context.Context, paper string) (n int, err error) {
	err = d.file.Read.QueryRowContext(ctx, printedRead, paper).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, fault.Wrap("db.Printed", sqlitefile.Fault(err))
}

// AddPrinted notes that a printer took a paper, durably, and forgets those of more
// than 120 days ago.
func (d *DB) AddPrinted(ctx context.Context, paper string) error {
	at := d.env.Clock.Now().Wall
	return fault.Wrap("db.AddPrinted", d.file.Tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, printedMore, paper, at); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, printedPrune, at-printedKept)
		return err
	}))
}
