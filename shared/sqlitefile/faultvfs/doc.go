// Package faultvfs is a disk in memory for SQLite, for tests: deterministic, and
// able to fail in the ways that real disks do.
//
// A [Disk] holds files as a machine sees them and as they would be after a power
// cut. What was written is durable once the file was synced; until then each
// write may be lost, kept, or kept in part, sector by sector of 512 bytes, in any
// order. A deleted or new file is so on disk once a sync has said so. A cut makes
// every call fail from then on, as if the machine had gone; Restart turns what
// the platter could hold into the present. Injected errors leave the disk going.
//
// The model: a sync of a file makes its bytes, its length and its name durable; a
// write in flight at a cut counts as unsynced; a sector is old, new or, if it was
// being written, seldom garbage; locks and the shared memory of WAL are those of
// one process. It does not model a drive that loses what it has synced, but for
// the switch [Disk.IgnoreSync], which is such a drive.
//
// A program's own files beside its database go through [Disk.Files], on the same disk
// and under the same cuts.
//
// Give [Disk.Name] as sqlitefile.Options.VFS, and any path.
package faultvfs
