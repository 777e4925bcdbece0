package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

const messageColumns = `id, recipient, key, args, request, store, made_ms, not_until_ms, state, tries, error, sent_ms`

// DueMessages returns the messages that wait and may be sent at now, oldest first.
func (d *DB) DueMessages(ctx context.Context, district payback.DistrictID, now int64, limit int) ([]db.Message, error) {
	const due = `SELECT ` + messageColumns + ` FROM message
WHERE district = $1 AND state = 'waiting' AND not_until_ms <= $2
ORDER BY not_until_ms, made_ms, id
LIMIT $3`
	return d.messages(ctx, "sqldb.DueMessages", due, string(district), now, limit)
}

// ListMessages returns the messages in a state, newest first.
func (d *DB) ListMessages(ctx context.Context, district payback.DistrictID, state string, limit int) ([]db.Message, error) {
	const list = `SELECT ` + messageColumns + ` FROM message
WHERE district = $1 AND state = $2
ORDER BY made_ms DESC, id DESC
LIMIT $3`
	return d.messages(ctx, "sqldb.ListMessages", list, string(district), state, limit)
}

// MessagesOf returns one person's messages, newest first.
func (d *DB) MessagesOf(ctx context.Context, district payback.DistrictID, to payback.ResidentID, limit int) ([]db.Message, error) {
	const list = `SELECT ` + messageColumns + ` FROM message
WHERE district = $1 AND recipient = $2
ORDER BY made_ms DESC, id DESC
LIMIT $3`
	return d.messages(ctx, "sqldb.MessagesOf", list, string(district), string(to), limit)
}

func (d *DB) messages(ctx context.Context, where, query string, args ...any) ([]db.Message, error) {
	rows, err := d.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, d.said(where, err)
	}
	defer rows.Close()
	var found []db.Message
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, d.said(where, err)
		}
		found = append(found, m)
	}
	return found, d.said(where, rows.Err())
}

func scanMessage(row scanner) (m db.Message, err error) {
	var args string
	err = row.Scan(&m.ID, &m.To, &m.Key, &args, &m.Request, &m.Store, &m.Made, &m.NotUntil, &m.State, &m.Tries, &m.Error, &m.SentAt)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal([]byte(args), &m.Args); err != nil {
		return m, fmt.Errorf("args of message %s: %w", m.ID, err)
	}
	return m, nil
}

// SetMessage writes what became of a message: state, tries, error, and times. An
// unknown one is not_found.
func (d *DB) SetMessage(ctx context.Context, district payback.DistrictID, m db.Message) error {
	const set = `UPDATE message
SET state = $3, tries = $4, error = $5, not_until_ms = $6, sent_ms = $7
WHERE district = $1 AND id = $2`
	result, err := d.write.ExecContext(ctx, set, string(district), m.ID, m.State, m.Tries, m.Error, m.NotUntil, m.SentAt)
	if err != nil {
		return d.said("sqldb.SetMessage", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return fault.Wrap("sqldb.SetMessage", fault.New(fault.NotFound, "").Because(err))
	}
	return nil
}

// Setting returns a named value, "" if it was never set.
func (d *DB) Setting(ctx context.Context, name string) (string, error) {
	var value string
	err := d.read.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, d.said("sqldb.Setting", err)
}

// SetSetting sets a named value.
func (d *DB) SetSetting(ctx context.Context, name, value string) error {
	const put = `INSERT INTO setting (name, value)
VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	_, err := d.write.ExecContext(ctx, put, name, value)
	return d.said("sqldb.SetSetting", err)
}
