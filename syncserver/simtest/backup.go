package simtest

import (
	"github.com/bookpayback/bookpayback/shared/sqlitefile/faultvfs"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// backup copies the server's disk, looks at the copy and, if it is sound, lets the
// counters know that what it holds is safe. Now and then the copy is spoilt.
func (v *server) backup() {
	if !v.up {
		return
	}
	disk, err := faultvfs.New(v.s.diskName("backup"), faultvfs.Plain)
	if err != nil {
		v.s.violated("fail: a disk for a backup: %v", err)
		return
	}
	defer func() { _ = disk.Close() }()
	image := v.disk.Snapshot()
	disk.Restore(image)
	copied, file, err := sqlite.OpenVFS(v.s.ctx, "/server.db", disk.Name())
	if err != nil {
		v.s.violated("fail: a backup can't be opened: %v", err)
		return
	}
	defer func() { _ = copied.Close() }()
	spoilt := !v.s.calm && v.s.c.Faults.Disk && v.s.odds(2)
	if spoilt {
		v.s.faulted("backup spoilt")
		if _, err := file.Write.ExecContext(v.s.ctx, "UPDATE op SET raw = x'00' WHERE position = (SELECT MAX(position) FROM op)"); err != nil {
			v.s.violated("fail: spoiling a backup: %v", err)
			return
		}
	}
	head, err := ledger.CheckCopy(v.s.ctx, district, copied, 0)
	sound := err == nil
	v.s.note("backup of %d ops, sound %t", head.Position, sound)
	if sound == spoilt {
		v.s.violated("I1: a backup is spoilt: %t; it was found sound: %t (%v)", spoilt, sound, err)
	}
	if !sound && v.s.c.Sabotage != ArchivedEarly {
		return
	}
	if sound {
		v.s.older, v.s.old = v.s.image, true
		v.safe, v.s.image = head.Position, image // no counter need hold what is in it
	}
	v.archive(copied)
}

// archive tells the ledger that a copy is safe.
func (v *server) archive(copied db.DB) {
	_, err := v.ledger.Archive(v.s.ctx, district, copied)
	v.s.note("archived: %t", err == nil)
	v.failed("archiving", err)
}
