package db

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// plan returns what SQLite would do for a statement, one step a line.
func plan(t *testing.T, d *DB, query string, args ...any) []string {
	t.Helper()
	rows, err := d.file.Read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	return steps
}

// small are the tables of a few rows that are read whole.
func small() []string { return []string{"district", "policy", "device", "clerk"} }

// TestNoListScansATable: a list must stay quick with 100,000 titles and years of
// requests.
func TestNoListScansATable(t *testing.T) {
	f := newFolder(t)
	states := []payback.State{payback.Placed, payback.Ready}
	ids := []payback.ResidentID{"a", "b"}
	text := func(q query, order string) (string, []any) { s := q.text(order, 10); return s, q.args }
	type lists struct {
		query string
		args  []any
	}
	var all []lists
	add := func(query string, args []any) { all = append(all, lists{query, args}) }
	for _, rf := range []RequestFilter{{States: states}, {ISBN: testISBN}, {ISBN: testISBN, States: states}, {Number: "0001"}, {Number: "0001", States: states},
		{CardTag: "x"}, {CardTag: "x", States: states}, {Persons: ids}, {Persons: ids, States: states}} {
		add(text(requestQuery(rf), "placed_at, id"))
	}
	for _, lf := range []LoanFilter{{States: states}, {ISBN: testISBN}, {ISBN: testISBN, States: states}, {Number: "0001"}, {CardTag: "x"},
		{Persons: ids, States: states}, {Request: "r"}} {
		add(text(loanQuery(lf), "due, id"))
	}
	for _, view := range []string{"copy", "transfer", "refund", "case_", "line"} {
		add(text(stateQuery(view, states), "id"))
	}
	for _, s := range specs {
		add("SELECT raw FROM "+string(s.table)+" WHERE id = ?", []any{"x"})
		add(idPrefix(s.table), []any{"a", "b", 5})
	}
	add(postFew, []any{"불편"})
	add(postMany, []any{"불편", 0, 6})
	add(postSize, []any{"불편"})
	add(titleFrom, []any{"97", "98", 5})
	add("SELECT raw FROM title WHERE id IN (?, ?)", []any{"9788937473135", "x"})
	add("SELECT raw FROM transfer WHERE serial = ? ORDER BY id LIMIT ?", []any{1, 10})
	add(lastSerial, nil)
	add(personsByLast4, []any{"1234"})
	add(ownByDay, []any{0, 1, 10})
	add(ownLast, []any{0, 10})
	add(ownBySubject, []any{"loan/x", 10})
	add(ownByRef, []any{"run", 1})
	add(ownWaiting, []any{10, 0})
	add(ownOdd, []any{10, 0})
	add(othersByDay, []any{0, 1, 10})
	add(othersBySubject, []any{"loan/x", 10})
	add(outboxState, nil)
	add(countsQuery, []any{0})
	add(runRead, nil)
	if bad := plan(t, f.db, "SELECT raw FROM request WHERE placed_at > 5"); !slices.ContainsFunc(bad, scans) {
		t.Errorf("this test sees no scan where there is one: %v", bad)
	}
	for _, l := range all {
		for _, step := range plan(t, f.db, l.query, l.args...) {
			if scans(step) {
				t.Errorf("%s\n\t%s", l.query, strings.Join(plan(t, f.db, l.query, l.args...), "\n\t"))
				break
			}
		}
	}
}

// scans says whether a step reads a whole table or index of one that grows. A
// partial index holds only what is looked for.
func scans(step string) bool {
	rest, ok := strings.CutPrefix(step, "SCAN ")
	if !ok || strings.Contains(step, "CONSTANT ROW") || strings.Contains(step, "outbox_waiting") || strings.Contains(step, "outbox_odd") {
		return false
	}
	name, _, _ := strings.Cut(rest, " ")
	if slices.Contains(small(), name) || strings.HasPrefix(name, "(") || name == "run" || name == "f" {
		return false // a run is one start of a program; the others are results of inner steps
	}
	// A view is the result of its two arms, each of which has a step of its own.
	return specOf(payback.Table(name)) == nil
}

