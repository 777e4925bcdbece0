package db

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// Files is where a data folder's files beside the SQLite file lie: the journal, the
// mark of a clean end, the enrolment's copy, what is put aside. The machine's disk
// is one; a simulated one fails as disks do. Errors are those of package os: a
// missing file is fs.ErrNotExist, a full disk syscall.ENOSPC.
type Files interface {
	// Open opens a file for reading and writing; flag may have os.O_CREATE and
	// os.O_EXCL.
	Open(path string, flag int) (OpenFile, error)
	Read(path string) ([]byte, error)
	// List returns the names in a folder; none if there is no such folder.
	List(folder string) ([]string, error)
	// Stat returns the size in bytes and a number that is another after each change.
	Stat(path string) (size, changed int64, err error)
	Remove(path string) error
	Rename(from, to string) error
	// MakeDir makes a folder and those above it, if they are missing.
	MakeDir(folder string) error
	// SyncDir makes the names in a folder durable.
	SyncDir(folder string) error
	// Lock takes a folder for this program; release gives it back. Errors are those
	// of sqlitefile.TakeLock.
	Lock(folder string) (release func() error, err error)
}

// OpenFile is an open file of [Files].
type OpenFile interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Size returns the length in bytes.
	Size() (int64, error)
	// Sync makes the bytes durable, and the length.
	Sync() error
}

// systemFiles is the machine's disk.
type systemFiles struct{}

func (systemFiles) Open(path string, flag int) (OpenFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|flag, 0o600)
	if err != nil {
		return nil, err
	}
	return systemFile{f}, nil
}

func (systemFiles) Read(path string) ([]byte, error) { return os.ReadFile(path) }

func (systemFiles) List(folder string) (names []string, err error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func (systemFiles) Stat(path string) (size, changed int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	return info.Size(), info.ModTime().UnixNano(), nil
}

func (systemFiles) Remove(path string) error { return os.Remove(path) }

func (systemFiles) Rename(from, to string) error { return os.Rename(from, to) }

func (systemFiles) MakeDir(folder string) error { return os.MkdirAll(folder, 0o700) }

// SyncDir does nothing on Windows, which can't, and journals names.
func (systemFiles) SyncDir(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (systemFiles) Lock(folder string) (func() error, error) {
	l, err := sqlitefile.TakeLock(folder)
	if err != nil {
		return nil, err
	}
	return l.Release, nil
}

type systemFile struct{ *os.File }

func (f systemFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Sync leaves out times, which nobody needs, where the system can.
func (f systemFile) Sync() error { return syncData(f.File) }

// replaceFile writes a file of mode 0600 and makes it durable, over the one that
// was there. Who calls it has the folder's lock or the file's write transaction: two
// at once would write to one new file.
func replaceFile(files Files, dir, name string, data []byte) error {
	if err := files.MakeDir(dir); err != nil {
		return jnlFault(err)
	}
	temp := filepath.Join(dir, name+".tmp")
	if err := files.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return jnlFault(err)
	}
	f, err := files.Open(temp, os.O_CREATE|os.O_EXCL)
	if err != nil {
		return jnlFault(err)
	}
	_, err = f.WriteAt(data, 0)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = files.Rename(temp, filepath.Join(dir, name))
	}
	if err != nil {
		return jnlFault(errors.Join(err, files.Remove(temp)))
	}
	return jnlFault(files.SyncDir(dir))
}
