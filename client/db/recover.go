package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// QuarantineFolder is where damaged files are put, each time in a folder of its
// own, named after the time. Nothing in it is read again.
const QuarantineFolder = "quarantine"

// checkEvery is how long a folder goes without a check of the whole file, ms.
const checkEvery = 7 * 24 * int64(time.Hour/time.Millisecond)

// jnlBehind is how many ops the journal may be behind the file without a word: an
// end between the commit of one call of Record and its append leaves its ops.
const jnlBehind = 16

// Recovered says what OpenAlone had to mend. Its zero value: nothing.
type Recovered struct {
	Quarantine string // folder with the damaged files; "" = the file was sound
	Cause      error  // why it was given up
	Ops        int    // ops put back
	Missing    int    // ops that a later one names and no copy has
	Journal    int    // stretches of the journal that could not be read
	Enrolment  bool   // the enrolment was put back
}

// Any says that something was mended.
func (r Recovered) Any() bool {
	return r.Quarantine != "" || r.Ops > 0 || r.Missing > 0 || r.Journal > 0 || r.Enrolment
}

// Message returns the one sentence for the clerk: a message key and its values; ""
// for nothing.
func (r Recovered) Message() (key string, args map[string]string) {
	args = map[string]string{"Count": fmt.Sprint(r.Ops)}
	switch {
	case r.Missing > 0:
		return "recovery.missing", map[string]string{"Count": fmt.Sprint(r.Missing)}
	case r.Quarantine != "":
		return "recovery.rebuilt", nil
	case r.Ops > 0:
		return "recovery.ops", args
	case r.Enrolment:
		return "recovery.enrolment", nil
	case r.Journal > 0:
		return "recovery.journal", nil
	}
	return "", nil
}

// Exists says whether dir is a data folder: it has a file, or a journal from which
// OpenAlone makes one.
func Exists(dir string) bool {
	for _, name := range []string{FileName, JournalFolder} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// OpenAlone opens the data folder as the holder of its lock, and mends it. After
// an end that was not clean, and once a week, the whole file is checked; always
// the outbox is compared with the journal. Ops that only one of them has are put
// into the other. A damaged file is put aside with its log, and a fresh one made
// with the enrolment and every op that the journal or the old file still has; the
// next pulls fetch the rest. Errors are those of Open.
func OpenAlone(ctx context.Context, dir string, env Env) (*DB, Recovered, error) {
	m := &mending{ctx: ctx, dir: dir, env: env, files: env.files()}
	if m.files == nil {
		d, err := Open(ctx, dir, env)
		return d, Recovered{}, err
	}
	if err := m.all(); err != nil {
		err = fault.Wrap("db.OpenAlone", err)
		if m.db != nil {
			err = errors.Join(err, m.db.file.Close(), m.db.jnl.close())
		}
		return nil, m.out, err
	}
	return m.db, m.out, nil
}

// mending is one opening.
type mending struct {
	ctx     context.Context
	dir     string
	env     Env
	files   Files
	db      *DB
	records []jnlRecord // of the journal
	whole   bool        // the whole file is checked
	found   findings
	out     Recovered
}

func (m *mending) all() error {
	var unread error
	m.records, m.out.Journal, unread = readJournal(m.files, filepath.Join(m.dir, JournalFolder))
	clean, err := m.takeMark()
	if err != nil {
		return err
	}
	err = m.open(!clean)
	if isDamage(err) {
		err = m.startAfresh(err)
	}
	if err != nil {
		return err
	}
	if err := m.enrolment(); err != nil {
		return err
	}
	if err := m.putBack(); err != nil {
		return err
	}
	if err := m.mendJournal(unread); err != nil {
		return err
	}
	if m.whole {
		if err := m.db.setMeta(m.ctx, metaChecked, m.env.Clock.Now().Wall); err != nil {
			return err
		}
	}
	return m.db.fillReserve()
}

// open opens the file as it lies and looks at it.
func (m *mending) open(whole bool) (err error) {
	if m.db, err = Open(m.ctx, m.dir, m.env); err != nil {
		return err
	}
	m.db.alone = true
	var checked int64
	if err := metaIn(m.ctx, m.db.file.Read, metaChecked, &checked); err != nil {
		return err
	}
	week := m.env.Clock.Now().Wall-checked >= checkEvery
	m.whole = whole || week
	if err := m.db.checkFile(m.ctx, m.whole, week && checked > 0); err != nil {
		return err
	}
	m.found, err = m.db.compare(m.ctx, m.records)
	return err
}

// isDamage says whether an error of opening means that the file can't be used as
// it is. What another try, more room or a newer program would cure does not.
func isDamage(err error) bool {
	return err != nil && fault.CodeOf(err) == fault.Internal
}

// startAfresh puts the damaged file aside and fills a new one.
func (m *mending) startAfresh(cause error) error {
	m.out.Cause = cause
	if m.db != nil {
		if err := m.db.file.Close(); err != nil && !isDamage(err) {
			return err
		}
		m.db = nil
	}
	aside, err := m.quarantine(FileName, FileName+"-wal", FileName+"-shm")
	if err != nil {
		return err
	}
	m.out.Quarantine = aside
	if m.db, err = Open(m.ctx, m.dir, m.env); err != nil {
		return err
	}
	m.db.alone, m.whole = true, true
	kept := salvage(m.ctx, filepath.Join(aside, FileName), m.env.VFS)
	if m.found, err = m.db.compare(m.ctx, append(m.records, kept.ops...)); err != nil {
		return err
	}
	m.found.positions = kept.rows.positions
	if kept.set != nil {
		if err := m.db.SetSettings(m.ctx, *kept.set); err != nil {
			return err
		}
	}
	if err := m.db.keepRows(m.ctx, kept.rows); err != nil || kept.who.Device == "" {
		return err
	}
	if _, ok := readEnrolmentCopy(m.files, m.dir); ok {
		return nil // it has a checksum
	}
	return m.db.SetEnrolment(m.ctx, kept.who)
}

// quarantine moves files of the folder together into a folder of their own.
func (m *mending) quarantine(names ...string) (string, error) {
	base := filepath.Join(m.dir, QuarantineFolder, time.UnixMilli(m.env.Clock.Now().Wall).UTC().Format("20060102T150405Z"))
	aside := base
	for n := 2; ; n++ {
		there, err := m.files.List(aside)
		if err != nil {
			return "", jnlFault(err)
		}
		if len(there) == 0 {
			break
		}
		aside = fmt.Sprintf("%s-%d", base, n)
	}
	if err := m.files.MakeDir(aside); err != nil {
		return "", jnlFault(err)
	}
	for _, name := range names {
		err := m.files.Rename(filepath.Join(m.dir, name), filepath.Join(aside, filepath.Base(name)))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", jnlFault(err)
		}
	}
	return aside, jnlFault(errors.Join(m.files.SyncDir(aside), m.files.SyncDir(filepath.Dir(aside)), m.files.SyncDir(m.dir)))
}

