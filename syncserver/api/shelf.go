package api

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// Bounds of what a shelf keeps. A device that loses its file on the way asks anew.
const (
	shelfEach  = 2       // files of a district: the newest, and the one that somebody may still read
	shelfBytes = 1 << 30 // of all files
)

// shelf keeps snapshots of catalogues as files, so that many devices share one.
type shelf struct {
	dir    string
	from   int // rows that a file may be behind, too: those come by pull
	ledger *ledger.Ledger
	packer *syncproto.Packer

	making sync.Mutex // held while a file is made: one at a time

	mu   sync.Mutex   // protects kept
	kept []keptOnFile // the oldest first
}

// keptOnFile is one snapshot on the disk.
type keptOnFile struct {
	district payback.DistrictID
	path     string
	syncproto.Snapshot
}

// newShelf returns a shelf in a folder of its own, emptied; nil if dir is "".
func newShelf(dir string, from int, l *ledger.Ledger, p *syncproto.Packer) (*shelf, error) {
	if dir == "" {
		return nil, nil
	}
	if from <= 0 {
		from = snapshotFrom
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.snapshot"))
	if err == nil {
		for _, name := range old {
			err = errors.Join(err, os.Remove(name))
		}
	}
	if err = errors.Join(err, os.MkdirAll(dir, 0o700)); err != nil {
		return nil, fault.New(fault.Unavailable, "").Because(err)
	}
	return &shelf{dir: dir, from: from, ledger: l, packer: p}, nil
}

// current returns the manifest of a district's catalogue that is new enough, and
// makes one if there is none. Who comes while it is made waits for it. It is made
// to the end though the device that asked has gone: others come.
func (s *shelf) current(ctx context.Context, d payback.DistrictID) (syncproto.Snapshot, error) {
	s.making.Lock()
	defer s.making.Unlock()
	if err := ctx.Err(); err != nil {
		return syncproto.Snapshot{}, err
	}
	for _, k := range slices.Backward(s.all()) {
		if k.district != d {
			continue
		}
		at := syncproto.BucketCursor{Name: k.Bucket, Cursor: k.Position, Chain: k.Chain}
		n, err := s.ledger.Behind(ctx, d, k.Epoch, at, s.from)
		if err != nil {
			return syncproto.Snapshot{}, err
		}
		if n < s.from {
			return k.Snapshot, nil
		}
		break
	}
	made, err := s.make(context.WithoutCancel(ctx), d)
	if err != nil {
		return syncproto.Snapshot{}, err
	}
	s.keep(made)
	return made.Snapshot, nil
}

func (s *shelf) all() []keptOnFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept)
}

// find returns a file of a district.
func (s *shelf) find(d payback.DistrictID, id string) (size int64, path string, ok bool) {
	for _, k := range s.all() {
		if k.district == d && k.ID == id {
			return k.Size, k.path, true
		}
	}
	return 0, "", false
}

// keep puts a file on the shelf and takes off what is beyond the bounds.
func (s *shelf) keep(made keptOnFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(slices.DeleteFunc(s.kept, func(k keptOnFile) bool { return k.path == made.path }), made)
	each, bytes := map[payback.DistrictID]int{}, int64(0)
	var stay []keptOnFile
	for _, k := range slices.Backward(s.kept) {
		each[k.district]++
		bytes += k.Size
		if each[k.district] > shelfEach || bytes > shelfBytes && len(stay) > 0 {
			_ = os.Remove(k.path) // one that can't be removed goes at the next start
			continue
		}
		stay = append(stay, k)
	}
	slices.Reverse(stay)
	s.kept = stay
}

// make writes a new file. One that could not be finished is removed.
func (s *shelf) make(ctx context.Context, d payback.DistrictID) (k keptOnFile, err error) {
	f, err := os.CreateTemp(s.dir, "making-*.snapshot")
	if err != nil {
		return k, fault.New(fault.Unavailable, "").Because(err)
	}
	m, err := s.write(ctx, d, f)
	if err = errors.Join(err, f.Close()); err == nil {
		k = keptOnFile{d, filepath.Join(s.dir, string(d)+"-"+m.ID+".snapshot"), m}
		err = os.Rename(f.Name(), k.path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return k, fault.New(fault.Unavailable, "").Because(err)
	}
	return k, nil
}

// write writes a district's catalogue and returns its manifest. The same rows at
// the same position give the same bytes and so the same id, whichever server
// writes them.
func (s *shelf) write(ctx context.Context, d payback.DistrictID, to io.Writer) (m syncproto.Snapshot, err error) {
	w := newPieces(to, s.packer)
	moment, err := s.ledger.Whole(ctx, d, payback.BucketCatalogue, w.add)
	if err == nil {
		err = w.end()
	}
	if err != nil {
		return m, err
	}
	m = w.made
	sum := w.sum.Sum(nil)
	copy(m.SHA256[:], sum)
	m.V, m.ID, m.Epoch = syncproto.Version, base64.RawURLEncoding.EncodeToString(sum), moment.Epoch
	m.Bucket, m.Position, m.Chain, m.Digest = moment.Name, moment.Position, moment.Chain, moment.Digest
	return m, nil
}
