package ingest

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// column is one column that an import knows.
type column struct {
	need    bool
	aliases []string // normal forms (plain), best first; the first two are told to people
}

// header is where the known columns are in a file: at[i] is the place of the
// i-th known column, -1 if it is not there.
type header struct {
	at    []int
	names []string // as in the file
	last  int      // the last place that is used
}

// findColumns lays a header line over the known columns. The error names the
// needed columns that are not there.
func findColumns(names []string, known []column) (header, error) {
	h := header{at: make([]int, len(known)), names: names}
	places := map[string]int{}
	for i, name := range names {
		if _, twice := places[plain(name)]; !twice {
			places[plain(name)] = i
		}
	}
	var missing []string
	for i, c := range known {
		h.at[i] = -1
		for _, alias := range c.aliases {
			if at, ok := places[alias]; ok {
				h.at[i] = at
				h.last = max(h.last, at)
				break
			}
		}
		if h.at[i] < 0 && c.need {
			missing = append(missing, strings.Join(c.aliases[:min(2, len(c.aliases))], "/"))
		}
	}
	if missing != nil {
		return h, fault.New(fault.Invalid, "ingest.columns_missing", "Columns", strings.Join(missing, ", "))
	}
	return h, nil
}

// plain is a header's normal form: composed, in lower case, letters and digits only.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFC.String(name))
}

// fits says what is wrong with the number of a row's cells. One too few for what
// is used, or a filled one too many, means that an unquoted separator or line
// break has shifted the row.
func (h header) fits(cells []string) *flaw {
	switch {
	case len(cells) <= h.last:
		return bad("ingest.cells_few", "Have", strconv.Itoa(len(cells)), "Want", strconv.Itoa(len(h.names)))
	case len(cells) > len(h.names) && !blank(cells[len(h.names):]):
		return bad("ingest.cells_many", "Have", strconv.Itoa(len(cells)), "Want", strconv.Itoa(len(h.names)))
	}
	return nil
}

// cells is one row seen through its header.
type cells struct {
	header
	values []string
	notes  []*flaw
}

// text returns the cell of the i-th known column, cleaned; "" if there is none.
func (c *cells) text(i int) string {
	if c.at[i] < 0 {
		return ""
	}
	return clean(c.values[c.at[i]])
}

// note adds something that people should know of a row that is taken.
func (c *cells) note(i int, key string, args ...string) {
	c.notes = append(c.notes, c.in(i, bad(key, args...)))
}

// in names the column of a flaw as the file does.
func (c *cells) in(i int, f *flaw) *flaw {
	if at := c.at[i]; at >= 0 {
		f.column = strings.TrimSpace(c.names[at])
	}
	return f
}

// wrong refuses the row because of one column.
func (c *cells) wrong(i int, key string, args ...string) *flaw {
	return c.in(i, bad(key, args...))
}

// clean makes a cell one line of composed text: runs of spaces, line breaks and
// signs without a shape become one space.
func clean(s string) string {
	if simple(s) {
		return strings.Trim(s, " ")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u200b' || r == '\ufeff' || r == '\u2060':
			return -1
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

// simple says that there is nothing to clean but outer spaces: printable ASCII
// and precomposed Hangul, single spaces.
func simple(s string) bool {
	last := rune(0)
	for _, r := range s {
		ascii, hangul := r >= ' ' && r <= '~', r >= '가' && r <= '힣'
		if !ascii && !hangul || r == ' ' && last == ' ' {
			return false
		}
		last = r
	}
	return true
}

// columnNumber names a column by its number, from 1.
func columnNumber(i int) string { return strconv.Itoa(i + 1) }

// shorten cuts a text to limit bytes at a character's end.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return strings.TrimSpace(s[:limit])
}
