package simtest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

// What the district has. Few titles, so that people are in each other's way.
var (
	stores    = []payback.StoreID{"s01", "s02"}
	libraries = []payback.LibraryID{"111136", "111377"}
)

const (
	titles    = 5
	residents = 12
)

// The canaries: what must be in no op, on no counter's disk and on the server's
// disk only encrypted.
const (
	canaryName  = "카나리아"
	canaryPhone = "010-7777-31"
	canaryCard  = "90210777"
)

func card(i int) string { return fmt.Sprintf("%s%02d", canaryCard, i) }

// town is everybody who is not at a counter: residents, librarians, officers.
type town struct {
	s      *Sim
	people []payback.ResidentID
	isbns  []payback.ISBN
	made   int
	closed bool // a store has left
}

func (t *town) setUp(s *Sim) error {
	t.s = s
	rows := []payback.Row{
		&payback.District{ID: district, Name: "서초구", Zone: "Asia/Seoul", Libraries: libraries},
		&payback.Library{ID: libraries[0], Name: "반포도서관"}, &payback.Library{ID: libraries[1], Name: "서초도서관"},
		&payback.Store{ID: stores[0], Name: "반포서점", Libraries: libraries}, &payback.Store{ID: stores[1], Name: "서래서점", Libraries: libraries},
	}
	policy := payback.DefaultPolicy()
	policy.MonthLimit, policy.CapOther, policy.CapBestseller = 6, 2, 3
	rows = append(rows, &payback.PolicyRow{Policy: policy})
	for i := range titles {
		id := isbnOf(i)
		t.isbns = append(t.isbns, id)
		title := &payback.Title{ISBN: id, Name: fmt.Sprint("책 ", i), Price: payback.Won(10_000 + 1_000*i)}
		if i == 0 {
			title.Class = payback.Bestseller
		}
		rows = append(rows, title)
	}
	var in []vault.Details
	for i := range residents {
		in = append(in, vault.Details{Name: fmt.Sprint(canaryName, i), Phone: fmt.Sprintf("%s%02d", canaryPhone, i), Card: card(i)})
	}
	got, err := s.srv.vault.Import(s.ctx, district, in)
	if err != nil {
		return err
	}
	for _, r := range got {
		t.people = append(t.people, r.ID)
		rows = append(rows, &payback.Resident{ID: r.ID, CardTag: r.CardTag})
	}
	for _, r := range rows {
		if err := t.upsert(r); err != nil {
			return err
		}
	}
	return nil
}

// isbnOf returns the i-th of a row of valid numbers.
func isbnOf(i int) payback.ISBN {
	digits := fmt.Sprintf("97911%07d", i)
	sum := 0
	for k, r := range digits {
		sum += int(r-'0') * (1 + 2*(k%2))
	}
	return payback.ISBN(fmt.Sprintf("%s%d", digits, (10-sum%10)%10))
}

func (t *town) upsert(r payback.Row) error {
	raw, err := payback.EncodeRow(r)
	if err != nil {
		return err
	}
	t.made++
	_, err = t.s.srv.ledger.Act(t.s.ctx, district, ledger.Actor{}, &payback.Upsert{Table: r.Key().Table, Rows: []json.RawMessage{raw}, ID: fmt.Sprint("row", t.made)})
	return err
}

// do lets somebody do something at the server.
func (t *town) do(role payback.Role, by string, b payback.Body) {
	if !t.s.srv.up {
		return // its power went at the act before
	}
	out, err := t.s.srv.ledger.Act(t.s.ctx, district, ledger.Actor{Role: role, By: by}, b)
	what := "failed"
	if err == nil {
		what = string(out[0].Verdict)
		if out[0].Done() {
			t.s.result.Done[string(b.Kind())]++
		}
	}
	t.s.note("%s: %s %s", role, b.Act(), what)
	t.s.srv.failed(string(b.Kind()), err)
}

// number returns a fresh number.
func (t *town) number() int {
	t.made++
	return t.made
}

// id returns a fresh id.
func (t *town) id(of string) string {
	t.made++
	return fmt.Sprintf("%s-%d", of, t.made)
}

