package console

import (
	"slices"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/vault"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

// filter reads what a list is narrowed to from the address.
func filter(v *web.Visit) query.Filter {
	return query.Filter{State: payback.State(v.Query("state")), Store: payback.StoreID(v.Query("store")), Page: v.Page()}
}

func (c *console) requests(v *web.Visit) error {
	list, err := c.Query.Requests(v.Context(), c.District, filter(v))
	if err != nil {
		return err
	}
	var ids []payback.ResidentID
	for _, it := range list.Rows {
		ids = append(ids, it.Request.Resident)
	}
	people, err := c.Vault.People(v.Context(), c.District, ids)
	if err != nil {
		return err
	}
	states := []payback.State{payback.Placed, payback.Accepted, payback.Ordered, payback.Ready, payback.Declined, payback.Sold, payback.Cancelled, payback.NoShow, payback.Expired}
	return v.Show("requests", map[string]any{"List": list, "People": people, "States": states, "Path": "/requests"})
}

func (c *console) boxes(v *web.Visit) error {
	list, err := c.Query.Boxes(v.Context(), c.District, filter(v))
	if err != nil {
		return err
	}
	states := []payback.State{payback.TransferOpen, payback.TransferClosed, payback.TransferHanded, payback.TransferTaken}
	return v.Show("boxes", map[string]any{"List": list, "States": states, "Path": "/boxes"})
}

func (c *console) cases(v *web.Visit) error {
	f := filter(v)
	if f.State == "" {
		f.State = payback.CaseOpen
	}
	list, err := c.Query.Cases(v.Context(), c.District, f)
	if err != nil {
		return err
	}
	people, err := c.people(v, list.Rows)
	if err != nil {
		return err
	}
	return v.Show("cases", map[string]any{"List": list, "People": people, "States": []payback.State{payback.CaseOpen, payback.CaseDecided}, "Path": "/cases"})
}

// casePage is one case with the facts on both sides.
type casePage struct {
	query.CaseView
	Person vault.Masked
}

func (c *console) oneCase(v *web.Visit) error {
	one, err := c.Query.Case(v.Context(), c.District, payback.CaseID(v.R.PathValue("id")))
	if err != nil {
		return err
	}
	people, err := c.people(v, []query.CaseView{one})
	if err != nil {
		return err
	}
	return v.Show("case", casePage{CaseView: one, Person: people[one.Resident()]})
}

func (c *console) decide(v *web.Visit) error {
	one, err := c.Query.Case(v.Context(), c.District, payback.CaseID(v.R.PathValue("id")))
	if err != nil {
		return err
	}
	choice, note := payback.Choice(v.Form("choice")), v.Form("note")
	if note == "" || !slices.Contains(one.Case.Choices(), choice) {
		v.Tell("look", v.Say("console.case.needs"))
		return v.Go("/cases/" + v.R.PathValue("id"))
	}
	done, err := c.act(v, &payback.Decide{Case: one.Case.ID, Choice: choice, Note: note})
	if err != nil {
		return err
	}
	told(v, done, v.Say("console.case.decided"))
	return v.Go("/cases")
}

func (c *console) texts(v *web.Visit) error {
	const most = 200
	ms, err := c.Query.FailedTexts(v.Context(), c.District, most)
	if err != nil {
		return err
	}
	type text struct {
		What, Person, Last4, Error string
		Made                       int64
		Tries                      int
	}
	ids := make([]payback.ResidentID, len(ms))
	for i, m := range ms {
		ids[i] = m.To
	}
	people, err := c.Vault.People(v.Context(), c.District, ids)
	if err != nil {
		return err
	}
	list := make([]text, len(ms))
	for i, m := range ms {
		list[i] = text{What: v.Written("notice."+m.Key, m.Args), Person: people[m.To].Name, Last4: people[m.To].Last4, Error: m.Error, Made: m.Made, Tries: m.Tries}
	}
	return v.Show("texts", list)
}
