package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// MaxBatch is the most ops that one transaction takes.
const MaxBatch = 1000

// entry is one op on its way through a batch.
type entry struct {
	op  db.Op
	act *payback.Op // nil: it can't be read, and op.Reason says why
	own bool        // of the server's own, and not written yet: it gets its number with its position
	was *was        // it came back after a restore; nil for every other
	by  *mending    // what has it decided anew; nil for every other
}

func (e *entry) ref() payback.OpRef {
	return payback.OpRef{Kind: e.op.Kind, Run: e.op.Run, Wseq: e.op.Wseq, At: e.op.When.Lo}
}

// done is an act that stands: the op that did it and where.
type done struct {
	ref   payback.OpRef
	store payback.StoreID
}

// same says that an act of a store is this one told again. Two stores never tell of
// one act: what a store claims of another's row must not take the place of the
// other's own word. The server and its sites (no store) may repeat anybody's.
func (d done) same(s payback.StoreID) bool { return d.store == "" || s == "" || d.store == s }

// batch is one transaction of the ledger.
type batch struct {
	l        *Ledger
	w        db.Writer
	now      int64
	head     db.Head
	fold     fold
	acts     map[string]done // acts that stand, of this batch and of those before
	buckets  map[payback.Bucket]*db.Bucket
	revoked  bool    // the device that pushes: what it says is kept and not done
	server   *db.Run // this process's run, loaded when it first writes
	ops      []db.Op
	messages []db.Message
	erased   []payback.ResidentID
	back     comeback
}

// batch runs f in one transaction that holds the district's head, then writes all
// that f did.
func (l *Ledger) batch(ctx context.Context, d payback.DistrictID, f func(*batch) error) error {
	var position uint64
	err := l.db.Update(ctx, d, func(w db.Writer) error {
		head, err := w.Head()
		if err != nil {
			return err
		}
		if head.Epoch == "" {
			head.Epoch = l.o.IDs.New()
		}
		env, err := l.env(w)
		if err != nil {
			return err
		}
		b := &batch{l: l, w: w, now: l.Now(), head: head, acts: map[string]done{}, buckets: map[payback.Bucket]*db.Bucket{}}
		b.fold = fold{cells: map[payback.Key]*cell{}, env: env, zone: l.zone, load: b.load}
		if err := f(b); err != nil {
			return err
		}
		position = b.head.Position
		return b.write()
	})
	if err == nil {
		l.ring(d, position)
	}
	return err
}

// load makes cells for keys, in one statement a table.
func (b *batch) load(keys []payback.Key) error {
	var want []payback.Key
	for _, k := range keys {
		if b.fold.cells[k] == nil {
			want = append(want, k)
			b.fold.cells[k] = &cell{}
		}
	}
	found, err := b.w.Rows(want)
	if err != nil {
		return err
	}
	for k, st := range found {
		b.fold.cells[k] = &cell{was: st, row: st.Row}
	}
	return nil
}

// loadAll loads what all entries need, a few statements for the whole batch: each
// round follows one more link, as from a loan to its refund.
func (b *batch) loadAll(entries []*entry) error {
	const rounds = 3
	for range rounds {
		var missing []payback.Key
		for _, e := range entries {
			if e.act != nil {
				missing = append(missing, b.needs(e)...)
			}
		}
		if len(missing) == 0 {
			return nil
		}
		if err := b.load(missing); err != nil {
			return err
		}
	}
	return nil
}

// needs is payback.Needs without the panic of a poisoned op, which is dealt with
// when its turn comes.
func (b *batch) needs(e *entry) (keys []payback.Key) {
	defer func() {
		if recover() != nil {
			keys = nil
		}
	}()
	return payback.Needs(&b.fold, e.act, b.fold.env)
}

// run orders the entries and decides their verdicts.
func (b *batch) run(entries []*entry) error {
	if len(entries) > MaxBatch {
		return fault.New(fault.Limited, "")
	}
	if err := b.loadAll(entries); err != nil {
		return err
	}
	var acts []string
	for _, e := range entries {
		if e.op.Act != "" {
			acts = append(acts, e.op.Act)
		}
	}
	before, err := b.w.OpsByAct(acts)
	if err != nil {
		return err
	}
	for act, o := range before {
		b.acts[act] = done{payback.OpRef{Kind: o.Kind, Run: o.Run, Wseq: o.Wseq, At: o.When.Lo}, o.Store}
	}
	for _, e := range entries {
		if err := b.step(e); err != nil {
			return err
		}
	}
	if err := b.release(); err != nil || b.back.later {
		return err
	}
	return b.settle()
}

