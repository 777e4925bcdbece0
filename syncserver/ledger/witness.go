package ledger

import (
	"encoding/json"
	"slices"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// maxWitnessed is how many batches one section covers at most.
const maxWitnessed = 200

// witness adds the section of a bucket that a counter lacks, if there is one: the
// ops that touched it, with what was made of them, so that a restored server gets
// them back (DESIGN 4.6). What is archived is left out: a backup has it.
func (l *Ledger) witness(r db.Reader, dev Device, head db.Head, p syncproto.Pull, c syncproto.BucketCursor, upTo uint64, reply *syncproto.PullReply) error {
	s := syncproto.Section{Epoch: head.Epoch, Bucket: c.Name, From: head.Archived}
	if p.Epoch == head.Epoch {
		s.From = max(s.From, c.Witness)
	}
	if s.From >= upTo {
		return nil
	}
	batches, err := r.Touched(c.Name, s.From, maxWitnessed)
	if err != nil {
		return err
	}
	s.To = s.From
	for _, t := range batches {
		more, err := witnessOf(r, dev, p.Whole, c.Name, t.Ops)
		if err != nil {
			return err
		}
		if len(s.Bytes) > 0 && len(s.Bytes)+len(more) > syncproto.MaxSection {
			break
		}
		s.Bytes, s.To = append(s.Bytes, more...), t.End
	}
	if s.To > s.From {
		s.Sign(l.o.Key)
		reply.Sections = append(reply.Sections, s)
	}
	return nil
}

// witnessOf returns the entries of ops for a device; whole: with the bytes of its own.
func witnessOf(r db.Reader, dev Device, whole bool, name payback.Bucket, positions []uint64) (out []byte, err error) {
	positions = slices.Clone(positions)
	slices.Sort(positions)
	ops, err := r.OpsAt(slices.Compact(positions))
	if err != nil {
		return nil, err
	}
	codes, err := codesOf(r, ops, name)
	if err != nil {
		return nil, err
	}
	for i := range codes {
		if out, err = syncproto.AppendEntry(out, EntryOf(&codes[i], false)); err != nil {
			return nil, err
		}
	}
	for i := range ops {
		if !witnessed(&ops[i], dev, name) {
			continue
		}
		if out, err = syncproto.AppendEntry(out, EntryOf(&ops[i], ops[i].Device == dev.ID && !whole)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// codesOf returns the ops that made the codes by which PCs of the bucket's store were
// enrolled: they touch no bucket, and without them the PC is unknown again.
func codesOf(r db.Reader, ops []db.Op, name payback.Bucket) (codes []db.Op, err error) {
	var acts []string
	for i := range ops {
		if ops[i].Kind != payback.KEnrol || name == payback.BucketCatalogue {
			continue
		}
		var b payback.Enrol
		env, err := syncproto.Decode(ops[i].Raw)
		if err == nil && json.Unmarshal(env.Body, &b) == nil {
			acts = append(acts, (&payback.MakeEnrolCode{Hash: b.Hash}).Act())
		}
	}
	if len(acts) == 0 {
		return nil, nil
	}
	found, err := r.OpsByAct(acts)
	for _, act := range acts {
		if o, ok := found[act]; ok {
			codes = append(codes, o)
		}
	}
	return codes, err
}

// EntryOf is what the server made of an op; named leaves its bytes out.
func EntryOf(o *db.Op, named bool) syncproto.Entry {
	e := syncproto.Entry{Position: o.Position, Final: o.Final, Run: o.Run, Wseq: o.Wseq, Lo: o.When.Lo, Hi: o.When.Hi, Received: o.Received,
		Device: o.Device, Store: o.Store, Card: o.Card, Verdict: o.Verdict, Reason: o.Reason, Winner: o.Winner, Case: o.Case, Raw: o.Raw}
	if named {
		e.Raw, e.Hash = nil, o.Hash
	}
	return e
}

// witnessed says whether a counter of the store gets to hold an op. It sees nothing
// of another store in it: not that store's ops, nor an import of several stores'
// stock. Of the catalogue only what is small is held: policies, rules, hours.
func witnessed(o *db.Op, dev Device, name payback.Bucket) bool {
	if name == payback.BucketCatalogue {
		return o.Device == "" && len(o.Raw) <= syncproto.MaxWitnessCat
	}
	if o.Device != "" {
		return o.Store == dev.Store
	}
	return o.Kind != payback.KUpsert || ownRows(o.Raw, name)
}

// ownRows says whether all rows of an import lie in the bucket.
func ownRows(raw []byte, name payback.Bucket) bool {
	env, err := syncproto.Decode(raw)
	if err != nil {
		return false
	}
	var b payback.Upsert
	if json.Unmarshal(env.Body, &b) != nil {
		return false
	}
	for _, r := range b.Rows {
		row, err := payback.DecodeRow(b.Table, r)
		if err != nil || row.Bucket() != name {
			return false
		}
	}
	return true
}
