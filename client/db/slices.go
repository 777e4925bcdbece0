package db

import (
	"context"
	"database/sql"
	"slices"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// The size of the slices in which rows of the catalogue are taken in: a clerk's act
// waits for one slice at most (DESIGN 4.12: 20 ms, of which the commit takes about
// half). Between two bites a slice looks whether an act waits, and ends if so.
const (
	sliceMS   = 8
	biteRows  = 50
	sliceRows = 2000 // at most, where the clock stands still
)

// slices takes in rows of a bucket by short transactions. At the end of each, done
// may write what belongs with it; end says that it was the last.
func (p *pull) slices(name payback.Bucket, rows []PulledRow, done func(tx *sql.Tx, b *bucket, end bool) error) error {
	many := len(rows) >= manyTitles
	for first := true; first || len(rows) > 0; first = false {
		n := 0
		err := p.d.file.Tx(p.ctx, func(tx *sql.Tx) error {
			b, err := readBucket(p.ctx, tx, name)
			if err != nil {
				return err
			}
			if n, err = p.slice(tx, &b, rows, many); err != nil {
				return err
			}
			if err := done(tx, &b, n == len(rows)); err != nil {
				return err
			}
			return b.write(p.ctx, tx)
		})
		if err != nil {
			return err
		}
		rows = rows[n:]
		if err := p.d.tidyBetween(p.ctx); err != nil {
			return err
		}
	}
	return p.d.fillKeys(p.ctx, false)
}

// slice takes in as many rows as one transaction should, and returns how many.
func (p *pull) slice(tx *sql.Tx, b *bucket, rows []PulledRow, many bool) (n int, err error) {
	began := p.d.env.Clock.Now().Mono
	t := &taking{ctx: p.ctx, tx: tx, b: b, out: &p.out, d: p.d, many: many}
	for n < len(rows) {
		bite := rows[n:min(n+biteRows, len(rows))]
		if err := t.all(bite); err != nil {
			return n, err
		}
		n += len(bite)
		if n >= sliceRows || p.d.acting.Load() > 0 || p.d.env.Clock.Now().Mono-began >= sliceMS {
			break
		}
	}
	p.dirty = p.dirty || t.changed
	return n, nil
}

// tidyBetween folds the write-ahead log in between two slices, unless an act waits.
func (d *DB) tidyBetween(ctx context.Context) error {
	if d.acting.Load() > 0 {
		return nil
	}
	return d.tidy(ctx)
}

// sweepSlices drops the rows that a whole new fetch of the catalogue did not bring.
// They are looked for by a reader, whom nobody waits for.
func (p *pull) sweepSlices() error {
	var b bucket
	gone := map[*spec][]any{}
	err := p.d.file.View(p.ctx, func(tx *sql.Tx) (err error) {
		if b, err = readBucket(p.ctx, tx, payback.BucketCatalogue); err != nil || b.refetch != refetchOn {
			return err
		}
		for i := range specs {
			s := &specs[i]
			if !inBucket(s.table, b.name) {
				continue
			}
			if gone[s], err = older(p.ctx, tx, s, b.gen); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || b.refetch != refetchOn {
		return err
	}
	for s, ids := range gone {
		for slice := range slices.Chunk(ids, biteRows) {
			err := p.d.file.Tx(p.ctx, func(tx *sql.Tx) error {
				n, err := p.d.sweepIDs(p.ctx, tx, s, b.gen, slice)
				p.dirty = p.dirty || n > 0
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	p.swept = b.gen
	return nil
}
