package sqldb

import (
	"cmp"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// packOps writes positions as signed varints, each the difference to the one before
// it: about a byte an op.
func packOps(ops []uint64) []byte {
	out := make([]byte, 0, len(ops)+8)
	last := uint64(0)
	for _, p := range ops {
		out = binary.AppendVarint(out, int64(p)-int64(last))
		last = p
	}
	return out
}

var errPackedOps = errors.New("sqldb: positions of a bucket can't be read")

func unpackOps(b []byte) ([]uint64, error) {
	var out []uint64
	last := int64(0)
	for len(b) > 0 {
		d, n := binary.Varint(b)
		if n <= 0 {
			return nil, errPackedOps
		}
		last += d
		out, b = append(out, uint64(last)), b[n:]
	}
	return out, nil
}

// Touched returns which ops touched a bucket in the batches after a position.
func (s *session) Touched(b payback.Bucket, after uint64, limit int) ([]db.Touched, error) {
	rows, err := s.query(`SELECT position, ops FROM bucket_chain WHERE district = $1 AND name = $2 AND position > $3 ORDER BY position LIMIT $4`,
		string(s.district), string(b), int64(after), limit)
	if err != nil {
		return nil, fault.Wrap("sqldb.Touched", err)
	}
	return collect(rows, s.db.engine, func(r *sql.Rows) (t db.Touched, err error) {
		var packed []byte
		if err = r.Scan(&t.End, &packed); err == nil {
			t.Ops, err = unpackOps(packed)
		}
		return t, err
	})
}

// OpsAt returns the ops at the positions, rising.
func (s *session) OpsAt(positions []uint64) ([]db.Op, error) {
	var out []db.Op
	err := shapes(positions, func(part []uint64) error {
		args := make([]any, 0, len(part))
		for _, p := range part {
			args = append(args, int64(p))
		}
		list, err := s.ops(fmt.Sprintf(`AND position IN (%s)`, s.db.params(2, len(part))), args...)
		out = append(out, list...)
		return err
	})
	slices.SortFunc(out, func(a, b db.Op) int { return cmp.Compare(a.Position, b.Position) })
	return out, fault.Wrap("sqldb.OpsAt", err)
}

func (s *session) told(tail string, args ...any) ([]db.Told, error) {
	rows, err := s.query(`SELECT run, wseq, epoch, position, entry, raw FROM told WHERE district = $1 `+tail, append([]any{string(s.district)}, args...)...)
	if err != nil {
		return nil, fault.Wrap("sqldb.told", err)
	}
	return collect(rows, s.db.engine, func(r *sql.Rows) (t db.Told, err error) {
		err = r.Scan(&t.Run, &t.Wseq, &t.Epoch, &t.Position, &t.Entry, &t.Raw)
		return t, err
	})
}

// Told returns what waits after a position, in its order.
func (s *session) Told(after uint64, limit int) ([]db.Told, error) {
	return s.told(`AND position > $2 ORDER BY position LIMIT $3`, int64(after), limit)
}

// ToldOf returns what waits of a run from a number on, rising.
func (s *session) ToldOf(run payback.RunID, from uint64, limit int) ([]db.Told, error) {
	return s.told(`AND run = $2 AND wseq >= $3 ORDER BY wseq LIMIT $4`, string(run), int64(from), limit)
}

// PutTold keeps what a counter brought.
func (s *session) PutTold(list []db.Told) error {
	for _, t := range list {
		err := s.exec(`INSERT INTO told (district, run, wseq, epoch, position, entry, raw) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (district, run, wseq) DO UPDATE SET raw = COALESCE(told.raw, excluded.raw)`,
			string(s.district), string(t.Run), int64(t.Wseq), t.Epoch, int64(t.Position), t.Entry, t.Raw)
		if err != nil {
			return fault.Wrap("sqldb.PutTold", err)
		}
	}
	return nil
}

// DropTold forgets what is in the ledger now.
func (s *session) DropTold(run payback.RunID, wseq uint64) error {
	return s.exec(`DELETE FROM told WHERE district = $1 AND run = $2 AND wseq = $3`, string(s.district), string(run), int64(wseq))
}

// Refilled returns the ops that came back and are at a position after one, rising.
func (s *session) Refilled(after uint64, limit int) ([]db.Refilled, error) {
	rows, err := s.query(`SELECT position, epoch, old, kept FROM refilled WHERE district = $1 AND position > $2 ORDER BY position LIMIT $3`,
		string(s.district), int64(after), limit)
	if err != nil {
		return nil, fault.Wrap("sqldb.Refilled", err)
	}
	return collect(rows, s.db.engine, func(r *sql.Rows) (x db.Refilled, err error) {
		err = r.Scan(&x.Position, &x.Epoch, &x.Old, &x.Kept)
		return x, err
	})
}

// PutRefilled notes ops that came back.
func (s *session) PutRefilled(list []db.Refilled) error {
	columns := []string{"district", "position", "epoch", "old", "kept"}
	values := make([][]any, 0, len(list))
	for _, x := range list {
		kept := 0
		if x.Kept {
			kept = 1
		}
		values = append(values, []any{string(s.district), int64(x.Position), x.Epoch, int64(x.Old), kept})
	}
	return s.insert("refilled", columns, values, replace(columns[:2], columns))
}

// Lost returns lost positions, rising, and how many there are.
func (s *session) Lost(limit int) (list []db.Lost, all int, err error) {
	if _, err = s.row(`SELECT COUNT(*) FROM lost WHERE district = $1`, []any{string(s.district)}, &all); err != nil || all == 0 {
		return nil, all, fault.Wrap("sqldb.Lost", err)
	}
	rows, err := s.query(`SELECT epoch, position FROM lost WHERE district = $1 ORDER BY epoch, position LIMIT $2`, string(s.district), limit)
	if err != nil {
		return nil, all, fault.Wrap("sqldb.Lost", err)
	}
	list, err = collect(rows, s.db.engine, func(r *sql.Rows) (l db.Lost, err error) {
		err = r.Scan(&l.Epoch, &l.Position)
		return l, err
	})
	return list, all, err
}

// PutLost adds to the list of what is lost.
func (s *session) PutLost(list []db.Lost) error {
	values := make([][]any, 0, len(list))
	for _, l := range list {
		values = append(values, []any{string(s.district), l.Epoch, int64(l.Position)})
	}
	return s.insert("lost", []string{"district", "epoch", "position"}, values, " ON CONFLICT DO NOTHING")
}

// DropLost takes a position off that list.
func (s *session) DropLost(l db.Lost) error {
	return s.exec(`DELETE FROM lost WHERE district = $1 AND epoch = $2 AND position = $3`, string(s.district), l.Epoch, int64(l.Position))
}

// RefillDone returns the devices that have brought all they hold into an epoch.
func (s *session) RefillDone(epoch string) ([]payback.DeviceID, error) {
	rows, err := s.query(`SELECT device FROM refill_done WHERE district = $1 AND epoch = $2 ORDER BY device`, string(s.district), epoch)
	if err != nil {
		return nil, fault.Wrap("sqldb.RefillDone", err)
	}
	return collect(rows, s.db.engine, func(r *sql.Rows) (id payback.DeviceID, err error) { err = r.Scan(&id); return id, err })
}

// PutRefillDone notes that a device has.
func (s *session) PutRefillDone(epoch string, device payback.DeviceID) error {
	return s.insert("refill_done", []string{"district", "epoch", "device"}, [][]any{{string(s.district), epoch, string(device)}}, " ON CONFLICT DO NOTHING")
}

// SetRefill notes the stage of refilling.
func (s *session) SetRefill(r db.Refill) error {
	return s.exec(`UPDATE head SET refill = $2 WHERE district = $1`, string(s.district), int(r))
}

// SetEpoch writes Closed and Told of an epoch.
func (s *session) SetEpoch(e db.Epoch) error {
	return s.exec(`UPDATE epoch SET closed = $3, told = $4 WHERE district = $1 AND epoch = $2`, string(s.district), e.Epoch, e.Closed, int64(e.Told))
}
