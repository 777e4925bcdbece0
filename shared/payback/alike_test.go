package payback

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// seen is a counter's view that remembers whether a row that was asked for can't be
// seen there, and which rows were.
type seen struct {
	counterView
	blind  []Key
	looked []Key
}

func (v *seen) Row(k Key) (Row, Presence) {
	r, p := v.counterView.Row(k)
	if v.looked = append(v.looked, k); p == NotVisible {
		v.blind = append(v.blind, k)
	}
	return r, p
}

// decided is what of an outcome a store can see: verdict, reason, winner, what is
// waited for, and the changes of the rows of its bucket and the catalogue.
func decided(t testing.TB, s StoreID, out Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s winner %v case %s wait %v\n", out.Verdict, encode(t, out.Reason), out.Winner, out.Case, out.Wait)
	var rows []string
	for _, r := range out.Changed {
		if sees(s, r) {
			rows = append(rows, fmt.Sprintf("%s %s\n", r.Key(), encode(t, r)))
		}
	}
	for _, k := range out.Deleted {
		if k.Table.Scope() != ScopeServer {
			rows = append(rows, fmt.Sprintf("%s deleted\n", k))
		}
	}
	slices.Sort(rows)
	return b.String() + strings.Join(rows, "")
}

func sees(s StoreID, r Row) bool {
	switch r.Key().Table.Scope() {
	case ScopeServer:
		return false
	case ScopeStore:
		return r.Bucket() == StoreBucket(s)
	}
	return true
}

// What a counter decides by its own store's rows and the catalogue is what the server
// decides, where it has seen all that the act needs: verdict, reason and the rows that
// both see. Where it has not, it says so.
func TestACounterDecidesLikeTheServerWhereItSeesAll(t *testing.T) {
	kinds := slices.DeleteFunc(often(), func(k Kind) bool { return !k.AtCounter() })
	counts := map[Kind][2]int{} // decided alike, provisional
	for seed := range 400 {
		rapid.Custom(func(rt *rapid.T) int {
			d := drawn(rt, t)
			d.even = rand.New(rand.NewPCG(uint64(seed), 2))
			d.scene()
			for range 60 {
				k := pick(d, "kind", often()...)
				if d.chance(50) {
					k = pick(d, "at the counter", kinds...)
				}
				body, by := d.body(k), d.actor(k)
				if by.role == RoleOwner { // at a PC of theirs
					by.store, by.device = "s1", "d1"
				}
				op := d.w.op(by, body)
				if op.Device != "" && k.AtCounter() && op.Role.AtCounter() && op.Card == "" {
					n := counts[k]
					n[d.alike(seed, op)]++
					counts[k] = n
				}
				d.w.run(op)
			}
			return 0
		}).Example(seed)
	}
	for _, k := range slices.Sorted(slices.Values(Kinds())) {
		if n := counts[k]; k.AtCounter() {
			t.Logf("%-12s %6d alike, %6d provisional", k, n[0], n[1])
			if n[0]+n[1] == 0 && (k.May(RoleClerk) || k.May(RoleOwner)) {
				t.Errorf("no history had a counter do %s", k)
			}
		}
	}
}

// alike compares both sides' answers to an op; 1 says that the counter's was
// provisional.
func (d *drawer) alike(seed int, op *Op) int {
	t := d.w.t
	if d.w.acts[op.Body.Act()] {
		return 0 // the second of one act: neither side runs it
	}
	view := &seen{counterView: counterView{d.w, op.Store}}
	here, there := Apply(view, op, d.w.env), d.w.apply(op)
	switch {
	case len(view.blind) > 0 && !here.Provisional:
		t.Errorf("seed %d: %s %s: %v can't be seen, and the verdict %s is not provisional", seed, op.Body.Kind(), encode(t, op.Body), view.blind, here.Verdict)
	case len(view.blind) == 0 && here.Provisional:
		t.Errorf("seed %d: %s %s: provisional, with all in sight", seed, op.Body.Kind(), encode(t, op.Body))
	}
	if here.Provisional {
		return 1
	}
	if x, y := decided(t, op.Store, here), decided(t, op.Store, there); x != y {
		var rows bytes.Buffer
		for _, k := range view.looked {
			fmt.Fprintf(&rows, "%s %s\n", k, encode(t, d.w.rows[k]))
		}
		t.Errorf("seed %d: %s by %s of %s: %s\nthe counter: %sthe server: %srows:\n%s", seed, op.Body.Kind(), op.Role, op.Store, encode(t, op.Body), x, y, &rows)
	}
	return 0
}
