package console

import (
	"context"
	"embed"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/vault"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

//go:embed templates
var files embed.FS

// How long somebody stays signed in.
const (
	Idle = 30 * time.Minute
	Life = 8 * time.Hour
)

// Prefix is where the console is mounted.
const Prefix = "/console"

// Deps is what the site works with.
type Deps struct {
	District  payback.DistrictID
	Ledger    *ledger.Ledger
	Query     *query.Query
	Vault     *vault.Vault
	IDs       *stamp.IDs // draws enrolment codes
	Chance    io.Reader
	Log       *slog.Logger
	TLS       bool
	PublicURL string // shown beside an enrolment code; "" = the address that was visited
	// CAPrint is the fingerprint of the server's own certificate authority, in the
	// groups that an enrolment code carries; "" when the certificate is a public one.
	CAPrint string
	// Stats answers at and below /console/stats for officers in place of the
	// console's own page of reports; nil = that page.
	Stats http.Handler
}

// console is the site's pages.
type console struct{ Deps }

// New returns the site, to be mounted at "/console/".
func New(d Deps) *web.Site {
	c := &console{d}
	templates, err := fs.Sub(files, "templates")
	if err != nil {
		panic("console: " + err.Error())
	}
	return web.New(web.Config{
		Name: "console", Prefix: Prefix, Templates: templates, Vault: d.Vault, Now: d.Ledger.Now, Chance: d.Chance, Log: d.Log, TLS: d.TLS,
		Idle: Idle, Life: Life, About: c.about, Admit: c.admit,
	}, c.routes())
}

func (c *console) routes() []web.Route {
	officer := []payback.Role{payback.RoleOfficer}
	librarian := []payback.Role{payback.RoleLibrarian}
	both := []payback.Role{payback.RoleOfficer, payback.RoleLibrarian}
	return []web.Route{
		{Pattern: "GET /{$}", Roles: both, Page: c.home},
		{Pattern: "GET /requests", Roles: officer, Page: c.requests},
		{Pattern: "GET /boxes", Roles: officer, Page: c.boxes},
		{Pattern: "GET /cases", Roles: officer, Page: c.cases},
		{Pattern: "GET /cases/{id...}", Roles: officer, Page: c.oneCase},
		{Pattern: "POST /cases/{id...}", Roles: officer, Page: c.decide},
		{Pattern: "GET /aside", Roles: officer, Page: c.asides},
		{Pattern: "GET /aside/{run}/{wseq}", Roles: officer, Page: c.aside},
		{Pattern: "POST /aside/{run}/{wseq}", Roles: officer, Page: c.mend},
		{Pattern: "GET /texts", Roles: officer, Page: c.texts},
		{Pattern: "GET /pcs", Roles: officer, Page: c.pcs},
		{Pattern: "POST /pcs/codes", Roles: officer, Page: c.makeCode},
		{Pattern: "GET /pcs/{id}", Roles: officer, Page: c.pc},
		{Pattern: "POST /pcs/{id}/revoke", Roles: officer, Page: c.revoke},
		{Pattern: "GET /accounts", Roles: officer, Page: c.accounts},
		{Pattern: "POST /accounts", Roles: officer, Page: c.invite},
		{Pattern: "POST /accounts/{name}/disable", Roles: officer, Page: c.disable},
		{Pattern: "GET /stats", Roles: officer, Page: c.stats},
		{Pattern: "GET /stats/{path...}", Roles: officer, Page: c.stats},
		{Pattern: "GET /intake", Roles: both, Page: c.expected},
		{Pattern: "GET /intake/{box}", Roles: both, Page: c.openBox},
		{Pattern: "GET /intake/{box}/list.csv", Roles: both, Page: c.boxList},
		{Pattern: "POST /intake/{box}/scan", Roles: librarian, Page: c.scan},
		{Pattern: "POST /intake/{box}/end", Roles: librarian, Page: c.endBox},
		{Pattern: "GET /shelve", Roles: both, Page: c.toShelf},
		{Pattern: "POST /shelve", Roles: librarian, Page: c.shelve},
		{Pattern: "GET /sign-in", Page: c.signIn},
		{Pattern: "POST /sign-in", Page: c.enter},
		{Pattern: "POST /sign-out", Page: c.signOut},
		{Pattern: "GET /setup/{token}", Page: c.setup},
		{Pattern: "POST /setup/{token}", Page: c.finishSetup},
	}
}

func (c *console) about(ctx context.Context) (web.About, error) {
	d, env, err := c.Query.District(ctx, c.District)
	if err != nil {
		return web.About{}, err
	}
	return web.About{Name: d.Name, Zone: env.Zone, Demo: d.Demo}, nil
}

// admit returns the visitor as their account is now.
func (c *console) admit(ctx context.Context, w web.Who) (web.Who, error) {
	a, err := c.Vault.Account(ctx, c.District, w.Name)
	if err != nil || a == nil || a.Disabled || a.ID != w.ID {
		return web.Who{}, err
	}
	return whoIs(*a), nil
}

func whoIs(a vault.Account) web.Who {
	return web.Who{ID: a.ID, Name: a.Name, Role: a.Role, Library: a.Library, Store: a.Store}
}

// act does one act of the visitor's and says what became of it.
func (c *console) act(v *web.Visit, b payback.Body) (ledger.Result, error) {
	done, err := c.Ledger.Act(v.Context(), c.District, ledger.Actor{Role: v.Who.Role, By: v.Who.ID}, b)
	if err != nil {
		return ledger.Result{}, err
	}
	return done[0], nil
}

// told keeps the outcome of an act for the next page: what was done, or why not.
func told(v *web.Visit, r ledger.Result, done string) {
	if r.Done() {
		v.Tell("done", done)
		return
	}
	v.Tell("not", v.Reason(r.Reason))
}

// home is Monday for an officer and the boxes for a librarian.
func (c *console) home(v *web.Visit) error {
	if v.Who.Role == payback.RoleLibrarian {
		return v.Go("/intake")
	}
	mo, err := c.Query.Monday(v.Context(), c.District)
	if err != nil {
		return err
	}
	page := mondayPage{Monday: mo}
	if page.People, err = c.people(v, mo.OpenCases); err != nil {
		return err
	}
	return v.Show("monday", page)
}

// mondayPage is the first page with the masked names that it shows.
type mondayPage struct {
	query.Monday
	People map[payback.ResidentID]vault.Masked
}

// people returns the masked names of whom cases are about.
func (c *console) people(v *web.Visit, cases []query.CaseView) (map[payback.ResidentID]vault.Masked, error) {
	var ids []payback.ResidentID
	for _, x := range cases {
		if id := x.Resident(); id != "" {
			ids = append(ids, id)
		}
	}
	return c.Vault.People(v.Context(), c.District, ids)
}

// First names what is to be looked at first, by message keys.
func (p mondayPage) First() []string {
	var keys []string
	for _, x := range []struct {
		n   int
		key string
	}{{p.Unanswered.N, "console.monday.unanswered"}, {p.Boxes.N, "console.monday.boxes"}, {p.Texts.N, "console.monday.texts"}, {p.Cases.N, "console.monday.cases"}} {
		if x.n > 0 {
			keys = append(keys, x.key)
		}
	}
	return keys
}
