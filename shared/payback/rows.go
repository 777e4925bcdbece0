package payback

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Table names a kind of row; the databases' tables have the same names.
type Table string

// The tables. Every row lives in one bucket (Row.Bucket); the scope says who can
// see the bucket.
const (
	TDistrict Table = "district" // catalogue
	TPolicy   Table = "policy"
	TTitle    Table = "title"
	TLibrary  Table = "library"
	TStore    Table = "store"

	TStock    Table = "stock" // one store's
	TRequest  Table = "request"
	TLoan     Table = "loan"
	TRefund   Table = "refund"
	TIncident Table = "incident"
	TCopy     Table = "copy"
	TTransfer Table = "transfer"
	TLine     Table = "line"
	TCase     Table = "case_" // "case" is an SQL keyword
	TDevice   Table = "device"
	TClerk    Table = "clerk"
	TVerdict  Table = "verdict"

	TResident    Table = "resident" // the server's own
	TReservation Table = "reservation"
	TQuota       Table = "quota"
	TSlot        Table = "slot"
	TTally       Table = "tally"
	TBudget      Table = "budget"
	TClaim       Table = "claim"
	TPickup      Table = "pickup"
	TNumbers     Table = "numbers"
	TReveal      Table = "reveal"
	TEnrolCode   Table = "enrol_code"
)

// Scope says who can see a table's rows.
type Scope int

// The scopes. A counter sees the catalogue and its own store's rows.
const (
	ScopeCatalogue Scope = iota
	ScopeStore
	ScopeServer
)

// tableInfo is what the machine needs to know of a table.
type tableInfo struct {
	scope Scope
	fresh func() Row
}

// tables lists every table with its scope and an empty row; it never changes.
var tables = map[Table]tableInfo{
	TDistrict: {ScopeCatalogue, func() Row { return new(District) }},
	TPolicy:   {ScopeCatalogue, func() Row { return new(PolicyRow) }},
	TTitle:    {ScopeCatalogue, func() Row { return new(Title) }},
	TLibrary:  {ScopeCatalogue, func() Row { return new(Library) }},
	TStore:    {ScopeCatalogue, func() Row { return new(Store) }},

	TStock:    {ScopeStore, func() Row { return new(Stock) }},
	TRequest:  {ScopeStore, func() Row { return new(Request) }},
	TLoan:     {ScopeStore, func() Row { return new(Loan) }},
	TRefund:   {ScopeStore, func() Row { return new(Refund) }},
	TIncident: {ScopeStore, func() Row { return new(Incident) }},
	TCopy:     {ScopeStore, func() Row { return new(Copy) }},
	TTransfer: {ScopeStore, func() Row { return new(Transfer) }},
	TLine:     {ScopeStore, func() Row { return new(Line) }},
	TCase:     {ScopeStore, func() Row { return new(Case) }},
	TDevice:   {ScopeStore, func() Row { return new(Device) }},
	TClerk:    {ScopeStore, func() Row { return new(Clerk) }},
	TVerdict:  {ScopeStore, func() Row { return new(VerdictRow) }},

	TResident:    {ScopeServer, func() Row { return new(Resident) }},
	TReservation: {ScopeServer, func() Row { return new(Reservation) }},
	TQuota:       {ScopeServer, func() Row { return new(Quota) }},
	TSlot:        {ScopeServer, func() Row { return new(Slot) }},
	TTally:       {ScopeServer, func() Row { return new(Tally) }},
	TBudget:      {ScopeServer, func() Row { return new(Budget) }},
	TClaim:       {ScopeServer, func() Row { return new(Claim) }},
	TPickup:      {ScopeServer, func() Row { return new(Pickup) }},
	TNumbers:     {ScopeServer, func() Row { return new(Numbers) }},
	TReveal:      {ScopeServer, func() Row { return new(Reveal) }},
	TEnrolCode:   {ScopeServer, func() Row { return new(EnrolCode) }},
}

// Tables returns every table, in no order.
func Tables() []Table {
	out := make([]Table, 0, len(tables))
	for t := range tables {
		out = append(out, t)
	}
	return out
}

// Scope returns who can see the table's rows; an unknown table is the server's.
func (t Table) Scope() Scope {
	if info, ok := tables[t]; ok {
		return info.scope
	}
	return ScopeServer
}

// Key names one row within a district.
type Key struct {
	Table Table  `json:"t"`
	ID    string `json:"k"`
}

// String returns "table/id".
func (k Key) String() string { return string(k.Table) + "/" + k.ID }

// Bucket names the set of rows that travels together: "cat", "store/<id>" or
// "server" (which does not travel).
type Bucket string

// The buckets that are not one store's.
const (
	BucketCatalogue Bucket = "cat"
	BucketServer    Bucket = "server"
)

// StoreBucket is the bucket of one store's rows.
func StoreBucket(id StoreID) Bucket { return Bucket("store/" + id) }

// Row is one row of a table. Rows are pointers to plain structs; whoever changes
// a row that it got from elsewhere changes a clone.
type Row interface {
	Key() Key
	Bucket() Bucket
	clone() Row
}

// EncodeRow returns the row as it is stored and sent: JSON of its struct, fields
// in order. The digest is over these bytes.
func EncodeRow(r Row) ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", r.Key(), err)
	}
	return b, nil
}

// DecodeRow is the reverse of EncodeRow. Unknown fields are ignored, so that an
// older program reads a newer row.
func DecodeRow(t Table, raw []byte) (Row, error) {
	info, ok := tables[t]
	if !ok {
		return nil, fmt.Errorf("unknown table %q", string(t))
	}
	r := info.fresh()
	if err := json.Unmarshal(raw, r); err != nil {
		return nil, fmt.Errorf("decode a row of %s: %w", t, err)
	}
	return r, nil
}

// CloneRow returns a copy that may be changed; slices and maps are shared until
// a reducer replaces them whole.
func CloneRow(r Row) Row { return r.clone() }

// SameRow says whether two rows are stored and sent as the same: an empty list is
// no list.
func SameRow(a, b Row) bool {
	if a == nil || b == nil || a.Key() != b.Key() {
		return a == nil && b == nil
	}
	x, errX := EncodeRow(a)
	y, errY := EncodeRow(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// OpRef names an op: the run that wrote it and its number there.
type OpRef struct {
	Kind Kind   `json:"kind"`
	Run  RunID  `json:"run"`
	Wseq uint64 `json:"wseq"`
	At   int64  `json:"at"` // earliest instant of the act, UTC ms
}

// Zero says that no op is named.
func (r OpRef) Zero() bool { return r.Wseq == 0 }

// VerdictRow is the answer to one op of a store, so that every PC of the store
// sees it. Id: run/wseq.
type VerdictRow struct {
	Store   StoreID `json:"store"`
	Op      OpRef   `json:"op"`
	Verdict Verdict `json:"verdict"`
	Reason  Reason  `json:"reason,omitzero"`
	Winner  OpRef   `json:"winner,omitzero"`
	Case    CaseID  `json:"case,omitempty"`
	Subject Key     `json:"subject,omitzero"` // the row it was about
}

// VerdictKey is the key of the verdict on the op with this run and number.
func VerdictKey(run RunID, wseq uint64) Key {
	return Key{TVerdict, fmt.Sprintf("%s/%d", run, wseq)}
}

// Key returns the row's key.
func (v *VerdictRow) Key() Key { return VerdictKey(v.Op.Run, v.Op.Wseq) }

// Bucket returns the store's bucket.
func (v *VerdictRow) Bucket() Bucket { return StoreBucket(v.Store) }
func (v *VerdictRow) clone() Row     { c := *v; return &c }
