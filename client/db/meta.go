package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// The names of what meta keeps.
const (
	metaEnrolment = "enrolment"
	metaWatch     = "watch"
	metaSync      = "sync"
	metaSettings  = "settings"
	metaDoor      = "door"
	metaChecked   = "checked" // last check of the whole file, UTC ms
	metaSchema    = "schema"  // Schema of the last program that had the file open
)

// queries is what a transaction and a pool have in common.
type queries interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// metaIn reads a setting into v and leaves v alone if there is none.
func metaIn(ctx context.Context, q queries, name string, v any) error {
	var text string
	err := q.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = ?", name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return sqlitefile.Fault(err)
	}
	return unjson(text, v)
}

const metaWrite = "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)"

func metaOut(ctx context.Context, tx *sql.Tx, name string, v any) error {
	text, err := tojson(v)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, metaWrite, name, text)
	return err
}

// setMeta stores one setting by itself.
func (d *DB) setMeta(ctx context.Context, name string, v any) error {
	return d.file.Tx(ctx, func(tx *sql.Tx) error { return metaOut(ctx, tx, name, v) })
}

func tojson(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fault.New(fault.Internal, "").Because(err)
	}
	return string(b), nil
}

func unjson(text string, v any) error {
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fault.New(fault.Internal, "").Because(err)
	}
	return nil
}
