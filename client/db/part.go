package db

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// PartName is the name of the file, in a data folder, of a snapshot that has not
// come whole. It is proven piece by piece when it is read, so it is never synced:
// what a crash tears is fetched again.
const PartName = "snapshot.part"

// Part is what has come of a snapshot's bytes. It is used by one exchange at a time.
type Part struct {
	of   syncproto.Snapshot
	path string
	file *os.File // nil on a simulated disk
	mem  []byte   // there
	size int64    // bytes that have come, from the first on
}

// openPart opens the part of a snapshot of which some pieces are taken in.
func (d *DB) openPart(of syncproto.Snapshot, taken int) (*Part, error) {
	p := &Part{of: of}
	p.size, _ = of.Span(taken) // what is taken in is not read again
	if d.env.VFS != "" {
		return p, nil
	}
	p.path = filepath.Join(d.dir, PartName)
	var err error
	if p.file, err = os.OpenFile(p.path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fault.New(fault.Unavailable, "").Because(err)
	}
	info, err := p.file.Stat()
	if err != nil {
		return nil, fault.New(fault.Unavailable, "").Because(errors.Join(err, p.file.Close()))
	}
	p.size = max(p.size, min(info.Size(), of.Size))
	return p, nil
}

// dropPart removes the file of a part.
func (d *DB) dropPart() error {
	if d.env.VFS != "" {
		return nil
	}
	err := os.Remove(filepath.Join(d.dir, PartName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fault.Wrap("db.dropPart", err)
}

// Size returns how many bytes have come.
func (p *Part) Size() int64 { return p.size }

// At returns what writes bytes at a place on; every byte that was written counts,
// also if more were to come.
func (p *Part) At(offset int64) io.Writer { return io.NewOffsetWriter(p, offset) }

// WriteAt writes bytes at a place.
func (p *Part) WriteAt(b []byte, offset int64) (n int, err error) {
	if p.file != nil {
		if n, err = p.file.WriteAt(b, offset); err != nil {
			err = fault.New(fault.Unavailable, "").Because(err)
		}
	} else {
		if end := offset + int64(len(b)); int64(len(p.mem)) < end {
			p.mem = append(p.mem, make([]byte, end-int64(len(p.mem)))...)
		}
		n = copy(p.mem[offset:], b)
	}
	if offset <= p.size {
		p.size = max(p.size, offset+int64(n))
	}
	return n, err
}

// Piece returns the bytes of piece n, unproven; nil if they have not all come.
func (p *Part) Piece(n int) ([]byte, error) {
	from, to := p.of.Span(n)
	if to > p.size {
		return nil, nil
	}
	b := make([]byte, to-from)
	if p.file == nil {
		copy(b, p.mem[from:])
		return b, nil
	}
	if _, err := p.file.ReadAt(b, from); err != nil && !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Unavailable, "").Because(err)
	}
	return b, nil
}

// Close closes the file and leaves it there.
func (p *Part) Close() error {
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}
