package day

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// killCycles is how often something is killed; make kill sets it.
var killCycles = flag.Int("kill.cycles", 20, "how often counters or their server are killed")

// killed lets a counter record an act and send it, with an end at some random moment
// for the counter, for the server, for both or for neither. shown is the op if the
// counter said that it has it, code 0 if it said that the server has it too.
func (d *day) killed(t *testing.T, c *counterAt, rnd *rand.Rand, span time.Duration) (shown opName, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), d.p.counter, "stock", late, "--add", "1", "--json", "--data", c.dir)
	var out bytes.Buffer
	cmd.Env, cmd.Stdout = d.p.env(), &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	who, at := rnd.IntN(4), time.Duration(rnd.Int64N(int64(span)))
	if who&1 != 0 {
		timer := time.AfterFunc(at, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
	}
	if who&2 != 0 {
		<-time.After(time.Duration(rnd.Int64N(int64(span))))
		if err := d.p.kill(); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Wait() // it says that it was killed, or that it waits for a server
	if who&2 != 0 {
		if err := d.p.start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var said struct {
		Op payback.OpRef `json:"op"`
	}
	if json.Unmarshal(out.Bytes(), &said) != nil {
		return shown, -1
	}
	return opName{said.Op.Run, said.Op.Wseq}, cmd.ProcessState.ExitCode()
}

// TestKilledProgramsLoseNothingBetweenThem kills counters and their server at random
// moments of acts, pushes, pulls and backups, -kill.cycles times. Whatever a counter
// said it has reaches the server, whatever it said the server has was there.
func TestKilledProgramsLoseNothingBetweenThem(t *testing.T) {
	build := os.Getenv("BOOKPAYBACK_BUILD")
	if build == "" {
		t.Skip("BOOKPAYBACK_BUILD does not name the built programs")
	}
	t.Setenv("BOOKPAYBACK_BACKUP_EVERY", "1s")
	t.Setenv("BOOKPAYBACK_BACKUP_KEEP", "2")
	d, err := newDay(Options{Server: filepath.Join(build, "syncserver"), Counter: filepath.Join(build, "counter"), Dir: t.TempDir(), Lang: "en", Out: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.p.stop() })
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	must(d.serverUp(ctx))
	must(d.enrolment(ctx))
	began := time.Now()
	must(d.verbs(ctx, d.a, "stock "+late+" --add 1"))
	span := time.Since(began) * 5 / 4
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	codes := map[opName]int{}
	began = time.Now()
	for n := range *killCycles {
		if name, code := d.killed(t, []*counterAt{d.a, d.b}[n%2], rnd, span); name.run != "" {
			codes[name] = code
		}
	}
	rate := float64(*killCycles) / time.Since(began).Seconds()
	for _, c := range []*counterAt{d.a, d.b} {
		_, err := c.do(ctx, []int{0}, "sync")
		must(err)
		must(d.empty(ctx, c))
		_, err = c.do(ctx, []int{0}, "verify")
		must(err)
	}
	_, err = d.p.admin(ctx, "verify")
	must(err)
	d.p.stop()
	there := opsOf(t, filepath.Join(d.p.dir, "server", "server.db"))
	lost, acked := 0, 0
	for name, code := range codes {
		if code == 0 {
			acked++
		}
		if _, ok := there[name]; !ok {
			lost++
			t.Errorf("op %s/%d was shown (exit code %d) and is not at the server", name.run, name.wseq, code)
		}
	}
	t.Logf("RESULT kill program=both seed=%d cycles=%d shown=%d acknowledged=%d lost=%d cycles_per_s=%.1f", seed, *killCycles, len(codes), acked, lost, rate)
}
