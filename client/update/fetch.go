package update

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/release"
)

// Source is where updates come from: the server, or a test's folder.
type Source interface {
	// Update returns the signed manifest of the program; fault code not_found for none.
	Update(ctx context.Context, os, arch, face string) ([]byte, error)
	// UpdateBytes writes the bytes [from, to) of the program of size bytes.
	UpdateBytes(ctx context.Context, m release.Manifest, from, to int64, into io.Writer) error
}

// Program is the running program and what it may become.
type Program struct {
	Path           string // of its file
	Version        string
	OS, Arch, Face string
	Schema         int          // of the data folder
	Key            keys.Public  // of releases; "" = it does not update itself
	Free           func() int64 // room beside the program, MiB; nil or 0 = not known
}

// Reasons that a program stays as it is, beside faults of the source.
const (
	KeyNone     = "update.none"      // the server has nothing newer
	KeyOff      = "update.off"       // built without a release key, or of no version
	KeyReadOnly = "update.read_only" // the place of the program can't be written
	KeyNoRoom   = "update.no_room"
	KeyRefused  = "update.refused" // that version was rolled back here
	KeyDamaged  = "update.damaged" // what came is not what was signed
)

// pieceSize is how much one request brings; the server gives no more.
const pieceSize = 1 << 20

// reserve is what must be left on the disk beside a new program, in MiB: records come first.
const reserve = 100

// Check returns the manifest of a newer program that the server has for this one.
// Faults: not_found with KeyNone, forbidden with KeyOff, conflict with KeyRefused,
// invalid for a wrong signature, those of the source.
func (p Program) Check(ctx context.Context, from Source) (release.Manifest, []byte, error) {
	var none release.Manifest
	if p.Key == "" || !release.Version(p.Version) {
		return none, nil, fault.New(fault.Forbidden, KeyOff)
	}
	signed, err := from.Update(ctx, p.OS, p.Arch, p.Face)
	if fault.CodeOf(err) == fault.NotFound {
		return none, nil, fault.New(fault.NotFound, KeyNone)
	}
	if err != nil {
		return none, nil, fault.Wrap("update.Check", err)
	}
	m, err := release.Open(p.Key, signed)
	switch {
	case err != nil:
		return none, nil, fault.Wrap("update.Check", err)
	case !p.takes(m):
		return none, nil, fault.New(fault.NotFound, KeyNone)
	case p.refuses(m.Version):
		return none, nil, fault.New(fault.Conflict, KeyRefused, "Version", m.Version)
	}
	return m, signed, nil
}

// takes says whether a program is one for this place, newer than what runs.
func (p Program) takes(m release.Manifest) bool {
	return m.OS == p.OS && m.Arch == p.Arch && m.Face == p.Face && m.MinSchema <= p.Schema && release.Newer(m.Version, p.Version)
}

// Fetch brings the newer program beside the old one, going on with what came before,
// and returns its manifest. It is put in place by Install. Faults besides those of
// Check: unavailable with KeyNoRoom or KeyReadOnly, invalid with KeyDamaged; then the
// next call begins anew.
func (p Program) Fetch(ctx context.Context, from Source) (release.Manifest, error) {
	m, signed, err := p.Check(ctx, from)
	if err != nil {
		return m, err
	}
	if ready, err := p.ready(); err == nil && ready == m {
		return m, nil
	}
	if err := p.bring(ctx, from, m); err != nil {
		return m, err
	}
	if err := p.whole(p.Path+".part", m); err != nil {
		return m, errors.Join(err, remove(p.Path+".part"))
	}
	if err := writeWhole(p.Path+".new.json", signed, 0o644); err != nil {
		return m, p.cannot(err)
	}
	return m, p.cannot(os.Rename(p.Path+".part", p.Path+".new"))
}

// bring fetches what is missing of the part. A full disk takes the part away: the room
// is for records.
func (p Program) bring(ctx context.Context, from Source, m release.Manifest) (err error) {
	path := p.Path + ".part"
	have := int64(0)
	if info, err := os.Stat(path); err == nil {
		have = info.Size()
	}
	if have > m.Size {
		have = 0
	}
	if p.Free != nil {
		if free := p.Free(); free > 0 && free < (m.Size-have)>>20+reserve {
			return errors.Join(fault.New(fault.Unavailable, KeyNoRoom), remove(path))
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return p.cannot(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	disk := &disk{f: f, at: have}
	for disk.at < m.Size {
		start := disk.at
		err := from.UpdateBytes(ctx, m, start, min(m.Size, start+pieceSize), disk)
		if disk.failed != nil {
			return errors.Join(p.cannot(disk.failed), remove(path))
		}
		if err != nil {
			// What was written of this piece is not vouched for.
			return errors.Join(fault.Wrap("update.Fetch", err), f.Truncate(start))
		}
		if disk.at == start {
			return fault.New(fault.Unavailable, KeyDamaged)
		}
	}
	return p.cannot(errors.Join(f.Truncate(m.Size), f.Sync()))
}

// disk writes at a place and remembers that it could not.
type disk struct {
	f      *os.File
	at     int64
	failed error
}

// Write implements io.Writer.
func (d *disk) Write(b []byte) (int, error) {
	n, err := d.f.WriteAt(b, d.at)
	d.at += int64(n)
	if err != nil {
		d.failed = err
	}
	return n, err
}

// cannot says what a failed write means to a person.
func (p Program) cannot(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission), isReadOnly(err):
		return fault.New(fault.Unavailable, KeyReadOnly).Because(err)
	}
	return fault.New(fault.Unavailable, KeyNoRoom).Because(err)
}

// whole says whether a file is the one of the manifest.
func (p Program) whole(path string, m release.Manifest) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.New(fault.Invalid, KeyDamaged).Because(err)
	}
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err = errors.Join(err, f.Close()); err != nil || n != m.Size || hex.EncodeToString(sum.Sum(nil)) != m.SHA256 {
		return fault.New(fault.Invalid, KeyDamaged).Because(err)
	}
	return nil
}

// remove removes a file; one that is not there is removed.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// writeWhole writes a file that is there whole or not at all, and on disk.
func writeWhole(path string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, remove(path+".tmp"))
	}
	return os.Rename(path+".tmp", path)
}
