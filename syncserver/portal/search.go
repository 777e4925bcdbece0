package portal

import (
	"unicode/utf8"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/isbn"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

// maxSearch is the longest text that is searched for, in characters; what is
// beyond is cut.
const maxSearch = 100

// searchPage is what the search shows.
type searchPage struct {
	Text     string
	Found    query.Found
	Standing query.Standing
	Page     int
}

func (p *portal) search(v *web.Visit) error {
	page := searchPage{Text: cut(v.Query("q"), maxSearch), Page: v.Page()}
	var err error
	if page.Standing, err = p.Query.Standing(v.Context(), p.District, who(v)); err != nil {
		return err
	}
	if page.Text != "" {
		if page.Found, err = p.Query.Search(v.Context(), p.District, who(v), page.Text, page.Page); err != nil {
			return err
		}
	}
	return v.Show("search", page)
}

func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// titlePage is one title with the form to ask for it.
type titlePage struct {
	query.Form
	NewID string // of the request that the form would place, so that twice sent is once placed
	Store payback.StoreID
}

func (p *portal) title(v *web.Visit) error {
	number, err := isbn.Parse(v.R.PathValue("isbn"))
	if err != nil {
		return fault.New(fault.NotFound, "").Because(err)
	}
	form, err := p.Query.Form(v.Context(), p.District, who(v), number)
	if err != nil {
		return err
	}
	page := titlePage{Form: form, NewID: p.Ledger.NewID(), Store: payback.StoreID(v.Query("store"))}
	if page.Store == "" {
		for _, c := range form.Choices {
			if c.Reason.None() && c.Stock.Free() > 0 {
				page.Store = c.Store.ID
				break
			}
		}
	}
	return v.Show("title", page)
}
