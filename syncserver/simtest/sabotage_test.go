package simtest

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// caughtBy names for each sabotage the promises by whose checks it must be noticed
// (see violated). Most are those that it breaks. These show themselves by what comes of
// them: an op kept behind an unreadable one never arrives, and a counter that took over
// a digest can't agree (I12); a slot beyond the cap without a case is refused by the
// database itself, and the server fails (fail); rows that were encoded anew, a feed that
// skips and positions from outside the lock make counters fetch rows again (I8); where a
// doubt was held against somebody the rows are not what their ops make (I3), and a late
// return that may have been in time (4.9) shows it only in the last minutes of a day;
// a server or counter that does not sync, answers before it commits or believes anybody
// loses from the screen (4.3) what it will lack in the ledger (I1), and such a server's
// own history breaks (I7, I8, fail).
var caughtBy = map[Sabotage][]string{
	NoSync: {"I1"}, JournalNotSynced: {"I1"}, ServerNoSync: {"I1", "4.3", "I7", "I8"}, AckBeforeCommit: {"I1", "4.3"}, NoDedupe: {"I2"}, OutsideLock: {"I8"},
	UnsignedAck: {"I1", "4.3"}, RefundWithoutKey: {"I4"}, OverlayDropped: {"4.3"}, NoPredecessor: {"I7"}, RunsAsOne: {"I1", "I7"},
	DigestAdopted: {"I3", "I12"}, DigestReencoded: {"I3", "I8"}, CapWithoutCase: {"I5", "fail"}, IntervalIgnored: {"4.9"},
	DoubtAgainst: {"4.9", "I3"}, PoisonBlocks: {"I9", "I12"}, DropsAt401: {"I1"}, ArchivedEarly: {"I1"}, ScopeFromBody: {"I6"},
	LateFactRefused: {"4.1"}, SlotFreedTwice: {"I4 I5", "I5"}, ExpiredKeepsSlot: {"I4 I5"}, MoneyNotHeld: {"I4 I5"}, SnapshotNoTail: {"I3", "I8", "I12"},
	FeedSkips: {"I8"}, NameInOp: {"I10"}, Redecided: {"I1"},
}

// mostSeeds is how many seeds a sabotage may take to be noticed.
const mostSeeds = 15

// TestEverySabotageIsNoticed holds the simulation to its purpose: each fault in
// our own code must be found within a few seeds, by the check of what it breaks.
func TestEverySabotageIsNoticed(t *testing.T) {
	if raced() {
		t.Skip("too slow for the race detector")
	}
	var noticed atomic.Int32
	t.Run("of", func(t *testing.T) {
		for _, b := range Sabotages() {
			t.Run(string(b), func(t *testing.T) {
				t.Parallel()
				others := map[string]int{}
				for seed := range uint64(mostSeeds) {
					r := run(t, Config{Seed: seed + 1, Acts: 200, Plain: b.plain(), Faults: faultsFor(b), Sabotage: b})
					for _, v := range r.Violations {
						by, _, _ := strings.Cut(v, ":")
						if slices.Contains(caughtBy[b], by) {
							fmt.Printf("sim: sabotage %s noticed by seed %d, %s\n", b, seed+1, v)
							noticed.Add(1)
							return
						}
						others[by]++
					}
				}
				t.Errorf("not noticed by %d seeds, but for other promises: %v", mostSeeds, others)
			})
		}
	})
	fmt.Printf("sim: sabotages caught %d of %d\n", noticed.Load(), len(Sabotages()))
}

// plain says that a sabotage shows on disks that lose nothing too.
func (b Sabotage) plain() bool { return b != NoSync && b != JournalNotSynced && b != ServerNoSync }

// TestTheListOfSabotagesIsWhole holds the list to what the simulation must notice.
func TestTheListOfSabotagesIsWhole(t *testing.T) {
	for promise, b := range map[string]Sabotage{
		"no fsync": NoSync, "no fsync of the journal": JournalNotSynced, "no dedupe": NoDedupe, "position outside the head lock": OutsideLock, "unsigned ack believed": UnsignedAck,
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
