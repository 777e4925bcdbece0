package payback

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sightings is what ops of each kind were seen to touch: true = wrote.
type sightings map[Kind]map[Table]bool

func (s sightings) add(w *world) {
	for k, tables := range w.seen {
		if s[k] == nil {
			s[k] = map[Table]bool{}
		}
		for table, wrote := range tables {
			s[k][table] = s[k][table] || wrote
		}
	}
}

// draw runs n drawn histories, always the same ones.
func (s sightings) draw(t *testing.T, n int) {
	t.Helper()
	kinds := often()
	run := rapid.Custom(func(rt *rapid.T) int {
		d := drawn(rt, t)
		for range 40 {
			d.act(rapid.SampledFrom(kinds).Draw(rt, "kind"))
			if d.chance(25) {
				d.w.now += rapid.Int64Range(0, 5*24).Draw(rt, "hours") * 3600_000
			}
		}
		s.add(d.w)
		return 0
	})
	for seed := range n {
		run.Example(seed)
	}
}

// directed tells the rare meetings, and both orders of the conflict table's examples.
func (s sightings) directed(t *testing.T) {
	t.Helper()
	for _, story := range rare() {
		w := newWorld(t)
		story(w)
		w.sound()
		s.add(w)
	}
	for _, x := range examples() {
		for first := range 2 {
			w, acts := x.start(t)
			w.run(w.op(acts[first].h, acts[first].b))
			w.run(w.op(acts[1-first].h, acts[1-first].b))
			s.add(w)
		}
	}
}

