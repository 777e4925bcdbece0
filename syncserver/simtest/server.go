package simtest

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/sqlitefile/faultvfs"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/syncserver/api"
	"github.com/bookpayback/bookpayback/syncserver/clockwork"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/notify"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

const district = payback.DistrictID("seocho")

// server is the whole server without its sockets.
type server struct {
	s      *Sim
	clock  *stamp.Manual
	disk   *faultvfs.Disk
	key    keys.Key
	box    keys.BoxKey
	master keys.MasterKey

	up       bool
	plain    db.DB // as it is
	file     *sqlitefile.File
	ledger   *ledger.Ledger
	vault    *vault.Vault
	people   *current // what the vault keeps its people in
	handler  http.Handler
	works    *clockwork.Clockwork
	injected int    // disk errors seen
	safe     uint64 // ops up to here are in a backup that was found sound

	said  payback.StoreID      // for sabotages: what a request says of its store
	sent  sent                 // likewise: the push that is being answered
	freed map[payback.Key]bool // likewise: slots that were freed
}

func (s *Sim) newServer() (*server, error) {
	v := &server{s: s, clock: stamp.NewManual(start, "server"), freed: map[payback.Key]bool{}}
	var err error
	if v.disk, err = s.disk("server"); err != nil {
		return nil, err
	}
	v.disk.IgnoreSync(s.c.Sabotage == ServerNoSync)
	if v.key, err = keys.Generate(s.chance); err != nil {
		return nil, err
	}
	if v.box, err = keys.GenerateBox(s.chance); err != nil {
		return nil, err
	}
	if v.master, err = keys.NewMasterKey(s.chance); err != nil {
		return nil, err
	}
	return v, v.start()
}

// start opens the database and makes the program over it.
func (v *server) start() error {
	d, file, err := sqlite.OpenVFS(v.s.ctx, "/server.db", v.disk.Name())
	if err != nil {
		return err
	}
	v.plain, v.file = d, file
	var use db.DB = d
	if w := v.s.c.Sabotage.database(v.s, d); w != nil {
		use = w
	}
	quiet := slog.New(slog.DiscardHandler)
	ids := stamp.NewIDs(stamp.Times(v.clock), v.s.chance)
	if v.ledger, err = ledger.New(use, ledger.Options{Clock: v.clock, IDs: ids, Key: v.key, Log: quiet, Seen: v.s.c.Sabotage.seen(v)}); err != nil {
		return err
	}
	if err := v.openVault(use); err != nil {
		return err
	}
	a, err := api.New(api.Options{DB: use, Ledger: v.ledger, Vault: v.vault, District: district, Key: v.key, Clock: v.clock, Program: "sim", Log: quiet, Snapshots: filepath.Join(v.s.c.Dir, "snapshots"), SnapshotFrom: 3,
		Box: func(payback.DistrictID) (keys.BoxKey, error) { return v.box, nil }})
	if err != nil {
		return err
	}
	v.handler = a.Handler()
	n := notify.New(notify.Config{Outbox: use, People: v.vault, Gateway: texts{}, Speaker: assets.NewSpeaker("ko"), Now: v.ledger.Now, Log: quiet})
	v.works = clockwork.New(clockwork.Config{Ledger: v.ledger, Notifier: n, Districts: use.Districts, Log: quiet})
	v.up = true
	return nil
}

// current is the database that is open now.
type current struct{ db.DB }

// openVault leads the vault to the database. It is made once: each new one takes a
// password's hash on purpose slow.
func (v *server) openVault(use db.DB) (err error) {
	if v.people == nil {
		v.people = &current{use}
		v.vault, err = vault.New(vault.Config{DB: v.people, Master: v.master, Chance: v.s.chance, Now: v.ledger.Now, NewID: v.ledger.NewID})
	}
	v.people.DB = use
	return err
}

// texts is a gateway that every text message leaves by.
type texts struct{}

// Send takes a text.
func (texts) Send(context.Context, notify.Text) error { return nil }

// failed looks at an error of the server: with the power gone it is expected, and
// the server stays down; otherwise it is a violation.
func (v *server) failed(what string, err error) {
	switch {
	case v.disk.Dead():
		v.crash()
	case v.troubled():
		v.s.note("the server's disk gave an error at %s; it is started again", what)
		v.shut()
		v.disk.Restart(nil)
	case err != nil && fault.CodeOf(err) != fault.Invalid:
		v.s.violated("fail: the server fails at %s: %v", what, err)
	}
}

// troubled says that the disk has given an error since it was last asked.
func (v *server) troubled() bool {
	n := v.disk.Injected()
	was := v.injected
	v.injected = n
	return n > was
}

// crash ends the program as a power cut does.
func (v *server) crash() {
	v.s.note("the server's power went")
	v.s.faulted("server power cut")
	v.shut()
	v.disk.Restart(v.s.powerless())
}

// kill ends the program alone; the machine goes on.
func (v *server) kill() {
	v.s.note("the server was killed")
	v.s.faulted("server killed")
	v.shut()
	v.disk.Restart(nil)
}

func (v *server) shut() {
	if v.file != nil {
		_ = v.plain.Close()
		v.file, v.plain = nil, nil
	}
	v.up = false
}

// wake starts the server again, if it is down.
func (v *server) wake() {
	if v.up {
		return
	}
	if err := v.start(); err != nil {
		v.s.violated("fail: the server does not start again: %v", err)
		return
	}
	v.s.note("the server is back")
}

// view reads the ledger as it is, past any sabotage.
func (v *server) view(f func(db.Reader) error) {
	if err := v.plain.View(v.s.ctx, district, f); err != nil {
		v.s.violated("fail: the server's database can't be read: %v", err)
	}
}