// step gives one op its position and verdict, and runs what follows from it.
func (b *batch) step(e *entry) error {
	if e.own {
		if err := b.seal(e); err != nil {
			return err
		}
	}
	b.head.Position++
	e.op.Position = b.head.Position
	if e.was == nil {
		e.op.Received = b.now
	}
	follow, err := b.decide(e)
	if err != nil {
		return err
	}
	b.ops = append(b.ops, e.op)
	if err := b.mend(e); err != nil {
		return err
	}
	if e.was != nil {
		b.back.follow = append(b.back.follow, follow...)
		return nil
	}
	for _, body := range follow {
		f, err := b.own(body, Actor{Role: payback.RoleServer})
		if err != nil {
			return err
		}
		if err := b.step(f); err != nil {
			return err
		}
	}
	return nil
}

// decide finds an op's verdict and takes in what it changes.
func (b *batch) decide(e *entry) ([]payback.Body, error) {
	if e.was != nil {
		return b.redo(e)
	}
	if e.act == nil {
		e.op.Verdict = payback.Quarantined
		return nil, b.told(e, payback.Outcome{})
	}
	if first, ok := b.acts[e.op.Act]; ok && first.same(e.op.Store) {
		e.op.Verdict, e.op.Winner = payback.Duplicate, first.ref
		return nil, b.told(e, payback.Outcome{})
	}
	out, err := b.fold.apply(e.act)
	if b.poisoned(e, err) {
		return nil, b.told(e, payback.Outcome{})
	}
	if err != nil {
		return nil, err
	}
	b.take(e, out)
	if e.op.Verdict == payback.Applied || e.op.Verdict == payback.InCase || e.op.Verdict == payback.Held {
		b.acts[e.op.Act] = done{e.ref(), e.op.Store}
	}
	return out.Follow, b.told(e, out)
}

// poisoned quarantines an op at which the reducer gave up: it must stop no other.
func (b *batch) poisoned(e *entry, err error) bool {
	var p *poison
	if !errors.As(err, &p) {
		return false
	}
	b.l.o.Log.Error("op quarantined", "kind", e.op.Kind, "run", e.op.Run, "wseq", e.op.Wseq, "cause", p.what)
	e.op.Verdict, e.op.Reason, e.op.Wait = payback.Quarantined, payback.Reason{Key: "poison"}, payback.Key{}
	return true
}

func (b *batch) take(e *entry, out payback.Outcome) {
	e.op.Verdict, e.op.Reason, e.op.Winner, e.op.Case, e.op.Wait = out.Verdict, out.Reason, out.Winner, out.Case, out.Wait
	e.by.says(&e.op)
	if e.was != nil {
		out.Notices = nil // those texts went out at the time
	}
	for i, n := range out.Notices {
		b.messages = append(b.messages, db.Message{ID: fmt.Sprintf("%s/%d/%d", e.op.Run, e.op.Wseq, i), To: n.To, Key: n.Key,
			Args: n.Args, Request: n.Request, Store: e.op.Store, Made: b.now, State: "waiting"})
	}
	for _, r := range out.Changed {
		if res, ok := r.(*payback.Resident); ok && res.Erased {
			b.erased = append(b.erased, res.ID)
		}
	}
}

// told takes the rows of an outcome into the cells, with the verdict's own row,
// and moves the chains of the buckets that changed.
func (b *batch) told(e *entry, out payback.Outcome) error {
	position := b.head.Position
	if e.op.Store != "" {
		row := verdictRow(&e.op, e.ref())
		if err := b.load([]payback.Key{row.Key()}); err != nil {
			return err
		}
		out.Changed = append(out.Changed, row)
	}
	for name := range b.fold.keep(out, position) {
		if name == payback.BucketServer {
			continue
		}
		bk, err := b.bucket(name)
		if err != nil {
			return err
		}
		bk.Chain, bk.Position = syncproto.ChainNext(bk.Chain, position, e.op.Hash), position
		bk.Ops = append(bk.Ops, e.op.Position)
	}
	return nil
}

