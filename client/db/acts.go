package db

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Act is one op as it is listed: of this PC, from the outbox, or of another of
// the store, from its verdict row.
type Act struct {
	Ref         payback.OpRef
	Subject     payback.Key
	By          string          // own acts only
	Own         bool            // of this PC
	Raw         []byte          // own acts only: the op's bytes
	Acked       bool            // the server has it
	Position    uint64          // own acts: 0 until it is known
	Stuck       bool            // behind a fork
	Verdict     payback.Verdict // the server's if Final, else as it looks from here
	Final       bool
	Reason      payback.Reason
	Winner      payback.OpRef
	Case        payback.CaseID
	Provisional bool
}

const ownColumns = `SELECT run, wseq, raw, kind, subject, at, actor, local_verdict, local_reason, provisional, acked, stuck,
	IFNULL(position, 0), verdict, reason, winner, case_id FROM outbox WHERE `

const (
	ownByDay     = ownColumns + "at >= ? AND at < ? ORDER BY at DESC, seq DESC LIMIT ?"
	ownBySubject = ownColumns + "subject = ? ORDER BY seq DESC LIMIT ?"
	ownByRef     = ownColumns + "run = ? AND wseq = ?"
	ownWaiting   = ownColumns + "acked = 0 AND stuck = 0 ORDER BY seq LIMIT ? OFFSET ?"
	ownOdd       = ownColumns + "verdict NOT IN ('', 'applied', 'duplicate') AND (acked = 1 OR stuck = 1) ORDER BY at DESC LIMIT ? OFFSET ?"
	ownAll       = ownColumns + "1 ORDER BY seq DESC LIMIT ? OFFSET ?"
	ownLast      = ownColumns + "at >= ? ORDER BY at DESC, seq DESC LIMIT ?"

	othersByDay     = "SELECT raw FROM verdict WHERE at >= ? AND at < ? ORDER BY at DESC LIMIT ?"
	othersBySubject = "SELECT raw FROM verdict WHERE subject = ? ORDER BY at DESC LIMIT ?"
)

// Day returns the acts of the store from one instant until before another (UTC
// ms), newest first: this PC's own and those that the server has answered of
// others.
func (d *DB) Day(ctx context.Context, from, to int64, limit int) ([]Act, error) {
	own, err := d.ownActs(ctx, ownByDay, from, to, limit)
	if err != nil {
		return nil, fault.Wrap("db.Day", err)
	}
	others, err := listOf[*payback.VerdictRow](ctx, d.file.Read, payback.TVerdict, othersByDay, from, to, limit)
	return merged(own, others, limit), fault.Wrap("db.Day", err)
}

// Story returns the acts known here on one row, newest first.
func (d *DB) Story(ctx context.Context, subject payback.Key, limit int) ([]Act, error) {
	own, err := d.ownActs(ctx, ownBySubject, subject.String(), limit)
	if err != nil {
		return nil, fault.Wrap("db.Story", err)
	}
	others, err := listOf[*payback.VerdictRow](ctx, d.file.Read, payback.TVerdict, othersBySubject, subject.String(), limit)
	return merged(own, others, limit), fault.Wrap("db.Story", err)
}

// Act returns one act; nil if it is not known here.
func (d *DB) Act(ctx context.Context, run payback.RunID, wseq uint64) (*Act, error) {
	own, err := d.ownActs(ctx, ownByRef, string(run), wseq)
	if err != nil {
		return nil, fault.Wrap("db.Act", err)
	}
	if len(own) > 0 {
		return &own[0], nil
	}
	row, err := d.Row(ctx, payback.VerdictKey(run, wseq))
	if err != nil || row == nil {
		return nil, fault.Wrap("db.Act", err)
	}
	a := actOf(row.(*payback.VerdictRow))
	return &a, nil
}

// Outbox returns this PC's acts that wait to be sent, oldest first.
func (d *DB) Outbox(ctx context.Context, limit, offset int) ([]Act, error) {
	acts, err := d.ownActs(ctx, ownWaiting, limit, offset)
	return acts, fault.Wrap("db.Outbox", err)
}

// Odd returns this PC's acts that the server did not simply apply, newest first.
func (d *DB) Odd(ctx context.Context, limit, offset int) ([]Act, error) {
	acts, err := d.ownActs(ctx, ownOdd, limit, offset)
	return acts, fault.Wrap("db.Odd", err)
}

// Own returns this PC's acts, newest first.
func (d *DB) Own(ctx context.Context, limit, offset int) ([]Act, error) {
	acts, err := d.ownActs(ctx, ownAll, limit, offset)
	return acts, fault.Wrap("db.Own", err)
}

// Last returns this PC's acts since an instant (UTC ms), newest first.
func (d *DB) Last(ctx context.Context, since int64, limit int) ([]Act, error) {
	acts, err := d.ownActs(ctx, ownLast, since, limit)
	return acts, fault.Wrap("db.Last", err)
}

// OutboxState returns how many acts wait to be sent, and when the oldest of them
// was done (UTC ms; 0 for none).
func (d *DB) OutboxState(ctx context.Context) (n int, oldest int64, err error) {
	err = d.file.Read.QueryRowContext(ctx, outboxState).Scan(&n, &oldest)
	return n, oldest, fault.Wrap("db.OutboxState", err)
}

const outboxState = `SELECT (SELECT COUNT(*) FROM outbox WHERE acked = 0 AND stuck = 0),
	IFNULL((SELECT at FROM outbox WHERE acked = 0 AND stuck = 0 ORDER BY seq LIMIT 1), 0)`

func (d *DB) ownActs(ctx context.Context, query string, args ...any) ([]Act, error) {
	rows, err := d.file.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Act
	for rows.Next() {
		a, err := scanAct(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

func scanAct(rows *sql.Rows) (Act, error) {
	a := Act{Own: true}
	var subject, localReason, reason, winner string
	var local, final payback.Verdict
	err := rows.Scan(&a.Ref.Run, &a.Ref.Wseq, &a.Raw, &a.Ref.Kind, &subject, &a.Ref.At, &a.By, &local, &localReason, &a.Provisional,
		&a.Acked, &a.Stuck, &a.Position, &final, &reason, &winner, &a.Case)
	if err != nil {
		return a, err
	}
	table, id, _ := strings.Cut(subject, "/")
	a.Subject = payback.Key{Table: payback.Table(table), ID: id}
	a.Verdict, a.Final = local, final != ""
	if a.Final {
		a.Verdict, localReason, a.Provisional = final, reason, false
	}
	if err := unjson(localReason, &a.Reason); err != nil {
		return a, err
	}
	return a, unjson(winner, &a.Winner)
}

func actOf(v *payback.VerdictRow) Act {
	return Act{Ref: v.Op, Subject: v.Subject, Acked: true, Verdict: v.Verdict, Final: true, Reason: v.Reason, Winner: v.Winner, Case: v.Case}
}

// merged lays other PCs' acts between this one's own, newest first.
func merged(own []Act, others []*payback.VerdictRow, limit int) []Act {
	type ref struct {
		run  payback.RunID
		wseq uint64
	}
	have := map[ref]bool{}
	for _, a := range own {
		have[ref{a.Ref.Run, a.Ref.Wseq}] = true
	}
	for _, v := range others {
		if !have[ref{v.Op.Run, v.Op.Wseq}] {
			own = append(own, actOf(v))
		}
	}
	slices.SortStableFunc(own, func(a, b Act) int { return cmp.Compare(b.Ref.At, a.Ref.At) })
	if limit > 0 && len(own) > limit {
		own = own[:limit]
	}
	return own
}
