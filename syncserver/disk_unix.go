//go:build unix

package main

import "golang.org/x/sys/unix"

// freeMB returns how much room is left on the disk of dir, in MiB; -1 if unknown.
func freeMB(dir string) int64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return -1
	}
	return int64(uint64(s.Bavail) * uint64(s.Bsize) >> 20)
}
