package payback

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"
)

// busy is a world with something of everything: requests in several states, loans
// out, left and back, a box on its way, lines, cases and people in line.
func busy(t testing.TB) *world {
	w := newWorld(t)
	w.policy(func(p *Policy) { p.MonthLimit = 0 })
	w.lend()
	w.must(pc1, &Return{Loan: "c1"})
	w.must(pc1, payout("c1", "1", 14000))
	w.must(pc1, &Pack{Copy: "c1", Transfer: "t1", Library: "111001", Box: 1})
	w.must(pc1, &HandOver{Transfer: "t1", Taker: "T1"})
	w.must(librarian, &Intake{Copy: "c1", ISBN: isbnA, Library: "111001", Transfer: "t1", Scan: "x1"})
	w.must(resident, place("r2", "p2", isbnA))
	w.must(resident, &Reserve{Reservation: "v1", Resident: "p3", ISBN: isbnA, Stores: []StoreID{"s1"}})
	w.must(resident, place("r3", "p1", isbnB))
	w.must(pc1, w.accept("r3"))
	w.must(pc1, w.sale("c3", "r3"))
	w.must(pc1, &Leave{Loan: "c3", Faults: []string{FaultWet}})
	w.must(resident, place("r4", "p1", isbnC))
	w.must(pc1, w.sale("c4", "r4"))
	w.do(pc1, &Sell{Copy: "c5", ISBN: isbnC, Paid: 16000, List: 16000, PayBy: ByCash, Due: "2026-03-23"})
	w.must(resident, place("r5", "p2", isbnD))
	w.must(pc1, &Order{Request: "r5", Assign: 1, ReadyBy: "2026-03-10"})
	w.must(officer, &MakeEnrolCode{Hash: "h1", Store: "s1", Label: "PC 3", Expires: noon + day})
	w.sound()
	return w
}

// samples are bodies that pass Check, at least one of every kind, about the rows of
// busy.
func samples() []Body {
	row := func(r Row) *Upsert {
		raw, _ := EncodeRow(r)
		return &Upsert{Table: r.Key().Table, Rows: []json.RawMessage{raw}, ID: "u1"}
	}
	return []Body{
		place("r9", "p3", isbnB), &Ask{"r2", 1}, &ChooseStore{Request: "r2", Store: "s2", Assign: 2}, &Accept{Request: "r2", Assign: 1},
		&Order{Request: "r2", Assign: 1, ReadyBy: "2026-03-10"}, &Arrive{Request: "r5", Assign: 1},
		&Decline{Request: "r2", Assign: 1, Reason: DeclineNotOnShelf, From: Placed}, &Cancel{Request: "r2"},
		&Expire{"r2", 1, Placed, "2026-03-09"}, &Reserve{"v9", "p1", isbnA, []StoreID{"s1"}}, &Promote{"v1", "x"}, &EndWait{"v1", ""},
		&Sell{Copy: "c9", Request: "r2", ISBN: isbnA, Paid: 14000, PayBy: ByCard, Due: "2026-03-23"}, &Return{Loan: "c4"},
		&Leave{Loan: "c4"}, &Rule{Loan: "c3", Refund: true}, &GiveBack{Loan: "c3"}, &GiveUp{Loan: "c3", Day: "2026-03-30"}, &Unmatched{"c5", "2026-03-09"}, &Keep{Loan: "c4"}, payout("c4", "2", 16000),
		&GiveRight{[]LoanID{"c4"}, "e1"}, &GrantRight{"c4", "d2", "device/d1", "x"}, &Reverse{What: KSell, Of: "c4"},
		&Pack{Copy: "c1", Transfer: "t2", Library: "111002"}, &Unpack{Copy: "c1", Transfer: "t1"}, &CloseBox{Transfer: "t1"},
		&HandOver{Transfer: "t1", Taker: "x"}, &Intake{Copy: "c4", ISBN: isbnC, Library: "111001", Scan: "x2"}, &EndIntake{"t1", "111001"},
		&WriteOff{Copy: "c1"}, &Shelve{Copy: "c1"}, &Contest{"c1", "x"}, &Approve{[]LineID{"c1"}, "b"}, &Pay{[]LineID{"c1"}, "p"},
		&Correct{"f1", "c1", -1, "x"}, &Count{ISBN: isbnA, N: 1, Store: "s1", ID: "n1"}, row(&Title{ISBN: isbnA, Name: "x"}),
		row(&Stock{Store: "s1", ISBN: isbnA, N: 1}), row(&Store{ID: "s1"}), row(&Resident{ID: "p1"}), row(&PolicyRow{DefaultPolicy()}),
		&Block{"p1", true, "x", "b1"}, &Overdue{Run: "run", Wseq: 3, Why: why("loan_unknown")}, &Reread{"run", 4, "2.0"}, &Mend{Run: "run", Wseq: 4, Was: Quarantined, What: MendRewrite, Of: KReturn, Body: []byte(`{"loan":"c4"}`), Note: "x", ID: "m1"}, &Lineage{Device: "d1", What: BreakCloned, Before: "run", Wseq: 3, Run: "run2"}, &Restored{Epoch: "e", Run: "run", Wseq: 3, Told: Applied, Now: Rejected}, &Erase{Resident: "p1"}, &RevealPhone{Resident: "p1", ID: "l1"},
		&CloseStore{Store: "s1", To: "s2", Requests: []RequestID{"r2"}, Loans: []LoanID{"c4"}, Transfers: []TransferID{"t1"}},
		&Decide{"walk_in:sell/c5", ChooseCover, "x"}, &MakeEnrolCode{"h2", "s1", "PC", noon + day},
		&Enrol{Device: "d9", Hash: "h1", PublicKey: "0123456789012345678901234567890123456789012"},
		&Revoke{Device: "d1", Loans: []LoanID{"c4"}}, &SetClerk{Clerk: "k2", Store: "s1", ID: "k1"},
	}
}

