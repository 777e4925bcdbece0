package db

import (
	"context"
	"database/sql"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Door is what this PC remembers of who comes to it: what it calls the people of the
// store, and how many PINs were wrong. It is kept in the data folder and goes nowhere.
type Door struct {
	Names map[payback.ClerkID]string `json:"names,omitempty"`
	Wrong int                        `json:"wrong,omitempty"` // PINs in a row
	At    int64                      `json:"at,omitempty"`    // of the last of them, UTC ms by this PC's clock
	Mono  int64                      `json:"mono,omitempty"`  // the same, ms since Boot
	Boot  string                     `json:"boot,omitempty"`
}

// Door returns it; its zero value where nobody came yet.
func (d *DB) Door(ctx context.Context) (out Door, err error) {
	err = d.file.View(ctx, func(tx *sql.Tx) error { return metaIn(ctx, tx, metaDoor, &out) })
	return out, fault.Wrap("db.Door", err)
}

// ChangeDoor changes it in one transaction.
func (d *DB) ChangeDoor(ctx context.Context, change func(*Door)) error {
	err := d.file.Tx(ctx, func(tx *sql.Tx) error {
		var door Door
		if err := metaIn(ctx, tx, metaDoor, &door); err != nil {
			return err
		}
		change(&door)
		return metaOut(ctx, tx, metaDoor, door)
	})
	return fault.Wrap("db.ChangeDoor", err)
}
