package query

import (
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/shared/hangul"
	"github.com/bookpayback/bookpayback/shared/isbn"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// PageSize is how many titles one page of a search shows.
const PageSize = 20

// Offering says what somebody can do about a title now.
type Offering string

// The offerings.
const (
	CanAsk  Offering = "ask"  // a slot and the money are there
	CanWait Offering = "wait" // all slots are held; the line is open
	Refused Offering = "no"   // for the reason given
	IsMine  Offering = "mine" // the visitor has a request, place or loan of it
)

// Offer is what the programme can say about a title at one moment.
type Offer struct {
	ISBN     payback.ISBN
	Title    *payback.Title // nil for a title that nobody has described yet
	Offering Offering
	Reason   payback.Reason // of a refusal
	Left     int            // free slots
	Cap      int            // all slots
	Ahead    int            // people in the line
	WaitEnds payback.Date   // last day of a place taken today
	Usual    int            // days that those who got one waited, in the middle; 0 = not known
	Best     *StoreStock    // the store that most likely has one on its shelf
	Shelved  []LibraryCopies
	Mine     payback.Key // what the visitor has
}

// StoreStock is a store with its stock of a title.
type StoreStock struct {
	Store *payback.Store
	Stock *payback.Stock // nil: nothing is known
}

// LibraryCopies is how many copies that came through the service stand on a
// library's shelf.
type LibraryCopies struct {
	Library string
	N       int
}

// Standing is what a resident may still do.
type Standing struct {
	Reason    payback.Reason // why they can't ask for anything now; none if they can
	MonthLeft int            // requests left this month; -1 = no limit
	YearLeft  int            // and this year; -1 = no limit
	Open      int            // open requests, waits and loans
}

// Found is the answer to a search: on each page those that can be had first.
type Found struct {
	Offers []Offer
	More   bool   // there is another page
	Asked  string // what was searched for: the text, or what it would be on the Hangul keyboard
	Now    int64
}

// Search finds titles by name, author, initial consonants or ISBN, and says of
// each what can be done. Who is "" for a visitor who has not signed in. Any valid
// ISBN is an answer, known or not.
func (q *Query) Search(ctx context.Context, d payback.DistrictID, who payback.ResidentID, text string, page int) (found Found, err error) {
	err = q.at(ctx, d, "query.Search", func(m *moment) error {
		found.Now, found.Asked = m.now, text
		titles, more, err := m.find(text, page)
		if err != nil {
			return err
		}
		if hangulTyped := hangul.FromQWERTY(text); len(titles) == 0 && hangulTyped != text && page == 0 {
			if titles, more, err = m.find(hangulTyped, page); err != nil {
				return err
			}
			if len(titles) > 0 {
				found.Asked = hangulTyped
			}
		}
		found.More = more
		if found.Offers, err = m.offers(who, titles); err != nil {
			return err
		}
		order := []Offering{CanAsk, CanWait, IsMine, Refused}
		slices.SortStableFunc(found.Offers, func(a, b Offer) int { return slices.Index(order, a.Offering) - slices.Index(order, b.Offering) })
		return nil
	})
	return found, err
}

// find returns the numbers of the titles that answer a text.
func (m *moment) find(text string, page int) (titles []payback.ISBN, more bool, err error) {
	if number, err := isbn.Parse(text); err == nil {
		return []payback.ISBN{number}, false, nil
	}
	keys := hangul.QueryKeys(text)
	if len(keys) == 0 {
		return nil, false, nil
	}
	found, err := m.SearchTitles(keys, PageSize+1, page*PageSize)
	if err != nil {
		return nil, false, err
	}
	more = len(found) > PageSize
	for _, t := range found[:min(PageSize, len(found))] {
		if hangul.Matches(t.Name+" "+t.Author, text) {
			m.rows[t.Key()] = t
			titles = append(titles, t.ISBN)
		}
	}
	return titles, more, nil
}

// anyone stands for a visitor whose limits are not looked at.
const anyone payback.ResidentID = "anyone"

// offers says of each title what can be done.
func (m *moment) offers(who payback.ResidentID, titles []payback.ISBN) ([]Offer, error) {
	if len(titles) == 0 {
		return nil, nil
	}
	m.rows[payback.ResidentKey(anyone)] = &payback.Resident{ID: anyone}
	stores, err := m.stores()
	if err != nil {
		return nil, err
	}
	stock, err := m.stock(titles)
	if err != nil {
		return nil, err
	}
	asks, err := m.try(payback.RoleResident, m.placings(stores, titles)...)
	if err != nil {
		return nil, err
	}
	if err := m.claims(who, titles); err != nil {
		return nil, err
	}
	out := make([]Offer, len(titles))
	for i, number := range titles {
		out[i] = m.offer(number, asks[i])
		out[i].Best = best(stores, stock[number])
		if c := row[*payback.Claim](m, payback.ClaimKey(who, number)); who != "" && c != nil {
			out[i].Offering, out[i].Reason, out[i].Mine = IsMine, payback.Reason{}, c.For
		}
	}
	return out, m.lines(out)
}

// placings are the acts by which anyone would ask for the titles, at a store that
// takes requests if there is one.
func (m *moment) placings(stores []*payback.Store, titles []payback.ISBN) []payback.Body {
	at := payback.StoreID("none")
	for _, s := range stores {
		at = s.ID
		if !s.Paused && s.Successor == "" {
			break
		}
	}
	bodies := make([]payback.Body, len(titles))
	for i, number := range titles {
		bodies[i] = &payback.Place{Request: "try", Resident: anyone, ISBN: number, Store: at}
	}
	return bodies
}

// claims loads what the resident has of the titles.
func (m *moment) claims(who payback.ResidentID, titles []payback.ISBN) error {
	if who == "" {
		return nil
	}
	keys := make([]payback.Key, len(titles))
	for i, number := range titles {
		keys[i] = payback.ClaimKey(who, number)
	}
	return m.load(keys...)
}

// offer reads an offer from what became of the try.
func (m *moment) offer(number payback.ISBN, ask payback.Outcome) Offer {
	title := row[*payback.Title](m, payback.TitleKey(number))
	o := Offer{ISBN: number, Title: title, Cap: m.policy().CopyCap(title)}
	held := 0
	if q := row[*payback.Quota](m, payback.QuotaKey(number)); q != nil {
		o.Ahead = len(q.Line)
		for _, n := range q.Held {
			if n <= o.Cap {
				held++
			}
		}
	}
	o.Left = max(0, o.Cap-held)
	switch {
	case ask.Verdict != payback.Rejected:
		o.Offering = CanAsk
	case ask.Reason.Key == "no_slot":
		o.Offering = CanWait // unless the line says otherwise
	default:
		o.Offering, o.Reason = Refused, ask.Reason
	}
	return o
}

// lines tries the waiting line for the titles that have no slot, and says where
// copies stand meanwhile.
func (m *moment) lines(offers []Offer) error {
	for i := range offers {
		o := &offers[i]
		if o.Offering != CanWait {
			continue
		}
		out, err := m.try(payback.RoleResident, &payback.Reserve{Reservation: "try", Resident: anyone, ISBN: o.ISBN, Stores: []payback.StoreID{"any"}})
		if err != nil {
			return err
		}
		if out[0].Verdict == payback.Rejected {
			o.Offering, o.Reason = Refused, out[0].Reason
		}
		for _, r := range out[0].Changed {
			if v, ok := r.(*payback.Reservation); ok {
				o.WaitEnds = v.EndsOn
			}
		}
		if o.Usual, err = m.usualWait(o.ISBN); err != nil {
			return err
		}
		if o.Shelved, err = m.shelved(o.ISBN); err != nil {
			return err
		}
	}
	return nil
}

// usualWait is the middle of the days that those waited who got the title from
// the line; 0 while fewer than three did.
func (m *moment) usualWait(number payback.ISBN) (int, error) {
	const day, enough, looked = 24 * 60 * 60 * 1000, 3, 50
	taken, err := all[*payback.Reservation](m, db.Select{Table: payback.TReservation,
		Where: []db.Cond{db.Eq("isbn", string(number)), db.Eq("state", string(payback.Taken))}, Limit: looked})
	if err != nil || len(taken) < enough {
		return 0, err
	}
	days := make([]int, 0, len(taken))
	for _, v := range taken {
		days = append(days, int((v.Op.At-v.Since)/day))
	}
	slices.Sort(days)
	return max(1, days[len(days)/2]), nil
}

// shelved counts the copies of a title on each library's shelf.
func (m *moment) shelved(number payback.ISBN) ([]LibraryCopies, error) {
	copies, err := all[*payback.Copy](m, db.Select{Table: payback.TCopy,
		Where: []db.Cond{db.Eq("isbn", string(number)), db.Eq("state", string(payback.CopyShelved))}})
	if err != nil {
		return nil, err
	}
	n := map[payback.LibraryID]int{}
	var order []payback.LibraryID
	for _, c := range copies {
		if n[c.Library] == 0 {
			order = append(order, c.Library)
		}
		n[c.Library]++
	}
	var out []LibraryCopies
	for _, id := range order {
		l, err := one[*payback.Library](m, payback.Key{Table: payback.TLibrary, ID: string(id)})
		if err != nil {
			return nil, err
		}
		name := string(id)
		if l != nil {
			name = l.Name
		}
		out = append(out, LibraryCopies{Library: name, N: n[id]})
	}
	return out, nil
}

// stores returns all stores, by name.
func (m *moment) stores() ([]*payback.Store, error) {
	return all[*payback.Store](m, db.Select{Table: payback.TStore, Order: "name"})
}

// stock returns every store's stock of the titles.
func (m *moment) stock(titles []payback.ISBN) (map[payback.ISBN][]*payback.Stock, error) {
	rows, err := all[*payback.Stock](m, db.Select{Table: payback.TStock, Where: []db.Cond{in("isbn", titles...)}})
	if err != nil {
		return nil, err
	}
	out := map[payback.ISBN][]*payback.Stock{}
	for _, s := range rows {
		out[s.ISBN] = append(out[s.ISBN], s)
	}
	return out, nil
}

// best is the store with the most free copies, the later counted first; nil if no
// open store has one.
func best(stores []*payback.Store, stock []*payback.Stock) *StoreStock {
	var found *StoreStock
	for _, s := range stores {
		at := slices.IndexFunc(stock, func(x *payback.Stock) bool { return x.Store == s.ID })
		if at < 0 || s.Paused || s.Successor != "" || stock[at].Free() == 0 {
			continue
		}
		if x := stock[at]; found == nil || x.Free() > found.Stock.Free() || (x.Free() == found.Stock.Free() && x.AsOf > found.Stock.AsOf) {
			found = &StoreStock{Store: s, Stock: x}
		}
	}
	return found
}
