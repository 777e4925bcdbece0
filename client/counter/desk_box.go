package counter

import (
	"context"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Boxes: from the copy that came back to the hand-over.

// maxTaker is how many bytes the code of a taker may have.
const maxTaker = 32

// pack puts a returned copy into its box and says which.
func (d *Desk) pack(ctx context.Context, id payback.CopyID) turn {
	v, err := d.c.LoanView(ctx, id)
	if err != nil {
		return d.failed(err)
	}
	if v == nil {
		return d.refused(payback.Reason{Key: "copy_unknown"})
	}
	done, err := d.c.Pack(ctx, id)
	return d.result(done, err, func() turn {
		t := d.did(done, d.say2("payback.kind.pack"), d.w("packed.title"), titleOf(v.Title))
		t.panel = d.boxPanel(ctx, id, Panel{Head: d.w("this_book")})
		if n := t.panel.Label.Number; n != "" {
			t.band.Title = d.w("packed.box", "Number", n)
		}
		return t
	})
}

// inBox is a copy that lies in a box: it can be taken out again.
func (d *Desk) inBox(ctx context.Context, m Match) turn {
	t := d.attention(d.say2("payback.state.in_box"), titleOf(m.Title), d.w("in_box.why"))
	if m.Loan != nil { // whether its money was paid back is what is asked next
		t.band.Why = join(d.who(m.Person, m.Loan.Number), d.say2("payback.state."+string(m.Loan.State)), t.band.Why)
	}
	t.sound = SoundTick
	t.panel = d.boxPanel(ctx, m.Copy.ID, Panel{Head: d.w("this_book")})
	t.panel.Label.Note = ""
	t.choice(d.w("do.unpack"), func(ctx context.Context, _ map[string]string) turn {
		done, err := d.c.Unpack(ctx, m.Copy.ID)
		return d.result(done, err, func() turn {
			return d.did(done, d.say2("payback.kind.unpack"), d.w("unpacked.title"), titleOf(m.Title))
		})
	})
	t.band.Answers[0].Main = false
	d.later(&t)
	return t
}

// boxOf finds a box among those of the store.
func (d *Desk) boxOf(ctx context.Context, id payback.TransferID) (*BoxView, error) {
	boxes, _, err := d.c.Boxes(ctx)
	if err != nil {
		return nil, err
	}
	for i := range boxes {
		if boxes[i].Transfer.ID == id {
			return &boxes[i], nil
		}
	}
	return nil, nil
}

// box shows a box and its next step: close, hand over.
func (d *Desk) box(ctx context.Context, id payback.TransferID) turn {
	b, err := d.boxOf(ctx, id)
	if err != nil {
		return d.failed(err)
	}
	if b == nil {
		return d.refused(payback.Reason{Key: "transfer_unknown"})
	}
	tr := b.Transfer
	t := d.ask("word.box", b.Library.Name, join(d.say2("payback.state."+string(tr.State)), d.say2("word.copies", "Count", num(len(tr.Copies)))))
	t.panel = d.boxDetail(b)
	switch tr.State {
	case payback.TransferOpen:
		if len(tr.Copies) > 0 {
			t.choice(d.w("do.close"), func(ctx context.Context, _ map[string]string) turn { return d.closeBox(ctx, b) })
		}
	case payback.TransferClosed:
		t.choice(d.w("do.hand_over"), func(context.Context, map[string]string) turn { return d.askTaker(b, "") })
		t.choice(d.w("do.reopen"), func(ctx context.Context, _ map[string]string) turn {
			done, err := d.c.Reverse(ctx, payback.KCloseBox, string(id))
			return d.result(done, err, func() turn {
				return d.did(done, d.say2("payback.kind.reverse"), d.w("reopened.title"), b.Library.Name)
			})
		})
	case payback.TransferHanded:
		t.band.Why = join(t.band.Why, d.w("handed.late_on", "Day", d.day(tr.LateOn)))
		if b.Late {
			t.band.Tone, t.band.Why = ToneOf(assets.StateLook), join(t.band.Why, d.w("handed.late"))
		}
	}
	if d.env.Print != nil {
		t.choice(d.say2("print.label"), func(ctx context.Context, _ map[string]string) turn { return d.boxLabel(ctx, id) })
	}
	d.later(&t)
	return t
}

func (d *Desk) boxDetail(b *BoxView) Panel {
	p := Panel{of: payback.TransferKey(b.Transfer.ID), Head: d.say2("word.box"), Sub: d.w("box.serial", "Number", num(b.Transfer.Serial)),
		Label: Label{Word: d.say2("word.box"), Number: strconv.Itoa(b.Transfer.Box), Name: b.Library.Name}}
	for _, t := range b.Titles {
		p.Lines = append(p.Lines, PanelLine{Text: titleOf(t)})
	}
	return p
}

func (d *Desk) closeBox(ctx context.Context, b *BoxView) turn {
	done, err := d.c.CloseBox(ctx, b.Transfer.ID)
	return d.result(done, err, func() turn {
		t := d.did(done, d.say2("payback.kind.close_box"), d.w("closed.title", "Count", num(len(b.Transfer.Copies))), join(b.Library.Name, d.w("closed.next")))
		t.panel = d.boxDetail(b)
		t.choice(d.w("do.hand_over"), func(context.Context, map[string]string) turn { return d.askTaker(b, "") })
		t.band.Answers[0].Main = false
		return t
	})
}

// askTaker asks for the code of who takes the box along.
func (d *Desk) askTaker(b *BoxView, wrong string) turn {
	t := d.ask("word.hand_over", b.Library.Name, join(d.say2("word.copies", "Count", num(len(b.Transfer.Copies))), d.w("taker.why"), wrong))
	t.panel = d.boxDetail(b)
	if wrong != "" {
		t.band.Tone, t.sound = ToneOf(assets.StateNot), SoundNot
	}
	t.band.Fields = []Field{{Name: "taker", Label: d.w("field.taker"), Focus: true}}
	t.on("Enter", d.w("do.handed"), true, func(ctx context.Context, in map[string]string) turn {
		taker := strings.TrimSpace(in["taker"])
		if taker == "" || len(taker) > maxTaker {
			return d.askTaker(b, d.w("taker.missing"))
		}
		done, err := d.c.HandOver(ctx, b.Transfer.ID, taker)
		return d.result(done, err, func() turn {
			return d.did(done, d.say2("payback.kind.hand_over"), d.w("handed.title"), join(b.Library.Name, d.say2("word.copies", "Count", num(len(b.Transfer.Copies)))))
		})
	})
	d.later(&t)
	return t
}
