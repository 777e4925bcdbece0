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

// Batch is a stretch of one run that the server has not acknowledged.
type Batch struct {
	Run         payback.RunID
	From        uint64         // wseq of the first op
	Ops         [][]byte       // rising by one
	Last        uint64         // wseq of the last op
	Hash        syncproto.Hash // of the last op's bytes: the tip to sign is (Run, Last, Hash)
	Attachments []Attachment   // those of the ops, at most syncproto.MaxAttachments
}

// Empty says that nothing waits.
func (b Batch) Empty() bool { return len(b.Ops) == 0 }

// Pending returns the next ops to send: of the oldest run that has some, at most
// maxOps and maxBytes (but always one op), with at most MaxAttachments
// attachments. Ops behind a fork are left out.
func (d *DB) Pending(ctx context.Context, maxOps, maxBytes int) (b Batch, err error) {
	err = d.file.View(ctx, func(tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, "SELECT run, wseq FROM outbox WHERE acked = 0 AND stuck = 0 ORDER BY seq LIMIT 1")
		if err := row.Scan(&b.Run, &b.From); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			return err
		}
		if err := b.readOps(ctx, tx, maxOps, maxBytes); err != nil {
			return err
		}
		return b.readAttachments(ctx, tx)
	})
	return b, fault.Wrap("db.Pending", err)
}

func (b *Batch) readOps(ctx context.Context, tx *sql.Tx, maxOps, maxBytes int) error {
	rows, err := tx.QueryContext(ctx, `SELECT wseq, raw, hash, (SELECT COUNT(*) FROM attachment AS a WHERE a.run = o.run AND a.wseq = o.wseq)
		FROM outbox AS o WHERE run = ? AND wseq >= ? AND stuck = 0 ORDER BY wseq LIMIT ?`, string(b.Run), b.From, max(1, maxOps))
	if err != nil {
		return err
	}
	defer rows.Close()
	size, attached := 0, 0
	for rows.Next() {
		var wseq uint64
		var raw, hash []byte
		var n int
		if err := rows.Scan(&wseq, &raw, &hash, &n); err != nil {
			return err
		}
		size, attached = size+len(raw)+4, attached+n
		if len(b.Ops) > 0 && (size > maxBytes || attached > syncproto.MaxAttachments || wseq != b.Last+1) {
			return nil
		}
		b.Ops, b.Last = append(b.Ops, raw), wseq
		copy(b.Hash[:], hash)
	}
	return rows.Err()
}

func (b *Batch) readAttachments(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT id, data FROM attachment WHERE run = ? AND wseq BETWEEN ? AND ? ORDER BY wseq, id LIMIT ?",
		string(b.Run), b.From, b.Last, syncproto.MaxAttachments)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a Attachment
		if err := rows.Scan(&a.ID, &a.Data); err != nil {
			return err
		}
		b.Attachments = append(b.Attachments, a)
	}
	return rows.Err()
}

// Acked stores the server's signed answer to a push of run. Ops up to
// reply.Acked no longer wait; they stay in the overlay until a pull has passed
// their positions. A gap makes the ops from there on wait again; a fork sets the
// rest of the run aside and begins a new one, and so does a server that has more
// of the run than this folder. A new epoch makes everything wait again that is not
// archived.
func (d *DB) Acked(ctx context.Context, run payback.RunID, reply syncproto.PushReply) error {
	return d.AckedBy(ctx, run, reply, Proof{})
}

