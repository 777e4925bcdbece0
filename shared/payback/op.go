package payback

import (
	"encoding/json"
	"fmt"
)

// Kind names what was done.
type Kind string

// The kinds of ops, in the order of a copy's walk.
const (
	KPlace       Kind = "place"
	KAsk         Kind = "ask"
	KChooseStore Kind = "choose_store"
	KAccept      Kind = "accept"
	KOrder       Kind = "order"
	KArrive      Kind = "arrive"
	KDecline     Kind = "decline"
	KCancel      Kind = "cancel"
	KExpire      Kind = "expire"
	KReserve     Kind = "reserve"
	KPromote     Kind = "promote"
	KEndWait     Kind = "end_wait"
	KSell        Kind = "sell"
	KReturn      Kind = "return"
	KLeave       Kind = "leave"
	KRule        Kind = "rule"
	KGiveBack    Kind = "give_back"
	KKeep        Kind = "keep"
	KGiveUp      Kind = "give_up"
	KUnmatched   Kind = "unmatched"
	KRefund      Kind = "refund"
	KGiveRight   Kind = "give_right"
	KGrantRight  Kind = "grant_right"
	KReverse     Kind = "reverse"
	KPack        Kind = "pack"
	KUnpack      Kind = "unpack"
	KCloseBox    Kind = "close_box"
	KHandOver    Kind = "hand_over"
	KIntake      Kind = "intake"
	KEndIntake   Kind = "end_intake"
	KWriteOff    Kind = "write_off"
	KShelve      Kind = "shelve"
	KContest     Kind = "contest"
	KApprove     Kind = "approve"
	KPay         Kind = "pay"
	KCorrect     Kind = "correct"
	KCount       Kind = "count"
	KUpsert      Kind = "upsert"
	KBlock       Kind = "block"
	KErase       Kind = "erase"
	KOverdue     Kind = "overdue"
	KLineage     Kind = "lineage"
	KReread      Kind = "reread"
	KMend        Kind = "mend"
	KRestored    Kind = "restored"
	KReveal      Kind = "reveal"
	KCloseStore  Kind = "close_store"
	KDecide      Kind = "decide"
	KEnrolCode   Kind = "enrol_code"
	KEnrol       Kind = "enrol"
	KRevoke      Kind = "revoke"
	KClerk       Kind = "clerk"
)

// Class says what can become of an op (DESIGN 4.1): facts are never refused,
// intents may lose, derived ones are the server's.
type Class int

// The classes.
const (
	Fact Class = iota + 1
	Intent
	Derived
)

// Role is who acts.
type Role string

// The roles. RoleServer is the server itself.
const (
	RoleResident  Role = "resident"
	RoleClerk     Role = "clerk"
	RoleOwner     Role = "owner"
	RoleLibrarian Role = "librarian"
	RoleOfficer   Role = "officer"
	RoleAuditor   Role = "auditor"
	RoleServer    Role = "server"
	RoleDevice    Role = "device"
)

// Body is what an op says besides who, when and in which run.
type Body interface {
	// Kind returns the kind of op that it is the body of.
	Kind() Kind
	// Act returns the act key: unique in the district, equal for the same act
	// recorded or derived twice.
	Act() string
	// Subject returns the row that the act is about.
	Subject() Key
	// Check says what is wrong with the body by itself, or nothing.
	Check() Reason
	apply(a *act)
}

// kindInfo is what is fixed for a kind of op.
type kindInfo struct {
	class Class
	roles []Role
	fresh func() Body
}

