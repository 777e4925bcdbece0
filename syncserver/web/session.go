package web

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// What a session holds.
const (
	inID    = "id"
	inName  = "name"
	inRole  = "role"
	inSince = "since" // UTC ms
	inSeen  = "seen"  // UTC ms, to the minute
	inFlash = "flash"
	inTone  = "tone"
)

func (s *Site) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store = s.c.Vault.Sessions(s.c.Life)
	m.Lifetime = s.c.Life
	m.HashTokenInStore = true
	m.Cookie.Name = s.c.Name
	if s.c.TLS {
		m.Cookie.Name = "__Host-" + s.c.Name
		m.Cookie.Secure = true
	}
	m.Cookie.Path = "/"
	m.Cookie.SameSite = http.SameSiteLaxMode // strict would sign out who comes by a text's link
	m.Cookie.Persist = false
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) { s.plain(w, r, fault.Wrap("web.session", err)) }
	return m
}

// visitor says who comes, by the session; one that was unused for too long or is
// too old ends.
func (s *Site) visitor(ctx context.Context) (Who, error) {
	w := Who{ID: s.sessions.GetString(ctx, inID), Name: s.sessions.GetString(ctx, inName), Role: payback.Role(s.sessions.GetString(ctx, inRole))}
	if w.Nobody() {
		return Who{}, nil
	}
	now, since, seen := s.c.Now(), s.sessions.GetInt64(ctx, inSince), s.sessions.GetInt64(ctx, inSeen)
	if now-since >= s.c.Life.Milliseconds() || now-seen >= s.c.Idle.Milliseconds() {
		return Who{}, fault.Wrap("web.visitor", s.sessions.Destroy(ctx))
	}
	if now-seen >= time.Minute.Milliseconds() { // once a minute: each is a write
		s.sessions.Put(ctx, inSeen, now)
	}
	admitted, err := s.c.Admit(ctx, w)
	if err != nil {
		return Who{}, fault.Wrap("web.visitor", err)
	}
	if admitted.Nobody() {
		return Who{}, fault.Wrap("web.visitor", s.sessions.Destroy(ctx))
	}
	return admitted, nil
}

// SignIn begins a session, under a new token.
func (v *Visit) SignIn(w Who) error {
	ctx, m := v.Context(), v.site.sessions
	if err := m.RenewToken(ctx); err != nil {
		return fault.Wrap("web.SignIn", err)
	}
	m.Put(ctx, inID, w.ID)
	m.Put(ctx, inName, w.Name)
	m.Put(ctx, inRole, string(w.Role))
	m.Put(ctx, inSince, v.Now())
	m.Put(ctx, inSeen, v.Now())
	v.Who = w
	return nil
}

// SignOut ends the session, on the server too.
func (v *Visit) SignOut() error {
	v.Who = Who{}
	return fault.Wrap("web.SignOut", v.site.sessions.Destroy(v.Context()))
}

// Tell keeps a sentence for the next page that the visitor sees. Tone is a state
// of the look: done, look, not.
func (v *Visit) Tell(tone, text string) {
	v.site.sessions.Put(v.Context(), inTone, tone)
	v.site.sessions.Put(v.Context(), inFlash, text)
}

// Keep keeps a value in the session, Kept returns it ("" if none), for a form of
// two steps.
func (v *Visit) Keep(name, value string) { v.site.sessions.Put(v.Context(), "kept_"+name, value) }

// Kept returns what Keep kept.
func (v *Visit) Kept(name string) string { return v.site.sessions.GetString(v.Context(), "kept_"+name) }
