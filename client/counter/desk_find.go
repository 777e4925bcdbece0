package counter

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// foundPage is how many results are asked for, and how many more at the last one.
const foundPage = 50

// search is what the list shows in place of the tab's rows: what was typed and what
// it found. A newer search takes its place; an answer that comes later than that is
// dropped. Its fields are protected by the desk's mutex.
type search struct {
	text   string
	limit  int
	cancel context.CancelFunc

	of   string // the text that hits answer; text, once the answer is there
	hits []Hit
	more bool
	err  error
}

// typed takes the text of a field as it is now. Nothing waits for the answer: it is
// shown when it is there, if nothing newer was typed.
func (d *Desk) typed(ctx context.Context, e Typed) Screen {
	text := strings.TrimSpace(e.Text)
	switch {
	case e.Field == "" && !isWords(text):
		if d.search == nil || d.cur.choosing || len(d.cur.band.Fields) > 0 {
			return d.same()
		}
		d.endSearch()
	case e.Field != "" && e.Field != fieldFind, d.search != nil && d.search.text == text:
		return d.same()
	default:
		d.chosen[d.tab] = ""
		d.seek(ctx, text, foundPage)
		if d.env.Wake != nil && text != "" {
			return d.same()
		}
	}
	d.shown = d.screen(ctx, false)
	return d.shown
}

// same is the last screen once more, without its sound.
func (d *Desk) same() Screen {
	s := d.shown
	s.Sound, s.Same = Silent, true
	return s
}

// Sought returns what of the scan field's text is a search: all of it, or "" while
// it may be a code.
func Sought(text string) string {
	if isWords(text) {
		return text
	}
	return ""
}

// isWords says that a text of the scan field is being typed to search, and is no
// beginning of a code: it has Hangul, or two letters.
func isWords(text string) bool {
	letters := 0
	for _, r := range text {
		switch {
		case r >= 'ㄱ' && r <= 'ㆎ', r >= '가' && r <= '힣':
			return true
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			letters++
		}
	}
	return letters >= 2 && scan.Classify(text).Problem == scan.ProblemLetters
}

// seek begins a search, and ends the one before it.
func (d *Desk) seek(ctx context.Context, text string, limit int) {
	s := &search{text: text, limit: limit}
	if old := d.search; old != nil {
		s.of, s.hits, s.more = old.of, old.hits, old.more // shown until the answer comes
		old.stop()
	}
	d.search = s
	if text == "" {
		s.of, s.hits, s.more = "", nil, false
		return
	}
	ctx, s.cancel = context.WithCancel(ctx)
	if d.env.Wake == nil {
		s.hits, s.more, s.err = d.c.Search(ctx, text, limit)
		s.of = text
		return
	}
	go func() {
		hits, more, err := d.c.Search(ctx, text, limit)
		d.mu.Lock()
		current := d.search == s && s.of != text
		if current {
			s.of, s.hits, s.more, s.err = text, hits, more, err
		}
		d.mu.Unlock()
		if current {
			d.env.Wake()
		}
	}()
}

func (s *search) stop() {
	if s.cancel != nil {
		s.cancel()
	}
}

// answer waits for a search's answer, for a clerk who was quicker than it.
func (d *Desk) answer(ctx context.Context) {
	s := d.search
	if s.of == s.text {
		return
	}
	s.stop()
	s.hits, s.more, s.err = d.c.Search(ctx, s.text, s.limit)
	s.of = s.text
}

func (d *Desk) endSearch() {
	if d.search != nil {
		d.search.stop()
		d.search = nil
	}
}

// more asks for further results when the last row is reached.
func (d *Desk) more(ctx context.Context, at int) {
	if s := d.search; s != nil && s.more && at == len(d.rows)-1 && s.of == s.text {
		d.seek(ctx, s.text, s.limit+foundPage)
		if d.env.Wake != nil {
			d.search.of = "" // the same words, longer: not an answer yet
		}
	}
}

// fieldFind is the field of the question what to find.
const fieldFind = "find"

