package faultvfs

import (
	"bytes"
	"errors"
	"fmt"
	pathpkg "path"
	"runtime"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// handle is one open file.
type handle struct {
	f    *file
	path string
	id   uintptr
	temp bool // has no name: nothing of it outlives the handle
	age  int
}

// cfile is sqlite3_file with our number behind it, as SQLite allocates it.
type cfile struct {
	methods uintptr
	id      uintptr
}

// entry returns what SQLite calls as a C function; the caller keeps f alive.
func entry[T any](d *Disk, f T) uintptr {
	held := &struct{ f T }{f}
	d.keep = append(d.keep, held)
	return *(*uintptr)(unsafe.Pointer(held))
}

func at[T any](p uintptr) *T { return (*T)(*(*unsafe.Pointer)(unsafe.Pointer(&p))) }

func bytesAt(p uintptr, n int32) []byte { return unsafe.Slice(at[byte](p), n) }

func containsBytes(b []byte, text string) bool { return bytes.Contains(b, []byte(text)) }

// New returns an empty disk and registers its VFS under a name, which no other
// disk that is open may have.
func New(name string, mode Mode) (*Disk, error) {
	d := &Disk{name: name, tls: libc.NewTLS(), fault: mode == Fault, closed: make(chan struct{}),
		files: map[string]*file{}, ghosts: map[string]*file{}, folders: map[string]bool{}, handles: map[uintptr]*handle{}}
	base := lib.Xsqlite3_vfs_find(d.tls, 0)
	if base == 0 {
		return nil, errors.New("faultvfs.New: SQLite has no VFS to lean on")
	}
	d.methods = d.alloc(unsafe.Sizeof(lib.Tsqlite3_io_methods{}))
	*at[lib.Tsqlite3_io_methods](d.methods) = d.ioMethods()
	d.vfs = d.alloc(unsafe.Sizeof(lib.Tsqlite3_vfs{}))
	cname, err := libc.CString(name)
	if err != nil {
		return nil, fmt.Errorf("faultvfs.New: %w", err)
	}
	d.memory = append(d.memory, cname)
	v := at[lib.Tsqlite3_vfs](d.vfs)
	*v = *at[lib.Tsqlite3_vfs](base) // time, sleep and chance are the machine's
	v.FpNext, v.FzName = 0, cname
	v.FszOsFile = int32(unsafe.Sizeof(cfile{}))
	v.FxOpen = entry(d, d.xOpen)
	v.FxDelete = entry(d, d.xDelete)
	v.FxAccess = entry(d, d.xAccess)
	v.FxFullPathname = entry(d, d.xFullPathname)
	if rc := lib.Xsqlite3_vfs_register(d.tls, d.vfs, 0); rc != lib.SQLITE_OK {
		return nil, fmt.Errorf("faultvfs.New: registering gave %d", rc)
	}
	go d.held()
	return d, nil
}

// held keeps the disk for SQLite, whose references the garbage collector doesn't see.
func (d *Disk) held() {
	<-d.closed
	runtime.KeepAlive(d)
}

func (d *Disk) alloc(n uintptr) uintptr {
	p := libc.Xcalloc(d.tls, 1, libc.Tsize_t(n))
	d.memory = append(d.memory, p)
	return p
}

// Close takes the VFS away. All databases on the disk must be closed.
func (d *Disk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.handles) > 0 {
		return fmt.Errorf("faultvfs.Close: %d files are open", len(d.handles))
	}
	lib.Xsqlite3_vfs_unregister(d.tls, d.vfs)
	for _, p := range d.memory {
		libc.Xfree(d.tls, p)
	}
	d.memory, d.keep = nil, nil
	d.tls.Close()
	close(d.closed)
	return nil
}

