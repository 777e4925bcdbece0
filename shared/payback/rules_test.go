package payback

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAmountsFitTheListPriceAndTheDiscount(t *testing.T) {
	p := DefaultPolicy()
	for _, c := range []struct {
		list, paid Won
		want       string
	}{
		{14000, 14000, ""}, {14000, 14001, "amount_differs"}, {14000, 12600, ""}, {14000, 12599, "amount_differs"},
		{14000, 0, "amount_missing"}, {0, 50000, ""}, {0, 50001, "price_over"}, {0, 1, ""},
	} {
		if got := p.CheckAmount(c.list, c.paid).Key; got != c.want {
			t.Errorf("list %d, paid %d: %q, want %q", c.list, c.paid, got, c.want)
		}
	}
}

func TestTitlesThatCantBeHadSayWhy(t *testing.T) {
	p := DefaultPolicy()
	p.MaxAgeYears = 5
	for _, c := range []struct {
		title *Title
		want  string
	}{
		{nil, ""}, {&Title{}, ""}, {&Title{Price: 50000}, ""}, {&Title{Price: 50001}, "price_over"}, {&Title{Published: "2021-01"}, ""},
		{&Title{Published: "2020-12-31"}, "too_old"}, {&Title{Published: "?"}, ""}, {&Title{AddOn: "53410"}, "study_aid"},
		{&Title{AddOn: "63410"}, "study_aid"}, {&Title{AddOn: "03810"}, ""}, {&Title{Blocked: "세트"}, "title_blocked"},
	} {
		if got := p.CheckTitle(c.title, "2026-03-02").Key; got != c.want {
			t.Errorf("%+v: %q, want %q", c.title, got, c.want)
		}
	}
	if p.CopyCap(&Title{Class: Bestseller}) != 15 || p.CopyCap(&Title{}) != 3 || p.CopyCap(nil) != 3 {
		t.Error("caps are not 15 and 3")
	}
}

func TestRulesHoldFromTheirDay(t *testing.T) {
	a, b, again := DefaultPolicy(), DefaultPolicy(), DefaultPolicy()
	a.From, a.LoanDays, b.From, b.LoanDays, again.From, again.LoanDays = "2026-01-01", 10, "2026-03-01", 20, "2026-03-01", 30
	ps := Policies{}.With(b).With(a).With(again)
	for day, want := range map[Date]int{"2025-12-31": 21, "2026-01-01": 10, "2026-02-28": 10, "2026-03-01": 30, "2099-01-01": 30} {
		if got := ps.On(day).LoanDays; got != want {
			t.Errorf("%s: %d days, want %d", day, got, want)
		}
	}
}

func TestPoliciesThatCantBeRightAreNamed(t *testing.T) {
	for _, change := range []func(*Policy){
		func(p *Policy) { p.LoanDays = -1 }, func(p *Policy) { p.PickupDays = 10_001 }, func(p *Policy) { p.MaxDiscount = 101 },
		func(p *Policy) { p.ContractRate = -1 }, func(p *Policy) { p.Late = "never" }, func(p *Policy) { p.BudgetYear = -1 },
	} {
		p := DefaultPolicy()
		if p.badNumber() != "" {
			t.Fatal("the defaults can't be right")
		}
		if change(&p); p.badNumber() != "policy" {
			t.Errorf("%+v can be right", p)
		}
	}
}

func TestDaysCountWholeInTheDistrictsZone(t *testing.T) {
	zone, d := seoul(t), Date("2026-02-28")
	end := d.End(zone)
	if DateOf(end-1, zone) != d || DateOf(end, zone) != "2026-03-01" {
		t.Error("the day is not whole")
	}
	if d.Add(1) != "2026-03-01" || d.Add(-59) != "2025-12-31" || d.Until("2026-03-02") != 2 || Date("").Add(1) != "" {
		t.Error("days are miscounted")
	}
	if d.Month() != "2026-02" || d.Year() != "2026" {
		t.Error("month or year")
	}
	if _, err := ParseDate("2026-02-30"); err == nil {
		t.Error("30 February was read")
	}
	if !(Interval{end - 1, end + day}).ByEndOf(d, zone) || (Interval{end, end}).ByEndOf(d, zone) {
		t.Error("doubt must favour the resident, and certainty must not")
	}
}

