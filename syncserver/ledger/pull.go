package ledger

import (
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Limits of one reply: rows, and bytes before packing.
const (
	defaultPullRows = 5000
	maxPullBytes    = 5 << 20
)

// Pull returns the rows that changed after a device's cursors, as frames, and the
// pseudonyms of the people whose names belong with them. A device sees the
// catalogue and its own store's bucket and nothing else; fault code forbidden. The
// reply's sections of witnesses have their bytes, which travel after the frames.
func (l *Ledger) Pull(ctx context.Context, dev Device, p syncproto.Pull, received int64) (syncproto.PullReply, [][]byte, []payback.ResidentID, error) {
	reply := syncproto.PullReply{V: syncproto.Version, Received: received}
	if len(p.Buckets) == 0 || len(p.Buckets) > syncproto.MaxBuckets {
		return reply, nil, nil, fault.New(fault.Invalid, "sync.bad_pull")
	}
	f := feed{room: p.MaxRows, people: map[payback.ResidentID]bool{}, back: map[payback.LoanID]payback.ResidentID{}}
	if f.room <= 0 || f.room > syncproto.MaxPullRows {
		f.room = defaultPullRows
	}
	err := l.db.View(ctx, dev.District, func(r db.Reader) error {
		head, err := r.Head()
		if err != nil {
			return err
		}
		if err := mayExchange(r, head, dev.ID, p.Epoch, p.Refills); err != nil {
			return err
		}
		reply.Epoch, reply.Archived = head.Epoch, head.Archived
		for i, c := range p.Buckets {
			if c.Name != payback.BucketCatalogue && c.Name != payback.StoreBucket(dev.Store) {
				return fault.New(fault.Forbidden, "sync.not_your_bucket")
			}
			part, err := f.bucket(r, i, c, p.Epoch == head.Epoch)
			if err != nil {
				return err
			}
			reply.Buckets = append(reply.Buckets, part)
			if !p.Refills {
				continue
			}
			if err := l.witness(r, dev, head, p, c, part.Head, &reply); err != nil {
				return err
			}
		}
		last, err := r.Latest(dev.ID)
		if err != nil {
			return err
		}
		if last != nil {
			reply.Runs = []syncproto.RunHead{{Run: last.Run, Wseq: last.Wseq, Hash: last.Hash}}
		}
		return f.owed(r)
	})
	reply.Rows = len(f.frames)
	people := make([]payback.ResidentID, 0, len(f.people))
	for id := range f.people {
		people = append(people, id)
	}
	slices.Sort(people)
	return reply, f.frames, people, fault.Wrap("ledger.Pull", err)
}

// feed gathers the rows of one reply.
type feed struct {
	frames [][]byte
	room   int // rows
	bytes  int
	people map[payback.ResidentID]bool
	back   map[payback.LoanID]payback.ResidentID // returned loans that were sent
}

// bucket adds what a device lacks of one bucket, as far as the room goes.
func (f *feed) bucket(r db.Reader, index int, c syncproto.BucketCursor, sameEpoch bool) (syncproto.BucketPart, error) {
	bk, err := r.Bucket(c.Name)
	if err != nil {
		return syncproto.BucketPart{}, err
	}
	part := syncproto.BucketPart{Name: c.Name, From: c.Cursor, To: c.Cursor, Head: bk.Position}
	chain, err := r.Chain(c.Name, c.Cursor)
	if err != nil {
		return part, err
	}
	if c.Cursor > 0 && (!sameEpoch || chain != c.Chain || c.Cursor > bk.Position) {
		part.Fresh, part.From, part.To = true, 0, 0
	}
	if part.To < part.Head && f.room > 0 {
		rows, err := r.Feed(c.Name, part.From, part.Head, f.room)
		if err != nil {
			return part, err
		}
		if part.To, err = f.add(index, rows, part); err != nil {
			return part, err
		}
	}
	if part.Complete() {
		part.Digest = bk.Digest
	}
	part.Chain, err = r.Chain(c.Name, part.To)
	return part, err
}

// add appends the rows' frames and returns the position that they reach.
func (f *feed) add(index int, rows []db.FeedRow, part syncproto.BucketPart) (uint64, error) {
	sent := rows
	for i, row := range rows {
		if f.bytes+len(row.Raw) > maxPullBytes && i > 0 && row.Position != rows[i-1].Position {
			sent = rows[:i]
			break
		}
		f.bytes += len(row.Raw) + 80
	}
	for _, row := range sent {
		frame, err := syncproto.AppendRow(nil, syncproto.RowName{Bucket: index, Table: string(row.Key.Table), ID: row.Key.ID, Position: row.Position}, row.Raw)
		if err != nil {
			return 0, err
		}
		f.frames = append(f.frames, frame)
		f.person(row)
	}
	f.room -= len(sent)
	if len(sent) == 0 {
		return part.Head, nil
	}
	// The op at Head changed a row of the bucket, or made one leave it, so the last
	// row of all has that position.
	return sent[len(sent)-1].Position, nil
}

// person notes whose name belongs with a row: that of an open request, or of a loan
// that is not over (DESIGN 4.10). Whether a returned one is over its refund says.
func (f *feed) person(row db.FeedRow) {
	if row.Raw == nil || (row.Key.Table != payback.TRequest && row.Key.Table != payback.TLoan) {
		return
	}
	r, err := payback.DecodeRow(row.Key.Table, row.Raw)
	if err != nil {
		return
	}
	switch x := r.(type) {
	case *payback.Request:
		if x.Open() {
			f.people[x.Resident] = true
		}
	case *payback.Loan:
		switch x.State {
		case payback.LoanOut, payback.LoanLeft, payback.LoanRefused:
			f.people[x.Resident] = true
		case payback.LoanReturned:
			f.back[x.ID] = x.Resident
		}
	}
}

// owed adds those whose copy is back and whose money is not.
func (f *feed) owed(r db.Reader) error {
	keys := make([]payback.Key, 0, len(f.back))
	for id := range f.back {
		keys = append(keys, payback.RefundKey(id))
	}
	found, err := r.Rows(keys)
	for _, st := range found {
		if x, ok := st.Row.(*payback.Refund); ok && x.State == payback.RefundDue {
			f.people[f.back[x.Loan]] = true
		}
	}
	delete(f.people, "") // a sale to somebody unknown
	return err
}
