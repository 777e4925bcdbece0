package faultvfs

import (
	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// shmSlots is how many locks the shared memory of WAL has.
const shmSlots = lib.SQLITE_SHM_NLOCK

// lockSet is what one connection holds of them.
type lockSet struct{ shared, alone [shmSlots]bool }

// others returns the highest lock that other handles have on the file.
func (h *handle) others() int32 {
	top := int32(lib.SQLITE_LOCK_NONE)
	for id, level := range h.f.levels {
		if id != h.id {
			top = max(top, level)
		}
	}
	return top
}

func (d *Disk) xLock(_ *libc.TLS, p uintptr, want int32) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.handle(p)
	if d.gone(h) {
		return lib.SQLITE_IOERR_LOCK
	}
	have, others := h.f.levels[h.id], h.others()
	if have >= want {
		return lib.SQLITE_OK
	}
	busy := false
	switch want {
	case lib.SQLITE_LOCK_SHARED:
		busy = others >= lib.SQLITE_LOCK_PENDING
	case lib.SQLITE_LOCK_RESERVED:
		busy = others >= lib.SQLITE_LOCK_RESERVED
	case lib.SQLITE_LOCK_EXCLUSIVE:
		busy = others >= lib.SQLITE_LOCK_SHARED
		if busy && others < lib.SQLITE_LOCK_RESERVED {
			h.f.lock(h.id, lib.SQLITE_LOCK_PENDING) // no new readers, until those there are gone
		}
	}
	if busy {
		return lib.SQLITE_BUSY
	}
	h.f.lock(h.id, want)
	return lib.SQLITE_OK
}

func (f *file) lock(id uintptr, level int32) {
	if f.levels == nil {
		f.levels = map[uintptr]int32{}
	}
	f.levels[id] = level
}

func (d *Disk) xUnlock(_ *libc.TLS, p uintptr, to int32) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.handle(p)
	if h.f.levels[h.id] > to {
		h.f.lock(h.id, to)
	}
	return lib.SQLITE_OK
}

func (d *Disk) xCheckReserved(_ *libc.TLS, p, out uintptr) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.handle(p)
	*at[int32](out) = 0
	if max(h.others(), h.f.levels[h.id]) >= lib.SQLITE_LOCK_RESERVED {
		*at[int32](out) = 1
	}
	return lib.SQLITE_OK
}

// Shared memory belongs to the file as one program run sees it: a restart begins
// with a new file value, so with none.

func (d *Disk) xShmMap(_ *libc.TLS, p uintptr, region, size, extend int32, out uintptr) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.handle(p)
	*at[uintptr](out) = 0
	if d.gone(h) {
		return lib.SQLITE_IOERR_SHMMAP
	}
	if h.f.shmBy == nil {
		h.f.shmBy = map[uintptr]lockSet{}
	}
	if _, mapped := h.f.shmBy[h.id]; !mapped {
		h.f.shmBy[h.id] = lockSet{}
	}
	for len(h.f.shm) <= int(region) {
		if extend == 0 {
			return lib.SQLITE_OK
		}
		h.f.shm = append(h.f.shm, libc.Xcalloc(d.tls, 1, libc.Tsize_t(size)))
	}
	*at[uintptr](out) = h.f.shm[region]
	return lib.SQLITE_OK
}

func (d *Disk) xShmLock(_ *libc.TLS, p uintptr, from, n, flags int32) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.handle(p)
	mine := h.f.shmBy[h.id]
	alone := flags&lib.SQLITE_SHM_EXCLUSIVE != 0
	if flags&lib.SQLITE_SHM_UNLOCK == 0 {
		if d.gone(h) {
			return lib.SQLITE_IOERR_SHMLOCK
		}
		for i := from; i < from+n; i++ {
			if h.shmTaken(i, alone) {
				return lib.SQLITE_BUSY
			}
		}
	}
	on := flags&lib.SQLITE_SHM_LOCK != 0
	for i := from; i < from+n; i++ {
		if alone {
			mine.alone[i] = on
		} else {
			mine.shared[i] = on
		}
	}
	if h.f.shmBy != nil {
		h.f.shmBy[h.id] = mine
	}
	return lib.SQLITE_OK
}

// shmTaken says that another connection's lock stands in the way.
func (h *handle) shmTaken(i int32, alone bool) bool {
	for id, l := range h.f.shmBy {
		if id != h.id && (l.alone[i] || alone && l.shared[i]) {
			return true
		}
	}
	return false
}

func (d *Disk) xShmBarrier(_ *libc.TLS, _ uintptr) {
	d.mu.Lock() // a lock and an unlock are a barrier
	defer d.mu.Unlock()
}

func (d *Disk) xShmUnmap(_ *libc.TLS, p uintptr, _ int32) int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.handle(p)
	delete(h.f.shmBy, h.id)
	if len(h.f.shmBy) == 0 { // as SQLite does, the last one takes it away
		for _, r := range h.f.shm {
			libc.Xfree(d.tls, r)
		}
		h.f.shm = nil
	}
	return lib.SQLITE_OK
}
