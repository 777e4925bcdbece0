package payback

// What the district owes a store, line by line. Corrections are new lines.

// PayByDays is the number of days in which an owed line is expected to be paid.
const PayByDays = 30

// owe writes the settlement line of a copy that came to a library or was lost
// after a signed hand-over. Default amount: what was refunded (DESIGN states).
func (a *act) owe(c *Copy, cause string) {
	id := CopyLine(c.ID, 0)
	a.want(Key{TLine, string(id)}, RefundKey(c.ID))
	if get[*Line](a, Key{TLine, string(id)}) != nil {
		return
	}
	l := get[*Loan](a, LoanKey(c.ID))
	if l == nil {
		return
	}
	amount := l.Paid * Won(a.policy().ContractRate) / 100
	a.put(&Line{ID: id, Store: c.Store, Library: c.Library, Loan: c.ID, ISBN: c.ISBN, State: LineOwed, Amount: amount,
		List: l.List, Refunded: l.Paid, Cause: cause, OwedOn: a.today(), PayBy: a.today().Add(PayByDays), Op: a.op.Ref})
	c.Line = id
	a.put(c)
}

// found reverses a write-off: the copy came after all. The store keeps its line;
// the correction of nought says so in the books.
func (a *act) found(c *Copy) {
	id := CopyLine(c.ID, 1)
	a.put(&Line{ID: id, Store: c.Store, Library: c.Library, Loan: c.ID, ISBN: c.ISBN, State: LineOwed, Cause: "correction",
		Corrects: c.Line, OwedOn: a.today(), Note: "found", Op: a.op.Ref})
}

// Contest says that a store does not agree with a line.
type Contest struct {
	Line LineID `json:"line"`
	Note string `json:"note"`
}

// Kind is contest.
func (*Contest) Kind() Kind { return KContest }

// Act is one a line.
func (b *Contest) Act() string { return "contest/" + string(b.Line) }

// Subject is the line.
func (b *Contest) Subject() Key { return Key{TLine, string(b.Line)} }

// Check bounds the fields.
func (b *Contest) Check() Reason {
	return first(idOK(b.Line), "line", b.Note != "" && len(b.Note) <= MaxNote, "note")
}

func (b *Contest) apply(a *act) {
	l := get[*Line](a, b.Subject())
	switch {
	case l == nil || !a.ours(l.Store):
		a.reject(OpRef{}, why("line_unknown"))
	case l.State == LineContested:
		a.duplicate(l.Op, Reason{})
	case l.State != LineOwed:
		a.reject(l.Op, why("is_now", "state", string(l.State)))
	default:
		l.State, l.Note, l.First, l.Op = LineContested, b.Note, "", a.op.Ref
		a.put(l)
	}
}

// Approve says that the district agrees to pay lines. Where two persons must
// agree, the first approval is kept and the second, by another officer, counts.
type Approve struct {
	Lines []LineID `json:"lines"`
	Batch string   `json:"batch"`
}

// Kind is approve.
func (*Approve) Kind() Kind { return KApprove }

// Act is one a batch.
func (b *Approve) Act() string { return "approve/" + b.Batch }

// Subject is the first line.
func (b *Approve) Subject() Key { return firstLine(b.Lines) }

// Check bounds the fields.
func (b *Approve) Check() Reason {
	return first(idOK(b.Batch), "batch", len(b.Lines) >= 1 && len(b.Lines) <= MaxRows && idOK(b.Lines...), "lines")
}

func firstLine(ids []LineID) Key {
	if len(ids) == 0 {
		return Key{}
	}
	return Key{TLine, string(ids[0])}
}

func (b *Approve) apply(a *act) {
	p, done := a.policy(), 0
	for _, id := range b.Lines {
		l := get[*Line](a, Key{TLine, string(id)})
		if l == nil || (l.State != LineOwed && l.State != LineContested) || l.First == a.op.By {
			continue
		}
		if p.TwoPerson && l.First == "" {
			l.First = a.op.By
		} else {
			l.State = LineApproved
		}
		l.Op = a.op.Ref
		a.put(l)
		done++
	}
	if done == 0 {
		a.reject(OpRef{}, why("approve_none"))
	}
}

// Pay records that approved lines were paid to the store.
type Pay struct {
	Lines   []LineID `json:"lines"`
	Payment string   `json:"payment"` // the bank's reference
}

// Kind is pay.
func (*Pay) Kind() Kind { return KPay }

// Act is one a payment.
func (b *Pay) Act() string { return "pay/" + b.Payment }

// Subject is the first line.
func (b *Pay) Subject() Key { return firstLine(b.Lines) }

// Check bounds the fields.
func (b *Pay) Check() Reason {
	return first(idOK(b.Payment), "payment", len(b.Lines) >= 1 && len(b.Lines) <= MaxRows && idOK(b.Lines...), "lines")
}

func (b *Pay) apply(a *act) {
	var odd Reason
	var about *Line
	for _, id := range b.Lines {
		l := get[*Line](a, Key{TLine, string(id)})
		switch {
		case l == nil:
			a.hold(Key{TLine, string(id)}, why("line_unknown"))
			return
		case l.State == LinePaid && l.Payment == b.Payment:
			continue
		case l.State == LinePaid:
			odd, about = why("paid_twice"), l
			continue
		case l.State != LineApproved && about == nil:
			odd, about = why("paid_unapproved"), l
		}
		l.State, l.Payment, l.Op = LinePaid, b.Payment, a.op.Ref
		a.put(l)
		if y := l.OwedOn.Year(); y != "" && !a.blind(BudgetKey(y)) {
			bud := a.budget(y)
			bud.Settled += l.Amount
			a.put(bud)
		}
	}
	if about != nil {
		a.opened(Case{Kind: CaseAmount, Store: about.Store, Line: about.ID, Other: about.Op, Reason: odd})
	}
}

// Correct adds a line that corrects another.
type Correct struct {
	Line     LineID `json:"line"` // the new line
	Corrects LineID `json:"corrects"`
	Amount   Won    `json:"amount"` // the difference, negative to take back
	Note     string `json:"note"`
}

// Kind is correct.
func (*Correct) Kind() Kind { return KCorrect }

// Act is one a new line.
func (b *Correct) Act() string { return "correct/" + string(b.Line) }

// Subject is the corrected line.
func (b *Correct) Subject() Key { return Key{TLine, string(b.Corrects)} }

// Check bounds the fields.
func (b *Correct) Check() Reason {
	return first(idOK(b.Line, b.Corrects), "line", b.Amount >= -MaxAmount && b.Amount <= MaxAmount, "amount",
		b.Note != "" && len(b.Note) <= MaxNote, "note")
}

func (b *Correct) apply(a *act) {
	old, made := get[*Line](a, b.Subject()), get[*Line](a, Key{TLine, string(b.Line)})
	switch {
	case made != nil:
		a.duplicate(made.Op, Reason{})
	case old == nil:
		a.hold(b.Subject(), why("line_unknown"))
	default:
		a.put(&Line{ID: b.Line, Store: old.Store, Library: old.Library, Loan: old.Loan, ISBN: old.ISBN, State: LineOwed,
			Amount: b.Amount, Cause: "correction", Corrects: old.ID, OwedOn: a.today(), PayBy: a.today().Add(PayByDays),
			Note: b.Note, Op: a.op.Ref})
	}
}
