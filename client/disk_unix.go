//go:build unix

package main

import "golang.org/x/sys/unix"

// freeMB returns how much room is left on the disk of dir, in MiB; 0 if unknown.
func freeMB(dir string) func() int64 {
	return func() int64 {
		var s unix.Statfs_t
		if unix.Statfs(dir, &s) != nil {
			return 0
		}
		return int64(uint64(s.Bavail) * uint64(s.Bsize) >> 20)
	}
}
