package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"flag"
	mrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/client/syncer"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// killCycles is how often a counter is killed; make kill sets it.
var killCycles = flag.Int("kill.cycles", 0, "how often a counter is killed; 0 = not at all")

// TestKilledCounterKeepsEveryActThatItShowed builds the counter and kills it -9 at
// random times, -kill.cycles times: whatever a verb had printed is there
// afterwards, in the file and in the journal.
func TestKilledCounterKeepsEveryActThatItShowed(t *testing.T) {
	if *killCycles < 1 {
		t.Skip("long: make kill CYCLES=100")
	}
	rounds := *killCycles + 2 // the first and the last are left alone
	program := filepath.Join(t.TempDir(), "counter")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	dir := enrolledFolder(t)
	whole := time.Duration(0)
	shown := map[payback.OpRef]bool{}
	killed := 0
	loop := time.Now()
	for n := range rounds {
		act := exec.CommandContext(t.Context(), program, "--data", dir, "--json", "stock", "9791161571188", "--add", "1")
		var out, news bytes.Buffer
		act.Stdout, act.Stderr = &out, &news
		began := time.Now()
		if err := act.Start(); err != nil {
			t.Fatal(err)
		}
		if n > 0 && n < rounds-1 {
			timer := time.AfterFunc(time.Duration(mrand.Int64N(int64(whole*5/4))), func() { act.Process.Kill() })
			if act.Wait() != nil && act.ProcessState.ExitCode() < 0 {
				killed++
			}
			timer.Stop()
		} else {
			act.Wait()
			whole = time.Since(began)
			if out.Len() == 0 {
				t.Fatalf("round %d: %s", n, news.String())
			}
		}
		var said struct {
			Op payback.OpRef `json:"op"`
		}
		if json.Unmarshal(out.Bytes(), &said) == nil && said.Op.Run != "" {
			shown[said.Op] = true
		}
	}
	rate := float64(rounds) / time.Since(loop).Seconds()
	lost := wantShown(t, dir, shown)
	t.Logf("RESULT kill program=counter cycles=%d killed=%d acknowledged=%d lost=%d cycles_per_s=%.1f a_start_and_an_act=%v",
		*killCycles, killed, len(shown), lost, rate, whole.Round(time.Millisecond))
}

// enrolledFolder returns a data folder with a key and an enrolment.
func enrolledFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	f, err := openFolder(t.Context(), dir, use{face: faceVerb, create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	key, _, err := ring(dir).Key(syncer.KeyName, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.db.SetEnrolment(t.Context(), db.Enrolment{Device: payback.DeviceID(key.Fingerprint()), Store: "s01", District: "seocho",
		Server: "https://localhost:1", Epoch: "e1"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// wantShown looks for each act in the file, and once more after the file is gone; it
// returns how many are not there.
func wantShown(t *testing.T, dir string, shown map[payback.OpRef]bool) (missing int) {
	t.Helper()
	for _, gone := range []bool{false, true} {
		if gone {
			if err := os.Remove(filepath.Join(dir, db.FileName)); err != nil {
				t.Fatal(err)
			}
		}
		f, err := openFolder(t.Context(), dir, use{face: faceVerb})
		if err != nil {
			t.Fatal(err)
		}
		for ref := range shown {
			if a, err := f.db.Act(t.Context(), ref.Run, ref.Wseq); err != nil || a == nil {
				t.Errorf("%s/%d was shown and is lost (file gone: %v): %v", ref.Run, ref.Wseq, gone, err)
				missing++
			}
		}
		v, err := f.db.Verify(t.Context())
		if err != nil || len(v.Wrong) > 0 {
			t.Errorf("verify: %v, %v", v.Wrong, err)
		}
		if err := f.close(); err != nil {
			t.Fatal(err)
		}
	}
	return missing
}
