package payback

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/template"
)

// does is an act and who does it.
type does struct {
	h who
	b Body
}

// example is an entry of the conflict table at work: what there was before, the two
// acts that meet, and what becomes of them in both orders. begin names steps (see
// steps); where the kernel's table has the cell already, cell names it and brings
// beginning and acts. Of each order the end says what became of a and of b (a held
// act that was done later has both), then each row that the two changed.
type example struct {
	entry string // the entry's sentence: message "payback.conflict."+entry
	begin string
	cell  string
	a, b  does
	want  [2]string // a first, b first ("": the same)
}

// examples are all of them, in the order of the table.
func examples() []example {
	return slices.Concat(requestExamples(), loanExamples(), loanFactExamples(), boxExamples(), lineExamples(), restExamples(), sharedExamples())
}

// entries are the table's sentences in its order, those of what is shared behind.
func entries() (out []string) {
	for _, p := range table() {
		out = append(out, p.sentence)
	}
	for _, s := range shared() {
		out = append(out, s.sentence)
	}
	return out
}

// entryOf finds the entry that decides on two kinds that meet, as ConflictOf does;
// -1 for none.
func entryOf(a, b Kind) int {
	met := Meet(a, b)
	if len(met) == 0 {
		return -1
	}
	fits := func(p pairs) bool {
		return slices.Contains(p.as, a) && slices.Contains(p.bs, b) || slices.Contains(p.as, b) && slices.Contains(p.bs, a)
	}
	if i := slices.IndexFunc(table(), fits); i >= 0 {
		return i
	}
	i := slices.IndexFunc(shared(), func(s sharing) bool { return slices.Contains(met, s.about) })
	if i < 0 {
		return -1
	}
	return len(table()) + i
}

