package db

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// JournalFolder is the folder of the journal in a data folder: a second copy of
// every op that is in no backup of the server yet, apart from the SQLite file. It
// holds numbered segments; the newest is written to.
const JournalFolder = "outbox.jnl"

// Sizes of the journal, in bytes. A segment grows by pieces that are written as
// zeros and synced before they are used, so that a record's own sync has no length
// to write.
const (
	jnlSegment = 4 << 20
	jnlGrow    = 256 << 10
)

// jnlLockTries is how often a program asks for the journal's lock, of up to 0.2 s
// each; another one holds it for one sync.
const jnlLockTries = 25

// journal appends records. Several programs on one folder take turns by a lock
// that is held for one write. Its methods may be used by several goroutines.
type journal struct {
	dir   string // "" = none
	files Files

	mu    sync.Mutex
	file  OpenFile // the newest segment as this program knows it; nil before the first append
	n     int      // its number
	end   int64    // where the next record goes
	size  int64    // of the file
	torn  bool     // a sync failed: what is in that segment is not known, another begins
	owed  []jnlRecord
	err   error                            // of the last append
	older map[int]map[payback.RunID]uint64 // the last op of each run in segments that are written no more
}

// append makes records durable, after those that an earlier failure left over. On
// an error they stay owed and the next append tries them again.
func (j *journal) append(records ...jnlRecord) error {
	if j.dir == "" {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.owed = append(j.owed, records...); len(j.owed) == 0 {
		return nil
	}
	if j.err = j.write(); j.err != nil {
		j.shut()
		return j.err
	}
	j.owed = nil
	return nil
}

// trouble returns why ops are owed to the journal; nil if none are.
func (j *journal) trouble() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.shut()
}

func (j *journal) shut() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}

// write writes what is owed as one piece and syncs it.
func (j *journal) write() (err error) {
	release, err := j.lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := j.catchUp(); err != nil {
		return jnlFault(err)
	}
	var buf []byte
	for i := range j.owed {
		buf = j.owed[i].appendTo(buf)
	}
	if err := j.room(int64(len(buf))); err != nil {
		return jnlFault(err)
	}
	if _, err := j.file.WriteAt(buf, j.end); err != nil {
		j.torn = true
		return jnlFault(err)
	}
	if err := j.file.Sync(); err != nil {
		j.torn = true // a sync that failed is never tried again: it may say yes and have written nothing
		return jnlFault(err)
	}
	j.end += int64(len(buf))
	return nil
}

func (j *journal) lock() (release func() error, err error) {
	for range jnlLockTries {
		if release, err = j.files.Lock(j.dir); err == nil || !errors.Is(err, sqlitefile.ErrHeld) {
			return release, err
		}
	}
	return nil, err
}

// catchUp finds the end of the newest segment, which another program may have
// moved since.
func (j *journal) catchUp() error {
	list, err := segments(j.files, j.dir)
	if err != nil {
		return err
	}
	switch {
	case len(list) == 0 && j.file == nil && !j.torn:
		return j.begin(1)
	case len(list) == 0:
		return j.begin(j.n + 1)
	case j.torn:
		return j.begin(max(j.n, list[len(list)-1]) + 1)
	}
	if last := list[len(list)-1]; j.file == nil || j.n != last {
		if err := j.openSegment(last); err != nil {
			return err
		}
	}
	mark := make([]byte, len(jnlMagic))
	n, err := j.file.ReadAt(mark, j.end)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if j.end > 0 && !slices.ContainsFunc(mark[:n], func(b byte) bool { return b != 0 }) {
		return nil
	}
	return j.findEnd()
}

func (j *journal) openSegment(n int) error {
	if err := j.shut(); err != nil {
		return err
	}
	file, err := j.files.Open(segmentPath(j.dir, n), 0)
	if err != nil {
		return err
	}
	j.file, j.n, j.end = file, n, 0
	return nil
}

