package bench

import (
	"context"
	"database/sql"
	"path/filepath"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// limits is what SQLite with the same settings does with the same ops.
type limits struct {
	ones, rows, size int // rows written one a transaction; all; bytes of a row
	one, many        time.Duration
}

// waiting returns the ops that a counter has not sent, as it will send them.
func (p *pc) waiting(ctx context.Context) (ops [][]byte, err error) {
	rows, err := p.db.File().Read.QueryContext(ctx, "SELECT raw FROM outbox WHERE acked = 0 ORDER BY seq")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		ops = append(ops, raw)
	}
	return ops, rows.Err()
}

// bareLimits writes ops by themselves, the first thousand one a transaction, then
// all of them by thousands.
func bareLimits(ctx context.Context, dir string, ops [][]byte) (l limits, err error) {
	f, err := sqlitefile.Open(ctx, filepath.Join(dir, "bare.db"), sqlitefile.Options{})
	if err != nil {
		return l, err
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Write.ExecContext(ctx, "CREATE TABLE bare (id INTEGER PRIMARY KEY, raw BLOB NOT NULL) STRICT"); err != nil {
		return l, err
	}
	began := time.Now()
	l.ones, l.rows = min(1000, len(ops)), len(ops)
	for _, o := range ops[:l.ones] {
		l.size += len(o)
		if err := writeBare(ctx, f, [][]byte{o}); err != nil {
			return l, err
		}
	}
	l.size /= max(1, l.ones)
	l.one = time.Since(began)
	began = time.Now()
	for rest := ops; len(rest) > 0; {
		n := min(1000, len(rest))
		if err := writeBare(ctx, f, rest[:n]); err != nil {
			return l, err
		}
		rest = rest[n:]
	}
	l.many = time.Since(began)
	return l, nil
}

func writeBare(ctx context.Context, f *sqlitefile.File, ops [][]byte) error {
	return f.Tx(ctx, func(tx *sql.Tx) error {
		stmt, err := tx.PrepareContext(ctx, "INSERT INTO bare (raw) VALUES (?)")
		if err != nil {
			return err
		}
		defer stmt.Close()
		for _, o := range ops {
			if _, err := stmt.ExecContext(ctx, o); err != nil {
				return err
			}
		}
		return nil
	})
}

// price does by itself all the hashing and signing that both sides do while the ops
// drain, and returns how long it takes: a push's tip, request and reply, each signed
// and checked; an op's hash, checked and chained twice; its rows into the digest. It
// is taken off the drain's time, since neither program has a switch to go without.
func (b *bench) price(ops [][]byte) time.Duration {
	began := time.Now()
	var chain syncproto.Hash
	var digest syncproto.Digest
	for rest := ops; len(rest) > 0; {
		n := min(syncproto.MaxPushOps, len(rest))
		var packet []byte
		for i, o := range rest[:n] {
			h := syncproto.HashOf(o)
			if h != syncproto.HashOf(o) { // hashed at both ends
				continue
			}
			chain = syncproto.ChainNext(syncproto.ChainNext(chain, uint64(i), h), uint64(i), h)
			for range rowsPerOp {
				digest.Add(payback.TVerdict, "0192f4c1-0000-7000-8000-000000000000", o)
			}
			packet = append(packet, o...)
		}
		pub := b.w.key.Public()
		syncproto.SignTip(b.w.key, "run", uint64(n), chain).Verify(pub)
		syncproto.VerifyRequest(pub, "POST", "/v1/push", "d", "n", packet, syncproto.SignRequest(b.w.key, "POST", "/v1/push", "d", "n", packet))
		syncproto.VerifyReply(pub, 200, "/v1/push", "n", packet, syncproto.SignReply(b.w.key, 200, "/v1/push", "n", packet))
		rest = rest[n:]
	}
	return time.Since(began)
}

// rowsPerOp is how many rows an op puts into or takes out of a digest.
const rowsPerOp = 3
