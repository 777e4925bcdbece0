package db

import (
	"context"
	"database/sql"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// Settings are those of this PC. They are kept in its data folder and go nowhere.
type Settings struct {
	Slip    string `json:"slip,omitempty"`    // printer of slips, in the form of package print; "" for none
	Page    string `json:"page,omitempty"`    // printer of pages, likewise
	Auto    bool   `json:"auto,omitempty"`    // slips of returns and refunds are printed without being asked for
	Scanner string `json:"scanner,omitempty"` // port of a serial scanner, in the form of package wand; "" for none
	Volume  int    `json:"volume"`            // of the tones, 0 (silent) to 100
	Lang    string `json:"lang,omitempty"`    // ko or en; "" by the system
	Full    bool   `json:"full,omitempty"`    // the window fills the screen from the start
}

// DefaultSettings are those of a PC where nobody has set anything.
func DefaultSettings() Settings { return Settings{Volume: 60} }

// Settings returns those of this PC; what was never set is as in DefaultSettings.
func (d *DB) Settings(ctx context.Context) (Settings, error) {
	s := DefaultSettings()
	err := d.file.View(ctx, func(tx *sql.Tx) error { return metaIn(ctx, tx, metaSettings, &s) })
	return s, fault.Wrap("db.Settings", err)
}

// SetSettings stores them.
func (d *DB) SetSettings(ctx context.Context, s Settings) error {
	return fault.Wrap("db.SetSettings", d.setMeta(ctx, metaSettings, s))
}
