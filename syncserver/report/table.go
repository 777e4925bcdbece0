package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/assets"
)

// Say is a speaker's (assets.Speaker.Say).
type Say func(key string, args map[string]string) string

// Table is a report as people read it, in one language: what a page shows and
// what goes into a file.
type Table struct {
	Title      string
	Definition string
	AsOf       string // "2026-11-23 14:05, as of op 1234"
	Columns    []string
	Rows       [][]Cell
	Sum        []Cell // nil if there is nothing to add up
}

// Cell is one cell: a number, or a text.
type Cell struct {
	Text   string
	Number int64
	Is     CellKind
}

// CellKind says what a cell holds.
type CellKind int

// The kinds of cells.
const (
	IsText CellKind = iota
	IsNumber
	IsWon
)

// Word makes a cell of a text, Count of a number, and Amount of an amount of won.
func Word(s string) Cell { return Cell{Text: s} }

// Count makes a cell of a number.
func Count[N ~int | ~int64](n N) Cell { return Cell{Number: int64(n), Is: IsNumber} }

// Amount makes a cell of an amount of won.
func Amount[N ~int64](n N) Cell { return Cell{Number: int64(n), Is: IsWon} }

// String is the cell as a page shows it: "1,234", without a unit.
func (c Cell) String() string {
	if c.Is == IsText {
		return c.Text
	}
	return assets.Number(c.Number)
}

// newTable begins the table of a statistic.
func newTable(say Say, name string, p Period, as AsOf, columns ...string) Table {
	args := map[string]string{}
	if p != (Period{}) {
		args["From"], args["To"] = string(p.From), string(p.To)
	}
	t := Table{Title: say("report."+name, args), Definition: say("report."+name+".definition", nil)}
	at := ""
	if as.At > 0 {
		at = time.UnixMilli(as.At).In(as.Zone).Format("2006-01-02 15:04")
	}
	t.AsOf = say("report.as_of", map[string]string{"At": at, "Position": strconv.FormatUint(as.Position, 10)})
	for _, c := range columns {
		t.Columns = append(t.Columns, say("report.column."+c, nil))
	}
	return t
}

// Table returns the copies by library.
func (l Libraries) Table(say Say) Table {
	columns := []string{"library", "returns"}
	if l.Name == "holdings" {
		columns = []string{"library", "holdings", "coming"}
	}
	t := newTable(say, l.Name, l.Period, l.AsOf, columns...)
	line := func(name string, n, coming int) []Cell {
		cells := []Cell{Word(name), Count(n)}
		if l.Name == "holdings" {
			cells = append(cells, Count(coming))
		}
		return cells
	}
	for _, c := range l.Rows {
		t.Rows = append(t.Rows, line(c.label(say), c.N, c.Coming))
	}
	t.Sum = line(say("report.sum", nil), l.Total, l.Coming)
	return t
}

// label is a library as people read it.
func (c LibraryCount) label(say Say) string {
	switch {
	case c.Name != "":
		return c.Name
	case c.Library != "":
		return string(c.Library)
	}
	return say("report.no_library", nil)
}

// Table returns the number of residents.
func (u Users) Table(say Say) Table {
	t := newTable(say, "users", u.Period, u.AsOf, "what", "people")
	t.Rows = [][]Cell{{Word(say("report.users.asked", nil)), Count(u.Asked)}, {Word(say("report.users.bought", nil)), Count(u.Bought)}}
	return t
}

// Table returns the way of requests, a step a row.
func (f Funnel) Table(say Say) Table {
	t := newTable(say, "funnel", f.Period, f.AsOf, "what", "records")
	for _, step := range []struct {
		name string
		n    int
	}{
		{"asked", f.Asked}, {"accepted", f.Accepted}, {"bought", f.Bought}, {"walk_ins", f.WalkIns}, {"out", f.Out}, {"left", f.Left},
		{"returned", f.Returned}, {"kept", f.Kept}, {"shelved", f.Shelved},
	} {
		t.Rows = append(t.Rows, []Cell{Word(say("report.funnel."+step.name, nil)), Count(step.n)})
	}
	t.Rows = append(t.Rows, []Cell{Word(say("report.funnel.refunded", nil)), Amount(f.Refunded)})
	return t
}

// Table returns what stores are owed.
func (s Settlements) Table(say Say) Table {
	t := newTable(say, "settlements", s.Period, s.AsOf, "store", "lines", "owed", "contested", "approved", "paid", "total")
	for _, r := range s.Rows {
		t.Rows = append(t.Rows, r.cells(r.Name))
	}
	t.Sum = s.Total.cells(say("report.sum", nil))
	return t
}

func (a Amounts) cells(name string) []Cell {
	return []Cell{Word(name), Count(a.Lines), Amount(a.Owed), Amount(a.Contested), Amount(a.Approved), Amount(a.Paid), Amount(a.Total())}
}

// Table returns one store's lines.
func (s Settlement) Table(say Say) Table {
	t := newTable(say, "settlement", s.Period, s.AsOf, "owed_on", "title", "isbn", "cause", "list", "refunded", "amount", "state", "pay_by", "note")
	t.Title += " - " + s.Name
	for _, l := range s.Lines {
		t.Rows = append(t.Rows, []Cell{Word(string(l.OwedOn)), Word(l.Title), Word(string(l.ISBN)), Word(say("report.cause."+l.Cause, nil)),
			Amount(l.List), Amount(l.Refunded), Amount(l.Amount), Word(say("report.line."+string(l.State), nil)), Word(string(l.PayBy)), Word(l.Note)})
	}
	blank := Word("")
	t.Sum = []Cell{Word(say("report.sum", nil)), blank, blank, blank, blank, blank, Amount(s.Sum.Total()), blank, blank, blank}
	return t
}

// CSV writes the table as a spreadsheet takes it: UTF-8 with a byte order mark,
// CRLF, header first, numbers plain; title, definition and state stand below. A
// text that a spreadsheet would take for a formula gets an apostrophe in front.
func (t Table) CSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	lines := [][]string{texts(t.Columns...)}
	for _, r := range t.Rows {
		lines = append(lines, plain(r))
	}
	if t.Sum != nil {
		lines = append(lines, plain(t.Sum))
	}
	lines = append(lines, []string{""}, texts(t.Title), texts(t.Definition), texts(t.AsOf))
	return c.WriteAll(lines)
}

func plain(cells []Cell) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = strconv.FormatInt(c.Number, 10)
		if c.Is == IsText {
			out[i] = harmless(c.Text)
		}
	}
	return out
}

func texts(of ...string) []string {
	out := make([]string, len(of))
	for i, s := range of {
		out[i] = harmless(s)
	}
	return out
}

// harmless keeps a text from being run as a formula. Source: OWASP, CSV injection.
func harmless(s string) string {
	if s != "" && strings.ContainsAny(s[:1], "=+-@\t\r\n|%") {
		return "'" + s
	}
	if strings.HasPrefix(s, "＝") || strings.HasPrefix(s, "＋") || strings.HasPrefix(s, "－") || strings.HasPrefix(s, "＠") {
		return "'" + s
	}
	return s
}
