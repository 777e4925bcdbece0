package faultvfs

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// sector is what a disk writes whole or not at all, in bytes.
const sector = 512

// Code is the SQLite result code of an injected error.
type Code int32

// The codes that a failing disk gives.
const (
	Full    Code = lib.SQLITE_FULL
	IOErr   Code = lib.SQLITE_IOERR_WRITE
	SyncErr Code = lib.SQLITE_IOERR_FSYNC
)

// write is one write or truncation that was not synced.
type write struct {
	off  int64
	data []byte // nil: a truncation to off
}

// file is one file: what programs read, and what the platter holds.
type file struct {
	now     []byte
	durable []byte
	pending []write
	named   bool  // its directory entry is durable
	changed int64 // the disk's count of changes at its last one

	levels map[uintptr]int32 // locks of open handles above none
	shm    []uintptr         // regions shared by connections
	shmBy  map[uintptr]lockSet
}

// move is a file's change of name that is not durable.
type move struct {
	from, to string
	f, over  *file // over had the name before; nil = none
}

// Disk is a disk in memory and the SQLite VFS that leads to it. Its methods may
// be used by several goroutines at once. Close it when all its databases are
// closed; until then it stays, whoever lets go of it.
type Disk struct {
	mu      sync.Mutex // protects all below
	name    string
	tls     *libc.TLS
	vfs     uintptr
	memory  []uintptr // freed by Close
	methods uintptr
	keep    []any // Go functions that C holds
	closed  chan struct{}
	files   map[string]*file
	ghosts  map[string]*file // deleted, but not durably
	moves   []move           // in the order in which they were made
	folders map[string]bool  // those that programs made; true = durable
	handles map[uintptr]*handle
	next    uintptr
	age     int // restarts; handles of an earlier age are dead

	fault    bool // unsynced writes are kept apart
	liar     bool
	ops      int64
	cutAt    int64
	failAt   int64
	failFor  int64
	failWith Code
	dead     bool
	hit      int
}

// Mode says how much a disk keeps.
type Mode int

// The modes. A plain disk forgets nothing and is faster; only a fault disk can
// lose what was not synced.
const (
	Plain Mode = iota
	Fault
)

// Name returns the name of the VFS, for sqlitefile.Options.
func (d *Disk) Name() string { return d.name }

// Ops returns how many writes, truncations, syncs and deletions were asked for.
func (d *Disk) Ops() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops
}

// CutAfter cuts the power at the n-th write, truncation, sync or deletion from
// now, counted from 1; 0 takes it back. That one is still in flight and may land.
func (d *Disk) CutAfter(n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cutAt = 0
	if n > 0 {
		d.cutAt = d.ops + n
	}
}

// Cut cuts the power now.
func (d *Disk) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead = true
}

// FailAfter makes the n-th write from now, counted from 1, and those behind it,
// times in all, fail with code; the disk goes on. times 0 takes it back.
func (d *Disk) FailAfter(n, times int64, code Code) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failAt, d.failFor, d.failWith = d.ops+n, times, code
}

// Injected returns how many errors were injected.
func (d *Disk) Injected() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.hit
}

// Dead says that the power was cut and Restart has not been called.
func (d *Disk) Dead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead
}

// IgnoreSync makes a disk that says it has synced and has not.
func (d *Disk) IgnoreSync(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.liar = on
}

// Restart brings the machine back after a cut: what was not synced is lost, kept
// or torn as chance says. With nil only the program ended, and every write stays.
// Databases that are still open get errors until they are closed.
func (d *Disk) Restart(chance *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.age++
	d.dead, d.cutAt, d.failFor = false, 0, 0
	if chance != nil {
		d.forget(chance)
	}
	d.moves, d.ghosts = nil, map[string]*file{}
	for _, name := range slices.Sorted(maps.Keys(d.files)) {
		f := d.files[name]
		if chance != nil && !f.named && chance.IntN(2) == 0 {
			delete(d.files, name)
			continue
		}
		b := f.now
		if chance != nil {
			b = f.survives(chance)
		}
		d.files[name] = &file{now: b, durable: slices.Clone(b), named: true, changed: f.changed}
	}
}

// survives returns what the platter may hold of a file after a cut: the synced
// bytes, and of the unsynced writes none, all, the first ones, or any sectors.
func (f *file) survives(r *rand.Rand) []byte {
	b := slices.Clone(f.durable)
	const none, all, first, some = 0, 1, 2, 3
	how, n := r.IntN(4), len(f.pending)
	switch {
	case how == none:
		n = 0
	case how == first && n > 0:
		n = r.IntN(n + 1)
	}
	for _, w := range f.pending[:n] {
		if how != some {
			b = w.on(b)
		} else if w.data == nil {
			if r.IntN(2) == 0 {
				b = w.on(b)
			}
		} else {
			b = w.torn(b, r)
		}
	}
	return b
}

// on returns b with the write done.
func (w write) on(b []byte) []byte {
	end := w.off + int64(len(w.data))
	if w.data == nil && int64(len(b)) > w.off {
		return b[:w.off]
	}
	if short := end - int64(len(b)); short > 0 {
		b = append(b, make([]byte, short)...)
	}
	copy(b[w.off:], w.data)
	return b
}

// torn returns b with some sectors of the write done, and seldom one spoilt.
func (w write) torn(b []byte, r *rand.Rand) []byte {
	for from := 0; from < len(w.data); from += sector {
		part := slices.Clone(w.data[from:min(from+sector, len(w.data))])
		switch r.IntN(3) {
		case 0:
		case 1:
			if r.IntN(8) != 0 {
				continue
			}
			for i := range part {
				part[i] = byte(r.Uint32())
			}
		default:
			continue
		}
		b = write{w.off + int64(from), part}.on(b)
	}
	return b
}

// Image is a copy of all files of a disk.
type Image struct {
	files   map[string][]byte
	changed map[string]int64
}

// Snapshot copies the disk as programs see it: what a cloned or imaged disk holds.
func (d *Disk) Snapshot() Image {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := Image{map[string][]byte{}, map[string]int64{}}
	for name, f := range d.files {
		i.files[name], i.changed[name] = slices.Clone(f.now), f.changed
	}
	return i
}

// Restore puts back what Snapshot copied, all of it durable, and ends a cut.
// Databases that are still open get errors until they are closed.
func (d *Disk) Restore(i Image) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.age++
	d.dead, d.cutAt, d.failFor = false, 0, 0
	d.files, d.ghosts, d.moves, d.folders = map[string]*file{}, map[string]*file{}, nil, map[string]bool{}
	for name, b := range i.files {
		d.files[name] = &file{now: slices.Clone(b), durable: slices.Clone(b), named: true, changed: i.changed[name]}
	}
}

// Contains says whether any file's bytes, deleted ones among free pages too,
// contain the text.
func (d *Disk) Contains(text string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.files {
		if containsBytes(f.now, text) {
			return true
		}
	}
	return false
}

// Size returns a file's length in bytes; 0 if there is none.
func (d *Disk) Size(path string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.files[path]; f != nil {
		return int64(len(f.now))
	}
	return 0
}

// String describes the disk for test failures.
func (d *Disk) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fmt.Sprintf("disk %s: %d files, %d ops, dead %t", d.name, len(d.files), d.ops, d.dead)
}
