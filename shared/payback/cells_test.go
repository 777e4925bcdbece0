package payback

import (
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

// One generator of histories reaches the cells of the conflict table, at least
// nine in ten; the others it lists. It knows no cell: it draws acts about what there is, and leans to the kinds whose meetings
// were the fewest so far.
func TestHistoriesReachTheCellsOfTheConflictTable(t *testing.T) {
	c := newCells()
	usual := often()
	seed := 0
	history := rapid.Custom(func(rt *rapid.T) int {
		d := drawn(rt, t)
		d.even = rand.New(rand.NewPCG(uint64(seed), 1))
		lean := c.rarest(5)
		c.watch(d.w)
		var log []string
		for range 70 {
			k := pick(d, "kind", usual...)
			if d.chance(35) {
				k = pick(d, "cell", lean...)[d.even.IntN(2)]
			}
			b, h := d.body(k), d.actor(k)
			out := d.w.run(d.w.op(h, b))
			log = append(log, fmt.Sprintf("%s %s %s: %s %s", h.role, b.Act(), encode(t, b), out.Verdict, out.Reason.Key))
			if wrong := Check(d.w.all()); len(wrong) > 0 {
				t.Fatalf("seed %d: after\n%s\nunsound: %v", seed, strings.Join(log, "\n"), wrong)
			}
			if d.chance(10) {
				d.w.now += d.even.Int64N(5*24) * 3600_000
			}
		}
		c.end()
		return 0
	})
	for ; seed < 1000; seed++ {
		history.Example(seed)
	}
	for _, x := range c.rarest(len(c.count)) {
		rule, _ := ConflictOf(x[0], x[1])
		t.Logf("%6d  %s-%s: %s", c.count[x], x[0], x[1], rule.Rule)
	}
	t.Logf("%d histories, %d cells", seed, len(c.count))
	missing := c.missing()
	t.Logf("%d cells were not reached:\n%s", len(missing), strings.Join(missing, "\n"))
	if len(missing) > len(c.count)/10 {
		t.Errorf("%d of %d cells were not reached", len(missing), len(c.count))
	}
}
