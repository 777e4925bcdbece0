package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Device is who pushes and pulls, from its row and never from what it sends.
type Device struct {
	District payback.DistrictID
	ID       payback.DeviceID
	Store    payback.StoreID
	Key      keys.Public
	Since    int64 // UTC ms, when it was enrolled
}

func bodyJSON(b payback.Body) (json.RawMessage, error) {
	raw, err := json.Marshal(b)
	return raw, fault.Wrap("ledger.bodyJSON", err)
}

// Push takes in ops of one run of a device. cards says whose card each attachment
// holds, by attachment id. Everything up to the reply's Acked is durable. Faults:
// invalid (a header or tip that is wrong), limited (too many or too large),
// forbidden (another device's run).
func (l *Ledger) Push(ctx context.Context, dev Device, h syncproto.Push, ops [][]byte, cards map[string]payback.ResidentID, received int64) (syncproto.PushReply, error) {
	reply := syncproto.PushReply{V: syncproto.Version, Received: received}
	if err := checkPush(dev, h, ops); err != nil {
		return reply, fault.Wrap("ledger.Push", err)
	}
	if len(ops) == 0 {
		err := l.db.View(ctx, dev.District, func(r db.Reader) error {
			head, err := r.Head()
			reply.Epoch = head.Epoch
			if err == nil {
				err = mayExchange(r, head, dev.ID, h.Epoch, h.Refills)
			}
			return err
		})
		return reply, fault.Wrap("ledger.Push", err)
	}
	err := l.batch(ctx, dev.District, func(b *batch) error {
		reply.Verdicts, reply.Gap, reply.Fork = nil, 0, 0
		if err := mayExchange(b.w, b.head, dev.ID, h.Epoch, h.Refills); err != nil {
			return err
		}
		reply.Epoch = b.head.Epoch
		if err := b.push(dev, h, ops, cards, &reply); err != nil {
			return err
		}
		sayWhose(dev, h, ops, &reply)
		return nil
	})
	return reply, fault.Wrap("ledger.Push", err)
}

// sayWhose makes the reply a proof of what was acknowledged.
func sayWhose(dev Device, h syncproto.Push, ops [][]byte, reply *syncproto.PushReply) {
	if reply.Acked < h.From || reply.Acked-h.From >= uint64(len(ops)) {
		return
	}
	reply.Run, reply.Device, reply.Store = h.Run, dev.ID, dev.Store
	reply.Hash = syncproto.HashOf(ops[reply.Acked-h.From])
}

// checkPush checks what can be checked without the database.
func checkPush(dev Device, h syncproto.Push, ops [][]byte) error {
	if len(ops) > syncproto.MaxPushOps {
		return fault.New(fault.Limited, "sync.too_many_ops", "Limit", fmt.Sprint(syncproto.MaxPushOps))
	}
	for _, raw := range ops {
		if len(raw) > syncproto.MaxOp {
			return fault.New(fault.Limited, "sync.op_too_large", "Limit", fmt.Sprint(syncproto.MaxOp))
		}
	}
	if len(ops) == 0 {
		return nil
	}
	last := h.From + uint64(len(ops)) - 1
	if h.From == 0 || h.Run == "" || len(h.Run) > payback.MaxID || h.Tip.Run != h.Run || h.Tip.Wseq != last ||
		h.Tip.Hash != syncproto.HashOf(ops[len(ops)-1]) || !h.Tip.Verify(dev.Key) {
		return fault.New(fault.Invalid, "sync.bad_tip")
	}
	return nil
}

func (b *batch) push(dev Device, h syncproto.Push, ops [][]byte, cards map[string]payback.ResidentID, reply *syncproto.PushReply) error {
	row, err := b.device(dev.ID)
	if err != nil {
		return err
	}
	b.revoked = row != nil && row.State == payback.DeviceRevoked
	run, odd, err := b.deviceRun(dev, h, ops[0])
	if err != nil {
		return err
	}
	reply.Acked, reply.Archived = run.Wseq, run.Archived
	if h.From > run.Wseq+1 {
		reply.Gap = run.Wseq + 1
		return nil
	}
	known, err := b.held(run, h, ops, reply)
	if err != nil {
		return err
	}
	if reply.Fork != 0 {
		return b.broken(&payback.Lineage{Device: dev.ID, What: payback.BreakCloned, Before: run.Run, Wseq: reply.Fork, Run: run.Run})
	}
	// What was not sent was not compared: a copied disk may have other ops there.
	seen := h.From + uint64(known) - 1
	reply.Acked, reply.Archived = min(reply.Acked, seen), min(reply.Archived, seen)
	fresh := h
	fresh.From += uint64(known)
	entries, err := b.read(dev, run, fresh, ops[known:], cards)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return nil
	}
	if odd != nil { // first: a right that it may have twice rests from here on
		if err := b.broken(odd); err != nil {
			return err
		}
	}
	if err := b.asTold(entries); err != nil {
		return err
	}
	if err := b.run(entries); err != nil {
		return err
	}
	if err := b.found(run); err != nil {
		return err
	}
	for _, e := range entries {
		reply.Verdicts = append(reply.Verdicts, verdictOf(&e.op))
	}
	run.Tip, run.LastSeen = h.Tip, b.now
	reply.Acked = run.Wseq
	return b.w.PutRun(*run)
}

