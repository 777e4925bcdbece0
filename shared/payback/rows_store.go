package payback

import "strconv"

// Stock is how many copies of a title a store has to sell, and how it knows.
type Stock struct {
	Store  StoreID     `json:"store"`
	ISBN   ISBN        `json:"isbn"`
	N      int         `json:"n"`               // copies in the shop, those set aside included
	Aside  []RequestID `json:"aside,omitempty"` // whom copies are set aside for, oldest first
	Source string      `json:"source,omitempty"`
	AsOf   int64       `json:"as_of"` // when it was last counted or changed, UTC ms
	// CountedAt is when all copies were last counted, UTC ms: what happened before
	// is in that figure already, however late it is heard of.
	CountedAt int64 `json:"counted_at,omitempty"`
}

// StockKey is the key of a store's stock of a title.
func StockKey(s StoreID, i ISBN) Key { return Key{TStock, string(s) + "/" + string(i)} }

// Key returns the row's key.
func (s *Stock) Key() Key { return StockKey(s.Store, s.ISBN) }

// Bucket returns the store's bucket.
func (s *Stock) Bucket() Bucket { return StoreBucket(s.Store) }
func (s *Stock) clone() Row     { c := *s; return &c }

// Free is the number of copies that are not set aside for anybody.
func (s *Stock) Free() int {
	if s == nil {
		return 0
	}
	return max(0, s.N-len(s.Aside))
}

// State is where a request, reservation, loan, refund, copy, transfer, line, slot,
// case or device stands. Each row's states are listed at its constants.
type State string

// States of a Request.
const (
	Placed    State = "placed"
	Accepted  State = "accepted"
	Ordered   State = "ordered"
	Ready     State = "ready"
	Sold      State = "sold"
	Declined  State = "declined"
	Cancelled State = "cancelled"
	NoShow    State = "no_show"
	Expired   State = "expired"
)

// Request is a resident's claim on one copy of a title at a store, from placing
// to its end.
type Request struct {
	ID       RequestID  `json:"id"`
	Resident ResidentID `json:"resident"`
	ISBN     ISBN       `json:"isbn"`
	Store    StoreID    `json:"store"`
	Assign   int        `json:"assign"` // which store in turn, from 1
	State    State      `json:"state"`
	Asked    bool       `json:"asked,omitempty"` // the resident was told that the store is silent
	Number   string     `json:"number"`          // pick-up number, four digits, unique at the store
	CardTag  string     `json:"card_tag,omitempty"`
	Library  LibraryID  `json:"library,omitempty"` // where the copy will go
	Slot     int        `json:"slot,omitempty"`    // 0 = none held
	Reserved Won        `json:"reserved,omitempty"`
	Year     string     `json:"year,omitempty"`  // the budget that holds its money
	Price    Won        `json:"price,omitempty"` // list price; 0 = not known yet
	PlacedAt int64      `json:"placed_at"`       // UTC ms
	PlacedOn Date       `json:"placed_on"`       // the day in whose month and year it counts
	AskOn    Date       `json:"ask_on,omitempty"`
	EndsOn   Date       `json:"ends_on,omitempty"` // placed: unanswered; declined: kept until; accepted, ready: fetch until
	ReadyBy  Date       `json:"ready_by,omitempty"`
	Hold     int        `json:"hold,omitempty"` // number on the hold shelf
	Reason   string     `json:"reason,omitempty"`
	Loan     LoanID     `json:"loan,omitempty"`
	Case     CaseID     `json:"case,omitempty"`
	Was      State      `json:"was,omitempty"`  // state before, for taking the last act back
	Turn     int        `json:"turn,omitempty"` // how often an act on it was taken back
	Op       OpRef      `json:"op,omitzero"`    // the op that put it into this state
}

// RequestKey is the key of a request.
func RequestKey(id RequestID) Key { return Key{TRequest, string(id)} }

// Key returns the row's key.
func (r *Request) Key() Key { return RequestKey(r.ID) }

// Bucket returns the bucket of the store that it stands with now.
func (r *Request) Bucket() Bucket { return StoreBucket(r.Store) }
func (r *Request) clone() Row     { c := *r; return &c }

// Open says that the request can still lead to a sale.
func (r *Request) Open() bool {
	switch r.State {
	case Placed, Accepted, Ordered, Ready, Declined:
		return true
	}
	return false
}

// Waiting says that a copy is at the store for the resident to fetch.
func (r *Request) Waiting() bool { return r.State == Accepted || r.State == Ready }

