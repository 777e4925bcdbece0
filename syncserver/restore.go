package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
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
)

// restoreVerb makes a server's database out of a backup. The database must not be
// there yet; the folder of keys must be.
type restoreVerb struct {
	File   string `arg:"" help:"The backup." type:"path"`
	People string `help:"File of the persons' keys (default: the newest beside the backup)." type:"path" placeholder:"FILE"`
	NoKeys bool   `name:"no-people" help:"Restore without the persons' keys: all names, phones and cards are lost."`
}

// restored is what a restore did.
type restored struct {
	Epochs   map[payback.DistrictID]db.Epoch `json:"epochs"`
	People   int                             `json:"people"`
	Gone     int                             `json:"gone"`
	Messages int                             `json:"messages"`
}

// Run restores; the database appears whole and verified, or not at all.
func (v *restoreVerb) Run(ctx context.Context, p *program) error {
	path, err := dbPath(p.DB)
	if err != nil {
		return err
	}
	r := &restorer{p: p, path: path, dir: filepath.Dir(path)}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return fault.New(fault.Unavailable, "fault.read_only").Because(err)
	}
	lock, err := sqlitefile.TakeLock(r.dir)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Release() }()
	if err := r.empty(); err != nil {
		return err
	}
	if err := r.findKeys(); err != nil {
		return err
	}
	people, err := v.people()
	if err != nil {
		return err
	}
	if err := r.check(ctx, v.File); err != nil {
		return err
	}
	out, err := r.restore(ctx, v.File, people)
	if err != nil {
		return err
	}
	return r.tell(out, v.File)
}

// people returns the file of the persons' keys, "" for none.
func (v *restoreVerb) people() (string, error) {
	name := v.People
	if name == "" && !v.NoKeys {
		dir := filepath.Dir(v.File)
		list := backups(dir, keysPrefix)
		if len(list) == 0 {
			return "", fault.New(fault.NotFound, "server.restore_no_people", "Folder", dir)
		}
		name = filepath.Join(dir, list[len(list)-1])
	}
	if name == "" {
		return "", nil
	}
	if _, err := os.Stat(name); err != nil {
		return "", fault.New(fault.NotFound, "server.no_file", "File", name).Because(err)
	}
	return name, nil
}

// restorer is one restore.
type restorer struct {
	p         *program
	path, dir string
	key       keys.Key
}

// empty says that there is no database yet.
func (r *restorer) empty() error {
	for _, end := range []string{"", "-wal", "-journal"} {
		if _, err := os.Stat(r.path + end); !errors.Is(err, os.ErrNotExist) {
			return fault.New(fault.Conflict, "server.restore_not_empty", "File", r.path+end)
		}
	}
	return nil
}

// findKeys opens the server's keys: they are no part of a backup.
func (r *restorer) findKeys() (err error) {
	ring := keys.Ring{Dir: r.p.Keys, Service: "bookpayback-server"}
	if ring.Dir == "" {
		ring.Dir = filepath.Join(r.dir, "keys")
	}
	if r.key, _, err = ring.Key(keyServer, nil); err == nil {
		_, _, err = ring.MasterKey(keyMaster, nil)
	}
	if err != nil {
		return fault.New(fault.NotFound, "server.restore_no_keys", "Folder", ring.Dir).Because(err)
	}
	return nil
}

// check reads the whole backup, and that it is of the server whose keys these are:
// counters believe no other key.
func (r *restorer) check(ctx context.Context, file string) (err error) {
	copied, err := asCopy(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	if err := sqlitefile.CheckCopy(ctx, file); err != nil {
		return err
	}
	ds, err := copied.Districts(ctx)
	if err != nil {
		return err
	}
	for _, d := range ds {
		if _, err := ledger.CheckCopy(ctx, d, copied, 0); err != nil {
			return err
		}
		err := copied.View(ctx, d, func(read db.Reader) error {
			last, err := read.Latest("")
			if err == nil && last != nil && last.Key != string(r.key.Public()) {
				err = fault.New(fault.Conflict, "server.restore_other_keys")
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// restore makes the database in a folder beside, and moves it to its place when it
// is finished and verified.
func (r *restorer) restore(ctx context.Context, file, people string) (out restored, err error) {
	work := filepath.Join(r.dir, "restore-work")
	if err := errors.Join(os.RemoveAll(work), os.MkdirAll(work, 0o700)); err != nil {
		return out, fault.New(fault.Unavailable, "fault.read_only").Because(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	name := filepath.Join(work, "server.db")
	if err := copyFile(file, name); err != nil {
		return out, err
	}
	d, f, err := sqlite.OpenFile(ctx, name)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	fresh, err := sqlite.Refresh(ctx, f, people)
	if err != nil {
		return out, err
	}
	out = restored{Epochs: map[payback.DistrictID]db.Epoch{}, People: fresh.People, Gone: fresh.Gone, Messages: fresh.Messages}
	if err := r.open(ctx, d, out.Epochs); err != nil {
		return out, err
	}
	return out, f.BackupTo(ctx, r.path)
}

// open begins a new epoch in every district and verifies its ledger.
func (r *restorer) open(ctx context.Context, d *sqldb.DB, epochs map[payback.DistrictID]db.Epoch) error {
	clock := stamp.NewClock(time.Now, rand.Text())
	l, err := ledger.New(d, ledger.Options{Clock: clock, IDs: stamp.NewIDs(stamp.Times(clock), rand.Reader), Key: r.key, Log: r.p.log})
	if err != nil {
		return err
	}
	if err := d.SetSetting(ctx, settingBackup, ""); err != nil { // this history has none yet
		return err
	}
	ds, err := d.Districts(ctx)
	if err != nil {
		return err
	}
	for _, district := range ds {
		if epochs[district], err = l.OpenEpoch(ctx, district); err != nil {
			return err
		}
		rep, err := l.Verify(ctx, district)
		if err != nil {
			return err
		}
		if len(rep.Wrong) > 0 {
			return fault.New(fault.Internal, "server.not_sound", "Count", strconv.Itoa(len(rep.Wrong))).Because(errors.New(rep.Wrong[0]))
		}
	}
	return nil
}

// tell says what was done, and what is to do.
func (r *restorer) tell(out restored, file string) error {
	if r.p.JSON {
		return r.p.inJSON(out)
	}
	for d, e := range out.Epochs {
		r.p.tell("server.restored", "District", string(d), "File", file, "Position", strconv.FormatUint(e.Position, 10), "Epoch", e.Epoch)
	}
	r.p.tell("server.restored_people", "People", strconv.Itoa(out.People), "Gone", strconv.Itoa(out.Gone))
	if out.Messages > 0 {
		r.p.tell("server.restored_messages", "Count", strconv.Itoa(out.Messages))
	}
	r.p.tell("server.restored_next", "Folder", r.dir)
	return nil
}

// copyFile copies a file into a new one that only the owner may read.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return fault.New(fault.NotFound, "server.no_file", "File", from).Because(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.New(fault.Unavailable, "fault.read_only").Because(err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return fault.New(fault.Unavailable, "fault.disk_full").Because(err)
	}
	return nil
}