// deviceRun loads the run that is pushed, or begins it; odd is what is wrong with
// its beginning.
func (b *batch) deviceRun(dev Device, h syncproto.Push, first []byte) (run *db.Run, odd *payback.Lineage, err error) {
	if run, err = b.w.Run(h.Run); err != nil {
		return nil, nil, err
	}
	if run == nil {
		run = &db.Run{Run: h.Run, Device: dev.ID, Key: string(dev.Key), LastAt: dev.Since}
		if env, err := syncproto.Decode(first); err == nil {
			run.After = env.After
		}
		last, err := b.w.Latest(dev.ID)
		if err != nil {
			return nil, nil, err
		}
		if odd, err = b.lineage(dev, run, last); err != nil {
			return nil, nil, err
		}
		if last != nil {
			run.LastAt = max(run.LastAt, last.LastAt)
		}
		return run, odd, nil
	}
	if run.Device != dev.ID {
		return nil, nil, fault.New(fault.Forbidden, "sync.not_your_run")
	}
	return run, nil, nil
}

// held answers the ops that the server has already with their first verdict. It
// returns how many these are; another hash under a held number is a fork.
func (b *batch) held(run *db.Run, h syncproto.Push, ops [][]byte, reply *syncproto.PushReply) (int, error) {
	if h.From > run.Wseq {
		return 0, nil
	}
	stored, err := b.w.OpsOfRun(run.Run, h.From, len(ops))
	if err != nil {
		return 0, err
	}
	for i := range stored {
		if stored[i].Hash != syncproto.HashOf(ops[i]) {
			// From here on the server holds another disk's ops: those acknowledge nothing.
			reply.Fork = stored[i].Wseq
			reply.Acked, reply.Archived = min(reply.Acked, reply.Fork-1), min(reply.Archived, reply.Fork-1)
			return i, nil
		}
		reply.Verdicts = append(reply.Verdicts, verdictOf(&stored[i]))
	}
	return len(stored), nil
}

func verdictOf(o *db.Op) syncproto.OpVerdict {
	v := syncproto.OpVerdict{Wseq: o.Wseq, Position: max(o.Position, o.Final), Verdict: o.Verdict, Reason: o.Reason, Winner: o.Winner, Case: o.Case}
	if o.Final > o.Position {
		v.First = o.Position
	}
	return v
}

// read makes entries of new ops. The chain must hold; what can't be read is kept
// all the same, to be quarantined.
func (b *batch) read(dev Device, run *db.Run, h syncproto.Push, ops [][]byte, cards map[string]payback.ResidentID) ([]*entry, error) {
	entries := make([]*entry, 0, len(ops))
	for i, raw := range ops {
		wseq := h.From + uint64(i)
		o := db.Op{Raw: raw, Hash: syncproto.HashOf(raw), Run: run.Run, Wseq: wseq, Device: dev.ID, Store: dev.Store,
			When: payback.Interval{Lo: run.LastAt, Hi: b.now}}
		env, err := syncproto.Decode(raw)
		if err == nil && (env.Run != run.Run || env.Wseq != wseq || (wseq > 1 && env.Prev != run.Hash)) {
			return nil, fault.New(fault.Invalid, "sync.broken_chain", "Wseq", fmt.Sprint(wseq))
		}
		e := &entry{op: o}
		if err == nil {
			e = b.readOp(o, env, run, h.Clock, cards)
		} else {
			e.op.Reason = payback.Reason{Key: "unreadable"}
		}
		entries = append(entries, e)
		run.Wseq, run.Hash = wseq, o.Hash
	}
	return entries, nil
}

// readOp reads one op: its time, its body, and whether a counter may say such a
// thing at all.
func (b *batch) readOp(o db.Op, env syncproto.Envelope, run *db.Run, check stamp.Check, cards map[string]payback.ResidentID) *entry {
	iv := stamp.IntervalChecked(env.At, check, b.now, run.LastAt)
	o.When = payback.Interval{Lo: iv.Lo, Hi: iv.Hi}
	run.LastAt = max(run.LastAt, iv.Lo)
	o.Kind = env.Kind
	e := &entry{op: o}
	b.readBody(e, env, cards)
	return e
}

// readBody reads what an op says. Without an act it is quarantined, and its reason
// says why; one of an unknown kind waits for a newer server.
func (b *batch) readBody(e *entry, env syncproto.Envelope, cards map[string]payback.ResidentID) {
	body, err := payback.DecodeBody(env.Kind, env.Body)
	if s, ok := body.(*payback.Sell); ok && err == nil && s.Card != "" && cards != nil {
		e.op.Card = cards[s.Card]
	}
	switch {
	case !env.Kind.Known() || slices.Contains(b.l.unknown, env.Kind):
		e.op.Reason, e.op.Wait = payback.Reason{Key: unknownKind}, kindKey(env.Kind)
	case b.revoked:
		e.op.Reason = payback.Reason{Key: "device_revoked"}
		if err == nil {
			e.op.Subject = body.Subject()
		}
	case !env.Kind.AtCounter() || !env.Kind.May(env.Role) || !env.Role.AtCounter():
		e.op.Reason = payback.Reason{Key: "not_at_counter"}
	case err != nil:
		e.op.Reason = payback.Reason{Key: "unreadable"}
	default:
		e.op.Act, e.op.Subject = body.Act(), body.Subject()
		e.act = b.seen(actOf(&e.op, env))
	}
}
