package simtest

import (
	"fmt"
	"slices"
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
				const most = 40
				for seed := range uint64(most) {
					r := run(t, Config{Seed: seed + 1, Acts: 160, Faults: faultsFor(b), Sabotage: b})
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
	fmt.Printf("sim: sabotages caught %d of %d\n", noticed.Load(), len(Sabotages()))
}

// TestTheListOfSabotagesIsWhole holds the list to what the simulation must notice.
func TestTheListOfSabotagesIsWhole(t *testing.T) {
	for promise, b := range map[string]Sabotage{
		"no fsync": NoSync, "no dedupe": NoDedupe, "position outside the head lock": OutsideLock, "unsigned ack believed": UnsignedAck,
		"refund without its key": RefundWithoutKey, "overlay dropped at ack": OverlayDropped, "run header without predecessor": NoPredecessor,
		"digest adopted": DigestAdopted, "digest over re-encoded rows": DigestReencoded, "slot freed twice": SlotFreedTwice,
		"late fact refused": LateFactRefused, "cap without case": CapWithoutCase, "interval ignored": IntervalIgnored,
		"doubt against the resident": DoubtAgainst, "poison blocks": PoisonBlocks, "401 drops ops": DropsAt401,
		"archived before the backup is verified": ArchivedEarly, "personal data in an op": NameInOp, "scope taken from the body": ScopeFromBody,
		"snapshot without tail": SnapshotNoTail, "expired reservation keeps its slot": ExpiredKeepsSlot,
		"money not held at placement": MoneyNotHeld, "two runs of one device accepted as one": RunsAsOne,
		"verdict re-decided after restore": Redecided,
	} {
		if !slices.Contains(Sabotages(), b) {
			t.Errorf("%s: %s is not in the list", promise, b)
		}
	}
	if n := len(Sabotages()); n != len(slices.Compact(slices.Sorted(slices.Values(Sabotages())))) {
		t.Error("a sabotage is listed twice")
	}
}

// faultsFor is what goes wrong besides: one needs a restored server.
func faultsFor(b Sabotage) Faults {
	f := AllFaults()
	f.Restore = b == Redecided
	return f
}
