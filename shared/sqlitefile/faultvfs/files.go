package faultvfs

import (
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	lib "modernc.org/sqlite/lib"
)

// Files is a disk as one run of a program uses it beside SQLite: files written and
// synced by the program itself. After a cut or a restart all its calls fail, as
// those of a program that is gone. Paths have slashes. Unlike a sync by SQLite, that
// of a file leaves its name in doubt until [Files.SyncDir].
type Files struct {
	d   *Disk
	age int
}

// Files returns the disk as a program that starts now uses it.
func (d *Disk) Files() *Files {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &Files{d, d.age}
}

// lost says that the machine on which the program ran is gone.
func (x *Files) lost() bool { return x.d.dead || x.d.age != x.age }

// cause is the system's error for a result of a change.
func cause(rc int32) error {
	switch rc {
	case lib.SQLITE_OK:
		return nil
	case lib.SQLITE_FULL:
		return syscall.ENOSPC
	}
	return syscall.EIO
}

func wrong(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// begun counts one change of names. One in flight at a cut does not land.
func (x *Files) begun() error {
	if x.lost() {
		return syscall.EIO
	}
	rc, _ := x.d.step(nil)
	return cause(rc)
}

// Open opens a file for reading and writing; flag may have os.O_CREATE and os.O_EXCL.
func (x *Files) Open(name string, flag int) (*File, error) {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	f := x.d.files[name]
	switch {
	case x.lost():
		return nil, wrong("open", name, syscall.EIO)
	case f != nil && flag&os.O_EXCL != 0:
		return nil, wrong("open", name, fs.ErrExist)
	case f == nil && flag&os.O_CREATE == 0:
		return nil, wrong("open", name, fs.ErrNotExist)
	case f == nil:
		if err := x.begun(); err != nil {
			return nil, wrong("open", name, err)
		}
		f = &file{named: !x.d.fault, changed: x.d.ops}
		x.d.files[name] = f
	}
	return &File{x.d, &handle{f: f, path: name, age: x.age}}, nil
}

// Read returns all of a file.
func (x *Files) Read(name string) ([]byte, error) {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	f := x.d.files[name]
	switch {
	case x.lost():
		return nil, wrong("read", name, syscall.EIO)
	case f == nil:
		return nil, wrong("read", name, fs.ErrNotExist)
	}
	return slices.Clone(f.now), nil
}

// List returns the names of the files right in a folder, sorted.
func (x *Files) List(folder string) ([]string, error) {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	if x.lost() {
		return nil, wrong("list", folder, syscall.EIO)
	}
	var out []string
	for name := range x.d.files {
		if path.Dir(name) == strings.TrimSuffix(folder, "/") {
			out = append(out, path.Base(name))
		}
	}
	slices.Sort(out)
	return out, nil
}

// Stat returns a file's length in bytes, and a number that grows with each change.
func (x *Files) Stat(name string) (size, changed int64, err error) {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	f := x.d.files[name]
	switch {
	case x.lost():
		return 0, 0, wrong("stat", name, syscall.EIO)
	case f == nil:
		return 0, 0, wrong("stat", name, fs.ErrNotExist)
	}
	return int64(len(f.now)), f.changed, nil
}

// Remove deletes a file.
func (x *Files) Remove(name string) error {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	if x.d.files[name] == nil && !x.lost() {
		return wrong("remove", name, fs.ErrNotExist)
	}
	if err := x.begun(); err != nil {
		return wrong("remove", name, err)
	}
	x.d.remove(name)
	return nil
}

// Rename gives a file another name, over the one that had it.
func (x *Files) Rename(from, to string) error {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	d, f := x.d, x.d.files[from]
	if f == nil && !x.lost() {
		return wrong("rename", from, fs.ErrNotExist)
	}
	if err := x.begun(); err != nil {
		return wrong("rename", from, err)
	}
	if d.fault {
		d.moves = append(d.moves, move{from, to, f, d.files[to]})
	}
	delete(d.files, from)
	d.files[to] = f
	return nil
}

// MakeDir makes a folder if there is none; its name is durable after a sync of the
// folder above.
func (x *Files) MakeDir(folder string) error {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	if _, known := x.d.folders[folder]; known {
		return nil
	}
	for name := range x.d.files {
		if strings.HasPrefix(name, folder+"/") {
			return nil
		}
	}
	if err := x.begun(); err != nil {
		return wrong("mkdir", folder, err)
	}
	x.d.folders[folder] = !x.d.fault
	return nil
}

// SyncDir makes the names in a folder durable.
func (x *Files) SyncDir(folder string) error {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	if err := x.begun(); err != nil {
		return wrong("sync", folder, err)
	}
	if !x.d.liar {
		x.d.syncNames(folder)
	}
	return nil
}

// File is an open file of [Files].
type File struct {
	d *Disk
	h *handle
}

// ReadAt is io.ReaderAt.
func (f *File) ReadAt(b []byte, off int64) (n int, err error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.gone(f.h) {
		return 0, wrong("read", f.h.path, syscall.EIO)
	}
	if off < int64(len(f.h.f.now)) {
		n = copy(b, f.h.f.now[off:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt is io.WriterAt.
func (f *File) WriteAt(b []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if rc := f.d.change(f.h, write{off, b}); rc != lib.SQLITE_OK {
		return 0, wrong("write", f.h.path, cause(rc))
	}
	return len(b), nil
}

// Size returns the length in bytes.
func (f *File) Size() (int64, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.gone(f.h) {
		return 0, wrong("stat", f.h.path, syscall.EIO)
	}
	return int64(len(f.h.f.now)), nil
}

// Sync makes the bytes and the length durable.
func (f *File) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	return wrong("sync", f.h.path, cause(f.d.sync(f.h)))
}

// Close does nothing: what is open is no resource here.
func (f *File) Close() error { return nil }