// States of a Loan.
const (
	LoanOut      State = "out"
	LoanLeft     State = "left"
	LoanReturned State = "returned"
	LoanRefused  State = "refused"
	LoanKept     State = "kept"
	LoanGivenUp  State = "given_up" // refused, and not fetched in time: the copy is the store's
	LoanVoid     State = "void"     // its sale was taken back, or it was the second of one request
)

// PayKind is how a copy was paid for.
type PayKind string

// The kinds of payment.
const (
	ByCard  PayKind = "card"
	ByCash  PayKind = "cash"
	ByLocal PayKind = "local" // the town's own payment app
)

// Right says who may pay a loan's refund: "device/<id>", RightServer or RightVoid.
type Right string

// The rights that are no device's.
const (
	RightServer Right = "server"
	RightVoid   Right = "void"
	RightSpent  Right = "spent"
)

// DeviceRight is the right held by a device.
func DeviceRight(d DeviceID) Right { return Right("device/" + d) }

// Loan is the paid copy from sale until returned or kept.
type Loan struct {
	ID       LoanID     `json:"id"`
	Request  RequestID  `json:"request,omitempty"` // "" for a walk-in or a number not yet matched
	Number   string     `json:"number,omitempty"`
	Resident ResidentID `json:"resident,omitempty"`
	ISBN     ISBN       `json:"isbn"`
	Store    StoreID    `json:"store"`
	Library  LibraryID  `json:"library,omitempty"`
	State    State      `json:"state"`
	SoldAt   int64      `json:"sold_at"` // UTC ms
	SoldOn   Date       `json:"sold_on"`
	Paid     Won        `json:"paid"`
	List     Won        `json:"list,omitempty"`
	Kind     PayKind    `json:"kind"`
	Approval string     `json:"approval,omitempty"` // the card terminal's number, never a card number
	Due      Date       `json:"due"`                // last day, whole
	CardTag  string     `json:"card_tag,omitempty"`
	Slot     int        `json:"slot,omitempty"`
	Year     string     `json:"year,omitempty"`  // the budget that holds its money
	Waits    bool       `json:"waits,omitempty"` // slot and money not given yet
	Block    CaseID     `json:"block,omitempty"` // no refund until this case is decided
	Right    Right      `json:"right"`
	Faults   []string   `json:"faults,omitempty"`
	DecideBy Date       `json:"decide_by,omitempty"`
	FetchBy  Date       `json:"fetch_by,omitempty"`
	Turn     int        `json:"turn,omitempty"` // how often a return was taken back
	EndedAt  int64      `json:"ended_at,omitempty"`
	Op       OpRef      `json:"op,omitzero"`
}

// LoanKey is the key of a loan.
func LoanKey(id LoanID) Key { return Key{TLoan, string(id)} }

// Key returns the row's key.
func (l *Loan) Key() Key { return LoanKey(l.ID) }

// Bucket returns the store's bucket.
func (l *Loan) Bucket() Bucket { return StoreBucket(l.Store) }
func (l *Loan) clone() Row     { c := *l; return &c }

// LateOn says that the loan is still out after its due day: a view, not a state.
func (l *Loan) LateOn(today Date) bool { return l.State == LoanOut && today > l.Due }

// States of a Refund.
const (
	RefundDue  State = "due"
	RefundPaid State = "paid"
)

// Refund is the money back to the resident; at most one a loan, whose id it has.
type Refund struct {
	Loan   LoanID   `json:"loan"`
	Store  StoreID  `json:"store"`
	State  State    `json:"state"`
	Amount Won      `json:"amount"`
	Given  Won      `json:"given,omitempty"`  // what was paid out, where that is another amount
	Kind   PayKind  `json:"kind"`             // paid out by; while due: how the copy was paid for
	Cancel string   `json:"cancel,omitempty"` // the card terminal's cancel number
	Payout string   `json:"payout,omitempty"` // which payout paid it
	Device DeviceID `json:"device,omitempty"`
	DueAt  int64    `json:"due_at"`
	PaidAt int64    `json:"paid_at,omitempty"`
	Op     OpRef    `json:"op,omitzero"`
}

// RefundKey is the key of a loan's refund.
func RefundKey(id LoanID) Key { return Key{TRefund, string(id)} }

// Key returns the row's key.
func (r *Refund) Key() Key { return RefundKey(r.Loan) }

// Bucket returns the store's bucket.
func (r *Refund) Bucket() Bucket { return StoreBucket(r.Store) }
func (r *Refund) clone() Row     { c := *r; return &c }

