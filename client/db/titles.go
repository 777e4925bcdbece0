package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/hangul"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// Bounds of a search: more keys find no fewer titles in practice, and nobody
// reads more candidates.
const (
	maxSearchKeys = 6
	maxCandidates = 2000
	searchRows    = 100 // are read at once
	spare         = 4   // times what is asked for is read, for those that begin with the words to come first
)

// Titles returns the titles whose name and author answer the query: words,
// syllables or initial consonants, in any order. Those that begin with it come
// first, then by name, among the first found: four times as many as asked for, of
// at most maxCandidates that are looked at. A limit of 0 is as many as there are.
func (d *DB) Titles(ctx context.Context, question string, limit, offset int) ([]*payback.Title, error) {
	found, err := d.titles(ctx, question, spare*(max(0, offset)+limit))
	if err != nil {
		return nil, fault.Wrap("db.Titles", err)
	}
	begins := hangul.Fold(question)
	rank := make(map[*payback.Title]int, len(found))
	for _, t := range found {
		if !strings.HasPrefix(hangul.Fold(t.Name), begins) {
			rank[t] = 1
		}
	}
	slices.SortFunc(found, func(a, b *payback.Title) int {
		return cmp.Or(cmp.Compare(rank[a], rank[b]), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ISBN, b.ISBN))
	})
	if offset >= len(found) {
		return nil, nil
	}
	found = found[max(0, offset):]
	if limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	return found, nil
}

func (d *DB) titles(ctx context.Context, question string, enough int) ([]*payback.Title, error) {
	keys := hangul.QueryKeys(question)
	if len(keys) == 0 {
		return nil, nil
	}
	numbers, err := d.having(ctx, keys)
	if err != nil {
		return nil, err
	}
	asked := hangul.Ask(question)
	var found []*payback.Title
	for chunk := range slices.Chunk(numbers, searchRows) {
		ids := make([]any, len(chunk))
		for i, n := range chunk {
			ids[i] = fmt.Sprintf("%013d", n)
		}
		rows, err := listOf[*payback.Title](ctx, d.file.Read, payback.TTitle, "SELECT raw FROM title WHERE id IN "+marks(len(ids)), ids...)
		if err != nil {
			return nil, err
		}
		found = append(found, slices.DeleteFunc(rows, func(t *payback.Title) bool { return !asked.Matches(t.Name + " " + t.Author) })...)
		if enough > 0 && len(found) >= enough {
			break
		}
	}
	return found, nil
}

// having returns the numbers of titles that have all the keys, the rarest of
// which are looked at; at most maxCandidates.
func (d *DB) having(ctx context.Context, keys []string) ([]int64, error) {
	keys, last, err := d.rarest(ctx, keys)
	if err != nil {
		return nil, err
	}
	ps, err := postings(keys, func(k string) (posting, error) { return d.few(ctx, k) })
	if err != nil {
		return nil, err
	}
	numbers := common(ps, maxCandidates)
	for from := 0; from <= last && len(numbers) < maxCandidates; from += postStep {
		if ps, err = postings(keys, func(k string) (posting, error) { return d.many(ctx, k, from, from+postStep) }); err != nil {
			return nil, err
		}
		numbers = append(numbers, common(ps, maxCandidates-len(numbers))...)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// TitlesByISBN returns those of the titles that are known, by number.
func (d *DB) TitlesByISBN(ctx context.Context, isbns []payback.ISBN) (map[payback.ISBN]*payback.Title, error) {
	out := make(map[payback.ISBN]*payback.Title, len(isbns))
	for chunk := range slices.Chunk(isbns, loadRows) {
		rows, err := listOf[*payback.Title](ctx, d.file.Read, payback.TTitle, "SELECT raw FROM title WHERE id IN "+marks(len(chunk)), anys(texts(chunk))...)
		if err != nil {
			return nil, fault.Wrap("db.TitlesByISBN", err)
		}
		for _, t := range rows {
			out[t.ISBN] = t
		}
	}
	return out, nil
}

// TitlesByDigits returns the titles whose ISBN has these digits side by side: those
// whose ISBN, or what comes after its 978, begins with them first, then by number.
// Ten digits may be an old ISBN, of which the last one is left out.
func (d *DB) TitlesByDigits(ctx context.Context, digits string, limit int) ([]*payback.Title, error) {
	if len(digits) == 10 {
		digits = digits[:9]
	}
	var isbns []payback.ISBN
	for _, part := range []struct {
		query string
		args  []any
	}{
		{titleFrom, []any{digits, digits + ":", limit}},
		{titleFrom, []any{"978" + digits, "978" + digits + ":", limit}},
		{titleWith, []any{digits, limit}},
	} {
		if len(isbns) >= limit {
			break
		}
		err := d.eachText(ctx, part.query, part.args, func(id string) {
			if i := payback.ISBN(id); !slices.Contains(isbns, i) && len(isbns) < limit {
				isbns = append(isbns, i)
			}
		})
		if err != nil {
			return nil, fault.Wrap("db.TitlesByDigits", err)
		}
	}
	known, err := d.TitlesByISBN(ctx, isbns)
	out := make([]*payback.Title, 0, len(known))
	for _, i := range isbns {
		if t := known[i]; t != nil {
			out = append(out, t)
		}
	}
	return out, err
}

// titleWith reads the ids of all titles, and nothing else of them: a part from the
// middle of a number has no index. It is broken off when the next key is typed.
const (
	titleFrom = "SELECT id FROM title WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
	titleWith = "SELECT id FROM title WHERE instr(id, ?) > 0 LIMIT ?"
)

func (d *DB) eachText(ctx context.Context, query string, args []any, do func(string)) error {
	rows, err := d.file.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return sqlitefile.Fault(err)
		}
		do(text)
	}
	return sqlitefile.Fault(rows.Err())
}
