package counter

import (
	"context"
	"strconv"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// maxOutbox is how many acts the outbox shows.
const maxOutbox = 500

// list returns the rows of the present tab.
func (d *Desk) list(ctx context.Context) List {
	shop, err := d.c.Shop(ctx)
	if err != nil {
		return d.listFailed(err)
	}
	if d.search != nil {
		return d.at(d.listFound(shop))
	}
	lists := map[TabID]func(context.Context, Shop) (List, error){
		TabToday: d.listToday, TabRequests: d.listRequests, TabHolds: d.listHolds, TabCases: d.listCases,
		TabBoxes: d.listBoxes, TabOwed: d.listOwed, TabClaims: d.listClaims, TabOutbox: d.listOutbox,
		TabSettings: d.listSettings, TabClosing: d.listClosing,
		TabClerks: d.listClerks, TabHours: d.listHours,
	}
	l, err := lists[d.tab](ctx, shop)
	if err != nil {
		return d.listFailed(err)
	}
	return d.at(l)
}

// at marks the chosen row.
func (d *Desk) at(l List) List {
	l.At = -1
	for i, r := range l.Rows {
		if r.ID != "" && r.ID == d.chosen[d.tab] {
			l.At = i
		}
	}
	return l
}

func (d *Desk) listFailed(err error) List {
	return List{At: -1, Empty: Trouble(d.env.Words, err)}
}

// quiet acts go with another one, which is shown.
func quiet(k payback.Kind) bool {
	switch k {
	case payback.KPack, payback.KUnpack, payback.KGiveRight, payback.KEnrol:
		return true
	}
	return false
}

func (d *Desk) listToday(ctx context.Context, shop Shop) (List, error) {
	day, err := d.c.Today(ctx)
	if err != nil {
		return List{}, err
	}
	owed, err := d.owedLoans(ctx)
	if err != nil {
		return List{}, err
	}
	l := List{Head: d.w("list.today"), Empty: d.w("empty.today")}
	other := day.Other
	for _, a := range day.Acts {
		if quiet(a.Kind) {
			other--
			continue
		}
		l.Rows = append(l.Rows, d.actRow(a, shop, owed))
	}
	l.Sum = d.w("sum.today", "Sales", num(day.Sales), "Returns", num(day.Returns), "Other", num(max(0, other)))
	return l, nil
}

func (d *Desk) owedLoans(ctx context.Context) (map[payback.LoanID]bool, error) {
	owed, err := d.c.Owed(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[payback.LoanID]bool, len(owed))
	for _, v := range owed {
		out[v.Loan.ID] = true
	}
	return out, nil
}

// actRow is one act: its mark only where a person should look.
func (d *Desk) actRow(a Act, shop Shop, owed map[payback.LoanID]bool) ListRow {
	r := ListRow{ID: rowOf(a.Ref), Time: d.when(a.At, shop), Act: d.say2("payback.kind." + string(a.Kind)), Title: titleOf(a.Title),
		Who: a.Person.Name, Struck: a.Struck, Sent: assets.StateWill}
	if a.Title == nil || (a.Title.Name == "" && a.Title.ISBN == "") {
		r.Title = ""
		if a.Transfer != nil {
			r.Title = d.w("box.serial", "Number", num(a.Transfer.Serial))
		}
	}
	if a.Amount != 0 {
		r.Amount = assets.Number(int64(a.Amount))
	}
	if a.Acked {
		r.Sent = assets.StateSent
	}
	r.SentWord = d.say2("state." + string(r.Sent))
	r.Mark, r.Note = d.actNote(a, owed)
	return r
}

func (d *Desk) actNote(a Act, owed map[payback.LoanID]bool) (assets.State, string) {
	switch a.Verdict {
	case payback.Rejected, payback.Quarantined:
		return assets.StateNot, d.say2("payback.verdict." + string(a.Verdict))
	case payback.InCase, payback.Held:
		return assets.StateDecide, d.say2("payback.verdict." + string(a.Verdict))
	}
	switch {
	case a.Struck:
		return "", d.say2("payback.kind.reverse")
	case a.Request != nil:
		if note := d.requestNote(a.Kind, a.Request); note != "" {
			return "", note
		}
	}
	if a.Loan != nil {
		return d.loanNote(a.Kind, a.Loan, owed[a.Loan.ID])
	}
	return "", ""
}

func (d *Desk) requestNote(k payback.Kind, r *payback.Request) string {
	switch k {
	case payback.KAccept, payback.KArrive:
		if r.Hold > 0 {
			return d.say2("word.shelf") + " " + num(r.Hold)
		}
	case payback.KOrder:
		return d.w("note.ready", "Day", d.day(r.ReadyBy))
	}
	return ""
}

func (d *Desk) loanNote(k payback.Kind, l *payback.Loan, owed bool) (assets.State, string) {
	switch {
	case k == payback.KReturn && owed:
		return assets.StateLook, d.w("note.owed")
	case k == payback.KLeave && l.DecideBy != "":
		return assets.StateLook, d.w("note.until", "Day", d.day(l.DecideBy))
	case k == payback.KSell:
		return "", d.w("note.until", "Day", d.day(l.Due))
	}
	return "", ""
}

func (d *Desk) listRequests(ctx context.Context, shop Shop) (List, error) {
	all, err := d.c.Requests(ctx)
	if err != nil {
		return List{}, err
	}
	var placed, ordered []ListRow
	for _, v := range all {
		row := ListRow{ID: "req/" + string(v.Request.ID), Number: v.Request.Number, Title: titleOf(v.Title), Sub: authorOf(v.Title), Who: v.Person.Name}
		if v.Late {
			row.Mark = assets.StateLook
		}
		if v.Request.State == payback.Ordered {
			row.Time, row.Note = d.say2("payback.state.ordered"), d.w("note.ready", "Day", d.day(v.Request.ReadyBy))
			ordered = append(ordered, row)
			continue
		}
		row.Time, row.Note = d.when(v.Request.PlacedAt, shop), d.stockShort(v.Stock)
		placed = append(placed, row)
	}
	l := List{Head: d.w("list.requests"), Sum: d.w("sum.requests", "Count", num(len(placed))), Rows: placed, Empty: d.w("empty.requests"),
		Cols: Cols{Time: d.w("col.placed"), Act: d.say2("word.request"), Title: d.w("row.title"), Who: d.w("col.who"), Note: d.say2("word.stock")}}
	if len(ordered) > 0 {
		l.Rows = append(append(l.Rows, ListRow{Head: d.w("head.ordered", "Count", num(len(ordered)))}), ordered...)
	}
	return l, nil
}

func (d *Desk) stockShort(st *payback.Stock) string {
	switch {
	case st == nil:
		return d.w("stock.unknown")
	case st.Free() == 0:
		return d.w("stock.short_none")
	}
	return d.w("stock.short", "Count", num(st.Free()))
}

func (d *Desk) listHolds(ctx context.Context, _ Shop) (List, error) {
	all, err := d.c.Holds(ctx)
	if err != nil {
		return List{}, err
	}
	l := List{Head: d.w("list.holds"), Empty: d.w("empty.holds"),
		Cols: Cols{Act: d.w("col.place"), Title: d.w("row.title"), Who: d.w("col.who"), Note: d.w("col.until")}}
	today := 0
	for _, v := range all {
		row := ListRow{ID: "req/" + string(v.Request.ID), Number: num(v.Request.Hold), Title: titleOf(v.Title), Sub: authorOf(v.Title), Who: v.Person.Name,
			Note: d.w("note.until", "Day", d.day(v.Request.EndsOn))}
		if v.Request.Hold == 0 {
			row.Number = "-"
		}
		switch {
		case v.Late:
			row.Mark, row.Note = assets.StateLook, d.w("note.put_back")
		case v.Today:
			row.Mark, row.Note = assets.StateLook, d.w("note.last_day")
			today++
		}
		l.Rows = append(l.Rows, row)
	}
	l.Sum = d.w("sum.holds", "Count", num(len(all)), "Today", num(today))
	return l, nil
}

// listCases is what waits for a person: questions that were left open here, the
// office's and the owner's cases, and copies that lie here for a decision.
func (d *Desk) listCases(ctx context.Context, shop Shop) (List, error) {
	cases, err := d.c.Cases(ctx)
	if err != nil {
		return List{}, err
	}
	left, err := d.c.Left(ctx)
	if err != nil {
		return List{}, err
	}
	l := List{Head: d.say2("word.case"), Empty: d.w("empty.cases"), Sum: d.say2("word.records", "Count", num(len(d.open)+len(cases)))}
	for _, o := range d.open {
		l.Rows = append(l.Rows, ListRow{ID: o.id, Time: d.when(o.at, shop), Mark: assets.StateDecide, Act: o.act, Title: o.title, Note: d.w("note.open")})
	}
	for _, v := range cases {
		note := d.w("note.office")
		if v.Mine {
			note = d.say2("word.owner")
		}
		l.Rows = append(l.Rows, ListRow{ID: "case/" + string(v.Case.ID), Time: d.when(v.Case.OpenedAt, shop), Mark: assets.StateDecide,
			Act: d.say2("payback.case." + string(v.Case.Kind)), Title: titleOf(v.Title), Who: v.Person.Name, Note: note})
	}
	if len(left) > 0 {
		l.Rows = append(l.Rows, ListRow{Head: d.w("head.left", "Count", num(len(left)))})
	}
	for _, v := range left {
		note := d.w("note.until", "Day", d.day(v.Loan.DecideBy))
		if v.Loan.State == payback.LoanRefused {
			note = d.w("note.until", "Day", d.day(v.Loan.FetchBy))
		}
		l.Rows = append(l.Rows, ListRow{ID: "loan/" + string(v.Loan.ID), Act: d.say2("payback.state." + string(v.Loan.State)), Title: titleOf(v.Title),
			Who: v.Person.Name, Note: note})
	}
	return l, nil
}

func (d *Desk) listBoxes(ctx context.Context, _ Shop) (List, error) {
	boxes, loose, err := d.c.Boxes(ctx)
	if err != nil {
		return List{}, err
	}
	l := List{Head: d.say2("word.transfer"), Empty: d.w("empty.boxes"), Sum: d.w("sum.boxes", "Count", num(len(boxes)))}
	for _, b := range boxes {
		row := ListRow{ID: "box/" + string(b.Transfer.ID), Number: strconv.Itoa(b.Transfer.Box), Title: b.Library.Name,
			Who: d.say2("word.copies", "Count", num(len(b.Transfer.Copies))), Note: d.say2("payback.state." + string(b.Transfer.State))}
		if b.Late {
			row.Mark, row.Note = assets.StateLook, d.w("note.box_late")
		}
		l.Rows = append(l.Rows, row)
	}
	if len(loose) > 0 {
		l.Rows = append(l.Rows, ListRow{Head: d.w("head.loose", "Count", num(len(loose)))})
	}
	for _, v := range loose {
		l.Rows = append(l.Rows, ListRow{ID: "copy/" + string(v.Loan.ID), Act: d.say2("payback.state.at_store"), Title: titleOf(v.Title), Who: v.Person.Name})
	}
	return l, nil
}

func (d *Desk) listOwed(ctx context.Context, shop Shop) (List, error) {
	owed, err := d.c.Owed(ctx)
	if err != nil {
		return List{}, err
	}
	l := List{Head: d.w("list.owed"), Empty: d.w("empty.owed"),
		Cols: Cols{Time: d.w("col.since"), Title: d.w("row.title"), Who: d.w("col.who"), Amount: d.w("col.amount")}}
	var sum payback.Won
	for _, v := range owed {
		row := ListRow{ID: "owed/" + string(v.Loan.ID), Act: d.say2("payback.kind.refund"), Title: titleOf(v.Title), Who: v.Person.Name, Mark: assets.StateLook}
		if v.Refund != nil {
			row.Time, row.Amount = d.when(v.Refund.DueAt, shop), assets.Number(int64(v.Refund.Amount))
			sum += v.Refund.Amount
		}
		row.Note = d.say2("payback.pay." + string(v.Loan.Kind))
		if !v.Stop.None() {
			row.Note = d.w("note.stopped")
		}
		l.Rows = append(l.Rows, row)
	}
	l.Sum = join(d.say2("word.records", "Count", num(len(owed))), d.won(sum))
	return l, nil
}

func (d *Desk) listClaims(ctx context.Context, _ Shop) (List, error) {
	claims, err := d.c.Claims(ctx)
	if err != nil {
		return List{}, err
	}
	l := List{Head: d.w("list.claims"), Empty: d.w("empty.claims"),
		Cols: Cols{Time: d.w("col.since"), Title: d.w("row.title"), Amount: d.w("col.amount")}}
	var sum payback.Won
	for _, v := range claims {
		row := ListRow{ID: "line/" + string(v.Line.ID), Time: d.day(v.Line.OwedOn), Act: d.say2("payback.state." + string(v.Line.State)), Title: titleOf(v.Title),
			Amount: assets.Number(int64(v.Line.Amount))}
		if v.Line.State != payback.LinePaid {
			sum += v.Line.Amount
			row.Note = d.w("claim.by", "Day", d.day(v.Line.PayBy))
		}
		if v.Late {
			row.Mark = assets.StateLook
		}
		l.Rows = append(l.Rows, row)
	}
	l.Sum = d.won(sum)
	return l, nil
}

func (d *Desk) listOutbox(ctx context.Context, shop Shop) (List, error) {
	acts, err := d.c.Outbox(ctx, maxOutbox, 0)
	if err != nil {
		return List{}, err
	}
	n, _, err := d.c.Waiting(ctx)
	if err != nil {
		return List{}, err
	}
	l := List{Head: d.say2("word.outbox"), Sum: d.w("sum.outbox", "Count", num(n)), Empty: d.w("empty.outbox")}
	for _, a := range acts {
		l.Rows = append(l.Rows, d.actRow(a, shop, nil))
	}
	return l, nil
}
