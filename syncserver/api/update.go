package api

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/release"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// keyNoUpdate says that no program is offered to PCs of that kind.
const keyNoUpdate = "sync.no_update"

// update answers with the signed manifest of the program for a kind of PC. The server
// does not judge it: the counter does, by a key that no server has.
func (s *Server) update(_ context.Context, c *call) (answer, error) {
	q := c.r.URL.Query()
	f, size, err := s.offered(release.Name(q.Get("os"), q.Get("arch"), q.Get("face")), ".json")
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = f.Close() }()
	if size > release.MaxManifest {
		return answer{}, fault.New(fault.NotFound, keyNoUpdate)
	}
	body, err := io.ReadAll(io.LimitReader(f, release.MaxManifest))
	if err != nil {
		return answer{}, fault.New(fault.Unavailable, "").Because(err)
	}
	return answer{media: syncproto.ContentJSON, body: body}, nil
}

// updateBytes answers with a stretch of such a program, at most MaxSnapshotRange bytes.
func (s *Server) updateBytes(_ context.Context, c *call) (answer, error) {
	parts := strings.Split(c.r.PathValue("name"), "-")
	if len(parts) != 3 {
		return answer{}, fault.New(fault.NotFound, keyNoUpdate)
	}
	f, size, err := s.offered(release.Name(parts[0], parts[1], parts[2]), "")
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = f.Close() }()
	from, to, err := syncproto.ParseByteRange(c.r.Header.Get("Range"), size)
	if err != nil {
		return answer{}, err
	}
	body := make([]byte, to-from)
	if _, err := f.ReadAt(body, from); err != nil && !errors.Is(err, io.EOF) {
		return answer{}, fault.New(fault.Unavailable, "").Because(err)
	}
	return answer{media: mediaPiece, body: body, status: http.StatusPartialContent, stretch: syncproto.ContentRange(from, to, size)}, nil
}

// offered opens a file of the folder of updates. The folder is read anew each time, so
// that a release is put there without a restart.
func (s *Server) offered(name, suffix string) (*os.File, int64, error) {
	if s.o.Updates == "" || name == "" {
		return nil, 0, fault.New(fault.NotFound, keyNoUpdate)
	}
	f, err := os.Open(filepath.Join(s.o.Updates, name+suffix))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fault.New(fault.NotFound, keyNoUpdate)
	}
	if err != nil {
		return nil, 0, fault.New(fault.Unavailable, "").Because(err)
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, 0, errors.Join(fault.New(fault.NotFound, keyNoUpdate), f.Close())
	}
	return f, info.Size(), nil
}
