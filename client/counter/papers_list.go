package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/paper"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// tick is the box that is ticked by hand.
const tick = "□"

// Shelf is the list to walk along the shelves with: what waits for an answer in
// shelf order, with a box to tick and room for the hold number that the screen gives
// when the copy is scanned; then what was ordered.
func (s Papers) Shelf(ctx context.Context) (Paper, error) {
	shop, err := s.c.Shop(ctx)
	if err != nil {
		return Paper{}, err
	}
	all, err := s.c.Requests(ctx)
	if err != nil {
		return Paper{}, err
	}
	var find, come [][]string
	for _, v := range all {
		if v.Request.State == payback.Ordered {
			come = append(come, []string{tick, s.d().day(v.Request.ReadyBy), v.Title.Author, titleOf(v.Title), v.Title.Publisher, v.Request.Number})
			continue
		}
		find = append(find, []string{tick, "____", v.Title.Author, titleOf(v.Title), v.Title.Publisher, v.Request.Number})
	}
	b := s.head(s.w("shelf.title"), shop)
	b = append(b, paper.Text{Text: s.w("shelf.why", "Count", num(len(find)))})
	if hours := s.hours(shop); hours != "" {
		b = append(b, paper.Text{Text: hours, Small: true})
	}
	b = append(b, paper.Space{})
	columns := func(second string, share float64) []paper.Column {
		return []paper.Column{{Head: "", Share: 0.5}, {Head: second, Share: share}, {Head: s.w("col.author"), Share: 2.6}, {Head: s.w("col.title"), Share: 5},
			{Head: s.w("col.publisher"), Share: 2}, {Head: s.w("col.number"), Share: 1, Right: true}}
	}
	b = append(b, s.table(columns(s.say("word.shelf"), 1.2), find)...)
	if len(come) > 0 {
		b = append(b, paper.Text{Text: s.say("counter.head.ordered", "Count", num(len(come))), Bold: true}, paper.Table{Columns: columns(s.w("col.ready"), 2), Rows: come})
	}
	return Paper{Sheet: s.sheet("shelf.title", paper.A4, s.foot(b, shop))}, nil
}

// table is a table, or that there is nothing.
func (s Papers) table(columns []paper.Column, rows [][]string) []paper.Block {
	if len(rows) == 0 {
		return []paper.Block{paper.Text{Text: s.w("none")}}
	}
	return []paper.Block{paper.Table{Columns: columns, Rows: rows[:min(len(rows), paper.MaxRows)]}}
}

// Box is what lies in a box: it goes with it and is signed by giver and taker. None
// for a box that is not here.
func (s Papers) Box(ctx context.Context, id payback.TransferID) (Paper, error) {
	v, err := s.box(ctx, id)
	if err != nil || v == nil {
		return Paper{}, err
	}
	shop, err := s.c.Shop(ctx)
	if err != nil {
		return Paper{}, err
	}
	tr := v.Transfer
	b := append(s.head(s.w("box.title"), shop), paper.Tag{Word: s.say("word.box"), Number: num(tr.Box), Name: v.Library.Name, Note: s.boxNote(tr)})
	b = pairs(b, s.w("row.from"), shop.Store.Name, s.w("row.to"), v.Library.Name, s.w("row.state"), s.say("payback.state."+string(tr.State)))
	b = append(b, paper.Space{})
	var rows [][]string
	count := map[payback.ISBN]int{}
	for _, t := range v.Titles {
		count[t.ISBN]++
	}
	for _, t := range v.Titles {
		if n := count[t.ISBN]; n > 0 {
			rows = append(rows, []string{num(len(rows) + 1), string(t.ISBN), titleOf(t), t.Author, num(n)})
			count[t.ISBN] = 0
		}
	}
	b = append(b, s.table([]paper.Column{{Head: "", Share: 0.7}, {Head: "ISBN", Share: 2.4}, {Head: s.w("col.title"), Share: 5.4},
		{Head: s.w("col.author"), Share: 2.6}, {Head: s.w("col.copies"), Share: 0.9, Right: true}}, rows)...)
	b = append(b, paper.Pair{Left: s.w("box.sum", "Titles", num(len(rows))), Right: s.say("word.copies", "Count", num(len(v.Titles))), Bold: true})
	b = s.label(b, scan.Box, string(tr.ID), "")
	b = append(b, paper.Sign{Word: s.w("sign.giver")}, paper.Sign{Word: s.w("sign.taker")}, paper.Sign{Word: s.w("sign.day")})
	return Paper{"box/" + string(tr.ID) + "/" + num(len(v.Titles)), s.sheet("box.title", paper.A4, s.foot(b, shop))}, nil
}