func TestSpecsAreTheSchemasColumns(t *testing.T) {
	f := newFolder(t)
	columns := func(table string) (names []string) {
		rows, err := f.db.file.Read.QueryContext(t.Context(), "SELECT name FROM pragma_table_info(?)", table)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
		return names
	}
	for _, s := range specs {
		if got, want := columns("c_"+string(s.table)), append([]string{"id", "raw", "position", "gen"}, s.cols...); !slices.Equal(got, want) {
			t.Errorf("c_%s: got %v, want %v", s.table, got, want)
		}
		if got, want := columns("o_"+string(s.table)), append([]string{"id", "raw"}, s.cols...); !slices.Equal(got, want) {
			t.Errorf("o_%s: got %v, want %v", s.table, got, want)
		}
	}
	for _, table := range payback.Tables() {
		if (table.Scope() != payback.ScopeServer) != (specOf(table) != nil) {
			t.Errorf("%s: seen by a counter %v, kept %v", table, table.Scope() != payback.ScopeServer, specOf(table) != nil)
		}
	}
}

func TestTitlesAreFoundByWordsSyllablesAndInitials(t *testing.T) {
	f := newFolder(t)
	f.server.set(&payback.Title{ISBN: "9788936434120", Name: "채식주의자", Author: "한강"},
		&payback.Title{ISBN: "9788954682152", Name: "나의 불편한 친구", Author: "이순신"})
	f.pull(t)
	for question, want := range map[string][]payback.ISBN{
		"불편한":    {testISBN, "9788954682152"}, // the one that begins with it first
		"ㅂㅍㅎ ㅍㅇ": {testISBN},
		"한강 채식":  {"9788936434120"},
		"불편한 채식": nil,
		"":       nil,
		"!?":     nil,
	} {
		got, err := f.db.Titles(t.Context(), question, 10, 0)
		var isbns []payback.ISBN
		for _, title := range got {
			isbns = append(isbns, title.ISBN)
		}
		if err != nil || !slices.Equal(isbns, want) {
			t.Errorf("%q: got %v, %v, want %v", question, isbns, err, want)
		}
	}
	f.server.set(&payback.Title{ISBN: testISBN, Name: "편의점 이야기", Author: "김호연"})
	f.pull(t)
	if got, _ := f.db.Titles(t.Context(), "불편한", 10, 0); len(got) != 1 {
		t.Errorf("after a title's name changed: got %d, want 1", len(got))
	}
	if got, _ := f.db.Titles(t.Context(), "불편한", 10, 1); len(got) != 0 {
		t.Errorf("beyond the last: got %d", len(got))
	}
}

func TestDayMergesOtherPCsActsAndOwnOnesOnce(t *testing.T) {
	f := newFolder(t)
	f.place(1)
	f.pull(t)
	f.record(t, accept("r001"))
	f.push(t, true)
	f.server.set(&payback.VerdictRow{Store: testStore, Op: payback.OpRef{Kind: payback.KCount, Run: "pc2", Wseq: 4, At: testStart.UnixMilli()},
		Verdict: payback.Applied, Subject: payback.StockKey(testStore, testISBN)})
	f.pull(t)
	from := testStart.UnixMilli()
	acts, err := f.db.Day(t.Context(), from, from+60_000, 10)
	if err != nil || len(acts) != 2 || !acts[0].Own || !acts[0].Final || acts[1].Own {
		t.Errorf("got %+v, %v", acts, err)
	}
	if acts, _ = f.db.Day(t.Context(), from+1000, from+1001, 10); len(acts) != 1 {
		t.Errorf("the one millisecond of the accept: got %d acts", len(acts))
	}
	if acts, _ = f.db.Day(t.Context(), from, from+1000, 10); len(acts) != 1 || acts[0].Own {
		t.Errorf("until just before it: got %+v", acts)
	}
	story, err := f.db.Story(t.Context(), payback.RequestKey("r001"), 10)
	if err != nil || len(story) != 1 {
		t.Errorf("story: got %+v, %v", story, err)
	}
}

func TestAnotherStoresEnrolmentIsRefused(t *testing.T) {
	f := newFolder(t)
	e, _, _ := f.db.Enrolment(t.Context())
	e.Label = "서점 PC 2"
	if err := f.db.SetEnrolment(t.Context(), e); err != nil {
		t.Errorf("the same store: %v", err)
	}
	e.Store = "s02"
	if err := f.db.SetEnrolment(t.Context(), e); err == nil {
		t.Error("another store was taken over the first one's rows")
	}
}

func TestCountsAreThoseOfTheLists(t *testing.T) {
	f := newFolder(t)
	for n := range 4 {
		f.place(n)
	}
	f.pull(t)
	f.record(t, accept("r001"), sell("r002", "copy2"), &payback.Return{Loan: "copy2"})
	got, err := f.db.Counts(t.Context(), 0)
	want := Counts{Placed: 2, Holds: 1, Owed: 1, Loose: 1, Waiting: 3}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if rows := fmt.Sprint(overlayRows(t, f.db)); rows == "0" {
		t.Error("the counts above were not those of the overlay")
	}
}
