package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// PulledRow is one row of a pull's reply. Raw is nil when the row has left the
// bucket.
type PulledRow struct {
	syncproto.RowName
	Raw []byte
}

// Pulled is what a pull changed.
type Pulled struct {
	Rows     int                 // rows taken in
	Changed  bool                // something that a screen may show is different
	New      []payback.RequestID // requests that came to this store with it and wait for an answer
	Mismatch []payback.Bucket    // complete, but of another digest than the server's: fetched anew from the beginning by the next pulls
	Complete bool                // every bucket of the reply is at its head
}

// ApplyPull takes in a pull's reply: rows, cursors, digests, verdicts and people,
// and makes the overlay anew. The store's part comes first and is one transaction (of a
// new counter's its rows come in slices before it).
// The catalogue follows in slices of their own, its cursor with the last one: a
// program that ends between slices has only rows that it will be sent again. The
// same reply may be applied twice.
func (d *DB) ApplyPull(ctx context.Context, reply syncproto.PullReply, rows []PulledRow) (Pulled, error) {
	p := &pull{d: d, ctx: ctx, reply: reply, parts: make([]part, len(reply.Buckets))}
	for i, b := range reply.Buckets {
		p.parts[i].BucketPart = b
	}
	for _, r := range rows {
		if r.Bucket < 0 || r.Bucket >= len(p.parts) {
			return Pulled{}, fault.Wrap("db.ApplyPull", fault.New(fault.Invalid, "sync.bad_packet"))
		}
		p.parts[r.Bucket].rows = append(p.parts[r.Bucket].rows, r)
	}
	if err := p.all(); err != nil {
		return Pulled{}, fault.Wrap("db.ApplyPull", err)
	}
	return p.out, nil
}

// part is one bucket's part of a reply.
type part struct {
	syncproto.BucketPart
	rows  []PulledRow
	skip  bool // older than what is here, or not ours
	taken bool // its rows are here already
}

// pull is one reply being taken in.
type pull struct {
	d     *DB
	ctx   context.Context
	reply syncproto.PullReply
	parts []part
	out   Pulled
	who   Enrolment
	left  bool // an op left the overlay, or got its answer, since it was made anew
	dirty bool // a confirmed row changed since
	swept int  // the gen up to which older rows of the catalogue are dropped
}

func (p *pull) all() error {
	if err := p.beforehand(); err != nil {
		return err
	}
	if err := p.d.file.Tx(p.ctx, p.first); err != nil {
		return err
	}
	for i := range p.parts {
		part := &p.parts[i]
		if part.skip || part.Name != payback.BucketCatalogue {
			continue
		}
		if len(part.rows) > 0 {
			if err := p.slices(part.Name, part.rows, func(*sql.Tx, *bucket, bool) error { return nil }); err != nil {
				return err
			}
		}
		if part.Complete() {
			if err := errors.Join(p.sweepSlices(), p.d.fillKeys(p.ctx, true)); err != nil {
				return err
			}
		}
		if err := p.d.file.Tx(p.ctx, func(tx *sql.Tx) error { return p.finish(tx, part) }); err != nil {
			return err
		}
	}
	return nil
}

// beforehand takes in, in slices, the store's rows of a reply that begins at the
// beginning: a new counter shows nothing yet that they could contradict, and a clerk
// who begins to work meanwhile should not wait for some thousand rows.
func (p *pull) beforehand() error {
	begun := false
	for i := range p.parts {
		part := &p.parts[i]
		if part.Name == payback.BucketCatalogue || part.From > 0 || len(part.rows) < beforehandRows {
			continue
		}
		if !begun {
			if err := p.d.file.Tx(p.ctx, p.begin); err != nil {
				return err
			}
			begun = true
		}
		if part.skip {
			continue
		}
		if err := p.slices(part.Name, part.rows, func(*sql.Tx, *bucket, bool) error { return nil }); err != nil {
			return err
		}
		part.taken = true
	}
	for i := range p.parts {
		p.parts[i].Fresh = p.parts[i].Fresh && !begun // the bucket has started over
	}
	return nil
}

