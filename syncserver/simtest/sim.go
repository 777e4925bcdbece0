package simtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/shared/sqlitefile/faultvfs"
)

// Faults says what may go wrong in a run.
type Faults struct {
	Net     bool // loss, repeats, partitions, truncation, portals, odd statuses
	Crash   bool // programs end and power goes, at counters and at the server
	Restore bool // the server is restored from its last backup at the end of each phase
	Clone   bool // disks of counters are restored and copied
	Clock   bool // clocks of counters are set wrong and drift
	Disk    bool // writes and syncs of counters fail, and the disk goes on
}

// AllFaults is everything that may go wrong.
func AllFaults() Faults {
	return Faults{Net: true, Crash: true, Restore: true, Clone: true, Clock: true, Disk: true}
}

// Config is one run.
type Config struct {
	Seed     uint64
	Acts     int // of people, over all phases; 0 = 300
	Phases   int // 0 = 2
	Counters int // 0 = 3, in two stores
	Faults   Faults
	Sabotage Sabotage
	Plain    bool   // disks that lose nothing of what was written: faster, and less is tried
	Dir      string // an empty folder for the counters' keys
	Log      io.Writer
}

// Result is what a run came to.
type Result struct {
	Trace      string // hash over everything that happened
	Ops        int    // in the ledger at the end
	Acts       int    // that people tried
	OnFault    int    // of Ops, those on disks that lose what was not synced
	Faults     map[string]int
	Done       map[string]int // acts recorded, by kind
	Cells      map[string]int // of the conflict table, with how often they were reached
	Violations []string
}

// start is when every run begins: a Monday at nine in the morning in Seoul.
var start = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// Sim is one run in progress.
type Sim struct {
	image  faultvfs.Image // the server's disk at its last sound backup, or as this phase began
	older  faultvfs.Image // the one before that
	old    bool           // there is an older one of this phase
	gone   map[opID]bool  // ops that a restore lost and lists
	once   map[opID]bool  // ops that a counter took for archived when an older backup was restored
	c      Config
	ctx    context.Context
	rnd    *rand.Rand    // decisions
	chance *rand.ChaCha8 // ids, keys, nonces
	now    time.Time     // true time
	srv    *server
	pcs    []*pc
	town   town
	zone   *time.Location // the district's
	calm   bool           // no faults

	refilling bool // the server was restored, and its counters bring it what they have

	talking *pc    // whose exchange is under way
	between bool   // an exchange comes between the halves of a batch (a sabotage)
	ahead   uint64 // positions that are taken and not written (likewise)

	made   int // disks, to name them
	trace  hash.Hash
	result Result
}

// Run makes one run. The error is one of setting up; what the run found is in the
// result.
func Run(ctx context.Context, c Config) (Result, error) {
	if c.Acts == 0 {
		c.Acts = 300
	}
	if c.Phases == 0 {
		c.Phases = 2
	}
	if c.Counters == 0 {
		c.Counters = 3
	}
	s := &Sim{c: c, ctx: ctx, now: start, trace: sha256.New(), calm: true}
	s.result.Faults, s.result.Done = map[string]int{}, map[string]int{}
	s.rnd = rand.New(rand.NewChaCha8(seedOf(c.Seed, 1)))
	s.chance = rand.NewChaCha8(seedOf(c.Seed, 2))
	defer s.close()
	if err := s.setUp(); err != nil {
		return s.result, fmt.Errorf("simtest: setting up: %w", err)
	}
	s.phases()
	s.result.Trace = hex.EncodeToString(s.trace.Sum(nil))
	return s.result, nil
}

// phases lets people act and things go wrong, and all agree, some times over. A
// panic of our code ends the run and is a violation.
func (s *Sim) phases() {
	defer func() {
		if wrong := recover(); wrong != nil {
			s.violated("fail: panic: %v\n%s", wrong, debug.Stack())
			s.srv, s.pcs = nil, nil // what holds their locks is not known: leave them
		}
	}()
	for phase := range s.c.Phases {
		s.image, s.old, s.calm = s.srv.keep(), false, false
		for upTo := s.c.Acts * (phase + 1) / s.c.Phases; s.result.Acts < upTo && len(s.result.Violations) == 0; {
			s.step()
		}
		if len(s.result.Violations) == 0 {
			s.settle(phase)
		}
		if len(s.result.Violations) > 0 {
			return
		}
	}
}

func seedOf(seed uint64, stream byte) (b [32]byte) {
	for i := range 8 {
		b[i] = byte(seed >> (8 * i))
	}
	b[31] = stream
	return b
}

// note writes one line of the trace.
func (s *Sim) note(format string, args ...any) {
	line := fmt.Sprintf("%s ", s.now.Format("01-02 15:04:05.000")) + fmt.Sprintf(format, args...) + "\n"
	s.trace.Write([]byte(line))
	if s.c.Log != nil {
		io.WriteString(s.c.Log, line)
	}
}

