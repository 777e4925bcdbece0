package payback

import "slices"

// The copy back at the store, or not.

// Faults that a clerk finds at the take-back.
const (
	FaultNoReceipt = "no_receipt"
	FaultWet       = "wet"
	FaultTorn      = "torn"
	FaultWritten   = "written_in"
	FaultMissing   = "part_missing" // a supplement that came with it
	FaultOther     = "other"
)

// Faults lists them in the order in which faces number them.
func Faults() []string {
	return []string{FaultWet, FaultTorn, FaultWritten, FaultMissing, FaultNoReceipt, FaultOther}
}

func faultsOK(fs []string) bool {
	for _, f := range fs {
		if !slices.Contains(Faults(), f) {
			return false
		}
	}
	return len(fs) <= MaxFaults
}

// Return records that the copy is back, in time and in order: the resident gets
// the price and the copy goes to a library.
type Return struct {
	Loan LoanID `json:"loan"`
	Turn int    `json:"turn,omitempty"` // the loan's, so that a return taken back can happen again
}

// Kind is return.
func (*Return) Kind() Kind { return KReturn }

// Act is one a loan and turn.
func (b *Return) Act() string { return "return/" + string(b.Loan) + "/" + num(b.Turn) }

// Subject is the loan.
func (b *Return) Subject() Key { return LoanKey(b.Loan) }

// Check bounds the fields.
func (b *Return) Check() Reason { return first(idOK(b.Loan), "loan", b.Turn >= 0, "turn") }

func (b *Return) apply(a *act) {
	a.want(CopyKey(b.Loan), RefundKey(b.Loan), DistrictKey())
	l := get[*Loan](a, b.Subject())
	if l == nil {
		a.hold(b.Subject(), why("loan_unknown"))
		return
	}
	if !a.mine(l.Store) {
		a.foreign(Case{Loan: l.ID, Other: l.Op})
		return
	}
	a.want(QuotaKey(l.ISBN), BudgetKey(l.Year), SlotKey(l.ISBN, l.Slot))
	switch l.State {
	case LoanOut:
		b.takeBack(a, l)
	case LoanReturned, LoanLeft:
		a.duplicate(l.Op, why("returned_before", "state", string(l.State)))
	case LoanKept:
		b.afterKeep(a, l)
	default:
		a.opened(Case{Kind: CaseReturn, Store: l.Store, Loan: l.ID, Other: l.Op, Reason: why("return_odd", "state", string(l.State))})
	}
}

func (b *Return) takeBack(a *act, l *Loan) {
	if a.byEndOf(l.Due) || a.policy().Late == LateRefund {
		a.returned(l)
		return
	}
	// The clerk's PC took it for in time; the evidence says late. The copy is here:
	// the resident must not be left with nothing, so the office decides.
	a.left(l, []string{})
	a.opened(Case{Kind: CaseLateReturn, Store: l.Store, Loan: l.ID, Reason: why("return_late", "due", string(l.Due))})
}

// afterKeep: the loan was kept meanwhile, by the resident on the web or by time.
// A return that began before, or in doubt, counts; the keep is overridden.
func (b *Return) afterKeep(a *act, l *Loan) {
	if a.op.When.Lo > l.EndedAt {
		a.opened(Case{Kind: CaseKeptReturn, Store: l.Store, Owner: RoleOwner, Loan: l.ID, Other: l.Op, Reason: why("kept_before_return")})
		return
	}
	a.regain(l)
	a.note(why("return_beats_keep"))
	b.takeBack(a, l)
}

// regain takes again what a kept loan gave back: slot and money, its claim, its
// library and the right to pay. Where slot or money are gone, a case says so and
// blocks the refund. A sale that still waits for its request had neither: it gets
// them with the request.
func (a *act) regain(l *Loan) {
	if !l.Waits {
		var block CaseID
		l.Slot, l.Year, block = a.seize(l.ISBN, string(l.ID), l.Paid,
			Case{Kind: CaseOverCap, Store: l.Store, Loan: l.ID, Other: l.Op, Reason: why("over_cap_return")})
		if block != "" {
			l.Block = block
		}
		a.claim(l.Resident, l.ISBN, l.Key())
		a.give(l.ISBN, l.Library, 1)
	}
	if l.Right == RightVoid {
		l.Right = RightServer
		if a.op.Device != "" {
			l.Right = DeviceRight(a.op.Device)
		}
	}
}

