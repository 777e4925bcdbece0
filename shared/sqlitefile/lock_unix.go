//go:build unix

package sqlitefile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// tryLockFile locks f, for one or for many to share, without waiting; false if
// somebody else has it. The lock belongs to the open file, not to the process,
// so it also keeps two parts of one program apart.
func tryLockFile(f *os.File, alone bool) (bool, error) {
	how := unix.LOCK_SH
	if alone {
		how = unix.LOCK_EX
	}
	for {
		err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		}
		return false, fault.New(fault.Unavailable, keyCannotOpen).Because(err)
	}
}

// unlockFile gives the lock back.
func unlockFile(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_UN) }
