package web

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

// MaxBody is the longest body of a request, in bytes: forms are short.
const MaxBody = 64 << 10

// Config is what a site is made of.
type Config struct {
	Name      string // names the session cookie
	Prefix    string // where the site is mounted: "" or "/console"
	Templates fs.FS  // site.html and one file a page, each defining "title" and "main"
	Vault     *vault.Vault
	Now       func() int64 // UTC ms
	Chance    io.Reader
	Log       *slog.Logger
	TLS       bool
	Idle      time.Duration // a session ends when unused for so long
	Life      time.Duration // and at the latest after so long
	// About says what every page needs to know of the district.
	About func(context.Context) (About, error)
	// Admit returns the visitor as they are now: a disabled account is nobody.
	Admit func(ctx context.Context, w Who) (Who, error)
}

// About is what every page needs to know of the district.
type About struct {
	Name string // 서초
	Zone *time.Location
	Demo bool
}

// Who is the visitor: the zero value is nobody.
type Who struct {
	ID      string // pseudonym
	Name    string // account's name; "" for residents
	Role    payback.Role
	Library payback.LibraryID
	Store   payback.StoreID
}

// Nobody says that the visitor has not signed in.
func (w Who) Nobody() bool { return w.ID == "" }

// Page answers one request. Its error becomes the error page.
type Page func(v *Visit) error

// Route is one route of a site, as its table lists it.
type Route struct {
	Pattern string         // "GET /requests/{id}", below the prefix
	Roles   []payback.Role // who may come; none = anybody
	Page    Page
}

// Site is a frame with routes. It is an http.Handler.
type Site struct {
	c        Config
	routes   []Route
	sessions *scs.SessionManager
	pages    map[string]templates // by language
	speakers map[string]*assets.Speaker
	static   static
	handler  http.Handler
}

// New returns the site. It panics when a template can't be read, which a test
// would have found.
func New(c Config, routes []Route) *Site {
	s := &Site{c: c, routes: routes, static: newStatic(c.Prefix), speakers: map[string]*assets.Speaker{}, pages: map[string]templates{}}
	for _, lang := range languages() {
		s.speakers[lang] = assets.NewSpeaker(lang)
		s.pages[lang] = parse(c.Templates, s.speakers[lang], s.static)
	}
	s.sessions = s.newSessions()
	mux := http.NewServeMux()
	mux.Handle("GET "+c.Prefix+"/assets/", s.static)
	for _, r := range append(slices.Clone(routes), Route{Pattern: "POST /language", Page: setLanguage}) {
		method, path, _ := strings.Cut(r.Pattern, " ")
		mux.Handle(method+" "+c.Prefix+path, s.serve(r))
	}
	mux.Handle(c.Prefix+"/", s.serve(Route{Page: func(*Visit) error { return fault.New(fault.NotFound, "") }}))
	s.handler = s.guard(s.sessions.LoadAndSave(mux))
	return s
}

func languages() []string { return []string{"ko", "en"} }

// Routes returns the site's table of routes.
func (s *Site) Routes() []Route { return s.routes }

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// guard refuses what no page should see and sets what every reply has.
func (s *Site) guard(next http.Handler) http.Handler {
	foreign := http.NewCrossOriginProtection()
	foreign.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.plain(w, r, fault.New(fault.Forbidden, "web.foreign"))
	}))
	safe := foreign.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				s.c.Log.Error("a page panicked", "route", r.Pattern, "panic", p)
				s.plain(w, r, fault.New(fault.Internal, ""))
			}
		}()
		s.headers(w.Header())
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
		safe.ServeHTTP(w, r)
	})
}

// headers are those of every reply; pages add their Content-Security-Policy.
func (s *Site) headers(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", policy(""))
	h.Set("Cache-Control", "no-store")
	if s.c.TLS {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

func policy(nonce string) string {
	script := "'none'"
	if nonce != "" {
		script = "'nonce-" + nonce + "'"
	}
	return "default-src 'none'; script-src " + script + "; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
		"manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}

// plain shows the error page outside a session.
func (s *Site) plain(w http.ResponseWriter, r *http.Request, err error) {
	v := &Visit{W: w, R: r, site: s, lang: language(r)}
	v.fail(err)
}

// serve makes a handler of a route.
func (s *Site) serve(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &Visit{W: w, R: r, site: s, lang: language(r)}
		if err := v.arrive(route); err != nil {
			v.fail(err)
		}
	})
}
