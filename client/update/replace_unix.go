//go:build unix

package update

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// replace puts a file in the place of a program, which may be running.
func replace(from, to string) error { return os.Rename(from, to) }

// syncFolder makes the renames beside path last.
func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// isReadOnly says whether a file system takes no writes.
func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

// Again starts the program's file in place of this process; it returns only an error.
func (p Program) Again(args, environment []string) error {
	return syscall.Exec(p.Path, append([]string{p.Path}, args...), environment)
}
