package faultvfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/sqlitefile/faultvfs"
)

// SQLite's references to a disk are numbers in C memory: the collector can't see them.
func TestADiskThatItsMakerLetGoOfStaysUntilItIsClosed(t *testing.T) {
	name := "letgo"
	func() {
		if _, err := faultvfs.New(name, faultvfs.Fault); err != nil {
			t.Fatal(err)
		}
	}()
	f, err := sqlitefile.Open(t.Context(), "data/a.db", sqlitefile.Options{VFS: name, ReadConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	exec(t, f, "CREATE TABLE word (text TEXT) STRICT")
	var rubbish [][]byte
	for i := range 20 {
		runtime.GC()
		for range 2000 {
			rubbish = append(rubbish[:min(len(rubbish), 1000)], make([]byte, 16+i*16))
		}
		exec(t, f, "INSERT INTO word VALUES (?)", fmt.Sprint(i))
	}
	if n := count(t, f); n != 20 {
		t.Errorf("%d rows, want 20", n)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// put writes a file whole and syncs it, but not its name.
func put(t *testing.T, x *faultvfs.Files, name, text string) {
	t.Helper()
	f, err := x.Open(name, os.O_RDWR|os.O_CREATE)
	if err == nil {
		_, err = f.WriteAt([]byte(text), 0)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestNamesAreInDoubtUntilTheirFolderIsSynced(t *testing.T) {
	d := newDisk(t, "names")
	seen := map[string]int{}
	for seed := range uint64(60) {
		d.Restore(faultvfs.Image{})
		x := d.Files()
		put(t, x, "/a/one", "old")
		put(t, x, "/a/kept", "kept")
		if err := errors.Join(x.SyncDir("/a")); err != nil {
			t.Fatal(err)
		}
		put(t, x, "/a/new", "new")
		if err := errors.Join(x.Rename("/a/new", "/a/one"), x.MakeDir("/a/b")); err != nil {
			t.Fatal(err)
		}
		put(t, x, "/a/b/two", "two")
		if err := x.SyncDir("/a/b"); err != nil {
			t.Fatal(err)
		}
		d.Cut()
		if _, err := x.Read("/a/kept"); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("a program reads after the cut: %v", err)
		}
		d.Restart(rand.New(rand.NewPCG(seed, 3)))
		if _, err := x.Read("/a/kept"); err == nil {
			t.Fatal("the program of before reads after the restart")
		}
		x = d.Files()
		one, err := x.Read("/a/one")
		if err != nil {
			t.Fatalf("seed %d: a file that was replaced has neither its old nor its new bytes: %v", seed, err)
		}
		_, err = x.Read("/a/b/two")
		seen[string(one)]++
		seen[fmt.Sprint("folder gone ", err != nil)]++
		if kept, err := x.Read("/a/kept"); err != nil || string(kept) != "kept" {
			t.Fatalf("seed %d: %q, %v", seed, kept, err)
		}
	}
	for _, what := range []string{"old", "new", "folder gone true", "folder gone false"} {
		if seen[what] == 0 {
			t.Errorf("never seen: %s (%v)", what, seen)
		}
	}
}

func TestUnsyncedWritesOfAFileAreLostOrTorn(t *testing.T) {
	d := newDisk(t, "writes")
	lost := 0
	for seed := range uint64(40) {
		d.Restore(faultvfs.Image{})
		x := d.Files()
		put(t, x, "/f", "synced")
		if err := x.SyncDir("/"); err != nil {
			t.Fatal(err)
		}
		f, err := x.Open("/f", os.O_RDWR)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("-late"), 6); err != nil {
			t.Fatal(err)
		}
		d.Restart(rand.New(rand.NewPCG(seed, 4)))
		got, err := d.Files().Read("/f")
		if err != nil || len(got) < 6 {
			t.Fatalf("seed %d: %q, %v", seed, got, err)
		}
		if len(got) == 6 {
			lost++
		}
	}
	if lost == 0 || lost == 40 {
		t.Errorf("lost %d of 40", lost)
	}
}
