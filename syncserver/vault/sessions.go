package vault

import (
	"context"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// Sessions keeps the sessions of a site for package scs, by the server's clock:
// a session ends Life after it was last written, whatever scs was told.
type Sessions struct {
	v    *Vault
	Life time.Duration
}

// Sessions returns the keeper of a site's sessions.
func (v *Vault) Sessions(life time.Duration) Sessions { return Sessions{v, life} }

// FindCtx returns a live session's data.
func (s Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	data, expires, err := s.v.c.DB.Session(ctx, token)
	if err != nil || data == nil || s.v.c.Now() >= expires {
		return nil, false, fault.Wrap("vault.Sessions", err)
	}
	return data, true, nil
}

// CommitCtx keeps a session.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, _ time.Time) error {
	return fault.Wrap("vault.Sessions", s.v.c.DB.PutSession(ctx, token, data, s.v.c.Now()+s.Life.Milliseconds()))
}

// DeleteCtx ends a session.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	return fault.Wrap("vault.Sessions", s.v.c.DB.DropSession(ctx, token))
}

// Find, Commit and Delete are the forms without a context, which scs asks for and
// does not call.

// Find is FindCtx.
func (s Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx.
func (s Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx.
func (s Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
