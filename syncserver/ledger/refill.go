package ledger

import (
	"cmp"
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// KeyRefilling is the message key of what sites answer while a restored server gets
// back from its counters what the backup lacks (fault code unavailable).
const KeyRefilling = "server.refilling"

// mayExchange says whether a device's push or pull may go on: while the window of
// refilling is open nobody's may; later a device comes first with what it holds.
// Unavailable with syncproto.KeyRefilling otherwise. Nothing may be dropped for it.
func mayExchange(r db.Reader, head db.Head, dev payback.DeviceID, epoch string, refills bool) error {
	wait := fault.New(fault.Unavailable, syncproto.KeyRefilling)
	if head.Refill == db.RefillOpen {
		return wait
	}
	if !refills || epoch == "" || epoch == head.Epoch {
		return nil
	}
	epochs, err := r.Epochs()
	if err != nil || len(epochs) == 0 {
		return err
	}
	done, err := r.RefillDone(head.Epoch)
	if err != nil || slices.Contains(done, dev) {
		return err
	}
	return wait
}

// Refill takes in what a device brings after a restore: sections of witnesses and
// answers that have this server's own signature, whoever brings them, and bytes of ops
// that sections only name; but of a known device's nothing of another store. dev is a
// stranger where its ID is "". cards says whose card each attachment holds. It waits until CloseRefill; the same may be brought twice. Conflict for
// another epoch or none to refill.
func (l *Ledger) Refill(ctx context.Context, dev Device, h syncproto.Refill, ops [][]byte, cards map[string]payback.ResidentID) (syncproto.RefillReply, error) {
	reply := syncproto.RefillReply{V: syncproto.Version}
	raw := make(map[syncproto.Hash][]byte, len(ops))
	for _, o := range ops {
		raw[syncproto.HashOf(o)] = o
	}
	err := l.db.Update(ctx, dev.District, func(w db.Writer) error {
		in := intake{l: l, w: w, dev: dev, raw: raw, highest: map[string]uint64{}}
		var err error
		if in.head, err = w.Head(); err != nil {
			return err
		}
		if in.epochs, err = w.Epochs(); err != nil {
			return err
		}
		if len(in.epochs) == 0 || h.Epoch != in.head.Epoch {
			return fault.New(fault.Conflict, "sync.refill_epoch")
		}
		reply.Epoch, reply.Open, reply.Taken = in.head.Epoch, in.head.Refill == db.RefillOpen, 0
		for _, s := range h.Sections {
			taken, err := in.section(s)
			if err != nil {
				return err
			}
			if taken {
				reply.Taken++
			}
		}
		for _, a := range h.Answers {
			if err := in.answer(a, cards); err != nil {
				return err
			}
		}
		in.highest[h.Before] = max(in.highest[h.Before], h.Cursor)
		if err := in.remember(); err != nil || !h.Done || dev.ID == "" {
			return err
		}
		return w.PutRefillDone(in.head.Epoch, dev.ID)
	})
	return reply, fault.Wrap("ledger.Refill", err)
}

// intake is one refill being taken in.
type intake struct {
	l       *Ledger
	w       db.Writer
	dev     Device
	head    db.Head
	epochs  []db.Epoch
	raw     map[syncproto.Hash][]byte
	highest map[string]uint64 // by ended epoch
}

// floor is the last position of an ended history that the backup had; 0 for a
// history that this server knows nothing of, as after a second restore of one backup.
func floorOf(epochs []db.Epoch, epoch string) uint64 {
	for _, e := range epochs {
		if e.Before == epoch {
			return e.Position
		}
	}
	return 0
}

func (in *intake) section(s syncproto.Section) (bool, error) {
	theirs := s.Bucket == payback.BucketCatalogue || in.dev.ID == "" || s.Bucket == payback.StoreBucket(in.dev.Store)
	if !theirs || s.Epoch == in.head.Epoch || !s.Verify(in.l.o.Key.Public()) {
		return false, nil
	}
	entries, err := syncproto.Entries(s.Bytes)
	if err != nil {
		return false, err
	}
	floor := floorOf(in.epochs, s.Epoch)
	in.highest[s.Epoch] = max(in.highest[s.Epoch], s.To)
	for _, e := range entries {
		if e.Position <= floor {
			continue
		}
		if err := in.entry(s.Epoch, e); err != nil {
			return false, err
		}
	}
	return true, nil
}

// answer keeps what a reply to a push said of ops that no section covers.
func (in *intake) answer(a syncproto.Answer, cards map[string]payback.ResidentID) error {
	epoch, entries := a.Entries(in.l.o.Key.Public())
	if epoch == in.head.Epoch {
		return nil
	}
	floor := floorOf(in.epochs, epoch)
	for _, e := range entries {
		in.highest[epoch] = max(in.highest[epoch], e.Position, e.Final)
		if e.Position <= floor || in.dev.ID != "" && e.Store != in.dev.Store {
			continue
		}
		e.Card = cardOf(e.Raw, cards)
		if err := in.entry(epoch, e); err != nil {
			return err
		}
	}
	return nil
}

// cardOf is whose card is attached to an op.
func cardOf(raw []byte, cards map[string]payback.ResidentID) payback.ResidentID {
	env, err := syncproto.Decode(raw)
	if err != nil || len(cards) == 0 {
		return ""
	}
	body, err := payback.DecodeBody(env.Kind, env.Body)
	if s, ok := body.(*payback.Sell); ok && err == nil && s.Card != "" {
		return cards[s.Card]
	}
	return ""
}

// timed says that an entry has the interval of its act: one of an answer has not.
func timed(e syncproto.Entry) bool { return e.Lo != 0 || e.Hi != 0 }

// entry keeps one op unless the ledger has it.
func (in *intake) entry(epoch string, e syncproto.Entry) error {
	have, err := in.w.OpsOfRun(e.Run, e.Wseq, 1)
	if err != nil || len(have) > 0 && have[0].Wseq == e.Wseq {
		return err
	}
	t := db.Told{Run: e.Run, Wseq: e.Wseq, Epoch: epoch, Position: e.Position, Raw: e.Raw}
	if t.Raw == nil {
		t.Raw = in.raw[e.Hash]
		e.Raw = nil
	}
	hash := e.OpHash()
	e.Raw, e.Hash = nil, hash
	framed, err := syncproto.AppendEntry(nil, e)
	if err != nil {
		return err
	}
	t.Entry = framed[4:]
	list, err := in.w.ToldOf(e.Run, e.Wseq, 1)
	if err != nil {
		return err
	}
	if len(list) == 1 && list[0].Wseq == e.Wseq {
		first, err := syncproto.ReadEntry(list[0].Entry)
		if err != nil {
			return err
		}
		if e.Final > first.Final || timed(e) && !timed(first) && e.Final == first.Final { // the last verdict of a held op, or more of it
			if err := in.w.DropTold(e.Run, e.Wseq); err != nil {
				return err
			}
			t.Raw = cmpRaw(t.Raw, list[0].Raw)
		}
	}
	return in.w.PutTold([]db.Told{t})
}

func cmpRaw(a, b []byte) []byte {
	if a != nil {
		return a
	}
	return b
}

// remember keeps how far anybody was told of the ended histories.
func (in *intake) remember() error {
	for _, e := range in.epochs {
		if at := in.highest[e.Before]; at > e.Told {
			e.Told = at
			if err := in.w.SetEpoch(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// refillBatch is how many ops that came back one transaction takes.
const refillBatch = 200

// CloseRefill ends the window of refilling and runs what was brought, in the order
// of the history that ended: same bytes, runs and numbers, same time, same answer.
// An op that would be answered otherwise now keeps its answer, changes nothing and
// opens a case; what nobody brought is listed. With the window closed it does the
// same with what came late. It may be called again at any time.
func (l *Ledger) CloseRefill(ctx context.Context, d payback.DistrictID) error {
	c := closing{l: l, district: d, late: map[opName]*was{}}
	err := l.db.View(ctx, d, c.read)
	if err != nil || len(c.epochs) == 0 {
		return fault.Wrap("ledger.CloseRefill", err)
	}
	for part := range slices.Chunk(c.list, refillBatch) {
		if err := l.batch(ctx, d, func(b *batch) error { return c.part(b, part) }); err != nil {
			return fault.Wrap("ledger.CloseRefill", err)
		}
	}
	return fault.Wrap("ledger.CloseRefill", l.batch(ctx, d, c.end))
}

// opName is an op by its place in its run.
type opName struct {
	run  payback.RunID
	wseq uint64
}

// closing is one run of CloseRefill.
type closing struct {
	l        *Ledger
	district payback.DistrictID
	epochs   []db.Epoch
	list     []*was
	late     map[opName]*was // held now, and told otherwise later
	back     comeback        // what the parts have left for the end
}

// read loads what waits, in its order.
func (c *closing) read(r db.Reader) (err error) {
	if c.epochs, err = r.Epochs(); err != nil {
		return err
	}
	for at := uint64(0); ; {
		list, err := r.Told(at, page)
		if err != nil {
			return err
		}
		for _, t := range list {
			e, err := syncproto.ReadEntry(t.Entry)
			if err != nil {
				return err
			}
			e.Raw = t.Raw
			c.list = append(c.list, &was{epoch: t.Epoch, entry: e})
			at = t.Position
		}
		if len(list) < page {
			break
		}
	}
	order := func(epoch string) int {
		return slices.IndexFunc(c.epochs, func(e db.Epoch) bool { return e.Before == epoch })
	}
	slices.SortStableFunc(c.list, func(a, b *was) int {
		// A history that is not known here came after all that are: -1 is the last.
		return cmp.Or(cmp.Compare(uint(order(a.epoch)), uint(order(b.epoch))), cmp.Compare(a.entry.Position, b.entry.Position))
	})
	return nil
}

// part runs some of the ops.
func (c *closing) part(b *batch, list []*was) error {
	b.back = comeback{later: true, late: c.late}
	runs := map[payback.RunID]*db.Run{}
	var entries []*entry
	for _, t := range list {
		e, err := b.comes(t, runs)
		if err != nil {
			return err
		}
		if e != nil {
			entries = append(entries, e)
		}
	}
	if len(entries) > 0 {
		if err := b.run(entries); err != nil {
			return err
		}
	}
	for _, run := range runs {
		if err := b.w.PutRun(*run); err != nil {
			return err
		}
	}
	c.back.follow = append(c.back.follow, b.back.follow...)
	c.back.cases = append(c.back.cases, b.back.cases...)
	return nil
}

// comes makes an entry of an op that came back, nil if it is here already or what
// comes before it in its run is not.
func (b *batch) comes(t *was, runs map[payback.RunID]*db.Run) (*entry, error) {
	x := t.entry
	have, err := b.w.OpsOfRun(x.Run, x.Wseq, 1)
	if err != nil {
		return nil, err
	}
	if len(have) > 0 && have[0].Wseq == x.Wseq {
		return nil, b.w.DropTold(x.Run, x.Wseq)
	}
	if x.Raw == nil || syncproto.HashOf(x.Raw) != x.Hash {
		return nil, nil
	}
	env, bad := syncproto.Decode(x.Raw)
	run := runs[x.Run]
	if run == nil {
		if run, err = b.runOf(x, env); err != nil {
			return nil, err
		}
	}
	if x.Device != "" && (x.Wseq != run.Wseq+1 || bad == nil && x.Wseq > 1 && env.Prev != run.Hash) {
		return nil, nil
	}
	if !timed(x) {
		x.Lo, x.Hi = run.LastAt, x.Received
		if bad == nil {
			iv := stamp.IntervalOf(env.At, x.Received, run.LastAt)
			x.Lo, x.Hi = iv.Lo, iv.Hi
		}
		t.entry = x
	}
	if x.Wseq > run.Wseq {
		run.Wseq, run.Hash = x.Wseq, x.Hash
	}
	run.LastSeen, run.LastAt = max(run.LastSeen, x.Received), max(run.LastAt, x.Lo)
	runs[x.Run] = run
	o := db.Op{Raw: x.Raw, Hash: x.Hash, Run: x.Run, Wseq: x.Wseq, Device: x.Device, Store: x.Store, Kind: env.Kind}
	e := &entry{op: o}
	if bad == nil {
		if body, err := payback.DecodeBody(env.Kind, env.Body); err == nil {
			e.op.Act, e.op.Subject = body.Act(), body.Subject()
		}
	}
	e.asTold(t)
	if bad == nil && x.Verdict != payback.Quarantined {
		e.act = actOf(&e.op, env)
	}
	return e, b.w.DropTold(x.Run, x.Wseq)
}

// runOf loads the run of an op that came back, or begins it.
func (b *batch) runOf(x syncproto.Entry, env syncproto.Envelope) (*db.Run, error) {
	run, err := b.w.Run(x.Run)
	if err != nil || run != nil {
		return run, err
	}
	run = &db.Run{Run: x.Run, Device: x.Device, Key: string(b.l.o.Key.Public()), After: env.After}
	if x.Device == "" {
		return run, nil
	}
	last, err := b.w.Latest(x.Device)
	if err != nil {
		return nil, err
	}
	if last != nil {
		run.LastAt = last.LastAt
	}
	if err := b.load([]payback.Key{payback.DeviceKey(x.Device)}); err != nil {
		return nil, err
	}
	run.Key = ""
	if row, ok := b.fold.cells[payback.DeviceKey(x.Device)].row.(*payback.Device); ok {
		run.Key, run.LastAt = row.PublicKey, max(run.LastAt, row.Since)
	}
	return run, nil
}
