package sqlitefile

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"sync"
	"testing"
	"time"

	lib "modernc.org/sqlite/lib"

	"github.com/bookpayback/bookpayback/shared/fault"
)

//go:embed testdata
var schemas embed.FS

// sqlDriverBad makes the pool throw a connection away.
var sqlDriverBad = driver.ErrBadConn

func insert(ctx context.Context, f *File, paid int) error {
	return f.Tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO loan (paid) VALUES (?)", paid)
		return err
	})
}

func TestATransactionIsWholeOrNothing(t *testing.T) {
	f := mustMigrate(t)
	mine := errors.New("changed my mind")
	err := f.Tx(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO loan (paid) VALUES (1)"); err != nil {
			return err
		}
		return mine
	})
	if !errors.Is(err, mine) || countLoans(t, f) != 0 {
		t.Errorf("got %v, %d rows", err, countLoans(t, f))
	}
	refusal := fault.New(fault.Forbidden, "mine")
	if err := f.Tx(t.Context(), func(*sql.Tx) error { return refusal }); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("got %v, want the fault as it was", err)
	}
	func() {
		defer func() {
			if recover() != "broken" {
				t.Error("the panic was swallowed")
			}
		}()
		f.Tx(t.Context(), func(tx *sql.Tx) error {
			tx.Exec("INSERT INTO loan (paid) VALUES (1)")
			panic("broken")
		})
	}()
	if err := insert(t.Context(), f, 5); err != nil || countLoans(t, f) != 1 {
		t.Errorf("after a panic: %v, %d rows", err, countLoans(t, f))
	}
}

func TestATransactionHasTheWriteLockFromItsBeginning(t *testing.T) {
	f := mustMigrate(t)
	other := mustOpen(t, f.Path())
	err := f.Tx(t.Context(), func(*sql.Tx) error {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := insert(ctx, other, 1); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("another writer: got %v, want unavailable", err)
		}
		if n := countLoans(t, other); n != 0 { // readers don't wait
			t.Errorf("got %d rows", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := insert(t.Context(), other, 1); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestManyWritersWaitForEachOther(t *testing.T) {
	f := mustMigrate(t)
	other := mustOpen(t, f.Path())
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			if err := insert(t.Context(), []*File{f, other}[i%2], i); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := countLoans(t, f); n != 200 {
		t.Errorf("got %d rows, want 200", n)
	}
}

func TestAViewIsOfOneMoment(t *testing.T) {
	f := mustMigrate(t)
	err := f.View(t.Context(), func(tx *sql.Tx) error {
		var before, after int
		if err := tx.QueryRow("SELECT count(*) FROM loan").Scan(&before); err != nil {
			return err
		}
		if err := insert(t.Context(), f, 1); err != nil {
			return err
		}
		if err := tx.QueryRow("SELECT count(*) FROM loan").Scan(&after); err != nil {
			return err
		}
		if before != after {
			t.Errorf("%d rows, then %d", before, after)
		}
		return nil
	})
	if err != nil || countLoans(t, f) != 1 {
		t.Errorf("%v, %d rows", err, countLoans(t, f))
	}
	if err := f.View(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO loan (paid) VALUES (1)")
		return err
	}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a view wrote: %v", err)
	}
}

func TestEndedContextsAreUnavailableAndLeaveTheFileUsable(t *testing.T) {
	f := mustMigrate(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := f.Tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO loan (paid) VALUES (1)"); err != nil {
			return err
		}
		cancel()
		_, err := tx.ExecContext(ctx, "INSERT INTO loan (paid) VALUES (2)")
		return err
	})
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
	if err := insert(t.Context(), f, 3); err != nil || countLoans(t, f) != 1 {
		t.Errorf("afterwards: %v, %d rows", err, countLoans(t, f))
	}
}

func TestBrokenRulesAreConflictsThatSayWhichRule(t *testing.T) {
	f := mustMigrate(t)
	if err := insert(t.Context(), f, 1); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]Constraint{
		"INSERT INTO loan (id, paid) VALUES (1, 1)":       Unique,
		"INSERT INTO loan (paid) VALUES (-1)":             Check,
		"INSERT INTO loan (paid) VALUES (NULL)":           NotNull,
		"INSERT INTO refund (loan, amount) VALUES (9, 1)": ForeignKey,
		"INSERT INTO loan (paid) VALUES ('much')":         OtherRule,
		"INSERT INTO refund (loan, amount) SELECT 1, 'x'": OtherRule,
		"DELETE FROM nowhere":                             NoConstraint,
	} {
		err := f.Tx(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(query); return err })
		if got := ConstraintOf(err); got != want {
			t.Errorf("%s: got %q, want %q (%v)", query, got, want, err)
		}
		code := fault.Conflict
		if want == NoConstraint {
			code = fault.Internal
		}
		if got := fault.CodeOf(err); got != code {
			t.Errorf("%s: got %v, want %s", query, err, code)
		}
	}
}

