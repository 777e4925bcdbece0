package db

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// isbnNumber is an ISBN as it is kept beside search keys: half the bytes.
func isbnNumber(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0 // a title without digits is found by nothing
	}
	return n
}

// overlayTitle makes a title of this PC's own findable; nil takes it away.
func overlayTitle(ctx context.Context, tx *sql.Tx, id string, row payback.Row) error {
	var raw []byte
	err := tx.QueryRowContext(ctx, "SELECT raw FROM o_title WHERE id = ?", id).Scan(&raw)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return sqlitefile.Fault(err)
	}
	if err := dropTitleKeys(ctx, tx, id, raw, 1); err != nil {
		return err
	}
	if t, ok := row.(*payback.Title); ok && t != nil {
		return addTitleKeys(ctx, tx, []*payback.Title{t}, 1)
	}
	return nil
}

// dropTitleKeys removes the keys that a title had; raw nil is none.
func dropTitleKeys(ctx context.Context, tx *sql.Tx, id string, raw []byte, overlay int) error {
	if raw == nil {
		return nil
	}
	row, err := payback.DecodeRow(payback.TTitle, raw)
	if err != nil {
		return nil // what could not be read was never keyed
	}
	keys := row.(*payback.Title).SearchText()
	args := make([]any, 0, len(keys)+2)
	args = append(args, isbnNumber(id), overlay)
	for _, k := range keys {
		args = append(args, k)
	}
	if len(keys) == 0 {
		return nil
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM title_key WHERE isbn = ? AND overlay = ? AND key IN "+marks(len(keys)), args...)
	return err
}

// keyRows is how many keys one statement writes.
const keyRows = 400

// addTitleKeys makes titles findable.
func addTitleKeys(ctx context.Context, tx *sql.Tx, titles []*payback.Title, overlay int) error {
	var args []any
	flush := func() error {
		if len(args) == 0 {
			return nil
		}
		n := len(args) / 3
		query := "INSERT OR IGNORE INTO title_key (key, isbn, overlay) VALUES " +
			strings.TrimSuffix(strings.Repeat("(?, ?, ?), ", n), ", ")
		_, err := tx.ExecContext(ctx, query, args...)
		args = args[:0]
		return err
	}
	for _, t := range titles {
		for _, k := range t.SearchText() {
			args = append(args, k, isbnNumber(string(t.ISBN)), overlay)
			if len(args) == 3*keyRows {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}