// returned ends a loan with a refund: slot used, money due, the copy at the
// store for its library.
func (a *act) returned(l *Loan) {
	a.useSlot(l.ISBN, l.Slot)
	l.State, l.EndedAt, l.DecideBy, l.Op = LoanReturned, a.op.When.Lo, "", a.op.Ref
	if l.Right == RightServer && a.op.Device != "" {
		l.Right = DeviceRight(a.op.Device)
	}
	a.put(l)
	a.shift(l.Year, -l.Paid, l.Paid, 0)
	a.open(l.Resident, 1)
	a.unclaim(l.Resident, l.ISBN, l.Key())
	a.put(&Refund{Loan: l.ID, Store: l.Store, State: RefundDue, Amount: l.Paid, Kind: l.Kind, DueAt: a.op.When.Lo, Op: a.op.Ref})
	a.atStore(l)
	a.unmatched(l)
	a.tell(l.Resident, "returned", l.Request, "title", a.titleName(l.ISBN), "amount", won(l.Paid))
}

// unmatched makes the return of a sale whose number nobody knows somebody's to
// decide: it has neither slot nor money, and may not be refunded before.
func (a *act) unmatched(l *Loan) {
	if !l.Waits || l.Block != "" || a.blind(QuotaKey(l.ISBN)) {
		return
	}
	l.Block = a.opened(Case{Kind: CaseWalkIn, Store: l.Store, Loan: l.ID, Reason: why("number_unknown", "number", l.Number)})
	a.put(l)
}

// atStore says that the loan's copy is at the store, unless it is known to be
// further on: a library's scan can be heard of before the take-back. Then what
// the scan could not do yet is done now.
func (a *act) atStore(l *Loan) {
	c := get[*Copy](a, CopyKey(l.ID))
	if c == nil || c.State == CopyOut || c.State == CopyGiven || c.State == CopyAtStore {
		a.place(l, CopyAtStore)
		return
	}
	if l.State == LoanReturned && (c.State == CopyTaken || c.State == CopyShelved) {
		a.owe(c, "intake")
	}
}

// place says where the loan's copy is.
func (a *act) place(l *Loan, s State) {
	c := get[*Copy](a, CopyKey(l.ID))
	if c == nil {
		c = &Copy{ID: l.ID, ISBN: l.ISBN, Store: l.Store}
	}
	c.Library, c.State, c.Condition, c.Op = l.Library, s, l.Faults, a.op.Ref
	a.put(c)
}

// Leave records that a late or faulty copy stays at the store against a slip
// until the office decides.
type Leave struct {
	Loan   LoanID   `json:"loan"`
	Turn   int      `json:"turn,omitempty"`
	Faults []string `json:"faults,omitempty"`
}

// Kind is leave.
func (*Leave) Kind() Kind { return KLeave }

// Act is one a loan and turn.
func (b *Leave) Act() string { return "leave/" + string(b.Loan) + "/" + num(b.Turn) }

// Subject is the loan.
func (b *Leave) Subject() Key { return LoanKey(b.Loan) }

// Check bounds the fields.
func (b *Leave) Check() Reason {
	return first(idOK(b.Loan), "loan", b.Turn >= 0, "turn", faultsOK(b.Faults), "faults")
}

func (b *Leave) apply(a *act) {
	a.want(CopyKey(b.Loan), DistrictKey())
	l := get[*Loan](a, b.Subject())
	switch {
	case l == nil:
		a.hold(b.Subject(), why("loan_unknown"))
	case !a.mine(l.Store):
		a.foreign(Case{Loan: l.ID, Other: l.Op})
	case l.State == LoanLeft || l.State == LoanReturned:
		a.duplicate(l.Op, why("returned_before", "state", string(l.State)))
	case l.State == LoanKept && a.op.When.Lo <= l.EndedAt:
		a.regain(l)
		a.left(l, b.Faults)
	case l.State == LoanOut:
		a.left(l, b.Faults)
	default:
		a.opened(Case{Kind: CaseReturn, Store: l.Store, Loan: l.ID, Other: l.Op, Reason: why("return_odd", "state", string(l.State))})
	}
}