// AckedBy is Acked with the reply as it came: it is kept until the server's sections
// say the same.
func (d *DB) AckedBy(ctx context.Context, run payback.RunID, reply syncproto.PushReply, proof Proof) error {
	var again []jnlRecord // ops that a fork gave a second name
	err := d.file.Tx(ctx, func(tx *sql.Tx) (err error) {
		again = nil
		who, err := newEpoch(ctx, tx, reply.Epoch)
		if err != nil {
			return err
		}
		if reply.Fork > 0 { // what the server has from there on is another disk's
			reply.Acked, reply.Archived = min(reply.Acked, reply.Fork-1), min(reply.Archived, reply.Fork-1)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE outbox SET acked = 1 WHERE run = ? AND wseq <= ? AND acked = 0", string(run), reply.Acked); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM attachment WHERE run = ? AND wseq <= ?", string(run), reply.Archived); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE outbox SET archived = 1 WHERE run = ? AND wseq <= ? AND archived = 0", string(run), reply.Archived); err != nil {
			return err
		}
		if err := putTold(ctx, tx, reply, proof); err != nil {
			return err
		}
		for _, v := range reply.Verdicts {
			row := payback.VerdictRow{Op: payback.OpRef{Run: run, Wseq: v.Wseq}, Verdict: v.Verdict, Reason: v.Reason, Winner: v.Winner, Case: v.Case}
			if _, err := setVerdict(ctx, tx, &row, v.Position); err != nil {
				return err
			}
		}
		if reply.Gap > 0 {
			if _, err := tx.ExecContext(ctx, "UPDATE outbox SET acked = 0, archived = 0, position = NULL WHERE run = ? AND wseq >= ?", string(run), reply.Gap); err != nil {
				return err
			}
			gone, err := goneForGood(ctx, tx, run, reply.Gap)
			if err != nil {
				return err
			}
			if gone {
				_, err = d.setAside(ctx, tx, who, run, reply.Gap, reasonGap)
				return err
			}
		}
		if reply.Fork > 0 {
			again, err = d.setAside(ctx, tx, who, run, reply.Fork, reasonFork)
			return err
		}
		return d.rewound(ctx, tx, run, reply.Acked)
	})
	if err == nil && len(again) > 0 {
		_ = d.journalOwed(again...) // remembered there
	}
	return fault.Wrap("db.Acked", err)
}

// rewound ends a run of which the server has more ops than this folder: its disk
// was set back to an older state. The server has what is gone, so nothing is lost,
// but the run's next number is taken. New acts go to a new run.
func (d *DB) rewound(ctx context.Context, tx *sql.Tx, run payback.RunID, acked uint64) error {
	res, err := tx.ExecContext(ctx, "UPDATE run SET fork = wseq + 1 WHERE run = ? AND fork IS NULL AND wseq > 0 AND wseq < ?", string(run), acked)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := d.freshRun(ctx, tx); err != nil {
		return err
	}
	return d.noteRewound(ctx, tx, run)
}

// freshRun begins a run after the last op whose history is sound.
func (d *DB) freshRun(ctx context.Context, tx *sql.Tx) error {
	last, err := lastGood(ctx, tx)
	if err != nil {
		return err
	}
	return d.makeRun(ctx, tx, last)
}

// noteRewound keeps, for the status, which run was found to be set back.
func (d *DB) noteRewound(ctx context.Context, tx *sql.Tx, run payback.RunID) error {
	var s SyncState
	if err := metaIn(ctx, tx, metaSync, &s); err != nil {
		return err
	}
	s.Rewound, s.RewoundAt = run, d.env.Clock.Now().Wall
	return metaOut(ctx, tx, metaSync, s)
}

