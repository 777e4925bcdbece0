package sqlitefile

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"modernc.org/sqlite"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// helperEnv makes the test binary act as another program, named by its value.
const helperEnv = "SQLITEFILE_TEST_HELPER"

func TestMain(m *testing.M) {
	if name := os.Getenv(helperEnv); name != "" {
		if err := helpers[name](os.Args[1]); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// helpers are the other programs; each gets a path.
var helpers = map[string]func(path string) error{
	"start":    helperStart,
	"hold":     helperHold,
	"write on": helperWriteOn,
}

// helper returns a command that runs another program.
func helper(t *testing.T, name, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], path)
	cmd.Env = append(os.Environ(), helperEnv+"="+name)
	return cmd
}

// helperStart starts as a program does: open, migrate, write one row.
func helperStart(path string) error {
	ctx := context.Background()
	f, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	if _, _, err := Migrate(ctx, f, schemas, "testdata/good"); err != nil {
		return err
	}
	err = f.Tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO loan (paid) VALUES (14000)")
		return err
	})
	return errors.Join(err, f.Close())
}

func mustOpen(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// mustMigrate opens a fresh file with the schema of testdata/good.
func mustMigrate(t *testing.T) *File {
	t.Helper()
	f := mustOpen(t, filepath.Join(t.TempDir(), "a.db"))
	if _, _, err := Migrate(t.Context(), f, schemas, "testdata/good"); err != nil {
		t.Fatal(err)
	}
	return f
}

func pragma(t *testing.T, db *sql.DB, name string) string {
	t.Helper()
	var v string
	if err := db.QueryRow("PRAGMA " + name).Scan(&v); err != nil {
		t.Fatalf("pragma %s: %v", name, err)
	}
	return v
}

func TestTheWriterHasEverySettingOfTheDocument(t *testing.T) {
	f := mustOpen(t, filepath.Join(t.TempDir(), "a.db"))
	for name, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "trusted_schema": "0",
		"cell_size_check": "1", "mmap_size": "0", "journal_size_limit": "16777216", "fullfsync": "1",
		"checkpoint_fullfsync": "1", "busy_timeout": "5000", "query_only": "0",
	} {
		if got := pragma(t, f.Write, name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if !sqlite.StrictPragmasEnabled() {
		t.Error("a pragma of the address may hold several statements")
	}
	if runtime.GOOS == "linux" && (!sqlite.OFDLockingEnabled() || !sqlite.FdatasyncEnabled()) {
		t.Errorf("OFD locks %v, fdatasync %v", sqlite.OFDLockingEnabled(), sqlite.FdatasyncEnabled())
	}
	if got := f.Write.Stats().MaxOpenConnections; got != 1 {
		t.Errorf("writing connections: got %d, want 1", got)
	}
}

func TestEveryConnectionHasItsSettings(t *testing.T) {
	f, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), Options{ReadConns: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.Read.Stats().MaxOpenConnections; got != 3 {
		t.Errorf("reading connections: got %d, want 3", got)
	}
	for i := range 3 { // held at once, so three different connections
		c, err := f.Read.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for name, want := range map[string]string{"foreign_keys": "1", "query_only": "1", "trusted_schema": "0", "busy_timeout": "5000", "cell_size_check": "1"} {
			var got string
			if err := c.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil || got != want {
				t.Errorf("connection %d, %s: got %s %v, want %s", i, name, got, err, want)
			}
		}
	}
}

func TestForeignKeysHoldAfterTheConnectionWasLost(t *testing.T) {
	f := mustMigrate(t)
	c, err := f.Write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.Raw(func(any) error { return sqlDriverBad }) // the pool throws it away
	c.Close()
	if got := pragma(t, f.Write, "synchronous") + pragma(t, f.Write, "foreign_keys") + pragma(t, f.Write, "journal_mode"); got != "21wal" {
		t.Errorf("the new connection has %s", got)
	}
	err = f.Tx(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO refund (loan, amount) VALUES (404, 1)")
		return err
	})
	if ConstraintOf(err) != ForeignKey {
		t.Errorf("got %v, want a broken foreign key", err)
	}
}

func TestAReaderCannotWrite(t *testing.T) {
	f := mustMigrate(t)
	for _, query := range []string{"INSERT INTO loan (paid) VALUES (1)", "CREATE TABLE x (a)", "PRAGMA user_version = 7"} {
		_, err := f.Read.Exec(query)
		if key, _ := fault.Message(Fault(err)); key != keyReadOnly {
			t.Errorf("%s: got %v", query, err)
		}
	}
	if _, err := f.Read.Exec("PRAGMA query_only = 0"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read.Exec("INSERT INTO loan (paid) VALUES (1)"); err == nil {
		t.Error("a reader wrote after query_only was switched off")
	}
}

func TestPathsMayHoldAnySignAndHangul(t *testing.T) {
	names := []string{"서점 1 #2 & 100%+", "a;b=c@d", "it's \"x\""}
	if runtime.GOOS != "windows" {
		names = append(names, "q?mode=memory&x", `back\slash`)
	} else {
		names = names[:2]
	}
	for _, name := range names {
		path := filepath.Join(t.TempDir(), name, name+".db")
		f := mustOpen(t, path)
		if _, err := f.Write.Exec("CREATE TABLE t (a) "); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 && pragma(t, f.Write, "journal_mode") != "wal" {
			t.Errorf("%s: %v", name, err)
		}
		if err := f.BackupTo(t.Context(), path+".backup"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyTheOwnerMayReadTheFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := filepath.Join(t.TempDir(), "data")
	f := mustOpen(t, filepath.Join(dir, "a.db"))
	if _, err := f.Write.Exec("CREATE TABLE t (a)"); err != nil {
		t.Fatal(err)
	}
	if err := f.BackupTo(t.Context(), filepath.Join(dir, "b.db")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{".": 0o700, "a.db": 0o600, "a.db-wal": 0o600, "a.db-shm": 0o600, "b.db": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v %v, want %v", name, info.Mode(), err, want)
		}
	}
}

func TestWhatIsNoDatabaseIsSaidSoAndLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	text := strings.Repeat("this is a letter to the district office\n", 200)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), path, Options{})
	if key, _ := fault.Message(err); fault.CodeOf(err) != fault.Internal || key != keyDamaged {
		t.Errorf("got %v", err)
	}
	if now, _ := os.ReadFile(path); string(now) != text {
		t.Error("the file was changed")
	}
	_, err = Open(t.Context(), filepath.Join(path, "inside", "a.db"), Options{})
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a folder that can't be: got %v", err)
	}
	_, err = Open(t.Context(), t.TempDir(), Options{})
	if key, _ := fault.Message(err); fault.CodeOf(err) != fault.Unavailable || key != keyCannotOpen {
		t.Errorf("a folder: got %v", err)
	}
}

