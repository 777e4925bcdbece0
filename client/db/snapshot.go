package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// snapshotAge is after how long without a complete pull a snapshot is asked for
// though there is a catalogue: what changed meanwhile may be most of it.
const snapshotAge = 14 * 24 * time.Hour

// metaSnapshot names the snapshot that is being taken in.
const metaSnapshot = "snapshot"

// Arriving is a snapshot on its way.
type Arriving struct {
	syncproto.Snapshot
	Taken int   `json:"taken"`           // pieces whose rows are here
	Gen   int   `json:"gen"`             // of the bucket, for which it is meant
	Avoid int64 `json:"avoid,omitempty"` // the last one was wrong then (UTC ms by this PC): pull instead, until a pull is complete
}

// Snapshot returns the snapshot that is on its way (ok false if none), and whether
// one should be asked for: the catalogue is empty or old, and the last was not
// wrong. Since when it is old says the stored state of the exchange.
func (d *DB) Snapshot(ctx context.Context) (a Arriving, ok, ask bool, err error) {
	err = d.file.View(ctx, func(tx *sql.Tx) error {
		if err := metaIn(ctx, tx, metaSnapshot, &a); err != nil {
			return err
		}
		b, err := readBucket(ctx, tx, payback.BucketCatalogue)
		if err != nil {
			return err
		}
		var who Enrolment
		var state SyncState
		if err := errors.Join(metaIn(ctx, tx, metaEnrolment, &who), metaIn(ctx, tx, metaSync, &state)); err != nil {
			return err
		}
		ok = a.ID != "" && a.Gen == b.gen && a.Epoch == who.Epoch && b.cursor < a.Position
		old := state.Pulled > 0 && d.env.Clock.Now().Wall-state.Pulled > snapshotAge.Milliseconds()
		ask = (a.Avoid == 0 || state.Pulled > a.Avoid) && (ok || b.cursor == 0 || old)
		return nil
	})
	return a, ok, ask, fault.Wrap("db.Snapshot", err)
}

// Digest returns the sum of a bucket's rows as it is kept.
func (d *DB) Digest(ctx context.Context, name payback.Bucket) (sum syncproto.Digest, err error) {
	err = d.file.View(ctx, func(tx *sql.Tx) error {
		b, err := readBucket(ctx, tx, name)
		sum = b.digest
		return err
	})
	return sum, fault.Wrap("db.Digest", err)
}

// BeginSnapshot makes room for a snapshot: the catalogue starts over, and what is
// there stays visible until each row is replaced or, at the end, dropped. The one
// that is on its way goes on instead. The part that it returns is to be closed.
func (d *DB) BeginSnapshot(ctx context.Context, m syncproto.Snapshot) (Arriving, *Part, error) {
	if m.Bucket != payback.BucketCatalogue {
		return Arriving{}, nil, fault.Wrap("db.BeginSnapshot", fault.New(fault.Invalid, "sync.bad_snapshot"))
	}
	was, ok, _, err := d.Snapshot(ctx)
	if err == nil && (!ok || was.ID != m.ID) {
		was, err = d.beginSnapshot(ctx, m)
	}
	if err != nil {
		return was, nil, fault.Wrap("db.BeginSnapshot", err)
	}
	part, err := d.openPart(was.Snapshot, was.Taken)
	return was, part, fault.Wrap("db.BeginSnapshot", err)
}

func (d *DB) beginSnapshot(ctx context.Context, m syncproto.Snapshot) (a Arriving, err error) {
	if err := d.dropPart(); err != nil {
		return a, err
	}
	err = d.file.Tx(ctx, func(tx *sql.Tx) error {
		b, err := readBucket(ctx, tx, payback.BucketCatalogue)
		if err != nil {
			return err
		}
		if b.cursor > 0 || b.digest != (syncproto.Digest{}) || b.gen > 1 {
			b.startOver()
		}
		a = Arriving{Snapshot: m, Gen: b.gen}
		return errors.Join(b.write(ctx, tx), metaOut(ctx, tx, metaSnapshot, a))
	})
	return a, err
}

// DropSnapshot forgets the snapshot on its way. The next pulls bring the catalogue
// from its beginning; avoid says that no other is to be asked for before that.
func (d *DB) DropSnapshot(ctx context.Context, avoid bool) error {
	err := d.dropPart()
	if err == nil {
		err = d.file.Tx(ctx, func(tx *sql.Tx) error {
			var a Arriving
			if err := metaIn(ctx, tx, metaSnapshot, &a); err != nil {
				return err
			}
			b, err := readBucket(ctx, tx, payback.BucketCatalogue)
			if err != nil {
				return err
			}
			if a.ID != "" && a.Gen == b.gen && b.cursor == 0 {
				b.startOver()
				err = b.write(ctx, tx)
			}
			return errors.Join(err, metaOut(ctx, tx, metaSnapshot, d.avoiding(avoid)))
		})
	}
	return fault.Wrap("db.DropSnapshot", err)
}

// avoiding is what is kept when no snapshot is on its way.
func (d *DB) avoiding(avoid bool) (a Arriving) {
	if avoid {
		a.Avoid = d.env.Clock.Now().Wall
	}
	return a
}

// TakePiece takes in the rows of the next piece of the snapshot on its way, in
// slices that give way to a clerk's act. Taken twice they change nothing. Fault
// code conflict if that snapshot is not on its way any more.
func (d *DB) TakePiece(ctx context.Context, id string, piece int, rows []PulledRow) (Pulled, error) {
	p := &pull{d: d, ctx: ctx}
	err := p.slices(payback.BucketCatalogue, rows, func(tx *sql.Tx, b *bucket, end bool) error {
		var a Arriving
		if err := metaIn(ctx, tx, metaSnapshot, &a); err != nil {
			return err
		}
		if a.ID != id || a.Gen != b.gen || b.cursor >= a.Position || a.Taken < piece {
			return fault.New(fault.Conflict, "sync.bad_snapshot")
		}
		if !end || a.Taken > piece {
			return nil
		}
		a.Taken = piece + 1
		return metaOut(ctx, tx, metaSnapshot, a)
	})
	p.out.Changed = p.dirty
	return p.out, fault.Wrap("db.TakePiece", err)
}

// FinishSnapshot ends a snapshot whose pieces are all taken in: rows that it did
// not bring are dropped, the digest must be the computed one, and the cursor goes
// to its position. After a difference, reported in Mismatch, the catalogue is
// pulled from its beginning.
func (d *DB) FinishSnapshot(ctx context.Context, a Arriving) (Pulled, error) {
	out, err := d.ApplyPull(ctx, syncproto.PullReply{Epoch: a.Epoch, Buckets: []syncproto.BucketPart{{
		Name: a.Bucket, To: a.Position, Head: a.Position, Chain: a.Chain, Digest: a.Digest}}}, nil)
	if err == nil {
		err = d.dropPart()
	}
	if err == nil {
		err = d.setMeta(ctx, metaSnapshot, d.avoiding(len(out.Mismatch) > 0))
	}
	return out, fault.Wrap("db.FinishSnapshot", err)
}
