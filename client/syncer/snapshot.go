package syncer

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// pieceTries is how often a piece that is not what the manifest says is fetched.
const pieceTries = 3

// errNoSnapshot says that the server has none for us: a pull brings the same.
var errNoSnapshot = fault.New(fault.NotFound, KeyRefused)

// snapshot brings the catalogue by a snapshot, where one is due and the server has
// one; the tail is the next pull's. Between two stretches it sends what a clerk did
// meanwhile and pulls the store's part. A server that does not know of snapshots,
// or that can't make one now, is no error.
func (s *Syncer) snapshot(ctx context.Context, e db.Enrolment, l *line, r *Report, tell func()) error {
	a, part, err := s.arriving(ctx, e, l)
	if err != nil || part == nil {
		return err
	}
	defer func() { _ = part.Close() }()
	for n := a.Taken; n < len(a.Pieces); n++ {
		frames, err := s.piece(ctx, l, a, n, part, func() error { return s.meanwhile(ctx, e, l, r, tell) })
		if err == nil {
			err = s.takePiece(ctx, a, n, frames, r)
		}
		switch {
		case fault.CodeOf(err) == fault.NotFound, fault.CodeOf(err) == fault.Conflict:
			return s.db.DropSnapshot(ctx, false) // another has taken its place: asked for in the next exchange
		case fault.CodeOf(err) == fault.Invalid:
			s.env.Log.Warn("snapshot does not fit its manifest", "piece", n, "error", err)
			return s.db.DropSnapshot(ctx, true)
		case err != nil:
			return err
		}
	}
	out, err := s.db.FinishSnapshot(ctx, a)
	if err != nil {
		return err
	}
	r.Changed = r.Changed || out.Changed
	r.Mismatch = append(r.Mismatch, out.Mismatch...)
	if len(out.Mismatch) > 0 {
		return fault.New(fault.Internal, KeyMismatch)
	}
	tell()
	return nil
}

// arriving returns the snapshot to go on with, or a new one; no part if none is to
// be had.
func (s *Syncer) arriving(ctx context.Context, e db.Enrolment, l *line) (db.Arriving, *db.Part, error) {
	a, ok, ask, err := s.db.Snapshot(ctx)
	if err != nil || !ask {
		return a, nil, err
	}
	m := a.Snapshot
	if !ok {
		if m, err = s.manifest(ctx, e, l); err != nil {
			return a, nil, unlessNone(err)
		}
	}
	return s.db.BeginSnapshot(ctx, m)
}

// unlessNone returns nil for a refusal that leaves the pull.
func unlessNone(err error) error {
	switch keyOf(err) {
	case KeyRefused, KeyTrouble:
		return nil
	}
	return err
}

// manifest asks for a snapshot of the catalogue.
func (s *Syncer) manifest(ctx context.Context, e db.Enrolment, l *line) (m syncproto.Snapshot, err error) {
	cursors, err := s.db.Cursors(ctx)
	if err != nil {
		return m, err
	}
	ask := syncproto.SnapshotAsk{V: syncproto.Version, Epoch: e.Epoch, Schema: db.Schema, Bucket: payback.BucketCatalogue}
	for _, c := range cursors {
		if c.Name == ask.Bucket {
			ask.Cursor, ask.Chain = c.Cursor, c.Chain
		}
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return m, err
	}
	a, err := l.call(ctx, http.MethodPost, pathSnapshot, syncproto.ContentJSON, body)
	switch {
	case err != nil:
		return m, err
	case json.Unmarshal(a.body, &m) != nil, m.Check() != nil, strings.ContainsAny(m.ID, "/?#%"):
		return m, nonsense("a snapshot's manifest makes no sense")
	case m.V < 1 || m.V > syncproto.Version:
		return m, fault.New(fault.Forbidden, KeyTooOld)
	case m.Bucket != ask.Bucket, m.Epoch != e.Epoch:
		return m, errNoSnapshot // the server was restored this moment: the pull will find out
	}
	return m, nil
}