func TestOpenDaysSkipHoursHolidaysAndGiveUp(t *testing.T) {
	s := &Store{Hours: Hours{"", "", "10:00-20:00", "10:00-20:00", "10:00-20:00", "10:00-20:00", "10:00-20:00"}, Holidays: []Date{"2026-03-03"}}
	dist := &District{Holidays: []Date{"2026-03-04"}}
	if got := NextOpen(s, dist, "2026-03-01"); got != "2026-03-05" {
		t.Errorf("next open on %s", got)
	}
	if got := WorkingDays(s, dist, "2026-03-01", 3); got != "2026-03-07" {
		t.Errorf("three working days end on %s", got)
	}
	for _, c := range []struct {
		closed int
		want   Date
	}{{59, Date("2026-03-01").Add(59)}, {60, "2026-03-01"}} {
		shut := &Store{}
		for i := range c.closed {
			shut.Holidays = append(shut.Holidays, Date("2026-03-01").Add(i))
		}
		if got := NextOpen(shut, nil, "2026-03-01"); got != c.want {
			t.Errorf("%d closed days: %s, want %s", c.closed, got, c.want)
		}
	}
}

func TestCopiesGoToTheLibraryWithFewestAndEqualOnesByTitle(t *testing.T) {
	w := newWorld(t)
	w.policy(func(p *Policy) { p.CapBestseller, p.MonthLimit = 4, 0 })
	w.put(&Resident{ID: "p4"})
	given := map[LibraryID]int{}
	for i, p := range []ResidentID{"p1", "p2", "p3", "p4"} {
		id := RequestID("r" + num(i))
		w.must(resident, place(id, p, isbnC))
		given[w.request(id).Library]++
	}
	if given["111001"] != 2 || given["111002"] != 2 {
		t.Errorf("%v", given)
	}
	starts := map[LibraryID]bool{}
	for _, i := range []ISBN{isbnA, isbnB, isbnD} {
		id := RequestID("x" + i)
		w.must(resident, place(id, "p1", i))
		starts[w.request(id).Library] = true
	}
	if len(starts) != 2 {
		t.Error("every title begins at the same library")
	}
}

func TestNumbersGoRound(t *testing.T) {
	var none *Numbers
	if none.Next() != "0001" || (&Numbers{Last: 41}).Next() != "0042" || (&Numbers{Last: 9999}).Next() != "0001" {
		t.Error("pick-up numbers are not 0001 to 9999 and again")
	}
}

// TestBodiesAreBounded tests each kind of limit at one below, at it and one above.
func TestBodiesAreBounded(t *testing.T) {
	text := func(n int) string { return strings.Repeat("a", n) }
	many := func(n int) (ids []LoanID) {
		for i := range n {
			ids = append(ids, LoanID("c"+num(i)))
		}
		return ids
	}
	rows := func(n int) (out []json.RawMessage) {
		for i := range n {
			out = append(out, json.RawMessage(`{"id":"p`+num(i)+`"}`))
		}
		return out
	}
	for _, c := range []struct {
		name  string
		limit int
		body  func(n int) Body
	}{
		{"an id", MaxID, func(n int) Body { return &Cancel{Request: RequestID(text(n))} }},
		{"a note", MaxNote, func(n int) Body { return &Contest{Line: "c1", Note: text(n)} }},
		{"a list", MaxRows, func(n int) Body { return &GiveRight{Loans: many(n), Exit: "e"} }},
		{"an import", MaxRows, func(n int) Body { return &Upsert{Table: TResident, Rows: rows(n), ID: "u"} }},
		{"an amount", MaxAmount, func(n int) Body { return payout("c1", "1", Won(n)) }},
		{"faults", MaxFaults, func(n int) Body {
			l := &Leave{Loan: "c1"}
			for range n {
				l.Faults = append(l.Faults, FaultWet)
			}
			return l
		}},
		{"a hold number", 9999, func(n int) Body { return &Accept{Request: "r1", Assign: 1, Hold: n} }},
		{"a count", 99999, func(n int) Body { return &Count{ISBN: isbnA, N: n, ID: "n"} }},
		{"a taker's code", 32, func(n int) Body { return &HandOver{Transfer: "t1", Taker: text(n)} }},
		{"the stores of a wait", 10, func(n int) Body {
			v := &Reserve{Reservation: "v1", Resident: "p1", ISBN: isbnA}
			for i := range n {
				v.Stores = append(v.Stores, StoreID("s"+num(i)))
			}
			return v
		}},
	} {
		for n, ok := range map[int]bool{c.limit - 1: true, c.limit: true, c.limit + 1: false} {
			if got := c.body(n).Check().None(); got != ok {
				t.Errorf("%s of %d: accepted is %t", c.name, n, got)
			}
		}
	}
}