// act lets somebody of the town do something that is possible now.
func (t *town) act() {
	who := pick(t.s, t.people)
	switch n := t.s.rnd.IntN(100); {
	case n < 45:
		t.do(payback.RoleResident, string(who), &payback.Place{Request: payback.RequestID(t.id("r")), Resident: who, ISBN: pick(t.s, t.isbns), Store: pick(t.s, stores)})
	case n < 52:
		t.do(payback.RoleResident, string(who), &payback.Reserve{Reservation: payback.ReservationID(t.id("v")), Resident: who, ISBN: pick(t.s, t.isbns), Stores: stores})
	case n < 60:
		t.change()
	case n < 66:
		t.takeOffer()
	case n < 80:
		t.librarian()
	case n < 91:
		t.decide()
	case n < 95:
		t.settleLines()
	case n < 96:
		t.leave(who)
	default:
		t.rule()
	}
}

// settleLines lets officers approve what a store is owed, each line by two, and pay it.
func (t *town) settleLines() {
	owed, approved := rows[*payback.Line](t, payback.TLine, payback.LineOwed), rows[*payback.Line](t, payback.TLine, payback.LineApproved)
	switch {
	case len(approved) > 0 && t.s.odds(2):
		t.do(payback.RoleOfficer, "officer", &payback.Pay{Lines: []payback.LineID{pick(t.s, approved).ID}, Payment: t.id("bank")})
	case len(owed) > 0:
		t.do(payback.RoleOfficer, pick(t.s, []string{"officer", "officer2"}), &payback.Approve{Lines: []payback.LineID{pick(t.s, owed).ID}, Batch: t.id("batch")})
	}
}

// leave blocks somebody, or erases them as soon as nothing of theirs is open.
func (t *town) leave(who payback.ResidentID) {
	if t.s.odds(3) {
		t.do(payback.RoleOfficer, "officer", &payback.Erase{Resident: who})
		return
	}
	t.do(payback.RoleOfficer, "officer", &payback.Block{Resident: who, On: t.s.odds(2), Note: "seen", ID: t.id("block")})
}

// rows returns the server's rows of a table in given states.
func rows[R payback.Row](t *town, table payback.Table, states ...payback.State) (out []R) {
	if !t.s.srv.up {
		return nil
	}
	t.s.srv.view(func(r db.Reader) error {
		for _, st := range states {
			found, err := r.Select(db.Select{Table: table, Where: []db.Cond{db.Eq("state", string(st))}})
			if err != nil {
				return err
			}
			for _, x := range found {
				out = append(out, x.(R))
			}
		}
		return nil
	})
	return out
}

// change lets a resident cancel a request or name another store.
func (t *town) change() {
	open := rows[*payback.Request](t, payback.TRequest, payback.Placed, payback.Accepted, payback.Declined)
	if len(open) == 0 {
		return
	}
	r := pick(t.s, open)
	if r.State == payback.Declined || r.Asked {
		t.do(payback.RoleResident, string(r.Resident), &payback.ChooseStore{Request: r.ID, Store: pick(t.s, stores), Assign: r.Assign + 1})
		return
	}
	if t.s.odds(2) {
		t.do(payback.RoleResident, string(r.Resident), &payback.Cancel{Request: r.ID, Turn: r.Turn})
	}
}

// takeOffer lets one who waited place the request that was offered.
func (t *town) takeOffer() {
	offered := rows[*payback.Reservation](t, payback.TReservation, payback.Offered)
	if len(offered) == 0 {
		return
	}
	v := pick(t.s, offered)
	t.do(payback.RoleResident, string(v.Resident), &payback.Place{Request: payback.RequestID(t.id("r")), Resident: v.Resident, ISBN: v.ISBN, Store: pick(t.s, stores), Reservation: v.ID})
}

// lapse fills the slots of a title, lets somebody wait for one, frees one, so that
// it is offered, and then nobody takes the offer up.
func (t *town) lapse() {
	s, id := t.s, pick(t.s, t.isbns)
	for i := range 4 {
		who := t.people[(s.rnd.IntN(3)*4+i)%len(t.people)]
		t.do(payback.RoleResident, string(who), &payback.Place{Request: payback.RequestID(t.id("r")), Resident: who, ISBN: id, Store: pick(s, stores)})
	}
	who := pick(s, t.people)
	t.do(payback.RoleResident, string(who), &payback.Reserve{Reservation: payback.ReservationID(t.id("v")), Resident: who, ISBN: id, Stores: stores})
	for _, r := range rows[*payback.Request](t, payback.TRequest, payback.Placed) {
		if r.ISBN == id {
			t.do(payback.RoleResident, string(r.Resident), &payback.Cancel{Request: r.ID, Turn: r.Turn})
			break
		}
	}
	s.work()
	s.note("an offer of %s is left to lapse", id)
	s.pass(time.Duration(2+s.rnd.IntN(3)) * 24 * time.Hour)
	s.work()
}

