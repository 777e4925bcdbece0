package counter

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Who acts at the store. A clerk's op holds a pseudonym and no name: the name is kept
// by the PC where it was typed, and another PC shows a number in its place.

// Reasons of what is done to clerks.
const (
	ReasonLastOwner = "last_owner" // the only owner with a PIN must stay
	ReasonPINTaken  = "pin_taken"  // somebody of the store has this PIN: it would not say who stands here
	ReasonPINNone   = "pin_needed" // somebody new has no PIN yet
)

// maxName is how many letters a clerk's name may have.
const maxName = 20

// Message keys of bad input.
const (
	badName = "clerk.bad_name" // more than maxName letters
	pinWait = "clerk.wait"     // after too many wrong ones
)

// ClerkView is a clerk as this PC knows them.
type ClerkView struct {
	Clerk *payback.Clerk
	Name  string // "" where this PC never heard it
	N     int    // from 1, in the order in which they were added
}

// Clerks returns who acts at this store, in the order in which they were added.
func (c *Counter) Clerks(ctx context.Context) ([]ClerkView, error) {
	rows, err := c.db.Clerks(ctx)
	if err != nil {
		return nil, fault.Wrap("counter.Clerks", err)
	}
	door, err := c.db.Door(ctx)
	if err != nil {
		return nil, fault.Wrap("counter.Clerks", err)
	}
	slices.SortFunc(rows, func(a, b *payback.Clerk) int { return cmp.Compare(a.ID, b.ID) })
	out := make([]ClerkView, len(rows))
	for i, r := range rows {
		out[i] = ClerkView{Clerk: r, Name: door.Names[r.ID], N: i + 1}
	}
	return out, nil
}

// ClerkIn adds or changes a clerk of this store; the owner's act.
type ClerkIn struct {
	ID    payback.ClerkID // "" adds one
	Name  string          // at most 20 letters, kept by this PC alone; "" keeps the one there is
	Owner bool
	Gone  bool
	PIN   string // 4 to 12 digits; "" keeps the one there is
}

// SetClerk adds or changes a clerk; also offline. Done.Subject is the clerk. Refused:
// a PIN that somebody else has, and taking away the last owner's.
func (c *Counter) SetClerk(ctx context.Context, in ClerkIn) (Done, error) {
	in.Name = strings.TrimSpace(in.Name)
	switch {
	case utf8.RuneCountInString(in.Name) > maxName:
		return Done{}, fault.Wrap("counter.SetClerk", fault.New(fault.Invalid, badName))
	case in.PIN != "" && !pinOK(in.PIN):
		return Done{}, fault.Wrap("counter.SetClerk", fault.New(fault.Invalid, badPIN))
	}
	body := &payback.SetClerk{Clerk: in.ID, Owner: in.Owner, Gone: in.Gone, ID: c.env.IDs.New()}
	if in.ID == "" {
		body.Clerk = payback.ClerkID(c.env.IDs.New())
	}
	clerks, err := c.db.Clerks(ctx)
	if err != nil {
		return Done{}, fault.Wrap("counter.SetClerk", err)
	}
	if no := c.clerkStops(clerks, in, body); !no.None() {
		return Done{Refused: no}, nil
	}
	if in.PIN != "" {
		if body.PIN, err = keys.HashPassword(in.PIN, c.env.Chance); err != nil {
			return Done{}, fault.Wrap("counter.SetClerk", err)
		}
	}
	done, err := c.act(ctx, body, plainOnly, nil)
	if err != nil || !done.OK() || in.Name == "" {
		return done, err
	}
	return done, c.nameClerk(ctx, body.Clerk, in.Name)
}

// clerkStops says why a clerk can't be set so, and keeps the PIN that there is.
func (c *Counter) clerkStops(clerks []*payback.Clerk, in ClerkIn, body *payback.SetClerk) payback.Reason {
	owners, wasOwner := 0, false
	for _, k := range clerks {
		active := !k.Gone && k.PIN != ""
		if k.ID == in.ID {
			body.PIN, wasOwner = k.PIN, active && k.Owner
		}
		if active && k.Owner {
			owners++
		}
		if active && k.ID != in.ID && in.PIN != "" && keys.CheckPassword(k.PIN, in.PIN) {
			return because(ReasonPINTaken)
		}
	}
	switch {
	case wasOwner && owners == 1 && (in.Gone || !in.Owner):
		return because(ReasonLastOwner)
	case body.PIN == "" && in.PIN == "" && !in.Gone:
		return because(ReasonPINNone)
	}
	return payback.Reason{}
}

