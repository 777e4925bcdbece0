package db

import (
	"errors"
	"os"
	"syscall"
)

// syncData makes written bytes durable, without times that nobody needs.
func syncData(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
