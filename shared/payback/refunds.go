package payback

// The money back: paid once, by whoever holds the right (DESIGN 4.8).

// RefundPaidOut records that money was given back. It is a fact: what should not
// have been paid becomes an incident and a case, never a silence.
type RefundPaidOut struct {
	Loan     LoanID  `json:"loan"`
	Payout   string  `json:"payout"` // names this payout: made by the PC, so that sending twice is one
	Amount   Won     `json:"amount"`
	PayBy    PayKind `json:"kind"`
	Cancel   string  `json:"cancel,omitempty"`   // the card terminal's cancel number
	Override bool    `json:"override,omitempty"` // the owner paid without the right
}

// Kind is refund.
func (*RefundPaidOut) Kind() Kind { return KRefund }

// Act is one a loan and cancel number; without one, a loan and payout. So the
// same cancel typed at two PCs is one payout, and two payments in cash are two.
func (b *RefundPaidOut) Act() string {
	if b.Cancel != "" {
		return "refund/" + string(b.Loan) + "/" + string(b.PayBy) + "/" + b.Cancel
	}
	return "refund/" + string(b.Loan) + "/" + b.Payout
}

// Subject is the refund.
func (b *RefundPaidOut) Subject() Key { return RefundKey(b.Loan) }

// Check bounds the fields.
func (b *RefundPaidOut) Check() Reason {
	return first(idOK(b.Loan), "loan", idOK(b.Payout), "payout", b.Amount > 0 && b.Amount <= MaxAmount, "amount",
		b.PayBy.valid(), "kind", short(32, b.Cancel), "cancel")
}

func (b *RefundPaidOut) apply(a *act) {
	a.want(LoanKey(b.Loan))
	l, r := get[*Loan](a, LoanKey(b.Loan)), get[*Refund](a, b.Subject())
	switch {
	case l == nil && a.op.Told: // the money is out, whatever it was for
		b.incident(a, &Loan{ID: b.Loan}, a.op.Store, OpRef{}, why("loan_unknown"))
	case l == nil:
		a.hold(LoanKey(b.Loan), why("loan_unknown"))
	case !a.mine(l.Store):
		b.incident(a, l, a.op.Store, l.Op, why("refund_other_store", "amount", won(b.Amount)))
	case r != nil && r.State == RefundPaid && (r.Payout == b.Payout || (b.Cancel != "" && r.Cancel == b.Cancel)):
		a.duplicate(r.Op, why("refund_same"))
	case r != nil && r.State == RefundPaid:
		b.incident(a, l, l.Store, r.Op, why("refund_twice", "amount", won(b.Amount)))
	case r != nil:
		b.pay(a, l, r)
	case l.State == LoanOut && !a.op.Told:
		a.hold(b.Subject(), why("refund_before_return"))
	default: // left, refused, kept, void, or its return is lost: nothing is due
		b.incident(a, l, l.Store, l.Op, why("refund_not_due", "state", string(l.State)))
	}
}

// incident keeps a payment that should not have been. Source: DESIGN 4.8; the
// store that paid bears it unless decided otherwise (states: a duplicate payout is
// its loss).
func (b *RefundPaidOut) incident(a *act, l *Loan, by StoreID, other OpRef, r Reason) {
	k := IncidentKey(l.ID, b.Payout)
	if have := get[*Incident](a, k); have != nil {
		a.duplicate(have.Op, Reason{})
		return
	}
	c := a.opened(Case{Kind: CaseRefund, Store: by, Loan: l.ID, Other: other, Reason: r})
	a.put(&Incident{Loan: l.ID, Payout: b.Payout, Store: by, Amount: b.Amount, Kind: b.PayBy, Cancel: b.Cancel, Case: c, Op: a.op.Ref})
}