// setVerdict stores the server's answer to one op of ours; false if there is no
// such op. A position once known stays until a later one comes: what held an op
// may end after its acknowledgement.
func setVerdict(ctx context.Context, tx *sql.Tx, v *payback.VerdictRow, position uint64) (ours bool, err error) {
	reason, err := tojson(v.Reason)
	if err != nil {
		return false, err
	}
	winner, err := tojson(v.Winner)
	if err != nil {
		return false, err
	}
	res, err := tx.ExecContext(ctx, `UPDATE outbox SET verdict = ?, reason = ?, winner = ?, case_id = ?, position = NULLIF(MAX(IFNULL(position, 0), ?), 0)
		WHERE run = ? AND wseq = ? AND (position IS NULL OR position <= ?)`,
		string(v.Verdict), reason, winner, string(v.Case), position, string(v.Op.Run), v.Op.Wseq, position)
	if err != nil {
		return false, sqlitefile.Fault(err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// probes is how many runs are asked about after a restore: the server may have got
// an older backup than the newest that it told of. Runs reach it in their order, so
// what it lacks is at the end.
const probes = 50

// newEpoch takes note that the server was restored from a backup: what is not in
// a backup must be sent again, and shows again until it is. Of the newest runs the
// last op is sent in any case: if the server lacks ops before it, it says so.
func newEpoch(ctx context.Context, tx *sql.Tx, epoch string) (Enrolment, error) {
	var who Enrolment
	if err := metaIn(ctx, tx, metaEnrolment, &who); err != nil {
		return who, err
	}
	if epoch == "" || who.Device == "" || who.Epoch == epoch {
		return who, nil
	}
	first := who.Epoch == ""
	who.Epoch = epoch
	if err := metaOut(ctx, tx, metaEnrolment, who); err != nil || first {
		return who, err
	}
	// Positions are given anew: what is archived is in the rows for good, all else
	// is out of them until it has one.
	for _, query := range []string{
		"UPDATE outbox SET acked = 0, position = NULL WHERE archived = 0 AND stuck = 0",
		"UPDATE outbox SET position = 0 WHERE archived = 1 AND position > 0",
		"UPDATE bucket SET shown = 0",
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return who, err
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE outbox SET acked = 0 WHERE seq IN
		(SELECT MAX(seq) FROM outbox WHERE stuck = 0 GROUP BY run ORDER BY MAX(seq) DESC LIMIT ?)`, probes)
	return who, err
}

// Why ops are set aside; message keys as they are.
const (
	reasonFork = "sync.fork"    // another disk continued the run, and the server holds that one's
	reasonGap  = "recovery.gap" // the op before them was lost from both copies here
)

// goneForGood says that the server waits for an op that this folder no longer has,
// though it has later ones.
func goneForGood(ctx context.Context, tx *sql.Tx, run payback.RunID, gap uint64) (bool, error) {
	var here, later int
	err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FILTER (WHERE wseq = ?), COUNT(*) FILTER (WHERE wseq > ?) FROM outbox WHERE run = ?",
		gap, gap, string(run)).Scan(&here, &later)
	return here == 0 && later > 0, err
}

// setAside sets the ops of a run from one on aside: they can't follow what the
// server has. New acts go to a new run after the last op that both have, and behind
// a fork so do the ops that were set aside, under new numbers; those records are
// returned for the journal. Behind a gap a person decides.
func (d *DB) setAside(ctx context.Context, tx *sql.Tx, who Enrolment, run payback.RunID, at uint64, why string) (again []jnlRecord, err error) {
	res, err := tx.ExecContext(ctx, "UPDATE run SET fork = ? WHERE run = ? AND fork IS NULL", at, string(run))
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return nil, err
	}
	reason, err := tojson(payback.Reason{Key: why})
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE outbox SET stuck = 1, verdict = ?, reason = ? WHERE run = ? AND wseq >= ?",
		string(payback.Quarantined), reason, string(run), at); err != nil {
		return nil, err
	}
	last, err := lastGood(ctx, tx)
	if err != nil {
		return nil, err
	}
	if err := d.makeRun(ctx, tx, last); err != nil {
		return nil, err
	}
	if why == reasonGap {
		_, err = d.rebuild(ctx, tx, who)
		return nil, err
	}
	var s SyncState
	if err := metaIn(ctx, tx, metaSync, &s); err != nil {
		return nil, err
	}
	if again, err = d.relabel(ctx, tx, run, at); err != nil {
		return nil, err
	}
	s.Fork = run
	if err := metaOut(ctx, tx, metaSync, s); err != nil {
		return nil, err
	}
	_, err = d.rebuild(ctx, tx, who)
	return again, err
}
