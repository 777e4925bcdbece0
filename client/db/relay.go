package db

import (
	"context"
	"database/sql"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Relay is a packet of another PC's ops that this one passes on to the server.
type Relay struct {
	ID          string // hash of the packet
	Author      payback.DeviceID
	Run         payback.RunID
	First, Last uint64 // wseq
	Packet      []byte
	Added       int64          // UTC ms by this PC
	Refused     payback.Reason // the server's; none while it waits. Key is a message key as it is
}

// AddRelays stores packets to be passed on. Those that are here already wait again
// if they were refused. It returns how many are new or wait again.
func (d *DB) AddRelays(ctx context.Context, packets []Relay) (n int, err error) {
	now := d.env.Clock.Now().Wall
	err = d.file.Tx(ctx, func(tx *sql.Tx) error {
		n = 0
		for _, p := range packets {
			res, err := tx.ExecContext(ctx, `INSERT INTO relay (id, author, run, first, last, packet, added, state, reason)
				VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', '{}') ON CONFLICT (id) DO UPDATE SET state = 'waiting', reason = '{}' WHERE state = 'refused'`,
				p.ID, string(p.Author), string(p.Run), p.First, p.Last, p.Packet, now)
			if err != nil {
				return sqlitefile.Fault(err)
			}
			added, err := res.RowsAffected()
			if err != nil {
				return err
			}
			n += int(added)
		}
		return nil
	})
	return n, fault.Wrap("db.AddRelays", err)
}

// NextRelay returns the next packet to pass on; ok is false if none waits.
func (d *DB) NextRelay(ctx context.Context) (r Relay, ok bool, err error) {
	list, err := d.relays(ctx, "SELECT id, author, run, first, last, packet, added, reason FROM relay WHERE state = 'waiting' ORDER BY n LIMIT 1")
	if err != nil || len(list) == 0 {
		return r, false, fault.Wrap("db.NextRelay", err)
	}
	return list[0], true, nil
}

// Relays returns all packets that are kept here, without their bytes.
func (d *DB) Relays(ctx context.Context) ([]Relay, error) {
	list, err := d.relays(ctx, "SELECT id, author, run, first, last, x'', added, reason FROM relay ORDER BY n")
	return list, fault.Wrap("db.Relays", err)
}

func (d *DB) relays(ctx context.Context, query string) (list []Relay, err error) {
	rows, err := d.file.Read.QueryContext(ctx, query)
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Relay
		var reason string
		if err := rows.Scan(&r.ID, &r.Author, &r.Run, &r.First, &r.Last, &r.Packet, &r.Added, &reason); err != nil {
			return nil, err
		}
		if err := unjson(reason, &r.Refused); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Relayed ends a packet: the server has it (no reason), and it is dropped; or the
// server can't take it, and it is kept with the reason.
func (d *DB) Relayed(ctx context.Context, id string, refused payback.Reason) error {
	return fault.Wrap("db.Relayed", d.file.Tx(ctx, func(tx *sql.Tx) error {
		if refused.None() {
			_, err := tx.ExecContext(ctx, "DELETE FROM relay WHERE id = ?", id)
			return err
		}
		text, err := tojson(refused)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE relay SET state = 'refused', reason = ? WHERE id = ?", text, id)
		return err
	}))
}

// carried is one op on its way into a file.
type carried struct {
	run       payback.RunID
	wseq      uint64
	raw, hash []byte
	stuck     bool
	attached  int
}

// Unacked returns all ops that the server has not acknowledged, of the runs named
// or, if none is, of all, in the order in which they were done: also those that were
// set aside, unless they went on under new numbers. Each batch is a stretch of one run of at most maxOps and maxBytes.
func (d *DB) Unacked(ctx context.Context, runs []payback.RunID, maxOps, maxBytes int) (out []Batch, err error) {
	err = d.file.View(ctx, func(tx *sql.Tx) error {
		list, err := unacked(ctx, tx)
		if err != nil {
			return err
		}
		out = batches(list, runs, maxOps, maxBytes)
		for i := range out {
			if err := out[i].readAttachments(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	return out, fault.Wrap("db.Unacked", err)
}

func unacked(ctx context.Context, tx *sql.Tx) (list []carried, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT run, wseq, raw, hash, stuck, (SELECT COUNT(*) FROM attachment AS a WHERE a.run = o.run AND a.wseq = o.wseq)
		FROM outbox AS o WHERE acked = 0 AND NOT (stuck = 1 AND verdict = 'duplicate') ORDER BY seq`)
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c carried
		if err := rows.Scan(&c.run, &c.wseq, &c.raw, &c.hash, &c.stuck, &c.attached); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// batches cuts ops into stretches that one packet holds.
func batches(list []carried, runs []payback.RunID, maxOps, maxBytes int) (out []Batch) {
	wanted := map[payback.RunID]bool{}
	for _, r := range runs {
		wanted[r] = true
	}
	size, attached, stuck := 0, 0, false
	for _, c := range list {
		if len(runs) > 0 && !wanted[c.run] {
			continue
		}
		size, attached = size+len(c.raw)+4, attached+c.attached
		last := len(out) - 1
		if last < 0 || out[last].Run != c.run || out[last].Last+1 != c.wseq || c.stuck != stuck ||
			len(out[last].Ops) == maxOps || size > maxBytes || attached > syncproto.MaxAttachments {
			out = append(out, Batch{Run: c.run, From: c.wseq})
			size, attached, stuck, last = len(c.raw)+4, c.attached, c.stuck, last+1
		}
		b := &out[last]
		b.Ops, b.Last = append(b.Ops, c.raw), c.wseq
		copy(b.Hash[:], c.hash)
	}
	return out
}
