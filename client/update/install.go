package update

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/release"
)

// maxStarts is how often a new program may start without having opened the data
// folder: at the next start the old one is put back.
const maxStarts = 2

// Start is called first of all by a face, before the data folder is opened. It counts
// the start of a new program, puts back the old one when the new one had its starts,
// and puts a fetched one in place. Again says that the file of the program is another
// one now and must be started in place of this one. Under an error the program goes on
// as it is.
func (p Program) Start() (again bool, err error) {
	version, starts, trial := p.trial()
	switch {
	case trial && version == p.Version && starts >= maxStarts:
		return p.rollBack()
	case trial && version == p.Version:
		return false, p.setTrial(version, starts+1)
	case trial: // the marker was written, and then the power went: the new one never came
		if err := remove(p.Path + ".trial"); err != nil {
			return false, fault.Wrap("update.Start", err)
		}
	}
	return p.Install()
}

// Opened is called when the data folder is open: the program stays.
func (p Program) Opened() error { return fault.Wrap("update.Opened", remove(p.Path+".trial")) }

// Install puts a fetched program in place, if there is one, and reports whether it did.
func (p Program) Install() (bool, error) {
	m, err := p.ready()
	if err != nil || p.refuses(m.Version) {
		return false, errors.Join(remove(p.Path+".new"), remove(p.Path+".new.json"))
	}
	if err := p.keepOld(); err != nil {
		return false, p.cannot(err)
	}
	if err := p.setTrial(m.Version, 0); err != nil {
		return false, p.cannot(err)
	}
	if err := errors.Join(os.Chmod(p.Path+".new", 0o755), replace(p.Path+".new", p.Path)); err != nil {
		return false, errors.Join(p.cannot(err), remove(p.Path+".trial"))
	}
	return true, errors.Join(remove(p.Path+".new.json"), syncFolder(p.Path))
}

// ready returns the manifest of a program that was fetched, is whole and signed, and
// is newer.
func (p Program) ready() (release.Manifest, error) {
	signed, err := os.ReadFile(p.Path + ".new.json")
	if err != nil {
		return release.Manifest{}, fault.New(fault.NotFound, KeyNone)
	}
	m, err := release.Open(p.Key, signed)
	if err == nil && !p.takes(m) {
		err = fault.New(fault.NotFound, KeyNone)
	}
	if err != nil {
		return m, err
	}
	return m, p.whole(p.Path+".new", m)
}

// keepOld keeps the program under its second name.
func (p Program) keepOld() error {
	if err := remove(p.Path + ".old"); err != nil {
		return err
	}
	if os.Link(p.Path, p.Path+".old") == nil {
		return nil
	}
	return copyFile(p.Path, p.Path+".old") // a disk without links
}

// copyFile copies a program, whole or not at all.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(err, remove(to+".tmp"))
	}
	return os.Rename(to+".tmp", to)
}

// rollBack puts the old program back and remembers what it was put back from.
func (p Program) rollBack() (bool, error) {
	if _, err := os.Stat(p.Path + ".old"); err != nil { // nothing to go back to: go on trying
		return false, fault.Wrap("update.rollBack", err)
	}
	if err := writeWhole(p.Path+".refused", []byte(p.Version+"\n"), 0o644); err != nil {
		return false, fault.Wrap("update.rollBack", err)
	}
	if err := replace(p.Path+".old", p.Path); err != nil {
		return false, fault.Wrap("update.rollBack", err)
	}
	return true, errors.Join(remove(p.Path+".trial"), syncFolder(p.Path))
}

// RolledBack returns the version that was put back to this one; "" for none.
func (p Program) RolledBack() string {
	text, err := os.ReadFile(p.Path + ".refused")
	if err != nil {
		return ""
	}
	version, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	return version
}

func (p Program) refuses(version string) bool { return version != "" && p.RolledBack() == version }

// trial reads the marker.
func (p Program) trial() (version string, starts int, ok bool) {
	text, err := os.ReadFile(p.Path + ".trial")
	if err != nil {
		return "", 0, false
	}
	version, count, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	starts, err = strconv.Atoi(count)
	return version, starts, err == nil
}

func (p Program) setTrial(version string, starts int) error {
	return writeWhole(p.Path+".trial", []byte(version+" "+strconv.Itoa(starts)+"\n"), 0o644)
}

// Uncount takes back the count of a start that did not come to try: the folder was
// somebody else's, or is not there.
func (p Program) Uncount() error {
	version, starts, ok := p.trial()
	if !ok || starts == 0 {
		return nil
	}
	return fault.Wrap("update.Uncount", p.setTrial(version, starts-1))
}

// The message keys of News.
const (
	KeyUpdated    = "update.updated"
	KeyRolledBack = "update.rolled_back"
)

// News is Opened, and returns what a clerk should know, once: that this is a new
// program, or that one was rolled back; "" for nothing.
func (p Program) News() (key, version string, err error) {
	if _, _, trial := p.trial(); trial {
		return KeyUpdated, p.Version, p.Opened()
	}
	text, err := os.ReadFile(p.Path + ".refused")
	if version = strings.TrimSpace(string(text)); err != nil || version == "" || strings.HasSuffix(version, told) {
		return "", "", nil
	}
	return KeyRolledBack, version, writeWhole(p.Path+".refused", []byte(version+told+"\n"), 0o644)
}

// told stands behind a refused version that the clerk knows of.
const told = " told"
