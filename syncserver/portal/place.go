package portal

import (
	"net/url"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/isbn"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/web"
)

// place asks for a title at the store that was chosen. A visitor whose session is
// over signs in and finds the form as it was.
func (p *portal) place(v *web.Visit) error {
	number, err := isbn.Parse(v.Form("isbn"))
	if err != nil {
		return fault.New(fault.Invalid, "").Because(err)
	}
	store := payback.StoreID(v.Form("store"))
	form := "/titles/" + string(number) + "?store=" + url.QueryEscape(string(store))
	switch {
	case v.Who.Nobody():
		return v.Go("/sign-in?next=" + url.QueryEscape(form))
	case store == "":
		v.Tell("look", v.Say("portal.choose_store_first"))
		return v.Go("/titles/" + string(number))
	}
	tag, err := p.Vault.StoreTag(v.Context(), p.District, store, who(v))
	if err != nil {
		return err
	}
	id := payback.RequestID(v.Form("id"))
	done, err := p.act(v, &payback.Place{Request: id, Resident: who(v), ISBN: number, Store: store, CardTag: tag})
	switch {
	case err != nil:
		return err
	case done.Reason.Key == "no_slot":
		v.Tell("look", v.Say("portal.too_late_wait"))
		return v.Go(form)
	case !done.Done():
		refused(v, done)
		return v.Go(form)
	}
	v.Tell("done", v.Say("portal.placed"))
	return v.Go("/my/" + url.PathEscape(string(id)))
}

// reserve stands in line for a title.
func (p *portal) reserve(v *web.Visit) error {
	number, err := isbn.Parse(v.Form("isbn"))
	if err != nil {
		return fault.New(fault.Invalid, "").Because(err)
	}
	form := "/titles/" + string(number)
	if v.Who.Nobody() {
		return v.Go("/sign-in?next=" + url.QueryEscape(form))
	}
	b := &payback.Reserve{Reservation: payback.ReservationID(v.Form("id")), Resident: who(v), ISBN: number}
	for _, s := range v.R.PostForm["store"] {
		b.Stores = append(b.Stores, payback.StoreID(s))
	}
	if len(b.Stores) == 0 {
		v.Tell("look", v.Say("portal.choose_store_first"))
		return v.Go(form)
	}
	const most = 10
	b.Stores = b.Stores[:min(most, len(b.Stores))]
	done, err := p.act(v, b)
	switch {
	case err != nil:
		return err
	case !done.Done():
		if done.Reason.Key == "slot_free" {
			v.Tell("done", v.Say("portal.slot_came_free"))
		} else {
			refused(v, done)
		}
		return v.Go(form)
	}
	v.Tell("done", v.Say("portal.in_line"))
	return v.Go("/waits/" + url.PathEscape(string(b.Reservation)))
}

func (p *portal) wait(v *web.Visit) error {
	w, choices, err := p.Query.Wait(v.Context(), p.District, who(v), payback.ReservationID(v.R.PathValue("id")))
	if err != nil {
		return err
	}
	return v.Show("wait", map[string]any{"Wait": w, "Choices": choices, "NewID": p.Ledger.NewID()})
}

// take turns an offer into a request.
func (p *portal) take(v *web.Visit) error {
	id := payback.ReservationID(v.R.PathValue("id"))
	w, _, err := p.Query.Wait(v.Context(), p.District, who(v), id)
	if err != nil {
		return err
	}
	back := "/waits/" + url.PathEscape(string(id))
	store := payback.StoreID(v.Form("store"))
	if store == "" {
		v.Tell("look", v.Say("portal.choose_store_first"))
		return v.Go(back)
	}
	tag, err := p.Vault.StoreTag(v.Context(), p.District, store, who(v))
	if err != nil {
		return err
	}
	b := &payback.Place{Request: payback.RequestID(v.Form("id")), Resident: who(v), ISBN: w.Reservation.ISBN, Store: store,
		CardTag: tag, Reservation: id}
	done, err := p.act(v, b)
	switch {
	case err != nil:
		return err
	case !done.Done():
		refused(v, done)
		return v.Go(back)
	}
	v.Tell("done", v.Say("portal.placed"))
	return v.Go("/my/" + url.PathEscape(string(b.Request)))
}

// leave gives a place in line up.
func (p *portal) leave(v *web.Visit) error {
	w, _, err := p.Query.Wait(v.Context(), p.District, who(v), payback.ReservationID(v.R.PathValue("id")))
	if err != nil {
		return err
	}
	done, err := p.act(v, &payback.EndWait{Reservation: w.Reservation.ID})
	switch {
	case err != nil:
		return err
	case !done.Done():
		refused(v, done)
	default:
		v.Tell("done", v.Say("portal.left_line"))
	}
	return v.Go("/my")
}