// rare are meetings that drawn histories seldom reach.
func rare() []func(w *world) {
	early := func(w *world, number string) {
		w.must(pc1, &Sell{Copy: "c9", Number: number, ISBN: isbnA, Paid: 13000, List: 14000, PayBy: ByCard, Due: "2026-03-23"})
	}
	return []func(w *world){
		func(w *world) { // a sale whose request appears later, with a wrong amount
			w.must(pc1, &Sell{Copy: "c9", Number: "0001", ISBN: isbnA, Paid: 5000, List: 14000, PayBy: ByCard, Due: "2026-03-23"})
			w.do(resident, place("r1", "p1", isbnA))
		},
		func(w *world) { // the same, back and scanned by a library before that
			early(w, "0001")
			w.do(pc1, &Return{Loan: "c9"})
			w.do(librarian, &Intake{Copy: "c9", ISBN: isbnA, Library: "111002", Scan: "x"})
			w.do(resident, place("r1", "p1", isbnA))
		},
		func(w *world) { // the same by choosing the store
			early(w, "0001")
			w.do(pc1, &Return{Loan: "c9"})
			w.do(librarian, &Intake{Copy: "c9", ISBN: isbnA, Library: "111002", Scan: "x"})
			w.must(resident, &Place{Request: "r1", Resident: "p1", ISBN: isbnA, Store: "s2"})
			w.must(pc3, &Decline{Request: "r1", Assign: 1, From: Placed, Reason: DeclineNotOnShelf})
			w.do(resident, &ChooseStore{Request: "r1", Store: "s1", Assign: 2})
		},
		func(w *world) { // the price of a title that nobody knew
			w.put(&Title{ISBN: isbnD, Name: "새 책"})
			w.must(resident, place("r1", "p1", isbnD))
			w.must(pc1, &Accept{Request: "r1", Assign: 1, Price: 12000})
		},
		func(w *world) { // a walk-in that nobody covers, refunded all the same
			w.do(pc1, &Sell{Copy: "c9", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"})
			w.must(pc1, &Return{Loan: "c9"})
			w.do(pc1, payout("c9", "1", 14000))
			w.must(officer, &Decide{Case: "walk_in:sell/c9", Choice: ChoosePlain, Note: "안 됨"})
		},
		func(w *world) { // a late sale of an ended request, taken back
			w.must(resident, place("r1", "p1", isbnA))
			w.must(resident, &Cancel{Request: "r1"})
			w.must(pc1, w.sale("c1", "r1"))
			w.must(pc1, &Reverse{What: KSell, Of: "c1"})
		},
		func(w *world) { // a walk-in taken back
			w.must(pc1.carded("p1"), &Sell{Copy: "c9", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"})
			w.must(pc1, &Reverse{What: KSell, Of: "c9"})
		},
		func(w *world) { // a library's scan before the take-back, both ways to end it
			for _, c := range []CopyID{"c1", "c2"} {
				id := RequestID("r" + c)
				w.must(resident, place(id, ResidentID("p"+c[1:]), isbnA))
				w.must(pc1, w.sale(c, id))
				w.must(librarian, &Intake{Copy: c, ISBN: isbnA, Library: "111001", Scan: "x" + string(c)})
			}
			w.must(pc1, &Return{Loan: "c1"})
			w.must(pc1, &Leave{Loan: "c2", Faults: []string{FaultWet}})
			w.must(officer, &Rule{Loan: "c2", Refund: true})
		},
		func(w *world) { // a left sale whose number nobody knows is ruled on
			early(w, "0077")
			w.must(pc1, &Leave{Loan: "c9", Faults: []string{FaultWet}})
			w.do(officer, &Rule{Loan: "c9", Refund: true})
		},
		func(w *world) { // an acceptance in time, heard of when the slot is somebody else's
			w.policy(func(p *Policy) { p.CapOther = 1 })
			w.must(resident, place("r1", "p1", isbnA))
			w.now += 9 * day
			w.must(theServer, &Expire{Request: "r1", Assign: 1, From: Placed, Day: "2026-03-09"})
			w.must(resident, place("r2", "p2", isbnA))
			w.do(pc1.at(noon+day), &Accept{Request: "r1", Assign: 1})
		},
		func(w *world) { // a request that finds its sale by choosing the store
			early(w, "0001")
			w.must(resident, &Place{Request: "r1", Resident: "p1", ISBN: isbnA, Store: "s2"})
			w.must(pc3, &Decline{Request: "r1", Assign: 1, From: Placed, Reason: DeclineNotOnShelf})
			w.do(resident, &ChooseStore{Request: "r1", Store: "s1", Assign: 2})
		},
		func(w *world) { // a store closes with a box on its way
			w.lend()
			w.must(pc1, &Return{Loan: "c1"})
			w.must(pc1, &Pack{Copy: "c1", Transfer: "t1", Library: "111001"})
			w.must(officer, &CloseStore{Store: "s1", To: "s2", Loans: []LoanID{"c1"}, Transfers: []TransferID{"t1"}})
		},
		func(w *world) { // a known resident's walk-in is covered
			w.policy(func(p *Policy) { p.BudgetYear = 1000 })
			w.do(pc1.carded("p1"), &Sell{Copy: "c9", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"})
			w.must(officer, &Decide{Case: "walk_in:sell/c9", Choice: ChooseCover, Note: "됨"})
		},
		func(w *world) { // an offer lapses; another waits while a copy reaches the shelf
			w.policy(func(p *Policy) { p.CapOther = 1 })
			w.lend()
			w.must(resident, &Reserve{Reservation: "v2", Resident: "p2", ISBN: isbnA, Stores: []StoreID{"s1"}})
			w.must(resident, &Reserve{Reservation: "v3", Resident: "p3", ISBN: isbnA, Stores: []StoreID{"s1"}})
			w.must(resident, &Keep{Loan: "c1"})
			w.must(resident, &EndWait{Reservation: "v2"})
		},
		func(w *world) { // an offer's last day is over
			w.policy(func(p *Policy) { p.CapOther = 1 })
			w.must(resident, place("r1", "p1", isbnA))
			w.must(resident, &Reserve{Reservation: "v2", Resident: "p2", ISBN: isbnA, Stores: []StoreID{"s1"}})
			w.must(resident, &Cancel{Request: "r1"})
			v := w.rows[ReservationKey("v2")].(*Reservation)
			w.must(theServer.at(v.EndsOn.End(w.env.Zone)), &EndWait{Reservation: "v2", Day: v.EndsOn})
		},
		func(w *world) { // those who wait are told of the copy on the shelf
			w.policy(func(p *Policy) { p.CapOther = 1 })
			w.lend()
			w.must(resident, &Reserve{Reservation: "v2", Resident: "p2", ISBN: isbnA, Stores: []StoreID{"s1"}})
			w.must(pc1, &Return{Loan: "c1"})
			w.must(librarian, &Intake{Copy: "c1", ISBN: isbnA, Library: "111001", Scan: "x"})
			w.must(librarian, &Shelve{Copy: "c1"})
		},
		func(w *world) { // left in time, heard of after it was kept
			w.lend()
			w.now += 2 * day
			w.must(resident, &Keep{Loan: "c1"})
			w.do(pc1.at(noon+day), &Leave{Loan: "c1", Faults: []string{FaultWet}})
		},
		func(w *world) { // an act waits too long for what must come first
			w.do(pc1, &Return{Loan: "c1"})
			w.put(&VerdictRow{Store: "s1", Op: OpRef{Kind: KReturn, Run: "run", Wseq: 1}, Verdict: Held, Subject: LoanKey("c1")})
			w.do(theServer, &Overdue{Run: "run", Wseq: 1, Why: why("loan_unknown")})
			w.put(&VerdictRow{Store: "s1", Op: OpRef{Kind: "later", Run: "run", Wseq: 2}, Verdict: Quarantined})
			w.do(theServer, &Reread{Run: "run", Wseq: 2, Program: "2.0"})
			w.do(officer, &Mend{Run: "run", Wseq: 2, Was: Quarantined, What: MendVoid, Note: "x", ID: "m1"})
		},
		func(w *world) { // another store tells of all that is not its own
			w.lend()
			w.do(pc3, &GiveBack{Loan: "c1"})
			w.do(pc3, &Unpack{Copy: "c1", Transfer: "t1"})
			w.must(pc1, &Return{Loan: "c1"})
			w.must(pc1, &Pack{Copy: "c1", Transfer: "t1", Library: "111001"})
			w.do(pc3, &CloseBox{Transfer: "t1"})
			w.do(pc3, &HandOver{Transfer: "t1", Taker: "x"})
		},
		func(w *world) { // a refused copy is never fetched
			w.lend()
			w.must(pc1, &Leave{Loan: "c1", Faults: []string{FaultTorn}})
			w.must(officer, &Rule{Loan: "c1", Note: "찢어짐"})
			day := w.loan("c1").FetchBy
			w.now = day.End(w.env.Zone) + 1
			w.must(theServer, &GiveUp{Loan: "c1", Day: day})
		},
		func(w *world) { // a sale by a number waits a week in vain
			w.must(pc1, &Sell{Copy: "c9", Number: "0777", ISBN: isbnA, Paid: 13000, List: 14000, PayBy: ByCard, Due: "2026-03-23"})
			day := w.loan("c9").SoldOn.Add(7)
			w.now = day.End(w.env.Zone) + 1
			w.do(theServer, &Unmatched{Loan: "c9", Day: day})
		},
		func(w *world) { // a PC is enrolled
			w.must(officer, &MakeEnrolCode{Hash: "h1", Store: "s1", Label: "PC 3", Expires: w.now + 864e5})
			w.must(who{role: RoleDevice}, &Enrol{Device: "d9", Hash: "h1", PublicKey: "0123456789012345678901234567890123456789012"})
		},
		func(w *world) { // a refused copy is fetched
			w.lend()
			w.must(pc1, &Leave{Loan: "c1", Faults: []string{FaultTorn}})
			w.must(officer, &Rule{Loan: "c1", Note: "찢어짐"})
			w.must(pc1, &GiveBack{Loan: "c1"})
		},
		func(w *world) { // the price of an ordered copy, known when it came; another never comes
			w.put(&Title{ISBN: isbnD, Name: "새 책"})
			w.must(resident, place("r1", "p1", isbnD))
			w.must(pc1, &Order{Request: "r1", Assign: 1, ReadyBy: "2026-03-06"})
			w.must(pc1, &Arrive{Request: "r1", Assign: 1, Price: 12000})
			w.must(resident, place("r2", "p2", isbnA))
			w.must(pc1, &Order{Request: "r2", Assign: 1, ReadyBy: "2026-03-06"})
			over := w.request("r2").EndsOn
			w.must(theServer.at(over.End(w.env.Zone)), &Expire{Request: "r2", Assign: 1, From: Ordered, Day: over})
		},
		func(w *world) { // a PC's broken history, looked at; what a restore left; a look at a number
			w.do(theServer, &Lineage{Device: "d1", What: BreakCloned, Before: "run", Wseq: 3, Run: "x"})
			w.must(officer, &Decide{Case: "lineage:lineage/d1/x/3", Choice: ChooseNoted, Note: "seen"})
			w.do(theServer, &Restored{Epoch: "e", Run: "run", Wseq: 1, Of: KSell, Store: "s1", About: LoanKey("c1"), Told: Applied, Now: Rejected})
			w.must(pc1.as(RoleOwner), &RevealPhone{Resident: "p1", ID: "look"})
		},
		func(w *world) { // another store tells of a loan; a refunded copy is given back; a box comes back
			w.lend()
			w.do(pc3, &Keep{Loan: "c1"})
			w.do(pc3, &Leave{Loan: "c1"})
			w.must(pc1, &Return{Loan: "c1"})
			w.do(pc3, &Pack{Copy: "c1", Transfer: "t9", Library: "111001"})
			w.do(pc3, payout("c1", "9", 14000))
			w.must(pc1, payout("c1", "1", 14000))
			w.do(pc1, &GiveBack{Loan: "c1"})
			w.must(pc1, &Pack{Copy: "c1", Transfer: "t1", Library: "111001"})
			w.must(pc1, &HandOver{Transfer: "t1", Taker: "x"})
			w.must(pc1, &Reverse{What: KHandOver, Of: "t1"})
		},
		func(w *world) { // the office edits what it keeps
			for i, r := range []Row{&District{ID: "test", Name: "시험구", Libraries: []LibraryID{"111001", "111002"}}, &Library{ID: "111001", Name: "반포"}} {
				raw, _ := EncodeRow(r)
				w.must(officer, &Upsert{Table: r.Key().Table, Rows: []json.RawMessage{raw}, ID: "office" + num(i)})
			}
		},
		func(w *world) { // a till's file below what is set aside
			w.must(resident, place("r1", "p1", isbnA))
			w.must(pc1, w.accept("r1"))
			raw, _ := EncodeRow(&Stock{Store: "s1", ISBN: isbnA, N: 0, AsOf: w.now})
			w.do(theServer, &Upsert{Table: TStock, Rows: []json.RawMessage{raw}, ID: "u"})
		},
		func(w *world) { // a count below what is set aside
			w.must(resident, place("r1", "p1", isbnA))
			w.must(pc1, w.accept("r1"))
			w.do(pc1, &Count{ISBN: isbnA, N: 0, ID: "n"})
		},
		func(w *world) { // a PC is enrolled
			w.must(officer, &MakeEnrolCode{Hash: "h", Store: "s1", Expires: w.now + day})
			w.must(who{role: RoleDevice}, &Enrol{Device: "pc9", Hash: "h", PublicKey: strings.Repeat("k", 43)})
		},
	}
}

// What a kind declares is reached by scenes that are told, so that no draw decides
// on it; drawn histories look for what it does not declare.
func TestOpsTouchWhatTheirKindDeclaresAndAllOfIt(t *testing.T) {
	told, drawn := sightings{}, sightings{}
	told.directed(t)
	drawn.draw(t, 500)
	for _, k := range slices.Sorted(slices.Values(Kinds())) {
		declared := map[Table]Access{}
		for _, touch := range Touches(k) {
			if declared[touch.Table] != 0 {
				t.Errorf("%s declares %s twice", k, touch.Table)
			}
			declared[touch.Table] = touch.Access
		}
		for _, seen := range []sightings{told, drawn} {
			for _, table := range slices.Sorted(maps.Keys(seen[k])) {
				switch access := declared[table]; {
				case access == 0:
					t.Errorf("%s touches %s and does not say so", k, table)
				case seen[k][table] && access == Reads:
					t.Errorf("%s writes %s and says that it reads it", k, table)
				}
			}
		}
		for _, table := range slices.Sorted(maps.Keys(declared)) {
			wrote, touched := told[k][table]
			switch {
			case !touched:
				t.Errorf("%s says that it touches %s, and no scene shows it", k, table)
			case !wrote && declared[table] != Reads:
				t.Errorf("%s says that it writes %s, and no scene shows it", k, table)
			}
		}
	}
}
