package db

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Batch is a stretch of one run that the server has not acknowledged.
type Batch struct {
	Run         payback.RunID
	From        uint64         // wseq of the first op
	Ops         [][]byte       // rising by one
	Last        uint64         // wseq of the last op
	Hash        syncproto.Hash // of the last op's bytes: the tip to sign is (Run, Last, Hash)
	Attachments []Attachment   // those of the ops, at most syncproto.MaxAttachments
}

// Empty says that nothing waits.
func (b Batch) Empty() bool { return len(b.Ops) == 0 }

// Pending returns the next ops to send: of the oldest run that has some, at most
// maxOps and maxBytes (but always one op). Ops behind a fork are left out.
func (d *DB) Pending(ctx context.Context, maxOps, maxBytes int) (Batch, error) {
	return Batch{}, errNotYet
}

// Acked stores the server's signed answer to a push of run. Ops up to
// reply.Acked no longer wait; they stay in the overlay until a pull has passed
// their positions. A gap makes the ops from there on wait again; a fork sets the
// rest of the run aside and begins a new one. A new epoch makes everything wait
// again that is not archived.
func (d *DB) Acked(ctx context.Context, run payback.RunID, reply syncproto.PushReply) error {
	return errNotYet
}

// Cursors returns how far each of this PC's two buckets has come, the store's
// first: what a pull's request names. Not enrolled: none.
func (d *DB) Cursors(ctx context.Context) ([]syncproto.BucketCursor, error) {
	return nil, errNotYet
}

// PulledRow is one row of a pull's reply. Raw is nil when the row has left the
// bucket.
type PulledRow struct {
	syncproto.RowName
	Raw []byte
}

// Pulled is what a pull changed.
type Pulled struct {
	Rows     int                 // rows taken in
	Changed  bool                // something that a screen may show is different
	New      []payback.RequestID // requests that came to this store with it and wait for an answer
	Mismatch []payback.Bucket    // complete, but of another digest than the server's: fetched anew from the beginning by the next pulls
	Complete bool                // every bucket of the reply is at its head
}

// ApplyPull takes in a pull's reply: rows, cursors, digests, verdicts and people,
// and makes the overlay anew. The catalogue's rows come first, in slices of their
// own; everything else is one transaction. A program that ends between slices
// has only rows that it will be sent again. The same reply may be applied twice.
func (d *DB) ApplyPull(ctx context.Context, reply syncproto.PullReply, rows []PulledRow) (Pulled, error) {
	return Pulled{}, errNotYet
}

// SyncState says how the exchange with the server stands. It is kept between
// starts.
type SyncState struct {
	Pushed  int64          `json:"pushed,omitempty"` // last push that was answered, UTC ms by this PC
	Pulled  int64          `json:"pulled,omitempty"` // last pull that was complete, UTC ms by this PC
	AsOf    int64          `json:"as_of,omitempty"`  // the server's time of that pull, UTC ms
	Tried   int64          `json:"tried,omitempty"`
	Next    int64          `json:"next,omitempty"`  // when the next exchange is due, UTC ms by this PC
	Fails   int            `json:"fails,omitempty"` // in a row
	Cause   payback.Reason `json:"cause,omitzero"`  // why the last one failed: Key is a message key as it is
	Fork    payback.RunID  `json:"fork,omitempty"`  // a run that another disk has continued
	Version int            `json:"version,omitempty"`
}

// SyncState returns the state of the exchange.
func (d *DB) SyncState(ctx context.Context) (SyncState, error) { return SyncState{}, errNotYet }

// SetSyncState stores the state of the exchange and the watch's memory.
func (d *DB) SetSyncState(ctx context.Context, s SyncState) error { return errNotYet }

// Schema is the number of this program's tables as the server is told: rows are
// sent anew after it rose.
const Schema = 1
