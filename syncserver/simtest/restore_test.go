package simtest

import "testing"

// A server that is restored to an old copy while all counters are there gets back all
// that any of them was told, with the same answers, or says what is lost.
func TestARestoredServerIsRefilledByItsCounters(t *testing.T) {
	if raced() {
		t.Skip("too slow for the race detector")
	}
	for seed := range uint64(4) {
		r := run(t, Config{Seed: seed + 1, Acts: 100, Faults: Faults{Restore: true, Crash: seed > 1}})
		t.Log(r.Ops, r.Faults)
		for _, v := range r.Violations {
			t.Errorf("seed %d: %s", seed+1, v)
		}
	}
}

// Seeds in which a restore once lost the row of a resident, so that a sale left its
// store's screens, or paid a loan's refund twice with one payment out of the rows.
func TestFactsThatWereToldStandAfterARestore(t *testing.T) {
	if raced() {
		t.Skip("too slow for the race detector")
	}
	for _, seed := range []uint64{8, 16, 108} {
		c := config(seed)
		c.Acts, c.Faults.Restore, c.Faults.Clone = 120, true, false
		for _, v := range run(t, c).Violations {
			t.Errorf("seed %d: %s", seed, v)
		}
	}
}
