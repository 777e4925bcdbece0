package payback

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// cell is an unordered pair of kinds, the lesser name first.
type cell [2]Kind

func cellOf(a, b Kind) cell {
	if b < a {
		a, b = b, a
	}
	return cell{a, b}
}

// cells counts, over histories, how often acts of two kinds met: one looked at or
// wrote a row that the other wrote, or was the same act again.
type cells struct {
	count map[cell]int
	// of one history: who looked at a row and who wrote it
	looked, wrote map[Key]map[Kind]int
}

func newCells() *cells {
	c := &cells{count: map[cell]int{}}
	everyPair(func(a, b Kind) {
		if len(Meet(a, b)) > 0 {
			c.count[cellOf(a, b)] = 0
		}
	})
	return c
}

// watch counts the acts of one history in w, which begins.
func (c *cells) watch(w *world) {
	c.looked, c.wrote = map[Key]map[Kind]int{}, map[Key]map[Kind]int{}
	note := func(seen map[Key]map[Kind]int, key Key, k Kind) {
		if seen[key] == nil {
			seen[key] = map[Kind]int{}
		}
		seen[key][k]++
	}
	w.met = func(op *Op, looked map[Key][]byte, out Outcome) {
		k := op.Body.Kind()
		if _, may := c.count[cellOf(k, k)]; may && out.Verdict == Duplicate && looked == nil {
			c.count[cellOf(k, k)]++
		}
		for key := range looked {
			note(c.looked, key, k)
		}
		for _, r := range out.Changed {
			note(c.wrote, r.Key(), k)
		}
		for _, key := range out.Deleted {
			note(c.wrote, key, k)
		}
	}
}

// end adds up the history's meetings.
func (c *cells) end() {
	for key, writers := range c.wrote {
		for a, n := range writers {
			for b, m := range c.looked[key] {
				if a == b && max(n, m) < 2 {
					continue
				}
				if _, may := c.count[cellOf(a, b)]; may {
					c.count[cellOf(a, b)]++
				}
			}
		}
	}
}

// rarest returns the n cells that were met least, in the order of names.
func (c *cells) rarest(n int) []cell {
	all := make([]cell, 0, len(c.count))
	for x := range c.count {
		all = append(all, x)
	}
	slices.SortFunc(all, func(x, y cell) int {
		if d := c.count[x] - c.count[y]; d != 0 {
			return d
		}
		return strings.Compare(string(x[0]+" "+x[1]), string(y[0]+" "+y[1]))
	})
	return all[:min(n, len(all))]
}

func (c *cells) missing() (out []string) {
	for _, x := range c.rarest(len(c.count)) {
		if c.count[x] == 0 {
			out = append(out, fmt.Sprintf("%s-%s %v", x[0], x[1], Meet(x[0], x[1])))
		}
	}
	return out
}

var (
	manyCells = flag.Int("cells", 2500, "histories that are drawn to reach the cells of the conflict table")
	fromCells = flag.Int("cells.from", 0, "the first history's seed")
)

// enoughMeetings is how often each cell is to be met for the drawing to end early: one
// is proof, more are the margin.
const enoughMeetings = 2

// One generator of histories reaches every cell of the conflict table. It knows no
// cell: it draws acts about what there is, and leans to the kinds whose meetings
// were the fewest so far. It ends when each was met often enough. The same numbers
// draw the same histories.
func TestHistoriesReachEveryCellOfTheConflictTable(t *testing.T) {
	c := newCells()
	first, n := *fromCells, 0
	for ; n < *manyCells && c.count[c.rarest(1)[0]] < enoughMeetings; n++ {
		rapid.Custom(func(rt *rapid.T) int {
			c.history(t, rt, first+n)
			return 0
		}).Example(first + n)
	}
	for _, x := range c.rarest(len(c.count)) {
		rule, _ := ConflictOf(x[0], x[1])
		t.Logf("%6d  %s-%s: %s", c.count[x], x[0], x[1], rule.Rule)
	}
	t.Logf("%d histories, %d cells, the rarest %d times", n, len(c.count), c.count[c.rarest(1)[0]])
	if missing := c.missing(); len(missing) > 0 {
		t.Errorf("%d cells were not reached:\n%s", len(missing), strings.Join(missing, "\n"))
	}
}