// findEnd looks for the last record from where this program left off.
func (j *journal) findEnd() error {
	size, err := j.file.Size()
	if err != nil {
		return err
	}
	j.size = size
	data := make([]byte, max(0, j.size-j.end))
	if _, err := j.file.ReadAt(data, j.end); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	_, end, _ := scanJnl(data)
	j.end += int64(end)
	return nil
}

// begin makes segment n and goes on there. The folder may be new too.
func (j *journal) begin(n int) error {
	if err := j.shut(); err != nil {
		return err
	}
	file, err := j.files.Open(segmentPath(j.dir, n), os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	j.file, j.n, j.end, j.size, j.torn = file, n, 0, 0, false
	return errors.Join(j.files.SyncDir(j.dir), j.files.SyncDir(filepath.Dir(j.dir)))
}

// room makes room for n bytes: in this segment, or in a new one if they would
// pass its size.
func (j *journal) room(n int64) error {
	if j.end > 0 && j.end+n > jnlSegment {
		if err := j.begin(j.n + 1); err != nil {
			return err
		}
	}
	want := max(j.end+n, min(j.size+jnlGrow, jnlSegment))
	if j.end+n <= j.size {
		return nil
	}
	if _, err := j.file.WriteAt(make([]byte, want-j.size), j.size); err != nil {
		return err
	}
	j.size = want
	return j.file.Sync()
}

// drop removes the segments, but never the newest, all of whose ops are archived.
func (j *journal) drop(archived func(payback.RunID, uint64) (bool, error)) error {
	if j.dir == "" {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	list, err := segments(j.files, j.dir)
	if err != nil || len(list) < 2 {
		return jnlFault(err)
	}
	for _, n := range list[:len(list)-1] {
		tips, err := j.tips(n)
		if err != nil {
			return jnlFault(err)
		}
		if gone, err := allArchived(tips, archived); err != nil || !gone {
			return err // segments go in order
		}
		if err := j.files.Remove(segmentPath(j.dir, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return jnlFault(err)
		}
		delete(j.older, n)
	}
	return nil
}

func allArchived(tips map[payback.RunID]uint64, archived func(payback.RunID, uint64) (bool, error)) (bool, error) {
	for run, wseq := range tips {
		if ok, err := archived(run, wseq); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// tips returns the last op of each run in a segment that is written no more.
func (j *journal) tips(n int) (map[payback.RunID]uint64, error) {
	if tips, known := j.older[n]; known {
		return tips, nil
	}
	data, err := j.files.Read(segmentPath(j.dir, n))
	if err != nil {
		return nil, err
	}
	records, _, _ := scanJnl(data)
	tips := map[payback.RunID]uint64{}
	for _, r := range records {
		tips[r.run] = max(tips[r.run], r.wseq)
	}
	if j.older == nil {
		j.older = map[int]map[payback.RunID]uint64{}
	}
	j.older[n] = tips
	return tips, nil
}

// readJournal reads every record in the order in which they were written, and how
// many stretches could not be read.
func readJournal(files Files, dir string) (out []jnlRecord, bad int, err error) {
	list, err := segments(files, dir)
	if err != nil {
		return nil, 0, jnlFault(err)
	}
	for _, n := range list {
		data, err := files.Read(segmentPath(dir, n))
		if err != nil {
			return out, bad + 1, jnlFault(err)
		}
		records, _, damaged := scanJnl(data)
		out, bad = append(out, records...), bad+damaged
	}
	return out, bad, nil
}

// segments returns the numbers of the segments, rising. No folder is none.
func segments(files Files, dir string) ([]int, error) {
	names, err := files.List(dir)
	var list []int
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil && n > 0 {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list, err
}

func segmentPath(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("%08d", n)) }

// jnlFault gives an error of the journal's files the sentence that helps.
func jnlFault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC):
		return fault.New(fault.Unavailable, keyDiskFull).Because(err)
	}
	return fault.New(fault.Unavailable, keyDiskFailing).Because(err)
}

// Keys of sqlitefile's errors that this package tells apart.
const (
	keyDiskFull    = "fault.disk_full"
	keyDiskFailing = "fault.disk_failing"
	keyDamaged     = "fault.file_damaged"
	keyNewerFile   = "fault.newer_file"
)
