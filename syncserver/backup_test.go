package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
)

// stocked returns the database of a district with the sample in it.
func stocked(t *testing.T) string {
	t.Helper()
	plain(t)
	path := filepath.Join(t.TempDir(), "server.db")
	for _, what := range []string{"libraries", "stores", "titles", "residents", "stock"} {
		if code, out, said := verb(t, path, "import", what, filepath.Join("..", "assets", "sample", what+".csv")); code != 0 {
			t.Fatalf("import %s: %d %s%s", what, code, out, said)
		}
	}
	return path
}

// backUp makes a backup.
func backUp(t *testing.T, path string, args ...string) (made backedUp) {
	t.Helper()
	code, out, said := verb(t, path, append([]string{"backup", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &made); err != nil || code != 0 {
		t.Fatalf("backup: %d %s%s", code, out, said)
	}
	return made
}

// headOf returns the head of a database that nobody writes to.
func headOf(t *testing.T, path string) (head db.Head) {
	t.Helper()
	d, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.View(t.Context(), "seocho", func(r db.Reader) error {
		head, err = r.Head()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// wrappedKeys returns the persons' keys of a database.
func wrappedKeys(t *testing.T, path string) (list [][]byte) {
	t.Helper()
	_, f, err := sqlite.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.Read.Query("SELECT wrapped FROM person")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var k []byte
		if err := rows.Scan(&k); err != nil {
			t.Fatal(err)
		}
		list = append(list, k)
	}
	return list
}

func TestABackupHoldsNoPersonsKeyAndCountsAsArchivedOnceVerified(t *testing.T) {
	path := stocked(t)
	if head := headOf(t, path); head.Archived != 0 || head.Position == 0 {
		t.Fatalf("before a backup: %+v", head)
	}
	made := backUp(t, path)
	if head := headOf(t, path); head.Archived != head.Position || made.Position != head.Position {
		t.Errorf("after it: %+v, said %d", head, made.Position)
	}
	keys := wrappedKeys(t, path)
	copied, err1 := os.ReadFile(made.File)
	apart, err2 := os.ReadFile(made.Keys)
	if err1 != nil || err2 != nil || len(keys) == 0 {
		t.Fatal(err1, err2, len(keys))
	}
	for _, k := range keys {
		if len(k) < 16 || bytes.Contains(copied, k) || !bytes.Contains(apart, k) {
			t.Fatal("a person's key is in the backup, or not apart from it")
		}
	}
	for _, name := range []string{made.File, made.Keys} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	left, err := os.ReadDir(filepath.Dir(made.File))
	if err != nil || len(left) != 2 {
		t.Errorf("beside the backup: %v %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "backup-work", "copy")); err == nil {
		t.Error("a copy with keys was left")
	}
}

func TestSoManyBackupsAreKept(t *testing.T) {
	path, dir := stocked(t), t.TempDir()
	left := filepath.Join(dir, freshPrefix+"20260101-000000.000.db")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		last := backUp(t, path, dir, "--keep", "3")
		got := backups(dir, backupPrefix)
		if len(got) != min(i+1, 3) || filepath.Join(dir, got[len(got)-1]) != last.File {
			t.Errorf("after %d: %v", i+1, got)
		}
	}
	if keys := backups(dir, keysPrefix); len(keys) != keepKeys {
		t.Errorf("files of keys: %v", keys)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("what a killed program left is there still")
	}
	for keep, want := range map[string]int{"0": 2, "1": 0} {
		if code, _, said := verb(t, path, "backup", dir, "--keep", keep); code != want {
			t.Errorf("--keep %s: %d %s", keep, code, said)
		}
	}
}

func TestABackupThatIsNotSoundDoesNotCount(t *testing.T) {
	path := stocked(t)
	_, f, err := sqlite.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write.Exec("UPDATE op SET raw = CAST(raw || ' ' AS BLOB) WHERE position = 2"); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	code, _, said := verb(t, path, "backup")
	if code == 0 || !strings.Contains(said, "not sound") || !strings.Contains(said, "op 2") {
		t.Errorf("%d %s", code, said)
	}
	if head := headOf(t, path); head.Archived != 0 {
		t.Errorf("counts as archived: %+v", head)
	}
	if list := backups(filepath.Join(filepath.Dir(path), backupsBesideDir), backupPrefix); len(list) != 0 {
		t.Errorf("it has a backup's name: %v", list)
	}
}

// home makes an empty folder with a server's keys and returns its database's path.
func home(t *testing.T, keysOf string) string {
	t.Helper()
	dir := t.TempDir()
	if keysOf != "" {
		if err := os.CopyFS(filepath.Join(dir, "keys"), os.DirFS(filepath.Join(filepath.Dir(keysOf), "keys"))); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "server.db")
}

func TestARestoredDatabaseIsANewEpochWithItsPersons(t *testing.T) {
	path := stocked(t)
	made := backUp(t, path)
	before := headOf(t, path)
	to := home(t, path)
	code, out, said := verb(t, to, "restore", made.File, "--json")
	var done restored
	if err := json.Unmarshal([]byte(out), &done); err != nil || code != 0 {
		t.Fatalf("restore: %d %s%s", code, out, said)
	}
	after := headOf(t, to)
	e := done.Epochs["seocho"]
	if after.Position != before.Position || after.Epoch == before.Epoch || e.Epoch != after.Epoch || e.Before != before.Epoch || e.Position != before.Position {
		t.Errorf("got %+v (%+v), before %+v", after, e, before)
	}
	if n := len(wrappedKeys(t, path)); done.People != n || done.Gone != 0 {
		t.Errorf("%+v, want %d persons", done, n)
	}
	if got, want := fmt.Sprint(wrappedKeys(t, to)), fmt.Sprint(wrappedKeys(t, path)); got != want {
		t.Error("the persons' keys are others")
	}
	if code, out, said := verb(t, to, "verify"); code != 0 || !strings.Contains(out, e.Epoch) {
		t.Errorf("verify: %d %s%s", code, out, said)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(to), "restore-work*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	backUp(t, to) // and it is backed up like any other
}

func TestARestoreSaysWhatIsInItsWay(t *testing.T) {
	path := stocked(t)
	made := backUp(t, path)
	other := stocked(t)
	broken := filepath.Join(t.TempDir(), "broken.db")
	whole, err := os.ReadFile(made.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		to   string
		args []string
		code int
		said string
	}{
		"a database":       {path, []string{made.File}, fault.Exit(fault.Conflict), "database already"},
		"no keys":          {home(t, ""), []string{made.File}, fault.Exit(fault.NotFound), "keys are not in"},
		"another's keys":   {home(t, other), []string{made.File}, fault.Exit(fault.Conflict), "not the keys of the server"},
		"no file":          {home(t, path), []string{made.File + "x"}, fault.Exit(fault.NotFound), "cannot be opened"},
		"half a file":      {home(t, path), []string{broken, "--people", made.Keys}, 1, ""},
		"no persons' keys": {home(t, path), []string{broken}, fault.Exit(fault.NotFound), "--people"},
	} {
		code, out, said := verb(t, c.to, append([]string{"restore"}, c.args...)...)
		if code != c.code || !strings.Contains(said, c.said) {
			t.Errorf("%s: %d %s%s", name, code, out, said)
		}
		if _, err := os.Stat(c.to); err == nil && c.to != path {
			t.Errorf("%s: there is a database", name)
		}
	}
	to := home(t, path)
	if code, out, said := verb(t, to, "restore", made.File, "--no-people"); code != 0 || !strings.Contains(out, "0 persons are readable") {
		t.Errorf("without persons: %d %s%s", code, out, said)
	}
}
