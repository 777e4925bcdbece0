package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// Message keys of this package's errors, beside the generic ones.
const (
	keyBusy        = "fault.busy"
	keyDiskFull    = "fault.disk_full"
	keyDiskFailing = "fault.disk_failing"
	keyReadOnly    = "fault.read_only"
	keyCannotOpen  = "fault.cannot_open"
	keyDamaged     = "fault.file_damaged"
	keyNewerFile   = "fault.newer_file"
	keyTooBig      = "fault.too_big"
)

// Fault returns err as an error of the house; this is the one place that knows
// SQLite's codes:
//
//	SQLite                          fault
//	BUSY, LOCKED                    unavailable, fault.busy
//	FULL                            unavailable, fault.disk_full
//	IOERR                           unavailable, fault.disk_failing: close, reopen and check, don't retry
//	READONLY                        unavailable, fault.read_only
//	CANTOPEN, PERM, AUTH            unavailable, fault.cannot_open
//	NOMEM, INTERRUPT                unavailable
//	CONSTRAINT                      conflict (which one: see ConstraintOf)
//	TOOBIG                          invalid, fault.too_big
//	CORRUPT, NOTADB                 internal, fault.file_damaged
//	no row                          not_found
//	any other                       internal
//
// Nil, faults and errors that are not the database's come back as they are.
func Fault(err error) error {
	var already *fault.Error
	if err == nil || errors.As(err, &already) {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, "").Because(err)
	}
	code, known := codeOf(err)
	if !known {
		return err
	}
	return faultOf(code).Because(err)
}

// faultOf returns the fault that an SQLite result code stands for.
func faultOf(code int) *fault.Error {
	switch code & 0xff { // the low byte is the primary code
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fault.New(fault.Unavailable, keyBusy)
	case lib.SQLITE_FULL:
		return fault.New(fault.Unavailable, keyDiskFull)
	case lib.SQLITE_IOERR:
		return fault.New(fault.Unavailable, keyDiskFailing)
	case lib.SQLITE_READONLY:
		return fault.New(fault.Unavailable, keyReadOnly)
	case lib.SQLITE_CANTOPEN, lib.SQLITE_PERM, lib.SQLITE_AUTH:
		return fault.New(fault.Unavailable, keyCannotOpen)
	case lib.SQLITE_NOMEM, lib.SQLITE_INTERRUPT:
		return fault.New(fault.Unavailable, "")
	case lib.SQLITE_CONSTRAINT:
		return fault.New(fault.Conflict, "")
	case lib.SQLITE_TOOBIG:
		return fault.New(fault.Invalid, keyTooBig)
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return fault.New(fault.Internal, keyDamaged)
	}
	return fault.New(fault.Internal, "")
}

// Constraint is a kind of rule in the schema.
type Constraint string

// The constraints. None means that the error was not about one.
const (
	NoConstraint Constraint = ""
	Unique       Constraint = "unique" // unique index, primary key or rowid
	Check        Constraint = "check"
	NotNull      Constraint = "not_null"
	ForeignKey   Constraint = "foreign_key"
	OtherRule    Constraint = "other" // trigger, data type of a STRICT table and the like
)

// ConstraintOf returns the rule that err broke.
func ConstraintOf(err error) Constraint {
	code, known := codeOf(err)
	if !known || code&0xff != lib.SQLITE_CONSTRAINT {
		return NoConstraint
	}
	switch code {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID:
		return Unique
	case lib.SQLITE_CONSTRAINT_CHECK:
		return Check
	case lib.SQLITE_CONSTRAINT_NOTNULL:
		return NotNull
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return ForeignKey
	}
	return OtherRule
}

// codeOf returns SQLite's extended result code.
func codeOf(err error) (code int, known bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code(), true
}

// isBusy reports whether another program or connection holds a lock.
func isBusy(err error) bool {
	code, known := codeOf(err)
	return known && code&0xff == lib.SQLITE_BUSY
}

// retryBusy calls try until it succeeds, fails with anything but busy, or the
// time is over, and returns its last error as a fault.
func retryBusy(ctx context.Context, limit time.Duration, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := try()
		if !isBusy(err) || !pause(ctx, 10*time.Millisecond) {
			return Fault(err)
		}
	}
}

// pause waits for d; false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
