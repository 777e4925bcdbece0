package simtest

import (
	"os"
	"testing"
)

// TestEverySabotageIsNoticed holds the simulation to its purpose: each fault in
// our own code must be found within a few seeds.
func TestEverySabotageIsNoticed(t *testing.T) {
	if os.Getenv("BOOKPAYBACK_RACE") != "" || testing.Short() {
		t.Skip("too slow for the race detector")
	}
	for _, b := range Sabotages() {
		t.Run(string(b), func(t *testing.T) {
			const most = 12
			for seed := range uint64(most) {
				r := run(t, Config{Seed: seed + 1, Acts: 160, Faults: AllFaults(), Sabotage: b})
				if len(r.Violations) > 0 {
					t.Logf("noticed by seed %d: %s", seed+1, r.Violations[0])
					return
				}
			}
			t.Errorf("not noticed by %d seeds", most)
		})
	}
}
