package payback

import (
	"encoding/json"
	"strconv"
)

// What a person can do about an op that was put aside, or that waits for what does
// not come. Nothing else of it is waited for or done by then, so that what was
// ordered meanwhile stands.

// MendWhat is what becomes of such an op.
type MendWhat string

// The ways.
const (
	MendAgain   MendWhat = "again"   // it is done as it was written
	MendVoid    MendWhat = "void"    // it counts for nothing
	MendRewrite MendWhat = "rewrite" // it is done as the officer wrote it
)

// MaxMendBody is the largest body that an officer writes, in bytes of JSON.
const MaxMendBody = 32 << 10

// Mend is an officer's word on an op of a store's PC that is quarantined or held. The
// op gets its last verdict at this place in the ledger, and names the Mend in it.
type Mend struct {
	Run  RunID           `json:"run"`
	Wseq uint64          `json:"wseq"`
	Was  Verdict         `json:"was"` // what the officer saw: quarantined or held
	What MendWhat        `json:"what"`
	Of   Kind            `json:"of,omitempty"`   // for rewrite: what it is now, an act of a store's PC
	Body json.RawMessage `json:"body,omitempty"` // for rewrite, at most MaxMendBody
	Note string          `json:"note"`           // why, 1 to 500 bytes
	ID   string          `json:"id"`             // names this word: a second one may follow
}

// Kind is mend.
func (*Mend) Kind() Kind { return KMend }

// Act is one a word.
func (b *Mend) Act() string {
	return "mend/" + string(b.Run) + "/" + strconv.FormatUint(b.Wseq, 10) + "/" + b.ID
}

// Subject is the op's verdict.
func (b *Mend) Subject() Key { return VerdictKey(b.Run, b.Wseq) }

// Check bounds the fields; of a rewrite also those of the body.
func (b *Mend) Check() Reason {
	no := first(idOK(b.Run), "run", b.Wseq > 0, "wseq", idOK(b.ID), "id", b.Note != "" && len(b.Note) <= 500, "note",
		b.What == MendVoid || b.What == MendRewrite || b.What == MendAgain && b.Was == Quarantined, "what",
		b.Was == Quarantined || b.Was == Held, "was", len(b.Body) <= MaxMendBody, "body", len(b.Of) <= MaxID, "of")
	if !no.None() || b.What != MendRewrite {
		return no
	}
	_, err := b.Rewritten()
	return first(b.Of.AtCounter(), "of", err == nil, "body")
}

// Rewritten is what a rewritten op says.
func (b *Mend) Rewritten() (Body, error) { return DecodeBody(b.Of, b.Body) }

func (b *Mend) apply(a *act) {
	if v := get[*VerdictRow](a, b.Subject()); v == nil || v.Verdict != b.Was {
		a.reject(OpRef{}, why("moot"))
	}
}

// WhyVoided and WhyMended are what a mended op's verdict says of itself.
func WhyVoided() Reason { return why("voided") }

// WhyMended says whether the op was rewritten or done as it was.
func WhyMended(w MendWhat) Reason { return why("mended_" + string(w)) }
