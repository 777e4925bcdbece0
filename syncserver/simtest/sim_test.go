package simtest

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata" // the district's zone, wherever the test runs
)

var (
	firstSeed = flag.Uint64("sim.seed", 1, "first seed of TestSimulation")
	seedCount = flag.Int("sim.seeds", 0, "how many seeds; 0 = a few")
	minutes   = flag.Float64("sim.minutes", 0, "seeds until so much time is over; 0 = by number")
	actCount  = flag.Int("sim.acts", 0, "acts of people a seed; 0 = 300")
	restores  = flag.Uint64("sim.restores", 0, "in one of so many seeds the server is restored from an old copy too; 0 = in none")
	verbose   = flag.Bool("sim.trace", false, "print what happens")
)

// raced says that this run is for the race detector, for which a simulation in one
// thread is slow and has nothing to show.
func raced() bool { return os.Getenv("BOOKPAYBACK_RACE") != "" }

func run(t testing.TB, c Config) Result {
	t.Helper()
	c.Dir = t.TempDir()
	if *verbose {
		c.Log = os.Stderr
	}
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// replay is the line that runs a seed again and tells all that happens.
func replay(c Config) string {
	name := "TestSimulation"
	if c.Faults == (Faults{}) {
		name = "TestSimulationWithoutFaults"
	}
	return fmt.Sprintf("CGO_ENABLED=0 go test ./syncserver/simtest -count=1 -run '^%s$' -sim.seeds=1 -sim.seed=%d -sim.acts=%d -sim.restores=%d -sim.trace", name, c.Seed, c.Acts, *restores)
}

func TestSimulationWithoutFaults(t *testing.T) { seeds(t, 2, Config{}) }

// config is the run of a seed with all faults.
func config(seed uint64) Config {
	c := Config{Seed: seed, Faults: AllFaults(), Plain: seed%trueEvery != 0}
	if n := *restores; n > 0 && seed%n == 1%n {
		c.Faults.Restore = true
		c.Faults.Clone = false // what was lost on both sides is lost
	}
	return c
}

func TestSimulation(t *testing.T) { seeds(t, 8, Config{Faults: AllFaults()}) }

// trueEvery is which share of the seeds runs on disks that lose what was not
// synced; the others are faster.
const trueEvery = 4

// enoughForAll is how many seeds reach every kind of fault.
const enoughForAll = 60

// TestMain lets the garbage grow: the runs are many, and short.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

// seeds runs some seeds side by side, n or until the time is over, and reports each
// violation with the line that replays it.
func seeds(t *testing.T, n int, c Config) {
	if raced() {
		t.Skip("too slow for the race detector")
	}
	ctx, end := t.Context(), context.CancelFunc(func() {})
	switch {
	case *minutes > 0:
		n = math.MaxInt
		ctx, end = context.WithTimeout(ctx, time.Duration(*minutes*float64(time.Minute)))
	case *seedCount > 0:
		n = *seedCount
	}
	defer end()
	all := tally{}
	for range runtime.GOMAXPROCS(0) {
		all.busy.Go(func() {
			for i := all.next.Add(1) - 1; i < int64(n) && ctx.Err() == nil; i = all.next.Add(1) - 1 {
				of := c
				if of.Seed = *firstSeed + uint64(i); c.Faults != (Faults{}) {
					of = config(of.Seed)
				}
				of.Acts = *actCount
				t.Run(fmt.Sprint(of.Seed), func(t *testing.T) {
					r := run(t, of)
					report(t, of, r)
					all.add(r)
				})
			}
		})
	}
	all.busy.Wait()
	fmt.Printf("sim: seeds %d to %d, %s\n%s", *firstSeed, *firstSeed+uint64(all.done)-1, t.Name(), all.sum.Block())
	if c.Faults != (Faults{}) && all.done >= enoughForAll {
		for _, kind := range FaultKinds() {
			if all.sum.Faults[kind] == 0 && (kind != "server restored" || *restores > 0) {
				t.Errorf("nothing of the kind %q went wrong", kind)
			}
		}
	}
	t.Log("done: ", sorted(all.sum.Done))
}

// tally adds up runs that go on side by side.
type tally struct {
	busy sync.WaitGroup
	next atomic.Int64 // seeds begun
	mu   sync.Mutex
	done int // seeds
	sum  Result
}

// add takes a run in; now and then it says how far the runs are.
func (a *tally) add(r Result) {
	const often = 500
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sum.add(r)
	if a.done++; a.done%often == 0 {
		fmt.Printf("sim: so far %d seeds, %d ops, %d of them on the fault VFS, %d violations\n", a.done, a.sum.Ops, a.sum.OnFault, len(a.sum.Violations))
	}
}

// report fails the test for each violation.
func report(t *testing.T, c Config, r Result) {
	for _, v := range r.Violations {
		t.Errorf("seed %d: %s", c.Seed, v)
	}
	if len(r.Violations) == 0 {
		return
	}
	fmt.Println("sim: replay:", replay(c))
	if (*seedCount > 1 || *minutes > 0) && c.Faults != (Faults{}) {
		keep(t, c, r)
	}
}

// keep writes a seed that found something where it stays.
func keep(t *testing.T, c Config, r Result) {
	f, err := os.OpenFile("testdata/seeds/new.txt", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Error(err)
		return
	}
	how := "all"
	if c.Faults.Restore {
		how += ",restore"
	}
	if c.Plain {
		how += ",plain"
	}
	acts := c.Acts
	if acts == 0 {
		acts = 300
	}
	if _, err := fmt.Fprintln(f, c.Seed, acts, how, r.Violations[0]); err != nil {
		t.Error(err)
	}
	_ = f.Close()
}

func (r *Result) add(o Result) {
	r.Acts, r.Ops, r.OnFault = r.Acts+o.Acts, r.Ops+o.Ops, r.OnFault+o.OnFault
	r.Violations = append(r.Violations, o.Violations...)
	if r.Faults == nil {
		r.Faults, r.Done, r.Cells = map[string]int{}, map[string]int{}, map[string]int{}
	}
	for k, v := range o.Faults {
		r.Faults[k] += v
	}
	for k, v := range o.Cells {
		r.Cells[k] += v
	}
	for k, v := range o.Done {
		r.Done[k] += v
	}
}

func TestTheSameSeedGivesTheSameTrace(t *testing.T) {
	if raced() {
		t.Skip("too slow for the race detector")
	}
	n := uint64(2)
	if *seedCount > 0 {
		n = uint64(*seedCount)
	}
	for seed := range n {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			c := config(*firstSeed + seed)
			c.Acts = 120
			if a, b := run(t, c), run(t, c); a.Trace != b.Trace {
				t.Errorf("seed %d: two runs differ", c.Seed)
			}
		})
	}
}

func TestSeedsThatOnceFoundSomething(t *testing.T) {
	if raced() {
		t.Skip("too slow for the race detector")
	}
	files, err := filepath.Glob("testdata/seeds/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		kept(t, f)
		_ = f.Close()
	}
}

// kept runs the seeds of one file.
func kept(t *testing.T, f io.Reader) {
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		var c Config
		var faults string
		if _, err := fmt.Sscan(line, &c.Seed, &c.Acts, &faults); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if strings.HasPrefix(faults, "all") {
			c.Faults = AllFaults()
		}
		c.Plain = strings.Contains(faults, ",plain")
		c.Faults.Restore = strings.Contains(faults, ",restore")
		t.Run(fmt.Sprint(c.Seed, faults), func(t *testing.T) {
			t.Parallel()
			report(t, c, run(t, c))
		})
	}
}
