package counter

import (
	"context"
	"encoding/json"

	"github.com/bookpayback/bookpayback/shared/fault"
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
	return c.ChangeStore(ctx, func(st *payback.Store) { st.Paused = on })
}

// SetHours changes the store's opening hours and holidays, which deadlines are
// moved by.
func (c *Counter) SetHours(ctx context.Context, hours payback.Hours, holidays []payback.Date) (Done, error) {
	return c.ChangeStore(ctx, func(st *payback.Store) { st.Hours, st.Holidays = hours, holidays })
}

// ChangeStore changes the store's own row: hours, holidays and pause; what else is
// changed in it counts nothing.
func (c *Counter) ChangeStore(ctx context.Context, change func(*payback.Store)) (Done, error) {
	shop, err := c.Shop(ctx)
	if err != nil {
		return Done{}, err
	}
	st := *shop.Store
	change(&st)
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
