package payback

import "slices"

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
	CasePoison     CaseKind = "poison"      // an op that can't be read
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
			return []Choice{ChooseCover, ChoosePlain, ChooseNoted}
		}
	}
	return []Choice{ChooseNoted}
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
	case a.op.Role == RoleOwner && c.Owner != RoleOwner:
		a.reject(OpRef{}, why("not_yours"))
		return
	}
	c.State, c.Choice, c.Note, c.Decided = CaseDecided, b.Choice, b.Note, a.op.Ref
	a.put(c)
	if l := get[*Loan](a, LoanKey(c.Loan)); l != nil && l.Block == c.ID {
		b.unblock(a, c, l)
	}
}

func (b *Decide) unblock(a *act, c *Case, l *Loan) {
	switch b.Choice {
	case ChooseCover:
		l.Block, l.Waits = "", false
		if l.Slot == 0 {
			l.Slot, l.Year = a.overSlot(l.ISBN, string(l.ID), c.ID), a.today().Year()
			l.Library = a.allot(l.ISBN)
			paid := l.Paid
			if l.State == LoanReturned {
				a.shift(l.Year, 0, paid, 0)
				a.useSlot(l.ISBN, l.Slot)
			} else {
				a.shift(l.Year, paid, 0, 0)
			}
			a.place(l, a.whereNow(l))
		}
		a.put(l)
	case ChoosePlain:
		l.Block, l.Waits = "", false
		if l.State == LoanOut {
			a.endLoan(l, LoanKept)
			a.place(l, CopyGiven)
			return
		}
		// Already back at the store: it waits there for its resident.
		a.drop(RefundKey(l.ID))
		a.endLoan(l, LoanRefused)
		l.FetchBy = a.today().Add(a.policy().FetchDays)
		a.put(l)
	}
}

func (a *act) whereNow(l *Loan) State {
	if c := get[*Copy](a, CopyKey(l.ID)); c != nil {
		return c.State
	}
	return CopyOut
}
