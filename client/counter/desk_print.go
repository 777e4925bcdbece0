package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// Printing. Nothing here changes what is on the screen but the line in the scan
// field: a question stays as it is, and a printer without paper stops nobody.

// print prints the paper of what is on the screen: of its subject, or the list of
// the tab where there is none.
func (d *Desk) print(ctx context.Context) {
	if d.env.Print == nil {
		return
	}
	p, err := d.paper(ctx)
	d.hand(ctx, p, err)
}

func (d *Desk) paper(ctx context.Context) (Paper, error) {
	papers := d.c.Papers(d.env.Words)
	if d.cur.paper != nil {
		return d.cur.paper(ctx)
	}
	if of := d.cur.panel.of; of.ID != "" {
		p, err := papers.Of(ctx, of)
		if err != nil || !p.None() || of.Table != payback.TRequest { // a request without a copy is on the shelf list
			return p, err
		}
	}
	switch d.tab {
	case TabRequests:
		return papers.Shelf(ctx)
	case TabClosing:
		c, err := d.c.Closing(ctx)
		if err != nil {
			return Paper{}, err
		}
		return papers.Closing(ctx, c, nil)
	}
	return papers.List(ctx, d.list(ctx))
}

// hand gives a paper to the printer and says so in the scan field.
func (d *Desk) hand(ctx context.Context, p Paper, err error) {
	if err == nil && p.None() {
		d.told, d.sound = d.reason(payback.Reason{Key: ReasonNoPaper}), SoundLook
		return
	}
	key := "print.out"
	if n, e := d.c.Printed(ctx, p); err == nil && (e != nil || n+d.out[p.ID] > 0) { // what is not known may be a copy
		p, key = d.c.Papers(d.env.Words).Again(p), "print.out_again"
	}
	if err == nil {
		err = d.env.Print(p)
	}
	if err != nil {
		d.told, d.sound = Trouble(d.env.Words, err), SoundLook
		d.notes = append(d.notes, d.told)
		return
	}
	if p.ID != "" {
		d.out[p.ID]++
	}
	if d.told = d.say2(key, "Name", p.Sheet.Name); d.sound == Silent {
		d.sound = SoundTick
	}
}

// Printed says how the printer ended with a paper that was handed to DeskEnv.Print:
// err is nil once the printer has it, and then that is noted for good. It returns
// what the clerk must know, "" for nothing. It must not be called by Print itself.
func (d *Desk) Printed(ctx context.Context, p Paper, err error) (notice string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.out[p.ID]--; d.out[p.ID] <= 0 {
		delete(d.out, p.ID)
	}
	if err == nil {
		err = d.c.AddPrinted(ctx, p)
	}
	if err == nil {
		return ""
	}
	return d.say2("print.failed", "Name", p.Sheet.Name, "Why", Trouble(d.env.Words, err))
}

// slip prints the slip of an act that was just done, where the shop wants that
// without being asked.
func (d *Desk) slip(ctx context.Context) {
	if d.env.Print == nil {
		return
	}
	if s, err := d.c.Settings(ctx); err == nil && s.Auto {
		d.print(ctx)
	}
}

func (d *Desk) boxLabel(ctx context.Context, id payback.TransferID) turn {
	p, err := d.c.Papers(d.env.Words).Label(ctx, id)
	d.hand(ctx, p, err)
	return d.box(ctx, id)
}

// try prints a test page.
func (d *Desk) try(ctx context.Context, slip bool) {
	p, err := d.c.Papers(d.env.Words).Test(ctx, slip)
	d.hand(ctx, p, err)
}