func TestEveryResultCodeHasItsFault(t *testing.T) {
	for code, want := range map[int]*fault.Error{
		lib.SQLITE_BUSY:               fault.New(fault.Unavailable, keyBusy),
		lib.SQLITE_BUSY_SNAPSHOT:      fault.New(fault.Unavailable, keyBusy),
		lib.SQLITE_LOCKED:             fault.New(fault.Unavailable, keyBusy),
		lib.SQLITE_FULL:               fault.New(fault.Unavailable, keyDiskFull),
		lib.SQLITE_IOERR:              fault.New(fault.Unavailable, keyDiskFailing),
		lib.SQLITE_IOERR_FSYNC:        fault.New(fault.Unavailable, keyDiskFailing),
		lib.SQLITE_READONLY:           fault.New(fault.Unavailable, keyReadOnly),
		lib.SQLITE_CANTOPEN:           fault.New(fault.Unavailable, keyCannotOpen),
		lib.SQLITE_PERM:               fault.New(fault.Unavailable, keyCannotOpen),
		lib.SQLITE_NOMEM:              fault.New(fault.Unavailable, ""),
		lib.SQLITE_INTERRUPT:          fault.New(fault.Unavailable, ""),
		lib.SQLITE_CONSTRAINT_TRIGGER: fault.New(fault.Conflict, ""),
		lib.SQLITE_TOOBIG:             fault.New(fault.Invalid, keyTooBig),
		lib.SQLITE_CORRUPT:            fault.New(fault.Internal, keyDamaged),
		lib.SQLITE_NOTADB:             fault.New(fault.Internal, keyDamaged),
		lib.SQLITE_ERROR:              fault.New(fault.Internal, ""),
		lib.SQLITE_MISUSE:             fault.New(fault.Internal, ""),
	} {
		if got := faultOf(code); got.Code != want.Code || got.Key != want.Key {
			t.Errorf("%d: got %v, want %v", code, got, want)
		}
	}
	if Fault(nil) != nil || fault.CodeOf(Fault(sql.ErrNoRows)) != fault.NotFound {
		t.Error("nil or no row")
	}
	other := errors.New("not the database's")
	if Fault(other) != other {
		t.Error("a stranger's error was changed")
	}
}

func TestAFullDiskIsSaidInWordsAndEndsWithRoom(t *testing.T) {
	f := mustMigrate(t)
	if _, err := f.Write.Exec("CREATE TABLE big (b BLOB NOT NULL) STRICT"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write.Exec("PRAGMA max_page_count = 40"); err != nil {
		t.Fatal(err)
	}
	fill := func() error {
		return f.Tx(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec("INSERT INTO big VALUES (zeroblob(400000))")
			return err
		})
	}
	err := fill()
	if key, _ := fault.Message(err); fault.CodeOf(err) != fault.Unavailable || key != keyDiskFull {
		t.Errorf("got %v", err)
	}
	if _, err := f.Write.Exec("PRAGMA max_page_count = 4000"); err != nil {
		t.Fatal(err)
	}
	if err := fill(); err != nil {
		t.Errorf("with room again: %v", err)
	}
}
