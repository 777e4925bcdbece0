package sqlitefile

import (
	"path/filepath"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
)

func TestMigrationsRunOnceInOrder(t *testing.T) {
	f := mustOpen(t, filepath.Join(t.TempDir(), "a.db"))
	for _, want := range [][2]int64{{0, 2}, {2, 2}} {
		from, to, err := Migrate(t.Context(), f, schemas, "testdata/good")
		if err != nil || from != want[0] || to != want[1] {
			t.Errorf("got %d to %d, %v; want %v", from, to, err, want)
		}
	}
	if from, to, err := Migrate(t.Context(), f, schemas, "testdata/newer"); err != nil || from != 2 || to != 3 {
		t.Errorf("a newer program: got %d to %d, %v", from, to, err)
	}
	if got := pragma(t, f.Read, "application_id"); got != "1112560451" {
		t.Errorf("application_id: got %s", got)
	}
	var n int
	if err := f.Read.QueryRow("SELECT count(*) FROM schema_version").Scan(&n); err != nil || n != 4 {
		t.Errorf("schema_version: %d rows, %v", n, err)
	}
}

func TestAFileOfANewerProgramIsLeftAlone(t *testing.T) {
	f := mustOpen(t, filepath.Join(t.TempDir(), "a.db"))
	if _, _, err := Migrate(t.Context(), f, schemas, "testdata/newer"); err != nil {
		t.Fatal(err)
	}
	_, _, err := Migrate(t.Context(), f, schemas, "testdata/good")
	if key, _ := fault.Message(err); fault.CodeOf(err) != fault.Conflict || key != keyNewerFile {
		t.Errorf("got %v", err)
	}
}

func TestAFailedMigrationLeavesTheVersionBefore(t *testing.T) {
	f := mustOpen(t, filepath.Join(t.TempDir(), "a.db"))
	if _, _, err := Migrate(t.Context(), f, schemas, "testdata/broken"); fault.CodeOf(err) != fault.Internal {
		t.Errorf("got %v, want internal", err)
	}
	var n int
	if err := f.Read.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name IN ('half', 'refund')").Scan(&n); err != nil || n != 1 {
		t.Errorf("got %d tables, want refund alone (%v)", n, err)
	}
	if from, to, err := Migrate(t.Context(), f, schemas, "testdata/newer"); err != nil || from != 2 || to != 3 {
		t.Errorf("the mended one: got %d to %d, %v", from, to, err)
	}
	if _, _, err := Migrate(t.Context(), f, schemas, "testdata/none"); fault.CodeOf(err) != fault.Internal {
		t.Errorf("no migrations: got %v", err)
	}
}