// Incident is money paid out that should not have been: a second refund, or one
// that nothing was due for. The store's loss until somebody decides otherwise.
type Incident struct {
	Loan   LoanID  `json:"loan"`
	Payout string  `json:"payout"`
	Store  StoreID `json:"store"`
	Amount Won     `json:"amount"`
	Kind   PayKind `json:"kind"`
	Cancel string  `json:"cancel,omitempty"`
	Case   CaseID  `json:"case"`
	Op     OpRef   `json:"op,omitzero"`
}

// IncidentKey is the key of the incident that a payout made.
func IncidentKey(l LoanID, payout string) Key { return Key{TIncident, string(l) + "/" + payout} }

// Key returns the row's key.
func (i *Incident) Key() Key { return IncidentKey(i.Loan, i.Payout) }

// Bucket returns the store's bucket.
func (i *Incident) Bucket() Bucket { return StoreBucket(i.Store) }
func (i *Incident) clone() Row     { c := *i; return &c }

// States of a Copy. A copy on the shop's shelf or set aside has no row: it is
// one of Stock.N; it gets its own row when it is sold.
const (
	CopyOut     State = "out"
	CopyAtStore State = "at_store"
	CopyInBox   State = "in_box"
	CopyHanded  State = "handed_over"
	CopyTaken   State = "taken_in"
	CopyMissing State = "missing"
	CopyLost    State = "lost"
	CopyShelved State = "shelved"
	CopyGiven   State = "given"    // it is the resident's
	CopyGivenUp State = "given_up" // it is the store's: nobody fetched it
)

// Copy is where one sold volume is.
type Copy struct {
	ID        CopyID     `json:"id"`
	ISBN      ISBN       `json:"isbn"`
	Store     StoreID    `json:"store"`
	Library   LibraryID  `json:"library,omitempty"`
	State     State      `json:"state"`
	Transfer  TransferID `json:"transfer,omitempty"`
	Condition []string   `json:"condition,omitempty"` // faults seen at the take-back
	Accession string     `json:"accession,omitempty"` // the library's own number
	Line      LineID     `json:"line,omitempty"`
	Turn      int        `json:"turn,omitempty"` // how often it was taken out of a box
	Op        OpRef      `json:"op,omitzero"`
}

// CopyKey is the key of a copy.
func CopyKey(id CopyID) Key { return Key{TCopy, string(id)} }

// Key returns the row's key.
func (c *Copy) Key() Key { return CopyKey(c.ID) }

// Bucket returns the store's bucket.
func (c *Copy) Bucket() Bucket { return StoreBucket(c.Store) }
func (c *Copy) clone() Row     { d := *c; return &d }

// States of a Transfer.
const (
	TransferOpen   State = "open"
	TransferClosed State = "closed"
	TransferHanded State = "handed_over"
	TransferTaken  State = "taken_in"
)

// Transfer is a box of copies from a store to a library.
type Transfer struct {
	ID       TransferID `json:"id"`
	Store    StoreID    `json:"store"`
	Library  LibraryID  `json:"library"`
	Box      int        `json:"box"`    // the box's number at the store
	Serial   int        `json:"serial"` // how many boxes the store had begun, for people
	State    State      `json:"state"`
	Copies   []CopyID   `json:"copies,omitempty"`
	Taken    []CopyID   `json:"taken,omitempty"` // those that the library has scanned
	HandedAt int64      `json:"handed_at,omitempty"`
	Taker    string     `json:"taker,omitempty"` // code of who took it, never a name
	LateOn   Date       `json:"late_on,omitempty"`
	Turn     int        `json:"turn,omitempty"` // how often closing or hand-over was taken back
	Op       OpRef      `json:"op,omitzero"`
}

// TransferKey is the key of a transfer.
func TransferKey(id TransferID) Key { return Key{TTransfer, string(id)} }

// Key returns the row's key.
func (t *Transfer) Key() Key { return TransferKey(t.ID) }

// Bucket returns the store's bucket.
func (t *Transfer) Bucket() Bucket { return StoreBucket(t.Store) }
func (t *Transfer) clone() Row     { c := *t; return &c }

// States of a settlement Line.
const (
	LineOwed      State = "owed"
	LineContested State = "contested"
	LineApproved  State = "approved"
	LinePaid      State = "paid"
)

