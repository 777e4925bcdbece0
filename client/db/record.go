package db

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// Entry is an act to be recorded.
type Entry struct {
	Body   payback.Body
	Role   payback.Role
	By     string      // pseudonym of the person
	Attach *Attachment // nil for most
}

// Attachment travels beside an op and can be deleted without touching it: a
// walk-in's card, sealed to the district's key.
type Attachment struct {
	ID   string
	Data []byte // at most syncproto.MaxAttachment
}

// Recorded is an act that is durable here.
type Recorded struct {
	Ref     payback.OpRef
	Raw     []byte // the op's bytes
	Outcome payback.Outcome
}

// Record writes acts in one transaction, and returns when they are on disk. Each
// is applied to the rows as a clerk sees them, those of the acts before it
// included. Refuse, if not nil, looks at each outcome; a reason stops everything
// and nothing is written. The run is read inside the transaction, so that a verb
// continues the run of the face beside it.
//
// Errors: unauthorized if this folder is not enrolled, conflict if no run was
// begun, invalid for a body that can't be right, limited for one too large.
func (d *DB) Record(ctx context.Context, entries []Entry, refuse func(payback.Outcome) payback.Reason) ([]Recorded, payback.Reason, error) {
	return nil, payback.Reason{}, errNotYet
}
