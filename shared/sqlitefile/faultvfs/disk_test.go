package faultvfs_test

import (
	"database/sql"
	"testing"

	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/sqlitefile/faultvfs"
)

func open(t *testing.T, d *faultvfs.Disk) *sqlitefile.File {
	t.Helper()
	f, err := sqlitefile.Open(t.Context(), "data/a.db", sqlitefile.Options{VFS: d.Name(), ReadConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func exec(t *testing.T, f *sqlitefile.File, query string, args ...any) {
	t.Helper()
	if _, err := f.Write.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, f *sqlitefile.File) (n int) {
	t.Helper()
	if err := f.Read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM word").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestReadersSeeOneMomentWhileAWriterGoesOn(t *testing.T) {
	d := newDisk(t, "readers")
	f := open(t, d)
	defer f.Close()
	exec(t, f, "CREATE TABLE word (text TEXT) STRICT")
	err := f.View(t.Context(), func(tx *sql.Tx) error {
		for i := range 3 {
			var n int
			if err := tx.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM word").Scan(&n); err != nil || n != 0 {
				t.Errorf("round %d: %d rows, %v", i, n, err)
			}
			exec(t, f, "INSERT INTO word VALUES (?)", "하나")
		}
		return nil
	})
	if err != nil || count(t, f) != 3 {
		t.Errorf("%v, %d rows after", err, count(t, f))
	}
	if c, err := f.Checkpoint(t.Context(), sqlitefile.Truncate); err != nil || !c.Complete {
		t.Errorf("checkpoint: %+v, %v", c, err)
	}
	if d.Size("data/a.db-wal") != 0 && d.Size("/data/a.db-wal") != 0 {
		t.Error("the log was not emptied")
	}
}

func TestASecondWriterWaitsAndIsRefused(t *testing.T) {
	d := newDisk(t, "writers")
	f, g := open(t, d), open(t, d)
	defer f.Close()
	defer g.Close()
	exec(t, f, "CREATE TABLE word (text TEXT) STRICT")
	exec(t, g, "PRAGMA busy_timeout = 0")
	err := f.Tx(t.Context(), func(*sql.Tx) error {
		if _, err := g.Write.ExecContext(t.Context(), "INSERT INTO word VALUES ('둘')"); err == nil {
			t.Error("two wrote at once")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	exec(t, g, "INSERT INTO word VALUES ('둘')")
	if count(t, f) != 1 {
		t.Error("one does not see what the other wrote")
	}
}

func TestARestoredDiskIsAsItWasCopied(t *testing.T) {
	d := newDisk(t, "restored")
	f := open(t, d)
	exec(t, f, "CREATE TABLE word (text TEXT) STRICT")
	exec(t, f, "INSERT INTO word VALUES ('before')")
	image := d.Snapshot()
	exec(t, f, "INSERT INTO word VALUES ('canary')")
	if !d.Contains("canary") {
		t.Error("a written text is not found")
	}
	d.Restore(image)
	if _, err := f.Write.ExecContext(t.Context(), "INSERT INTO word VALUES ('late')"); err == nil {
		t.Error("a database that was open goes on over a restored disk")
	}
	f.Close()
	clone := newDisk(t, "clone")
	clone.Restore(image)
	for _, on := range []*faultvfs.Disk{d, clone} {
		g := open(t, on)
		if n := count(t, g); n != 1 {
			t.Errorf("%s: %d rows, want 1", on.Name(), n)
		}
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}
	if d.Contains("canary") {
		t.Error("the disk holds what was written after the copy")
	}
}

func TestAPlainDiskLosesNothingWhenTheProgramEnds(t *testing.T) {
	d, err := faultvfs.New("plain", faultvfs.Plain)
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, d)
	exec(t, f, "CREATE TABLE word (text TEXT) STRICT")
	d.Restart(nil)
	f.Close()
	f = open(t, d)
	if count(t, f) != 0 {
		t.Error("rows from nowhere")
	}
	if err := d.Close(); err == nil {
		t.Error("a disk with open files was taken away")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
