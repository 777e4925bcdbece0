package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// SellIn is a sale. With Request the rest of the title is known; with Number it
// is a pick-up number that this PC had not heard of; with neither it is a
// walk-in.
type SellIn struct {
	Request  payback.RequestID
	Number   string
	ISBN     payback.ISBN // needed without Request
	Paid     payback.Won
	List     payback.Won // 0 = as known
	Kind     payback.PayKind
	Approval string // of the card terminal, never a card number
	Seen     bool   // card or code was shown
	Card     string // walk-in: the library card's digits; sealed at once, kept nowhere
}

// Sell records a sale; the copy and its loan are born with it. Refused: the
// amount can't be right (Policy.CheckAmount), the title can't be had, the request
// is sold already or not here. Done.Subject is the loan.
func (c *Counter) Sell(ctx context.Context, in SellIn) (Done, error) {
	shop, rules, err := c.shop(ctx)
	if err != nil {
		return Done{}, fault.Wrap("counter.Sell", err)
	}
	r, no, err := c.requestOf(ctx, in)
	if err != nil {
		return Done{}, fault.Wrap("counter.Sell", err)
	}
	if !no.None() {
		return Done{Refused: no}, nil
	}
	if r != nil {
		in.Request, in.Number, in.ISBN = r.ID, "", r.ISBN
	}
	t, err := c.terms(ctx, shop, r, in.ISBN)
	if err != nil {
		return Done{}, fault.Wrap("counter.Sell", err)
	}
	if in.List == 0 {
		in.List = t.Price
	}
	if !t.Stop.None() {
		return Done{Refused: t.Stop}, nil
	}
	if no := shop.Policy.CheckAmount(in.List, in.Paid); !no.None() {
		return Done{Refused: no}, nil
	}
	body := &payback.Sell{Copy: payback.CopyID(c.env.IDs.New()), Request: in.Request, Number: in.Number, ISBN: in.ISBN,
		Paid: in.Paid, List: in.List, PayBy: in.Kind, Approval: in.Approval, Seen: in.Seen,
		Due: payback.DueOn(rules.Policies.On(shop.Today), shop.Store, shop.District, shop.Today)}
	attach, err := c.sealCard(ctx, in.Card, body)
	if err != nil {
		return Done{}, fault.Wrap("counter.Sell", err)
	}
	return c.act(ctx, body, plainOnly, attach)
}

// requestOf finds the request of a sale: by id, or by a pick-up number that this
// PC knows after all. A number that it does not know is no refusal.
func (c *Counter) requestOf(ctx context.Context, in SellIn) (*payback.Request, payback.Reason, error) {
	if in.Request != "" {
		r, err := find[*payback.Request](ctx, c, payback.RequestKey(in.Request))
		if err != nil || r == nil {
			return nil, because("request_unknown"), err
		}
		return r, payback.Reason{}, nil
	}
	if in.Number == "" {
		return nil, payback.Reason{}, nil
	}
	rs, err := c.db.Requests(ctx, db.RequestFilter{Number: in.Number})
	if err != nil {
		return nil, payback.Reason{}, err
	}
	other := false
	for _, r := range rs {
		switch {
		case r.Open() && r.ISBN == in.ISBN:
			return r, payback.Reason{}, nil
		case r.Open():
			other = true
		}
	}
	if other {
		return nil, because(ReasonOtherTitle, "number", in.Number), nil
	}
	return nil, payback.Reason{}, nil
}

// sealCard encrypts a walk-in's card to the district and tags it for this store.
func (c *Counter) sealCard(ctx context.Context, card string, body *payback.Sell) (*db.Attachment, error) {
	if card = keys.NormalCard(card); card == "" {
		return nil, nil
	}
	who, _, err := c.db.Enrolment(ctx)
	if err != nil {
		return nil, err
	}
	sealed, err := keys.Seal(who.BoxKey, []byte(card), c.env.Chance)
	if err != nil {
		return nil, err
	}
	body.Card, body.CardTag = c.env.IDs.New(), keys.CardTag(who.CardKey, card)
	return &db.Attachment{ID: body.Card, Data: sealed}, nil
}

// cardTag returns the tag by which this store's rows name a card.
func (c *Counter) cardTag(ctx context.Context, card string) (string, error) {
	who, _, err := c.db.Enrolment(ctx)
	if err != nil {
		return "", err
	}
	return keys.CardTag(who.CardKey, card), nil
}

// Terms is what to tell and ask at a sale.
type Terms struct {
	Due   payback.Date // last day to bring it back
	Price payback.Won  // list price; 0 = unknown
	Least payback.Won  // the lowest amount that the rules allow; 0 when the price is unknown
	Most  payback.Won  // the highest
	Stop  payback.Reason
}

// Terms returns the terms of selling a request's copy, or of a title (walk-in).
func (c *Counter) Terms(ctx context.Context, id payback.RequestID, i payback.ISBN) (Terms, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return Terms{}, err
	}
	r, err := find[*payback.Request](ctx, c, payback.RequestKey(id))
	if err != nil {
		return Terms{}, fault.Wrap("counter.Terms", err)
	}
	if r != nil {
		i = r.ISBN
	}
	t, err := c.terms(ctx, shop, r, i)
	return t, fault.Wrap("counter.Terms", err)
}

// terms are those of a request, or of a walk-in if r is nil: only that one asks
// again whether the title can be had, since a request's promise stands.
func (c *Counter) terms(ctx context.Context, shop Shop, r *payback.Request, i payback.ISBN) (Terms, error) {
	title, err := find[*payback.Title](ctx, c, payback.TitleKey(i))
	if err != nil {
		return Terms{}, err
	}
	t := Terms{Due: payback.DueOn(shop.Policy, shop.Store, shop.District, shop.Today), Most: shop.Policy.PriceCeiling}
	if title != nil {
		t.Price = title.Price
	}
	if r != nil && r.Price > 0 {
		t.Price = r.Price
	}
	if t.Price > 0 {
		t.Least, t.Most = t.Price-t.Price*payback.Won(shop.Policy.MaxDiscount)/100, t.Price
	}
	switch {
	case r == nil:
		t.Stop = shop.Policy.CheckTitle(title, shop.Today)
	case r.State == payback.Sold:
		t.Stop = because("sold_before")
	}
	return t, nil
}
