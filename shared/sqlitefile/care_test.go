package sqlitefile

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
)

func TestCheckpointFoldsInAndEmptiesTheLog(t *testing.T) {
	f := mustMigrate(t)
	if size, err := f.WALSize(); err != nil || size == 0 {
		t.Errorf("before: %d bytes, %v", size, err)
	}
	c, err := f.Checkpoint(t.Context(), Truncate)
	if err != nil || !c.Complete {
		t.Errorf("got %+v, %v", c, err)
	}
	if size, err := f.WALSize(); err != nil || size != 0 {
		t.Errorf("after: %d bytes, %v", size, err)
	}
	if err := insert(t.Context(), f, 1); err != nil {
		t.Fatal(err)
	}
	if c, err := f.Checkpoint(t.Context(), Passive); err != nil || !c.Complete || c.Moved == 0 {
		t.Errorf("passive: got %+v, %v", c, err)
	}
	if _, err := f.Checkpoint(t.Context(), "FULL; DROP TABLE loan"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an unknown mode: got %v", err)
	}
}

func TestAReaderMakesACheckpointIncompleteNotAnError(t *testing.T) {
	f := mustMigrate(t)
	err := f.View(t.Context(), func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM loan").Scan(&n); err != nil {
			return err
		}
		if err := insert(t.Context(), f, 1); err != nil {
			return err
		}
		c, err := f.Checkpoint(t.Context(), Passive)
		if c.Complete {
			t.Errorf("folded in past a reader: %+v", c)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestABackupHoldsEverythingAndNothingDeleted(t *testing.T) {
	f := mustMigrate(t)
	const canary = "CANARY-010-1234-5678"
	if _, err := f.Write.Exec("CREATE TABLE person (phone TEXT NOT NULL) STRICT"); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		if _, err := f.Write.Exec("INSERT INTO person VALUES (?)", fmt.Sprint(canary, i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Write.Exec("DELETE FROM person"); err != nil {
		t.Fatal(err)
	}
	if err := insert(t.Context(), f, 14000); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := os.WriteFile(path, []byte("an older one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.BackupTo(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	data, err := os.ReadFile(path)
	if err != nil || bytes.Contains(data, []byte("CANARY")) {
		t.Errorf("the backup holds deleted rows (%v)", err)
	}
	back := mustOpen(t, path)
	if countLoans(t, back) != 1 || pragma(t, back.Write, "application_id") != "1112560451" {
		t.Error("the backup is not the same")
	}
	if err := f.BackupTo(t.Context(), filepath.Join(t.TempDir(), "no", "folder", "b.db")); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("nowhere: got %v", err)
	}
}

func TestPurgedBytesAreGoneAfterATruncatingCheckpoint(t *testing.T) {
	f := mustMigrate(t)
	if _, err := f.Write.Exec("CREATE TABLE person (phone TEXT NOT NULL) STRICT; INSERT INTO person VALUES ('CANARY-010')"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write.Exec("DELETE FROM person"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Checkpoint(t.Context(), Truncate); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(f.Path() + "*")
	for _, name := range files {
		if data, _ := os.ReadFile(name); bytes.Contains(data, []byte("CANARY")) {
			t.Errorf("%s still holds a deleted row", name)
		}
	}
}

func TestChecksFindDamage(t *testing.T) {
	f := mustMigrate(t)
	for range 20 {
		if err := insert(t.Context(), f, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(f.QuickCheck(t.Context()), f.FullCheck(t.Context())); err != nil {
		t.Errorf("a sound file: %v", err)
	}
	for _, query := range []string{"PRAGMA foreign_keys = OFF", "INSERT INTO refund (loan, amount) VALUES (404, 1)", "PRAGMA foreign_keys = ON"} {
		if _, err := f.Write.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	err := f.FullCheck(t.Context())
	if key, _ := fault.Message(err); key != keyDamaged {
		t.Errorf("a dangling key: got %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(f.Path())
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(data); i++ {
		data[i] = 0x5a
	}
	if err := os.WriteFile(f.Path(), data, 0o600); err != nil {
		t.Fatal(err)
	}
	bad, err := Open(t.Context(), f.Path(), Options{})
	if err == nil {
		defer bad.Close()
		err = bad.QuickCheck(t.Context())
	}
	if key, _ := fault.Message(err); fault.CodeOf(err) != fault.Internal || key != keyDamaged {
		t.Errorf("overwritten pages: got %v", err)
	}
}

func TestABackupAndAWriterDontWaitForEachOther(t *testing.T) {
	f := mustMigrate(t)
	path := filepath.Join(t.TempDir(), "backup.db")
	err := f.Tx(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO loan (paid) VALUES (1)"); err != nil {
			return err
		}
		return f.BackupTo(t.Context(), path)
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := countLoans(t, mustOpen(t, path)); n != 0 {
		t.Errorf("the backup holds %d rows that were not committed", n)
	}
}
