package payback

import "strconv"

// Reread says that an op of a kind that the server did not know can be read now,
// after its upgrade. The op gets its last verdict at this place in the ledger: what
// was ordered meanwhile stands.
type Reread struct {
	Run     RunID  `json:"run"`
	Wseq    uint64 `json:"wseq"`
	Program string `json:"program"` // version of the server that can read it: each tries once
}

// Kind is reread.
func (*Reread) Kind() Kind { return KReread }

// Act is one an op and version of the server.
func (b *Reread) Act() string {
	return "reread/" + string(b.Run) + "/" + strconv.FormatUint(b.Wseq, 10) + "/" + b.Program
}

// Subject is the op's verdict.
func (b *Reread) Subject() Key { return VerdictKey(b.Run, b.Wseq) }

// Check bounds the fields.
func (b *Reread) Check() Reason {
	return first(idOK(b.Run), "run", b.Wseq > 0, "wseq", b.Program != "" && len(b.Program) <= MaxID, "program")
}

func (b *Reread) apply(a *act) {
	if v := get[*VerdictRow](a, b.Subject()); v == nil || v.Verdict != Quarantined {
		a.reject(OpRef{}, why("moot"))
	}
}
