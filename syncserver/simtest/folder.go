package simtest

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	cdb "github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/sqlitefile/faultvfs"
)

// folder is where a counter's data folder is on its disk.
const folder = "/data"

// onDisk is a counter's disk as its program uses it beside SQLite.
type onDisk struct {
	*faultvfs.Files
	unsynced bool // a sabotage: the journal's syncs do nothing
}

// files returns the disk for a program that starts now.
func (p *pc) files() cdb.Files {
	return onDisk{p.disk.Files(), p.s.c.Sabotage == JournalNotSynced}
}

// Open is [cdb.Files].
func (d onDisk) Open(name string, flag int) (cdb.OpenFile, error) {
	f, err := d.Files.Open(name, flag)
	if err != nil {
		return nil, err
	}
	if d.unsynced && path.Dir(name) == path.Join(folder, cdb.JournalFolder) {
		return unsynced{f}, nil
	}
	return f, nil
}

// Lock is [cdb.Files]: each disk has one program at a time.
func (d onDisk) Lock(name string) (func() error, error) {
	return func() error { return nil }, d.MakeDir(name)
}

// unsynced is a file whose program says that it has synced.
type unsynced struct{ *faultvfs.File }

// Sync does nothing.
func (unsynced) Sync() error { return nil }

// damage lets a crash now and then spoil one of the two copies of what the counter
// recorded: its SQLite file, or the journal. It does not where the disk gave an error
// since the program's start: then one of them may lack something already, as its
// screen has said.
func (p *pc) damage() {
	if !p.s.c.Faults.Disk || p.disk.Injected() != p.atStart || p.s.calm || !p.s.odds(3) {
		return
	}
	x := p.disk.Files()
	file := path.Join(folder, cdb.FileName)
	what, err := "", error(nil)
	switch p.s.rnd.IntN(4) {
	case 0:
		what, err = "log lost", gone(x.Remove(file+"-wal"))
	case 1:
		what, err = "file lost", errors.Join(gone(x.Remove(file)), gone(x.Remove(file+"-wal")))
	case 2:
		what, err = "file damaged", p.spoil(x, file+pick(p.s, []string{"", "-wal"}))
	default:
		what, err = "journal damaged", p.spoilJournal(x)
	}
	if p.single != nil {
		p.single.loose = true
	}
	if err != nil {
		p.s.violated("fail: %s: damaging: %v", p.name, err)
	}
	p.s.note("%s: %s", p.name, what)
	p.s.faulted(what)
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// spoil writes over some bytes of a file.
func (p *pc) spoil(x *faultvfs.Files, name string) error {
	f, err := x.Open(name, os.O_RDWR)
	if err != nil {
		return gone(err)
	}
	size, err := f.Size()
	if err != nil || size == 0 {
		return err
	}
	wrong := make([]byte, 1+p.s.rnd.IntN(200))
	for i := range wrong {
		wrong[i] = byte(p.s.rnd.Uint32())
	}
	at := p.s.rnd.Int64N(size)
	_, err = f.WriteAt(wrong[:min(int64(len(wrong)), size-at)], at)
	return errors.Join(err, f.Sync())
}

// spoilJournal spoils one of the journal's files.
func (p *pc) spoilJournal(x *faultvfs.Files) error {
	dir := path.Join(folder, cdb.JournalFolder)
	names, err := x.List(dir)
	for _, name := range names {
		if !strings.HasPrefix(name, "0") || !p.s.odds(len(names)) {
			continue
		}
		return p.spoil(x, path.Join(dir, name))
	}
	return err
}

// mended notes what the program had to mend at its start.
func (p *pc) mended(r cdb.Recovered) {
	if !r.Any() {
		return
	}
	p.s.note("%s: mended: put aside %t, ops %d, missing %d, journal %d, enrolment %t", p.name, r.Quarantine != "", r.Ops, r.Missing, r.Journal, r.Enrolment)
	if r.Quarantine != "" {
		p.s.note("%s: %v", p.name, r.Cause)
		p.s.faulted("file put aside")
		p.rebuilt = true
	}
	if r.Ops > 0 {
		p.s.faulted("ops put back")
	}
	if r.Journal > 0 {
		p.s.faulted("journal written anew")
	}
	if r.Ops > 0 || r.Enrolment || r.Quarantine != "" {
		p.blurred, p.rebuilt = true, true // what it knew of its clock, and of the server's rows, may be of before
	}
}
