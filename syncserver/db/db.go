package db

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// DB is a server's database. It may be used by several goroutines at once.
type DB interface {
	// View runs f in one read-only transaction: everything that f reads belongs to
	// one moment.
	View(ctx context.Context, d payback.DistrictID, f func(Reader) error) error
	// Update runs f in one transaction that first locks the district's head, so that
	// nothing else is ordered meanwhile. It commits if f returns nil; what f wrote is
	// durable when Update returns nil. A district is made by its first Update.
	Update(ctx context.Context, d payback.DistrictID, f func(Writer) error) error
	// Districts returns all districts, by id.
	Districts(ctx context.Context) ([]payback.DistrictID, error)

	People
	Accounts
	Messages
	Settings

	Close() error
}

// Head is how far a district's ledger got.
type Head struct {
	Position uint64
	Epoch    string // names the unbroken history; "" before the first op
	Archived uint64 // ops up to here are in a verified backup; SetHead leaves it
	Refill   Refill // SetHead leaves it; see SetRefill
}

// Refill says how far a restored server has got back what its backup lacks.
type Refill int

// The stages of a refill.
const (
	RefillNone Refill = iota
	RefillOpen        // counters bring what they hold; nothing else is ordered
	RefillLate        // the rest goes on, and some of what they brought waits for what comes before it
)

// Told is an op that a counter brought back with the answer that it was given.
type Told struct {
	Run      payback.RunID
	Wseq     uint64
	Epoch    string // of the position
	Position uint64 // where it comes in the order
	Entry    []byte // syncproto.Entry as the server wrote it
	Raw      []byte // nil: nobody brought its bytes
}

// Refilled is an op that came back.
type Refilled struct {
	Position uint64 // where it is now
	Epoch    string // where it was
	Old      uint64
	Kept     bool // the verdict is the one told, and nothing else of it is in the rows
}

// Lost is a position of an ended history of which nobody brought the op.
type Lost struct {
	Epoch    string `json:"epoch"`
	Position uint64 `json:"position"`
}

// Touched is which ops touched a bucket in one batch.
type Touched struct {
	End uint64   // position that the batch brought the bucket to
	Ops []uint64 // rising as they touched it; one that got its last verdict here may be older
}

// Epoch is a history that began when a backup was restored.
type Epoch struct {
	Epoch    string         `json:"epoch"`
	Before   string         `json:"before"`   // the epoch that was left
	Position uint64         `json:"position"` // of the last op that both have
	Hash     syncproto.Hash `json:"hash"`     // of that op
	Began    int64          `json:"began"`    // UTC ms
	Closed   int64          `json:"closed"`   // when the window of refilling ended, UTC ms; 0 = it is open
	Told     uint64         `json:"told"`     // highest position of the epoch before that a counter knew of
}

// Stored is a row as it lies in the database.
type Stored struct {
	Row      payback.Row
	Raw      []byte // as sent; the digest is over these
	Bucket   payback.Bucket
	Position uint64 // of the op that last changed it
}

// Op is an op with what the server added.
type Op struct {
	Position uint64
	Raw      []byte
	Hash     syncproto.Hash
	Run      payback.RunID
	Wseq     uint64
	Act      string // act key; "" if it could not be read
	Kind     payback.Kind
	Device   payback.DeviceID // "" for the server's own
	Store    payback.StoreID
	When     payback.Interval
	Received int64
	Card     payback.ResidentID // whose card was attached
	Subject  payback.Key        // the row that it is about

	Verdict payback.Verdict
	Reason  payback.Reason
	Winner  payback.OpRef
	Case    payback.CaseID
	Wait    payback.Key // held: what it waits for
	Final   uint64      // position at which a held op got its last verdict; 0 = its own
}

// Run is how far one run of a writer got.
type Run struct {
	Run      payback.RunID
	Device   payback.DeviceID // "" for the server
	Key      string           // the writer's public key
	After    *syncproto.After // the run before
	Wseq     uint64
	Hash     syncproto.Hash
	Tip      syncproto.Tip // latest signed
	Archived uint64
	LastSeen int64 // UTC ms, when the server last had an op of it
	LastAt   int64 // latest possible instant of its last op
}

// Bucket is the state of one bucket.
type Bucket struct {
	Name     payback.Bucket
	Position uint64 // of the last op that changed it
	Chain    syncproto.Hash
	Digest   syncproto.Digest
	Ops      []uint64 // written by PutBucket: those that touched it since it was read
}

// FeedRow is one row of a bucket's feed; Raw is nil when the row has left it.
type FeedRow struct {
	Key      payback.Key
	Position uint64
	Raw      []byte
}

// Select asks for rows of one table by derived columns. Which columns a table has
// is fixed in package sqldb; every combination used has an index.
type Select struct {
	Table  payback.Table
	Where  []Cond
	Order  string // column; "" = by id
	Desc   bool
	Limit  int // at most MaxSelect; 0 = MaxSelect
	Offset int
}

// Cond is one condition on a derived column.
type Cond struct {
	Column string
	Op     string // = < <= > >= in
	Value  any    // string, int64 or, for in, []string
}

// Eq is the condition column = value.
func Eq(column string, value any) Cond { return Cond{column, "=", value} }

// MaxSelect is the most rows that one Select returns.
const MaxSelect = 1000

