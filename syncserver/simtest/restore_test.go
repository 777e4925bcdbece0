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
