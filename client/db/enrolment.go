package db

import (
	"context"

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

// metaEnrolment is the name of the enrolment among the settings.
const metaEnrolment = "enrolment"

// Enrolment returns the enrolment; false if this folder was never enrolled.
func (d *DB) Enrolment(ctx context.Context) (e Enrolment, ok bool, err error) {
	return e, false, errNotYet
}

// SetEnrolment stores the enrolment, at once and durably.
func (d *DB) SetEnrolment(ctx context.Context, e Enrolment) error {
	return errNotYet
}
