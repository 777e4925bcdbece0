package sqlitefile

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// ErrHeld is what errors.Is finds in the error of [TakeLock] when another
// program holds the folder.
var ErrHeld = errors.New("sqlitefile: the data folder is in use")

// lockName is the lock's file in a data folder. It stays when nobody holds it:
// deleting it would let two programs lock two files of the same name.
const lockName = "lock"

// probeWait is how long taking a lock waits for somebody who only looks.
const probeWait = 200 * time.Millisecond

// Lock is a data folder held by this program. The system lets go of it when
// the program ends, however it ends.
type Lock struct {
	file *os.File
}

// TakeLock takes the data folder dir (made with mode 0700 if missing) for this
// program alone. If another program holds it the error is unavailable with the
// key [fault.KeyHeld] and the holder's process number, if known, as PID; it
// wraps [ErrHeld] and exits with [fault.ExitHeld].
func TakeLock(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap("sqlitefile.TakeLock", fault.New(fault.Unavailable, keyReadOnly).Because(err))
	}
	path := filepath.Join(dir, lockName)
	l, err := waitForLock(context.Background(), path, probeWait)
	if fault.CodeOf(err) == fault.Unavailable && errors.Is(err, ErrHeld) {
		err = fault.New(fault.Unavailable, fault.KeyHeld, "PID", holder(path)).Because(ErrHeld)
	}
	if err != nil {
		return nil, fault.Wrap("sqlitefile.TakeLock", err)
	}
	// The number is for people only; a lock without it is still a lock.
	if l.file.Truncate(0) == nil {
		l.file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return l, nil
}

// Release gives the folder back. A second call does nothing.
func (l *Lock) Release() error {
	if l == nil || l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	err := f.Truncate(0)
	return fault.Wrap("sqlitefile.Release", errors.Join(err, unlockFile(f), f.Close()))
}

// Held reports whether a program holds the data folder dir, without taking it,
// and that program's process number (0 if unknown). A folder that does not
// exist is not held.
func Held(dir string) (held bool, pid int, err error) {
	path := filepath.Join(dir, lockName)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, 0, nil
	}
	if err != nil {
		return false, 0, fault.Wrap("sqlitefile.Held", fault.New(fault.Unavailable, keyCannotOpen).Because(err))
	}
	defer f.Close()
	// A shared lock never disturbs others who look, and who takes the folder at
	// this very moment tries again.
	free, err := tryLockFile(f, false)
	if err != nil {
		return false, 0, fault.Wrap("sqlitefile.Held", err)
	}
	if free {
		return false, 0, fault.Wrap("sqlitefile.Held", unlockFile(f))
	}
	pid, _ = strconv.Atoi(holder(path))
	return true, pid, nil
}

// holder returns the process number in a lock file, or "" if there is none.
func holder(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 32))
	text := strings.TrimSpace(string(data))
	if _, bad := strconv.Atoi(text); err != nil || bad != nil {
		return ""
	}
	return text
}

// waitForLock locks the file at path (made with mode 0600) for this caller
// alone, within limit: unavailable and [ErrHeld] if somebody else keeps it.
func waitForLock(ctx context.Context, path string, limit time.Duration) (*Lock, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fault.New(fault.Unavailable, keyReadOnly).Because(err)
	}
	for {
		got, err := tryLockFile(f, true)
		if got {
			return &Lock{file: f}, nil
		}
		if err != nil || !pause(ctx, 5*time.Millisecond) {
			if err == nil {
				err = fault.New(fault.Unavailable, keyBusy).Because(ErrHeld)
			}
			return nil, errors.Join(err, f.Close())
		}
	}
}
