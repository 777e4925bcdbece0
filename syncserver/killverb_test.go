package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
)

// killer runs verbs in processes of their own, which it kills.
type killer struct {
	t    *testing.T
	rnd  *mathrand.Rand
	base string // folder of a server with stores, keys and a backup
	csv  string // a file of titles
	bad  int    // what was found half done
	rows int    // of the base's ledger once the titles are in
}

// start starts a verb in a process of its own.
func (k *killer) start(db string, args ...string) *exec.Cmd {
	k.t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestHelperServe$")
	c.Env = append(os.Environ(), helperArgs+"="+strings.Join(append(args, "--db", "sqlite:"+db), "\n"))
	if err := c.Start(); err != nil {
		k.t.Fatal(err)
	}
	return c
}

// whole lets a verb come to its end, and returns how long it took.
func (k *killer) whole(db string, args ...string) time.Duration {
	k.t.Helper()
	began := time.Now()
	if err := k.start(db, args...).Wait(); err != nil {
		k.t.Fatalf("%v: %v", args, err)
	}
	return time.Since(began)
}

// kill runs a verb for some part of span and says whether it was still running.
func (k *killer) kill(span time.Duration, db string, args ...string) bool {
	c := k.start(db, args...)
	timer := time.AfterFunc(time.Duration(k.rnd.Int64N(int64(span))), func() { _ = c.Process.Kill() })
	defer timer.Stop()
	return c.Wait() != nil && c.ProcessState.ExitCode() < 0
}

// copied returns a copy of the base's folder, or of its keys alone; the path is the
// database's.
func (k *killer) copied(keysOnly bool) string {
	k.t.Helper()
	dir := k.t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "keys"), os.DirFS(filepath.Join(k.base, "keys"))); err != nil {
		k.t.Fatal(err)
	}
	for _, name := range []string{"server.db", "server.db-wal"} {
		data, err := os.ReadFile(filepath.Join(k.base, name))
		if err == nil && !keysOnly {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o600)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			k.t.Fatal(err)
		}
	}
	return filepath.Join(dir, "server.db")
}

// good fails unless a verb succeeds; it returns what it printed.
func (k *killer) good(db string, args ...string) string {
	k.t.Helper()
	code, out, said := verb(k.t, db, args...)
	if code != 0 {
		k.t.Fatalf("%v after a kill: %d %s%s", args, code, out, said)
	}
	return out
}

// rowsOf verifies a ledger and returns its number of rows.
func (k *killer) rowsOf(db string) int {
	k.t.Helper()
	var v verified
	if err := json.Unmarshal([]byte(k.good(db, "verify", "--json")), &v); err != nil {
		k.t.Fatal(err)
	}
	return v.Rows
}

// wrong notes something half done.
func (k *killer) wrong(form string, args ...any) {
	k.t.Helper()
	k.bad++
	k.t.Errorf(form, args...)
}

