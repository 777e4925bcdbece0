package db

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// What local durability may refuse: message keys of Record's errors, code
// unavailable.
const (
	KeyNoRoomSale = "recovery.no_room_sale" // the disk is full: refunds go on, a sale does not
	KeyNoJournal  = "recovery.no_journal"   // the second copy can't be written: nothing with money
)

// reserveName is the file that holds room for the day on which the disk is full.
// It is emptied, not deleted, when that day comes: an empty one says so.
const reserveName = "reserve"

// Sizes of the reserve.
const (
	reserveSize = 8 << 20
	reserveRoom = 64 // MiB that must be free before it is filled again
)

// moves says whether an act moves money.
func moves(k payback.Kind) bool {
	return k == payback.KSell || k == payback.KRefund || k == payback.KReverse
}

func anyKind(entries []Entry, is func(payback.Kind) bool) bool {
	for _, e := range entries {
		if is(e.Body.Kind()) {
			return true
		}
	}
	return false
}

func isSale(k payback.Kind) bool { return k == payback.KSell }

// mayRecord refuses acts that could not be kept safe: with money while the journal
// can't be written, a sale while the disk's last room is in use.
func (d *DB) mayRecord(entries []Entry) error {
	if anyKind(entries, isSale) && d.reserveUsed() {
		return fault.New(fault.Unavailable, KeyNoRoomSale)
	}
	if d.jnl.trouble() == nil || !anyKind(entries, moves) {
		return nil
	}
	if err := d.journalOwed(); err != nil {
		return fault.New(fault.Unavailable, KeyNoJournal).Because(err)
	}
	return nil
}

// journalOwed appends records, and what an earlier failure left over. A full disk
// gets the reserve.
func (d *DB) journalOwed(records ...jnlRecord) error {
	err := d.jnl.append(records...)
	if isFull(err) && d.releaseReserve() {
		err = d.jnl.append()
	}
	return err
}

// withRoom runs a write; when the disk is full, once more in the room of the
// reserve, unless it is a sale.
func (d *DB) withRoom(entries []Entry, write func() error) error {
	err := write()
	switch {
	case !isFull(err):
		return err
	case anyKind(entries, isSale):
		return fault.New(fault.Unavailable, KeyNoRoomSale).Because(err)
	case d.releaseReserve():
		return write()
	}
	return err
}

func isFull(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Key == keyDiskFull
}

func (d *DB) reservePath() string { return filepath.Join(d.dir, reserveName) }

// reserveUsed says whether the reserve was given up and not filled since.
func (d *DB) reserveUsed() bool {
	info, err := os.Stat(d.reservePath())
	return d.env.VFS == "" && err == nil && info.Size() == 0
}

// releaseReserve gives the reserve's room to the disk; false if there was none.
func (d *DB) releaseReserve() bool {
	info, err := os.Stat(d.reservePath())
	return d.env.VFS == "" && err == nil && info.Size() > 0 && os.Truncate(d.reservePath(), 0) == nil
}

// fillReserve makes the reserve, or fills it again when there is room. A disk
// without room leaves it empty, which is no error here: sales will say so.
func (d *DB) fillReserve() error {
	if d.env.VFS != "" { // a simulated disk
		return nil
	}
	info, err := os.Stat(d.reservePath())
	if err == nil && info.Size() >= reserveSize {
		return nil
	}
	if d.env.FreeMB != nil {
		if free := d.env.FreeMB(); free > 0 && free < reserveRoom {
			return jnlFault(os.WriteFile(d.reservePath(), nil, 0o600))
		}
	}
	if os.WriteFile(d.reservePath(), make([]byte, reserveSize), 0o600) == nil {
		return nil
	}
	return jnlFault(os.WriteFile(d.reservePath(), nil, 0o600))
}

// keepJournal is done at the end of an exchange: what is owed is written, segments
// whose ops are archived go, and the reserve is filled again when there is room.
func (d *DB) keepJournal(ctx context.Context) error {
	if err := d.journalOwed(); err != nil {
		return nil //nolint:nilerr // SyncState tells it; the exchange itself went well
	}
	if d.reserveUsed() && d.env.FreeMB != nil && d.env.FreeMB() >= reserveRoom {
		if err := d.fillReserve(); err != nil {
			return err
		}
	}
	return d.jnl.drop(func(run payback.RunID, wseq uint64) (bool, error) {
		var n int
		err := d.file.Read.QueryRowContext(ctx, "SELECT COUNT(*) FROM outbox WHERE run = ? AND wseq <= ? AND archived = 0", string(run), wseq).Scan(&n)
		return err == nil && n == 0, err
	})
}