// enrolment puts the enrolment back from its copy where the file has none or
// another, and makes the copy where there is none.
func (m *mending) enrolment() error {
	saved, have := readEnrolmentCopy(m.files, m.dir)
	e, enrolled, err := m.db.Enrolment(m.ctx)
	if err != nil {
		return err
	}
	if !have {
		if !enrolled {
			return nil
		}
		return writeEnrolmentCopy(m.files, m.dir, e)
	}
	if enrolled {
		saved.Epoch = e.Epoch // the file alone knows what was sent in which
	}
	if enrolled && sameEnrolment(saved, e) {
		return nil
	}
	m.out.Enrolment = true
	return m.db.setMeta(m.ctx, metaEnrolment, saved)
}

// putBack writes the ops that the file lacks, and makes the overlay anew if there
// are any or the whole file was in doubt.
func (m *mending) putBack() error {
	missing := m.found.missing
	m.out.Ops = len(missing)
	if len(missing) == 0 && !m.whole {
		return nil
	}
	if err := m.db.putBack(m.ctx, missing, m.found); err != nil {
		return err
	}
	if m.out.Ops == 0 && m.out.Quarantine == "" {
		return nil
	}
	n, err := m.db.holes(m.ctx)
	m.out.Missing = n
	return err
}

// mendJournal gives the journal what it lacks. One that could not be read whole is
// put aside, and written anew from the file, which by now has everything.
func (m *mending) mendJournal(unread error) error {
	if m.out.Journal == 0 && unread == nil {
		if m.out.Quarantine != "" { // the old file may have had ops that the journal had not
			again, err := m.db.compare(m.ctx, m.records)
			if err != nil {
				return err
			}
			m.found.unwritten = again.unwritten
		}
		if n := len(m.found.unwritten); n > jnlBehind || (n > 0 && len(m.records) == 0) {
			m.out.Journal = 1 // more is gone than a program that was cut off leaves unwritten
		}
		return m.ignoreFull(m.db.jnl.append(m.found.unwritten...))
	}
	m.out.Journal = max(1, m.out.Journal)
	if err := m.db.jnl.close(); err != nil {
		return jnlFault(err)
	}
	list, err := segments(m.files, filepath.Join(m.dir, JournalFolder))
	if err != nil {
		return jnlFault(err)
	}
	var names []string
	for _, n := range list {
		names = append(names, segmentPath(JournalFolder, n))
	}
	if _, err := m.quarantine(names...); err != nil {
		return err
	}
	all, err := m.db.compare(m.ctx, nil)
	if err != nil {
		return err
	}
	return m.ignoreFull(m.db.jnl.append(all.unwritten...))
}

// ignoreFull lets a counter open though its journal can't be written: it says so,
// and takes no money until it can.
func (m *mending) ignoreFull(err error) error {
	if err == nil || m.db.jnl.trouble() != nil {
		return nil
	}
	return err
}
