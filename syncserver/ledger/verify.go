package ledger

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Report is what Verify found.
type Report struct {
	Head    db.Head
	Epochs  []db.Epoch // restores from backups, the oldest first
	Ops     int
	Rows    int
	Buckets []db.Bucket // as stored
	Lost    []db.Lost   // positions of ended histories that nobody brought back, at most maxWrong
	LostAll int         // how many these are
	Kept    int         // ops whose answer was told before a restore and stands without effect
	Wrong   []string    // what does not agree, for operators; none = sound
}

// maxWrong bounds the report: a broken file has no end of findings.
const maxWrong = 100

// Verify reads the whole ledger of a district and checks that positions have no
// gap, that every op's bytes have their hash and follow their run's chain, that
// replaying all ops gives the very rows that are stored, and that each bucket's
// digest is the sum of its rows. It holds all rows in memory.
func (l *Ledger) Verify(ctx context.Context, d payback.DistrictID) (Report, error) {
	var rep Report
	err := l.db.View(ctx, d, func(r db.Reader) error {
		v := &verifier{l: l, r: r, rep: &rep, runs: map[payback.RunID]syncproto.Hash{}, wseq: map[payback.RunID]uint64{},
			held: map[uint64][]db.Op{}, between: map[uint64][]db.Op{}}
		v.fold = fold{cells: map[payback.Key]*cell{}, env: payback.Env{Zone: time.UTC}, zone: l.zone, load: v.load}
		var err error
		if rep.Head, err = r.Head(); err != nil {
			return err
		}
		if rep.Buckets, err = r.Buckets(); err != nil {
			return err
		}
		if rep.Epochs, err = r.Epochs(); err != nil {
			return err
		}
		if rep.Lost, rep.LostAll, err = r.Lost(maxWrong); err != nil {
			return err
		}
		if v.back, err = refilled(r); err != nil {
			return err
		}
		if err := v.ops(); err != nil {
			return err
		}
		return v.rows()
	})
	return rep, fault.Wrap("ledger.Verify", err)
}

type verifier struct {
	l    *Ledger
	r    db.Reader
	rep  *Report
	fold fold
	runs map[payback.RunID]syncproto.Hash
	wseq map[payback.RunID]uint64
	back map[uint64]db.Refilled // ops that came back after a restore, by position
	held map[uint64][]db.Op     // by the position at which they got their last verdict

	between map[uint64][]db.Op // ops that were decided anew there, and once more later
}

func (v *verifier) wrong(format string, args ...any) {
	if len(v.rep.Wrong) < maxWrong {
		v.rep.Wrong = append(v.rep.Wrong, fmt.Sprintf(format, args...))
	}
}

// load makes empty cells: a replay starts from nothing.
func (v *verifier) load(keys []payback.Key) error {
	for _, k := range keys {
		if v.fold.cells[k] == nil {
			v.fold.cells[k] = &cell{}
		}
	}
	return nil
}

// ops walks the ledger from its first op.
func (v *verifier) ops() error {
	for at := uint64(0); ; {
		list, err := v.r.Ops(at, page)
		if err != nil {
			return err
		}
		for i := range list {
			o := &list[i]
			if o.Position != at+1 {
				v.wrong("position %d is missing", at+1)
			}
			at = o.Position
			v.rep.Ops++
			v.chain(o)
			v.replay(o)
		}
		if len(list) < page {
			if at != v.rep.Head.Position {
				v.wrong("the head is at %d, the last op at %d", v.rep.Head.Position, at)
			}
			return nil
		}
	}
}

// chain checks an op's hash and its place in its run.
func (v *verifier) chain(o *db.Op) {
	if syncproto.HashOf(o.Raw) != o.Hash {
		v.wrong("the bytes of op %d do not have their hash", o.Position)
	}
	if _, ok := v.back[o.Position]; ok && o.Device == "" {
		return // the server's runs before a restore may have lost ops
	}
	if o.Wseq != v.wseq[o.Run]+1 {
		v.wrong("run %s goes from %d to %d", o.Run, v.wseq[o.Run], o.Wseq)
	}
	if env, err := syncproto.Decode(o.Raw); err == nil && o.Wseq > 1 && env.Prev != v.runs[o.Run] {
		v.wrong("op %d does not follow the op before it in its run", o.Position)
	}
	v.wseq[o.Run], v.runs[o.Run] = o.Wseq, o.Hash
}

// replay runs the op, and those held ones that got their last verdict here.
func (v *verifier) replay(o *db.Op) {
	switch {
	case o.Final != 0:
		v.late(o)
	case o.Verdict == payback.Quarantined || o.Verdict == payback.Duplicate || o.Verdict == payback.Held:
		v.take(o, payback.Outcome{}, o.Position)
	default:
		v.again(o, o.Position)
	}
	v.release(o.Position)
}

// late takes an op that got its last verdict later: as it was at first, and as it was
// between, where people had it decided anew.
func (v *verifier) late(o *db.Op) {
	v.held[o.Final] = append(v.held[o.Final], *o)
	said, err := mendings(v.r, o, nil)
	if err != nil {
		v.wrong("what was said of op %d can't be read: %v", o.Position, err)
	}
	was := func(i int) db.Op {
		x := *o
		x.Verdict = payback.Held
		if i < len(said) {
			x.Verdict = said[i].Was
		}
		return x
	}
	first := was(0)
	for i, m := range said {
		if m.position < o.Final {
			v.between[m.position] = append(v.between[m.position], was(i+1))
		}
	}
	v.take(&first, payback.Outcome{}, o.Position)
}