func TestRowsReadBackAsTheyWereWritten(t *testing.T) {
	for _, r := range busy(t).rows {
		raw, err := EncodeRow(r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeRow(r.Key().Table, raw)
		if err != nil || !SameRow(r, again) || again.Bucket() != r.Bucket() {
			t.Errorf("%s: %s reads back as %+v, %v", r.Key(), raw, again, err)
		}
	}
	for _, table := range Tables() {
		if _, err := DecodeRow(table, []byte("[")); err == nil {
			t.Errorf("%s: a broken row was read", table)
		}
	}
}

func TestApplyNamesWhatItLacksUntilItHasAll(t *testing.T) {
	w := busy(t)
	for _, b := range samples() {
		loaded, op := RowMap{}, w.op(pc1, b)
		for round := 0; ; round++ {
			missing := Needs(loaded, op, w.env)
			if len(missing) == 0 {
				break
			}
			for _, k := range missing {
				loaded[k] = w.rows[k]
			}
			if round == 12 {
				t.Fatalf("%s still lacks %v", b.Act(), missing)
			}
		}
		want, got := Apply(w, op, w.env), Apply(loaded, op, w.env)
		if string(encode(t, got)) != string(encode(t, want)) {
			t.Errorf("%s: %s with what it named, %s with all", b.Act(), encode(t, got), encode(t, want))
		}
	}
}

// A counter's view of its own store's acts must never lack a row, and must say so
// when the answer hangs on what only the server sees.
func TestACounterIsToldWhatIsProvisional(t *testing.T) {
	w := busy(t)
	for _, b := range samples() {
		if !b.Kind().AtCounter() {
			continue
		}
		if out := Apply(&counterView{w, "s1"}, w.op(pc1, b), w.env); len(out.Missing) > 0 || out.Verdict == "" {
			t.Errorf("%s: %+v", b.Act(), out)
		}
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	for name, harm := range map[string]func(w *world){
		"money":   func(w *world) { w.put(&Budget{Year: "2026", Reserved: 1}) },
		"slots":   func(w *world) { w.put(&Quota{ISBN: isbnA, Held: []int{1}}) },
		"cap":     func(w *world) { w.rows[SlotKey(isbnA, 1)].(*Slot).Cap = 0 },
		"shelves": func(w *world) { w.put(&Stock{Store: "s1", ISBN: isbnA, Aside: []RequestID{"rx"}}) },
		"people":  func(w *world) { w.put(&Resident{ID: "p1"}) },
		"claims":  func(w *world) { delete(w.rows, ClaimKey("p1", isbnB)) },
		"given":   func(w *world) { q := w.quota(isbnA); q.Given = nil; w.put(&q) },
		"boxes":   func(w *world) { w.put(&Transfer{ID: "t1", Store: "s1"}) },
		"copies": func(w *world) {
			w.put(&Copy{ID: "c4", ISBN: isbnC, Store: "s1", State: CopyShelved}, &Loan{ID: "c4", State: LoanKept})
		},
		"refunds": func(w *world) { w.put(&Refund{Loan: "cx", State: RefundDue, Amount: 1}) },
		"line":    func(w *world) { w.put(&Reservation{ID: "v1", ISBN: isbnA, State: Ended}) },
	} {
		w := busy(t)
		harm(w)
		if len(Check(w.all())) == 0 {
			t.Errorf("%s: nothing was found", name)
		}
	}
}