func (a *act) left(l *Loan, faults []string) {
	p := a.policy()
	l.State, l.Faults, l.EndedAt, l.Op = LoanLeft, faults, a.op.When.Lo, a.op.Ref
	l.DecideBy = a.today().Add(p.DecideDays)
	a.put(l)
	a.atStore(l)
	a.tell(l.Resident, "left", l.Request, "title", a.titleName(l.ISBN), "by", string(l.DecideBy))
}

// Rule decides on a left copy: refund it, or give it back.
type Rule struct {
	Loan   LoanID `json:"loan"`
	Turn   int    `json:"turn,omitempty"`
	Refund bool   `json:"refund"`
	Day    Date   `json:"day,omitempty"` // by the server: the decide-by day, which is over
	Note   string `json:"note,omitempty"`
}

// Kind is rule.
func (*Rule) Kind() Kind { return KRule }

// Act is one a loan and turn.
func (b *Rule) Act() string { return "rule/" + string(b.Loan) + "/" + num(b.Turn) }

// Subject is the loan.
func (b *Rule) Subject() Key { return LoanKey(b.Loan) }

// Check bounds the fields.
func (b *Rule) Check() Reason {
	return first(idOK(b.Loan), "loan", b.Turn >= 0, "turn", short(10, b.Day), "day", short(MaxNote, b.Note), "note")
}

func (b *Rule) apply(a *act) {
	a.want(CopyKey(b.Loan), DistrictKey())
	l := get[*Loan](a, b.Subject())
	if l == nil || l.State != LoanLeft || l.Turn != b.Turn {
		a.reject(OpRef{}, why("moot"))
		return
	}
	if b.Day != "" && (l.DecideBy != b.Day || a.byEndOf(b.Day)) {
		a.reject(l.Op, why("moot"))
		return
	}
	if b.Refund {
		a.returned(l)
		return
	}
	if c := get[*Copy](a, CopyKey(l.ID)); c != nil && c.State != CopyAtStore {
		a.reject(c.Op, why("copy_gone", "state", string(c.State)))
		return
	}
	a.endLoan(l, LoanRefused)
	l.FetchBy = a.today().Add(a.policy().FetchDays)
	a.put(l)
	a.tell(l.Resident, "refused", l.Request, "title", a.titleName(l.ISBN), "by", string(l.FetchBy))
}

// endLoan ends a loan without a refund: slot and money are free again.
func (a *act) endLoan(l *Loan, s State) {
	a.freeSlot(l.ISBN, l.Slot)
	a.shift(l.Year, -l.Paid, 0, 0)
	a.give(l.ISBN, l.Library, -1)
	a.unclaim(l.Resident, l.ISBN, l.Key())
	l.State, l.Slot, l.Right, l.EndedAt, l.Op = s, 0, RightVoid, a.op.When.Lo, a.op.Ref
	a.put(l)
}

// GiveBack records that the resident has fetched a refused copy.
type GiveBack struct {
	Loan LoanID `json:"loan"`
	Turn int    `json:"turn,omitempty"`
}

// Kind is give_back.
func (*GiveBack) Kind() Kind { return KGiveBack }

// Act is one a loan and turn.
func (b *GiveBack) Act() string { return "give_back/" + string(b.Loan) + "/" + num(b.Turn) }

// Subject is the loan.
func (b *GiveBack) Subject() Key { return LoanKey(b.Loan) }

// Check bounds the fields.
func (b *GiveBack) Check() Reason { return first(idOK(b.Loan), "loan", b.Turn >= 0, "turn") }

func (b *GiveBack) apply(a *act) {
	a.want(CopyKey(b.Loan))
	l := get[*Loan](a, b.Subject())
	switch {
	case l == nil:
		a.hold(b.Subject(), why("loan_unknown"))
	case !a.mine(l.Store):
		a.foreign(Case{Loan: l.ID, Other: l.Op})
	case l.State == LoanKept:
		a.duplicate(l.Op, Reason{})
	case l.State == LoanRefused, l.State == LoanGivenUp: // fetched late, and the store still had it
		l.State, l.Op = LoanKept, a.op.Ref
		a.put(l)
		a.place(l, CopyGiven)
	case l.State == LoanReturned && a.refundPaid(l.ID):
		a.opened(Case{Kind: CaseReturn, Store: l.Store, Loan: l.ID, Other: l.Op, Reason: why("given_after_refund")})
	default:
		a.opened(Case{Kind: CaseReturn, Store: l.Store, Loan: l.ID, Other: l.Op, Reason: why("given_odd", "state", string(l.State))})
	}
}

