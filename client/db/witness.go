package db

import (
	"context"
	"database/sql"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// What a counter keeps of witnesses. What is archived goes first, oldest first, and
// only for want of room: a server may be restored from an older backup than its
// newest.
const (
	maxArchivedSections = 4 << 20  // bytes as kept, with those that are archived
	maxSections         = 64 << 20 // bytes as kept, if there is never a backup
)

// putSections keeps the sections of a reply as they came, their bytes packed.
func putSections(ctx context.Context, tx *sql.Tx, reply syncproto.PullReply) error {
	for _, s := range reply.Sections {
		_, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO witness (epoch, bucket, from_, to_, sig, size, section) VALUES (?, ?, ?, ?, ?, ?, ?)",
			s.Epoch, string(s.Bucket), s.From, s.To, string(s.Sig), len(s.Bytes), s.Bytes)
		if err != nil {
			return err
		}
	}
	if len(reply.Sections) == 0 {
		return nil
	}
	var size int64
	if err := tx.QueryRowContext(ctx, "SELECT IFNULL(SUM(size), 0) FROM witness").Scan(&size); err != nil {
		return err
	}
	if size > maxArchivedSections {
		if err := pruneSections(ctx, tx, reply.Epoch, reply.Archived, size-maxArchivedSections); err != nil {
			return err
		}
	}
	if size > maxSections {
		return pruneSections(ctx, tx, reply.Epoch, 1<<62, size-maxSections)
	}
	return nil
}

// pruneSections drops the oldest sections of the present history up to a position,
// and those of ended ones that the server has taken, until so many bytes are free.
// Each bucket's newest stays: it says up to where there are sections.
func pruneSections(ctx context.Context, tx *sql.Tx, epoch string, upTo uint64, free int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM witness WHERE rowid IN (SELECT rowid FROM
		(SELECT rowid, SUM(size) OVER (ORDER BY rowid) - size AS before FROM witness AS w
			WHERE (epoch = ? AND to_ <= ? OR epoch <> ? AND taken = ?)
			AND to_ < (SELECT MAX(to_) FROM witness AS n WHERE n.epoch = w.epoch AND n.bucket = w.bucket))
		WHERE before < ?)`, epoch, upTo, epoch, epoch, free)
	return err
}

// witnessCursor is up to where there are sections of a bucket in an epoch.
func witnessCursor(ctx context.Context, tx *sql.Tx, epoch string, name payback.Bucket) (at uint64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT IFNULL(MAX(to_), 0) FROM witness WHERE epoch = ? AND bucket = ?", epoch, string(name)).Scan(&at)
	return at, err
}

// Witnesses is what a restored server is brought: sections with their packed bytes, or
// answers.
type Witnesses struct {
	Before   string // the epoch that this counter was in
	Cursor   uint64 // highest position of it that it was told of
	Sections []syncproto.Section
	Answers  []syncproto.Answer // when no section is left: replies to pushes that none covers
	rows     []int64
	told     []int64
}

// Empty says that all were taken.
func (w Witnesses) Empty() bool { return len(w.Sections)+len(w.Answers) == 0 }

// Witnesses returns the next sections that an epoch has not been brought, oldest
// first, after the last one the answers: at most maxBytes packed, but always one.
func (d *DB) Witnesses(ctx context.Context, epoch string, maxBytes int) (w Witnesses, err error) {
	err = d.file.View(ctx, func(tx *sql.Tx) error {
		var who Enrolment
		if err := metaIn(ctx, tx, metaEnrolment, &who); err != nil {
			return err
		}
		w.Before = who.Epoch
		if who.Epoch != epoch {
			// What was archived here needs no finding, but shows how far the history went.
			err := tx.QueryRowContext(ctx, `SELECT MAX(IFNULL((SELECT MAX(shown) FROM bucket), 0), IFNULL((SELECT MAX(position) FROM outbox), 0))`).Scan(&w.Cursor)
			if err != nil {
				return err
			}
		}
		if err := w.read(ctx, tx, epoch, maxBytes); err != nil || len(w.Sections) > 0 {
			return err
		}
		return w.answers(ctx, tx, epoch, maxBytes)
	})
	return w, fault.Wrap("db.Witnesses", err)
}

func (w *Witnesses) read(ctx context.Context, tx *sql.Tx, epoch string, maxBytes int) error {
	rows, err := tx.QueryContext(ctx, "SELECT rowid, epoch, bucket, from_, to_, sig, section FROM witness WHERE epoch <> ? AND taken <> ? ORDER BY rowid LIMIT ?",
		epoch, epoch, syncproto.MaxSections)
	if err != nil {
		return sqlitefile.Fault(err)
	}
	defer rows.Close()
	for size := 0; rows.Next(); {
		var s syncproto.Section
		var id int64
		if err := rows.Scan(&id, &s.Epoch, &s.Bucket, &s.From, &s.To, &s.Sig, &s.Bytes); err != nil {
			return sqlitefile.Fault(err)
		}
		if size += len(s.Bytes); size > maxBytes && len(w.Sections) > 0 {
			break
		}
		w.Sections, w.rows = append(w.Sections, s), append(w.rows, id)
	}
	return sqlitefile.Fault(rows.Err())
}

// Brought notes that an epoch has these sections and answers.
func (d *DB) Brought(ctx context.Context, epoch string, w Witnesses) error {
	return fault.Wrap("db.Brought", d.file.Tx(ctx, func(tx *sql.Tx) error {
		for _, id := range w.rows {
			if _, err := tx.ExecContext(ctx, "UPDATE witness SET taken = ? WHERE rowid = ?", epoch, id); err != nil {
				return err
			}
		}
		for _, n := range w.told {
			if _, err := tx.ExecContext(ctx, "UPDATE told SET taken = ? WHERE n = ?", epoch, n); err != nil {
				return err
			}
		}
		return nil
	}))
}

// OwnOps returns the bytes of ops of this PC by their names, those that are here.
func (d *DB) OwnOps(ctx context.Context, names []payback.OpRef) (out [][]byte, err error) {
	err = d.file.View(ctx, func(tx *sql.Tx) error {
		for _, n := range names {
			var raw []byte
			err := tx.QueryRowContext(ctx, "SELECT IFNULL((SELECT raw FROM outbox WHERE run = ? AND wseq = ?), x'')", string(n.Run), n.Wseq).Scan(&raw)
			if err != nil {
				return err
			}
			if len(raw) > 0 {
				out = append(out, raw)
			}
		}
		return nil
	})
	return out, fault.Wrap("db.OwnOps", err)
}

// Lacks says whether any of these ops of this PC is not here.
func (d *DB) Lacks(ctx context.Context, names []payback.OpRef) (lacks bool, err error) {
	if len(names) == 0 {
		return false, nil
	}
	err = d.file.View(ctx, func(tx *sql.Tx) error {
		for _, n := range names {
			var has bool
			err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM outbox WHERE run = ? AND wseq = ?)", string(n.Run), n.Wseq).Scan(&has)
			if err != nil || !has {
				lacks = true
				return sqlitefile.Fault(err)
			}
		}
		return nil
	})
	return lacks, fault.Wrap("db.Lacks", err)
}