// Line is one line of what the district owes a store.
type Line struct {
	ID       LineID    `json:"id"`
	Store    StoreID   `json:"store"`
	Library  LibraryID `json:"library,omitempty"`
	Loan     LoanID    `json:"loan"`
	ISBN     ISBN      `json:"isbn"`
	State    State     `json:"state"`
	Amount   Won       `json:"amount"` // negative on a correction that takes back
	List     Won       `json:"list,omitempty"`
	Refunded Won       `json:"refunded,omitempty"`
	Cause    string    `json:"cause"` // intake, write_off, correction
	Corrects LineID    `json:"corrects,omitempty"`
	OwedOn   Date      `json:"owed_on"`
	PayBy    Date      `json:"pay_by,omitempty"` // expected
	First    string    `json:"first,omitempty"`  // pseudonym of the first of two approvers
	Note     string    `json:"note,omitempty"`   // why contested or corrected
	Payment  string    `json:"payment,omitempty"`
	Op       OpRef     `json:"op,omitzero"`
}

// Key returns the row's key.
func (l *Line) Key() Key { return Key{TLine, string(l.ID)} }

// Bucket returns the store's bucket.
func (l *Line) Bucket() Bucket { return StoreBucket(l.Store) }
func (l *Line) clone() Row     { c := *l; return &c }

// States of a Case.
const (
	CaseOpen    State = "open"
	CaseDecided State = "decided"
)

// Case is something that a person must decide, with the facts and the choices.
type Case struct {
	ID       CaseID    `json:"id"`
	Kind     CaseKind  `json:"kind"`
	Store    StoreID   `json:"store"`
	Owner    Role      `json:"owner"` // who decides
	State    State     `json:"state"`
	Reason   Reason    `json:"reason"`
	Request  RequestID `json:"request,omitempty"`
	Loan     LoanID    `json:"loan,omitempty"`
	Copy     CopyID    `json:"copy,omitempty"`
	Line     LineID    `json:"line,omitempty"`
	Device   DeviceID  `json:"device,omitempty"` // the PC that it is about
	OpenedAt int64     `json:"opened_at"`
	Op       OpRef     `json:"op,omitzero"`    // the op that opened it
	Other    OpRef     `json:"other,omitzero"` // the op it met
	Choice   Choice    `json:"choice,omitempty"`
	Note     string    `json:"note,omitempty"`
	Decided  OpRef     `json:"decided,omitzero"`
}

// CaseKey is the key of a case.
func CaseKey(id CaseID) Key { return Key{TCase, string(id)} }

// Key returns the row's key.
func (c *Case) Key() Key { return CaseKey(c.ID) }

// Bucket returns the store's bucket.
func (c *Case) Bucket() Bucket { return StoreBucket(c.Store) }
func (c *Case) clone() Row     { d := *c; return &d }

// States of a Device.
const (
	DeviceEnrolled State = "enrolled"
	DeviceRevoked  State = "revoked"
)

// Device is one enrolled installation at a store.
type Device struct {
	ID        DeviceID `json:"id"`
	Store     StoreID  `json:"store"`
	Label     string   `json:"label"`
	State     State    `json:"state"`
	PublicKey string   `json:"public_key"` // Ed25519, base64url
	Since     int64    `json:"since"`
	Frozen    CaseID   `json:"frozen,omitempty"`     // its history is broken: it pays no refund until this case is decided
	Missing   RunID    `json:"missing,omitempty"`    // whose ops it waits for
	MissingTo uint64   `json:"missing_to,omitempty"` // up to this one
	Op        OpRef    `json:"op,omitzero"`
}

// DeviceKey is the key of a device.
func DeviceKey(id DeviceID) Key { return Key{TDevice, string(id)} }

// Key returns the row's key.
func (d *Device) Key() Key { return DeviceKey(d.ID) }

// Bucket returns the store's bucket.
func (d *Device) Bucket() Bucket { return StoreBucket(d.Store) }
func (d *Device) clone() Row     { c := *d; return &c }

// Clerk is someone who acts at a store; the name is a person's and stands elsewhere.
type Clerk struct {
	ID    ClerkID `json:"id"`
	Store StoreID `json:"store"`
	Owner bool    `json:"owner,omitempty"`
	Gone  bool    `json:"gone,omitempty"`
	PIN   string  `json:"pin,omitempty"` // argon2id, so that any PC of the store can check it offline
}

// Key returns the row's key.
func (c *Clerk) Key() Key { return Key{TClerk, string(c.ID)} }

// Bucket returns the store's bucket.
func (c *Clerk) Bucket() Bucket { return StoreBucket(c.Store) }
func (c *Clerk) clone() Row     { d := *c; return &d }

// CopyLine is the id of the settlement line for a copy; n counts its corrections.
func CopyLine(c CopyID, n int) LineID {
	if n == 0 {
		return LineID(c)
	}
	return LineID(string(c) + "+" + strconv.Itoa(n))
}