func (c *Counter) nameClerk(ctx context.Context, id payback.ClerkID, name string) error {
	return fault.Wrap("counter.SetClerk", c.db.ChangeDoor(ctx, func(d *db.Door) {
		if d.Names == nil {
			d.Names = map[payback.ClerkID]string{}
		}
		d.Names[id] = name
	}))
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
// while no owner has one, so that nothing can be asked for. "" only asks that. After
// five wrong ones it is an error (limited) until a time has passed.
func (c *Counter) OwnerPIN(ctx context.Context, pin string) (ok, known bool, err error) {
	clerks, err := c.db.Clerks(ctx)
	if err != nil {
		return false, false, fault.Wrap("counter.OwnerPIN", err)
	}
	owners := slices.DeleteFunc(clerks, func(k *payback.Clerk) bool { return !k.Owner || k.Gone || k.PIN == "" })
	if len(owners) == 0 || pin == "" {
		return false, len(owners) > 0, nil
	}
	who, err := c.tryPIN(ctx, owners, pin)
	return who != nil, true, fault.Wrap("counter.OwnerPIN", err)
}

// WhoIs returns who has this PIN; false if nobody of this store. After five wrong
// ones it is an error (limited) until a time has passed.
func (c *Counter) WhoIs(ctx context.Context, pin string) (Actor, bool, error) {
	clerks, err := c.db.Clerks(ctx)
	if err != nil {
		return Actor{}, false, fault.Wrap("counter.WhoIs", err)
	}
	who, err := c.tryPIN(ctx, slices.DeleteFunc(clerks, func(k *payback.Clerk) bool { return k.Gone || k.PIN == "" }), pin)
	if err != nil || who == nil {
		return Actor{}, false, fault.Wrap("counter.WhoIs", err)
	}
	role := payback.RoleClerk
	if who.Owner {
		role = payback.RoleOwner
	}
	return Actor{Role: role, By: string(who.ID)}, true, nil
}

// How long a PIN can't be tried after wrong ones: from freeTries on firstWait, and
// twice as long after each further one, up to longestWait.
const (
	freeTries   = 5
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
)

// tryPIN returns which of these has the PIN, and counts the wrong ones in the data
// folder: closing the program does not start anew.
func (c *Counter) tryPIN(ctx context.Context, of []*payback.Clerk, pin string) (*payback.Clerk, error) {
	door, err := c.db.Door(ctx)
	if err != nil {
		return nil, err
	}
	if left := c.waitPIN(door); left > 0 {
		return nil, fault.New(fault.Limited, pinWait, "Seconds", num(int((left+time.Second-1)/time.Second)))
	}
	for _, k := range of {
		if !pinOK(pin) || !keys.CheckPassword(k.PIN, pin) {
			continue
		}
		if door.Wrong == 0 {
			return k, nil
		}
		return k, c.db.ChangeDoor(ctx, func(d *db.Door) { d.Wrong = 0 })
	}
	now := c.env.Clock.Now()
	return nil, c.db.ChangeDoor(ctx, func(d *db.Door) {
		d.Wrong++
		d.At, d.Mono, d.Boot = now.Wall, now.Mono, now.Boot
	})
}

// waitPIN is how long no PIN can be tried. Within one run of the program the clock on
// the wall has no say in it.
func (c *Counter) waitPIN(door db.Door) time.Duration {
	if door.Wrong < freeTries {
		return 0
	}
	wait := longestWait
	if more := door.Wrong - freeTries; more < 5 {
		wait = min(wait, firstWait<<more)
	}
	now := c.env.Clock.Now()
	passed := max(0, now.Wall-door.At)
	if now.Boot == door.Boot {
		passed = now.Mono - door.Mono
	}
	return wait - time.Duration(passed)*time.Millisecond
}
