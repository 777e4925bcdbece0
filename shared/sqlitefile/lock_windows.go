//go:build windows

package sqlitefile

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// place is the byte that is locked: far behind the process number, since
// Windows lets nobody else read what is locked.
func place() *windows.Overlapped { return &windows.Overlapped{Offset: 1 << 30} }

// tryLockFile locks f, for one or for many to share, without waiting; false if
// somebody else has it.
func tryLockFile(f *os.File, alone bool) (bool, error) {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if alone {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, place())
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION), errors.Is(err, windows.ERROR_IO_PENDING):
		return false, nil
	}
	return false, fault.New(fault.Unavailable, keyCannotOpen).Because(err)
}

// unlockFile gives the lock back.
func unlockFile(f *os.File) error {
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, place())
}
