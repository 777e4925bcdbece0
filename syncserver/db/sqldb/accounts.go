package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

const accountColumns = `name, role, id, password, store, library, disabled, since_ms`

// PutAccount writes an account in place of the one of that name.
func (d *DB) PutAccount(ctx context.Context, district payback.DistrictID, a db.Account) error {
	const put = `INSERT INTO account (district, ` + accountColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (district, name) DO UPDATE SET
    role = excluded.role,
    id = excluded.id,
    password = excluded.password,
    store = excluded.store,
    library = excluded.library,
    disabled = excluded.disabled,
    since_ms = excluded.since_ms`
	_, err := d.write.ExecContext(ctx, put, string(district), a.Name, string(a.Role), a.ID, a.Password,
		string(a.Store), string(a.Library), number(a.Disabled), a.Since)
	return d.said("sqldb.PutAccount", err)
}

// Account returns the account of that name, nil if there is none.
func (d *DB) Account(ctx context.Context, district payback.DistrictID, name string) (*db.Account, error) {
	const one = `SELECT ` + accountColumns + ` FROM account WHERE district = $1 AND name = $2`
	a, err := scanAccount(d.read.QueryRowContext(ctx, one, string(district), name))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, d.said("sqldb.Account", err)
	}
	return &a, nil
}

// ListAccounts returns all accounts of the district, by name.
func (d *DB) ListAccounts(ctx context.Context, district payback.DistrictID) ([]db.Account, error) {
	const all = `SELECT ` + accountColumns + ` FROM account WHERE district = $1 ORDER BY name`
	rows, err := d.read.QueryContext(ctx, all, string(district))
	if err != nil {
		return nil, d.said("sqldb.ListAccounts", err)
	}
	defer rows.Close()
	var found []db.Account
	for rows.Next() {
		a, err := scanAccount(rows)
		if err != nil {
			return nil, d.said("sqldb.ListAccounts", err)
		}
		found = append(found, a)
	}
	return found, d.said("sqldb.ListAccounts", rows.Err())
}

// scanner is a row that can be read.
type scanner interface{ Scan(into ...any) error }

func scanAccount(row scanner) (a db.Account, err error) {
	var disabled int
	err = row.Scan(&a.Name, &a.Role, &a.ID, &a.Password, &a.Store, &a.Library, &disabled, &a.Since)
	a.Disabled = disabled != 0
	return a, err
}

// PutSecret writes a secret in place of the one of that kind and name.
func (d *DB) PutSecret(ctx context.Context, district payback.DistrictID, s db.Secret) error {
	const put = `INSERT INTO secret (district, kind, name, hash, expires_ms, tries)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (district, kind, name) DO UPDATE SET
    hash = excluded.hash,
    expires_ms = excluded.expires_ms,
    tries = excluded.tries`
	_, err := d.write.ExecContext(ctx, put, string(district), s.Kind, s.Name, s.Hash, s.Expires, s.Tries)
	return d.said("sqldb.PutSecret", err)
}

// Secret returns the secret, nil if there is none. It does not look at the time.
func (d *DB) Secret(ctx context.Context, district payback.DistrictID, kind, name string) (*db.Secret, error) {
	const one = `SELECT hash, expires_ms, tries FROM secret WHERE district = $1 AND kind = $2 AND name = $3`
	s := db.Secret{Kind: kind, Name: name}
	err := d.read.QueryRowContext(ctx, one, string(district), kind, name).Scan(&s.Hash, &s.Expires, &s.Tries)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, d.said("sqldb.Secret", err)
	}
	return &s, nil
}

// DropSecret removes a secret; one that does not exist is no error.
func (d *DB) DropSecret(ctx context.Context, district payback.DistrictID, kind, name string) error {
	const drop = `DELETE FROM secret WHERE district = $1 AND kind = $2 AND name = $3`
	_, err := d.write.ExecContext(ctx, drop, string(district), kind, name)
	return d.said("sqldb.DropSecret", err)
}

// DropExpired removes secrets and sessions whose time was over at now (UTC ms).
func (d *DB) DropExpired(ctx context.Context, now int64) error {
	if _, err := d.write.ExecContext(ctx, `DELETE FROM secret WHERE expires_ms <= $1`, now); err != nil {
		return d.said("sqldb.DropExpired", err)
	}
	_, err := d.write.ExecContext(ctx, `DELETE FROM session WHERE expires_ms <= $1`, now)
	return d.said("sqldb.DropExpired", err)
}

// PutSession writes a session in place of the one of that token hash.
func (d *DB) PutSession(ctx context.Context, token string, data []byte, expires int64) error {
	const put = `INSERT INTO session (token, data, expires_ms)
VALUES ($1, $2, $3)
ON CONFLICT (token) DO UPDATE SET
    data = excluded.data,
    expires_ms = excluded.expires_ms`
	if data == nil {
		data = []byte{}
	}
	_, err := d.write.ExecContext(ctx, put, token, data, expires)
	return d.said("sqldb.PutSession", err)
}

// Session returns a session; nil data and no error if there is none. It does not
// look at the time.
func (d *DB) Session(ctx context.Context, token string) (data []byte, expires int64, err error) {
	const one = `SELECT data, expires_ms FROM session WHERE token = $1`
	err = d.read.QueryRowContext(ctx, one, token).Scan(&data, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	return data, expires, d.said("sqldb.Session", err)
}

// DropSession removes a session; one that does not exist is no error.
func (d *DB) DropSession(ctx context.Context, token string) error {
	_, err := d.write.ExecContext(ctx, `DELETE FROM session WHERE token = $1`, token)
	return d.said("sqldb.DropSession", err)
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
