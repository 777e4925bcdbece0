package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Schema is the number of this program's tables as the server is told: rows are
// sent anew after it rose.
const Schema = 1

// upgraded makes the next pulls fetch everything anew after a program whose tables
// were fewer: rows that it could not read were passed by its cursor, and are kept
// for the digest alone. What can be read stays visible meanwhile.
func (d *DB) upgraded(ctx context.Context, to int) error {
	from := 0
	err := d.file.View(ctx, func(tx *sql.Tx) error { return metaIn(ctx, tx, metaSchema, &from) })
	if err != nil || from >= to {
		return err
	}
	return d.file.Tx(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT name FROM bucket ORDER BY name")
		if err != nil {
			return sqlitefile.Fault(err)
		}
		var names []payback.Bucket
		for rows.Next() {
			var name payback.Bucket
			if err = rows.Scan(&name); err != nil {
				break
			}
			names = append(names, name)
		}
		if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
			return sqlitefile.Fault(err)
		}
		for _, name := range names {
			b, err := readBucket(ctx, tx, name)
			if err != nil {
				return err
			}
			if from > 0 { // a file of before this was noted has Schema 1
				b.startOver()
			}
			if err := b.write(ctx, tx); err != nil {
				return err
			}
		}
		return metaOut(ctx, tx, metaSchema, to)
	})
}

// SyncState says how the exchange with the server stands. It is kept between
// starts.
type SyncState struct {
	Pushed int64 `json:"pushed,omitempty"` // last push that was answered, UTC ms by this PC
	Pulled int64 `json:"pulled,omitempty"` // last pull that was complete, UTC ms by this PC
	// PulledMono is Pulled by the monotonic clock (ms), within the system's start Boot.
	PulledMono int64          `json:"pulled_mono,omitempty"`
	Boot       string         `json:"boot,omitempty"`
	AsOf       int64          `json:"as_of,omitempty"` // the server's time of that pull, UTC ms
	Tried      int64          `json:"tried,omitempty"`
	Next       int64          `json:"next,omitempty"`       // when the next exchange is due, UTC ms by this PC
	Every      int64          `json:"every,omitempty"`      // how often exchanges are due while they succeed, ms
	Fails      int            `json:"fails,omitempty"`      // in a row
	Cause      payback.Reason `json:"cause,omitzero"`       // why the last one failed: Key is a message key as it is
	Restored   int64          `json:"restored,omitempty"`   // when the server was last found to begin a new epoch, UTC ms by this PC
	Fork       payback.RunID  `json:"fork,omitempty"`       // a run that another disk has continued; kept by Acked
	Rewound    payback.RunID  `json:"rewound,omitempty"`    // a run of which the server had more than this folder: its disk was set back; kept by Acked
	RewoundAt  int64          `json:"rewound_at,omitempty"` // when that was found, UTC ms by this PC
	Version    int            `json:"version,omitempty"`
	Journal    payback.Reason `json:"-"` // why acts have no second copy now: Key is a message key as it is
}

// SyncState returns the state of the exchange.
func (d *DB) SyncState(ctx context.Context) (s SyncState, err error) {
	err = metaIn(ctx, d.file.Read, metaSync, &s)
	if d.jnl.trouble() != nil {
		s.Journal = payback.Reason{Key: KeyNoJournal}
	}
	return s, fault.Wrap("db.SyncState", err)
}

// SetSyncState stores the state of the exchange and the watch's memory. A fork
// that Acked noted stays noted. It ends an exchange, so the write-ahead log is
// folded in with it when it has grown, and the journal is looked after.
func (d *DB) SetSyncState(ctx context.Context, s SyncState) error {
	err := d.file.Tx(ctx, func(tx *sql.Tx) error {
		var old SyncState
		if err := metaIn(ctx, tx, metaSync, &old); err != nil {
			return err
		}
		if s.Fork == "" {
			s.Fork = old.Fork
		}
		if s.Rewound == "" {
			s.Rewound, s.RewoundAt = old.Rewound, old.RewoundAt
		}
		if err := metaOut(ctx, tx, metaWatch, d.watch.Memory()); err != nil {
			return err
		}
		return metaOut(ctx, tx, metaSync, s)
	})
	if err == nil {
		err = d.tidy(ctx)
	}
	if err == nil {
		err = d.keepJournal(ctx)
	}
	return fault.Wrap("db.SetSyncState", err)
}

