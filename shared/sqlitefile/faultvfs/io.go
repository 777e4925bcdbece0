package faultvfs

import (
	"path"
	"slices"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

func (d *Disk) xRead(_ *libc.TLS, p, into uintptr, n int32, off int64) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.handle(p)
	if d.gone(h) {
		return lib.SQLITE_IOERR_READ
	}
	b := bytesAt(into, n)
	got := 0
	if off < int64(len(h.f.now)) {
		got = copy(b, h.f.now[off:])
	}
	if got < len(b) {
		clear(b[got:])
		return lib.SQLITE_IOERR_SHORT_READ
	}
	return lib.SQLITE_OK
}

// change does a write, now or, if the power was cut in it, on the platter alone.
func (d *Disk) change(h *handle, w write) int32 {
	rc, inFlight := d.step(h)
	if rc != lib.SQLITE_OK && !inFlight {
		return rc
	}
	if d.fault && !h.temp {
		h.f.pending = append(h.f.pending, write{w.off, slices.Clone(w.data)})
	}
	h.f.now, h.f.changed = w.on(h.f.now), d.ops
	return rc
}

func (d *Disk) xWrite(_ *libc.TLS, p, from uintptr, n int32, off int64) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.change(d.handle(p), write{off, bytesAt(from, n)})
}

func (d *Disk) xTruncate(_ *libc.TLS, p uintptr, size int64) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.change(d.handle(p), write{off: size})
}

func (d *Disk) xSync(_ *libc.TLS, p uintptr, _ int32) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.handle(p)
	if rc := d.sync(h); rc != lib.SQLITE_OK {
		return lib.SQLITE_IOERR_FSYNC
	}
	if !d.liar && !h.temp && d.fault && !h.f.named { // SQLite syncs the folder after the first sync of a new journal
		d.syncNames(path.Dir(h.path))
	}
	return lib.SQLITE_OK
}

// sync makes what was written to a file durable, but not its name.
func (d *Disk) sync(h *handle) int32 {
	if rc, _ := d.step(h); rc != lib.SQLITE_OK {
		return rc
	}
	if d.liar || h.temp || !d.fault {
		return lib.SQLITE_OK
	}
	for _, w := range h.f.pending {
		h.f.durable = w.on(h.f.durable)
	}
	h.f.pending = nil
	return lib.SQLITE_OK
}

func (d *Disk) xFileSize(_ *libc.TLS, p, out uintptr) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.handle(p)
	if d.gone(h) {
		return lib.SQLITE_IOERR_FSTAT
	}
	*at[int64](out) = int64(len(h.f.now))
	return lib.SQLITE_OK
}

func (d *Disk) xFileControl(_ *libc.TLS, _ uintptr, _ int32, _ uintptr) int32 {
	return lib.SQLITE_NOTFOUND
}

func (d *Disk) xSectorSize(_ *libc.TLS, _ uintptr) int32 { return sector }

// xDevice promises nothing: no atomic writes, no order, no safe overwriting.
func (d *Disk) xDevice(_ *libc.TLS, _ uintptr) int32 { return 0 }
