package ledger

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// wholeRows is how many rows of a snapshot are in memory at once, about.
const wholeRows = 4000

// Moment is what a bucket was at one moment.
type Moment struct {
	Epoch string
	db.Bucket
}

// Whole gives all rows of a bucket as they are at one moment to take, in the order
// of the feed, some thousand at a time. It reads in one transaction, which a writer
// does not wait for. Rows that left the bucket are not among them.
func (l *Ledger) Whole(ctx context.Context, d payback.DistrictID, name payback.Bucket, take func([]db.FeedRow) error) (m Moment, err error) {
	err = l.db.View(ctx, d, func(r db.Reader) error {
		head, err := r.Head()
		if err != nil {
			return err
		}
		m.Epoch = head.Epoch
		if m.Bucket, err = r.Bucket(name); err != nil {
			return err
		}
		for after := uint64(0); after < m.Position; {
			rows, err := r.Feed(name, after, m.Position, wholeRows)
			if err != nil || len(rows) == 0 {
				return err
			}
			after = rows[len(rows)-1].Position
			if err := take(present(rows)); err != nil {
				return err
			}
		}
		return nil
	})
	return m, fault.Wrap("ledger.Whole", err)
}

// present returns those of the rows that are in the bucket still.
func present(rows []db.FeedRow) []db.FeedRow {
	here := rows[:0]
	for _, r := range rows {
		if r.Raw != nil {
			here = append(here, r)
		}
	}
	return here
}

// Behind counts the rows of a bucket that changed after a place in its history, at
// most limit; all of its rows if that place is none of its history.
func (l *Ledger) Behind(ctx context.Context, d payback.DistrictID, epoch string, at syncproto.BucketCursor, limit int) (n int, err error) {
	err = l.db.View(ctx, d, func(r db.Reader) error {
		head, err := r.Head()
		if err != nil {
			return err
		}
		chain, err := r.Chain(at.Name, at.Cursor)
		if err != nil {
			return err
		}
		after := at.Cursor
		if head.Epoch != epoch || chain != at.Chain {
			after = 0
		}
		n, err = r.FeedSize(at.Name, after, limit)
		return err
	})
	return n, fault.Wrap("ledger.Behind", err)
}
