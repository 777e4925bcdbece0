package counter

import (
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// found says what a code means here: the scan decides.
func (d *Desk) found(ctx context.Context, code scan.Code) turn {
	f, err := d.c.Find(ctx, code)
	if err != nil {
		return d.failed(err)
	}
	todo := actable(f.Matches)
	switch {
	case len(todo) == 0:
		return d.nothing(ctx, code, f)
	case len(todo) == 1:
		return d.matched(ctx, code, todo[0])
	}
	if inHand(code) && sameKind(todo) && (todo[0].Kind == MatchPlaced || todo[0].Kind == MatchOrdered || todo[0].Kind == MatchPack) {
		t := d.matched(ctx, code, todo[0])
		t.band.Why = join(t.band.Why, d.w("more.same", "Count", num(len(todo)-1)))
		return t
	}
	return d.choose(ctx, code, todo)
}

// inHand says that the clerk holds the copy: its own code was read.
func inHand(code scan.Code) bool { return code.Kind == scan.Book || code.Kind == scan.Copy }

func sameKind(ms []Match) bool {
	return !slices.ContainsFunc(ms, func(m Match) bool { return m.Kind != ms[0].Kind })
}

// actable leaves out what can only be explained where something can be done; a
// copy to be packed is no question while another of its title is.
func actable(ms []Match) []Match {
	var first, second []Match
	for _, m := range ms {
		switch m.Kind {
		case MatchWaiting, MatchOut, MatchOwed, MatchRefused, MatchOrdered, MatchPlaced, MatchLeft, MatchBox, MatchPack:
			first = append(first, m)
		case MatchInBox, MatchDead, MatchFinished:
			second = append(second, m)
		}
	}
	if len(first) > 0 {
		return first
	}
	return second
}

// matched goes on with the one thing that a code means.
func (d *Desk) matched(ctx context.Context, code scan.Code, m Match) turn {
	switch m.Kind {
	case MatchWaiting:
		return d.sell(ctx, code, m)
	case MatchOut:
		return d.takeBack(ctx, code, m)
	case MatchOwed:
		return d.refund(ctx, m.Loan.ID, nil)
	case MatchRefused:
		return d.giveBack(ctx, m)
	case MatchLeft:
		return d.waits(ctx, m)
	case MatchPlaced:
		if inHand(code) {
			return d.acceptCopy(ctx, m.Request.ID)
		}
		return d.request(ctx, m.Request.ID)
	case MatchOrdered:
		if inHand(code) {
			return d.arrive(ctx, m.Request.ID, 0)
		}
		return d.request(ctx, m.Request.ID)
	case MatchPack:
		return d.pack(ctx, m.Copy.ID)
	case MatchInBox:
		return d.inBox(ctx, m)
	case MatchBox:
		return d.box(ctx, m.Transfer.ID)
	case MatchDead:
		return d.dead(ctx, code, m)
	}
	return d.finished(ctx, m)
}

// choose asks which of several things is meant, nearest deadline first.
func (d *Desk) choose(ctx context.Context, code scan.Code, ms []Match) turn {
	title := d.w("choose.which", "Title", titleOf(ms[0].Title))
	why := d.w("choose.same", "Count", num(len(ms)))
	if !sameKind(ms) {
		title, why = d.w("choose.what", "Title", titleOf(ms[0].Title)), d.w("choose.both")
	}
	if !inHand(code) {
		title, why = d.w("choose.person", "Count", num(len(ms))), d.w("choose.both")
	}
	t := turn{band: Band{Tone: ToneOf(assets.StateDecide), Word: d.say2("state.decide"), Title: title, Why: why},
		sound: SoundLook, parked: titleOf(ms[0].Title), code: code}
	if !inHand(code) {
		t.sound = Silent
	}
	for _, m := range ms[:min(len(ms), 8)] {
		t.choice(d.matchWord(m, !inHand(code)), func(ctx context.Context, _ map[string]string) turn {
			return d.matched(ctx, code, m)
		}).noted(d.matchNote(m))
	}
	if len(ms) > 8 {
		t.band.Why = d.w("choose.more", "Count", num(len(ms)-8))
	}
	d.later(&t)
	return t
}

// matchWord is a match as an answer: what would be done, and for whom.
func (d *Desk) matchWord(m Match, titled bool) string {
	title := ""
	if titled {
		title = titleOf(m.Title)
	}
	return join(d.w("match."+string(m.Kind)), title, m.Person.Name, numberOf(m))
}

func numberOf(m Match) string {
	switch {
	case m.Request != nil:
		return m.Request.Number
	case m.Loan != nil:
		return m.Loan.Number
	}
	return ""
}

func (d *Desk) matchNote(m Match) string {
	if m.Deadline == "" {
		return ""
	}
	return d.w("match.by", "Day", d.day(m.Deadline))
}

// nothing says calmly what is known of a code that nothing is open for.
func (d *Desk) nothing(ctx context.Context, code scan.Code, f Found) turn {
	switch code.Kind {
	case scan.Damaged:
		return d.not(d.w("scan.damaged"), d.problem(code, f))
	case scan.NotBook:
		return d.attention(d.w("word.not_book"), d.w("scan.not_book"), join(d.problem(code, f), d.w("scan.book_code")))
	case scan.Number:
		return d.unknownNumber(ctx, code)
	case scan.Member:
		if code.Problem != "" {
			return d.not(d.w("scan.unknown"), d.problem(code, f))
		}
		return d.attention(d.w("word.card"), d.w("scan.card_nothing"), d.w("scan.card_nothing.why"))
	case scan.Book:
		return d.title(ctx, code, f)
	}
	if code.Label {
		return d.attention(d.w("word.not_ours"), d.w("scan.label_unknown"), d.w("scan.label_unknown.why"))
	}
	if code.Problem == scan.ProblemLetters {
		return d.attention(d.w("word.find"), d.w("find.none"), d.w("find.none.why"))
	}
	return d.not(d.w("scan.unknown"), d.problem(code, f))
}

func (d *Desk) problem(code scan.Code, f Found) string {
	if code.Problem != "" {
		return d.say2(code.Problem)
	}
	return d.reason(f.Reason)
}

// title is a book that nothing of this store is open for: no alarm. The copy may
// be another store's, or simply the shop's own.
func (d *Desk) title(ctx context.Context, code scan.Code, f Found) turn {
	shop, err := d.c.Shop(ctx)
	if err != nil {
		return d.failed(err)
	}
	t := d.attention(d.w("word.not_ours"), titleOf(f.Title), join(d.w("scan.not_ours"), d.stockWord(f.Stock, shop)))
	t.band.Say = d.w("say.not_ours")
	if f.Title.Author != "" || f.Title.Price > 0 {
		price := ""
		if f.Title.Price > 0 {
			price = d.won(f.Title.Price)
		}
		t.panel = Panel{Head: d.w("this_book"), Rows: rows(d.w("row.author"), f.Title.Author, d.w("row.price"), price, "ISBN", string(f.Title.ISBN))}
	}
	t.choice(d.w("do.count"), func(ctx context.Context, _ map[string]string) turn { return d.count(f.Title, f.Stock, false, "") })
	t.choice(d.w("do.receive"), func(ctx context.Context, _ map[string]string) turn { return d.count(f.Title, f.Stock, true, "") })
	t.choice(d.w("do.walkin"), func(ctx context.Context, _ map[string]string) turn { return d.walkIn(ctx, f.Title) })
	for i := range t.band.Answers {
		t.band.Answers[i].Main = false
	}
	d.later(&t)
	return t
}

// unknownNumber is a pick-up number that this PC has not heard of: the sale is
// possible all the same, and is matched when the request comes.
func (d *Desk) unknownNumber(ctx context.Context, code scan.Code) turn {
	t := d.attention(d.w("word.number"), d.w("number.unknown", "Number", code.Number), d.w("number.unknown.why"))
	t.scan = func(ctx context.Context, book scan.Code) (turn, bool) {
		if book.Kind != scan.Book {
			return turn{}, false
		}
		return d.sellNumber(ctx, code.Number, payback.ISBN(book.ISBN)), true
	}
	d.later(&t)
	return t
}

// waits is a copy that lies here for the office's decision.
func (d *Desk) waits(ctx context.Context, m Match) turn {
	t := d.attention(d.say2("payback.state.left"), titleOf(m.Title),
		join(d.who(m.Person, m.Loan.Number), d.w("left.by", "Day", d.day(m.Loan.DecideBy))))
	t.band.Say = d.w("say.left", "Day", d.day(m.Loan.DecideBy))
	t.panel = d.loanPanel(ctx, m.Loan, m.Title)
	return t
}

// finished is only explained.
func (d *Desk) finished(ctx context.Context, m Match) turn {
	state := ""
	switch {
	case m.Loan != nil:
		state = d.say2("payback.state." + string(m.Loan.State))
		if m.Refund != nil && m.Refund.State == payback.RefundPaid {
			state = d.say2("payback.state.paid")
		}
	case m.Request != nil:
		state = d.say2("payback.state." + string(m.Request.State))
	}
	t := d.attention(d.w("word.done"), titleOf(m.Title), join(d.w("finished", "State", state), d.who(m.Person, numberOf(m))))
	if m.Loan != nil {
		t.panel = d.loanPanel(ctx, m.Loan, m.Title)
	}
	return t
}

// rows makes a panel's rows of pairs, leaving out empty ones.
func rows(pairs ...string) (out [][2]string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, [2]string{pairs[i], pairs[i+1]})
		}
	}
	return out
}
