package sqlitefile

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
)

// kept looks at what the one writing connection keeps.
func kept(t *testing.T, f *File) (n, busy int) {
	t.Helper()
	c, err := f.Write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Raw(func(raw any) error {
		for _, s := range raw.(*keeping).kept {
			if n++; s.busy {
				busy++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n, busy
}

func TestStatementsStayPreparedUpToALimit(t *testing.T) {
	f := mustMigrate(t)
	for _, queries := range []int{1, keptStatements - 1, keptStatements, keptStatements + 1} {
		for i := range queries {
			var got int
			if err := f.Write.QueryRow(fmt.Sprintf("SELECT %d + ?", i), 1).Scan(&got); err != nil || got != i+1 {
				t.Fatal(got, err)
			}
		}
		if n, busy := kept(t, f); n > keptStatements || n < min(queries, keptStatements) || busy > 0 {
			t.Errorf("after %d queries %d are kept, %d in use", queries, n, busy)
		}
	}
}

func TestAStatementCanBeReadWithinItself(t *testing.T) {
	f := mustMigrate(t)
	err := f.Tx(t.Context(), func(tx *sql.Tx) error {
		for i := range 3 {
			if _, err := tx.Exec("INSERT INTO loan (paid) VALUES (?)", i); err != nil {
				return err
			}
		}
		const query = "SELECT paid FROM loan ORDER BY paid"
		outer, err := tx.Query(query)
		if err != nil {
			return err
		}
		defer outer.Close()
		for want := 0; outer.Next(); want++ {
			var a, b int
			if err := outer.Scan(&a); err != nil || a != want {
				t.Errorf("got %d, want %d: %v", a, want, err)
			}
			if err := tx.QueryRow(query).Scan(&b); err != nil || b != 0 {
				t.Errorf("within: got %d: %v", b, err)
			}
		}
		return outer.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAStatementThatFailedWorksAgain(t *testing.T) {
	f := mustMigrate(t)
	const query = "INSERT INTO loan (id, paid) VALUES (?, ?)"
	for i, id := range []int{7, 7, 8} {
		_, err := f.Write.Exec(query, id, 1)
		if (err != nil) != (i == 1) {
			t.Errorf("row %d: %v", i, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Write.ExecContext(ctx, query, 9, 1); err == nil {
		t.Error("a context that has ended was taken")
	}
	if _, err := f.Write.Exec(query, 9, 1); err != nil {
		t.Error(err)
	}
}

func TestAKeptStatementSeesAChangedTable(t *testing.T) {
	f := mustMigrate(t)
	const query = "SELECT * FROM loan"
	columns := func() int {
		rows, err := f.Write.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		rows.Next()
		if err != nil || rows.Err() != nil {
			t.Fatal(err, rows.Err())
		}
		return len(names)
	}
	if _, err := f.Write.Exec("INSERT INTO loan (paid) VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	before := columns()
	if _, err := f.Write.Exec("ALTER TABLE loan ADD COLUMN more TEXT"); err != nil {
		t.Fatal(err)
	}
	if after := columns(); after != before+1 {
		t.Errorf("%d columns after one was added to %d", after, before)
	}
}