func (s Papers) box(ctx context.Context, id payback.TransferID) (*BoxView, error) {
	tr, err := s.c.Transfer(ctx, id)
	if err != nil || tr == nil {
		return nil, err
	}
	shop, err := s.c.Shop(ctx)
	if err != nil {
		return nil, err
	}
	v, out := s.c.viewer(), &BoxView{}
	if err := s.c.boxView(ctx, v, out, tr, shop); err != nil {
		return nil, err
	}
	return out, v.fill(ctx)
}

func (s Papers) boxNote(tr *payback.Transfer) string {
	return s.say("counter.box.serial", "Number", num(tr.Serial))
}

// Label is what is stuck onto a box: scanning it opens the box on the screen. A
// second one is as good as the first, so it is no copy. None for a box that is not
// here.
func (s Papers) Label(ctx context.Context, id payback.TransferID) (Paper, error) {
	v, err := s.box(ctx, id)
	if err != nil || v == nil {
		return Paper{}, err
	}
	shop, err := s.c.Shop(ctx)
	if err != nil {
		return Paper{}, err
	}
	tr := v.Transfer
	b := []paper.Block{paper.Tag{Word: s.say("word.box"), Number: num(tr.Box), Name: v.Library.Name, Note: join(shop.Store.Name, s.boxNote(tr))}}
	b = s.label(b, scan.Box, string(tr.ID), "")
	return Paper{Sheet: s.sheet("label.title", paper.Card, b)}, nil
}

// List is a list as it stands on the screen.
func (s Papers) List(ctx context.Context, l List) (Paper, error) {
	shop, err := s.c.Shop(ctx)
	if err != nil {
		return Paper{}, err
	}
	b := s.head(l.Head, shop)
	if l.Sum != "" {
		b = append(b, paper.Text{Text: l.Sum})
	}
	columns := []paper.Column{{Head: s.w("col.when"), Share: 1.7}, {Head: s.w("col.what"), Share: 1.7}, {Head: s.w("col.title"), Share: 5},
		{Head: s.w("col.name"), Share: 1.3}, {Head: s.w("col.note"), Share: 2.4}, {Head: s.w("col.amount"), Share: 1.4, Right: true}}
	var rows [][]string
	end := func() {
		if len(rows) > 0 {
			b = append(b, paper.Table{Columns: columns, Rows: rows})
		}
		rows = nil
	}
	for _, r := range l.Rows[:min(len(l.Rows), paper.MaxRows)] {
		if r.Head != "" {
			end()
			b = append(b, paper.Text{Text: r.Head, Bold: true})
			continue
		}
		what, note := r.Act, r.Note
		if what == "" {
			what = r.Number
		}
		if note == "" {
			note = r.SentWord
		}
		rows = append(rows, []string{r.Time, what, r.Title, r.Who, note, r.Amount})
	}
	end()
	if len(l.Rows) == 0 {
		b = append(b, paper.Text{Text: l.Empty})
	}
	return Paper{Sheet: paper.Sheet{Name: l.Head, Size: paper.A4, Blocks: s.foot(b, shop)}}, nil
}

// practiceBooks are those of the practice sheet: titles of the sample district.
var practiceBooks = []struct{ isbn, title string }{
	{"9791161571188", "불편한 편의점"}, {"9788937473135", "82년생 김지영"}, {"9791167372864", "구의 증명"},
	{"9788937473401", "급류"}, {"9788936434267", "아몬드"}, {"9788937460883", "오만과 편견"},
}

// Codes of the practice sheet that are no books: goods, a magazine, a library card.
const (
	practiceGoods    = "8801234567893"
	practiceMagazine = "9771227802005"
	practiceCard     = "2976096096"
)

// practiceTasks is how many tasks the sheet names.
const practiceTasks = 10

// Practice is a sheet of bar codes to learn with, and ten tasks. Its codes are those
// of the sample district, so that they mean something in a training world and
// nothing, calmly, in a real one.
func (s Papers) Practice(ctx context.Context) (Paper, error) {
	shop, err := s.c.Shop(ctx)
	if err != nil {
		return Paper{}, err
	}
	b := append(s.head(s.w("practice.title"), shop), paper.Text{Text: s.w("practice.why")}, paper.Space{})
	books := paper.Codes{Across: 3}
	for _, t := range practiceBooks {
		books.Codes = append(books.Codes, paper.Code{Digits: t.isbn, Caption: t.title})
	}
	b = append(b, books, paper.Codes{Across: 3, Codes: []paper.Code{{Digits: practiceCard, Caption: s.w("practice.card")},
		{Digits: practiceGoods, Caption: s.w("practice.goods")}, {Digits: practiceMagazine, Caption: s.w("practice.magazine")}}}, paper.Rule{})
	for i := range practiceTasks {
		b = append(b, paper.Text{Text: tick + " " + num(i+1) + ". " + s.w("practice.task."+num(i+1))})
	}
	return Paper{Sheet: s.sheet("practice.title", paper.A4, s.foot(b, shop))}, nil
}
