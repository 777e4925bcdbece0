package db

import (
	"context"
	"database/sql"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Enrolment is what this PC knows since it was enrolled: whose it is and whom it
// believes. The device's private key is not here but in the folder's key ring.
type Enrolment struct {
	Device    payback.DeviceID   `json:"device"`
	Store     payback.StoreID    `json:"store"`
	District  payback.DistrictID `json:"district"`
	Label     string             `json:"label"`  // what people call this PC
	Server    string             `json:"server"` // address, https://…
	ServerKey keys.Public        `json:"server_key"`
	CardKey   []byte             `json:"card_key"` // 32 bytes: tags a card for this store
	BoxKey    keys.BoxPublic     `json:"box_key"`  // the district's: seals a walk-in's card
	Epoch     string             `json:"epoch"`
	Demo      bool               `json:"demo,omitempty"`
	CA        []byte             `json:"ca,omitempty"` // PEM; nil = the system's roots
}

// Enrolment returns the enrolment; false if this folder was never enrolled.
func (d *DB) Enrolment(ctx context.Context) (e Enrolment, ok bool, err error) {
	err = metaIn(ctx, d.file.Read, metaEnrolment, &e)
	return e, e.Device != "", fault.Wrap("db.Enrolment", err)
}

// SetEnrolment stores the enrolment, at once and durably. Another store's or
// district's than before is refused with conflict while this folder holds ops or
// rows: they would go to the wrong one.
func (d *DB) SetEnrolment(ctx context.Context, e Enrolment) error {
	err := d.file.Tx(ctx, func(tx *sql.Tx) error {
		var old Enrolment
		if err := metaIn(ctx, tx, metaEnrolment, &old); err != nil {
			return err
		}
		if old.Device != "" && (old.Store != e.Store || old.District != e.District) {
			return fault.New(fault.Conflict, "counter.other_store")
		}
		return metaOut(ctx, tx, metaEnrolment, e)
	})
	return fault.Wrap("db.SetEnrolment", err)
}