// kinds lists every kind; it never changes.
var kinds = map[Kind]kindInfo{
	KPlace:       {Intent, []Role{RoleResident, RoleLibrarian, RoleOfficer}, func() Body { return new(Place) }},
	KAsk:         {Derived, []Role{RoleServer}, func() Body { return new(Ask) }},
	KChooseStore: {Intent, []Role{RoleResident, RoleLibrarian, RoleOfficer}, func() Body { return new(ChooseStore) }},
	KAccept:      {Intent, []Role{RoleClerk, RoleOwner}, func() Body { return new(Accept) }},
	KOrder:       {Intent, []Role{RoleClerk, RoleOwner}, func() Body { return new(Order) }},
	KArrive:      {Fact, []Role{RoleClerk, RoleOwner}, func() Body { return new(Arrive) }},
	KDecline:     {Intent, []Role{RoleClerk, RoleOwner}, func() Body { return new(Decline) }},
	KCancel:      {Intent, []Role{RoleResident, RoleLibrarian, RoleOfficer, RoleClerk, RoleOwner}, func() Body { return new(Cancel) }},
	KExpire:      {Derived, []Role{RoleServer}, func() Body { return new(Expire) }},
	KReserve:     {Intent, []Role{RoleResident, RoleLibrarian, RoleOfficer}, func() Body { return new(Reserve) }},
	KPromote:     {Derived, []Role{RoleServer}, func() Body { return new(Promote) }},
	KEndWait:     {Derived, []Role{RoleServer, RoleResident, RoleLibrarian, RoleOfficer}, func() Body { return new(EndWait) }},
	KSell:        {Fact, []Role{RoleClerk, RoleOwner}, func() Body { return new(Sell) }},
	KReturn:      {Fact, []Role{RoleClerk, RoleOwner}, func() Body { return new(Return) }},
	KLeave:       {Fact, []Role{RoleClerk, RoleOwner}, func() Body { return new(Leave) }},
	KRule:        {Intent, []Role{RoleOfficer, RoleServer}, func() Body { return new(Rule) }},
	KGiveBack:    {Fact, []Role{RoleClerk, RoleOwner}, func() Body { return new(GiveBack) }},
	KKeep:        {Intent, []Role{RoleResident, RoleClerk, RoleOwner, RoleServer}, func() Body { return new(Keep) }},
	KGiveUp:      {Derived, []Role{RoleServer}, func() Body { return new(GiveUp) }},
	KUnmatched:   {Derived, []Role{RoleServer}, func() Body { return new(Unmatched) }},
	KRefund:      {Fact, []Role{RoleClerk, RoleOwner}, func() Body { return new(RefundPaidOut) }},
	KGiveRight:   {Fact, []Role{RoleClerk, RoleOwner, RoleDevice}, func() Body { return new(GiveRight) }},
	KGrantRight:  {Derived, []Role{RoleServer}, func() Body { return new(GrantRight) }},
	KReverse:     {Intent, []Role{RoleClerk, RoleOwner}, func() Body { return new(Reverse) }}, // it may come too late: what it would take back has gone on
	KPack:        {Fact, []Role{RoleClerk, RoleOwner}, func() Body { return new(Pack) }},
	KUnpack:      {Fact, []Role{RoleClerk, RoleOwner}, func() Body { return new(Unpack) }},
	KCloseBox:    {Fact, []Role{RoleClerk, RoleOwner}, func() Body { return new(CloseBox) }},
	KHandOver:    {Fact, []Role{RoleClerk, RoleOwner}, func() Body { return new(HandOver) }},
	KIntake:      {Fact, []Role{RoleLibrarian}, func() Body { return new(Intake) }},
	KEndIntake:   {Fact, []Role{RoleLibrarian}, func() Body { return new(EndIntake) }},
	KWriteOff:    {Intent, []Role{RoleOfficer, RoleServer}, func() Body { return new(WriteOff) }},
	KShelve:      {Fact, []Role{RoleLibrarian}, func() Body { return new(Shelve) }},
	KContest:     {Intent, []Role{RoleOwner}, func() Body { return new(Contest) }},
	KApprove:     {Intent, []Role{RoleOfficer}, func() Body { return new(Approve) }},
	KPay:         {Fact, []Role{RoleOfficer}, func() Body { return new(Pay) }},
	KCorrect:     {Fact, []Role{RoleOfficer}, func() Body { return new(Correct) }},
	KCount:       {Fact, []Role{RoleClerk, RoleOwner, RoleOfficer, RoleServer}, func() Body { return new(Count) }},
	KUpsert:      {Intent, []Role{RoleOfficer, RoleServer, RoleClerk, RoleOwner, RoleLibrarian}, func() Body { return new(Upsert) }},
	KBlock:       {Intent, []Role{RoleOfficer}, func() Body { return new(Block) }},
	KErase:       {Intent, []Role{RoleOfficer, RoleServer}, func() Body { return new(Erase) }},
	KReread:      {Derived, []Role{RoleServer}, func() Body { return new(Reread) }},
	KMend:        {Intent, []Role{RoleOfficer}, func() Body { return new(Mend) }},
	KOverdue:     {Derived, []Role{RoleServer}, func() Body { return new(Overdue) }},
	KLineage:     {Derived, []Role{RoleServer}, func() Body { return new(Lineage) }},
	KRestored:    {Derived, []Role{RoleServer}, func() Body { return new(Restored) }},
	KReveal:      {Fact, []Role{RoleOwner, RoleClerk, RoleOfficer, RoleLibrarian}, func() Body { return new(RevealPhone) }},
	KCloseStore:  {Intent, []Role{RoleOfficer}, func() Body { return new(CloseStore) }},
	KDecide:      {Intent, []Role{RoleOfficer, RoleOwner, RoleServer}, func() Body { return new(Decide) }},
	KEnrolCode:   {Intent, []Role{RoleOfficer, RoleOwner}, func() Body { return new(MakeEnrolCode) }},
	KEnrol:       {Fact, []Role{RoleDevice}, func() Body { return new(Enrol) }},
	KRevoke:      {Intent, []Role{RoleOfficer, RoleOwner}, func() Body { return new(Revoke) }},
	KClerk:       {Fact, []Role{RoleOwner, RoleOfficer}, func() Body { return new(SetClerk) }},
}