// find asks what to find: Ctrl+F.
func (d *Desk) find(ctx context.Context) turn {
	text := ""
	if d.search != nil {
		text = d.search.text
	}
	d.chosen[d.tab] = ""
	d.seek(ctx, text, foundPage)
	return d.findTurn(text, d.w("find.ask.why"))
}

func (d *Desk) findTurn(text, why string) turn {
	t := d.ask("word.find", d.w("find.ask"), why)
	t.band.Fields = []Field{{Name: fieldFind, Label: d.w("field.find"), Value: text, Focus: true, Search: true}}
	t.on("Enter", d.w("do.find"), true, func(ctx context.Context, in map[string]string) turn {
		text := strings.TrimSpace(in[fieldFind])
		if text == "" {
			return d.findTurn(text, d.w("find.ask.why"))
		}
		if d.search == nil || d.search.text != text {
			d.seek(ctx, text, foundPage)
		}
		return d.results(ctx, func(why string) turn { return d.findTurn(text, why) })
	})
	return *d.later(&t)
}

// words is what was typed into the scan field, with Enter: its results. false for
// a code.
func (d *Desk) words(ctx context.Context, code scan.Code) (turn, bool) {
	text := strings.TrimSpace(code.Raw)
	if code.Kind != scan.Unknown || code.Problem != scan.ProblemLetters || !isWords(text) || d.cur.scan != nil {
		return turn{}, false
	}
	d.park(ctx)
	if d.search == nil || d.search.text != text {
		d.chosen[d.tab] = ""
		d.seek(ctx, text, foundPage)
	}
	return d.results(ctx, func(why string) turn {
		t := d.attention(d.w("word.find"), d.w("find.none"), why)
		d.endSearch()
		return t
	}), true
}

// results goes on with what was found: the chosen one or the only one, else a
// choice by digit.
func (d *Desk) results(ctx context.Context, none func(why string) turn) turn {
	d.answer(ctx)
	s := d.search
	at := slices.IndexFunc(s.hits, func(h Hit) bool { return idOf(h.Match) == d.chosen[d.tab] })
	switch {
	case s.err != nil:
		return d.failed(s.err)
	case at >= 0:
		return d.openFound(ctx, d.chosen[d.tab])
	case len(s.hits) == 0:
		return none(d.w("find.none.why"))
	case len(s.hits) == 1:
		d.chosen[d.tab] = idOf(s.hits[0].Match)
		return d.openFound(ctx, d.chosen[d.tab])
	}
	return d.chooseFound()
}

// chooseFound has the list's rows chosen by digit, or by arrow and Enter.
func (d *Desk) chooseFound() turn {
	s := d.search
	t := d.ask("word.find", d.foundTitle(s), d.w("find.choose"))
	t.choosing = true
	t.does = map[string]step{}
	for i, h := range s.hits[:min(len(s.hits), 9)] {
		t.does[strconv.Itoa(i+1)] = func(ctx context.Context, _ map[string]string) turn {
			d.chosen[d.tab] = idOf(h.Match)
			return d.openFound(ctx, idOf(h.Match))
		}
	}
	t.on("Enter", d.w("do.open"), true, func(ctx context.Context, _ map[string]string) turn {
		if d.chosen[d.tab] == "" {
			d.chosen[d.tab] = idOf(s.hits[0].Match)
		}
		return d.openFound(ctx, d.chosen[d.tab])
	})
	return *d.later(&t)
}

func (d *Desk) foundTitle(s *search) string {
	if s.more {
		return d.w("find.found_more", "Count", num(len(s.hits)), "Text", s.text)
	}
	return d.w("find.found_for", "Count", num(len(s.hits)), "Text", s.text)
}

// idOf is a match as a row of the list.
func idOf(m Match) string {
	switch {
	case m.Loan != nil:
		return "found/" + m.Loan.Key().String()
	case m.Request != nil:
		return "found/" + m.Request.Key().String()
	case m.Transfer != nil:
		return "found/" + m.Transfer.Key().String()
	case m.Title != nil:
		return "found/" + m.Title.Key().String()
	}
	return ""
}

