package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite" // the driver "sqlite"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// DefaultReadConns is the number of reading connections if Options names none.
const DefaultReadConns = 4

// busyWait is how long SQLite waits for another program's lock (ms).
const busyWait = "5000"

// startWait is how long a start waits for another program's start.
const startWait = 15 * time.Second

// Options are the choices that the two programs make differently.
type Options struct {
	ReadConns int // reading connections; 0 means DefaultReadConns
	// VFS names a registered SQLite VFS that the path is on, for simulations of
	// disks: no folder is made and no lock of another program is looked for there.
	VFS string
}

// File is one open SQLite file. Its methods may be used by several goroutines
// at once.
type File struct {
	Write *sql.DB // one connection; every transaction begins immediately
	Read  *sql.DB // read-only connections; use short transactions
	fold  *sql.DB // one connection that folds the write-ahead log in beside the writer
	path  string
	vfs   string // "" = the system's files
}

// Open opens the file at path and creates it (mode 0600, folder 0700) if it is
// missing. Several programs may open and create the same file at the same
// time. Errors are unavailable (with a sentence that says what is in the way)
// or internal.
func Open(ctx context.Context, path string, o Options) (*File, error) {
	f, err := open(ctx, path, o)
	return f, fault.Wrap("sqlitefile.Open", err)
}

