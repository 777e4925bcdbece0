package main

import "golang.org/x/sys/windows"

// freeMB returns how much room is left on the disk of dir, in MiB; 0 if unknown.
func freeMB(dir string) func() int64 {
	return func() int64 {
		path, err := windows.UTF16PtrFromString(dir)
		var free uint64
		if err != nil || windows.GetDiskFreeSpaceEx(path, &free, nil, nil) != nil {
			return 0
		}
		return int64(free >> 20)
	}
}
