package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/syncserver/db/sqldb"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// Names of backups: of the database without its persons' keys, of these keys, and
// of a backup that is not verified yet. Between prefix and end stands the time, UTC.
const (
	backupPrefix = "backup-"
	keysPrefix   = "keys-"
	freshPrefix  = ".new-"
	backupEnd    = ".db"
	backupTime   = "20060102-150405.000"
)

// keepKeys is how many files of persons' keys are kept. The newest fits every
// backup, and an erased person's key must not outlive them for long.
const keepKeys = 2

// settingBackup is the setting that holds the last verified backup, as backedUp.
const settingBackup = "server/last_backup"

// backupFlags say where backups go and how many are kept.
type backupFlags struct {
	Dir   string        `name:"backup-dir" help:"Folder of the backups; another disk is best (default: backups, beside the database)." type:"path" placeholder:"DIR" env:"BOOKPAYBACK_BACKUP_DIR"`
	Every time.Duration `name:"backup-every" help:"How often a backup is made; 0 for never." default:"15m" env:"BOOKPAYBACK_BACKUP_EVERY"`
	Keep  int           `name:"backup-keep" help:"How many backups are kept." default:"16" env:"BOOKPAYBACK_BACKUP_KEEP"`
}

// Limits of the flags.
const (
	backupEveryMin   = time.Second
	backupKeepMin    = 1
	backupsBesideDir = "backups"
)

func (f backupFlags) check() error {
	if f.Keep < backupKeepMin || f.Every < 0 || f.Every > 0 && f.Every < backupEveryMin {
		return fault.New(fault.Invalid, "server.backup_flags")
	}
	return nil
}

// backupVerb makes a backup beside a running server or without one.
type backupVerb struct {
	Dir  string `arg:"" optional:"" help:"Folder of the backups (default: backups, beside the database)." type:"path"`
	Keep int    `help:"How many backups are kept in the folder." default:"16"`
}

// backedUp is one verified backup.
type backedUp struct {
	File     string `json:"file"`
	Keys     string `json:"keys"`
	Position uint64 `json:"position"` // of the district that the program works with
	At       int64  `json:"at"`       // UTC ms, real time
	Bytes    int64  `json:"bytes"`
}

// Run makes one backup.
func (v *backupVerb) Run(ctx context.Context, p *program) error {
	if err := (backupFlags{Keep: v.Keep}).check(); err != nil {
		return err
	}
	h, err := p.openThere(ctx)
	if err != nil {
		return err
	}
	done, err := h.backup(ctx, v.Dir, v.Keep, 0)
	if err := errors.Join(err, h.close()); err != nil {
		return err
	}
	if p.JSON {
		return p.inJSON(done)
	}
	p.tell("server.backed_up", "File", done.File, "Keys", done.Keys, "Position", strconv.FormatUint(done.Position, 10),
		"KiB", strconv.FormatInt((done.Bytes+1023)/1024, 10))
	return nil
}

