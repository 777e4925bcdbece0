package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// CheckpointMode says how hard a checkpoint tries.
type CheckpointMode string

// The modes. Passive folds in what it can without waiting for anybody, on a
// connection of its own, so that nobody waits for it either;
// Truncate waits for readers and writers, folds in everything and empties the
// log, which also removes deleted personal data from it.
const (
	Passive  CheckpointMode = "PASSIVE"
	Truncate CheckpointMode = "TRUNCATE"
)

// Checkpointed is what a checkpoint did.
type Checkpointed struct {
	Complete bool // the whole log was folded in
	Pages    int  // pages in the log, -1 if unknown
	Moved    int  // of those, folded into the file
}

// Checkpoint folds the write-ahead log into the file. A reader in the way
// makes it incomplete, not an error.
func (f *File) Checkpoint(ctx context.Context, mode CheckpointMode) (Checkpointed, error) {
	if mode != Passive && mode != Truncate {
		return Checkpointed{}, fault.Wrap("sqlitefile.Checkpoint", fault.New(fault.Invalid, ""))
	}
	var busy int
	var c Checkpointed
	on := f.Write
	if mode == Passive {
		on = f.fold
	}
	err := on.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+string(mode)+")").Scan(&busy, &c.Pages, &c.Moved)
	c.Complete = err == nil && busy == 0 && c.Pages == c.Moved
	return c, fault.Wrap("sqlitefile.Checkpoint", Fault(err))
}

// WALSize returns the size of the write-ahead log in bytes; 0 on a VFS.
func (f *File) WALSize() (int64, error) {
	if f.vfs != "" {
		return 0, nil
	}
	info, err := os.Stat(f.path + "-wal") // looks, doesn't open
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fault.Wrap("sqlitefile.WALSize", fault.New(fault.Unavailable, keyCannotOpen).Because(err))
	}
	return info.Size(), nil
}

// QuickCheck reads every page and returns nil if they fit together; internal
// with the key fault.file_damaged if not. It can't see that a commit is
// missing, nor a flipped bit inside a value.
func (f *File) QuickCheck(ctx context.Context) error {
	return fault.Wrap("sqlitefile.QuickCheck", check(ctx, f.Read, "PRAGMA quick_check(1)"))
}

// FullCheck does what QuickCheck does, and compares every index with its table
// and every foreign key with what it refers to.
func (f *File) FullCheck(ctx context.Context) error {
	if err := check(ctx, f.Read, "PRAGMA integrity_check(1)"); err != nil {
		return fault.Wrap("sqlitefile.FullCheck", err)
	}
	var table string
	err := f.Read.QueryRowContext(ctx, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err == nil:
		err = damaged("a foreign key of table " + table + " refers to nothing")
	}
	return fault.Wrap("sqlitefile.FullCheck", Fault(err))
}

// check runs one of SQLite's checks, whose only good answer is "ok".
func check(ctx context.Context, db *sql.DB, query string) error {
	var answer string
	if err := db.QueryRowContext(ctx, query).Scan(&answer); err != nil {
		return Fault(err)
	}
	if answer != "ok" {
		return damaged(answer)
	}
	return nil
}

func damaged(why string) error {
	return fault.New(fault.Internal, keyDamaged).Because(errors.New(why))
}

// BackupTo writes the present state to a new file at path, mode 0600, and
// replaces what was there. It appears whole or not at all, holds nothing that
// was deleted, is synced and has passed a quick check. Writers go on
// meanwhile.
func (f *File) BackupTo(ctx context.Context, path string) error {
	return fault.Wrap("sqlitefile.BackupTo", f.backupTo(ctx, path))
}

func (f *File) backupTo(ctx context.Context, path string) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, filepath.Base(path)+".*.tmp") // empty, as VACUUM INTO wants it
	if err != nil {
		return fault.New(fault.Unavailable, keyCannotOpen).Because(err)
	}
	name := temp.Name()
	defer os.Remove(name)
	if err := temp.Close(); err != nil {
		return diskFailing(err)
	}
	if err := f.vacuumInto(ctx, name); err != nil {
		return err
	}
	if err := checkCopy(ctx, name); err != nil {
		return err
	}
	if err := syncPath(name); err != nil {
		return diskFailing(err)
	}
	return publish(name, path)
}

// Publish gives a finished, synced backup its name for good, in the same folder.
func Publish(name, path string) error {
	return fault.Wrap("sqlitefile.Publish", publish(name, path))
}

func publish(name, path string) error {
	if err := os.Rename(name, path); err != nil {
		return diskFailing(err)
	}
	if runtime.GOOS == "windows" { // a folder can't be synced there, and renames are journaled
		return nil
	}
	if err := syncPath(filepath.Dir(path)); err != nil {
		return diskFailing(err)
	}
	return nil
}

// vacuumInto writes a copy over a connection of its own: the readers' query_only
// forbids it, and the writer must not wait for it. It stays mode=ro.
func (f *File) vacuumInto(ctx context.Context, name string) (err error) {
	db, err := sql.Open("sqlite", dsn(f.path, "mode=ro", "_busy_timeout="+busyWait, "_defensive=1", "_error_rc=1",
		"_pragma=trusted_schema(0)", "_pragma=cell_size_check(1)", "_pragma=mmap_size(0)"))
	if err != nil {
		return Fault(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", name)
	return Fault(err)
}

// OpenCopy opens a finished backup for reading, without a trace beside it. Nobody
// may write to the file meanwhile.
func OpenCopy(path string) (*sql.DB, error) {
	if err := processSettings(); err != nil {
		return nil, fault.Wrap("sqlitefile.OpenCopy", err)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Wrap("sqlitefile.OpenCopy", fault.New(fault.Invalid, keyCannotOpen).Because(err))
	}
	db, err := sql.Open("sqlite", dsn(path, "mode=ro", "immutable=1", "_query_only=1", "_defensive=1", "_pragma=trusted_schema(0)"))
	return db, fault.Wrap("sqlitefile.OpenCopy", Fault(err))
}

// CheckCopy reads every page of a finished backup, as QuickCheck does.
func CheckCopy(ctx context.Context, path string) error {
	return fault.Wrap("sqlitefile.CheckCopy", checkCopy(ctx, path))
}

// checkCopy opens a finished copy that nobody else knows and checks it.
func checkCopy(ctx context.Context, path string) (err error) {
	db, err := OpenCopy(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return check(ctx, db, "PRAGMA quick_check(1)")
}

// syncPath makes a file or folder durable.
func syncPath(path string) error {
	flag := os.O_RDWR // Windows syncs only what may be written
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		flag = os.O_RDONLY
	}
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func diskFailing(err error) error {
	return fault.New(fault.Unavailable, keyDiskFailing).Because(fmt.Errorf("backup: %w", err))
}