// release runs held ops again whose row has come meanwhile, one at a time, the
// oldest first, until none moves. verify does the same in the same order.
func (b *batch) release() error {
	asked, tried := map[payback.Key]bool{}, map[string]bool{}
	var due []db.Op // rising by position
	for {
		var born []payback.Key
		for _, k := range b.born() {
			if !asked[k] {
				asked[k] = true
				born = append(born, k)
			}
		}
		held, err := b.w.Waiting(born)
		if err != nil {
			return err
		}
		due = append(due, append(held, b.heldHere(born)...)...)
		slices.SortStableFunc(due, func(x, y db.Op) int { return cmp.Compare(x.Position, y.Position) })
		at := slices.IndexFunc(due, func(o db.Op) bool { return !tried[markOf(o)] })
		if at < 0 {
			return nil
		}
		o := due[at]
		tried[markOf(o)] = true
		due = slices.Delete(due, at, at+1)
		again, err := b.rerun(o)
		if err != nil {
			return err
		}
		if again.Verdict == payback.Held && asked[again.Wait] { // that row is there already
			due = append(due, again)
		}
	}
}

func markOf(o db.Op) string { return fmt.Sprint(o.Position, o.Wait) }

// born returns the keys of the rows that this batch made.
func (b *batch) born() []payback.Key {
	var keys []payback.Key
	for k, c := range b.fold.cells {
		if c.position > 0 && c.row != nil && c.was.Row == nil && k.Table != payback.TVerdict {
			keys = append(keys, k)
		}
	}
	return keys
}

// heldHere returns the ops of this batch that wait for one of the keys.
func (b *batch) heldHere(keys []payback.Key) (held []db.Op) {
	if len(keys) == 0 {
		return nil
	}
	for _, o := range b.ops {
		if o.Verdict == payback.Held && slices.Contains(keys, o.Wait) {
			held = append(held, o)
		}
	}
	return held
}

// rerun gives a held op its last verdict, at the present position, and returns the
// op as it is then: still held, if it waits for another row now.
func (b *batch) rerun(o db.Op) (db.Op, error) {
	e, err := b.reread(o)
	if err != nil || e.act == nil {
		return o, err
	}
	out, err := b.fold.apply(e.act)
	switch {
	case b.poisoned(e, err):
		out = payback.Outcome{}
	case err != nil:
		return o, err
	case out.Verdict == payback.Held && out.Wait == o.Wait:
		return o, nil
	default:
		b.take(e, out)
	}
	out = b.finalAsTold(e, out)
	e.op.Final = b.head.Position
	if err := b.told(e, out); err != nil {
		return o, err
	}
	if err := b.setVerdict(e.op); err != nil {
		return o, err
	}
	if e.was != nil {
		b.back.follow = append(b.back.follow, out.Follow...)
		return e.op, nil
	}
	for _, body := range out.Follow {
		f, err := b.own(body, Actor{Role: payback.RoleServer})
		if err != nil {
			return o, err
		}
		if err := b.step(f); err != nil {
			return o, err
		}
	}
	return e.op, nil
}

// reread makes an entry of a stored op.
func (b *batch) reread(o db.Op) (*entry, error) {
	act, err := mended(b.w, &o, b.ops)
	return &entry{op: o, act: b.seen(act)}, err
}

// seen is a counter's op as the reducer is told of it (Options.Seen).
func (b *batch) seen(op *payback.Op) *payback.Op {
	if b.l.o.Seen != nil && op != nil && op.Device != "" {
		b.l.o.Seen(op)
	}
	return op
}

// actOf is the op as the reducer takes it, nil if its body can't be read.
func actOf(o *db.Op, env syncproto.Envelope) *payback.Op {
	body, err := payback.DecodeBody(env.Kind, env.Body)
	if err != nil {
		return nil
	}
	return &payback.Op{Body: body, Role: env.Role, By: env.By, Store: o.Store, Device: o.Device, When: o.When, Card: o.Card,
		Ref: payback.OpRef{Kind: o.Kind, Run: o.Run, Wseq: o.Wseq, At: o.When.Lo}}
}