// release replays the held ops that got their last verdict at a position, as the
// batch did: the oldest first that need not wait any more.
func (v *verifier) release(position uint64) {
	for _, o := range v.between[position] {
		v.take(&o, payback.Outcome{}, position)
	}
	delete(v.between, position)
	late := v.held[position]
	delete(v.held, position)
	slices.SortFunc(late, func(a, b db.Op) int { return cmp.Compare(a.Position, b.Position) })
	for len(late) > 0 {
		at := max(0, slices.IndexFunc(late, func(o db.Op) bool { return !v.waits(&o) }))
		v.again(&late[at], position)
		late = slices.Delete(late, at, at+1)
	}
}

// waits says that an op that got a verdict would still be held now.
func (v *verifier) waits(o *db.Op) bool {
	if o.Verdict == payback.Held || o.Verdict == payback.Quarantined || v.back[o.Position].Kept {
		return false
	}
	act, err := mended(v.r, o, nil)
	if err != nil || act == nil {
		return false
	}
	out, err := v.fold.apply(act)
	return err == nil && out.Verdict == payback.Held
}

func (v *verifier) again(o *db.Op, position uint64) {
	if v.back[o.Position].Kept {
		v.rep.Kept++
		v.take(o, payback.Outcome{}, position)
		return
	}
	if o.Verdict == payback.Quarantined || v.voided(o) {
		v.take(o, payback.Outcome{}, position)
		return
	}
	act, err := mended(v.r, o, nil)
	if err != nil || act == nil {
		v.wrong("the body of op %d can't be read", o.Position)
		return
	}
	out, err := v.fold.apply(act)
	if err != nil {
		v.wrong("op %d can't be replayed: %v", o.Position, err)
		return
	}
	_, back := v.back[o.Position]
	if back {
		out = v.fold.asTold(act, out, o.Verdict)
	}
	if (out.Verdict != o.Verdict || out.Case != o.Case) && !(back && bothStand(out.Verdict, o.Verdict)) {
		v.wrong("op %d (%s) was %s, its replay is %s", o.Position, o.Kind, o.Verdict, out.Verdict)
	}
	v.take(o, out, position)
}

// voided says that an officer struck the op, or that it was an act done before when
// somebody had it decided anew.
func (v *verifier) voided(o *db.Op) bool {
	if o.Final == 0 || o.Verdict != payback.Rejected && o.Verdict != payback.Duplicate {
		return false
	}
	said, err := mendings(v.r, o, nil)
	if err != nil || len(said) == 0 {
		return false
	}
	last := said[len(said)-1]
	return last.position == o.Final && (last.What == payback.MendVoid || o.Verdict == payback.Duplicate)
}

func (v *verifier) take(o *db.Op, out payback.Outcome, position uint64) {
	if o.Store != "" {
		out.Changed = append(out.Changed, verdictRow(o, payback.OpRef{Kind: o.Kind, Run: o.Run, Wseq: o.Wseq, At: o.When.Lo}))
	}
	v.fold.keep(out, position)
}

// rows compares the replayed rows with the stored ones, and digests with rows.
func (v *verifier) rows() error {
	keys := slices.SortedFunc(maps.Keys(v.fold.cells), func(a, b payback.Key) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.ID, b.ID))
	})
	sums := map[payback.Bucket]*syncproto.Digest{}
	for part := range slices.Chunk(keys, 1000) {
		stored, err := v.r.Rows(part)
		if err != nil {
			return err
		}
		for _, k := range part {
			v.row(k, stored[k], sums)
		}
	}
	for _, t := range payback.Tables() {
		n, err := v.r.Count(db.Select{Table: t})
		if err != nil {
			return err
		}
		v.rep.Rows += n
	}
	live := 0
	for _, c := range v.fold.cells {
		if c.row != nil {
			live++
		}
	}
	if live != v.rep.Rows {
		v.wrong("%d rows are stored, the ops make %d", v.rep.Rows, live)
	}
	for _, b := range v.rep.Buckets {
		sum := sums[b.Name]
		if sum == nil {
			sum = &syncproto.Digest{}
		}
		if *sum != b.Digest {
			v.wrong("the digest of bucket %s is not that of its rows", b.Name)
		}
	}
	return nil
}

func (v *verifier) row(k payback.Key, st db.Stored, sums map[payback.Bucket]*syncproto.Digest) {
	c := v.fold.cells[k]
	if st.Row != nil && st.Bucket != payback.BucketServer {
		if sums[st.Bucket] == nil {
			sums[st.Bucket] = &syncproto.Digest{}
		}
		sums[st.Bucket].Add(k.Table, k.ID, st.Raw)
	}
	switch {
	case c.row == nil && st.Row == nil:
		return
	case c.row == nil:
		v.wrong("row %s is stored, but no op made it", k)
		return
	case st.Row == nil:
		v.wrong("row %s is missing", k)
		return
	}
	raw, err := payback.EncodeRow(c.row)
	if err != nil || string(raw) != string(st.Raw) {
		v.wrong("row %s differs from what its ops make", k)
	}
	if st.Position != c.position {
		v.wrong("row %s says it changed at %d, its ops say %d", k, st.Position, c.position)
	}
	if st.Bucket != c.row.Bucket() {
		v.wrong("row %s lies in bucket %s", k, st.Bucket)
	}
}