func TestProgramsStartingTogetherOnAFreshFileNeverFail(t *testing.T) {
	const rounds, programs = 5, 6
	for range rounds {
		path := filepath.Join(t.TempDir(), "data", "a.db")
		var wg sync.WaitGroup
		for range programs {
			wg.Go(func() {
				if out, err := helper(t, "start", path).CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
		wg.Wait()
		if n := countLoans(t, mustOpen(t, path)); n != programs {
			t.Errorf("got %d rows, want %d", n, programs)
		}
	}
}

func TestPartsOfOneProgramStartingTogetherNeverFail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if err := helperStart(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := countLoans(t, mustOpen(t, path)); n != 12 {
		t.Errorf("got %d rows, want 12", n)
	}
}

func countLoans(t *testing.T, f *File) (n int) {
	t.Helper()
	if err := f.Read.QueryRow("SELECT count(*) FROM loan").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// helperWriteOn commits rows for ever and says each number after its commit.
func helperWriteOn(path string) error {
	ctx := context.Background()
	f, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	for i := 1; ; i++ {
		err := f.Tx(ctx, func(tx *sql.Tx) error {
			_, err := tx.Exec("INSERT INTO loan (id, paid) VALUES (?, 1)", i)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Println(i)
	}
}

func TestWhatWasSaidToBeSavedSurvivesAKill(t *testing.T) {
	for range 3 {
		path := filepath.Join(t.TempDir(), "a.db")
		f := mustOpen(t, path)
		if _, _, err := Migrate(t.Context(), f, schemas, "testdata/good"); err != nil {
			t.Fatal(err)
		}
		cmd := helper(t, "write on", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		saved := 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if saved++; saved == 50 {
				cmd.Process.Kill()
			}
		}
		cmd.Wait()
		if n := countLoans(t, f); n < saved {
			t.Errorf("%d were said to be saved, %d are there", saved, n)
		}
		if err := f.FullCheck(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
