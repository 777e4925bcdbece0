package portal

import (
	"context"
	"embed"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/vault"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

//go:embed templates
var files embed.FS

// How long a resident stays signed in. Source: the design's notes on security.
const (
	Idle = 15 * time.Minute
	Life = 12 * time.Hour
)

// Deps is what the site works with.
type Deps struct {
	District payback.DistrictID
	Ledger   *ledger.Ledger
	Query    *query.Query
	Vault    *vault.Vault
	Chance   io.Reader
	Log      *slog.Logger
	TLS      bool // served by TLS: secure cookies
}

// portal is the site's pages.
type portal struct{ Deps }

// New returns the residents' site, to be mounted at "/".
func New(d Deps) *web.Site {
	p := &portal{d}
	templates, err := fs.Sub(files, "templates")
	if err != nil {
		panic("portal: " + err.Error())
	}
	return web.New(web.Config{
		Name: "portal", Templates: templates, Vault: d.Vault, Now: d.Ledger.Now, Chance: d.Chance, Log: d.Log, TLS: d.TLS,
		Idle: Idle, Life: Life, About: p.about, Admit: p.admit,
	}, p.routes())
}

func (p *portal) routes() []web.Route {
	me := []payback.Role{payback.RoleResident}
	return []web.Route{
		{Pattern: "GET /{$}", Page: p.search},
		{Pattern: "GET /titles/{isbn}", Page: p.title},
		{Pattern: "POST /requests", Page: p.place},
		{Pattern: "GET /my", Roles: me, Page: p.my},
		{Pattern: "GET /my/{id}", Roles: me, Page: p.item},
		{Pattern: "GET /my/{id}/calendar.ics", Roles: me, Page: p.calendar},
		{Pattern: "GET /my/{id}/store", Roles: me, Page: p.otherStore},
		{Pattern: "POST /my/{id}/store", Roles: me, Page: p.move},
		{Pattern: "GET /my/{id}/cancel", Roles: me, Page: p.askCancel},
		{Pattern: "POST /my/{id}/cancel", Roles: me, Page: p.cancel},
		{Pattern: "GET /my/{id}/keep", Roles: me, Page: p.askKeep},
		{Pattern: "POST /my/{id}/keep", Roles: me, Page: p.keep},
		{Pattern: "POST /waits", Page: p.reserve},
		{Pattern: "GET /waits/{id}", Roles: me, Page: p.wait},
		{Pattern: "POST /waits/{id}/take", Roles: me, Page: p.take},
		{Pattern: "POST /waits/{id}/leave", Roles: me, Page: p.leave},
		{Pattern: "GET /notices", Roles: me, Page: p.notices},
		{Pattern: "GET /sign-in", Page: p.signIn},
		{Pattern: "POST /sign-in", Page: p.sendCode},
		{Pattern: "POST /sign-in/code", Page: p.enterCode},
		{Pattern: "POST /sign-out", Page: p.signOut},
	}
}

func (p *portal) about(ctx context.Context) (web.About, error) {
	d, env, err := p.Query.District(ctx, p.District)
	if err != nil {
		return web.About{}, err
	}
	return web.About{Name: d.Name, Zone: env.Zone, Demo: d.Demo}, nil
}

// admit lets a resident go on as long as they are kept here.
func (p *portal) admit(ctx context.Context, w web.Who) (web.Who, error) {
	_, err := p.Vault.Details(ctx, p.District, payback.ResidentID(w.ID))
	if fault.CodeOf(err) == fault.NotFound {
		return web.Who{}, nil
	}
	return w, err
}

func who(v *web.Visit) payback.ResidentID { return payback.ResidentID(v.Who.ID) }

// act does one act of the visitor's and says what became of it.
func (p *portal) act(v *web.Visit, b payback.Body) (ledger.Result, error) {
	done, err := p.Ledger.Act(v.Context(), p.District, ledger.Actor{Role: payback.RoleResident, By: v.Who.ID}, b)
	if err != nil {
		return ledger.Result{}, err
	}
	return done[0], nil
}

// refused leaves the reason of a refusal for the next page.
func refused(v *web.Visit, r ledger.Result) { v.Tell("not", v.Reason(r.Reason)) }
