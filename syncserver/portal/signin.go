package portal

import (
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/vault"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

// signInPage is either step of signing in.
type signInPage struct {
	Next    string
	Card    string // second step: kept in the form and nowhere else
	Problem string
	Minutes int
}

func (p *portal) signIn(v *web.Visit) error {
	next := v.Local(v.Query("next"))
	if !v.Who.Nobody() {
		return v.Go(next)
	}
	return v.Show("signin", signInPage{Next: next})
}

// sendCode sends a code and asks for it. The answer is the same for every card.
func (p *portal) sendCode(v *web.Visit) error {
	page := signInPage{Next: v.Local(v.Form("next")), Card: v.Form("card"), Minutes: vault.CodeMinutes}
	err := p.Vault.StartSignIn(v.Context(), p.District, page.Card, v.Place())
	if text, ours := v.Problem(err); ours {
		page.Problem = text
		return v.ShowAs(fault.Status(fault.CodeOf(err)), "signin", page)
	}
	if err != nil {
		return err
	}
	return v.Show("code", page)
}

func (p *portal) enterCode(v *web.Visit) error {
	page := signInPage{Next: v.Local(v.Form("next")), Card: v.Form("card"), Minutes: vault.CodeMinutes}
	id, err := p.Vault.FinishSignIn(v.Context(), p.District, page.Card, v.Form("code"), v.Place())
	if text, ours := v.Problem(err); ours {
		page.Problem = text
		return v.ShowAs(fault.Status(fault.CodeOf(err)), "code", page)
	}
	if err != nil {
		return err
	}
	if err := v.SignIn(web.Who{ID: string(id), Role: payback.RoleResident}); err != nil {
		return err
	}
	return v.Go(page.Next)
}

func (p *portal) signOut(v *web.Visit) error {
	if err := v.SignOut(); err != nil {
		return err
	}
	return v.Go("/")
}