// beforehandRows is from how many rows on.
const beforehandRows = 500

// first takes in the store's part, and with it everything that must appear with
// its rows.
func (p *pull) first(tx *sql.Tx) error {
	if err := p.begin(tx); err != nil {
		return err
	}
	p.out.Complete = len(p.parts) > 0
	for i := range p.parts {
		part := &p.parts[i]
		if part.skip {
			p.out.Complete = false
			continue
		}
		if part.Name == payback.BucketCatalogue {
			continue
		}
		if !part.taken {
			if err := p.take(tx, part.Name, part.rows); err != nil {
				return err
			}
		}
		if err := p.verdicts(tx, part); err != nil {
			return err
		}
		if err := p.finish(tx, part); err != nil {
			return err
		}
	}
	if err := errors.Join(putSections(p.ctx, tx, p.reply), pruneTold(p.ctx, tx, p.reply)); err != nil {
		return err
	}
	if p.reply.Archived > 0 {
		if _, err := tx.ExecContext(p.ctx, "UPDATE outbox SET archived = 1 WHERE archived = 0 AND acked = 1 AND position <= ?", p.reply.Archived); err != nil {
			return err
		}
		if _, err := tx.ExecContext(p.ctx, `DELETE FROM attachment WHERE EXISTS (SELECT 1 FROM outbox AS o
			WHERE o.run = attachment.run AND o.wseq = attachment.wseq AND o.archived = 1)`); err != nil {
			return err
		}
	}
	return p.people(tx)
}

// begin looks at each part: one that is not of our buckets or older than what is
// here is left out; one that begins a new history makes the bucket start over.
func (p *pull) begin(tx *sql.Tx) error {
	var err error
	if p.who, err = newEpoch(p.ctx, tx, p.reply.Epoch); err != nil {
		return err
	}
	for i := range p.parts {
		part := &p.parts[i]
		b, err := readBucket(p.ctx, tx, part.Name)
		if err != nil {
			return err
		}
		ours := part.Name == payback.BucketCatalogue || part.Name == payback.StoreBucket(p.who.Store)
		if part.Fresh && ours {
			b.startOver()
			if err := b.write(p.ctx, tx); err != nil {
				return err
			}
		}
		part.skip = !ours || part.To < b.cursor || part.From > b.cursor
	}
	return nil
}

// take takes in rows of one bucket and its digest; the cursor waits for finish.
func (p *pull) take(tx *sql.Tx, name payback.Bucket, rows []PulledRow) error {
	if len(rows) == 0 {
		return nil
	}
	b, err := readBucket(p.ctx, tx, name)
	if err != nil {
		return err
	}
	t := &taking{ctx: p.ctx, tx: tx, b: &b, out: &p.out, d: p.d}
	if err := t.all(rows); err != nil {
		return err
	}
	p.dirty = p.dirty || t.changed
	return b.write(p.ctx, tx)
}

// finish moves a bucket's cursor and makes the overlay anew over its rows.
func (p *pull) finish(tx *sql.Tx, part *part) error {
	b, err := readBucket(p.ctx, tx, part.Name)
	if err != nil {
		return err
	}
	before := b
	if part.Name != payback.BucketCatalogue {
		if err := p.leaving(tx, b.shown, part.To); err != nil {
			return err
		}
	}
	b.cursor, b.shown, b.chain = part.To, max(b.shown, part.To), part.Chain.String()
	if part.Complete() {
		if err := p.compare(tx, &b, part); err != nil {
			return err
		}
	} else {
		p.out.Complete = false
	}
	if b != before { // an exchange that brought nothing writes nothing
		if err := b.write(p.ctx, tx); err != nil {
			return err
		}
	}
	if !p.left && !p.dirty {
		return nil
	}
	changed, err := p.d.rebuild(p.ctx, tx, p.who)
	p.out.Changed = p.out.Changed || p.dirty || p.left || changed
	p.left, p.dirty = false, false
	return err
}