// Sound says whether this folder's data can be trusted.
type Sound struct {
	Stuck int // own ops that were set aside: they can't be sent
	// AtOffice is how many own ops came after this PC was revoked: head office has them.
	AtOffice int
	Differs  bool // rows of a bucket differ from the server's, or are being fetched anew
	Damaged  bool // the file failed since this program opened it
	Carried  int  // packets of another PC's ops that wait here for the server
	Refused  int  // such packets that the server did not take
}

const soundQuery = `SELECT (SELECT COUNT(*) FROM outbox WHERE acked = 0 AND stuck = 1 AND verdict <> 'duplicate'),
	(SELECT COUNT(*) FROM outbox WHERE verdict = 'quarantined' AND reason LIKE '%device_revoked%'), EXISTS (SELECT 1 FROM bucket WHERE refetch <> 0),
	(SELECT COUNT(*) FROM relay WHERE state = 'waiting'), (SELECT COUNT(*) FROM relay WHERE state = 'refused')`

// Sound returns whether this folder's data can be trusted.
func (d *DB) Sound(ctx context.Context) (s Sound, err error) {
	err = d.file.Read.QueryRowContext(ctx, soundQuery).Scan(&s.Stuck, &s.AtOffice, &s.Differs, &s.Carried, &s.Refused)
	if err != nil {
		return s, fault.Wrap("db.Sound", sqlitefile.Fault(err))
	}
	s.Damaged = d.odd.Load()
	return s, nil
}

// bucket is how far one bucket has come.
type bucket struct {
	name    payback.Bucket
	cursor  uint64
	shown   uint64 // ops up to here are in the rows
	chain   string
	digest  syncproto.Digest
	gen     int
	refetch int // one of the constants below
}

// What a bucket's refetch says.
const (
	refetchNone  = 0
	refetchOn    = 1 // rows of an older gen are being replaced
	refetchVain  = 2 // done, and the digest still differed: reported, not tried again until it fits
	emptyChain   = ""
	bucketColumn = "SELECT cursor, shown, chain, digest, gen, refetch FROM bucket WHERE name = ?"
)

// Cursors returns how far each of this PC's two buckets has come, and up to where
// it holds the server's sections of witnesses, the store's first: what a pull's
// request names. Not enrolled: none.
func (d *DB) Cursors(ctx context.Context) (out []syncproto.BucketCursor, err error) {
	err = d.file.View(ctx, func(tx *sql.Tx) error {
		var who Enrolment
		if err := metaIn(ctx, tx, metaEnrolment, &who); err != nil || who.Device == "" {
			return err
		}
		for _, name := range []payback.Bucket{payback.StoreBucket(who.Store), payback.BucketCatalogue} {
			b, err := readBucket(ctx, tx, name)
			if err != nil {
				return err
			}
			witness, err := witnessCursor(ctx, tx, who.Epoch, name)
			if err != nil {
				return err
			}
			c := syncproto.BucketCursor{Name: name, Cursor: b.cursor, Witness: witness}
			if err := c.Chain.UnmarshalText([]byte(b.chain)); err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	return out, fault.Wrap("db.Cursors", err)
}

// readBucket returns a bucket; a new one if it was never written.
func readBucket(ctx context.Context, tx *sql.Tx, name payback.Bucket) (bucket, error) {
	b := bucket{name: name, gen: 1}
	rows, err := tx.QueryContext(ctx, bucketColumn, string(name))
	if err != nil {
		return b, err
	}
	defer rows.Close()
	for rows.Next() {
		var digest string
		if err := rows.Scan(&b.cursor, &b.shown, &b.chain, &digest, &b.gen, &b.refetch); err != nil {
			return b, err
		}
		if err := b.digest.UnmarshalText([]byte(digest)); err != nil {
			return b, err
		}
	}
	return b, rows.Err()
}

func (b *bucket) write(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO bucket (name, cursor, shown, chain, digest, gen, refetch) VALUES (?, ?, ?, ?, ?, ?, ?)",
		string(b.name), b.cursor, b.shown, b.chain, b.digest.String(), b.gen, b.refetch)
	return err
}

// startOver makes the next pulls fetch the bucket from its beginning. What is
// there stays visible until each row has been replaced or, at the end, dropped.
func (b *bucket) startOver() {
	b.cursor, b.chain, b.digest = 0, emptyChain, syncproto.Digest{}
	b.gen++
	b.refetch = refetchOn
}
