package payback

import (
	"slices"
	"strconv"
)

// What a person must decide.

// CaseKind names the sort of question.
type CaseKind string

// The sorts of cases.
const (
	CaseOverCap    CaseKind = "over_cap"    // a fact needs a slot or money beyond what there is
	CaseWalkIn     CaseKind = "walk_in"     // a sale without a request that the rules don't cover
	CaseSecondSale CaseKind = "second_sale" // one request sold twice
	CaseAmount     CaseKind = "amount"      // an amount that can't be right
	CaseRefund     CaseKind = "refund"      // money paid that was not due, or by the wrong PC
	CaseOverride   CaseKind = "override"    // the owner paid without the right
	CaseLateReturn CaseKind = "late_return" // taken back as in time, but the evidence says late
	CaseKeptReturn CaseKind = "kept_return" // brought back after it was kept
	CaseReturn     CaseKind = "return"      // a take-back or give-back that does not fit
	CaseBox        CaseKind = "box"         // a copy too many, too few or in the wrong place
	CaseShort      CaseKind = "short"       // fewer copies counted than set aside
	CaseHeld       CaseKind = "held"        // an op waits too long for what must come first
	CaseForeign    CaseKind = "foreign"     // a store told of what is another store's
	CaseLineage    CaseKind = "lineage"     // a PC's history is broken: a copied or restored disk, or lost ops
	CasePoison     CaseKind = "poison"      // an op that can't be read
	CaseRestored   CaseKind = "restored"    // after a backup was restored: an answer that can't be come to again, or ops that are lost
)

// Choice is one way to decide a case.
type Choice string

// The choices.
const (
	ChooseCover Choice = "cover" // the programme covers it: the block is lifted, over the cap if need be
	ChoosePlain Choice = "plain" // it does not: the copy is the resident's, nothing is refunded
	ChooseNoted Choice = "noted" // seen; nothing changes
)

// Choices lists how a case may be decided, in the order in which faces number
// them. None is preselected.
func (c *Case) Choices() []Choice {
	switch c.Kind {
	case CaseOverCap, CaseWalkIn:
		if c.Loan != "" {
			return []Choice{ChooseCover, ChoosePlain} // seen is not enough: the refund waits for it
		}
	}
	return []Choice{ChooseNoted}
}

// Overdue says that an op was held past its deadline: what must come before it is
// missing, and a person is asked. The op stays held and is done when that comes.
type Overdue struct {
	Run  RunID  `json:"run"`
	Wseq uint64 `json:"wseq"`
	Why  Reason `json:"why,omitzero"` // the reason for which it is held
}

// Kind is overdue.
func (*Overdue) Kind() Kind { return KOverdue }

// Act is one a held op.
func (b *Overdue) Act() string { return OverdueAct(b.Run, b.Wseq) }

// OverdueAct is the act key by which the op of this run and number is overdue.
func OverdueAct(run RunID, wseq uint64) string {
	return "overdue/" + string(run) + "/" + strconv.FormatUint(wseq, 10)
}

// Subject is the held op's verdict.
func (b *Overdue) Subject() Key { return VerdictKey(b.Run, b.Wseq) }

// Check bounds the fields.
func (b *Overdue) Check() Reason { return first(idOK(b.Run), "run", b.Wseq > 0, "wseq") }

func (b *Overdue) apply(a *act) {
	v := get[*VerdictRow](a, b.Subject())
	if v == nil || v.Verdict != Held {
		a.reject(OpRef{}, why("moot"))
		return
	}
	c := Case{Kind: CaseHeld, Store: v.Store, Other: v.Op, Reason: b.Why}
	switch v.Subject.Table {
	case TRequest:
		c.Request = RequestID(v.Subject.ID)
	case TLoan, TRefund:
		c.Loan = LoanID(v.Subject.ID)
	case TCopy:
		c.Copy = CopyID(v.Subject.ID)
	}
	a.opened(c)
}

// Restored says what a restore of a backup left for a person: an op whose answer was
// told and that would be answered otherwise now, since what it depended on is lost;
// or, without a run, how many ops nobody brought back.
type Restored struct {
	Epoch string  `json:"epoch"` // the history that ended
	Run   RunID   `json:"run,omitempty"`
	Wseq  uint64  `json:"wseq,omitempty"`
	Of    Kind    `json:"of,omitempty"`    // of the op
	Store StoreID `json:"store,omitempty"` // of the op
	About Key     `json:"about,omitzero"`  // the op's subject
	Told  Verdict `json:"told,omitempty"`
	Now   Verdict `json:"now,omitempty"`
	Stood bool    `json:"stood,omitempty"` // what it did is in the rows all the same
	Lost  int     `json:"lost,omitempty"`
}

// Kind is restored.
func (*Restored) Kind() Kind { return KRestored }

// Act is one an op and an ended history, or one the history. The case is named after
// it, and pages after the case: no part of it is empty.
func (b *Restored) Act() string {
	if b.Run == "" {
		return "restored/" + b.Epoch
	}
	return "restored/" + b.Epoch + "/" + string(b.Run) + "/" + strconv.FormatUint(b.Wseq, 10)
}

// Subject is the op's verdict; of lost ops the district.
func (b *Restored) Subject() Key {
	if b.Run == "" {
		return DistrictKey()
	}
	return VerdictKey(b.Run, b.Wseq)
}

