package term

import (
	"strings"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// ClerkVerb is about who may stand at the counter.
type ClerkVerb struct {
	Add     ClerkAdd     `cmd:"" help:"Add a clerk, or with --owner an owner."`
	List    ClerkList    `cmd:"" help:"List the clerks."`
	Disable ClerkDisable `cmd:"" help:"End somebody's work here: the PIN counts no longer."`
}

// AsOwner is the PIN of whoever allows it; the first owner is allowed by nobody.
type AsOwner struct {
	PIN string `name:"pin" env:"BOOKPAYBACK_PIN" help:"The owner's PIN."`
}

// enter lets the verb act as the owner.
func (o AsOwner) enter(c *Call, p *Parts, first bool) error {
	_, known, err := p.Counter.OwnerPIN(c.Ctx, "")
	if err != nil {
		return err
	}
	ok := first && !known
	if known && o.PIN != "" {
		if ok, _, err = p.Counter.OwnerPIN(c.Ctx, o.PIN); err != nil {
			return err
		}
	}
	if !ok {
		return fault.New(fault.Forbidden, "counter.pin.wrong")
	}
	p.Counter.SetActor(counter.Actor{Role: payback.RoleOwner, By: p.Counter.Actor().By})
	return nil
}

// ClerkAdd adds somebody.
type ClerkAdd struct {
	Name   string `arg:"" help:"Name, kept by this PC alone."`
	Owner  bool   `help:"An owner; the first one to be added must be."`
	NewPIN string `name:"new-pin" required:"" env:"BOOKPAYBACK_NEW_PIN" help:"The PIN of whom is added, 4 to 12 digits."`
	AsOwner
}

// Run carries the verb out.
func (v *ClerkAdd) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	if err := v.enter(c, p, v.Owner); err != nil {
		return err
	}
	done, err := p.Counter.SetClerk(c.Ctx, counter.ClerkIn{Name: v.Name, Owner: v.Owner, PIN: v.NewPIN})
	return c.acted(p, done, err, func(*ActJSON) string { return c.w("term.clerk_added", "ID", done.Subject.ID) })
}

// ClerkDisable ends somebody's work here.
type ClerkDisable struct {
	ID string `arg:"" name:"id" help:"As list says it."`
	AsOwner
}

// Run carries the verb out.
func (v *ClerkDisable) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	clerks, err := p.Counter.Clerks(c.Ctx)
	if err != nil {
		return err
	}
	for _, k := range clerks {
		if string(k.Clerk.ID) != v.ID {
			continue
		}
		if err := v.enter(c, p, false); err != nil {
			return err
		}
		done, err := p.Counter.SetClerk(c.Ctx, counter.ClerkIn{ID: k.Clerk.ID, Owner: k.Clerk.Owner, Gone: true})
		return c.acted(p, done, err, func(*ActJSON) string { return c.w("clerk.disabled") })
	}
	return fault.New(fault.NotFound, "")
}

// ClerkJSON is one line of what list writes with --json.
type ClerkJSON struct {
	ID    payback.ClerkID `json:"id"`
	Name  string          `json:"name,omitempty"` // "" where this PC never heard it
	Owner bool            `json:"owner"`
	Gone  bool            `json:"gone"`
	PIN   bool            `json:"pin"` // has one
}

// ClerkList lists them.
type ClerkList struct{}

// Run carries the verb out.
func (*ClerkList) Run(c *Call) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	clerks, err := p.Counter.Clerks(c.Ctx)
	if err != nil {
		return err
	}
	out, lines := make([]ClerkJSON, 0, len(clerks)), []string{}
	for _, k := range clerks {
		out = append(out, ClerkJSON{k.Clerk.ID, k.Name, k.Clerk.Owner, k.Clerk.Gone, k.Clerk.PIN != ""})
		role := c.w("word.clerk")
		if k.Clerk.Owner {
			role = c.w("word.owner")
		}
		if k.Clerk.Gone {
			role += " " + c.w("clerk.gone")
		}
		lines = append(lines, string(k.Clerk.ID)+"\t"+role+"\t"+k.Name)
	}
	if len(lines) == 0 {
		lines = []string{c.w("term.clerk_none")}
	}
	return c.say(strings.Join(lines, "\n"), out)
}
