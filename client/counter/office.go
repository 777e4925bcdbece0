package counter

import (
	"context"
	"encoding/json"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Sources of a count.
const (
	SourceCount   = "count"
	SourceReceive = "receive"
)

// CountStock says how many copies of a title the store has, or with add how many
// more (or fewer). Fewer than are set aside opens a case for the owner.
func (c *Counter) CountStock(ctx context.Context, i payback.ISBN, n int, add bool, source string) (Done, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return Done{}, err
	}
	body := &payback.Count{ISBN: i, N: n, Add: add, Source: source, ID: c.env.IDs.New()}
	done, err := c.act(ctx, body, notLost, nil)
	if done.OK() {
		done.Subject = payback.StockKey(shop.Store.ID, i)
	}
	return done, err
}

// Contest says that the store does not agree with a settlement line; the owner's.
func (c *Counter) Contest(ctx context.Context, id payback.LineID, note string) (Done, error) {
	if note == "" {
		return Done{}, fault.Wrap("counter.Contest", fault.New(fault.Invalid, badNote))
	}
	return c.act(ctx, &payback.Contest{Line: id, Note: note}, plainOnly, nil)
}

// DecideCase ends a case with one of its choices; note says why. Only cases of
// the owner's are decided here.
func (c *Counter) DecideCase(ctx context.Context, id payback.CaseID, choice payback.Choice, note string) (Done, error) {
	if note == "" {
		return Done{}, fault.Wrap("counter.DecideCase", fault.New(fault.Invalid, badNote))
	}
	return c.act(ctx, &payback.Decide{Case: id, Choice: choice, Note: note}, plainOnly, nil)
}

// FillTitle completes a title that nobody has described; the first to do so wins.
func (c *Counter) FillTitle(ctx context.Context, t payback.Title) (Done, error) {
	return c.upsert(ctx, &t, true)
}

// Pause says whether the store takes new requests.
func (c *Counter) Pause(ctx context.Context, on bool) (Done, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return Done{}, err
	}
	st := *shop.Store
	st.Paused = on
	return c.upsert(ctx, &st, false)
}

// SetHours changes the store's opening hours and holidays, which deadlines are
// moved by.
func (c *Counter) SetHours(ctx context.Context, hours payback.Hours, holidays []payback.Date) (Done, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return Done{}, err
	}
	st := *shop.Store
	st.Hours, st.Holidays = hours, holidays
	return c.upsert(ctx, &st, false)
}

// upsert changes one row that this store keeps.
func (c *Counter) upsert(ctx context.Context, row payback.Row, fill bool) (Done, error) {
	raw, err := payback.EncodeRow(row)
	if err != nil {
		return Done{}, fault.Wrap("counter.upsert", err)
	}
	body := &payback.Upsert{Table: row.Key().Table, Rows: []json.RawMessage{raw}, ID: c.env.IDs.New(), Fill: fill}
	return c.act(ctx, body, plainOnly, nil)
}

// ClerkIn adds or changes a clerk of this store; the owner's act.
type ClerkIn struct {
	ID    payback.ClerkID // "" adds one
	Owner bool
	Gone  bool
	PIN   string // 4 to 12 digits; "" keeps the one there is
}

// SetClerk adds or changes a clerk; also offline. Done.Subject is the clerk.
func (c *Counter) SetClerk(ctx context.Context, in ClerkIn) (Done, error) {
	body := &payback.SetClerk{Clerk: in.ID, Owner: in.Owner, Gone: in.Gone, ID: c.env.IDs.New()}
	if in.ID == "" {
		body.Clerk = payback.ClerkID(c.env.IDs.New())
	}
	if in.PIN != "" {
		if !pinOK(in.PIN) {
			return Done{}, fault.Wrap("counter.SetClerk", fault.New(fault.Invalid, badPIN))
		}
		var err error
		if body.PIN, err = keys.HashPassword(in.PIN, c.env.Chance); err != nil {
			return Done{}, fault.Wrap("counter.SetClerk", err)
		}
	}
	return c.act(ctx, body, plainOnly, nil)
}

// The least and most digits of a PIN.
const (
	minPIN = 4
	maxPIN = 12
)

func pinOK(pin string) bool {
	for _, r := range pin {
		if r < '0' || r > '9' {
			return false
		}
	}
	return len(pin) >= minPIN && len(pin) <= maxPIN
}

// OwnerPIN says whether pin is that of an owner of this store; known is false
// while no owner has one, so that nothing can be asked for.
func (c *Counter) OwnerPIN(ctx context.Context, pin string) (ok, known bool, err error) {
	clerks, err := c.db.Clerks(ctx)
	if err != nil {
		return false, false, fault.Wrap("counter.OwnerPIN", err)
	}
	for _, k := range clerks {
		if !k.Owner || k.Gone || k.PIN == "" {
			continue
		}
		known = true
		if pinOK(pin) && keys.CheckPassword(k.PIN, pin) {
			return true, true, nil
		}
	}
	return false, known, nil
}

// WhoIs returns who has this PIN; false if nobody of this store.
func (c *Counter) WhoIs(ctx context.Context, pin string) (Actor, bool, error) {
	clerks, err := c.db.Clerks(ctx)
	if err != nil || !pinOK(pin) {
		return Actor{}, false, fault.Wrap("counter.WhoIs", err)
	}
	for _, k := range clerks {
		if k.Gone || k.PIN == "" || !keys.CheckPassword(k.PIN, pin) {
			continue
		}
		role := payback.RoleClerk
		if k.Owner {
			role = payback.RoleOwner
		}
		return Actor{Role: role, By: string(k.ID)}, true, nil
	}
	return Actor{}, false, nil
}
