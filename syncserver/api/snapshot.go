package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// snapshotFrom is how many rows a device must lack so that a snapshot serves it
// better than a pull, unless Options says otherwise.
const snapshotFrom = 10_000

// keyNoSnapshot says that there is no such snapshot, or none for this device: a
// pull brings the same rows.
const keyNoSnapshot = "sync.no_snapshot"

// mediaPiece is the media type of a snapshot's bytes.
const mediaPiece = "application/octet-stream"

// snapshot answers with the manifest of a bucket's snapshot. Only the catalogue
// has one: a store's bucket is small, and names belong with its rows.
func (s *Server) snapshot(ctx context.Context, c *call) (answer, error) {
	var ask syncproto.SnapshotAsk
	if err := decode(c.body, &ask); err != nil {
		return answer{}, err
	}
	at := syncproto.BucketCursor{Name: ask.Bucket, Cursor: ask.Cursor, Chain: ask.Chain}
	if err := mayPull(c.device.Store, []syncproto.BucketCursor{at}); err != nil {
		return answer{}, err
	}
	if s.shelf == nil || ask.Bucket != payback.BucketCatalogue {
		return answer{}, fault.New(fault.NotFound, keyNoSnapshot)
	}
	if err := s.settled(ctx, c.device.District); err != nil {
		return answer{}, err
	}
	lacks, err := s.o.Ledger.Behind(ctx, c.device.District, ask.Epoch, at, s.shelf.from)
	if err != nil {
		return answer{}, fault.Wrap("api.snapshot", err)
	}
	if lacks < s.shelf.from {
		return answer{}, fault.New(fault.NotFound, keyNoSnapshot)
	}
	m, err := s.shelf.current(ctx, c.device.District)
	if err != nil {
		return answer{}, fault.Wrap("api.snapshot", err)
	}
	body, err := json.Marshal(m)
	return answer{media: syncproto.ContentJSON, body: body}, fault.Wrap("api.snapshot", err)
}

// settled refuses while a restored server is being refilled: its rows are not what
// they will be. Unavailable with syncproto.KeyRefilling.
func (s *Server) settled(ctx context.Context, d payback.DistrictID) error {
	return s.o.Ledger.View(ctx, d, func(r db.Reader) error {
		head, err := r.Head()
		if err == nil && head.Refill == db.RefillOpen {
			err = fault.New(fault.Unavailable, syncproto.KeyRefilling)
		}
		return err
	})
}

// snapshotBytes answers with a stretch of a snapshot, at most MaxSnapshotRange
// bytes of it: no more is in memory for a request.
func (s *Server) snapshotBytes(ctx context.Context, c *call) (answer, error) {
	if s.shelf == nil {
		return answer{}, fault.New(fault.NotFound, keyNoSnapshot)
	}
	if err := s.settled(ctx, c.device.District); err != nil {
		return answer{}, err
	}
	size, path, ok := s.shelf.find(c.device.District, c.r.PathValue("id"))
	if !ok {
		return answer{}, fault.New(fault.NotFound, keyNoSnapshot)
	}
	from, to, err := syncproto.ParseByteRange(c.r.Header.Get("Range"), size)
	if err != nil {
		return answer{}, err
	}
	f, err := os.Open(path)
	if err != nil {
		return answer{}, fault.New(fault.NotFound, keyNoSnapshot).Because(err)
	}
	defer func() { _ = f.Close() }()
	body := make([]byte, to-from)
	if _, err := io.ReadFull(io.NewSectionReader(f, from, to-from), body); err != nil {
		return answer{}, fault.New(fault.Unavailable, "").Because(err)
	}
	return answer{media: mediaPiece, body: body, status: http.StatusPartialContent,
		stretch: syncproto.ContentRange(from, to, size)}, nil
}