// violated notes that something is wrong. Each text begins with the promise that is
// broken: an invariant (doc.go), a point of what the design says of sync (4.1, 4.3,
// 4.9), "file" for a damaged file, "fail" for a program that fails.
func (s *Sim) violated(format string, args ...any) {
	const enough = 20
	line := fmt.Sprintf(format, args...)
	s.note("VIOLATION %s", line)
	if len(s.result.Violations) < enough {
		s.result.Violations = append(s.result.Violations, line)
	}
}

// faulted counts a fault.
func (s *Sim) faulted(kind string) { s.result.Faults[kind]++ }

// odds says yes once in n times.
func (s *Sim) odds(n int) bool { return s.rnd.IntN(n) == 0 }

// pick returns one of a list.
func pick[T any](s *Sim, list []T) T { return list[s.rnd.IntN(len(list))] }

// pass lets true time pass, on every clock.
func (s *Sim) pass(d time.Duration) {
	d = d.Truncate(time.Millisecond)
	s.now = s.now.Add(d)
	s.srv.clock.Advance(d)
	for _, p := range s.pcs {
		p.clock.Advance(p.drifted(d))
	}
}

// settle ends the faults and waits until all agree: at most ten minutes.
func (s *Sim) settle(phase int) {
	s.calm = true
	s.note("phase %d ends", phase)
	s.restored()
	s.together(func() {})
	if s.c.Faults.Restore && len(s.result.Violations) == 0 {
		s.restoreServer(s.chosen())
	}
	s.check()
}

// together makes exchanges until all agree: at most ten minutes.
func (s *Sim) together(meanwhile func()) {
	const every, longest = 15 * time.Second, 10 * time.Minute
	var odd []string
	for waited := time.Duration(0); waited <= longest; waited += every {
		s.pass(every)
		meanwhile()
		for _, p := range s.pcs {
			p.exchange()
		}
		if odd = s.apart(); len(odd) == 0 {
			return
		}
	}
	for _, o := range odd {
		s.violated("I12: not settled after %s: %s", longest, o)
	}
}

// apart says what does not agree yet.
func (s *Sim) apart() (odd []string) {
	for _, p := range s.pcs {
		if no := p.apart(); no != "" {
			odd = append(odd, p.name+": "+no)
		}
	}
	return odd
}

// setUp makes the district and its counters.
func (s *Sim) setUp() error {
	var err error
	if s.zone, err = time.LoadLocation("Asia/Seoul"); err != nil {
		return err
	}
	if s.srv, err = s.newServer(); err != nil {
		return err
	}
	if err := s.town.setUp(s); err != nil {
		return err
	}
	for i := range s.c.Counters {
		store := stores[i%2]
		p, err := s.newPC(fmt.Sprintf("pc%d", i+1), store)
		if err != nil {
			return err
		}
		s.pcs = append(s.pcs, p)
		if err := p.enrol(); err != nil {
			return err
		}
		p.exchange()
	}
	return nil
}

func (s *Sim) close() {
	for _, p := range s.pcs {
		p.shut()
		_ = p.disk.Close()
	}
	if s.srv != nil {
		s.srv.shut()
		_ = s.srv.disk.Close()
	}
}

// disk makes a disk as the run wants them.
func (s *Sim) disk(of string) (*faultvfs.Disk, error) {
	mode := faultvfs.Fault
	if s.c.Plain {
		mode = faultvfs.Plain
	}
	return faultvfs.New(s.diskName(of), mode)
}

// powerless is how a disk comes back from a power cut: a plain one has all that was
// written.
func (s *Sim) powerless() *rand.Rand {
	if s.c.Plain {
		return nil
	}
	return s.rnd
}

// diskName names a disk's VFS; two runs side by side must differ in it.
func (s *Sim) diskName(of string) string {
	s.made++
	return fmt.Sprintf("sim-%s-%x-%d-%p", of, s.c.Seed, s.made, s)
}

// FaultKinds lists what may go wrong in a run, as it is counted.
func FaultKinds() []string {
	return []string{"request lost", "reply lost", "request repeated", "old request again", "reply truncated", "reply altered", "portal", "odd status",
		"partition", "newer server", "newer counter", "counter too new", "another store's rows asked for", "odd op",
		"counter killed", "counter power cut", "disk error", "log lost", "file lost", "file damaged", "journal damaged", "file put aside", "ops put back", "journal written anew",
		"disk restored", "disk cloned", "counter new", "clock set", "clock drifts",
		"server killed", "server power cut", "server disk error", "backup spoilt", "server restored", "store closed"}
}

// Block is the result as lines for people and scripts.
func (r Result) Block() string {
	total, faults := 0, []string{}
	for _, kind := range FaultKinds() {
		total += r.Faults[kind]
		faults = append(faults, fmt.Sprintf("%s %d", kind, r.Faults[kind]))
	}
	return fmt.Sprintf("sim: acts %d\nsim: ops %d, on the fault VFS %d\nsim: faults %d: %s\nsim: cells of the conflict table reached %d\nsim: violations %d\n",
		r.Acts, r.Ops, r.OnFault, total, strings.Join(faults, ", "), len(r.Cells), len(r.Violations))
}

// sorted lists counts by name.
func sorted(counts map[string]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%s %d", k, counts[k]))
	}
	return strings.Join(out, ", ")
}
