package main

import "golang.org/x/sys/windows"

// freeMB returns how much room is left on the disk of dir, in MiB; -1 if unknown.
func freeMB(dir string) int64 {
	path, err := windows.UTF16PtrFromString(dir)
	var free uint64
	if err != nil || windows.GetDiskFreeSpaceEx(path, &free, nil, nil) != nil {
		return -1
	}
	return int64(free >> 20)
}