// newKiller makes the base.
func newKiller(t *testing.T, seed uint64) *killer {
	t.Helper()
	k := &killer{t: t, rnd: mathrand.New(mathrand.NewPCG(seed, 0)), base: t.TempDir()}
	k.csv = filepath.Join(k.base, "titles.csv")
	lines := []string{"isbn,title,price"}
	for n := range 3000 {
		digits, sum := fmt.Sprintf("97911%07d", n), 0
		for i, r := range digits {
			sum += int(r-'0') * (1 + 2*(i%2))
		}
		lines = append(lines, fmt.Sprintf("%s%d,책 %d,%d", digits, (10-sum%10)%10, n, 10_000+n))
	}
	if err := os.WriteFile(k.csv, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(k.base, "server.db")
	k.good(db, "import", "stores", filepath.Join("..", "assets", "sample", "stores.csv"))
	k.good(db, "backup")
	full := k.copied(false)
	k.good(full, "import", "titles", k.csv)
	k.rows = k.rowsOf(full)
	return k
}

// backup: whatever has a backup's name is one, and the next backup is made as ever.
func (k *killer) backup(span time.Duration) bool {
	db := k.copied(false)
	killed := k.kill(span, db, "backup")
	k.rowsOf(db)
	dir := filepath.Join(filepath.Dir(db), backupsBesideDir)
	for _, name := range backups(dir, backupPrefix) {
		path := filepath.Join(dir, name)
		if err := sqlitefile.CheckCopy(k.t.Context(), path); err != nil {
			k.wrong("%s has a backup's name: %v", name, err)
		}
		d, err := sqlite.OpenCopy(path)
		if err != nil {
			k.t.Fatal(err)
		}
		if ds, err := d.Districts(k.t.Context()); err != nil || len(ds) != 1 {
			k.wrong("%s: %d districts, %v", name, len(ds), err)
		}
		if err := d.Close(); err != nil {
			k.wrong("%v", err)
		}
	}
	k.good(db, "backup")
	if left, _ := filepath.Glob(filepath.Join(dir, freshPrefix+"*")); len(left) > 0 {
		k.wrong("left: %v", left)
	}
	return killed
}

// restore: the database is there whole, or not at all and can be restored again.
func (k *killer) restore(span time.Duration) bool {
	db := k.copied(true)
	list := backups(filepath.Join(k.base, backupsBesideDir), backupPrefix)
	file := filepath.Join(k.base, backupsBesideDir, list[0])
	killed := k.kill(span, db, "restore", file)
	if _, err := os.Stat(db); err != nil {
		k.good(db, "restore", file)
	}
	k.rowsOf(db)
	k.good(db, "import", "titles", k.csv)
	if got := k.rowsOf(db); got < k.rows {
		k.wrong("%d rows, want %d", got, k.rows)
	}
	return killed
}

// migrate: the next start brings the database up, and it works.
func (k *killer) migrate(span time.Duration) bool {
	db := filepath.Join(k.t.TempDir(), "server.db")
	killed := k.kill(span, db, "migrate")
	k.good(db, "migrate")
	k.good(db, "import", "stores", filepath.Join("..", "assets", "sample", "stores.csv"))
	k.rowsOf(db)
	return killed
}

// load: an import that was cut short is finished by the same import.
func (k *killer) load(span time.Duration) bool {
	db := k.copied(false)
	killed := k.kill(span, db, "import", "titles", k.csv)
	k.rowsOf(db)
	k.good(db, "import", "titles", k.csv)
	if got := k.rowsOf(db); got != k.rows {
		k.wrong("%d rows after the second import, want %d", got, k.rows)
	}
	return killed
}

// TestAKilledVerbLeavesNothingHalfDone kills backup, restore, migrate and import at
// random moments, each -kill.cycles/12 times.
func TestAKilledVerbLeavesNothingHalfDone(t *testing.T) {
	if runtime.GOOS == "windows" || testing.Short() || os.Getenv("BOOKPAYBACK_RACE") != "" {
		t.Skip("starts many programs, and kills them by time")
	}
	plain(t)
	seed := uint64(time.Now().UnixNano())
	k := newKiller(t, seed)
	list := backups(filepath.Join(k.base, backupsBesideDir), backupPrefix)
	for _, v := range []struct {
		name string
		took time.Duration
		do   func(time.Duration) bool
	}{
		{"backup", k.whole(k.copied(false), "backup"), k.backup},
		{"restore", k.whole(k.copied(true), "restore", filepath.Join(k.base, backupsBesideDir, list[0])), k.restore},
		{"migrate", k.whole(filepath.Join(t.TempDir(), "server.db"), "migrate"), k.migrate},
		{"import", k.whole(k.copied(false), "import", "titles", k.csv), k.load},
	} {
		rounds, killed := max(1, *killCycles/12), 0
		for range rounds {
			if v.do(v.took) {
				killed++
			}
		}
		t.Logf("RESULT kill program=syncserver verb=%s seed=%d cycles=%d killed=%d half_done=%d takes=%v", v.name, seed, rounds, killed, k.bad, v.took.Round(time.Millisecond))
	}
}
