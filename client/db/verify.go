package db

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Sum is one bucket as this folder's rows make it.
type Sum struct {
	Bucket payback.Bucket
	Cursor uint64
	Rows   int
	Digest syncproto.Digest // computed from the rows, not remembered
}

// Verified is what Verify found.
type Verified struct {
	Sums  []Sum // the store's bucket, then the catalogue
	Ops   int   // of this PC's own
	Wrong []payback.Reason
}

// Verify reads everything and checks it against what is remembered: the digest of
// each bucket is that of its rows, every own op has its hash and follows the op
// before it in its run. The server's verify prints the same digests for the same
// cursors.
func (d *DB) Verify(ctx context.Context) (out Verified, err error) {
	err = d.file.View(ctx, func(tx *sql.Tx) error {
		var who Enrolment
		if err := metaIn(ctx, tx, metaEnrolment, &who); err != nil {
			return err
		}
		if who.Device != "" {
			for _, name := range []payback.Bucket{payback.StoreBucket(who.Store), payback.BucketCatalogue} {
				if err := out.bucket(ctx, tx, name); err != nil {
					return err
				}
			}
		}
		return out.chains(ctx, tx)
	})
	return out, fault.Wrap("db.Verify", err)
}

func (v *Verified) wrong(key string, args ...string) {
	r := payback.Reason{Key: key, Args: map[string]string{}}
	for i := 0; i+1 < len(args); i += 2 {
		r.Args[args[i]] = args[i+1]
	}
	v.Wrong = append(v.Wrong, r)
}

// bucket adds up the rows of one bucket.
func (v *Verified) bucket(ctx context.Context, tx *sql.Tx, name payback.Bucket) error {
	b, err := readBucket(ctx, tx, name)
	if err != nil {
		return err
	}
	sum := Sum{Bucket: name, Cursor: b.cursor}
	for i := range specs {
		if !inBucket(specs[i].table, name) {
			continue
		}
		if err := sum.add(ctx, tx, string(specs[i].table), "SELECT id, raw FROM c_"+string(specs[i].table)+" WHERE gen = ?", b.gen); err != nil {
			return err
		}
	}
	if err := sum.add(ctx, tx, "", "SELECT tbl, id, raw FROM c_other WHERE bucket = ? AND gen = ?", string(name), b.gen); err != nil {
		return err
	}
	if sum.Digest != b.digest {
		v.wrong("verify_digest", "bucket", string(name))
	}
	v.Sums = append(v.Sums, sum)
	return nil
}

// add adds the rows of a query; without a table the rows name theirs.
func (s *Sum) add(ctx context.Context, tx *sql.Tx, table, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var raw sql.RawBytes
		t := table
		dest := []any{&id, &raw}
		if table == "" {
			dest = []any{&t, &id, &raw}
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		s.Digest.Add(payback.Table(t), id, raw)
		s.Rows++
	}
	return rows.Err()
}

// chains walks this PC's own ops, run by run.
func (v *Verified) chains(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT run, wseq, raw, hash FROM outbox ORDER BY run, wseq`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var run string
	var last syncproto.Hash
	var at uint64
	for rows.Next() {
		var id string
		var wseq uint64
		var raw, hash sql.RawBytes
		if err := rows.Scan(&id, &wseq, &raw, &hash); err != nil {
			return err
		}
		if id != run {
			run, last, at = id, syncproto.Hash{}, wseq-1 // older ops of a run may have been let go
		}
		own := syncproto.HashOf(raw)
		e, err := syncproto.Decode(raw)
		follows := wseq == at+1 && (last == syncproto.Hash{} || (err == nil && e.Prev == last))
		if string(own[:]) != string(hash) || err != nil || !follows {
			v.wrong("verify_chain", "op", fmt.Sprintf("%s/%d", id, wseq))
		}
		last, at = own, wseq
		v.Ops++
	}
	return rows.Err()
}
