package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// Titles that come many at once, as with a snapshot, are written first and made
// findable afterwards, some ten thousand together: each of their keys is then one
// row of title_post and not one row a title, which would cost more than all the
// rest of taking them in.
const (
	manyTitles = 500    // in a reply: fewer are made findable at once
	fillTitles = 20_000 // of one fill
	numberSize = 6      // bytes of a number in title_post
)

// metaFill is the number of the last block of title_post.
const metaFill = "fill"

// queueTitles notes titles to be made findable by fillKeys.
func queueTitles(ctx context.Context, tx *sql.Tx, titles []*payback.Title) error {
	if len(titles) == 0 {
		return nil
	}
	args := make([]any, len(titles))
	for i, t := range titles {
		args[i] = isbnNumber(string(t.ISBN))
	}
	_, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO title_new (isbn) VALUES "+
		strings.TrimSuffix(strings.Repeat("(?), ", len(args)), ", "), args...)
	return err
}

// fillKeys makes queued titles findable: all of them, or as long as there are
// enough for a fill. It works in slices that give way to a clerk's act; a fill that
// was broken off is done again.
func (d *DB) fillKeys(ctx context.Context, all bool) error {
	for {
		var numbers []int64
		var titles []*payback.Title
		err := d.file.View(ctx, func(tx *sql.Tx) (err error) {
			if numbers, err = queued(ctx, tx); err != nil || len(numbers) == 0 {
				return err
			}
			titles, err = listOf[*payback.Title](ctx, tx, payback.TTitle, queuedTitles, fillTitles)
			return err
		})
		if err != nil || len(numbers) == 0 || !all && len(numbers) < fillTitles {
			return err
		}
		if err := d.fill(ctx, numbers, titles); err != nil {
			return err
		}
	}
}

const queuedTitles = `SELECT c.raw FROM (SELECT isbn FROM title_new ORDER BY isbn LIMIT ?) AS n
	CROSS JOIN c_title AS c ON c.id = printf('%013d', n.isbn)`

func queued(ctx context.Context, tx *sql.Tx) (numbers []int64, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT isbn FROM title_new ORDER BY isbn LIMIT ?", fillTitles)
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, sqlitefile.Fault(err)
		}
		numbers = append(numbers, n)
	}
	return numbers, sqlitefile.Fault(rows.Err())
}

// fill writes one block of keys, then takes its titles out of the queue.
func (d *DB) fill(ctx context.Context, numbers []int64, titles []*payback.Title) error {
	slices.SortFunc(titles, func(a, b *payback.Title) int { return cmp.Compare(a.ISBN, b.ISBN) })
	lists := map[string][]byte{}
	for _, t := range titles {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(isbnNumber(string(t.ISBN))))
		for _, k := range t.SearchText() {
			if list := lists[k]; !strings.HasSuffix(string(list[max(0, len(list)-numberSize):]), string(n[2:])) {
				lists[k] = append(list, n[2:]...)
			}
		}
	}
	block := 0
	err := d.file.Tx(ctx, func(tx *sql.Tx) error {
		if err := metaIn(ctx, tx, metaFill, &block); err != nil {
			return err
		}
		block++
		return metaOut(ctx, tx, metaFill, block)
	})
	if err != nil {
		return err
	}
	err = inSlices(ctx, d, slices.Sorted(maps.Keys(lists)), func(tx *sql.Tx, k string) error {
		_, err := tx.StmtContext(ctx, d.hot.post).ExecContext(ctx, k, block, lists[k])
		return err
	})
	if err != nil {
		return err
	}
	return inSlices(ctx, d, slices.Collect(slices.Chunk(numbers, keyRows)), func(tx *sql.Tx, some []int64) error {
		args := make([]any, len(some))
		for i, n := range some {
			args[i] = n
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM title_new WHERE isbn IN "+marks(len(args)), args...)
		return err
	})
}

const postWrite = "INSERT INTO title_post (key, block, isbns) VALUES (?, ?, ?)"

// inSlices does one thing after another in transactions of some milliseconds that
// give way to a clerk's act.
func inSlices[T any](ctx context.Context, d *DB, things []T, do func(*sql.Tx, T) error) error {
	for len(things) > 0 {
		n := 0
		err := d.file.Tx(ctx, func(tx *sql.Tx) error {
			began := d.env.Clock.Now().Mono
			for n < len(things) && n < sliceRows {
				if err := do(tx, things[n]); err != nil {
					return err
				}
				if n++; d.acting.Load() > 0 || d.env.Clock.Now().Mono-began >= sliceMS {
					break
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		things = things[n:]
		if err := d.tidyBetween(ctx); err != nil {
			return err
		}
	}
	return nil
}
