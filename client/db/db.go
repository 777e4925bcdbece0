package db

import (
	"context"
	"errors"
	"io"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

var errNotYet = errors.New("not yet")

// Env is what a DB needs from outside.
type Env struct {
	Clock  stamp.Clock
	IDs    *stamp.IDs
	Chance io.Reader
}

// DB is one open data folder.
type DB struct {
	file  *sqlitefile.File
	env   Env
	watch *stamp.Watch
}

// Open opens the data folder dir, makes it if it is missing, and brings its
// schema up to date. It does not take the folder's lock. Errors are those of
// sqlitefile.Open and sqlitefile.Migrate.
func Open(ctx context.Context, dir string, env Env) (*DB, error) {
	return nil, errNotYet
}

// Close closes the file.
func (d *DB) Close() error { return errNotYet }

// Watch returns the watch that dates this program's acts. The syncer feeds it
// with exchanges; its memory is stored with each act and each exchange.
func (d *DB) Watch() *stamp.Watch { return d.watch }

// BeginRun begins a run: the holder of the folder's lock calls it once, at its
// start. The run's first op will name the last op of the device's run before.
func (d *DB) BeginRun(ctx context.Context) error { return errNotYet }

// Row returns the row as a clerk sees it; nil if there is none.
func (d *DB) Row(ctx context.Context, k payback.Key) (payback.Row, error) {
	return nil, errNotYet
}
