// Package sqldb has the server's SQL, once for every engine: placeholders are $1,
// times are integers, texts compare bytewise. What engines do differently
// (opening, locking) comes in from the package of the engine.
package sqldb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Engine is what differs between databases.
type Engine struct {
	Fault   func(error) error // maps the driver's errors to fault codes
	Close   func() error
	Unnamed bool // it takes "?" for the next argument
}

// DB is a database/sql database with the server's schema. It implements db.DB.
type DB struct {
	read, write *sql.DB
	engine      Engine
	specs       map[payback.Table][]column
	hot         hot
}

// New returns the database over connections for reading and for writing; they
// may be the same.
func New(read, write *sql.DB, e Engine) *DB {
	return &DB{read: read, write: write, engine: e, specs: specs()}
}

// Close closes the connections.
func (d *DB) Close() error { return d.engine.Close() }

// View runs f in one read-only transaction.
func (d *DB) View(ctx context.Context, dist payback.DistrictID, f func(db.Reader) error) error {
	tx, err := d.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fault.Wrap("sqldb.View", d.engine.Fault(err))
	}
	defer func() { _ = tx.Rollback() }()
	return f(&session{ctx: ctx, tx: tx, db: d, district: dist})
}

// Update runs f in one transaction that holds the district's head.
func (d *DB) Update(ctx context.Context, dist payback.DistrictID, f func(db.Writer) error) error {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return fault.Wrap("sqldb.Update", d.engine.Fault(err))
	}
	defer func() { _ = tx.Rollback() }()
	s := &session{ctx: ctx, tx: tx, db: d, district: dist, writes: true}
	// The row lock comes first and lasts until commit: whoever sees position n sees
	// everything before it.
	if err := s.exec(`INSERT INTO head (district, position, epoch) VALUES ($1, 0, '')
ON CONFLICT (district) DO UPDATE SET position = head.position`, string(dist)); err != nil {
		return err
	}
	if err := f(s); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fault.Wrap("sqldb.Update", d.engine.Fault(err))
	}
	d.hot.prepare(ctx, d.write)
	return nil
}

// Districts returns all districts, by id.
func (d *DB) Districts(ctx context.Context) ([]payback.DistrictID, error) {
	rows, err := d.read.QueryContext(ctx, `SELECT district FROM head ORDER BY district`)
	if err != nil {
		return nil, fault.Wrap("sqldb.Districts", d.engine.Fault(err))
	}
	return collect(rows, d.engine, func(r *sql.Rows) (id payback.DistrictID, err error) { err = r.Scan(&id); return id, err })
}

// session is one transaction in one district.
type session struct {
	ctx      context.Context // a session lives no longer than its View or Update
	tx       *sql.Tx
	db       *DB
	district payback.DistrictID
	writes   bool // on the writing connection, which has prepared statements
}

func (s *session) fail(err error) error { return s.db.engine.Fault(err) }

func (s *session) exec(query string, args ...any) error {
	if st := s.db.hot.get(query); st != nil {
		_, err := s.tx.StmtContext(s.ctx, st).ExecContext(s.ctx, args...)
		return s.fail(err)
	}
	_, err := s.tx.ExecContext(s.ctx, query, args...)
	return s.fail(err)
}

func (s *session) query(query string, args ...any) (*sql.Rows, error) {
	if s.writes {
		if st := s.db.hot.get(query); st != nil {
			rows, err := s.tx.StmtContext(s.ctx, st).QueryContext(s.ctx, args...)
			return rows, s.fail(err)
		}
	}
	rows, err := s.tx.QueryContext(s.ctx, query, args...)
	return rows, s.fail(err)
}

// row scans one row into dest; found is false if there is none.
func (s *session) row(query string, args []any, dest ...any) (found bool, err error) {
	err = s.tx.QueryRowContext(s.ctx, query, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, s.fail(err)
}

// collect scans all rows and closes them.
func collect[T any](rows *sql.Rows, e Engine, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer func() { _ = rows.Close() }()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, e.Fault(err)
		}
		out = append(out, v)
	}
	return out, e.Fault(rows.Err())
}

// Head returns how far the ledger got.
func (s *session) Head() (h db.Head, err error) {
	_, err = s.row(`SELECT position, epoch, archived, refill FROM head WHERE district = $1`, []any{string(s.district)},
		&h.Position, &h.Epoch, &h.Archived, &h.Refill)
	return h, err
}

// SetHead moves the head.
func (s *session) SetHead(h db.Head) error {
	return s.exec(`UPDATE head SET position = $2, epoch = $3 WHERE district = $1`, string(s.district), int64(h.Position), h.Epoch)
}
