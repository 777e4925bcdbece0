package counter

import (
	"context"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/paper"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// ReasonNoPaper says that there is nothing to print of a thing.
const ReasonNoPaper = "paper_none"

// Paper is a sheet to be printed. Of a person it holds no more than the masked name
// and the pick-up number.
type Paper struct {
	ID    string // what it is of, by which its copies are counted; "" for a list, of which each is a new one
	Sheet paper.Sheet
}

// None says that there is nothing to print.
func (p Paper) None() bool { return len(p.Sheet.Blocks) == 0 }

// Papers makes the sheets of a store in one language. Slips are for the roll, lists
// for A4 and labels for boxes on a card; PrinterFor finds the printer.
type Papers struct {
	c     *Counter
	words *assets.Speaker
}

// Papers returns the maker of this store's sheets.
func (c *Counter) Papers(words *assets.Speaker) Papers { return Papers{c, words} }

// PrinterFor returns the setting of the printer for a size, and the size that the
// sheet gets on it: a shop with one printer has everything on that. "" is no printer.
func PrinterFor(s Settings, size paper.Size) (printer string, on paper.Size) {
	switch {
	case size == paper.Roll && s.Slip == "":
		return s.Page, paper.A4
	case size != paper.Roll && s.Page == "":
		return s.Slip, paper.Roll
	case size == paper.Roll:
		return s.Slip, size
	}
	return s.Page, size
}

// Printed returns how often a paper went to a printer.
func (c *Counter) Printed(ctx context.Context, p Paper) (int, error) {
	if p.ID == "" {
		return 0, nil
	}
	n, err := c.db.Printed(ctx, p.ID)
	return n, fault.Wrap("counter.Printed", err)
}

// AddPrinted notes that a printer took a paper.
func (c *Counter) AddPrinted(ctx context.Context, p Paper) error {
	if p.ID == "" {
		return nil
	}
	return fault.Wrap("counter.AddPrinted", c.db.AddPrinted(ctx, p.ID))
}

// Again marks a paper as a copy of one that was printed before.
func (s Papers) Again(p Paper) Paper {
	p.Sheet.Again = s.w("again")
	return p
}

// Of returns the paper of a row: the slip of a loan, the note for a copy on the hold
// shelf, the list of a box. None for what has none.
func (s Papers) Of(ctx context.Context, k payback.Key) (Paper, error) {
	switch k.Table {
	case payback.TLoan:
		return s.Slip(ctx, payback.LoanID(k.ID))
	case payback.TRequest:
		return s.Hold(ctx, payback.RequestID(k.ID))
	case payback.TTransfer:
		return s.Box(ctx, payback.TransferID(k.ID))
	}
	return Paper{}, nil
}

// Hold is the note that goes into a copy on the hold shelf; none for a request that
// has no copy there.
func (s Papers) Hold(ctx context.Context, id payback.RequestID) (Paper, error) {
	v, err := s.c.RequestView(ctx, id)
	if err != nil || v == nil || !v.Request.Waiting() {
		return Paper{}, err
	}
	shop, err := s.c.Shop(ctx)
	if err != nil {
		return Paper{}, err
	}
	r := v.Request
	b := s.head(s.w("hold.title"), shop)
	title := titleOf(v.Title)
	if r.Hold > 0 {
		b = append(b, paper.Tag{Word: s.say("word.shelf"), Number: num(r.Hold), Name: title, Note: v.Title.Author})
		title = ""
	}
	b = pairs(b, s.w("row.title"), title, s.w("row.name"), v.Person.Name, s.w("row.number"), r.Number, s.w("row.until"), s.day(r.EndsOn))
	b = s.label(b, scan.Request, string(r.ID), r.Number)
	return Paper{"hold/" + string(r.ID), s.sheet("hold.title", paper.Roll, s.foot(b, shop))}, nil
}

// Test is a sheet that shows whether a printer can do what the others need.
func (s Papers) Test(ctx context.Context, slip bool) (Paper, error) {
	size := paper.A4
	if slip {
		size = paper.Roll
	}
	shop, err := s.c.Shop(ctx)
	if err != nil {
		return Paper{}, err
	}
	b := s.head(s.w("test.title"), shop)
	b = append(b, paper.Text{Text: s.w("test.why")}, paper.Pair{Left: s.w("row.amount"), Right: s.won(14000), Bold: true},
		paper.Tag{Word: s.say("word.box"), Number: "3", Name: shop.Store.Name}, paper.Code{Digits: practiceBooks[0].isbn})
	return Paper{Sheet: s.sheet("test.title", size, s.foot(b, shop))}, nil
}

// w says a message of the papers; args are pairs of name and value.
func (s Papers) w(key string, args ...string) string { return s.say("paper."+key, args...) }

func (s Papers) say(key string, args ...string) string { return s.d().say2(key, args...) }

// d has the words that screens say the same things with.
func (s Papers) d() *Desk { return &Desk{env: DeskEnv{Words: s.words}} }

func (s Papers) won(w payback.Won) string { return s.d().won(w) }

// day is a day with its year: paper is looked at later too.
func (s Papers) day(day payback.Date) string {
	t, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return ""
	}
	return assets.DateYear(t, s.words.Lang())
}

func (s Papers) at(ms int64, shop Shop) string {
	t := time.UnixMilli(ms).In(zoneOf(shop))
	return assets.DateYear(t, s.words.Lang()) + " " + assets.Clock(t)
}

func (s Papers) sheet(name string, size paper.Size, blocks []paper.Block) paper.Sheet {
	return paper.Sheet{Name: s.w(name), Size: size, Blocks: blocks}
}

// head is the beginning of a sheet: what it is, and whose.
func (s Papers) head(title string, shop Shop) []paper.Block {
	return []paper.Block{paper.Title{Text: title}, paper.Text{Text: join(shop.Store.Name, shop.Store.Tel, shop.Store.Address), Small: true}, paper.Rule{}}
}

// foot is its end: when it was made, and where.
func (s Papers) foot(b []paper.Block, shop Shop) []paper.Block {
	demo := ""
	if shop.Demo {
		demo = s.d().w("demo")
	}
	return append(b, paper.Rule{}, paper.Text{Text: join(s.at(shop.Now, shop), shop.Label, demo), Small: true})
}

// label adds the bar code of our own label; nothing for an id that has none.
func (s Papers) label(b []paper.Block, kind scan.Kind, id, caption string) []paper.Block {
	if digits, ok := LabelDigits(kind, id); ok {
		return append(b, paper.Code{Digits: digits, Caption: caption})
	}
	return b
}

// pairs adds lines of word and value, leaving out those without a value.
func pairs(b []paper.Block, of ...string) []paper.Block {
	for _, r := range rows(of...) {
		b = append(b, paper.Pair{Left: r[0], Right: r[1]})
	}
	return b
}
