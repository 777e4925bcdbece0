package syncer

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/release"
)

const pathUpdate = "/v1/update"

// Update returns the signed manifest of the program that the server offers to PCs of
// this kind. Faults: not_found for none, unauthorized if not enrolled, those of an
// exchange. It does not wait for an exchange that is under way longer than to connect.
func (s *Syncer) Update(ctx context.Context, os, arch, face string) ([]byte, error) {
	l, err := s.updateLine(ctx)
	if err != nil {
		return nil, fault.Wrap("syncer.Update", err)
	}
	ask := url.Values{"os": {os}, "arch": {arch}, "face": {face}}
	a, err := l.call(ctx, http.MethodGet, pathUpdate+"?"+ask.Encode(), "", nil)
	if keyOf(err) == KeyRefused { // signed: this server has none, or is older than updates
		return nil, fault.New(fault.NotFound, KeyRefused)
	}
	return a.body, fault.Wrap("syncer.Update", err)
}

// UpdateBytes writes the bytes [from, to) of the program that a manifest describes, at
// most syncproto.MaxSnapshotRange of them. What was written under an error is not
// vouched for.
func (s *Syncer) UpdateBytes(ctx context.Context, m release.Manifest, from, to int64, into io.Writer) error {
	l, err := s.updateLine(ctx)
	if err != nil {
		return fault.Wrap("syncer.UpdateBytes", err)
	}
	return fault.Wrap("syncer.UpdateBytes", l.fetch(ctx, pathUpdate+"/"+release.Name(m.OS, m.Arch, m.Face), from, to, m.Size, into))
}

func (s *Syncer) updateLine(ctx context.Context) (*line, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, l, err := s.connect(ctx)
	return l, err
}