// backup makes a backup in dir ("" = beside the database), verifies it, counts what
// is in it as archived, and drops old ones. Ops up to after were verified in an
// earlier backup. Conflict if another backup is being made.
func (h *house) backup(ctx context.Context, dir string, keep int, after uint64) (done backedUp, err error) {
	if h.row == nil {
		return done, fault.New(fault.NotFound, "server.no_district")
	}
	if dir == "" {
		dir = filepath.Join(h.dir, backupsBesideDir)
	}
	work := filepath.Join(h.dir, "backup-work")
	for _, folder := range []string{dir, work} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return done, fault.New(fault.Unavailable, "server.backup_folder", "Folder", folder).Because(err)
		}
	}
	lock, err := sqlitefile.TakeLock(work)
	if err != nil {
		return done, fault.New(fault.Conflict, "server.backup_running").Because(err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	dropFresh(dir)
	now := time.Now().UTC()
	name := now.Format(backupTime) + backupEnd
	fresh := filepath.Join(dir, freshPrefix+name)
	done = backedUp{File: filepath.Join(dir, backupPrefix+name), Keys: filepath.Join(dir, keysPrefix+name), At: now.UnixMilli()}
	defer func() { _ = os.Remove(fresh) }() // it has its name by then, or is no backup
	if err := sqlite.Backup(ctx, h.file, filepath.Join(work, "copy"), fresh, done.Keys); err != nil {
		return done, err
	}
	if err := h.archive(ctx, fresh, after, &done); err != nil {
		return done, err
	}
	h.thin(dir, keep)
	text, err := json.Marshal(done)
	if err != nil {
		return done, fault.Wrap("main.backup", err)
	}
	return done, h.db.SetSetting(ctx, settingBackup, string(text))
}

// archive verifies a fresh backup, gives it its name, and only then counts what is
// in it as safe.
func (h *house) archive(ctx context.Context, fresh string, after uint64, done *backedUp) (err error) {
	copied, err := sqlite.OpenCopy(fresh)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	ds, err := copied.Districts(ctx)
	if err != nil {
		return err
	}
	for _, d := range ds {
		from := uint64(0)
		if d == h.district {
			from = after
		}
		if _, err := ledger.CheckCopy(ctx, d, copied, from); err != nil {
			return err
		}
	}
	info, err := os.Stat(fresh)
	if err != nil {
		return fault.New(fault.Unavailable, "server.backup_folder", "Folder", filepath.Dir(fresh)).Because(err)
	}
	done.Bytes = info.Size()
	if err := sqlitefile.Publish(fresh, done.File); err != nil {
		return err
	}
	for _, d := range ds {
		position, err := h.ledger.Archive(ctx, d, copied)
		if err != nil {
			return err
		}
		if d == h.district {
			done.Position = position
		}
	}
	return nil
}

// thin drops the oldest backups and keys. What can't be dropped now is dropped the
// next time.
func (h *house) thin(dir string, keep int) {
	for prefix, n := range map[string]int{backupPrefix: keep, keysPrefix: keepKeys} {
		list := backups(dir, prefix)
		for _, name := range list[:max(0, len(list)-n)] {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				h.p.log.Warn("an old backup can't be deleted", "file", name, "error", err)
			}
		}
	}
}

// dropFresh deletes what a program that was killed left.
func dropFresh(dir string) {
	for _, prefix := range []string{freshPrefix, keysPrefix} {
		left, err := filepath.Glob(filepath.Join(dir, prefix+"*"))
		if err != nil {
			return
		}
		for _, name := range left {
			if prefix == freshPrefix || strings.HasSuffix(name, ".tmp") {
				_ = os.Remove(name)
			}
		}
	}
}

// backups returns the names of finished backups in a folder, the oldest first.
func backups(dir, prefix string) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		middle, ok := strings.CutPrefix(e.Name(), prefix)
		middle, end := strings.CutSuffix(middle, backupEnd)
		if _, err := time.Parse(backupTime, middle); ok && end && err == nil {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// keepBackups makes a backup every so often until ctx ends: the first one soon, if
// there is none of late. One that fails is logged and tried again; meanwhile
// counters keep everything.
func (h *house) keepBackups(ctx context.Context, f backupFlags) error {
	if f.Every == 0 {
		return nil
	}
	wait := time.Duration(0)
	if last, err := h.lastBackup(ctx); err == nil && last.At > 0 {
		wait = min(f.Every, max(0, f.Every-time.Since(time.UnixMilli(last.At))))
	}
	verified := uint64(0) // the first one of a program is read whole
	for {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		done, err := h.backup(ctx, f.Dir, f.Keep, verified)
		switch {
		case err == nil:
			verified = done.Position
			h.p.log.Debug("backup made", "file", done.File, "position", done.Position)
		case ctx.Err() == nil:
			verified = 0
			h.p.log.Error("backup failed", "error", err)
		}
		wait = f.Every
	}
}

// lastBackup returns the last verified backup, zero for none.
func (h *house) lastBackup(ctx context.Context) (b backedUp, err error) {
	text, err := h.db.Setting(ctx, settingBackup)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &b)
	}
	return b, fault.Wrap("main.lastBackup", err)
}

// asCopy opens a backup for reading.
func asCopy(path string) (*sqldb.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fault.New(fault.NotFound, "server.no_file", "File", path).Because(err)
	}
	return sqlite.OpenCopy(path)
}