// steps take a world where examples begin. The usual ones are about request r1 of
// resident p1, its copy c1 and the box t1.
func steps() map[string]func(w *world) {
	must := func(h who, b Body) func(*world) { return func(w *world) { w.must(h, b) } }
	do := func(h who, b Body) func(*world) { return func(w *world) { w.do(h, b) } }
	limit := func(n int) func(*world) { return func(w *world) { w.policy(func(p *Policy) { p.CapOther = n }) } }
	return map[string]func(w *world){
		"cap1": limit(1), "cap2": limit(2),
		"placed":    must(resident, place("r1", "p1", isbnA)),
		"asked":     must(theServer, &Ask{Request: "r1", Assign: 1}),
		"accepted":  must(pc1, &Accept{Request: "r1", Assign: 1}),
		"ordered":   must(pc1, &Order{Request: "r1", Assign: 1, ReadyBy: "2026-03-06"}),
		"declined":  must(pc1, &Decline{Request: "r1", Assign: 1, From: Placed, Reason: DeclineTooBusy}),
		"sold":      must(pc1, sellA("c1")),
		"early":     do(pc1, &Sell{Copy: "c9", Number: "0001", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"}),
		"walkin":    do(pc1, &Sell{Copy: "c9", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"}),
		"walkback":  do(pc1, &Return{Loan: "c9"}),
		"back":      must(pc1, &Return{Loan: "c1"}),
		"given":     must(pc1, &GiveRight{Loans: []LoanID{"c1"}, Exit: "e0"}),
		"left":      must(pc1, &Leave{Loan: "c1", Faults: []string{FaultWet}}),
		"refused":   must(officer, &Rule{Loan: "c1"}),
		"packed":    must(pc1, &Pack{Copy: "c1", Transfer: "t1", Library: "111001", Box: 1}),
		"handed":    must(pc1, &HandOver{Transfer: "t1", Taker: "T7"}),
		"taken":     do(librarian, &Intake{Copy: "c1", ISBN: isbnA, Library: "111001", Transfer: "t1", Scan: "x"}),
		"approved1": must(officer, &Approve{Lines: []LineID{"c1"}, Batch: "b0"}),
		"approved2": must(officer2, &Approve{Lines: []LineID{"c1"}, Batch: "b1"}),
		"second": func(w *world) { // another returned copy at the store
			w.must(resident, place("r2", "p2", isbnA))
			w.must(pc1, &Sell{Copy: "c2", Request: "r2", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"})
			w.must(pc1, &Return{Loan: "c2"})
		},
		"waiting":  must(resident, &Reserve{Reservation: "v2", Resident: "p2", ISBN: isbnA, Stores: []StoreID{"s1"}}),
		"freed":    must(resident, &Cancel{Request: "r1"}),
		"code":     must(officer, &MakeEnrolCode{Hash: "h", Store: "s1", Label: "PC 3", Expires: noon + 30*day}),
		"unpriced": func(w *world) { w.put(&Title{ISBN: isbnD, Name: "값 모르는 책"}) },
		"asked4":   must(resident, place("r1", "p1", isbnD)),
	}
}

func sellA(c CopyID) *Sell {
	return &Sell{Copy: c, Request: "r1", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-23"}
}

// row makes an edit of one row.
func row(r Row, fill bool, id string) *Upsert {
	raw, err := EncodeRow(r)
	if err != nil {
		panic(err)
	}
	return &Upsert{Table: r.Key().Table, Rows: []json.RawMessage{raw}, ID: id, Fill: fill}
}

// start makes the example's world and its two acts.
func (x example) start(t testing.TB) (*world, [2]does) {
	if x.cell != "" {
		for _, c := range kernel() {
			if string(c.a)+"-"+string(c.b) == x.cell {
				w := kernelWorld(t, c.begin)
				ha, ba := c.a.doing(w, false)
				hb, bb := c.b.doing(w, c.a == c.b)
				return w, [2]does{{ha, ba}, {hb, bb}}
			}
		}
		t.Fatalf("%s: the kernel has no cell %s", x.entry, x.cell)
	}
	w := newWorld(t)
	for _, name := range strings.Fields(x.begin) {
		step := steps()[name]
		if step == nil {
			t.Fatalf("%s: there is no step %q", x.entry, name)
		}
		step(w)
	}
	return w, [2]does{x.a, x.b}
}

// ending is how one order ends.
type ending struct {
	verdicts [2][]Outcome // of a and of b, one after another
	rows     []Row        // that they changed, by key
	gone     []Key
	held     bool // something waits still
}

// play has the two acts happen, that of number first before the other.
func (x example) play(t testing.TB, first int) ending {
	w, acts := x.start(t)
	var ops [2]*Op
	for i, d := range acts {
		if r := d.b.Check(); !r.None() {
			t.Fatalf("%s: bad %s: %v", x.entry, d.b.Kind(), r)
		}
		ops[i] = w.op(d.h, d.b)
	}
	before, e := maps.Clone(w.rows), ending{}
	w.met = func(op *Op, _ map[Key][]byte, out Outcome) {
		if i := slices.Index(ops[:], op); i >= 0 {
			e.verdicts[i] = append(e.verdicts[i], out)
		}
	}
	for _, op := range []*Op{ops[first], ops[1-first]} {
		w.run(op)
		for _, r := range w.rows {
			if p, ok := r.(*PolicyRow); ok {
				w.env.Policies = w.env.Policies.With(p.Policy)
			}
		}
	}
	if wrong := Check(w.all()); len(wrong) > 0 {
		t.Errorf("%s: unsound: %v", x.entry, wrong)
	}
	for _, k := range slices.SortedFunc(maps.Keys(w.rows), compareKeysBytewise) {
		if r := w.rows[k]; r != nil && (before[k] == nil || !bytes.Equal(encode(t, before[k]), encode(t, r))) {
			e.rows = append(e.rows, r)
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(before), compareKeysBytewise) {
		if w.rows[k] == nil {
			e.gone = append(e.gone, k)
		}
	}
	e.held = len(w.held) > 0
	return e
}

func compareKeysBytewise(a, b Key) int { return strings.Compare(a.String(), b.String()) }

// became says what became of an act, as it is held in want.
func became(outs []Outcome) string {
	var parts []string
	for _, o := range outs {
		s := string(o.Verdict)
		if o.Reason.Key != "" {
			s += " " + o.Reason.Key
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " > ")
}

// end says how the rows ended, as it is held in want.
func (e ending) end() string {
	var parts []string
	for _, r := range e.rows {
		if s := stands(r); s != "" {
			parts = append(parts, s)
		}
	}
	for _, k := range e.gone {
		if k.Table == TCopy || k.Table == TRefund {
			parts = append(parts, string(k.Table)+" "+k.ID+" gone")
		}
	}
	if e.held {
		parts = append(parts, "waits")
	}
	return strings.Join(parts, "; ")
}

func (e ending) String() string {
	return became(e.verdicts[0]) + " | " + became(e.verdicts[1]) + " | " + e.end()
}

// equalRules are the rules under which both orders must end alike.
func equalRules() []ConflictRule {
	return []ConflictRule{RuleCommute, RuleAdditive, RuleWins, RuleMerge, RuleFill}
}

// TestConflictExamples holds each entry of the conflict table to its worked example;
// with -v it prints them for the officers' manual.
func TestConflictExamples(t *testing.T) {
	have, all := map[int]bool{}, entries()
	texts := map[string]map[string]string{"ko": messages(t, "ko"), "en": messages(t, "en")}
	for n, x := range examples() {
		_, acts := x.start(t)
		ka, kb := acts[0].b.Kind(), acts[1].b.Kind()
		rule, _ := ConflictOf(ka, kb)
		i := entryOf(ka, kb)
		if i < 0 || all[i] != x.entry || rule.Sentence != "payback.conflict."+x.entry {
			t.Errorf("%d. %s: %s and %s are decided by %q", n, x.entry, ka, kb, rule.Sentence)
			continue
		}
		have[i] = true
		ab, ba := x.play(t, 0), x.play(t, 1)
		want := x.want
		if want[1] == "" {
			want[1] = want[0]
		}
		if ab.String() != want[0] || ba.String() != want[1] {
			t.Errorf("%d. %s (%s, %s)\n\t\t\t[2]string{%q,\n\t\t\t\t%q}}", n, x.entry, ka, kb, ab, ba)
		}
		if slices.Contains(equalRules(), rule.Rule) && ab.end() != ba.end() {
			t.Errorf("%s: by the rule %s both orders end alike:\n%s\n%s", x.entry, rule.Rule, ab.end(), ba.end())
		}
		if testing.Verbose() {
			t.Log(x.tell(texts, rule, acts, [2]ending{ab, ba}))
		}
	}
	reached := map[int]bool{}
	everyPair(func(a, b Kind) { reached[entryOf(a, b)] = true })
	for i, sentence := range all {
		if reached[i] && !have[i] {
			t.Errorf("entry %d, %s, has no example", i, sentence)
		}
		for lang, said := range texts {
			if said["payback.conflict."+sentence] == "" {
				t.Errorf("%s: no text for the sentence %s", lang, sentence)
			}
		}
	}
}

// tell prints an example for people: the sentence, the acts, what became of each.
func (x example) tell(texts map[string]map[string]string, rule Conflict, acts [2]does, ends [2]ending) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s (%s)\n", x.entry, rule.Rule)
	for _, lang := range []string{"ko", "en"} {
		fmt.Fprintf(&out, "  %s: %s\n", lang, texts[lang][rule.Sentence])
	}
	if x.cell != "" {
		fmt.Fprintf(&out, "  kernel cell %s\n", x.cell)
	} else {
		fmt.Fprintf(&out, "  before: %s\n", x.begin)
	}
	for i, d := range acts {
		fmt.Fprintf(&out, "  %c. %s / %s, by %s: %s\n", 'A'+i, texts["ko"]["payback.kind."+string(d.b.Kind())],
			texts["en"]["payback.kind."+string(d.b.Kind())], d.h.role, d.b.Act())
	}
	for i, e := range ends {
		fmt.Fprintf(&out, "  %s\n", []string{"A, then B", "B, then A"}[i])
		for j, outs := range e.verdicts {
			for _, lang := range []string{"ko", "en"} {
				fmt.Fprintf(&out, "     %c %s: %s\n", 'A'+j, lang, inWords(texts[lang], outs))
			}
		}
		fmt.Fprintf(&out, "     end: %s\n", e.end())
	}
	return out.String()
}

// inWords are the verdicts as people read them, with their reasons.
func inWords(texts map[string]string, outs []Outcome) string {
	var parts []string
	for _, o := range outs {
		s := texts["payback.verdict."+string(o.Verdict)]
		if o.Reason.Key != "" {
			s += " — " + fill(texts["payback."+o.Reason.Key], o.Reason.Args)
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " → ")
}

// fill puts a reason's arguments into its text.
func fill(text string, args map[string]string) string {
	data := map[string]string{}
	for k, v := range args {
		data[strings.ToUpper(k[:1])+k[1:]] = v
	}
	parsed, err := template.New("").Option("missingkey=zero").Parse(text)
	var out strings.Builder
	if err != nil || parsed.Execute(&out, data) != nil {
		return text
	}
	return out.String()
}
