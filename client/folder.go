package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/client/syncer"
	"github.com/bookpayback/bookpayback/client/term"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

// folder is an open data folder with everything that works on it.
type folder struct {
	dir     string
	lock    *sqlitefile.Lock // nil beside a face, which holds it
	db      *db.DB
	counter *counter.Counter
	syncer  *syncer.Syncer
	shifted bool // a shifted clock is in force
	ignored bool // one was asked for, but this is no demonstration
	mended  db.Recovered
}

// use says what a folder is opened for.
type use struct {
	face   string // desktop, terminal or verb
	create bool   // make the folder if it is missing
	shift  time.Duration
	log    *slog.Logger
}

// openFolder opens the data folder. A face takes its lock or fails; a verb takes it
// if it is free, and else continues the run of the face beside it.
func openFolder(ctx context.Context, dir string, u use) (*folder, error) {
	if dir == "" {
		return nil, fault.New(fault.NotFound, "main.no_place")
	}
	if !u.create && !db.Exists(dir) {
		return nil, fault.New(fault.NotFound, "main.no_folder", "Folder", dir)
	}
	f := &folder{dir: dir}
	lock, err := sqlitefile.TakeLock(dir)
	if err != nil && (u.face != faceVerb || !errors.Is(err, sqlitefile.ErrHeld)) {
		return nil, err
	}
	f.lock = lock
	if err := f.open(ctx, u); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// open opens the file and wires what works on it. A shifted clock counts only in a
// district that was made for demonstration, which only the file can say; then it is
// opened anew, so that every part reads the same clock.
func (f *folder) open(ctx context.Context, u use) error {
	ids := stamp.NewIDs(time.Now, rand.Reader)
	clock := stamp.NewClock(time.Now, ids.New())
	if err := f.openFile(ctx, clock, ids); err != nil {
		return err
	}
	e, _, err := f.db.Enrolment(ctx)
	if err != nil {
		return err
	}
	f.shifted, f.ignored = e.Demo && u.shift != 0, !e.Demo && u.shift != 0
	if f.shifted {
		clock = stamp.Shifted(clock, u.shift)
		err := f.db.Close()
		f.db = nil
		if err != nil {
			return err
		}
		if err := f.openFile(ctx, clock, stamp.NewIDs(stamp.Times(clock), rand.Reader)); err != nil {
			return err
		}
	}
	if f.lock != nil {
		if err := f.db.BeginRun(ctx); err != nil {
			return err
		}
	}
	if m := f.mended; m.Any() && u.log != nil {
		u.log.Warn("the data folder was mended", "aside", m.Quarantine, "cause", m.Cause, "ops", m.Ops, "missing", m.Missing,
			"journal", m.Journal, "enrolment", m.Enrolment)
	}
	f.counter = counter.New(f.db, counter.Env{Clock: clock, IDs: ids, Chance: rand.Reader})
	f.syncer, err = syncer.New(f.db, syncer.Env{
		Clock: clock, Chance: rand.Reader, Ring: ring(f.dir),
		Program: version, Face: u.face, Log: u.log, Proxy: http.ProxyFromEnvironment, FreeMB: freeMB(f.dir),
	})
	return err
}

// openFile opens the file; the holder of the lock mends what it finds wrong.
func (f *folder) openFile(ctx context.Context, clock stamp.Clock, ids *stamp.IDs) (err error) {
	env := db.Env{Clock: clock, IDs: ids, Chance: rand.Reader, FreeMB: freeMB(f.dir)}
	if f.lock == nil {
		f.db, err = db.Open(ctx, f.dir, env)
		return err
	}
	d, mended, err := db.OpenAlone(ctx, f.dir, env)
	if err != nil {
		return err
	}
	if f.db = d; mended.Any() {
		f.mended = mended
	}
	return nil
}

// news says in one sentence what was mended; "" for nothing.
func (f *folder) news(say *assets.Speaker) string {
	key, args := f.mended.Message()
	if key == "" {
		return ""
	}
	return say.Say(key, args)
}

// check returns what looks the folder over: its file, its rows and chains, its key.
func (f *folder) check(say *assets.Speaker) func(context.Context) (term.Checked, error) {
	return func(ctx context.Context) (out term.Checked, err error) {
		find := func(err error) {
			if err != nil {
				out.Wrong = append(out.Wrong, say.Say(fault.Message(err)))
			}
		}
		find(f.db.File().FullCheck(ctx))
		v, err := f.db.Verify(ctx)
		if err != nil {
			return out, err
		}
		out.Ops = v.Ops
		for _, s := range v.Sums {
			out.Sums = append(out.Sums, term.SumJSON{Bucket: string(s.Bucket), Cursor: s.Cursor, Rows: s.Rows, Digest: s.Digest.String()})
		}
		for _, r := range v.Wrong {
			out.Wrong = append(out.Wrong, counter.Sentence(say, r))
		}
		e, enrolled, err := f.db.Enrolment(ctx)
		if err != nil || !enrolled {
			return out, err
		}
		key, _, err := ring(f.dir).Key(syncer.KeyName, nil)
		if err == nil && payback.DeviceID(key.Fingerprint()) != e.Device {
			err = fault.New(fault.Internal, "main.other_key")
		}
		find(err)
		return out, nil
	}
}

// export writes what is not acknowledged to a new file in the data folder; none is
// no error.
func (f *folder) export(ctx context.Context) (path string, n int, err error) {
	file, n, err := f.syncer.Export(ctx, nil)
	if fault.CodeOf(err) == fault.NotFound {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	path = filepath.Join(f.dir, "carry-"+time.Now().Format("20060102-150405")+".ops")
	return path, n, syncer.WriteNew(path, file)
}

// ring returns the key ring of a data folder.
func ring(dir string) keys.Ring {
	return keys.Ring{Dir: filepath.Join(dir, db.KeysFolder), Service: appName}
}

// close closes the file and gives the folder back.
func (f *folder) close() error {
	var err error
	if f.db != nil {
		err = f.db.Close()
	}
	return errors.Join(err, f.lock.Release())
}
