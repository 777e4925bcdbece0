package db

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/hangul"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Bounds of a search: more keys find no fewer titles in practice, and nobody
// reads more candidates.
const (
	maxSearchKeys = 6
	maxCandidates = 2000
	keyProbe      = 3000
)

// Titles returns the titles whose name and author answer the query: words,
// syllables or initial consonants, in any order. Those that begin with it come
// first, then by name. At most maxCandidates are looked at.
func (d *DB) Titles(ctx context.Context, question string, limit, offset int) ([]*payback.Title, error) {
	found, err := d.titles(ctx, question)
	if err != nil {
		return nil, fault.Wrap("db.Titles", err)
	}
	begins := hangul.Fold(question)
	rank := func(t *payback.Title) int {
		if strings.HasPrefix(hangul.Fold(t.Name), begins) {
			return 0
		}
		return 1
	}
	slices.SortFunc(found, func(a, b *payback.Title) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ISBN, b.ISBN))
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

func (d *DB) titles(ctx context.Context, question string) ([]*payback.Title, error) {
	keys := hangul.QueryKeys(question)
	if len(keys) == 0 {
		return nil, nil
	}
	keys, err := d.rarestFirst(ctx, keys)
	if err != nil {
		return nil, err
	}
	rows, err := listOf[*payback.Title](ctx, d.file.Read, payback.TTitle, titleQuery(len(keys)), append(anys(keys), maxCandidates)...)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rows, func(t *payback.Title) bool { return !hangul.Matches(t.Name+" "+t.Author, question) }), nil
}

// titleQuery walks the first key's titles and asks for each whether the others
// have it too.
func titleQuery(keys int) string {
	q := "SELECT t.raw FROM (SELECT DISTINCT k.isbn FROM title_key AS k WHERE k.key = ?"
	for range keys - 1 {
		q += " AND EXISTS (SELECT 1 FROM title_key AS x WHERE x.key = ? AND x.isbn = k.isbn)"
	}
	return q + " LIMIT ?) AS f CROSS JOIN title AS t ON t.id = printf('%013d', f.isbn)"
}

// rarestFirst orders keys by how many titles have them, and keeps the rarest.
func (d *DB) rarestFirst(ctx context.Context, keys []string) ([]string, error) {
	if len(keys) == 1 {
		return keys, nil
	}
	n := make(map[string]int, len(keys))
	for _, k := range keys {
		var count int
		if err := d.file.Read.QueryRowContext(ctx, countKey, k, keyProbe).Scan(&count); err != nil {
			return nil, err
		}
		n[k] = count
	}
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(n[a], n[b]) })
	return keys[:min(len(keys), maxSearchKeys)], nil
}

const countKey = "SELECT COUNT(*) FROM (SELECT 1 FROM title_key WHERE key = ? LIMIT ?)"

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
