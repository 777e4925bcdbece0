package console

import (
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/vault"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

// signInPage is the sign-in form.
type signInPage struct {
	Next, Name, Problem string
	NeedsSetup          bool // nobody can sign in yet
}

func (c *console) signIn(v *web.Visit) error {
	next := v.Local(v.Query("next"))
	if !v.Who.Nobody() {
		return v.Go(next)
	}
	needs, err := c.Vault.NeedsSetup(v.Context(), c.District)
	if err != nil {
		return err
	}
	return v.Show("signin", signInPage{Next: next, NeedsSetup: needs})
}

func (c *console) enter(v *web.Visit) error {
	page := signInPage{Next: v.Local(v.Form("next")), Name: v.Form("name")}
	a, err := c.Vault.SignIn(v.Context(), c.District, page.Name, v.R.PostFormValue("password"), v.Place())
	if text, ours := v.Problem(err); ours {
		page.Problem = text
		return v.ShowAs(fault.Status(fault.CodeOf(err)), "signin", page)
	}
	if err != nil {
		return err
	}
	if err := v.SignIn(whoIs(a)); err != nil {
		return err
	}
	return v.Go(page.Next)
}

func (c *console) signOut(v *web.Visit) error {
	if err := v.SignOut(); err != nil {
		return err
	}
	return v.Go("/sign-in")
}

// setupPage is where somebody chooses their password.
type setupPage struct {
	Token, Name, Problem string
	Invited              bool // the name is given
	Min                  int
}

func (c *console) setup(v *web.Visit) error {
	name, err := c.Vault.Setup(v.Context(), c.District, v.R.PathValue("token"))
	if err != nil {
		return err
	}
	return v.Show("setup", setupPage{Token: v.R.PathValue("token"), Name: name, Invited: name != "", Min: vault.MinPassword})
}

func (c *console) finishSetup(v *web.Visit) error {
	page := setupPage{Token: v.R.PathValue("token"), Min: vault.MinPassword}
	name, err := c.Vault.Setup(v.Context(), c.District, page.Token)
	if err != nil {
		return err
	}
	page.Name, page.Invited = name, name != ""
	if !page.Invited {
		page.Name = v.Form("name")
	}
	password := v.R.PostFormValue("password")
	if password != v.R.PostFormValue("again") {
		page.Problem = v.Say("console.setup.differ")
		return v.ShowAs(fault.Status(fault.Invalid), "setup", page)
	}
	a, err := c.Vault.FinishSetup(v.Context(), c.District, page.Token, page.Name, password)
	if text, ours := v.Problem(err); ours {
		page.Problem = text
		return v.ShowAs(fault.Status(fault.CodeOf(err)), "setup", page)
	}
	if err != nil {
		return err
	}
	if err := v.SignIn(whoIs(a)); err != nil {
		return err
	}
	return v.Go("/")
}

// accountsPage lists who signs in here; Link is that of the invitation just made.
type accountsPage struct {
	Accounts  []vault.Account
	Libraries []*payback.Library
	Link      string
	For       string
}

func (c *console) accountsPage(v *web.Visit) (page accountsPage, err error) {
	if page.Accounts, err = c.Vault.Accounts(v.Context(), c.District); err != nil {
		return page, err
	}
	page.Libraries, err = c.Query.Libraries(v.Context(), c.District)
	return page, err
}

func (c *console) accounts(v *web.Visit) error {
	page, err := c.accountsPage(v)
	if err != nil {
		return err
	}
	return v.Show("accounts", page)
}

// invite makes an account and shows the link by which its owner chooses a
// password: it is shown once.
func (c *console) invite(v *web.Visit) error {
	a := vault.Account{Name: v.Form("name"), Role: payback.Role(v.Form("role")), Library: payback.LibraryID(v.Form("library"))}
	if !slices.Contains([]payback.Role{payback.RoleOfficer, payback.RoleLibrarian}, a.Role) {
		return fault.New(fault.Invalid, "")
	}
	if a.Role == payback.RoleOfficer {
		a.Library = ""
	} else if a.Library == "" {
		v.Tell("look", v.Say("console.accounts.choose_library"))
		return v.Go("/accounts")
	}
	token, err := c.Vault.Invite(v.Context(), c.District, a)
	if text, ours := v.Problem(err); ours {
		v.Tell("not", text)
		return v.Go("/accounts")
	}
	if err != nil {
		return err
	}
	page, err := c.accountsPage(v)
	if err != nil {
		return err
	}
	base := c.PublicURL
	if base == "" {
		base = "http://" + v.R.Host
	}
	page.Link, page.For = base+Prefix+"/setup/"+token, a.Name
	return v.Show("accounts", page)
}

func (c *console) disable(v *web.Visit) error {
	err := c.Vault.Disable(v.Context(), c.District, v.R.PathValue("name"), v.Form("off") != "no")
	if text, ours := v.Problem(err); ours {
		v.Tell("not", text)
	} else if err != nil {
		return err
	} else {
		v.Tell("done", v.Say("console.accounts.changed"))
	}
	return v.Go("/accounts")
}