// history draws one history of some ninety acts.
func (c *cells) history(t *testing.T, rt *rapid.T, seed int) {
	d := drawn(rt, t)
	d.even = rand.New(rand.NewPCG(uint64(seed), 1))
	d.w.put(&Title{ISBN: isbnD, Name: "값 모르는 책"})
	lean := c.rarest(10)
	c.watch(d.w)
	d.scene()
	var log []string
	act := func(k Kind) Outcome {
		b, h := d.body(k), d.actor(k)
		out := d.w.run(d.w.op(h, b))
		log = append(log, fmt.Sprintf("%s %s %s: %s %s", h.role, b.Act(), encode(t, b), out.Verdict, out.Reason.Key))
		return out
	}
	for range 50 {
		if !d.chance(40) {
			d.near, d.titles = nil, nil
			act(pick(d, "kind", often()...))
		} else {
			pair, one := pick(d, "cell", lean...), d.even.IntN(2)
			for _, k := range []Kind{pair[one], pair[1-one]} {
				out := act(k)
				for again := 0; again < 2 && out.Verdict == Rejected; again++ {
					out = act(k)
				}
				d.meet(out)
			}
		}
		if d.chance(10) {
			d.w.now += d.even.Int64N(5*24) * 3600_000
		}
	}
	if wrong := Check(d.w.all()); len(wrong) > 0 {
		t.Fatalf("seed %d: after\n%s\nunsound: %v", seed, strings.Join(log, "\n"), wrong)
	}
	c.end()
}

// scene begins a history where two things are about to meet, or with nothing.
func (d *drawer) scene() {
	w := d.w
	steps := pick(d, "scene", nil, d.early(), d.line(), d.refused(), d.priced())
	if d.chance(60) {
		steps = steps[:d.even.IntN(len(steps)+1)]
	}
	for _, step := range steps {
		step()
	}
	if d.chance(50) {
		w.now += d.even.Int64N(2*24) * 3600_000
	}
}

// early is a sale by a number that a store has not given yet, on its way through a
// box, and a declined request that may get the number there.
func (d *drawer) early() []func() {
	w := d.w
	return []func(){
		func() { w.do(resident, place("early", "p4", isbnA)) },
		func() { w.do(pc1, &Decline{Request: "early", Assign: 1, From: Placed, Reason: DeclineTooBusy}) },
		func() {
			w.do(pc3, &Sell{Copy: "soon", Number: "0001", ISBN: isbnA, Paid: 14000, List: 14000, PayBy: ByCard, Due: "2026-03-24"})
		},
		func() { w.do(pc3, &Return{Loan: "soon"}) },
		func() { w.do(pc3, &Pack{Copy: "soon", Transfer: "t2", Library: "111001", Box: 1}) },
		func() { w.do(pc3, &CloseBox{Transfer: "t2"}) },
		func() { w.do(pc3, &HandOver{Transfer: "t2", Taker: "T7"}) },
		func() { w.do(librarian, &EndIntake{Transfer: "t2", Library: "111001"}) },
	}
}

// line is a title without a free slot, two who wait for it, and one slot that frees.
func (d *drawer) line() []func() {
	w := d.w
	return []func(){
		func() {
			for i, p := range []ResidentID{"p1", "p2", "p4"} {
				w.do(resident, place(RequestID("full"+num(i)), p, isbnA))
			}
		},
		func() {
			for _, p := range []ResidentID{"p3", "p4"} {
				w.do(resident, &Reserve{Reservation: ReservationID("wait" + string(p)), Resident: p, ISBN: isbnA, Stores: []StoreID{"s1"}})
			}
		},
		func() { w.do(resident, &Cancel{Request: "full0"}) },
	}
}

// priced is a kept loan of which it turns out that it was left at the store in time,
// and an ordered copy of another title whose price nobody knew before it came.
func (d *drawer) priced() []func() {
	w := d.w
	return []func(){
		func() { w.do(resident, place("dear", "p3", isbnD)) },
		func() { w.do(pc1, &Order{Request: "dear", Assign: 1, ReadyBy: "2026-03-06"}) },
		func() { w.do(pc1, &Arrive{Request: "dear", Assign: 1, Price: 12000}) },
		func() { w.do(resident, place("mine", "p4", isbnB)) },
		func() {
			w.do(pc1, &Sell{Copy: "mine", Request: "mine", ISBN: isbnB, Paid: 9000, List: 9000, PayBy: ByCard, Due: "2026-03-24"})
		},
		func() { w.now += day },
		func() { w.do(resident, &Keep{Loan: "mine"}) },
		func() { w.do(pc1.at(w.now-1), &Leave{Loan: "mine", Faults: []string{FaultWet}}) },
	}
}

// refused is a copy of a title whose price a store has told, which waits to be fetched.
func (d *drawer) refused() []func() {
	w := d.w
	return []func(){
		func() { w.do(resident, place("torn", "p4", isbnD)) },
		func() { w.do(pc1, &Accept{Request: "torn", Assign: 1, Price: 12000}) },
		func() {
			w.do(pc1, &Sell{Copy: "torn", Request: "torn", ISBN: isbnD, Paid: 12000, List: 12000, PayBy: ByCard, Due: "2026-03-24"})
		},
		func() { w.do(pc1, &Leave{Loan: "torn", Faults: []string{FaultTorn}}) },
		func() { w.do(officer, &Rule{Loan: "torn", Note: "찢어짐"}) },
	}
}
