package ledger

import (
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// own begins an op of the server's own in this process's run.
func (b *batch) own(body payback.Body, who Actor) (*entry, error) {
	if err := b.openRun(); err != nil {
		return nil, err
	}
	o := db.Op{Run: b.server.Run, Act: body.Act(), Kind: body.Kind(), Store: who.Store, When: payback.At(b.now), Subject: body.Subject()}
	return &entry{op: o, act: &payback.Op{Body: body, Role: who.Role, By: who.By, Store: who.Store, When: o.When}, own: true}, nil
}

// seal writes such an op when its turn has come: what follows from the op before
// it comes first, and the run's numbers must rise with the positions.
func (b *batch) seal(e *entry) error {
	raw, err := bodyJSON(e.act.Body)
	if err != nil {
		return err
	}
	s := b.server
	env := syncproto.Envelope{Kind: e.op.Kind, Run: s.Run, Wseq: s.Wseq + 1, Prev: s.Hash, Role: e.act.Role, By: e.act.By, Body: raw,
		At: stamp.Evidence{Wall: b.now}}
	if env.Wseq == 1 {
		env.Prev, env.After = syncproto.Hash{}, s.After
	}
	bytes, err := env.Encode(syncproto.MaxServerOp)
	if err != nil {
		return err
	}
	s.Wseq, s.Hash, s.LastAt, s.LastSeen = env.Wseq, syncproto.HashOf(bytes), b.now, b.now
	e.op.Raw, e.op.Hash, e.op.Wseq, e.own = bytes, s.Hash, env.Wseq, false
	e.act.Ref = e.ref()
	return nil
}

// openRun loads this process's run, or begins it after the server's last one.
func (b *batch) openRun() error {
	if b.server != nil {
		return nil
	}
	run, err := b.w.Run(b.l.run)
	if err != nil {
		return err
	}
	if run == nil {
		run = &db.Run{Run: b.l.run, Key: string(b.l.o.Key.Public())}
		last, err := b.w.Latest("")
		if err != nil {
			return err
		}
		if last != nil {
			run.After = &syncproto.After{Run: last.Run, Wseq: last.Wseq, Hash: last.Hash}
		}
	}
	b.server = run
	return nil
}

// write puts everything into the database: ops, rows, buckets, runs, messages.
func (b *batch) write() error {
	if len(b.ops) == 0 {
		return nil
	}
	if err := b.w.AppendOps(b.ops); err != nil {
		return err
	}
	if err := b.writeRows(); err != nil {
		return err
	}
	for _, bk := range b.buckets {
		if err := b.w.PutBucket(*bk); err != nil {
			return err
		}
	}
	if s := b.server; s != nil {
		s.Tip = syncproto.SignTip(b.l.o.Key, s.Run, s.Wseq, s.Hash)
		if err := b.w.PutRun(*s); err != nil {
			return err
		}
	}
	for _, id := range b.erased {
		if err := b.w.DropPerson(id); err != nil {
			return err
		}
	}
	if err := b.w.Queue(b.messages); err != nil {
		return err
	}
	if err := b.w.PutRefilled(b.back.list); err != nil {
		return err
	}
	return b.w.SetHead(b.head)
}

// writeRows writes the changed rows and brings each bucket's digest up to them.
func (b *batch) writeRows() error {
	var put []db.Stored
	for k, c := range b.fold.cells {
		if c.position == 0 {
			continue
		}
		if err := b.leave(k, c); err != nil {
			return err
		}
		if c.row == nil {
			continue
		}
		raw, err := payback.EncodeRow(c.row)
		if err != nil {
			return err
		}
		st := db.Stored{Row: c.row, Raw: raw, Bucket: c.row.Bucket(), Position: c.position}
		put = append(put, st)
		if st.Bucket != payback.BucketServer {
			bk, err := b.bucket(st.Bucket)
			if err != nil {
				return err
			}
			bk.Digest.Add(k.Table, k.ID, raw)
		}
	}
	return b.w.PutRows(put)
}

// leave takes the row as it was out of its bucket's digest, and notes it for the
// counters if it is not in that bucket any more.
func (b *batch) leave(k payback.Key, c *cell) error {
	if c.was.Row == nil {
		return nil
	}
	at := c.position
	if c.was.Bucket != payback.BucketServer {
		bk, err := b.bucket(c.was.Bucket)
		if err != nil {
			return err
		}
		bk.Digest.Sub(k.Table, k.ID, c.was.Raw)
		// It left with an earlier op if later ones changed it where it is now; a feed
		// ends at its bucket's position.
		at = min(at, bk.Position)
	}
	switch {
	case c.row == nil:
		return b.w.DropRows([]payback.Key{k}, map[payback.Key]payback.Bucket{k: c.was.Bucket}, at)
	case c.row.Bucket() != c.was.Bucket && c.was.Bucket != payback.BucketServer:
		return b.w.LeftBucket(c.was.Bucket, []payback.Key{k}, at)
	}
	return nil
}

// setVerdict writes a last verdict where the op lies: in this batch or before it.
func (b *batch) setVerdict(o db.Op) error {
	for i := range b.ops {
		if b.ops[i].Position == o.Position {
			b.ops[i] = o
			return nil
		}
	}
	return b.w.SetVerdict(o)
}

// bucket loads a bucket's head, once a batch.
func (b *batch) bucket(name payback.Bucket) (*db.Bucket, error) {
	if bk := b.buckets[name]; bk != nil {
		return bk, nil
	}
	bk, err := b.w.Bucket(name)
	if err != nil {
		return nil, err
	}
	b.buckets[name] = &bk
	return &bk, nil
}