// compare ends a fetch: what an older one left is dropped, and the digest must be
// the server's. It is never adopted. After a whole fetch in vain the difference
// is only reported, so that a fault of ours or the server's can't make every
// exchange fetch everything.
func (p *pull) compare(tx *sql.Tx, b *bucket, part *part) error {
	if b.refetch == refetchOn && p.swept < b.gen {
		n, err := p.d.sweep(p.ctx, tx, b)
		if err != nil {
			return err
		}
		p.dirty = p.dirty || n > 0
	}
	switch {
	case b.digest == part.Digest:
		b.refetch = refetchNone
	case b.refetch == refetchNone:
		p.out.Mismatch = append(p.out.Mismatch, b.name)
		p.out.Complete = false
		b.startOver()
	default:
		p.out.Mismatch = append(p.out.Mismatch, b.name)
		b.refetch = refetchVain
	}
	if part.Name == payback.BucketCatalogue {
		return nil
	}
	// An op that the server has, and of which it said nothing: its effect, if any,
	// is in the rows by now.
	res, err := tx.ExecContext(p.ctx, "UPDATE outbox SET position = ? WHERE position IS NULL AND acked = 1", part.To)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	p.left = p.left || n > 0
	return err
}

// leaving notes whether an op leaves the overlay as the cursor moves.
func (p *pull) leaving(tx *sql.Tx, from, to uint64) error {
	var n int
	err := tx.QueryRowContext(p.ctx, "SELECT COUNT(*) FROM outbox WHERE position > ? AND position <= ?", from, to).Scan(&n)
	p.left = p.left || n > 0
	return err
}

// verdicts stores the answers among the rows to ops of this PC. They come too
// where the reply to a push was lost.
func (p *pull) verdicts(tx *sql.Tx, part *part) error {
	ours := map[string]bool{} // runs, of which a pull speaks of few
	for _, r := range part.rows {
		if r.Table != string(payback.TVerdict) || r.Raw == nil {
			continue
		}
		run := r.ID[:max(0, strings.LastIndexByte(r.ID, '/'))]
		if _, asked := ours[run]; !asked {
			var has bool
			if err := tx.StmtContext(p.ctx, p.d.hot.has).QueryRowContext(p.ctx, run).Scan(&has); err != nil {
				return sqlitefile.Fault(err)
			}
			ours[run] = has
		}
		if !ours[run] {
			continue // another PC's: most of them are
		}
		row, err := payback.DecodeRow(payback.TVerdict, r.Raw)
		if err != nil {
			continue // kept as it is; see taking
		}
		set, err := setVerdict(p.ctx, tx, row.(*payback.VerdictRow), r.Position)
		if err != nil {
			return err
		}
		p.left = p.left || set
	}
	return nil
}

// people stores the names that came with the rows and drops those of people of
// whom nothing is open here any more (DESIGN 4.10).
func (p *pull) people(tx *sql.Tx) error {
	for _, x := range p.reply.People {
		if _, err := tx.ExecContext(p.ctx, "INSERT OR REPLACE INTO people (resident, name, last4) VALUES (?, ?, ?)",
			string(x.Resident), x.Name, x.Last4); err != nil {
			return err
		}
	}
	if !p.out.Changed && len(p.reply.People) == 0 {
		return nil // nothing of anybody's was closed
	}
	p.out.Changed = true
	_, err := tx.ExecContext(p.ctx, peoplePrune)
	return err
}

const peoplePrune = `DELETE FROM people WHERE
	NOT EXISTS (SELECT 1 FROM request AS r WHERE r.resident = people.resident AND r.state IN ('placed', 'accepted', 'ordered', 'ready', 'declined'))
	AND NOT EXISTS (SELECT 1 FROM loan AS l WHERE l.resident = people.resident AND l.state IN ('out', 'left', 'refused'))
	AND NOT EXISTS (SELECT 1 FROM loan AS l CROSS JOIN refund AS f ON f.id = l.id
		WHERE l.resident = people.resident AND l.state = 'returned' AND f.state = 'due')`
