package payback

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// everyPair yields each unordered pair of kinds once.
func everyPair(yield func(a, b Kind)) {
	all := slices.Sorted(slices.Values(Kinds()))
	for i, a := range all {
		for _, b := range all[i:] {
			yield(a, b)
		}
	}
}

func TestEveryPairThatMeetsHasARule(t *testing.T) {
	met, gaps := 0, 0
	everyPair(func(a, b Kind) {
		meets := Meet(a, b)
		c, ok := ConflictOf(a, b)
		if len(meets) > 0 {
			met++
		}
		switch {
		case len(meets) > 0 && !ok:
			gaps++
			t.Errorf("%s and %s meet at %v and have no rule", a, b, meets)
		case len(meets) == 0 && ok:
			t.Errorf("%s and %s never meet and have the rule %s", a, b, c.Rule)
		}
	})
	t.Logf("%d pairs meet, %d gaps", met, gaps)
}

func TestConflictOfIsSymmetric(t *testing.T) {
	everyPair(func(a, b Kind) {
		x, xok := ConflictOf(a, b)
		y, yok := ConflictOf(b, a)
		if xok != yok || x.Rule != y.Rule || x.Sentence != y.Sentence {
			t.Errorf("%s, %s: %v and %v", a, b, x, y)
		}
	})
}

func TestEveryEntryOfTheTableIsTheRuleOfAPair(t *testing.T) {
	used := map[string]bool{}
	everyPair(func(a, b Kind) {
		if c, ok := ConflictOf(a, b); ok {
			used[string(c.Rule)+c.Sentence] = true
		}
	})
	for _, p := range table() {
		if !used[string(p.rule)+"payback.conflict."+p.sentence] {
			t.Errorf("nothing is decided by %s %s", p.rule, p.sentence)
		}
	}
	for _, s := range shared() {
		if !used[string(s.rule)+"payback.conflict."+s.sentence] {
			t.Errorf("nothing is decided by %s %s", s.rule, s.sentence)
		}
	}
}

// commuting are the pairs whose order makes no difference: those that never meet,
// and those whose rule says so.
func commuting() (out [][2]Kind) {
	everyPair(func(a, b Kind) {
		if c, ok := ConflictOf(a, b); !ok || c.Rule == RuleCommute || c.Rule == RuleAdditive {
			out = append(out, [2]Kind{a, b})
		}
	})
	return out
}

// plain is a world's rows without the names of the ops that wrote them.
func (w *world) plain() string {
	var out bytes.Buffer
	for _, k := range slices.SortedFunc(maps.Keys(w.rows), func(a, b Key) int { return bytes.Compare([]byte(a.String()), []byte(b.String())) }) {
		var fields map[string]any
		if err := json.Unmarshal(encode(w.t, w.rows[k]), &fields); err != nil {
			w.t.Fatal(err)
		}
		for _, name := range []string{"op", "other", "decided"} {
			delete(fields, name)
		}
		fmt.Fprintf(&out, "%s %s\n", k, encode(w.t, fields))
	}
	return out.String()
}

// differing returns the lines of x and y that are not in the other.
func differing(x, y string) string {
	var out strings.Builder
	xs, ys := strings.Split(x, "\n"), strings.Split(y, "\n")
	for _, l := range xs {
		if !slices.Contains(ys, l) {
			out.WriteString("one order: " + l + "\n")
		}
	}
	for _, l := range ys {
		if !slices.Contains(xs, l) {
			out.WriteString("the other: " + l + "\n")
		}
	}
	return out.String()
}

func TestPairsThatCommuteEndEqualInBothOrders(t *testing.T) {
	pairs, kinds := commuting(), often()
	rapid.Check(t, func(rt *rapid.T) {
		d := drawn(rt, t)
		for range rapid.IntRange(0, 25).Draw(rt, "acts") {
			d.act(rapid.SampledFrom(kinds).Draw(rt, "kind"))
		}
		for range 10 {
			pair := rapid.SampledFrom(pairs).Draw(rt, "pair")
			first, second := d.body(pair[0]), d.body(pair[1])
			if first.Act() == second.Act() {
				continue
			}
			hFirst, hSecond := d.actor(pair[0]), d.actor(pair[1])
			one, other := d.w.clone(), d.w.clone()
			a, b := one.op(hFirst, first), one.op(hSecond, second)
			one.run(a)
			one.run(b)
			other.run(b)
			other.run(a)
			if x, y := one.plain(), other.plain(); x != y {
				rt.Fatalf("%s %s %s\n%s %s %s\n%s", pair[0], hFirst.role, encode(t, first), pair[1], hSecond.role, encode(t, second), differing(x, y))
			}
		}
	})
}
