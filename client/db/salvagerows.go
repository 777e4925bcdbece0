package db

import (
	"context"
	"database/sql"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// savedRow is a confirmed row of a damaged file.
type savedRow struct {
	spec     *spec
	id       string
	raw      []byte
	position uint64
	row      payback.Row
}

// savedRows are rows whose digest shows that they are all there and as they were
// sent: with them a counter that is offline goes on selling and refunding. Of the
// titles only those that the store's rows name are kept, since all of them would
// take longer than a clerk should wait; the next pulls bring the rest.
type savedRows struct {
	buckets   []bucket
	rows      []savedRow
	positions map[opRef]uint64 // where the server had placed ops: what is in the rows is not applied to them again
}

// saveRows reads them; nothing if a single row is in doubt.
func saveRows(ctx context.Context, db *sql.DB, who Enrolment) (out savedRows) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return savedRows{}
	}
	defer tx.Rollback()
	var v Verified
	named := map[payback.ISBN]bool{}
	for _, name := range []payback.Bucket{payback.StoreBucket(who.Store), payback.BucketCatalogue} {
		b, err := readBucket(ctx, tx, name)
		if err != nil || v.bucket(ctx, tx, name) != nil || len(v.Wrong) > 0 || out.read(ctx, tx, b, named) != nil {
			return savedRows{}
		}
		out.buckets = append(out.buckets, b)
	}
	if out.readPositions(ctx, tx) != nil {
		return savedRows{}
	}
	return out
}

// read reads the rows of a bucket; titles that named does not hold are left out.
func (s *savedRows) read(ctx context.Context, tx *sql.Tx, b bucket, named map[payback.ISBN]bool) error {
	for i := range specs {
		if !inBucket(specs[i].table, b.name) {
			continue
		}
		if err := s.table(ctx, tx, &specs[i], b.gen, named); err != nil {
			return err
		}
	}
	return nil
}

func (s *savedRows) table(ctx context.Context, tx *sql.Tx, spec *spec, gen int, named map[payback.ISBN]bool) error {
	rows, err := tx.QueryContext(ctx, "SELECT id, raw, position FROM c_"+string(spec.table)+" WHERE gen = ?", gen)
	if err != nil {
		return sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		r := savedRow{spec: spec}
		if err := rows.Scan(&r.id, &r.raw, &r.position); err != nil {
			return err
		}
		if spec.table == payback.TTitle && !named[payback.ISBN(r.id)] {
			continue
		}
		if r.row, err = payback.DecodeRow(spec.table, r.raw); err != nil {
			return err
		}
		switch x := r.row.(type) {
		case *payback.Request:
			named[x.ISBN] = true
		case *payback.Loan:
			named[x.ISBN] = true
		case *payback.Stock:
			named[x.ISBN] = true
		}
		s.rows = append(s.rows, r)
	}
	return sqlitefile.Fault(rows.Err())
}

func (s *savedRows) readPositions(ctx context.Context, tx *sql.Tx) error {
	s.positions = map[opRef]uint64{}
	rows, err := tx.QueryContext(ctx, "SELECT run, wseq, position FROM outbox WHERE position IS NOT NULL")
	if err != nil {
		return sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var ref opRef
		var position uint64
		if err := rows.Scan(&ref.run, &ref.wseq, &position); err != nil {
			return err
		}
		s.positions[ref] = position
	}
	return sqlitefile.Fault(rows.Err())
}

// keepRows writes saved rows into a fresh file; their buckets are fetched anew
// meanwhile.
func (d *DB) keepRows(ctx context.Context, saved savedRows) error {
	if len(saved.buckets) == 0 {
		return nil
	}
	return d.file.Tx(ctx, func(tx *sql.Tx) error {
		var titles []*payback.Title
		for _, r := range saved.rows {
			args := append([]any{r.id, r.raw, r.position, 1}, r.spec.values(r.row)...)
			if _, err := tx.ExecContext(ctx, r.spec.confirmedInsert()+marks(len(args)), args...); err != nil {
				return err
			}
			if t, ok := r.row.(*payback.Title); ok {
				titles = append(titles, t)
			}
		}
		for _, b := range saved.buckets {
			b.gen = 1
			b.startOver()
			if err := b.write(ctx, tx); err != nil {
				return err
			}
		}
		return addTitleKeys(ctx, tx, titles, 0)
	})
}
