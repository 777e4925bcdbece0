package payback

import "fmt"

// Resident is a registered library member, by pseudonym.
type Resident struct {
	ID      ResidentID `json:"id"`
	CardTag string     `json:"card_tag,omitempty"` // keyed hash of the card number, the server's
	Blocked bool       `json:"blocked,omitempty"`
	Barred  Date       `json:"barred,omitempty"` // no requests up to and on this day
	Reason  string     `json:"reason,omitempty"`
	Open    int        `json:"open,omitempty"`  // open requests, loans and refunds
	Erase   bool       `json:"erase,omitempty"` // to be erased as soon as nothing is open
	Erased  bool       `json:"erased,omitempty"`
}

// ResidentKey is the key of a resident.
func ResidentKey(id ResidentID) Key { return Key{TResident, string(id)} }

// Key returns the row's key.
func (r *Resident) Key() Key { return ResidentKey(r.ID) }

// Bucket returns the server's own.
func (*Resident) Bucket() Bucket { return BucketServer }
func (r *Resident) clone() Row   { c := *r; return &c }

// States of a Reservation.
const (
	Waiting State = "waiting"
	Offered State = "offered"
	Taken   State = "taken"
	Ended   State = "ended"
)

// Reservation is a place in the waiting line for a title.
type Reservation struct {
	ID       ReservationID `json:"id"`
	Resident ResidentID    `json:"resident"`
	ISBN     ISBN          `json:"isbn"`
	Stores   []StoreID     `json:"stores,omitempty"` // where the resident would fetch it
	State    State         `json:"state"`
	Since    int64         `json:"since"`   // UTC ms
	EndsOn   Date          `json:"ends_on"` // waiting: the place ends; offered: the offer ends
	Slot     int           `json:"slot,omitempty"`
	Reserved Won           `json:"reserved,omitempty"`
	Year     string        `json:"year,omitempty"`
	Request  RequestID     `json:"request,omitempty"`
	Op       OpRef         `json:"op,omitzero"`
}

// ReservationKey is the key of a reservation.
func ReservationKey(id ReservationID) Key { return Key{TReservation, string(id)} }

// Key returns the row's key.
func (r *Reservation) Key() Key { return ReservationKey(r.ID) }

// Bucket returns the server's own.
func (*Reservation) Bucket() Bucket { return BucketServer }
func (r *Reservation) clone() Row   { c := *r; return &c }

// Quota is what a district has given away of a title's slots, and who waits.
type Quota struct {
	ISBN  ISBN              `json:"isbn"`
	Held  []int             `json:"held,omitempty"`  // slot numbers that are taken or used, rising
	Line  []ReservationID   `json:"line,omitempty"`  // waiting, first come first
	Given map[LibraryID]int `json:"given,omitempty"` // copies on their way to or at each library
}

// QuotaKey is the key of a title's quota.
func QuotaKey(i ISBN) Key { return Key{TQuota, string(i)} }

// Key returns the row's key.
func (q *Quota) Key() Key { return QuotaKey(q.ISBN) }

// Bucket returns the server's own.
func (*Quota) Bucket() Bucket { return BucketServer }
func (q *Quota) clone() Row   { c := *q; return &c }

// Lowest returns the lowest slot number that nobody holds, from 1.
func (q *Quota) Lowest() int {
	n := 1
	for _, h := range q.Held {
		if h != n {
			break
		}
		n++
	}
	return n
}

// States of a Slot.
const (
	SlotTaken State = "taken"
	SlotUsed  State = "used"
	SlotFreed State = "freed"
)

// Slot is one of the N copies of a title that a district may take. A slot beyond
// the cap can only exist with a case (the database holds this too).
type Slot struct {
	ISBN  ISBN   `json:"isbn"`
	N     int    `json:"n"`   // from 1
	Cap   int    `json:"cap"` // when it was taken
	State State  `json:"state"`
	Case  CaseID `json:"case,omitempty"`
	For   string `json:"for,omitempty"` // the request, reservation or loan that holds it
}

// SlotKey is the key of slot n of a title.
func SlotKey(i ISBN, n int) Key { return Key{TSlot, fmt.Sprintf("%s/%d", i, n)} }

// Key returns the row's key.
func (s *Slot) Key() Key { return SlotKey(s.ISBN, s.N) }

// Bucket returns the server's own.
func (*Slot) Bucket() Bucket { return BucketServer }
func (s *Slot) clone() Row   { c := *s; return &c }

// Tally counts what a resident placed in a month ("2006-01") or year ("2006").
type Tally struct {
	Resident ResidentID `json:"resident"`
	Period   string     `json:"period"`
	N        int        `json:"n"`
}

// TallyKey is the key of a resident's tally in a period.
func TallyKey(r ResidentID, period string) Key { return Key{TTally, string(r) + "/" + period} }

