package simtest

import (
	"flag"
	"fmt"
	"io"
	"os"
	"testing"
	_ "time/tzdata" // the district's zone, wherever the test runs
)

var (
	firstSeed = flag.Uint64("sim.seed", 1, "first seed of TestSimulation")
	seedCount = flag.Int("sim.seeds", 0, "how many seeds; 0 = a few")
	actCount  = flag.Int("sim.acts", 0, "acts of people a seed; 0 = the usual")
	verbose   = flag.Bool("sim.trace", false, "print what happens")
)

func run(t testing.TB, c Config) Result {
	t.Helper()
	c.Dir = t.TempDir()
	var w io.Writer
	if *verbose {
		w = os.Stderr
	}
	c.Log = w
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// replay is the line that runs a seed again.
func replay(c Config) string {
	return fmt.Sprintf("go test ./syncserver/simtest -run TestSimulation -sim.seeds=1 -sim.seed=%d -sim.acts=%d -sim.trace", c.Seed, c.Acts)
}

func TestSimulationWithoutFaults(t *testing.T) {
	seeds(t, 3, Config{})
}

func TestSimulation(t *testing.T) {
	seeds(t, 12, Config{Faults: AllFaults()})
}

// seeds runs some seeds and reports each violation with the line that replays it.
func seeds(t *testing.T, few int, c Config) {
	n := few
	if *seedCount > 0 {
		n = *seedCount
	}
	c.Acts = *actCount
	var all Result
	for i := range n {
		c.Seed = *firstSeed + uint64(i)
		r := run(t, c)
		for _, v := range r.Violations {
			t.Errorf("seed %d: %s", c.Seed, v)
		}
		if len(r.Violations) > 0 {
			t.Log(replay(c))
		}
		all.add(r)
	}
	t.Logf("seeds %d to %d: %s", *firstSeed, c.Seed, all.Line())
	t.Log(all.Done)
}

func (r *Result) add(o Result) {
	r.Acts, r.Ops = r.Acts+o.Acts, r.Ops+o.Ops
	r.Violations = append(r.Violations, o.Violations...)
	if r.Faults == nil {
		r.Faults, r.Done = map[string]int{}, map[string]int{}
	}
	for k, v := range o.Faults {
		r.Faults[k] += v
	}
	for k, v := range o.Done {
		r.Done[k] += v
	}
}

func TestTheSameSeedGivesTheSameTrace(t *testing.T) {
	for seed := range uint64(3) {
		c := Config{Seed: seed + 1, Acts: 120, Faults: AllFaults()}
		if a, b := run(t, c), run(t, c); a.Trace != b.Trace {
			t.Errorf("seed %d: two runs differ", c.Seed)
		}
	}
}
