package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Proof is a reply as it came, under the server's signature. Without a signature it
// proves nothing, and is not kept.
type Proof struct {
	Nonce string // of the request
	Sig   syncproto.Signature
	Body  []byte
}

// maxTold is how many replies to pushes are kept, the newest, if no pull ever brings
// the sections that say the same.
const maxTold = 500

// putTold keeps the reply to a push. One that does not say whose ops it is of proves
// nothing.
func putTold(ctx context.Context, tx *sql.Tx, reply syncproto.PushReply, p Proof) error {
	if p.Sig == "" || reply.Run == "" || len(reply.Verdicts) == 0 || reply.Acked == 0 {
		return nil
	}
	first, highest := reply.Acked+1, uint64(0)
	for _, v := range reply.Verdicts {
		if v.Wseq <= reply.Acked {
			first, highest = min(first, v.Wseq), max(highest, v.Position)
		}
	}
	if first > reply.Acked {
		return nil
	}
	res, err := tx.ExecContext(ctx, "INSERT INTO told (epoch, run, first, last, position, nonce, sig, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		reply.Epoch, string(reply.Run), first, reply.Acked, highest, p.Nonce, string(p.Sig), p.Body)
	if err != nil {
		return sqlitefile.Fault(err)
	}
	n, err := res.LastInsertId()
	if err == nil && n > maxTold {
		_, err = tx.ExecContext(ctx, "DELETE FROM told WHERE n <= ?", n-maxTold)
	}
	return sqlitefile.Fault(err)
}

// pruneTold drops the replies that a section of the store's bucket covers, that are
// archived, or that a later history has.
func pruneTold(ctx context.Context, tx *sql.Tx, reply syncproto.PullReply) error {
	upTo := reply.Archived
	for _, s := range reply.Sections {
		if s.Epoch == reply.Epoch && s.Bucket != payback.BucketCatalogue {
			upTo = max(upTo, s.To)
		}
	}
	if upTo == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM told WHERE epoch = ? AND position <= ? OR epoch <> ? AND taken = ?", reply.Epoch, upTo, reply.Epoch, reply.Epoch)
	return sqlitefile.Fault(err)
}

// answers adds the replies that an epoch has not been brought, oldest first, with the
// ops that they acknowledge and these ops' attachments: at most maxBytes, but always
// one.
func (w *Witnesses) answers(ctx context.Context, tx *sql.Tx, epoch string, maxBytes int) error {
	type reply struct {
		id          int64
		run         payback.RunID
		first, last uint64
		a           syncproto.Answer
	}
	var list []reply
	rows, err := tx.QueryContext(ctx, "SELECT n, run, first, last, nonce, sig, body FROM told WHERE epoch <> ? AND taken <> ? ORDER BY n LIMIT ?",
		epoch, epoch, syncproto.MaxAnswers)
	if err != nil {
		return sqlitefile.Fault(err)
	}
	for rows.Next() {
		var r reply
		if err = rows.Scan(&r.id, &r.run, &r.first, &r.last, &r.a.Nonce, &r.a.Sig, &r.a.Body); err != nil {
			break
		}
		list = append(list, r)
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return sqlitefile.Fault(err)
	}
	size := 0
	for _, r := range list {
		b := Batch{Run: r.run, From: r.first}
		if err := b.readOps(ctx, tx, int(r.last-r.first)+1, 1<<30); err != nil {
			return sqlitefile.Fault(err)
		}
		if b.Last == r.last {
			if err := b.readAttachments(ctx, tx); err != nil {
				return sqlitefile.Fault(err)
			}
			r.a.Ops, r.a.Raw = len(b.Ops), b.Ops
			for _, x := range b.Attachments {
				r.a.Attachments, r.a.Sealed = append(r.a.Attachments, x.ID), append(r.a.Sealed, x.Data)
			}
		}
		size += len(r.a.Body)
		for _, o := range r.a.Raw {
			size += len(o)
		}
		if size > maxBytes && len(w.Answers) > 0 {
			return nil
		}
		w.Answers, w.told = append(w.Answers, r.a), append(w.told, r.id)
	}
	return nil
}
