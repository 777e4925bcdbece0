package ledger

import (
	"cmp"
	"maps"
	"slices"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// was is what the server made of an op before it was restored.
type was struct {
	epoch string
	entry syncproto.Entry
}

// comeback is what a batch notes of ops that come back.
type comeback struct {
	later  bool // what follows from them and the cases are the caller's to do
	list   []db.Refilled
	follow []payback.Body
	cases  []payback.Body
	late   map[opName]*was // held now, and told otherwise later
}

// asTold takes over what was told of an op besides its verdict.
func (e *entry) asTold(t *was) {
	x := t.entry
	e.was = t
	e.op.Received = x.Received
	if timed(x) {
		e.op.When, e.op.Card = payback.Interval{Lo: x.Lo, Hi: x.Hi}, x.Card
	} else if x.Card != "" {
		e.op.Card = x.Card
	}
}

// asTold finds out of which of the entries the answer was told before a restore:
// ops that came back by a push.
func (b *batch) asTold(entries []*entry) error {
	if b.head.Refill != db.RefillLate {
		return nil
	}
	first := entries[0].op
	list, err := b.w.ToldOf(first.Run, first.Wseq, len(entries))
	if err != nil {
		return err
	}
	for _, t := range list {
		at := slices.IndexFunc(entries, func(e *entry) bool { return e.op.Wseq == t.Wseq })
		if at < 0 {
			continue
		}
		x, err := syncproto.ReadEntry(t.Entry)
		if err != nil {
			return err
		}
		e := entries[at]
		if x.Hash != e.op.Hash {
			continue
		}
		e.asTold(&was{epoch: t.Epoch, entry: x})
		if e.act != nil {
			e.act.When, e.act.Card, e.act.Ref.At = e.op.When, e.op.Card, e.op.When.Lo
		}
		if err := b.w.DropTold(t.Run, t.Wseq); err != nil {
			return err
		}
	}
	return nil
}

// redo gives an op that came back its answer. If the reducer comes to the same one,
// all is as it was. If not, something that it depended on is lost: the answer told
// stands and a person is asked. What it did is in the rows only if it stands now too,
// or can by what it says itself: a sale whose request is lost was made all the same.
func (b *batch) redo(e *entry) ([]payback.Body, error) {
	x := e.was.entry
	out, err := b.judge(e)
	if err != nil {
		return nil, err
	}
	same := out.Verdict == x.Verdict && out.Case == x.Case
	waits := out.Verdict == payback.Held && x.Final != 0
	now := out.Verdict
	if !waits && e.act != nil {
		out = b.fold.asTold(e.act, out, x.Verdict)
	}
	void := !same && !waits && !bothStand(out.Verdict, x.Verdict)
	if void {
		out = payback.Outcome{}
	}
	b.take(e, out)
	if waits && !same {
		b.lateVerdict(e)
	} else {
		e.op.Verdict, e.op.Reason, e.op.Winner, e.op.Case = x.Verdict, x.Reason, x.Winner, x.Case
	}
	b.back.list = append(b.back.list, db.Refilled{Position: e.op.Position, Epoch: e.was.epoch, Old: x.Position, Kept: void})
	if !same && !waits {
		b.differs(e, now, !void && stands(out.Verdict))
	}
	if err := b.w.DropLost(db.Lost{Epoch: e.was.epoch, Position: x.Position}); err != nil {
		return nil, err
	}
	switch e.op.Verdict {
	case payback.Applied, payback.InCase, payback.Held:
		if e.op.Act != "" {
			b.acts[e.op.Act] = done{e.ref(), e.op.Store}
		}
	}
	return out.Follow, b.told(e, out)
}

// bothStand says that an op stands by both answers: what it did happened, and only
// whether a person must look at it differs.
func bothStand(a, b payback.Verdict) bool { return stands(a) && stands(b) }

// stands says that an op with the verdict did what it says.
func stands(v payback.Verdict) bool { return v == payback.Applied || v == payback.InCase }

// judge is what an op would be answered now.
func (b *batch) judge(e *entry) (payback.Outcome, error) {
	if e.act == nil {
		return payback.Outcome{Verdict: payback.Quarantined}, nil
	}
	if first, ok := b.acts[e.op.Act]; ok && first.same(e.op.Store) {
		return payback.Outcome{Verdict: payback.Duplicate, Winner: first.ref}, nil
	}
	out, err := b.fold.apply(e.act)
	if b.poisoned(e, err) {
		return payback.Outcome{Verdict: payback.Quarantined}, nil
	}
	return out, err
}

// lateVerdict notes an op that is held as it was at first, and was answered later.
func (b *batch) lateVerdict(e *entry) {
	if b.back.late == nil {
		b.back.late = map[opName]*was{}
	}
	b.back.late[opName{e.op.Run, e.op.Wseq}] = e.was
}

// finalAsTold holds the last verdict of a held op that came back to the one told.
func (b *batch) finalAsTold(e *entry, out payback.Outcome) payback.Outcome {
	name := opName{e.op.Run, e.op.Wseq}
	t := b.back.late[name]
	if t == nil || e.op.Verdict == payback.Held {
		return out
	}
	delete(b.back.late, name)
	e.was = t
	x, now := t.entry, e.op.Verdict
	same := now == x.Verdict && e.op.Case == x.Case
	e.op.Verdict, e.op.Reason, e.op.Winner, e.op.Case, e.op.Wait = x.Verdict, x.Reason, x.Winner, x.Case, payback.Key{}
	if same || bothStand(now, x.Verdict) {
		if !same {
			b.differs(e, now, true)
		}
		return out
	}
	b.back.list = slices.DeleteFunc(b.back.list, func(r db.Refilled) bool { return r.Position == e.op.Position })
	b.back.list = append(b.back.list, db.Refilled{Position: e.op.Position, Epoch: t.epoch, Old: x.Position, Kept: true})
	b.differs(e, now, false)
	return payback.Outcome{}
}

// differs opens the case of an op that would be answered otherwise now; stood: what
// it did is in the rows all the same.
func (b *batch) differs(e *entry, now payback.Verdict, stood bool) {
	b.l.o.Log.Error("an op that came back would be answered otherwise now", "kind", e.op.Kind, "run", e.op.Run, "wseq", e.op.Wseq,
		"told", e.was.entry.Verdict, "now", now)
	b.back.cases = append(b.back.cases, &payback.Restored{Epoch: e.was.epoch, Run: e.op.Run, Wseq: e.op.Wseq, Of: e.op.Kind, Store: e.op.Store,
		About: e.op.Subject, Told: e.was.entry.Verdict, Now: now, Stood: stood})
}

// settle does what follows from ops that came back, unless it came back too, and
// opens the cases.
func (b *batch) settle() error {
	for len(b.back.follow)+len(b.back.cases) > 0 {
		bodies, err := b.fresh(append(b.back.follow, b.back.cases...))
		if err != nil {
			return err
		}
		b.back.follow, b.back.cases = nil, nil
		var entries []*entry
		for _, body := range bodies {
			e, err := b.own(body, Actor{Role: payback.RoleServer})
			if err != nil {
				return err
			}
			entries = append(entries, e)
		}
		if err := b.loadAll(entries); err != nil {
			return err
		}
		for _, e := range entries {
			if err := b.step(e); err != nil {
				return err
			}
		}
		if err := b.release(); err != nil {
			return err
		}
	}
	return nil
}

// fresh returns the bodies whose act does not stand yet, each once.
func (b *batch) fresh(bodies []payback.Body) (out []payback.Body, err error) {
	var acts []string
	for _, body := range bodies {
		acts = append(acts, body.Act())
	}
	before, err := b.w.OpsByAct(acts)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, body := range bodies {
		act := body.Act()
		_, stands := b.acts[act]
		_, stood := before[act]
		if !stands && !stood && !seen[act] {
			out = append(out, body)
		}
		seen[act] = true
	}
	return out, nil
}

// end closes the window: held ops that were answered get that answer, what nobody
// brought is listed, and the cases are opened.
func (c *closing) end(b *batch) error {
	b.back = comeback{later: true, follow: c.back.follow, cases: c.back.cases, late: c.late}
	missing, fresh, err := c.missing(b)
	if err != nil {
		return err
	}
	for _, e := range fresh {
		n := 0
		for _, m := range missing {
			if m.Epoch == e.Before {
				n++
			}
		}
		if n > 0 {
			b.back.cases = append(b.back.cases, &payback.Restored{Epoch: e.Before, Lost: n})
			b.l.o.Log.Error("ops are lost: no counter held them", "district", c.district, "epoch", e.Before, "count", n)
		}
		e.Closed = b.now
		if err := b.w.SetEpoch(e); err != nil {
			return err
		}
	}
	if err := b.w.PutLost(missing); err != nil {
		return err
	}
	if err := c.stillHeld(b); err != nil {
		return err
	}
	b.back.late = nil
	if err := b.settle(); err != nil {
		return err
	}
	left, err := b.w.Told(0, 1)
	if err != nil {
		return err
	}
	stage := db.RefillNone
	if len(left) > 0 {
		stage = db.RefillLate
	}
	return b.w.SetRefill(stage)
}

// missing lists the positions of which nobody brought the op, and the epochs whose
// window is open.
func (c *closing) missing(b *batch) (missing []db.Lost, fresh []db.Epoch, err error) {
	have := map[db.Lost]bool{}
	for at := uint64(0); ; {
		list, err := b.w.Refilled(at, page)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range list {
			have[db.Lost{Epoch: r.Epoch, Position: r.Old}] = true
			at = r.Position
		}
		if len(list) < page {
			break
		}
	}
	epochs, err := b.w.Epochs()
	if err != nil {
		return nil, nil, err
	}
	for _, e := range epochs {
		for p := e.Position + 1; p <= e.Told; p++ {
			if l := (db.Lost{Epoch: e.Before, Position: p}); !have[l] {
				missing = append(missing, l)
			}
		}
		if e.Closed == 0 && e.Epoch == b.head.Epoch {
			fresh = append(fresh, e)
		}
	}
	return missing, fresh, nil
}

// byTime orders held ops as they were: a sale comes before its refund.
func (c *closing) byTime(a, b opName) int {
	return cmp.Or(cmp.Compare(c.late[a].entry.Position, c.late[b].entry.Position), cmp.Compare(a.run, b.run), cmp.Compare(a.wseq, b.wseq))
}

// stillHeld gives held ops the last verdict that was told, though what they waited
// for did not come back.
func (c *closing) stillHeld(b *batch) error {
	for _, name := range slices.SortedFunc(maps.Keys(c.late), c.byTime) {
		t := c.late[name]
		if t == nil { // one before it set it free
			continue
		}
		list, err := b.w.OpsOfRun(name.run, name.wseq, 1)
		if err != nil {
			return err
		}
		if len(list) == 0 || list[0].Verdict != payback.Held {
			continue
		}
		e, err := b.reread(list[0])
		if err != nil {
			return err
		}
		e.was = t
		x := t.entry
		b.differs(e, payback.Held, stands(b.lastWord(e, x.Verdict).Verdict))
		if err := b.settle(); err != nil { // the case is the op at whose position the answer is given
			return err
		}
		out := b.lastWord(e, x.Verdict)
		e.op.Verdict, e.op.Reason, e.op.Winner, e.op.Case, e.op.Wait, e.op.Final = x.Verdict, x.Reason, x.Winner, x.Case, payback.Key{}, b.head.Position
		b.back.list = append(b.back.list, db.Refilled{Position: e.op.Position, Epoch: t.epoch, Old: x.Position, Kept: !stands(out.Verdict)})
		if err := b.told(e, out); err != nil {
			return err
		}
		if err := b.setVerdict(e.op); err != nil {
			return err
		}
		delete(c.late, name)
		b.back.follow = append(b.back.follow, out.Follow...)
		if err := b.release(); err != nil {
			return err
		}
	}
	return nil
}

// lastWord is what a held op does that was told as done later: what it says itself
// makes it, nothing if that is not enough.
func (b *batch) lastWord(e *entry, told payback.Verdict) payback.Outcome {
	if e.act == nil {
		return payback.Outcome{}
	}
	out := b.fold.asTold(e.act, payback.Outcome{Verdict: payback.Held}, told)
	if !stands(out.Verdict) {
		return payback.Outcome{}
	}
	out.Notices = nil // those texts went out at the time
	return out
}
