package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

//go:embed schema/*.sql
var schema embed.FS

// FileName is the name of the SQLite file in a data folder.
const FileName = "counter.db"

// autoCheckpoint is how many pages the write-ahead log may have before an act
// itself folds it in (SQLite's default is 1,000): otherwise it is done between
// acts, see tidy.
const autoCheckpoint = 4000

// tidyFrom is the size of the write-ahead log, in bytes, from which tidy folds it
// in.
const tidyFrom = 1 << 20

// Env is what a DB needs from outside.
type Env struct {
	Clock  stamp.Clock
	IDs    *stamp.IDs
	Chance io.Reader
	VFS    string       // SQLite VFS that the folder is on; "" = the system's files (see sqlitefile.Options)
	Files  Files        // where the other files lie; nil = on the machine's disk, with a VFS nowhere: then there is no journal
	FreeMB func() int64 // room on the folder's disk, MiB, 0 = unknown; nil = not known
}

// files returns where the files beside the SQLite file lie; nil = nowhere.
func (e Env) files() Files {
	if e.Files == nil && e.VFS == "" {
		return systemFiles{}
	}
	return e.Files
}

// DB is one open data folder.
type DB struct {
	file   *sqlitefile.File
	dir    string
	env    Env
	files  Files // nil = none
	jnl    *journal
	alone  bool          // opened by the holder of the folder's lock
	odd    atomic.Bool   // the file failed: its end is not a clean one
	acting atomic.Int32  // acts that wait for the file: slices of a pull give way
	acted  chan struct{} // has room for one: see Acted
	watch  *stamp.Watch
	hot    hot
	seen   map[payback.Table]*sql.Stmt // a row by id, for readers

	mu    sync.Mutex // protects zones
	zones map[string]*time.Location
}

// Open opens the data folder dir, makes it if it is missing, and brings its
// schema up to date. It does not take the folder's lock, and mends nothing: who
// holds the lock uses OpenAlone. Errors are those of sqlitefile.Open and
// sqlitefile.Migrate.
func Open(ctx context.Context, dir string, env Env) (*DB, error) {
	file, err := sqlitefile.Open(ctx, filepath.Join(dir, FileName), sqlitefile.Options{VFS: env.VFS})
	if err != nil {
		return nil, fault.Wrap("db.Open", err)
	}
	d := &DB{file: file, dir: dir, env: env, files: env.files(), jnl: &journal{}, acted: make(chan struct{}, 1), zones: map[string]*time.Location{}}
	if d.files != nil {
		d.jnl.dir, d.jnl.files = filepath.Join(dir, JournalFolder), d.files
	}
	if err := d.start(ctx); err != nil {
		return nil, fault.Wrap("db.Open", errors.Join(err, file.Close()))
	}
	return d, nil
}

// start brings the schema up to date, prepares the statements of an act and goes
// on with the watch where the last program left it.
func (d *DB) start(ctx context.Context) error {
	if _, _, err := sqlitefile.Migrate(ctx, d.file, schema, "schema"); err != nil {
		return err
	}
	if _, err := d.file.Write.ExecContext(ctx, fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", autoCheckpoint)); err != nil {
		return sqlitefile.Fault(err)
	}
	if err := d.prepare(ctx); err != nil {
		return sqlitefile.Fault(err)
	}
	if err := d.upgraded(ctx, Schema); err != nil {
		return err
	}
	var mem stamp.Memory
	if err := d.file.View(ctx, func(tx *sql.Tx) error { return metaIn(ctx, tx, metaWatch, &mem) }); err != nil {
		return err
	}
	d.watch = stamp.NewWatch(d.env.Clock, mem)
	return nil
}

// tidy folds the write-ahead log into the file if it has grown. It is called at the
// end of each exchange, so that a clerk's act has seldom to pay for it.
func (d *DB) tidy(ctx context.Context) error {
	size, err := d.file.WALSize()
	if err != nil || size < tidyFrom {
		return err
	}
	_, err = d.file.Checkpoint(ctx, sqlitefile.Passive)
	return err
}

// Close closes the file and the journal. Who had opened the folder alone leaves
// the mark of a clean end.
func (d *DB) Close() error {
	err := errors.Join(d.jnl.close(), d.file.Close())
	if err == nil && d.alone && !d.odd.Load() {
		err = leaveMark(d.files, d.dir)
	}
	return fault.Wrap("db.Close", err)
}

// Watch returns the watch that dates this program's acts. The syncer feeds it
// with exchanges; its memory is stored with each act and each exchange.
func (d *DB) Watch() *stamp.Watch { return d.watch }

// Acted gets a value, if there is room for one, after acts of this program were
// recorded: the exchange sends them at once. A program beside it is not heard here.
func (d *DB) Acted() <-chan struct{} { return d.acted }

// File returns the open file, for its checks and backups.
func (d *DB) File() *sqlitefile.File { return d.file }

// Row returns the row as a clerk sees it; nil if there is none. The server's own
// rows are never here.
func (d *DB) Row(ctx context.Context, k payback.Key) (payback.Row, error) {
	stmt, ok := d.seen[k.Table]
	if !ok || k.ID == "" {
		return nil, nil
	}
	r, err := rowBy(ctx, stmt, k)
	return r, fault.Wrap("db.Row", err)
}

// rowBy reads one row by its id; nil if there is none.
func rowBy(ctx context.Context, stmt *sql.Stmt, k payback.Key) (payback.Row, error) {
	var raw []byte
	err := stmt.QueryRowContext(ctx, k.ID).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	r, err := payback.DecodeRow(k.Table, raw)
	if err != nil {
		return nil, fault.New(fault.Internal, "").Because(err)
	}
	return r, nil
}

// DefaultZone is the zone of a counter that has not heard of its district yet.
const DefaultZone = "Asia/Seoul"

// zone returns the named zone. A machine without zone data gets Korea's, which
// has had no clock changes since 1988.
func (d *DB) zone(name string) *time.Location {
	if name == "" {
		name = DefaultZone
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if z := d.zones[name]; z != nil {
		return z
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		z = time.FixedZone(name, 9*60*60)
	}
	d.zones[name] = z
	return z
}
