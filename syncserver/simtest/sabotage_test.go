package simtest

import (
	"sync/atomic"
	"testing"
)

// TestEverySabotageIsNoticed holds the simulation to its purpose: each fault in
// our own code must be found within a few seeds.
func TestEverySabotageIsNoticed(t *testing.T) {
	if raced() {
		t.Skip("too slow for the race detector")
	}
	var noticed atomic.Int32
	t.Run("of", func(t *testing.T) {
		for _, b := range Sabotages() {
			t.Run(string(b), func(t *testing.T) {
				t.Parallel()
				const most = 15
				for seed := range uint64(most) {
					r := run(t, Config{Seed: seed + 1, Acts: 160, Faults: AllFaults(), Sabotage: b})
					if len(r.Violations) > 0 {
						t.Logf("noticed by seed %d: %s", seed+1, r.Violations[0])
						noticed.Add(1)
						return
					}
				}
				t.Errorf("not noticed by %d seeds", most)
			})
		}
	})
	t.Logf("sabotages noticed: %d of %d", noticed.Load(), len(Sabotages()))
}
