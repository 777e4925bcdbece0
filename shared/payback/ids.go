package payback

import "github.com/bookpayback/bookpayback/shared/isbn"

// Won is an amount in Korean won, always whole.
type Won int64

// Ids are opaque texts of at most 64 bytes; those made by a program are UUIDv7.
type (
	DistrictID    string // short name such as "seocho"
	StoreID       string
	LibraryID     string
	ResidentID    string // pseudonym: says nothing about the person
	ClerkID       string // pseudonym
	DeviceID      string
	RunID         string
	RequestID     string
	ReservationID string
	CopyID        string // one physical volume, named when it is sold
	TransferID    string
	LineID        string
	CaseID        string
)

// LoanID is the id of the copy that was sold: a copy is lent once.
type LoanID = CopyID

// ISBN is the checked thirteen-digit number of a title.
type ISBN = isbn.ISBN

// MaxID is the longest id that an op may carry, in bytes.
const MaxID = 64
