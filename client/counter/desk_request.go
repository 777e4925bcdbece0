package counter

import (
	"context"
	"strconv"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// Requests: from the shelf list to the hold shelf.

// request shows one request and what can be done with it.
func (d *Desk) request(ctx context.Context, id payback.RequestID) turn {
	v, err := d.c.RequestView(ctx, id)
	if err != nil {
		return d.failed(err)
	}
	if v == nil {
		return d.refused(payback.Reason{Key: "request_unknown"})
	}
	shop, err := d.c.Shop(ctx)
	if err != nil {
		return d.failed(err)
	}
	switch {
	case v.Request.State == payback.Placed:
		return d.placedRequest(ctx, v, shop)
	case v.Request.State == payback.Ordered:
		return d.orderedRequest(v, shop)
	case v.Request.Waiting():
		return d.heldRequest(v, shop)
	}
	return d.dead(ctx, scan.Code{}, Match{Kind: MatchDead, Request: v.Request, Title: v.Title, Person: v.Person})
}

func (d *Desk) requestPanel(v *RequestView, shop Shop) Panel {
	r := v.Request
	return Panel{of: payback.RequestKey(r.ID), Head: d.say2("word.request"), Sub: r.Number, Label: d.holdLabel(r.Hold, ""),
		Rows: rows(d.w("row.title"), titleOf(v.Title), d.w("row.author"), v.Title.Author, d.w("row.price"), d.wonOr(r.Price),
			d.w("row.placed"), d.when(r.PlacedAt, shop), d.say2("word.stock"), d.stockWord(v.Stock, shop),
			d.w("row.until"), d.day(r.EndsOn), d.w("row.ready"), d.day(r.ReadyBy))}
}

func (d *Desk) placedRequest(ctx context.Context, v *RequestView, shop Shop) turn {
	r := v.Request
	t := d.ask("word.request", titleOf(v.Title), join(d.w("request.asked", "Who", d.who(v.Person, r.Number), "When", d.when(r.PlacedAt, shop)),
		d.stockWord(v.Stock, shop)))
	t.band.Word += " " + r.Number
	t.band.Sub = join(v.Title.Author, d.wonOr(r.Price))
	t.panel = d.requestPanel(v, shop)
	if v.Late {
		t.band.Tone, t.band.Why = ToneOf(assets.StateLook), join(t.band.Why, d.w("request.late"))
	}
	t.choice(d.w("do.accept"), func(ctx context.Context, _ map[string]string) turn { return d.accept(ctx, r.ID, 0) })
	if free, err := d.freeHold(ctx); err == nil {
		t.noted(d.w("hold.next", "Number", num(free)))
		if d.tab == TabRequests { // the shelf is what the clerk reaches for next
			t.panel = d.shelfPanel(ctx, free, titleOf(v.Title))
		}
	}
	t.choice(d.w("do.order"), func(ctx context.Context, _ map[string]string) turn { return d.askDays(v, shop) })
	t.choice(d.w("do.decline"), func(ctx context.Context, _ map[string]string) turn { return d.askReason(v) })
	d.later(&t)
	return t
}

// freeHold is the number that the next copy on the hold shelf gets.
func (d *Desk) freeHold(ctx context.Context) (int, error) {
	held, err := d.c.Holds(ctx)
	if err != nil {
		return 0, err
	}
	taken := map[int]bool{}
	for _, v := range held {
		taken[v.Request.Hold] = true
	}
	n := 1
	for taken[n] {
		n++
	}
	return n, nil
}

// maxPlaces bounds the free places that are listed between taken ones.
const maxPlaces = 60

// shelfPanel is the hold shelf. The place next, if it is not 0, is offered to title.
func (d *Desk) shelfPanel(ctx context.Context, next int, title string) Panel {
	held, err := d.c.Holds(ctx)
	if err != nil {
		return Panel{}
	}
	p := Panel{Head: d.say2("word.shelf"), Sub: d.say2("word.copies", "Count", num(len(held)))}
	row := func(n int) ShelfRow {
		switch {
		case n == next:
			return ShelfRow{Number: num(n), Title: d.w("shelf.place", "Title", title), Next: true}
		case n == 0:
			return ShelfRow{Number: "-"}
		}
		return ShelfRow{Number: num(n), Title: d.w("shelf.free"), Free: true}
	}
	at := 1
	for _, v := range held {
		for ; at < v.Request.Hold && len(p.Shelf) < maxPlaces; at++ {
			p.Shelf = append(p.Shelf, row(at))
		}
		r := row(v.Request.Hold)
		r.Title, r.Note, r.Free, r.Next = titleOf(v.Title), join(v.Person.Name, d.w("note.until", "Day", d.day(v.Request.EndsOn))), false, false
		switch {
		case v.Late:
			r.Mark, r.Note = assets.StateLook, join(v.Person.Name, d.w("note.put_back"))
		case v.Today:
			r.Mark, r.Note = assets.StateLook, join(v.Person.Name, d.w("note.last_day"))
		}
		p.Shelf, at = append(p.Shelf, r), max(at, v.Request.Hold+1)
	}
	for last := max(at, next); at <= last; at++ {
		p.Shelf = append(p.Shelf, row(at))
	}
	return p
}

func (d *Desk) orderedRequest(v *RequestView, shop Shop) turn {
	r := v.Request
	t := d.ask("word.ordered", titleOf(v.Title), join(d.who(v.Person, r.Number), d.w("ordered.by", "Day", d.day(r.ReadyBy))))
	t.panel = d.requestPanel(v, shop)
	if v.Late {
		t.band.Tone = ToneOf(assets.StateLook)
	}
	t.choice(d.w("do.arrive"), func(ctx context.Context, _ map[string]string) turn { return d.arrive(ctx, r.ID, 0) })
	t.choice(d.w("do.order_again"), func(ctx context.Context, _ map[string]string) turn { return d.askDays(v, shop) })
	t.choice(d.w("do.decline"), func(ctx context.Context, _ map[string]string) turn { return d.askReason(v) })
	d.later(&t)
	return t
}

// heldRequest is a copy on the hold shelf.
func (d *Desk) heldRequest(v *RequestView, shop Shop) turn {
	r := v.Request
	t := d.ask("word.held", titleOf(v.Title), join(d.who(v.Person, r.Number), d.w("held.until", "Day", d.day(r.EndsOn))))
	t.panel = d.requestPanel(v, shop)
	switch {
	case v.Late:
		t.band.Tone, t.band.Why = ToneOf(assets.StateLook), join(t.band.Why, d.w("held.late"))
	case v.Today:
		t.band.Why = join(t.band.Why, d.w("held.today"))
	}
	m := Match{Kind: MatchWaiting, Request: r, Title: v.Title, Person: v.Person}
	t.choice(d.w("match.waiting"), func(ctx context.Context, _ map[string]string) turn {
		return d.sell(ctx, scan.Code{Kind: scan.Number, Number: r.Number}, m)
	})
	t.choice(d.w("do.cancel"), func(ctx context.Context, _ map[string]string) turn { return d.cancelled(ctx, v) })
	t.choice(d.w("do.decline"), func(ctx context.Context, _ map[string]string) turn { return d.askReason(v) })
	d.later(&t)
	return t
}

// acceptCopy accepts the request whose copy was just found on the shelf and
// scanned. Where nobody knows the price it is asked for first.
func (d *Desk) acceptCopy(ctx context.Context, id payback.RequestID) turn {
	return d.accept(ctx, id, 0)
}

func (d *Desk) accept(ctx context.Context, id payback.RequestID, price payback.Won) turn {
	v, err := d.c.RequestView(ctx, id)
	if err != nil {
		return d.failed(err)
	}
	if v == nil {
		return d.refused(payback.Reason{Key: "request_unknown"})
	}
	if v.Request.Price == 0 && price == 0 {
		return d.askPrice(v, "", func(ctx context.Context, p payback.Won) turn { return d.accept(ctx, id, p) })
	}
	done, err := d.c.Accept(ctx, AcceptIn{Request: id, Price: price})
	return d.result(done, err, func() turn { return d.onShelf(ctx, done, v, d.say2("payback.kind.accept")) })
}

// arrive records that an ordered copy has come.
func (d *Desk) arrive(ctx context.Context, id payback.RequestID, price payback.Won) turn {
	v, err := d.c.RequestView(ctx, id)
	if err != nil {
		return d.failed(err)
	}
	if v == nil {
		return d.refused(payback.Reason{Key: "request_unknown"})
	}
	if v.Request.Price == 0 && price == 0 {
		return d.askPrice(v, "", func(ctx context.Context, p payback.Won) turn { return d.arrive(ctx, id, p) })
	}
	done, err := d.c.Arrive(ctx, id, 0, price)
	return d.result(done, err, func() turn { return d.onShelf(ctx, done, v, d.say2("payback.kind.arrive")) })
}

// onShelf says where a copy that was set aside goes, and whose it is.
func (d *Desk) onShelf(ctx context.Context, done Done, v *RequestView, word string) turn {
	hold, until := v.Request.Hold, v.Request.EndsOn
	if r, _ := d.c.Request(ctx, v.Request.ID); r != nil {
		hold, until = r.Hold, r.EndsOn
	}
	title := d.w("shelf.apart")
	if hold > 0 {
		title = d.w("shelf.put", "Number", num(hold))
	}
	t := d.did(done, word, title, join(titleOf(v.Title), d.who(v.Person, ""), d.w("number", "Number", v.Request.Number), d.w("held.until", "Day", d.day(until))))
	t.panel = Panel{Head: d.say2("word.request"), Sub: v.Request.Number, Label: d.holdLabel(hold, d.w("hold.put")),
		Rows: rows(d.w("row.title"), titleOf(v.Title), d.w("row.until"), d.day(until))}
	return t
}

// askPrice asks for the printed price of a title that nobody has priced.
func (d *Desk) askPrice(v *RequestView, wrong string, go_ func(context.Context, payback.Won) turn) turn {
	t := d.ask("word.price", titleOf(v.Title), join(d.w("price.ask"), wrong))
	t.parked, t.code = titleOf(v.Title), scan.Code{Kind: scan.Number, Number: v.Request.Number}
	if wrong != "" {
		t.band.Tone, t.band.Word, t.sound = ToneOf(assets.StateNot), d.say2("state.not"), SoundNot
	}
	t.band.Fields = []Field{{Name: "price", Label: d.w("field.price"), Focus: true, Digits: true}}
	t.on("Enter", d.w("do.next"), true, func(ctx context.Context, in map[string]string) turn {
		price, ok := amountOf(in["price"])
		if !ok {
			return d.askPrice(v, d.w("amount.not"), go_)
		}
		return go_(ctx, price)
	})
	d.later(&t)
	return t
}

// orderDays are what the digits mean when a book is ordered.
var orderDays = []int{1, 2, 3, 4, 5, 7, 10, 14, 21}

// askDays asks in how many days an ordered book will be here.
func (d *Desk) askDays(v *RequestView, shop Shop) turn {
	t := d.ask("word.order", d.w("order.when"), join(titleOf(v.Title), d.who(v.Person, v.Request.Number)))
	for _, n := range orderDays {
		by := shop.Today.Add(n)
		t.choice(d.w("order.days", "Count", num(n)), func(ctx context.Context, _ map[string]string) turn {
			done, err := d.c.Order(ctx, v.Request.ID, by)
			return d.result(done, err, func() turn {
				return d.did(done, d.say2("payback.kind.order"), d.w("ordered.title", "Day", d.day(by)), join(titleOf(v.Title), d.who(v.Person, v.Request.Number)))
			})
		})
	}
	for i := range t.band.Answers {
		t.band.Answers[i].Main = false
	}
	t.on("Esc", d.w("do.back"), false, func(ctx context.Context, _ map[string]string) turn { return d.request(ctx, v.Request.ID) })
	return t
}

// askReason asks why the store can't; each reason is one key.
func (d *Desk) askReason(v *RequestView) turn {
	t := d.ask("word.decline", d.w("decline.why"), join(titleOf(v.Title), d.who(v.Person, v.Request.Number)))
	for _, r := range payback.DeclineReasons() {
		t.choice(d.say2("payback.decline."+r), func(ctx context.Context, _ map[string]string) turn {
			done, err := d.c.Decline(ctx, v.Request.ID, r)
			return d.result(done, err, func() turn {
				why := join(titleOf(v.Title), d.who(v.Person, v.Request.Number), d.w("declined.told"))
				if r == payback.DeclineNotOnShelf {
					why = join(why, d.w("declined.stock"))
				}
				return d.did(done, d.say2("payback.kind.decline"), d.say2("payback.decline."+r), why)
			})
		})
	}
	for i := range t.band.Answers {
		t.band.Answers[i].Main = false
	}
	t.on("Esc", d.w("do.back"), false, func(ctx context.Context, _ map[string]string) turn { return d.request(ctx, v.Request.ID) })
	return t
}

func (d *Desk) cancelled(ctx context.Context, v *RequestView) turn {
	done, err := d.c.Cancel(ctx, v.Request.ID)
	return d.result(done, err, func() turn {
		return d.did(done, d.say2("payback.kind.cancel"), d.w("cancelled.title"), join(titleOf(v.Title), d.who(v.Person, v.Request.Number), d.w("cancelled.shelf")))
	})
}

// count asks how many copies there are, or with add how many came in.
func (d *Desk) count(title *payback.Title, st *payback.Stock, add bool, wrong string) turn {
	word, source := "count.how_many", SourceCount
	if add {
		word, source = "count.came", SourceReceive
	}
	t := d.ask("word.stock", titleOf(title), join(d.w(word), wrong))
	value := ""
	if st != nil && !add {
		value = strconv.Itoa(st.N)
	}
	t.band.Fields = []Field{{Name: "count", Label: d.w("field.count"), Value: value, Focus: true, Digits: true}}
	t.on("Enter", d.w("do.counted"), true, func(ctx context.Context, in map[string]string) turn {
		n, err := strconv.Atoi(in["count"])
		if err != nil || n < 0 || n > 9999 {
			return d.count(title, st, add, d.w("count.not"))
		}
		done, err := d.c.CountStock(ctx, title.ISBN, n, add, source)
		return d.result(done, err, func() turn {
			return d.did(done, d.say2("payback.kind.count"), d.w("counted.title", "Count", num(n)), titleOf(title))
		})
	})
	d.later(&t)
	return t
}