// openFound shows a result. Nothing is done by it: nobody holds the copy.
func (d *Desk) openFound(ctx context.Context, id string) turn {
	if d.search == nil {
		return turn{}
	}
	at := slices.IndexFunc(d.search.hits, func(h Hit) bool { return idOf(h.Match) == id })
	if at < 0 {
		return turn{}
	}
	m := d.search.hits[at].Match
	if m.Kind == MatchTitle {
		return d.openTitle(ctx, m.Title.ISBN)
	}
	return d.looked(ctx, m)
}

// looked goes on with a match that was found without its copy in the hand.
func (d *Desk) looked(ctx context.Context, m Match) turn {
	t := turn{}
	switch m.Kind {
	case MatchPlaced, MatchOrdered:
		t = d.request(ctx, m.Request.ID)
	case MatchPack:
		t = d.copyRow(ctx, m.Loan.ID)
	default:
		t = d.matched(ctx, scan.Code{}, m)
	}
	t.sound = Silent
	return t
}

// openTitle shows a title: what is open for it here, or the title alone.
func (d *Desk) openTitle(ctx context.Context, i payback.ISBN) turn {
	code := scan.Classify(string(i))
	f, err := d.c.Find(ctx, code)
	if err != nil {
		return d.failed(err)
	}
	t := turn{}
	switch todo := actable(f.Matches); len(todo) {
	case 0:
		t = d.title(ctx, code, f)
		t.band.Tone, t.band.Word, t.band.Say = ToneAsk, d.w("word.find"), ""
		t.parked = "" // nobody waits for an answer
	case 1:
		return d.looked(ctx, todo[0])
	default:
		t = d.choose(ctx, scan.Code{}, todo)
		t.code = code
	}
	t.sound = Silent
	return t
}

// listFound is the results as rows; while they are chosen from, with digits.
func (d *Desk) listFound(shop Shop) List {
	s := d.search
	l := List{Head: d.w("list.found"), Empty: d.w("find.hint")}
	if s.text != "" && s.of == s.text {
		l.Empty, l.Sum = d.w("find.none"), d.foundTitle(s)
	}
	if s.err != nil && s.of == s.text {
		l.Empty = Trouble(d.env.Words, s.err)
	}
	for i, h := range s.hits {
		row := d.foundRow(h, shop)
		if d.cur.choosing && i < 9 {
			row.Key = strconv.Itoa(i + 1)
		}
		l.Rows = append(l.Rows, row)
	}
	return l
}

func (d *Desk) foundRow(h Hit, shop Shop) ListRow {
	r := ListRow{ID: idOf(h.Match), Title: titleOf(h.Title), Who: h.Person.Name, Number: numberOf(h.Match)}
	switch {
	case h.Kind == MatchTitle:
		r.Number, r.Who = "", h.Title.Author
		r.Note = d.aboutTitle(h, shop)
	case h.Loan != nil:
		r.Note = d.say2("payback.state." + string(h.Loan.State))
		if h.Kind == MatchOut {
			r.Note = d.w("note.until", "Day", d.day(h.Loan.Due))
		}
	case h.Request != nil:
		r.Note = join(d.say2("payback.state."+string(h.Request.State)), d.matchNote(h.Match))
	}
	if h.Kind == MatchWaiting || h.Kind == MatchOwed || h.Late {
		r.Mark = assets.StateLook
	}
	return r
}

// aboutTitle says what the store has to do with a title.
func (d *Desk) aboutTitle(h Hit, shop Shop) string {
	var parts []string
	if h.Asked > 0 {
		parts = append(parts, d.w("found.asked", "Count", num(h.Asked)))
	}
	if h.Out > 0 {
		parts = append(parts, d.w("found.out", "Count", num(h.Out)))
	}
	if h.Stock != nil {
		parts = append(parts, d.stockWord(h.Stock, shop))
	}
	return join(parts...)
}
