package db

import (
	"context"
	"database/sql"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// relabelled is one op that gets a second name.
type relabelled struct {
	wseq          uint64
	raw           []byte
	kind, subject string
	at            int64
	actor         string
	localVerdict  string
	localReason   string
	provisional   bool
}

// relabel writes the ops of a run from a fork on once more, into the run that
// follows: the server holds another disk's ops under their numbers, and must get
// these all the same. What each says, who did it and its evidence of time stay as
// they were; an act that both disks recorded merges by its act key. The first
// writing stays aside and names the second.
func (d *DB) relabel(ctx context.Context, tx *sql.Tx, forked payback.RunID, at uint64) ([]jnlRecord, error) {
	ops, err := forkedOps(ctx, tx, forked, at)
	if err != nil || len(ops) == 0 {
		return nil, err
	}
	to, err := d.readRun(ctx, tx)
	if err != nil {
		return nil, err
	}
	var records []jnlRecord
	for _, o := range ops {
		rec, err := d.relabelOne(ctx, tx, forked, &to, o)
		if err != nil {
			return nil, err
		}
		if rec != nil {
			records = append(records, rec...)
		}
	}
	_, err = tx.StmtContext(ctx, d.hot.runNext).ExecContext(ctx, to.wseq, to.hash, string(to.id))
	return records, err
}

func forkedOps(ctx context.Context, tx *sql.Tx, run payback.RunID, from uint64) ([]relabelled, error) {
	rows, err := tx.QueryContext(ctx, `SELECT wseq, raw, kind, subject, at, actor, local_verdict, local_reason, provisional
		FROM outbox WHERE run = ? AND wseq >= ? ORDER BY wseq`, string(run), from)
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	defer rows.Close()
	var out []relabelled
	for rows.Next() {
		var o relabelled
		if err := rows.Scan(&o.wseq, &o.raw, &o.kind, &o.subject, &o.at, &o.actor, &o.localVerdict, &o.localReason, &o.provisional); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, sqlitefile.Fault(rows.Err())
}

// relabelOne writes one op; nothing if its bytes can't be read, so that it stays
// aside as it is.
func (d *DB) relabelOne(ctx context.Context, tx *sql.Tx, forked payback.RunID, to *run, o relabelled) ([]jnlRecord, error) {
	env, err := syncproto.Decode(o.raw)
	if err != nil {
		return nil, nil
	}
	env.Prev, env.After = syncproto.Hash{}, nil
	to.chain(&env)
	raw, err := env.Encode(syncproto.MaxOp)
	if fault.CodeOf(err) == fault.Limited {
		return nil, nil // its longer name has no room: a person gets it from here
	}
	if err != nil {
		return nil, err
	}
	hash := syncproto.HashOf(raw)
	if _, err := tx.StmtContext(ctx, d.hot.outbox).ExecContext(ctx, string(to.id), env.Wseq, raw, hash[:], o.kind, o.subject,
		o.at, o.actor, o.localVerdict, o.localReason, o.provisional); err != nil {
		return nil, err
	}
	to.wseq, to.hash = env.Wseq, hash[:]
	winner, err := tojson(payback.OpRef{Kind: env.Kind, Run: to.id, Wseq: env.Wseq, At: whenOf(env.At).Lo})
	if err != nil {
		return nil, err
	}
	reason, err := tojson(payback.Reason{Key: reasonFork})
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE outbox SET verdict = ?, reason = ?, winner = ? WHERE run = ? AND wseq = ?",
		string(payback.Duplicate), reason, winner, string(forked), o.wseq); err != nil {
		return nil, err
	}
	return d.moveAttachments(ctx, tx, forked, o.wseq, env, raw)
}

// moveAttachments lets what travels beside an op travel beside its second writing,
// and returns the records of both for the journal.
func (d *DB) moveAttachments(ctx context.Context, tx *sql.Tx, forked payback.RunID, wseq uint64, env syncproto.Envelope, raw []byte) ([]jnlRecord, error) {
	var a *Attachment
	rows, err := tx.QueryContext(ctx, "SELECT id, data FROM attachment WHERE run = ? AND wseq = ?", string(forked), wseq)
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		a = &Attachment{}
		if err := rows.Scan(&a.ID, &a.Data); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, sqlitefile.Fault(err)
	}
	if a != nil {
		if _, err := tx.ExecContext(ctx, "UPDATE attachment SET run = ?, wseq = ? WHERE run = ? AND wseq = ?",
			string(env.Run), env.Wseq, string(forked), wseq); err != nil {
			return nil, err
		}
	}
	return jnlOpOf(opRef{env.Run, env.Wseq}, raw, a), nil
}

