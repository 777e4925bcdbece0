package counter

import (
	"context"
	"strings"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Who stands at the counter, and the list of those who may.

// changeClerk asks by PIN who stands here from now on. It records nothing, and an
// open question stays as open as it was. An owner goes back to who stood here before.
func (d *Desk) changeClerk(ctx context.Context) turn {
	was := d.c.Actor()
	if was.Role == payback.RoleOwner {
		d.c.SetActor(Actor{Role: payback.RoleClerk, By: d.before})
		return turn{band: Band{Tone: ToneOf(assets.StateDone), Word: d.say2("word.clerk"), Title: d.w("clerk.now")}}
	}
	clerks, err := d.c.Clerks(ctx)
	if err != nil {
		return d.failed(err)
	}
	for _, v := range clerks {
		if !v.Clerk.Owner && !v.Clerk.Gone && v.Clerk.PIN != "" {
			return d.askWho("")
		}
	}
	return d.owner(ctx, func(context.Context) turn { return d.stands(Actor{Role: payback.RoleOwner, By: was.By}, "") }, "")
}

func (d *Desk) askWho(wrong string) turn {
	t := d.ask("word.owner_pin", d.say2("clerk.who"), wrong)
	t.band.Word = d.say2("word.clerk")
	t.band.Fields = []Field{{Name: "pin", Label: d.w("field.pin"), Focus: true, Digits: true, Secret: true}}
	if wrong != "" {
		t.band.Tone, t.sound = ToneOf(assets.StateNot), SoundNot
	}
	t.on("Enter", d.w("do.next"), true, func(ctx context.Context, in map[string]string) turn {
		who, ok, err := d.c.WhoIs(ctx, in["pin"])
		switch {
		case fault.CodeOf(err) == fault.Limited:
			return d.askWho(Trouble(d.env.Words, err))
		case err != nil:
			return d.failed(err)
		case !ok:
			return d.askWho(d.w("pin.wrong"))
		}
		return d.stands(who, d.nameOf(ctx, payback.ClerkID(who.By)))
	})
	d.later(&t)
	return t
}

// stands says who acts from now on.
func (d *Desk) stands(who Actor, name string) turn {
	if who.Role == payback.RoleOwner {
		d.before = d.c.Actor().By
		d.c.SetActor(who)
		return turn{band: Band{Tone: ToneOf(assets.StateDone), Word: d.say2("word.owner"), Title: d.w("owner.now"), Why: d.w("owner.now.why")}}
	}
	d.c.SetActor(who)
	d.env.Clerk = name
	return turn{band: Band{Tone: ToneOf(assets.StateDone), Word: d.say2("word.clerk"), Title: d.say2("clerk.stands", "Name", name)}, sound: SoundDone}
}

// ownerOnce does one thing as the owner, and then who stood there stands there again.
// While nobody has an owner's PIN, nobody can be asked for it.
func (d *Desk) ownerOnce(ctx context.Context, do func(context.Context) turn) turn {
	was := d.c.Actor()
	if _, known, err := d.c.OwnerPIN(ctx, ""); err == nil && !known {
		return do(ctx)
	}
	return d.owner(ctx, func(ctx context.Context) turn {
		defer d.c.SetActor(was)
		return do(ctx)
	}, "")
}

func (d *Desk) clerkName(v ClerkView) string {
	switch {
	case v.Name != "":
		return v.Name
	case v.Clerk.Owner:
		return d.say2("clerk.owner_n", "Number", num(v.N))
	}
	return d.say2("clerk.clerk_n", "Number", num(v.N))
}

func (d *Desk) nameOf(ctx context.Context, id payback.ClerkID) string {
	clerks, err := d.c.Clerks(ctx)
	if err != nil {
		return ""
	}
	for _, v := range clerks {
		if v.Clerk.ID == id {
			return d.clerkName(v)
		}
	}
	return ""
}

func (d *Desk) listClerks(ctx context.Context, _ Shop) (List, error) {
	clerks, err := d.c.Clerks(ctx)
	if err != nil {
		return List{}, err
	}
	l := List{Head: d.say2("clerk.head"), Sum: d.say2("set.sum"), Empty: d.say2("clerk.empty")}
	for _, v := range clerks {
		r := ListRow{ID: "clerk/" + string(v.Clerk.ID), Title: d.clerkName(v), Who: d.say2("word.clerk"), Struck: v.Clerk.Gone}
		if v.Clerk.Owner {
			r.Who = d.say2("word.owner")
		}
		switch {
		case v.Clerk.Gone:
			r.Note = d.say2("clerk.gone")
		case v.Clerk.PIN == "":
			r.Note = d.say2("clerk.no_pin")
		}
		l.Rows = append(l.Rows, r)
	}
	return l, nil
}

// clerksTurn offers to add somebody. The first is the owner: nobody could allow
// anybody else.
func (d *Desk) clerksTurn(ctx context.Context) turn {
	t := turn{band: Band{Tone: ToneAsk, Word: d.say2("clerk.tab"), Title: d.say2("clerk.title"), Why: d.say2("clerk.why")}, light: true}
	_, known, err := d.c.OwnerPIN(ctx, "")
	if err != nil {
		return d.failed(err)
	}
	if !known {
		t.band.Why = d.say2("clerk.first")
		t.choice(d.say2("clerk.add_owner"), func(context.Context, map[string]string) turn { return d.askClerkName(ClerkIn{Owner: true}, "") })
		return t
	}
	t.choice(d.say2("clerk.add"), func(context.Context, map[string]string) turn { return d.askClerkName(ClerkIn{}, "") })
	t.choice(d.say2("clerk.add_owner"), func(context.Context, map[string]string) turn { return d.askClerkName(ClerkIn{Owner: true}, "") })
	return t
}

// clerkTurn is what can be done to one of them.
func (d *Desk) clerkTurn(ctx context.Context, id payback.ClerkID) turn {
	clerks, err := d.c.Clerks(ctx)
	if err != nil {
		return d.failed(err)
	}
	for _, v := range clerks {
		if v.Clerk.ID != id {
			continue
		}
		in := ClerkIn{ID: id, Owner: v.Clerk.Owner, Gone: v.Clerk.Gone, Name: v.Name}
		t := turn{band: Band{Tone: ToneAsk, Word: d.say2("clerk.tab"), Title: d.clerkName(v), Why: d.say2("clerk.what")}, light: true, row: "clerk/" + string(id)}
		t.choice(d.say2("clerk.change_pin"), func(context.Context, map[string]string) turn {
			in := in
			in.Gone = false
			return d.askClerkPIN(in, "")
		})
		if !v.Clerk.Gone {
			t.choice(d.say2("clerk.disable"), func(ctx context.Context, _ map[string]string) turn {
				in := in
				in.Gone = true
				return d.setClerk(ctx, in)
			})
		}
		for i := range t.band.Answers {
			t.band.Answers[i].Main = false
		}
		d.later(&t)
		return t
	}
	return d.clerksTurn(ctx)
}

func (d *Desk) askClerkName(in ClerkIn, wrong string) turn {
	t := turn{band: Band{Tone: ToneAsk, Word: d.say2("clerk.tab"), Title: d.say2("clerk.name"), Why: join(d.say2("clerk.name.why"), wrong)}, light: true}
	t.band.Fields = []Field{{Name: "name", Label: d.say2("clerk.name.field"), Value: in.Name, Focus: true, Wide: true}}
	t.on("Enter", d.w("do.next"), true, func(_ context.Context, typed map[string]string) turn {
		in.Name = strings.TrimSpace(typed["name"])
		if in.Name == "" || len([]rune(in.Name)) > maxName {
			return d.askClerkName(in, d.say2(badName))
		}
		return d.askClerkPIN(in, "")
	})
	d.later(&t)
	return t
}

func (d *Desk) askClerkPIN(in ClerkIn, wrong string) turn {
	t := turn{band: Band{Tone: ToneAsk, Word: d.say2("clerk.tab"), Title: d.say2("clerk.pin", "Name", in.Name), Why: join(d.say2("clerk.pin.why"), wrong)}, light: true}
	if wrong != "" {
		t.band.Tone, t.sound = ToneOf(assets.StateNot), SoundNot
	}
	// It has another name than the one who allows it is asked by: what was typed stays while a question is the same.
	t.band.Fields = []Field{{Name: "new_pin", Label: d.say2("clerk.pin.field"), Focus: true, Digits: true, Secret: true}}
	t.on("Enter", d.w("do.next"), true, func(ctx context.Context, typed map[string]string) turn {
		in.PIN = typed["new_pin"]
		if !pinOK(in.PIN) {
			return d.askClerkPIN(in, d.say2(badPIN))
		}
		return d.setClerk(ctx, in)
	})
	d.later(&t)
	return t
}

// setClerk records it as the owner.
func (d *Desk) setClerk(ctx context.Context, in ClerkIn) turn {
	return d.ownerOnce(ctx, func(ctx context.Context) turn {
		was := d.c.Actor()
		defer d.c.SetActor(was)
		d.c.SetActor(Actor{Role: payback.RoleOwner, By: was.By}) // the first owner is added by nobody
		done, err := d.c.SetClerk(ctx, in)
		return d.result(done, err, func() turn {
			title := d.say2("clerk.saved")
			if in.Gone {
				title = d.say2("clerk.disabled")
			}
			t := d.did(done, d.say2("clerk.tab"), title, d.nameOf(ctx, payback.ClerkID(done.Subject.ID)))
			t.row = "clerk/" + done.Subject.ID
			return t
		})
	})
}