// Kinds returns every kind, in no order.
func Kinds() []Kind {
	out := make([]Kind, 0, len(kinds))
	for k := range kinds {
		out = append(out, k)
	}
	return out
}

// Known says whether this program knows the kind.
func (k Kind) Known() bool { _, ok := kinds[k]; return ok }

// Class returns what can become of ops of the kind; 0 for an unknown one.
func (k Kind) Class() Class { return kinds[k].class }

// May says whether the role may do acts of this kind.
func (k Kind) May(r Role) bool {
	for _, x := range kinds[k].roles {
		if x == r {
			return true
		}
	}
	return false
}

// AtCounter says whether a store's PC records acts of this kind: what a device
// sends of any other kind is quarantined.
func (k Kind) AtCounter() bool {
	return k.May(RoleClerk) || k.May(RoleOwner) || k.May(RoleDevice)
}

// AtCounter says whether who acts at a store's PC can have this role. A PC that
// claims another one could decide its own cases.
func (r Role) AtCounter() bool { return r == RoleClerk || r == RoleOwner || r == RoleDevice }

// DecodeBody reads the JSON body of an op of kind k and checks it. Unknown fields
// are ignored. Errors: unknown kind, not JSON, a body that Check refuses (a
// *BodyError).
func DecodeBody(k Kind, raw []byte) (Body, error) {
	info, ok := kinds[k]
	if !ok {
		return nil, fmt.Errorf("unknown kind of op %q", string(k))
	}
	b := info.fresh()
	if err := json.Unmarshal(raw, b); err != nil {
		return nil, fmt.Errorf("body of %s: %w", k, err)
	}
	if r := b.Check(); !r.None() {
		return nil, &BodyError{Kind: k, Reason: r}
	}
	return b, nil
}

// BodyError says that a body by itself can't be right.
type BodyError struct {
	Kind   Kind
	Reason Reason
}

// Error returns the kind and the reason's key, for operators.
func (e *BodyError) Error() string { return fmt.Sprintf("body of %s: %s", e.Kind, e.Reason.Key) }

// Op is one act as Apply takes it: the body, and what is known of who and when.
// Store and Device come from the device's record, never from the body.
type Op struct {
	Body   Body
	Ref    OpRef
	Role   Role
	By     string     // pseudonym of the person, "" for the server
	Store  StoreID    // the device's store; "" for the server's own acts
	Device DeviceID   // "" for the server's own acts
	When   Interval   // when it was done
	Card   ResidentID // whose card is attached to it, as far as the server could tell
	Told   bool       // it was told as done, and a restore lost what it depended on: it stands by what it says itself
}
