package sqlitefile

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"modernc.org/sqlite"
)

// keptStatements is how many prepared statements each connection keeps.
const keptStatements = 100

// openKept opens a pool whose connections keep their last statements prepared:
// reading a query's text anew takes SQLite longer than answering most of ours.
func openKept(dsn string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector{c}), nil
}

type connector struct{ driver.Connector }

// Connect opens a connection that keeps its statements.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	all, ok := raw.(driverConn)
	if !ok {
		return nil, errors.Join(errors.New("sqlitefile: the driver's connection lacks a method"), raw.Close())
	}
	return &keeping{driverConn: all, kept: map[string]*keptStmt{}}, nil
}

// driverConn is what the driver's connections can do.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keeping is one connection; like every connection of database/sql it is used by
// one goroutine at a time.
type keeping struct {
	driverConn
	kept map[string]*keptStmt
	uses int64
}

// keptStmt is one statement that is prepared.
type keptStmt struct {
	driver.Stmt
	busy bool  // its rows are being read
	used int64 // when it was last used, in uses
}

// Unwrap returns the driver's own connection, as the driver asks of wrappers.
func (k *keeping) Unwrap() driver.Conn { return k.driverConn }

// keepable says that a statement may be kept: pragmas act when they are prepared,
// and statements that change the schema are seldom and spoil the others.
func keepable(query string) bool {
	for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE"} {
		if strings.HasPrefix(query, verb) {
			return !strings.Contains(query, ";")
		}
	}
	return false
}

// statement returns a kept statement for a query that nobody is using; nil if
// there is none to have.
func (k *keeping) statement(ctx context.Context, query string) (*keptStmt, error) {
	if !keepable(query) {
		return nil, nil
	}
	k.uses++
	s := k.kept[query]
	switch {
	case s == nil:
		p, err := k.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		if len(k.kept) >= keptStatements {
			k.dropOldest()
		}
		s = &keptStmt{Stmt: p}
		k.kept[query] = s
	case s.busy:
		return nil, nil
	}
	s.used = k.uses
	return s, nil
}

func (k *keeping) dropOldest() {
	oldest := ""
	for query, s := range k.kept {
		if !s.busy && (oldest == "" || s.used < k.kept[oldest].used) {
			oldest = query
		}
	}
	if oldest != "" {
		k.drop(oldest)
	}
}

func (k *keeping) drop(query string) {
	_ = k.kept[query].Close() // says again what its last use failed with
	delete(k.kept, query)
}

// ExecContext runs a statement without rows. One that fails is not kept.
func (k *keeping) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := k.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.driverConn.ExecContext(ctx, query, args)
	}
	r, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if err != nil {
		k.drop(query)
	}
	return r, err
}

// QueryContext runs a statement with rows; until they are closed it is in use.
func (k *keeping) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.driverConn.QueryContext(ctx, query, args)
	}
	r, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		k.drop(query)
		return nil, err
	}
	s.busy = true
	return &keptRows{Rows: r, k: k, s: s, query: query}, nil
}

// Close closes the statements and the connection.
func (k *keeping) Close() error {
	for query := range k.kept {
		k.drop(query)
	}
	return k.driverConn.Close()
}

// keptRows are the rows of a statement that stays.
type keptRows struct {
	driver.Rows
	k     *keeping
	s     *keptStmt
	query string
}

// Close gives the statement back; one that failed is not kept.
func (r *keptRows) Close() error {
	err := r.Rows.Close()
	if r.s != nil {
		r.s.busy = false
		if err != nil && r.k.kept[r.query] == r.s {
			r.k.drop(r.query)
		}
		r.s = nil
	}
	return err
}
