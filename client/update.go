package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/client/update"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// updateVerb fetches a newer program; the next start of a face puts it in place.
type updateVerb struct {
	Check bool `help:"Only say whether there is one."`
}

// How a face looks for a newer program: only while nobody uses it.
const (
	updateEvery = time.Hour
	updateLook  = time.Minute
	updateIdle  = 10 * time.Minute // without a key or scan
)

// itself is this program's file, with what it may become.
func itself() (update.Program, error) {
	path, err := os.Executable()
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return update.Program{}, fault.Wrap("main.itself", err)
	}
	return update.Program{Path: path, Version: version, OS: runtime.GOOS, Arch: runtime.GOARCH, Face: builtFace,
		Schema: db.Schema, Key: keys.Public(releaseKey), Free: freeMB(filepath.Dir(path))}, nil
}

// starts lets a face begin as the program that it should be. It reports whether another
// program has taken over, and then this one ends.
func (p *program) starts(log *slog.Logger) (over bool, err error) {
	if releaseKey == "" {
		return false, nil
	}
	me, err := itself()
	if err != nil {
		return false, err
	}
	again, err := me.Start()
	if err != nil {
		log.Warn("update not put in place", "error", err)
	}
	if !again {
		return false, nil
	}
	return true, me.Again(os.Args[1:], os.Environ())
}

// opened says that the data folder is open, or why it is not, and returns the sentence
// about an update that the clerk should read once.
func (p *program) opened(failed error, log *slog.Logger) string {
	me, err := itself()
	if err != nil || releaseKey == "" {
		return ""
	}
	if failed != nil {
		if errors.Is(failed, sqlitefile.ErrHeld) || fault.CodeOf(failed) == fault.NotFound {
			err = me.Uncount() // no fault of the program
		}
	} else {
		var key, which string
		if key, which, err = me.News(); key != "" && err == nil {
			return p.say.Say(key, map[string]string{"Version": which})
		}
	}
	if err != nil {
		log.Warn("update not noted", "error", err)
	}
	return ""
}

// keepUpdated fetches newer programs while nobody works here, and ends the face so that
// a fetched one starts. It returns when ctx ends.
func (p *program) keepUpdated(ctx context.Context, f *folder, desk *counter.Desk, log *slog.Logger, end func()) error {
	me, err := itself()
	if err != nil || releaseKey == "" {
		return nil
	}
	tick := time.NewTicker(updateLook)
	defer tick.Stop()
	wait := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		wait -= updateLook
		idle, empty := desk.Idle()
		if wait > 0 || !empty || idle < updateIdle {
			continue
		}
		wait = updateEvery
		m, err := me.Fetch(ctx, f.syncer)
		if err != nil {
			if fault.CodeOf(err) != fault.NotFound && ctx.Err() == nil {
				log.Warn("no update", "error", err)
			}
			continue
		}
		// A clerk may have come back while it was fetched: then the next start installs it.
		if idle, empty := desk.Idle(); empty && idle >= updateIdle {
			log.Info("updating", "version", m.Version)
			p.again = true
			end()
			return nil
		}
		wait = 0
	}
}

// restart starts the program's file again, once the data folder is closed.
func (p *program) restart() error {
	me, err := itself()
	if err != nil {
		return err
	}
	return me.Again(os.Args[1:], os.Environ())
}

// update carries the verb out.
func (p *program) update(ctx context.Context) (err error) {
	me, err := itself()
	if err != nil {
		return err
	}
	f, err := openFolder(ctx, p.dir, use{face: faceVerb, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	key := "update.available"
	m, _, err := me.Check(ctx, f.syncer)
	if err == nil && !p.Update.Check {
		key = "update.fetched"
		m, err = me.Fetch(ctx, f.syncer)
	}
	if fault.CodeOf(err) == fault.NotFound {
		key, m.Version, err = update.KeyNone, version, nil
	}
	if err != nil {
		return err
	}
	if p.JSON {
		return json.NewEncoder(p.out).Encode(map[string]any{"version": version, "newest": m.Version, "fetched": key == "update.fetched"})
	}
	_, err = fmt.Fprintln(p.out, p.say.Say(key, map[string]string{"Version": m.Version}))
	return err
}
