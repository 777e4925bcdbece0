package update

import (
	"errors"
	"os"
	"os/exec"
)

// replace puts a file in the place of a program, which may be running: Windows renames
// such a file, and neither replaces nor removes it.
func replace(from, to string) error {
	aside := to + ".was"
	if err := remove(aside); err != nil {
		return err
	}
	if err := os.Rename(to, aside); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return errors.Join(err, os.Rename(aside, to))
	}
	return nil
}

// syncFolder is not needed: NTFS logs renames.
func syncFolder(string) error { return nil }

// isReadOnly knows nothing beyond permission here.
func isReadOnly(error) bool { return false }

// Again starts the program's file and returns; this process must end then.
func (p Program) Again(args, environment []string) error {
	c := exec.Command(p.Path, args...)
	c.Env, c.Stdin, c.Stdout, c.Stderr = environment, os.Stdin, os.Stdout, os.Stderr
	return c.Start()
}