// librarian scans a copy of a box that came, ends a box, or shelves a copy.
func (t *town) librarian() {
	if taken := rows[*payback.Copy](t, payback.TCopy, payback.CopyTaken); len(taken) > 0 && t.s.odds(3) {
		t.do(payback.RoleLibrarian, "lib", &payback.Shelve{Copy: pick(t.s, taken).ID, Accession: t.id("acc")})
		return
	}
	boxes := rows[*payback.Transfer](t, payback.TTransfer, payback.TransferHanded)
	if len(boxes) == 0 {
		return
	}
	b := pick(t.s, boxes)
	if t.s.odds(5) || len(b.Copies) == 0 {
		t.do(payback.RoleLibrarian, "lib", &payback.EndIntake{Transfer: b.ID, Library: b.Library})
		return
	}
	id := pick(t.s, b.Copies)
	found := payback.ISBN("")
	t.s.srv.view(func(r db.Reader) error {
		got, err := r.Rows([]payback.Key{payback.CopyKey(id)})
		if c, ok := got[payback.CopyKey(id)].Row.(*payback.Copy); ok {
			found = c.ISBN
		}
		return err
	})
	if found != "" {
		t.do(payback.RoleLibrarian, "lib", &payback.Intake{Copy: id, ISBN: found, Library: b.Library, Transfer: b.ID, Scan: t.id("scan")})
	}
}

// decide lets an officer end a case or rule on a copy that was left.
func (t *town) decide() {
	if left := rows[*payback.Loan](t, payback.TLoan, payback.LoanLeft); len(left) > 0 && t.s.odds(2) {
		l := pick(t.s, left)
		t.do(payback.RoleOfficer, "officer", &payback.Rule{Loan: l.ID, Turn: l.Turn, Refund: t.s.odds(2), Note: "seen"})
		return
	}
	open := rows[*payback.Case](t, payback.TCase, payback.CaseOpen)
	if len(open) == 0 {
		return
	}
	c := pick(t.s, open)
	t.do(payback.RoleOfficer, "officer", &payback.Decide{Case: c.ID, Choice: pick(t.s, c.Choices()), Note: "seen"})
}

// closeStore lets a store leave the programme, whatever is open there, or come back.
func (t *town) closeStore() {
	at := t.s.rnd.IntN(2)
	row := &payback.Store{ID: stores[at], Name: fmt.Sprint("서점 ", at), Libraries: libraries}
	if t.closed = !t.closed; t.closed {
		row.Paused, row.Successor = true, stores[1-at]
		t.s.faulted("store closed")
	}
	if t.s.odds(2) {
		row.Successor = ""
	}
	raw, err := payback.EncodeRow(row)
	if err != nil {
		t.s.violated("fail: encoding a row: %v", err)
		return
	}
	t.do(payback.RoleOfficer, "officer", &payback.Upsert{Table: payback.TStore, Rows: []json.RawMessage{raw}, ID: t.id("close")})
}

// rule lets an officer change the rules or a store's pause.
func (t *town) rule() {
	var row payback.Row
	if t.s.odds(2) {
		p := payback.DefaultPolicy()
		p.MonthLimit, p.CapOther, p.CapBestseller = 6, 1+t.s.rnd.IntN(3), 2+t.s.rnd.IntN(3)
		p.From = payback.Date(t.s.now.AddDate(0, 0, t.s.rnd.IntN(3)).Format("2006-01-02"))
		row = &payback.PolicyRow{Policy: p}
	} else {
		row = &payback.Title{ISBN: t.isbns[1], Name: fmt.Sprint("책 ", t.made), Price: 11_000}
	}
	raw, err := payback.EncodeRow(row)
	if err != nil {
		t.s.violated("fail: encoding a row: %v", err)
		return
	}
	t.do(payback.RoleOfficer, "officer", &payback.Upsert{Table: row.Key().Table, Rows: []json.RawMessage{raw}, ID: t.id("edit")})
}