// Key returns the row's key.
func (t *Tally) Key() Key { return TallyKey(t.Resident, t.Period) }

// Bucket returns the server's own.
func (*Tally) Bucket() Bucket { return BucketServer }
func (t *Tally) clone() Row   { c := *t; return &c }

// Budget is the district's money in one year, by what it is held for.
type Budget struct {
	Year     string `json:"year"`
	Reserved Won    `json:"reserved"` // for open requests, offers and loans
	Due      Won    `json:"due"`      // to residents
	Paid     Won    `json:"paid"`     // by stores, so owed to them
	Settled  Won    `json:"settled"`  // of Paid, what the district has paid the stores
}

// BudgetKey is the key of a year's budget.
func BudgetKey(year string) Key { return Key{TBudget, year} }

// Key returns the row's key.
func (b *Budget) Key() Key { return BudgetKey(b.Year) }

// Bucket returns the server's own.
func (*Budget) Bucket() Bucket { return BucketServer }
func (b *Budget) clone() Row   { c := *b; return &c }

// Used is all the money that is no longer free.
func (b *Budget) Used() Won { return b.Reserved + b.Due + b.Paid }

// Claim is a resident's one open request, reservation or loan for a title. A late
// fact can add another, such as the sale of a request that had ended before the
// resident asked again.
type Claim struct {
	Resident ResidentID `json:"resident"`
	ISBN     ISBN       `json:"isbn"`
	For      Key        `json:"for"`
	Also     []Key      `json:"also,omitempty"` // what late facts added
}

// ClaimKey is the key of a resident's claim on a title.
func ClaimKey(r ResidentID, i ISBN) Key { return Key{TClaim, string(r) + "/" + string(i)} }

// Key returns the row's key.
func (c *Claim) Key() Key { return ClaimKey(c.Resident, c.ISBN) }

// Bucket returns the server's own.
func (*Claim) Bucket() Bucket { return BucketServer }
func (c *Claim) clone() Row   { d := *c; return &d }

// Pickup finds the request, or the loan still without one, by the store's
// pick-up number.
type Pickup struct {
	Store   StoreID   `json:"store"`
	Number  string    `json:"number"`
	Request RequestID `json:"request,omitempty"`
	Loan    LoanID    `json:"loan,omitempty"`
}

// PickupKey is the key of a pick-up number.
func PickupKey(s StoreID, number string) Key { return Key{TPickup, string(s) + "/" + number} }

// Key returns the row's key.
func (p *Pickup) Key() Key { return PickupKey(p.Store, p.Number) }

// Bucket returns the server's own.
func (*Pickup) Bucket() Bucket { return BucketServer }
func (p *Pickup) clone() Row   { c := *p; return &c }

// Numbers gives a store's pick-up numbers in turn: 0001 to 9999, then again.
type Numbers struct {
	Store StoreID `json:"store"`
	Last  int     `json:"last"`
}

// NumbersKey is the key of a store's number dispenser.
func NumbersKey(s StoreID) Key { return Key{TNumbers, string(s)} }

// Key returns the row's key.
func (n *Numbers) Key() Key { return NumbersKey(n.Store) }

// Bucket returns the server's own.
func (*Numbers) Bucket() Bucket { return BucketServer }
func (n *Numbers) clone() Row   { c := *n; return &c }

// Next is the number that comes after the last one given.
func (n *Numbers) Next() string {
	last := 0
	if n != nil {
		last = n.Last
	}
	return fmt.Sprintf("%04d", last%9999+1)
}

// Reveal records that somebody looked at a person's phone number.
type Reveal struct {
	ID       string     `json:"id"`
	Resident ResidentID `json:"resident"`
	Request  RequestID  `json:"request,omitempty"`
	Store    StoreID    `json:"store,omitempty"`
	By       string     `json:"by"`
	At       int64      `json:"at"`
}

// Key returns the row's key.
func (r *Reveal) Key() Key { return Key{TReveal, r.ID} }

// Bucket returns the server's own.
func (*Reveal) Bucket() Bucket { return BucketServer }
func (r *Reveal) clone() Row   { c := *r; return &c }

// EnrolCode is a one-time code by which a PC joins a store. The row holds a hash.
type EnrolCode struct {
	Hash    string   `json:"hash"`
	Store   StoreID  `json:"store"`
	Label   string   `json:"label"`
	Expires int64    `json:"expires"`          // UTC ms
	Device  DeviceID `json:"device,omitempty"` // who used it
}

// EnrolCodeKey is the key of an enrolment code.
func EnrolCodeKey(hash string) Key { return Key{TEnrolCode, hash} }

// Key returns the row's key.
func (e *EnrolCode) Key() Key { return EnrolCodeKey(e.Hash) }

// Bucket returns the server's own.
func (*EnrolCode) Bucket() Bucket { return BucketServer }
func (e *EnrolCode) clone() Row   { c := *e; return &c }