func open(ctx context.Context, path string, o Options) (*File, error) {
	if err := processSettings(); err != nil {
		return nil, err
	}
	if o.VFS == "" {
		var err error
		if path, err = filepath.Abs(path); err != nil {
			return nil, fault.New(fault.Invalid, keyCannotOpen).Because(err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fault.New(fault.Unavailable, keyCannotOpen).Because(err)
		}
	}
	f := &File{path: path, vfs: o.VFS}
	start, err := f.lockStart(ctx)
	if err != nil {
		return nil, err
	}
	defer start.Release()
	if err := f.connect(ctx, o); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// connect opens both pools and asserts the settings. The caller holds the
// start lock.
func (f *File) connect(ctx context.Context, o Options) (err error) {
	if f.Write, err = openKept(f.on(writerDSN(f.path, f.startLockPath()))); err != nil {
		return Fault(err)
	}
	// The one connection is never given back while the file is open: without it
	// the last reader could not keep the write-ahead log in order.
	f.Write.SetMaxOpenConns(1)
	f.Write.SetMaxIdleConns(1)
	if err := f.toWAL(ctx); err != nil {
		return err
	}
	if err := f.assertSettings(ctx); err != nil {
		return err
	}
	if f.Read, err = openKept(f.on(readerDSN(f.path))); err != nil {
		return Fault(err)
	}
	if f.fold, err = openKept(f.on(writerDSN(f.path, f.startLockPath()))); err != nil {
		return Fault(err)
	}
	f.fold.SetMaxOpenConns(1)
	f.fold.SetMaxIdleConns(1)
	conns := o.ReadConns
	if conns <= 0 {
		conns = DefaultReadConns
	}
	f.Read.SetMaxOpenConns(conns)
	f.Read.SetMaxIdleConns(conns)
	return Fault(f.Read.PingContext(ctx))
}

// Path returns the file's absolute path, for messages and for what lies beside
// it; never to open the file.
func (f *File) Path() string { return f.path }

// startLockPath is the lock file that orders starts and migrations. It stays.
func (f *File) startLockPath() string { return f.path + ".start" }

// lockStart orders starts and migrations of several programs; nil, which is as
// good, on a VFS.
func (f *File) lockStart(ctx context.Context) (*Lock, error) {
	if f.vfs != "" {
		return nil, nil
	}
	return waitForLock(ctx, f.startLockPath(), startWait)
}

// Close closes all connections. The last program to close the file folds its
// write-ahead log in.
func (f *File) Close() error {
	var err error
	if f.Read != nil { // readers first: only the writer may close last
		err = f.Read.Close()
	}
	if f.fold != nil {
		err = errors.Join(err, f.fold.Close())
	}
	if f.Write != nil {
		err = errors.Join(err, f.Write.Close())
	}
	return fault.Wrap("sqlitefile.Close", Fault(err))
}

// processSettings switches on what the driver knows only per process. Each
// call but the first changes nothing.
func processSettings() error {
	sqlite.StrictPragmas(true)
	if _, err := sqlite.OFDLocking(true); err != nil && !errors.Is(err, sqlite.ErrOFDLockingUnavailable) {
		return fault.New(fault.Internal, "").Because(err)
	}
	if _, err := sqlite.Fdatasync(true); err != nil && !errors.Is(err, sqlite.ErrFdatasyncUnavailable) {
		return fault.New(fault.Internal, "").Because(err)
	}
	return nil
}

// toWAL turns a new file into WAL mode. Another program's closing can hold the
// file for a moment in spite of the start lock, so it tries again on busy.
func (f *File) toWAL(ctx context.Context) error {
	return retryBusy(ctx, startWait, func() error {
		var mode string
		if err := f.Write.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
			return err
		}
		if mode == "wal" {
			return nil
		}
		return f.Write.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
	})
}

// asserted is what the writer must read back. Without the first two, sales
// that were shown as saved can be lost.
var asserted = []struct{ pragma, want string }{
	{"journal_mode", "wal"},
	{"synchronous", "2"}, // FULL
	{"foreign_keys", "1"},
	{"secure_delete", "1"},
	{"trusted_schema", "0"},
	{"cell_size_check", "1"},
	{"busy_timeout", busyWait},
}

// assertSettings reads the settings back.
func (f *File) assertSettings(ctx context.Context) error {
	for _, a := range asserted {
		var got string
		if err := f.Write.QueryRowContext(ctx, "PRAGMA "+a.pragma).Scan(&got); err != nil {
			return Fault(err)
		}
		if got != a.want {
			return fault.New(fault.Internal, "").Because(fmt.Errorf("pragma %s is %s, want %s", a.pragma, got, a.want))
		}
	}
	return nil
}

// writerDSN returns the address of the writing connection. A new file takes
// its mode from the file modeOf.
func writerDSN(path, modeOf string) string {
	return dsn(path,
		"modeof="+escape(modeOf),
		"_busy_timeout="+busyWait, "_txlock=immediate", "_synchronous=FULL", "_foreign_keys=1",
		"_defensive=1", "_dqs=0", "_error_rc=1",
		"_pragma=trusted_schema(0)", "_pragma=cell_size_check(1)", "_pragma=secure_delete(1)", "_pragma=mmap_size(0)",
		"_pragma=journal_size_limit(16777216)", "_pragma=fullfsync(1)", "_pragma=checkpoint_fullfsync(1)")
}

// readerDSN returns the address of the reading connections.
func readerDSN(path string) string {
	return dsn(path,
		"mode=ro", "_query_only=1", "_busy_timeout="+busyWait, "_foreign_keys=1", "_defensive=1", "_dqs=0", "_error_rc=1",
		"_pragma=trusted_schema(0)", "_pragma=cell_size_check(1)", "_pragma=mmap_size(0)")
}

// dsn returns a file: address, since the driver drops mode=ro from plain
// paths. A drive letter gets the slash that a URI wants before it.
func dsn(path string, params ...string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return "file://" + (&url.URL{Path: p}).EscapedPath() + "?" + strings.Join(params, "&")
}

// on returns the address with the VFS that the file is on.
func (f *File) on(dsn string) string {
	if f.vfs == "" {
		return dsn
	}
	return dsn + "&vfs=" + escape(f.vfs)
}

// escape returns a parameter's value in the form that both SQLite and Go read
// alike; SQLite takes a plus for a plus.
func escape(value string) string {
	return strings.ReplaceAll(url.QueryEscape(filepath.ToSlash(value)), "+", "%20")
}
