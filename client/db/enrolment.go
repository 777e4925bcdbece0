package db

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"reflect"

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

// SetEnrolment stores the enrolment, at once and durably, with a copy beside the
// keys: a file that was lost leaves a PC that still knows who it is. Another store's or
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
		if d.files != nil {
			if err := writeEnrolmentCopy(d.files, d.dir, e); err != nil {
				return err
			}
		}
		return metaOut(ctx, tx, metaEnrolment, e)
	})
	return fault.Wrap("db.SetEnrolment", err)
}

// KeysFolder is the folder in a data folder that holds the device's key, and the
// copy of the enrolment.
const KeysFolder = "keys"

// enrolmentCopy is the copy's file: the enrolment as JSON, then the SHA-256 of
// that, in a file that only this user reads (the card key is in it).
const enrolmentCopy = "enrolment"

// writeEnrolmentCopy writes the copy, which appears whole or not at all.
func writeEnrolmentCopy(files Files, dir string, e Enrolment) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	err = replaceFile(files, filepath.Join(dir, KeysFolder), enrolmentCopy, append(text, "\n"+hex.EncodeToString(sum[:])+"\n"...))
	if err != nil {
		return err
	}
	return jnlFault(files.SyncDir(dir)) // the folder of the keys may be new
}

// readEnrolmentCopy reads the copy; false if there is none or it is damaged.
func readEnrolmentCopy(files Files, dir string) (e Enrolment, ok bool) {
	data, err := files.Read(filepath.Join(dir, KeysFolder, enrolmentCopy))
	if err != nil {
		return e, false
	}
	text, sum, _ := bytes.Cut(data, []byte("\n"))
	own := sha256.Sum256(text)
	if hex.EncodeToString(own[:]) != string(bytes.TrimSpace(sum)) || json.Unmarshal(text, &e) != nil {
		return Enrolment{}, false
	}
	return e, e.Device != ""
}

func sameEnrolment(a, b Enrolment) bool { return reflect.DeepEqual(a, b) }