// Reader reads one district at one moment.
type Reader interface {
	Head() (Head, error)
	// Rows returns those of the keys that exist.
	Rows(keys []payback.Key) (map[payback.Key]Stored, error)
	Select(s Select) ([]payback.Row, error)
	Count(s Select) (int, error)
	// Feed returns the rows of a bucket changed in (after, upTo], by position, at
	// most limit of them but never half of one position's.
	Feed(b payback.Bucket, after, upTo uint64, limit int) ([]FeedRow, error)
	// FeedSize counts the rows that Feed returns after a position, at most limit.
	FeedSize(b payback.Bucket, after uint64, limit int) (int, error)
	Buckets() ([]Bucket, error)
	Bucket(name payback.Bucket) (Bucket, error)
	// Chain returns the bucket's chain as last remembered at or before a position;
	// the zero hash before the first.
	Chain(b payback.Bucket, position uint64) (syncproto.Hash, error)
	// Touched returns which ops touched a bucket in the batches after a position, at
	// most limit batches.
	Touched(b payback.Bucket, after uint64, limit int) ([]Touched, error)
	// OpsAt returns the ops at the positions, rising.
	OpsAt(positions []uint64) ([]Op, error)
	// Told returns what waits after a position, in its order, at most limit.
	Told(after uint64, limit int) ([]Told, error)
	// ToldOf returns what waits of a run from a number on, rising, at most limit.
	ToldOf(run payback.RunID, from uint64, limit int) ([]Told, error)
	// Refilled returns the ops that came back and are at a position after one, rising,
	// at most limit.
	Refilled(after uint64, limit int) ([]Refilled, error)
	// Lost returns lost positions, rising, at most limit, and how many there are.
	Lost(limit int) ([]Lost, int, error)
	// RefillDone returns the devices that have brought all they hold into an epoch.
	RefillDone(epoch string) ([]payback.DeviceID, error)
	// Latest returns the writer's run that was seen last, nil if it has none.
	Latest(device payback.DeviceID) (*Run, error)
	Run(id payback.RunID) (*Run, error)
	Runs(device payback.DeviceID) ([]Run, error)
	// Unarchived returns the runs after an id of which not every op is in a verified
	// backup, by id, at most limit.
	Unarchived(after payback.RunID, limit int) ([]Run, error)
	// Epochs returns the restores of the past, the oldest first.
	Epochs() ([]Epoch, error)
	// Ops returns the ops after a position, rising, at most limit.
	Ops(after uint64, limit int) ([]Op, error)
	OpAt(position uint64) (*Op, error)
	OpsOfRun(run payback.RunID, from uint64, limit int) ([]Op, error)
	OpsByAct(acts []string) (map[string]Op, error)
	// OpsAbout returns the ops whose subject is the row, rising.
	OpsAbout(k payback.Key, limit int) ([]Op, error)
	// Waiting returns the held ops that wait for any of the keys, by position.
	Waiting(keys []payback.Key) ([]Op, error)
	// Held returns the ops after a position that are held still and were received
	// before an instant (UTC ms), by position, at most limit.
	Held(after uint64, before int64, limit int) ([]Op, error)
	// Aside returns the ops that are held or quarantined now, by position, a page of
	// them, and how many there are.
	Aside(limit, offset int) ([]Op, int, error)
	// SearchTitles returns the titles that match all keys of package hangul, best first.
	SearchTitles(keys []string, limit, offset int) ([]*payback.Title, error)
	// SumBy adds up an integer column (or counts, column "") of the selected rows by
	// the values of up to two columns, at most MaxSelect groups.
	SumBy(s Select, column string, by ...string) ([]Sum, error)
	// Distinct counts the different values of a column among the selected rows.
	Distinct(s Select, column string) (int, error)
}

// Sum is one group of SumBy.
type Sum struct {
	By    []string
	N     int64 // rows
	Total int64
}

// Writer also writes; it holds the district's head.
type Writer interface {
	Reader
	AppendOps(ops []Op) error
	SetVerdict(op Op) error
	PutRows(rows []Stored) error
	DropRows(keys []payback.Key, bucketOf map[payback.Key]payback.Bucket, position uint64) error
	// LeftBucket notes that rows are no longer in a bucket that they were in.
	LeftBucket(b payback.Bucket, keys []payback.Key, position uint64) error
	PutRun(r Run) error
	PutBucket(b Bucket) error
	SetHead(h Head) error
	// Archive notes that a verified backup holds the ops up to a position, and of each
	// of the runs those up to its Wseq. What was noted before never shrinks.
	Archive(position uint64, runs []Run) error
	// SetRefill notes the stage of refilling.
	SetRefill(r Refill) error
	// SetEpoch writes Closed and Told of an epoch.
	SetEpoch(e Epoch) error
	// PutTold keeps what a counter brought; what is there already only gets its bytes.
	PutTold(list []Told) error
	DropTold(run payback.RunID, wseq uint64) error
	PutRefilled(list []Refilled) error
	// PutLost and DropLost change the list of what is lost; a position may be there
	// already, or not.
	PutLost(list []Lost) error
	DropLost(l Lost) error
	PutRefillDone(epoch string, device payback.DeviceID) error
	// AddEpoch notes a restore; SetHead takes the epoch into use.
	AddEpoch(e Epoch) error
	// Queue puts text messages into the outbox in the same transaction.
	Queue(ms []Message) error
	// DropPerson destroys what is kept of a person, with their key.
	DropPerson(id payback.ResidentID) error
}