func TestSamplesCoverEveryKindAndReadBack(t *testing.T) {
	have := map[Kind]bool{}
	for _, b := range samples() {
		have[b.Kind()] = true
		again, err := DecodeBody(b.Kind(), encode(t, b))
		if err != nil || again.Act() != b.Act() || again.Subject() != b.Subject() {
			t.Errorf("%s reads back as %v, %v", b.Act(), again, err)
		}
	}
	for _, k := range Kinds() {
		if !have[k] {
			t.Errorf("no sample of %s", k)
		}
	}
}

func FuzzApply(f *testing.F) {
	kinds := slices.Sorted(slices.Values(Kinds()))
	actors := []who{pc1, pc3, theServer, officer, resident, librarian, pc2.carded("p3"), pc1.between(noon-30*day, noon+day)}
	for _, b := range samples() {
		f.Add(uint8(slices.Index(kinds, b.Kind())), uint8(0), encode(f, b))
	}
	start := busy(f)
	f.Fuzz(func(t *testing.T, kind, actor uint8, raw []byte) {
		k, h := kinds[int(kind)%len(kinds)], actors[int(actor)%len(actors)]
		b, err := DecodeBody(k, raw)
		if err != nil {
			return
		}
		w := start.clone()
		w.t = t
		w.run(w.op(h, b))
		if wrong := Check(maps.Values(w.rows)); len(wrong) > 0 {
			t.Fatalf("%s %s: %v", k, raw, wrong)
		}
		blind := &counterView{w: start, store: "s1"}
		op := w.op(h, b)
		if out := Apply(blind, op, w.env); len(out.Missing) > 0 {
			t.Fatalf("%s %s misses %v at a counter", k, raw, out.Missing)
		}
	})
}

// counterView is what a counter sees of a world: the catalogue and its own store.
type counterView struct {
	w     *world
	store StoreID
}

func (v *counterView) Row(k Key) (Row, Presence) {
	r := v.w.rows[k]
	switch k.Table.Scope() {
	case ScopeServer:
		return nil, NotVisible
	case ScopeStore:
		if r == nil || r.Bucket() != StoreBucket(v.store) {
			return nil, NotVisible
		}
	}
	if r == nil {
		return nil, Absent
	}
	return r, Present
}

func TestBodiesThatCantBeRightAreNamed(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		raw  string
	}{{"nonsense", "{}"}, {KSell, "[]"}, {KSell, "null"}, {KPlace, "{"}, {KUpsert, `{"table":"claim","rows":[{}],"id":"u"}`}} {
		if _, err := DecodeBody(c.kind, []byte(c.raw)); err == nil {
			t.Errorf("%s %s was read", c.kind, c.raw)
		}
	}
	for _, k := range Kinds() {
		var bad *BodyError
		if _, err := DecodeBody(k, []byte("{}")); !errors.As(err, &bad) || bad.Reason.Key != "bad_field" || bad.Error() == "" {
			t.Errorf("an empty %s: %v", k, err)
		}
	}
}
