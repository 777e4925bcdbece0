package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/fnv"
	"strconv"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// maxOp is the most bytes of rows in one op, well under an import op's 1 MiB.
const maxOp = 900 << 10

// rowsAt is what the ledger has, by key.
type rowsAt map[payback.Key]db.Stored

// load reads the rows that the batch would change, and those that judge needs.
func (im *importing) load(ctx context.Context, batch []entity) (rowsAt, error) {
	wanted := map[payback.Key]bool{}
	for _, e := range batch {
		if im.format.table != payback.TResident || e.row.Key().ID != "" {
			wanted[e.row.Key()] = true
		}
		if im.format.with != nil {
			wanted[im.format.with(e)] = true
		}
	}
	return im.rows(ctx, wanted)
}

func (im *importing) rows(ctx context.Context, wanted map[payback.Key]bool) (have rowsAt, err error) {
	keys := make([]payback.Key, 0, len(wanted))
	for k := range wanted {
		keys = append(keys, k)
	}
	err = im.o.Ledger.View(ctx, im.o.District, func(r db.Reader) error {
		have, err = r.Rows(keys)
		return err
	})
	return have, err
}

// change is a row as it will be sent, and where the one before it stood.
type change struct {
	raw json.RawMessage
	was uint64 // position of the op that last changed the row; 0 = there was none
}

// write sends the rows that change something, in as few ops as may be.
func (im *importing) write(ctx context.Context, t payback.Table, rows []payback.Row, have rowsAt) error {
	changes, err := im.changes(ctx, t, rows, have)
	if err != nil {
		return err
	}
	for len(changes) > 0 {
		n, size := 0, 0
		for n < len(changes) && n < payback.MaxRows && size+len(changes[n].raw) <= maxOp {
			size += len(changes[n].raw)
			n++
		}
		if err := im.send(ctx, t, changes[:n]); err != nil {
			return err
		}
		changes = changes[n:]
	}
	return nil
}

// changes returns the rows that would not leave things as they are. What a row
// makes of the one that is there is the reducer's to say, so it is asked.
func (im *importing) changes(ctx context.Context, t payback.Table, rows []payback.Row, have rowsAt) ([]change, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	raws, known := make([]json.RawMessage, len(rows)), payback.RowMap{}
	for i, r := range rows {
		raw, err := payback.EncodeRow(r)
		if err != nil {
			return nil, err
		}
		raws[i], known[r.Key()] = raw, have[r.Key()].Row
	}
	would, err := im.trial(ctx, &payback.Upsert{Table: t, Rows: raws, ID: "trial"}, known)
	if err != nil {
		return nil, err
	}
	becomes := make(map[payback.Key]payback.Row, len(rows))
	for _, r := range would.Changed {
		becomes[r.Key()] = r
	}
	var out []change
	for i, r := range rows {
		if im.same(have[r.Key()].Row, becomes[r.Key()]) {
			im.report.Same++
			continue
		}
		out = append(out, change{raws[i], have[r.Key()].Position})
	}
	return out, nil
}

// trial runs the op without writing anything, loading what it asks for.
func (im *importing) trial(ctx context.Context, body payback.Body, known payback.RowMap) (payback.Outcome, error) {
	op := &payback.Op{Body: body, Role: payback.RoleServer, When: payback.At(im.o.Ledger.Now())}
	for range 4 {
		would := payback.Apply(known, op, im.env)
		if len(would.Missing) == 0 {
			return would, nil
		}
		wanted := map[payback.Key]bool{}
		for _, k := range would.Missing {
			wanted[k], known[k] = true, nil
		}
		found, err := im.rows(ctx, wanted)
		if err != nil {
			return would, err
		}
		for k, st := range found {
			known[k] = st.Row
		}
	}
	return payback.Outcome{}, fault.New(fault.Internal, "")
}

func (im *importing) same(old, now payback.Row) bool {
	switch {
	case old == nil || now == nil:
		return false
	case im.format.same != nil && old.Key().Table == im.format.table:
		return im.format.same(old, now)
	}
	return payback.SameRow(old, now)
}

// send writes one op. Its id follows from what the rows change from and to: a run
// that overlaps another one merges with it, and an import that goes back to
// earlier values is an act of its own.
func (im *importing) send(ctx context.Context, t payback.Table, part []change) error {
	im.report.Changed += len(part)
	if im.o.Check {
		return nil
	}
	sum := sha256.New()
	sum.Write([]byte(t))
	rows := make([]json.RawMessage, len(part))
	for i, c := range part {
		sum.Write(binary.BigEndian.AppendUint64(nil, c.was))
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(c.raw))))
		sum.Write(c.raw)
		rows[i] = c.raw
	}
	id := "import-" + hex.EncodeToString(sum.Sum(nil)[:20])
	results, err := im.o.Ledger.Act(ctx, im.o.District, im.o.Who, &payback.Upsert{Table: t, Rows: rows, ID: id})
	if err != nil {
		return err
	}
	im.report.Ops++
	for _, r := range results {
		if !r.Done() {
			return r.Reason.Fault(fault.Conflict)
		}
	}
	return nil
}

// hash is what rows of a file are remembered by: eight bytes each, so that a long
// file stays small. Two ids of one hash cost a needless note.
func hash(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}

func num(n int) string { return strconv.Itoa(n) }
