package syncproto

import (
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

// Limits of one exchange.
const (
	MaxPushOps     = 1000
	MaxPullRows    = 10_000
	MaxAttachment  = 1 << 10
	MaxAttachments = 100
	MaxBuckets     = 4
)

// Hello is the reply to GET /v1/hello, the one that anybody may ask for.
type Hello struct {
	V        int         `json:"v"`
	Oldest   int         `json:"oldest"` // oldest version that the server reads
	Server   string      `json:"server"` // program version
	Now      int64       `json:"now"`
	Key      keys.Public `json:"key"`
	Epoch    string      `json:"epoch"`
	District string      `json:"district"`
	Restores []Restore   `json:"restores,omitempty"` // histories that ended with a restore, the oldest first, at most MaxRefillEpochs
	Open     bool        `json:"open,omitempty"`     // it is being refilled
}

// EnrolRequest asks to make a PC a device. It is signed by the new device's key
// like every request; the header names the device id that it made for itself.
type EnrolRequest struct {
	V         int              `json:"v"`
	Code      string           `json:"code"`
	Device    payback.DeviceID `json:"device"`
	PublicKey keys.Public      `json:"public_key"`
	Label     string           `json:"label,omitempty"`
}

// EnrolReply is what a device must know from then on.
type EnrolReply struct {
	V         int                `json:"v"`
	District  payback.DistrictID `json:"district"`
	Store     payback.StoreID    `json:"store"`
	Label     string             `json:"label"`
	ServerKey keys.Public        `json:"server_key"` // pinned
	CardKey   []byte             `json:"card_key"`   // 32 bytes: tags a card for this store
	BoxKey    keys.BoxPublic     `json:"box_key"`    // the district's: seals a walk-in's card
	Epoch     string             `json:"epoch"`
	Demo      bool               `json:"demo,omitempty"`
}

// Push is the header of a push.
type Push struct {
	V           int           `json:"v"`
	Epoch       string        `json:"epoch"`
	Run         payback.RunID `json:"run"`
	From        uint64        `json:"from"`                  // wseq of the first op
	Ops         int           `json:"ops"`                   // frames that are ops
	Tip         Tip           `json:"tip"`                   // of the last op sent, or a later one
	Attachments []string      `json:"attachments,omitempty"` // ids of the frames after the ops
	Status      Status        `json:"status,omitzero"`
	Refills     bool          `json:"refills,omitempty"` // the counter knows /v1/refill
	// Clock is the offset that the counter measured since its program's start: ops
	// that were dated by an older one are judged by both.
	Clock stamp.Check `json:"clock,omitzero"`
	// Author is the device whose ops these are, where another one carries them.
	Author payback.DeviceID `json:"author,omitempty"`
}

// Status is what a counter says of itself, for the officer's list of PCs. No
// personal data.
type Status struct {
	Program string `json:"program,omitempty"` // version
	Face    string `json:"face,omitempty"`    // desktop, terminal, verb
	Waiting int    `json:"waiting"`           // ops not acknowledged
	Oldest  int64  `json:"oldest,omitempty"`  // of those, UTC ms
	FreeMB  int64  `json:"free_mb,omitempty"`
}

// OpVerdict is the answer to one op.
type OpVerdict struct {
	Wseq     uint64          `json:"wseq"`
	Position uint64          `json:"position"`
	Verdict  payback.Verdict `json:"verdict"`
	Reason   payback.Reason  `json:"reason,omitzero"`
	Winner   payback.OpRef   `json:"winner,omitzero"`
	Case     payback.CaseID  `json:"case,omitempty"`
	// First is where the op itself is, if it was held and Position is its answer's.
	First uint64 `json:"first,omitempty"`
}

// PushReply is the answer to a push.
type PushReply struct {
	V        int         `json:"v"`
	Epoch    string      `json:"epoch"`
	Received int64       `json:"received"` // when the server had the request, UTC ms
	Now      int64       `json:"now"`      // when it answered
	Acked    uint64      `json:"acked"`    // every op of the run up to here is durable
	Archived uint64      `json:"archived"` // and up to here in a verified backup
	Verdicts []OpVerdict `json:"verdicts,omitempty"`
	Gap      uint64      `json:"gap,omitempty"`  // the wseq that the server needs next
	Fork     uint64      `json:"fork,omitempty"` // the first wseq that it holds with another hash
	// Of what the reply is, so that with its signature it proves the verdicts to a
	// server that was restored to before them: the run, its device and store, and the
	// hash of the op acked (0 acked: none).
	Run    payback.RunID    `json:"run,omitempty"`
	Device payback.DeviceID `json:"device,omitempty"`
	Store  payback.StoreID  `json:"store,omitempty"`
	Hash   Hash             `json:"hash,omitzero"`
}

// BucketCursor says how far a counter is in a bucket.
type BucketCursor struct {
	Name   payback.Bucket `json:"name"`
	Cursor uint64         `json:"cursor"` // last position taken in
	Chain  Hash           `json:"chain,omitzero"`
	// Witness is up to where the counter holds sections of this epoch.
	Witness uint64 `json:"witness,omitempty"`
}

// Pull is a pull's request, sent as JSON.
type Pull struct {
	V       int            `json:"v"`
	Epoch   string         `json:"epoch"`
	Schema  int            `json:"schema"` // of the counter's tables: after an upgrade rows are sent anew
	Buckets []BucketCursor `json:"buckets"`
	MaxRows int            `json:"max_rows,omitempty"` // 0 = as many as the server likes
	Status  Status         `json:"status,omitzero"`
	Refills bool           `json:"refills,omitempty"` // the counter knows /v1/refill, and wants sections
	Whole   bool           `json:"whole,omitempty"`   // it lacks ops of its own: sections have their bytes
}

// BucketPart says which stretch of a bucket a reply covers.
type BucketPart struct {
	Name   payback.Bucket `json:"name"`
	From   uint64         `json:"from"`
	To     uint64         `json:"to"`
	Head   uint64         `json:"head"`
	Chain  Hash           `json:"chain,omitzero"`  // at To: the next request names it with the cursor To
	Digest Digest         `json:"digest"`          // of all rows, if To is Head
	Fresh  bool           `json:"fresh,omitempty"` // drop what you have: the cursor was not this history's
}

// Complete says that the reply brings the bucket up to its head.
func (b BucketPart) Complete() bool { return b.To == b.Head }

// Person is what a counter may show of somebody, joined when sending.
type Person struct {
	Resident payback.ResidentID `json:"resident"`
	Name     string             `json:"name"`  // masked: 홍*동
	Last4    string             `json:"last4"` // of the phone number
}

// PullReply is the header of a pull's reply.
type PullReply struct {
	V        int          `json:"v"`
	Epoch    string       `json:"epoch"`
	Received int64        `json:"received"`
	Now      int64        `json:"now"`
	Buckets  []BucketPart `json:"buckets"`
	Rows     int          `json:"rows"`
	People   []Person     `json:"people,omitempty"`
	Archived uint64       `json:"archived,omitempty"`
	// Sections are witnesses: their bytes are the frames after the rows.
	Sections []Section `json:"sections,omitempty"`
	Runs     []RunHead `json:"runs,omitempty"` // of the asking device: the one that was written to last, the first of them; absent before its first op
}

// RunHead is the last op that the server holds of a run.
type RunHead struct {
	Run  payback.RunID `json:"run"`
	Wseq uint64        `json:"wseq"`
	Hash Hash          `json:"hash"`
}