func (b *RefundPaidOut) pay(a *act, l *Loan, r *Refund) {
	mine := l.Right == DeviceRight(a.op.Device)
	r.State, r.Cancel, r.Payout, r.Device, r.PaidAt, r.Op = RefundPaid, b.Cancel, b.Payout, a.op.Device, a.op.When.Lo, a.op.Ref
	blocked, kind := l.Block != "" || l.Waits, r.Kind
	r.Kind = b.PayBy
	if b.Amount != r.Amount {
		r.Given = b.Amount
	}
	l.Right = RightSpent
	a.put(l, r)
	a.shift(l.Year, 0, -r.Amount, r.Amount)
	a.open(l.Resident, -1)
	switch {
	case b.Amount != r.Amount:
		a.opened(Case{Kind: CaseAmount, Store: l.Store, Loan: l.ID, Other: l.Op,
			Reason: why("refund_amount", "paid", won(b.Amount), "due", won(r.Amount))})
	case blocked:
		a.opened(Case{Kind: CaseRefund, Store: l.Store, Loan: l.ID, Other: l.Op, Reason: why("refund_blocked")})
	case b.Override:
		a.opened(Case{Kind: CaseOverride, Store: l.Store, Loan: l.ID, Reason: why("refund_override", "amount", won(b.Amount))})
	case !mine:
		a.opened(Case{Kind: CaseRefund, Store: l.Store, Loan: l.ID, Other: l.Op, Reason: why("refund_without_right")})
	case a.policy().SameKind && b.PayBy != kind:
		a.opened(Case{Kind: CaseAmount, Store: l.Store, Loan: l.ID, Other: l.Op,
			Reason: why("refund_kind", "paid", string(b.PayBy), "due", string(kind))})
	}
	a.tell(l.Resident, "refunded", l.Request, "title", a.titleName(l.ISBN), "amount", won(b.Amount))
}

// Frozen says why a PC may pay no refund at all now, or nothing: its history is
// broken, and a copy of its disk could pay the same refunds.
func Frozen(d *Device) Reason {
	if d == nil || d.Frozen == "" {
		return Reason{}
	}
	return why("refund_frozen")
}

// MayRefund says why this device may not pay the loan's refund now, or nothing.
// It is asked before the act; afterwards the act is a fact.
func MayRefund(l *Loan, r *Refund, device DeviceID) Reason {
	switch {
	case r != nil && r.State == RefundPaid:
		return why("refund_twice_stop", "amount", won(r.Amount))
	case l.State == LoanLeft:
		return why("refund_left", "by", string(l.DecideBy))
	case r == nil:
		return why("refund_not_due", "state", string(l.State))
	case l.Block != "":
		return why("refund_blocked")
	case l.Waits:
		return why("refund_waits")
	case l.Right != DeviceRight(device):
		return why("refund_elsewhere")
	}
	return Reason{}
}

// GiveRight hands the rights to pay some refunds to the server, at a clean exit.
type GiveRight struct {
	Loans []LoanID `json:"loans"`
	Exit  string   `json:"exit"` // names this exit
}

// Kind is give_right.
func (*GiveRight) Kind() Kind { return KGiveRight }

// Act is one an exit.
func (b *GiveRight) Act() string { return "give_right/" + b.Exit }

// Subject is the first loan.
func (b *GiveRight) Subject() Key {
	if len(b.Loans) == 0 {
		return Key{}
	}
	return LoanKey(b.Loans[0])
}

// Check bounds the fields.
func (b *GiveRight) Check() Reason {
	return first(idOK(b.Exit), "exit", len(b.Loans) >= 1 && len(b.Loans) <= MaxRows && idOK(b.Loans...), "loans")
}

func (b *GiveRight) apply(a *act) {
	for _, id := range b.Loans {
		l := get[*Loan](a, LoanKey(id))
		if l != nil && l.Right == DeviceRight(a.op.Device) {
			l.Right = RightServer
			a.put(l)
		}
	}
}

// GrantRight gives the right to pay a loan's refund to a device of its store.
type GrantRight struct {
	Loan   LoanID   `json:"loan"`
	Device DeviceID `json:"device"`
	From   Right    `json:"from"` // as it was: a grant from elsewhere is void
	After  string   `json:"after"`
}

// Kind is grant_right.
func (*GrantRight) Kind() Kind { return KGrantRight }

// Act is one a loan, device and cause.
func (b *GrantRight) Act() string {
	return "grant_right/" + string(b.Loan) + "/" + string(b.Device) + "/" + b.After
}

// Subject is the loan.
func (b *GrantRight) Subject() Key { return LoanKey(b.Loan) }

// Check bounds the fields.
func (b *GrantRight) Check() Reason {
	return first(idOK(b.Loan), "loan", idOK(b.Device), "device", short(80, b.From), "from", short(400, b.After), "after")
}

func (b *GrantRight) apply(a *act) {
	a.want(DeviceKey(b.Device))
	l, d := get[*Loan](a, b.Subject()), get[*Device](a, DeviceKey(b.Device))
	if l == nil || l.Right != b.From || d == nil || d.State != DeviceEnrolled || d.Frozen != "" || d.Store != l.Store {
		a.reject(OpRef{}, why("moot"))
		return
	}
	l.Right = DeviceRight(b.Device)
	a.put(l)
}
