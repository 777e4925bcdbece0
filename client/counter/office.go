package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// Sources of a count.
const (
	SourceCount   = "count"
	SourceReceive = "receive"
)

// CountStock says how many copies of a title the store has, or with add how many
// more (or fewer).
func (c *Counter) CountStock(ctx context.Context, i payback.ISBN, n int, add bool, source string) (Done, error) {
	return Done{}, errNotYet
}

// Contest says that the store does not agree with a settlement line; the owner's.
func (c *Counter) Contest(ctx context.Context, id payback.LineID, note string) (Done, error) {
	return Done{}, errNotYet
}

// DecideCase ends a case with one of its choices; note says why.
func (c *Counter) DecideCase(ctx context.Context, id payback.CaseID, choice payback.Choice, note string) (Done, error) {
	return Done{}, errNotYet
}

// FillTitle completes a title that nobody has described; the first to do so wins.
func (c *Counter) FillTitle(ctx context.Context, t payback.Title) (Done, error) {
	return Done{}, errNotYet
}

// Pause says whether the store takes new requests.
func (c *Counter) Pause(ctx context.Context, on bool) (Done, error) { return Done{}, errNotYet }

// ClerkIn adds or changes a clerk of this store; the owner's act.
type ClerkIn struct {
	ID    payback.ClerkID // "" adds one
	Owner bool
	Gone  bool
	PIN   string // 4 to 12 digits; "" keeps the one there is
}

// SetClerk adds or changes a clerk; also offline. Done.Subject is the clerk.
func (c *Counter) SetClerk(ctx context.Context, in ClerkIn) (Done, error) { return Done{}, errNotYet }

// OwnerPIN says whether pin is that of an owner of this store; known is false
// while no owner has one, so that nothing can be asked for.
func (c *Counter) OwnerPIN(ctx context.Context, pin string) (ok, known bool, err error) {
	return false, false, errNotYet
}