// piece returns the rows of piece n, and fetches what is missing of it. Between two
// stretches it does what else there is to do.
func (s *Syncer) piece(ctx context.Context, l *line, a db.Arriving, n int, part *db.Part, between func() error) ([][]byte, error) {
	from, to := a.Span(n)
	for tries := 0; ; {
		packed, err := part.Piece(n)
		if err != nil {
			return nil, err
		}
		if packed == nil {
			if err := s.stretch(ctx, l, a, part, part.Size(), min(a.Size, part.Size()+syncproto.MaxSnapshotRange)); err != nil {
				return nil, err
			}
			if err := between(); err != nil {
				return nil, err
			}
			continue
		}
		frames, err := a.ReadPiece(s.packer, n, packed)
		if err == nil || tries == pieceTries {
			return frames, err
		}
		// Torn by a crash, or changed on its way or on the disk: this piece alone again.
		for at := from; at < to; at += syncproto.MaxSnapshotRange {
			if err := s.stretch(ctx, l, a, part, at, min(to, at+syncproto.MaxSnapshotRange)); err != nil {
				return nil, err
			}
		}
		tries++
	}
}

// stretch fetches bytes of a snapshot into its part. What came of a reply that was
// cut short stays: the next stretch begins behind it.
func (s *Syncer) stretch(ctx context.Context, l *line, a db.Arriving, part *db.Part, from, to int64) error {
	return l.again(ctx, func() error { return l.fetch(ctx, pathSnapshot+"/"+a.ID, from, to, a.Size, part.At(from)) })
}

// meanwhile does what a clerk and the store must not wait for.
func (s *Syncer) meanwhile(ctx context.Context, e db.Enrolment, l *line, r *Report, tell func()) error {
	if err := s.push(ctx, e, l, r); err != nil && !pullsOn(err) {
		return err
	}
	r.heads = nil
	p, _, err := s.pullOnce(ctx, e, l, r, true)
	r.heads = nil
	if err == nil && p.Changed {
		tell()
	}
	return err
}

// takePiece takes in the rows of one piece.
func (s *Syncer) takePiece(ctx context.Context, a db.Arriving, n int, frames [][]byte, r *Report) error {
	rows := make([]db.PulledRow, 0, len(frames))
	for _, f := range frames {
		name, raw, err := syncproto.ReadRow(f)
		if err != nil || name.Bucket != 0 || raw == nil {
			return fault.New(fault.Invalid, "sync.bad_snapshot")
		}
		rows = append(rows, db.PulledRow{RowName: name, Raw: raw})
	}
	p, err := s.db.TakePiece(ctx, a.ID, n, rows)
	r.Rows += p.Rows
	r.Changed = r.Changed || p.Changed
	return err
}

// fetch asks for the bytes [from, to) of a snapshot of size bytes and writes them
// as they come. What came of a reply that was cut is kept: nothing is believed
// before the manifest's hash fits.
func (l *line) fetch(ctx context.Context, path string, from, to, size int64, into io.Writer) error {
	request, nonce, err := l.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	response, err := request.SetHeader("Range", syncproto.ByteRange(from, to)).SetDoNotParseResponse(true).Execute(http.MethodGet, l.base+path)
	if err != nil {
		l.http.GetClient().CloseIdleConnections()
		return noReply(ctx, err)
	}
	body := response.RawBody()
	defer func() { _ = body.Close() }()
	sig := syncproto.Signature(response.Header().Get(syncproto.HeaderSignature))
	if response.StatusCode() != http.StatusPartialContent {
		said, err := io.ReadAll(io.LimitReader(body, maxRefusal))
		if err != nil {
			return noReply(ctx, err)
		}
		if !syncproto.VerifyReply(l.pinned, response.StatusCode(), path, nonce, said, sig) {
			return unsigned(response.StatusCode(), sig != "")
		}
		if response.StatusCode() == http.StatusNotFound {
			return errNoSnapshot
		}
		return refusal(response.StatusCode(), said)
	}
	if response.Header().Get("Content-Range") != syncproto.ContentRange(from, to, size) || sig == "" {
		return unsigned(response.StatusCode(), sig != "")
	}
	var whole bytes.Buffer // a mebibyte at most
	n, err := io.Copy(into, io.TeeReader(io.LimitReader(body, to-from), &whole))
	switch {
	case err != nil && fault.As(err) != nil && fault.CodeOf(err) == fault.Unavailable:
		return err // the disk
	case err != nil:
		return noReply(ctx, err)
	case n < to-from:
		return noReply(ctx, io.ErrUnexpectedEOF)
	case !syncproto.VerifyReply(l.pinned, response.StatusCode(), path, nonce, whole.Bytes(), sig):
		return unsigned(response.StatusCode(), true)
	}
	return nil
}

// maxRefusal is how long a refusal may be, in bytes.
const maxRefusal = 64 << 10