// Check bounds the fields.
func (b *Restored) Check() Reason {
	return first(b.Epoch != "" && len(b.Epoch) <= MaxID, "epoch", len(b.Run) <= MaxID, "run", len(b.Store) <= MaxID, "store", b.Lost >= 0, "lost")
}

func (b *Restored) apply(a *act) {
	if b.Run == "" {
		a.opened(Case{Kind: CaseRestored, Reason: why("restored_lost", "count", strconv.Itoa(b.Lost))})
		return
	}
	reason := why("restored_otherwise", "told", string(b.Told), "now", string(b.Now))
	if b.Stood {
		reason = why("restored_stood", "told", string(b.Told))
	}
	c := Case{Kind: CaseRestored, Store: b.Store, Other: OpRef{Kind: b.Of, Run: b.Run, Wseq: b.Wseq}, Reason: reason}
	switch b.About.Table {
	case TRequest:
		c.Request = RequestID(b.About.ID)
	case TLoan, TRefund:
		c.Loan = LoanID(b.About.ID)
	case TCopy:
		c.Copy = CopyID(b.About.ID)
	}
	a.opened(c)
}

// Decide ends a case with one of its choices.
type Decide struct {
	Case   CaseID `json:"case"`
	Choice Choice `json:"choice"`
	Note   string `json:"note"`
}

// Kind is decide.
func (*Decide) Kind() Kind { return KDecide }

// Act is one a case.
func (b *Decide) Act() string { return "decide/" + string(b.Case) }

// Subject is the case.
func (b *Decide) Subject() Key { return CaseKey(b.Case) }

// Check bounds the fields.
func (b *Decide) Check() Reason {
	return first(b.Case != "" && len(b.Case) <= 4*MaxID, "case", b.Choice != "", "choice", b.Note != "" && len(b.Note) <= MaxNote, "note")
}

func (b *Decide) apply(a *act) {
	c := get[*Case](a, b.Subject())
	switch {
	case c == nil || !a.ours(c.Store):
		a.reject(OpRef{}, why("case_unknown"))
		return
	case c.State == CaseDecided && c.Choice == b.Choice:
		a.duplicate(c.Decided, Reason{})
		return
	case c.State == CaseDecided:
		a.reject(c.Decided, why("decided_before"))
		return
	case !slices.Contains(c.Choices(), b.Choice):
		a.reject(OpRef{}, why("no_such_choice"))
		return
	case a.op.Role == RoleOwner && c.Owner != RoleOwner, a.op.Role == RoleServer && c.Kind != CaseLineage:
		a.reject(OpRef{}, why("not_yours"))
		return
	}
	l := get[*Loan](a, LoanKey(c.Loan))
	if l != nil && b.Choice == ChoosePlain && l.State == LoanReturned && !a.unpacked(l) {
		a.reject(l.Op, why("copy_gone", "state", string(a.whereNow(l))))
		return
	}
	c.State, c.Choice, c.Note, c.Decided = CaseDecided, b.Choice, b.Note, a.op.Ref
	a.put(c)
	if c.Kind == CaseLineage {
		b.thaw(a, c)
	}
	if l != nil && l.Block == c.ID {
		b.unblock(a, c, l)
	}
}

// unblock lets the loan go on as decided. One that has ended meanwhile is only
// marked as free of the case.
func (b *Decide) unblock(a *act, c *Case, l *Loan) {
	l.Block, l.Waits = "", false
	a.put(l)
	switch l.State {
	case LoanOut, LoanLeft, LoanReturned:
	default:
		return
	}
	if b.Choice == ChooseCover {
		b.cover(a, c, l)
	} else {
		b.plain(a, l)
	}
}

// cover gives the loan the slot and the money that it lacks, over the cap if need be.
func (b *Decide) cover(a *act, c *Case, l *Loan) {
	if l.Slot > 0 {
		return
	}
	l.Slot, l.Year = a.overSlot(l.ISBN, string(l.ID), c.ID), a.today().Year()
	if l.Library == "" {
		l.Library = a.allot(l.ISBN)
	}
	a.put(l)
	a.shift(l.Year, l.Paid, 0, 0)
	if l.Resident != "" {
		a.count(l.Resident, l.SoldOn, 1)
	}
	if l.State == LoanReturned {
		a.settleReturn(l, false)
	} else {
		a.claim(l.Resident, l.ISBN, l.Key())
	}
	a.place(l, a.whereNow(l))
}

// plain makes the copy the resident's. One that is already back waits at the store
// for them; money that was paid out for it was not the programme's.
func (b *Decide) plain(a *act, l *Loan) {
	if l.State == LoanOut {
		a.endLoan(l, LoanKept)
		a.place(l, CopyGiven)
		return
	}
	if r := get[*Refund](a, RefundKey(l.ID)); r != nil {
		a.drop(r.Key())
		if r.State == RefundPaid {
			a.shift(l.Year, l.Paid, 0, -l.Paid)
			a.put(&Incident{Loan: l.ID, Payout: r.Payout, Store: l.Store, Amount: max(r.Amount, r.Given), Kind: r.Kind,
				Cancel: r.Cancel, Case: b.Case, Op: r.Op})
		} else {
			a.shift(l.Year, l.Paid, -l.Paid, 0)
			a.open(l.Resident, -1)
		}
	}
	a.endLoan(l, LoanRefused)
	l.FetchBy = a.today().Add(a.policy().FetchDays)
	a.put(l)
}

func (a *act) whereNow(l *Loan) State {
	if c := get[*Copy](a, CopyKey(l.ID)); c != nil {
		return c.State
	}
	return CopyOut
}
