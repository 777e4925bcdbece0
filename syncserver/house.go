package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqldb"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/notify"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

// Names of the server's secrets in the folder of keys.
const (
	keyServer = "server"
	keyMaster = "master"
	keyBox    = "box-" // and the district
)

// messagesFile is where the texts of a demo district go, beside the database.
const messagesFile = "messages.log"

// house is the parts that every verb works with, over one open database.
type house struct {
	p        *program
	dir      string // of the database
	file     *sqlitefile.File
	db       *sqldb.DB
	ring     keys.Ring
	key      keys.Key
	master   keys.MasterKey
	district payback.DistrictID
	row      *payback.District // nil: not made yet
	clock    stamp.Clock
	ids      *stamp.IDs
	ledger   *ledger.Ledger
	vault    *vault.Vault
	notify   *notify.Notifier
	texts    *os.File // of a demo district
}

// open opens the database and what belongs to it.
func (p *program) open(ctx context.Context) (h *house, err error) {
	path, err := dbPath(p.DB)
	if err != nil {
		return nil, err
	}
	h = &house{p: p, dir: filepath.Dir(path)}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return h, fault.New(fault.Unavailable, "fault.read_only").Because(err)
	}
	if h.db, h.file, err = sqlite.OpenFile(ctx, path); err != nil {
		return h, err
	}
	if err := h.findDistrict(ctx); err != nil {
		return h, err
	}
	h.clock = stamp.NewClock(time.Now, rand.Text())
	if p.shift != 0 {
		if h.row != nil && h.row.Demo || h.row == nil && p.Serve.Demo {
			h.clock = stamp.Shifted(h.clock, p.shift)
		} else {
			p.warn("main.clock_ignored")
		}
	}
	h.ids = stamp.NewIDs(stamp.Times(h.clock), rand.Reader)
	return h, h.furnish(ctx)
}

// openThere is open for verbs that only look: a mistyped path must not become an
// empty database.
func (p *program) openThere(ctx context.Context) (*house, error) {
	path, err := dbPath(p.DB)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "server.no_db", "File", path).Because(err)
	}
	return p.open(ctx)
}

// findDistrict chooses the district: the one that is named, or the only one.
func (h *house) findDistrict(ctx context.Context) error {
	ds, err := h.db.Districts(ctx)
	if err != nil {
		return err
	}
	named := payback.DistrictID(h.p.District)
	switch {
	case named != "":
		h.district = named
	case len(ds) == 1:
		h.district = ds[0]
	case len(ds) == 0:
		h.district = "seocho"
	default:
		return fault.New(fault.Invalid, "server.which_district")
	}
	if len(h.district) > payback.MaxID || !districtForm.MatchString(string(h.district)) {
		return fault.New(fault.Invalid, "server.bad_district", "Text", string(h.district))
	}
	if !slices.Contains(ds, h.district) {
		return nil
	}
	return h.readDistrict(ctx)
}

func (h *house) readDistrict(ctx context.Context) error {
	return h.db.View(ctx, h.district, func(r db.Reader) error {
		rows, err := r.Rows([]payback.Key{payback.DistrictKey()})
		if err == nil {
			h.row, _ = rows[payback.DistrictKey()].Row.(*payback.District)
		}
		return err
	})
}

// furnish opens keys, ledger, vault and notifier.
func (h *house) furnish(ctx context.Context) (err error) {
	h.ring = keys.Ring{Dir: h.p.Keys, Service: "bookpayback-server"}
	if h.ring.Dir == "" {
		h.ring.Dir = filepath.Join(h.dir, "keys")
	}
	// New keys beside a ledger that has ops would lock its people away and lose the
	// trust of its counters, so keys are made with the database only.
	chance := rand.Reader
	ds, err := h.db.Districts(ctx)
	if err != nil {
		return err
	}
	if len(ds) > 0 {
		chance = nil
	}
	if h.key, _, err = h.ring.Key(keyServer, chance); err != nil {
		return err
	}
	if h.master, _, err = h.ring.MasterKey(keyMaster, chance); err != nil {
		return err
	}
	h.ledger, err = ledger.New(h.db, ledger.Options{Clock: h.clock, IDs: h.ids, Key: h.key, Log: h.p.log})
	if err != nil {
		return err
	}
	h.vault, err = vault.New(vault.Config{DB: h.db, Master: h.master, Chance: rand.Reader, Now: h.ledger.Now, NewID: h.ledger.NewID, Log: h.p.log,
		SendCode: func(ctx context.Context, d payback.DistrictID, to payback.ResidentID, code string) error {
			return h.notify.SendCode(ctx, d, to, code)
		}})
	return err
}

// box returns the key of what is sealed to a district, made with the district.
func (h *house) box(d payback.DistrictID) (keys.BoxKey, error) {
	k, _, err := h.ring.BoxKey(keyBox+string(d), nil)
	return k, err
}

// ensureDistrict makes the district if it is not there yet.
func (h *house) ensureDistrict(ctx context.Context, demo bool) error {
	if h.row != nil {
		if demo && !h.row.Demo {
			return fault.New(fault.Conflict, "server.no_demo", "District", h.row.Name)
		}
		return nil
	}
	if _, err := time.LoadLocation(h.p.Zone); err != nil || h.p.Zone == "" {
		return fault.New(fault.Invalid, "server.bad_zone", "Text", h.p.Zone)
	}
	if h.p.DistrictName == "" || len(h.p.DistrictName) > 200 {
		return fault.New(fault.Invalid, "server.bad_district", "Text", h.p.DistrictName)
	}
	if _, _, err := h.ring.BoxKey(keyBox+string(h.district), rand.Reader); err != nil {
		return err
	}
	row := &payback.District{ID: h.district, Name: h.p.DistrictName, Zone: h.p.Zone, Demo: demo}
	raw, err := payback.EncodeRow(row)
	if err != nil {
		return fault.Wrap("main.ensureDistrict", err)
	}
	body := &payback.Upsert{Table: payback.TDistrict, Rows: []json.RawMessage{raw}, ID: "district/" + string(h.district)}
	if _, err := h.ledger.Act(ctx, h.district, ledger.Actor{}, body); err != nil {
		return fault.Wrap("main.ensureDistrict", err)
	}
	h.p.log.Info("made district", "district", h.district, "demo", demo)
	return h.readDistrict(ctx)
}

// close closes what was opened.
func (h *house) close() error {
	var err error
	if h.texts != nil {
		err = h.texts.Close()
	}
	if h.db != nil {
		err = errors.Join(err, h.db.Close())
	}
	return err
}