// GiveUp ends the wait for the resident of a refused copy: not fetched in time, it
// is the store's, and nothing is owed. Source: states, edges.
type GiveUp struct {
	Loan LoanID `json:"loan"`
	Turn int    `json:"turn,omitempty"`
	Day  Date   `json:"day"` // the last day to fetch it, which is over
}

// Kind is give_up.
func (*GiveUp) Kind() Kind { return KGiveUp }

// Act is one a loan, turn and day.
func (b *GiveUp) Act() string {
	return "give_up/" + string(b.Loan) + "/" + num(b.Turn) + "/" + string(b.Day)
}

// Subject is the loan.
func (b *GiveUp) Subject() Key { return LoanKey(b.Loan) }

// Check bounds the fields.
func (b *GiveUp) Check() Reason {
	_, err := ParseDate(string(b.Day))
	return first(idOK(b.Loan), "loan", b.Turn >= 0, "turn", err == nil, "day")
}

func (b *GiveUp) apply(a *act) {
	a.want(CopyKey(b.Loan))
	l := get[*Loan](a, b.Subject())
	if l == nil || l.State != LoanRefused || l.Turn != b.Turn || l.FetchBy != b.Day || a.byEndOf(b.Day) {
		a.reject(OpRef{}, why("moot"))
		return
	}
	if c := get[*Copy](a, CopyKey(l.ID)); c != nil && c.State != CopyAtStore {
		a.reject(c.Op, why("copy_gone", "state", string(c.State)))
		return
	}
	l.State, l.Op = LoanGivenUp, a.op.Ref
	a.put(l)
	a.place(l, CopyGivenUp)
	a.tell(l.Resident, "given_up", l.Request, "title", a.titleName(l.ISBN), "store", a.storeName(l.Store))
}

func (a *act) refundPaid(l LoanID) bool {
	r := get[*Refund](a, RefundKey(l))
	return r != nil && r.State == RefundPaid
}

// Keep ends a loan with the copy the resident's own: by choice, or by the server
// some days after the due day.
type Keep struct {
	Loan LoanID `json:"loan"`
	Turn int    `json:"turn,omitempty"`
	Day  Date   `json:"day,omitempty"` // by the server: the day when the loan became kept
}

// Kind is keep.
func (*Keep) Kind() Kind { return KKeep }

// Act is one a loan and turn.
func (b *Keep) Act() string { return "keep/" + string(b.Loan) + "/" + num(b.Turn) }

// Subject is the loan.
func (b *Keep) Subject() Key { return LoanKey(b.Loan) }

// Check bounds the fields.
func (b *Keep) Check() Reason {
	return first(idOK(b.Loan), "loan", b.Turn >= 0, "turn", short(10, b.Day), "day")
}

func (b *Keep) apply(a *act) {
	a.want(CopyKey(b.Loan))
	l := get[*Loan](a, b.Subject())
	switch {
	case l == nil:
		a.hold(b.Subject(), why("loan_unknown"))
		return
	case !a.mine(l.Store):
		a.reject(OpRef{}, why("not_yours"))
		return
	case l.State == LoanKept:
		a.duplicate(l.Op, Reason{})
		return
	case l.State != LoanOut || l.Turn != b.Turn:
		a.reject(l.Op, why("is_now", "state", string(l.State)))
		return
	case b.Day != "" && (l.Due.Add(a.policy().KeptAfterDays) != b.Day || a.byEndOf(b.Day)):
		a.reject(l.Op, why("moot"))
		return
	}
	if c := get[*Copy](a, CopyKey(l.ID)); c != nil && c.State != CopyOut {
		a.reject(c.Op, why("copy_gone", "state", string(c.State))) // a library has it: its return is on the way
		return
	}
	a.endLoan(l, LoanKept)
	a.place(l, CopyGiven)
	a.tell(l.Resident, "kept", l.Request, "title", a.titleName(l.ISBN))
}
