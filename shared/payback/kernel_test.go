package payback

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// The eleven acts of the kernel's conflict table, and how each is done here to
// request r1 and copy c1.
type kernelAct string

// doing returns who does the act and its body; second is the other PC's way.
func (k kernelAct) doing(w *world, second bool) (who, Body) {
	pc, other := pc1, "1"
	if second {
		pc, other = pc2, "2"
	}
	edit := func(r Row) *Upsert {
		raw, err := EncodeRow(r)
		if err != nil {
			w.t.Fatal(err)
		}
		return &Upsert{Table: r.Key().Table, Rows: []json.RawMessage{raw}, ID: string(k) + other}
	}
	switch k {
	case "AC":
		return pc.at(noon + day), &Accept{Request: "r1", Assign: 1}
	case "RJ":
		return pc.at(noon + day), &Decline{Request: "r1", Assign: 1, From: Placed, Reason: DeclineOther}
	case "CN":
		return resident, &Cancel{Request: "r1"}
	case "EX":
		if r := w.request("r1"); r.State == Accepted {
			return theServer.at(noon + 9*day), &Expire{Request: "r1", Assign: 1, From: Accepted, Day: r.EndsOn}
		}
		return theServer.at(noon + 8*day), &Expire{Request: "r1", Assign: 1, From: Placed, Day: "2026-03-09"}
	case "PU":
		return pc.at(noon + 2*day), &Sell{Copy: CopyID("c" + other), Request: "r1", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-25"}
	case "RT":
		return pc.at(noon + 3*day), &Return{Loan: "c1"}
	case "RF":
		return pc.at(noon + 3*day), payout("c1", other, 14000)
	case "TR":
		return pc.at(noon + 4*day), &Pack{Copy: "c1", Transfer: TransferID("t" + other), Library: "111001"}
	case "SA":
		return pc.at(noon + 5*day), &Count{ISBN: isbnA, N: map[bool]int{false: 4, true: 2}[second], ID: "n" + other, Source: "count"}
	case "CE":
		return officer, edit(&Title{ISBN: isbnA, Name: "새 이름 " + other, Price: 13000})
	}
	p := DefaultPolicy()
	p.CapOther, p.From = 1, "2026-04-01"
	return officer, edit(&PolicyRow{p})
}

func (k kernelAct) kind() Kind {
	return map[kernelAct]Kind{"AC": KAccept, "RJ": KDecline, "CN": KCancel, "EX": KExpire, "PU": KSell, "RT": KReturn, "RF": KRefund,
		"TR": KPack, "SA": KCount, "CE": KUpsert, "PC": KUpsert}[k]
}

// kernelWorld is a world in which r1 was placed, and what else the cell begins with.
func kernelWorld(t testing.TB, begin string) *world {
	w := newWorld(t)
	w.must(resident, place("r1", "p1", isbnA))
	steps := map[string][]kernelAct{"placed": nil, "accepted": {"AC"}, "sold": {"PU"}, "back": {"PU", "RT"}}
	for _, k := range steps[begin] {
		h, b := k.doing(w, false)
		w.must(h, b)
	}
	return w
}

// outcome is what a person would see in the end.
func (w *world) outcome() string {
	r := w.request("r1")
	s := string(r.State)
	for _, id := range []CopyID{"c1", "c2"} {
		if l := w.loan(id); l != nil {
			s += fmt.Sprintf(" %s %s", id, l.State)
		}
		if f := w.refund(id); f != nil {
			s += " refund " + string(f.State)
		}
		if c := w.copyOf(id); c != nil && c.Transfer != "" {
			s += " in " + string(c.Transfer)
		}
	}
	b, st := w.budget(), w.stock("s1", isbnA)
	s += fmt.Sprintf("; slots %d, money %d-%d-%d, stock %d-%d", len(w.quota(isbnA).Held), b.Reserved, b.Due, b.Paid, st.N, len(st.Aside))
	if title := w.rows[TitleKey(isbnA)].(*Title); title.Name != "소년이 온다" {
		s += ", " + title.Name
	}
	if c := w.cases(); c != nil {
		s += fmt.Sprintf(", cases %v", c)
	}
	if len(w.held) > 0 {
		s += fmt.Sprintf(", held %d", len(w.held))
	}
	return s
}

// TestKernelCells runs each cell of the kernel's conflict table (notes on sync,
// 2.7) in both orders. The second outcome is given where it is another.
func TestKernelCells(t *testing.T) {
	for _, c := range kernel() {
		t.Run(string(c.a)+"-"+string(c.b), func(t *testing.T) {
			var got [2]string
			for i := range got {
				w := kernelWorld(t, c.begin)
				h1, b1 := c.a.doing(w, false)
				h2, b2 := c.b.doing(w, c.a == c.b)
				ops := []*Op{w.op(h1, b1), w.op(h2, b2)}
				w.run(ops[i])
				w.run(ops[1-i])
				w.sound()
				got[i] = w.outcome()
			}
			if c.other == "" {
				c.other = c.want
			}
			if got[0] != c.want || got[1] != c.other {
				t.Errorf("%s first: %s\nwant:     %s\n%s first: %s\nwant:     %s", c.a, got[0], c.want, c.b, got[1], c.other)
			}
			rule, ok := ConflictOf(c.a.kind(), c.b.kind())
			equal := []ConflictRule{RuleCommute, RuleMerge, RuleWins, RuleHold, RuleFill}
			if same := got[0] == got[1]; !same && (!ok || slices.Contains(equal, rule.Rule)) {
				t.Errorf("the order makes a difference; the rule is %q", rule.Rule)
			}
		})
	}
}

// kernelCell begins with r1 in a state; a and b then happen in both orders.
type kernelCell struct {
	begin string
	a, b  kernelAct
	want  string // a first
	other string // b first, where that ends otherwise
}

// kernel is the table. Money is reserved-due-paid, stock is in the shop-set aside.
func kernel() []kernelCell {
	return []kernelCell{
		{"placed", "AC", "AC",
			"accepted; slots 1, money 14000-0-0, stock 3-1", ""},
		{"placed", "AC", "RJ",
			"accepted; slots 1, money 14000-0-0, stock 3-1", "declined; slots 1, money 14000-0-0, stock 3-0"},
		{"placed", "AC", "CN",
			"cancelled; slots 0, money 0-0-0, stock 3-0", ""},
		{"placed", "AC", "EX",
			"accepted; slots 1, money 14000-0-0, stock 3-1", ""},
		{"placed", "AC", "PU",
			"sold c1 out; slots 1, money 14000-0-0, stock 2-0", ""},
		{"sold", "AC", "RT",
			"sold c1 returned refund due; slots 1, money 0-14000-0, stock 2-0", ""},
		{"back", "AC", "RF",
			"sold c1 returned refund paid; slots 1, money 0-0-14000, stock 2-0", ""},
		{"back", "AC", "TR",
			"sold c1 returned refund due in t1; slots 1, money 0-14000-0, stock 2-0", ""},
		{"placed", "AC", "SA",
			"accepted; slots 1, money 14000-0-0, stock 4-1", ""},
		{"placed", "AC", "CE",
			"accepted; slots 1, money 14000-0-0, stock 3-1, 새 이름 1", ""},
		{"placed", "AC", "PC",
			"accepted; slots 1, money 14000-0-0, stock 3-1", ""},
		{"placed", "RJ", "RJ",
			"declined; slots 1, money 14000-0-0, stock 3-0", ""},
		{"placed", "RJ", "CN",
			"cancelled; slots 0, money 0-0-0, stock 3-0", ""},
		{"placed", "RJ", "EX",
			"declined; slots 1, money 14000-0-0, stock 3-0", "expired; slots 0, money 0-0-0, stock 3-0"},
		{"placed", "RJ", "PU",
			"sold c1 out; slots 1, money 14000-0-0, stock 2-0", ""},
		{"sold", "RJ", "RT",
			"sold c1 returned refund due; slots 1, money 0-14000-0, stock 2-0", ""},
		{"back", "RJ", "RF",
			"sold c1 returned refund paid; slots 1, money 0-0-14000, stock 2-0", ""},
		{"back", "RJ", "TR",
			"sold c1 returned refund due in t1; slots 1, money 0-14000-0, stock 2-0", ""},
		{"placed", "RJ", "SA",
			"declined; slots 1, money 14000-0-0, stock 4-0", ""},
		{"placed", "RJ", "CE",
			"declined; slots 1, money 14000-0-0, stock 3-0, 새 이름 1", ""},
		{"placed", "RJ", "PC",
			"declined; slots 1, money 14000-0-0, stock 3-0", ""},
		{"placed", "CN", "CN",
			"cancelled; slots 0, money 0-0-0, stock 3-0", ""},
		{"placed", "CN", "EX",
			"cancelled; slots 0, money 0-0-0, stock 3-0", "expired; slots 0, money 0-0-0, stock 3-0"},
		{"placed", "CN", "PU",
			"sold c1 out; slots 1, money 14000-0-0, stock 2-0", ""},
		{"sold", "CN", "RT",
			"sold c1 returned refund due; slots 1, money 0-14000-0, stock 2-0", ""},
		{"back", "CN", "RF",
			"sold c1 returned refund paid; slots 1, money 0-0-14000, stock 2-0", ""},
		{"back", "CN", "TR",
			"sold c1 returned refund due in t1; slots 1, money 0-14000-0, stock 2-0", ""},
		{"placed", "CN", "SA",
			"cancelled; slots 0, money 0-0-0, stock 4-0", ""},
		{"placed", "CN", "CE",
			"cancelled; slots 0, money 0-0-0, stock 3-0, 새 이름 1", ""},
		{"placed", "CN", "PC",
			"cancelled; slots 0, money 0-0-0, stock 3-0", ""},
		{"placed", "EX", "EX",
			"expired; slots 0, money 0-0-0, stock 3-0", ""},
		{"accepted", "EX", "PU",
			"sold c1 out; slots 1, money 14000-0-0, stock 2-0", ""},
		{"sold", "EX", "RT",
			"sold c1 returned refund due; slots 1, money 0-14000-0, stock 2-0", ""},
		{"back", "EX", "RF",
			"sold c1 returned refund paid; slots 1, money 0-0-14000, stock 2-0", ""},
		{"back", "EX", "TR",
			"sold c1 returned refund due in t1; slots 1, money 0-14000-0, stock 2-0", ""},
		{"placed", "EX", "SA",
			"expired; slots 0, money 0-0-0, stock 4-0", ""},
		{"placed", "EX", "CE",
			"expired; slots 0, money 0-0-0, stock 3-0, 새 이름 1", ""},
		{"placed", "EX", "PC",
			"expired; slots 0, money 0-0-0, stock 3-0", ""},
		{"accepted", "PU", "PU",
			"sold c1 out c2 void; slots 1, money 14000-0-0, stock 1-0, cases [second_sale]", "sold c1 void c2 out; slots 1, money 14000-0-0, stock 1-0, cases [second_sale]"},
		{"accepted", "PU", "RT",
			"sold c1 returned refund due; slots 1, money 0-14000-0, stock 2-0", ""},
		{"accepted", "PU", "RF",
			"sold c1 out; slots 1, money 14000-0-0, stock 2-0, held 1", ""},
		{"accepted", "PU", "TR",
			"sold c1 out; slots 1, money 14000-0-0, stock 2-0, held 1", ""},
		{"accepted", "PU", "SA",
			"sold c1 out; slots 1, money 14000-0-0, stock 4-0", ""},
		{"accepted", "PU", "CE",
			"sold c1 out; slots 1, money 14000-0-0, stock 2-0, 새 이름 1", ""},
		{"accepted", "PU", "PC",
			"sold c1 out; slots 1, money 14000-0-0, stock 2-0", ""},
		{"sold", "RT", "RT",
			"sold c1 returned refund due; slots 1, money 0-14000-0, stock 2-0", ""},
		{"sold", "RT", "RF",
			"sold c1 returned refund paid; slots 1, money 0-0-14000, stock 2-0", ""},
		{"sold", "RT", "TR",
			"sold c1 returned refund due in t1; slots 1, money 0-14000-0, stock 2-0", ""},
		{"sold", "RT", "SA",
			"sold c1 returned refund due; slots 1, money 0-14000-0, stock 4-0", ""},
		{"sold", "RT", "CE",
			"sold c1 returned refund due; slots 1, money 0-14000-0, stock 2-0, 새 이름 1", ""},
		{"sold", "RT", "PC",
			"sold c1 returned refund due; slots 1, money 0-14000-0, stock 2-0", ""},
		{"back", "RF", "RF",
			"sold c1 returned refund paid; slots 1, money 0-0-14000, stock 2-0, cases [refund]", "sold c1 returned refund paid; slots 1, money 0-0-14000, stock 2-0, cases [refund refund]"},
		{"back", "RF", "TR",
			"sold c1 returned refund paid in t1; slots 1, money 0-0-14000, stock 2-0", ""},
		{"back", "RF", "SA",
			"sold c1 returned refund paid; slots 1, money 0-0-14000, stock 4-0", ""},
		{"back", "RF", "CE",
			"sold c1 returned refund paid; slots 1, money 0-0-14000, stock 2-0, 새 이름 1", ""},
		{"back", "RF", "PC",
			"sold c1 returned refund paid; slots 1, money 0-0-14000, stock 2-0", ""},
		{"back", "TR", "TR",
			"sold c1 returned refund due in t2; slots 1, money 0-14000-0, stock 2-0", "sold c1 returned refund due in t1; slots 1, money 0-14000-0, stock 2-0"},
		{"back", "TR", "SA",
			"sold c1 returned refund due in t1; slots 1, money 0-14000-0, stock 4-0", ""},
		{"back", "TR", "CE",
			"sold c1 returned refund due in t1; slots 1, money 0-14000-0, stock 2-0, 새 이름 1", ""},
		{"back", "TR", "PC",
			"sold c1 returned refund due in t1; slots 1, money 0-14000-0, stock 2-0", ""},
		{"placed", "SA", "SA",
			"placed; slots 1, money 14000-0-0, stock 2-0", "placed; slots 1, money 14000-0-0, stock 4-0"},
		{"placed", "SA", "CE",
			"placed; slots 1, money 14000-0-0, stock 4-0, 새 이름 1", ""},
		{"placed", "SA", "PC",
			"placed; slots 1, money 14000-0-0, stock 4-0", ""},
		{"placed", "CE", "CE",
			"placed; slots 1, money 14000-0-0, stock 3-0, 새 이름 2", "placed; slots 1, money 14000-0-0, stock 3-0, 새 이름 1"},
		{"placed", "CE", "PC",
			"placed; slots 1, money 14000-0-0, stock 3-0, 새 이름 1", ""},
		{"placed", "PC", "PC",
			"placed; slots 1, money 14000-0-0, stock 3-0", ""},
	}
}