// Healed forgets a fork when a completed pull shows that nobody looks at this PC's
// history any more: then a person has decided.
func (d *DB) Healed(ctx context.Context) error {
	return fault.Wrap("db.Healed", d.file.Tx(ctx, func(tx *sql.Tx) error {
		var s SyncState
		if err := metaIn(ctx, tx, metaSync, &s); err != nil || s.Fork == "" {
			return err
		}
		var who Enrolment
		if err := metaIn(ctx, tx, metaEnrolment, &who); err != nil {
			return err
		}
		row, err := rowBy(ctx, tx.StmtContext(ctx, d.hot.get[payback.TDevice]), payback.DeviceKey(who.Device))
		if err != nil {
			return err
		}
		if me, ok := row.(*payback.Device); !ok || me.Frozen != "" {
			return nil
		}
		s.Fork = ""
		return metaOut(ctx, tx, metaSync, s)
	}))
}

// HighWater compares this folder with what the server holds of this device's runs,
// its newest ones (DESIGN 5): a folder that lacks some of it was set back to an
// older state. Then new acts go to a fresh run, SyncState says so, and the ops that
// are gone come back as rows by the pull. It says whether that was found now.
func (d *DB) HighWater(ctx context.Context, heads []syncproto.RunHead) (behind bool, err error) {
	err = d.file.Tx(ctx, func(tx *sql.Tx) error {
		behind = false
		for _, h := range heads {
			lacks, err := lacking(ctx, tx, h)
			if err != nil {
				return err
			}
			if lacks {
				behind = true
				return d.setBack(ctx, tx, h.Run)
			}
		}
		return nil
	})
	return behind, fault.Wrap("db.HighWater", err)
}

// lacking says that the server has more of a run than this folder, which has not
// been noted yet.
func lacking(ctx context.Context, tx *sql.Tx, h syncproto.RunHead) (bool, error) {
	var s SyncState
	if err := metaIn(ctx, tx, metaSync, &s); err != nil || s.Rewound == h.Run {
		return false, err
	}
	var have uint64
	var forked bool
	err := tx.QueryRowContext(ctx, "SELECT IFNULL(MAX(wseq), 0), IFNULL(MAX(fork IS NOT NULL), 0) FROM run WHERE run = ?", string(h.Run)).Scan(&have, &forked)
	return err == nil && have < h.Wseq && !forked, sqlitefile.Fault(err)
}

// setBack ends the run that the folder is behind with, if it is the one that acts
// go to, and notes it.
func (d *DB) setBack(ctx context.Context, tx *sql.Tx, run payback.RunID) error {
	if _, err := tx.ExecContext(ctx, "UPDATE run SET fork = wseq + 1 WHERE run = ? AND fork IS NULL AND wseq > 0", string(run)); err != nil {
		return err
	}
	now, err := d.readRun(ctx, tx)
	if fault.CodeOf(err) == fault.Conflict {
		err = nil
		now.id = run
	}
	if err != nil {
		return err
	}
	if now.id == run || now.wseq > 0 { // the run in use may be what was copied: it is left for a fresh one
		if err := d.freshRun(ctx, tx); err != nil {
			return err
		}
	}
	return d.noteRewound(ctx, tx, run)
}