func (d *Disk) ioMethods() lib.Tsqlite3_io_methods {
	return lib.Tsqlite3_io_methods{FiVersion: 2,
		FxClose: entry(d, d.xClose), FxRead: entry(d, d.xRead), FxWrite: entry(d, d.xWrite), FxTruncate: entry(d, d.xTruncate),
		FxSync: entry(d, d.xSync), FxFileSize: entry(d, d.xFileSize), FxLock: entry(d, d.xLock), FxUnlock: entry(d, d.xUnlock),
		FxCheckReservedLock: entry(d, d.xCheckReserved), FxFileControl: entry(d, d.xFileControl),
		FxSectorSize: entry(d, d.xSectorSize), FxDeviceCharacteristics: entry(d, d.xDevice),
		FxShmMap: entry(d, d.xShmMap), FxShmLock: entry(d, d.xShmLock), FxShmBarrier: entry(d, d.xShmBarrier), FxShmUnmap: entry(d, d.xShmUnmap)}
}

// step counts one change of the disk and says what comes of it: a code, or 0; and
// whether it is in flight at a cut and may land all the same.
func (d *Disk) step(h *handle) (rc int32, inFlight bool) {
	if h != nil && h.temp {
		return lib.SQLITE_OK, false
	}
	if d.gone(h) {
		return lib.SQLITE_IOERR, false
	}
	d.ops++
	switch {
	case d.cutAt != 0 && d.ops >= d.cutAt:
		d.dead = true
		return lib.SQLITE_IOERR, true
	case d.failFor > 0 && d.ops >= d.failAt:
		d.failFor--
		d.hit++
		return int32(d.failWith), false
	}
	return lib.SQLITE_OK, false
}

// gone says that the machine that opened the handle is not running any more.
func (d *Disk) gone(h *handle) bool { return h != nil && !h.temp && (d.dead || h.age != d.age) }

func (d *Disk) handle(p uintptr) *handle { return d.handles[at[cfile](p).id] }

func (d *Disk) xOpen(_ *libc.TLS, _, name, p uintptr, flags int32, out uintptr) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	at[cfile](p).methods = 0
	h := &handle{temp: name == 0, age: d.age}
	if h.temp {
		h.f = &file{}
	} else {
		if d.dead {
			return lib.SQLITE_CANTOPEN
		}
		path := libc.GoString(name)
		h.path, h.f = path, d.files[path]
		if h.f == nil {
			if flags&lib.SQLITE_OPEN_CREATE == 0 {
				return lib.SQLITE_CANTOPEN
			}
			h.f = &file{named: !d.fault}
			d.files[path] = h.f
		}
	}
	d.next++
	h.id = d.next
	d.handles[h.id] = h
	*at[cfile](p) = cfile{d.methods, h.id}
	if out != 0 {
		*at[int32](out) = flags
	}
	return lib.SQLITE_OK
}

func (d *Disk) xClose(t *libc.TLS, p uintptr) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.handle(p)
	if h == nil {
		return lib.SQLITE_OK
	}
	delete(h.f.levels, h.id)
	delete(d.handles, h.id)
	return lib.SQLITE_OK
}

func (d *Disk) xDelete(_ *libc.TLS, _, name uintptr, syncDir int32) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := libc.GoString(name)
	f := d.files[path]
	if f == nil {
		return lib.SQLITE_IOERR_DELETE_NOENT
	}
	if d.dead {
		return lib.SQLITE_IOERR_DELETE
	}
	if rc, _ := d.step(nil); rc != lib.SQLITE_OK {
		return lib.SQLITE_IOERR_DELETE
	}
	d.remove(path)
	if syncDir != 0 && !d.liar {
		d.syncNames(pathpkg.Dir(path))
	}
	return lib.SQLITE_OK
}

func (d *Disk) xAccess(_ *libc.TLS, _, name uintptr, _ int32, out uintptr) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	*at[int32](out) = 0
	if d.files[libc.GoString(name)] != nil {
		*at[int32](out) = 1
	}
	return lib.SQLITE_OK
}

func (d *Disk) xFullPathname(_ *libc.TLS, _, name uintptr, size int32, out uintptr) int32 {
	path := libc.GoString(name)
	if len(path)+1 > int(size) {
		return lib.SQLITE_CANTOPEN
	}
	copy(bytesAt(out, size), path+"\x00")
	return lib.SQLITE_OK
}
