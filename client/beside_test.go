package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// TestVerbsBesideAnOpenFaceLoseAndDoubleNothing runs 200 verbs, real programs, four
// at a time, beside a face that holds the folder and acts all the while: all are ops
// of the face's own run, each follows the one before, and each is there once.
func TestVerbsBesideAnOpenFaceLoseAndDoubleNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and runs it 200 times")
	}
	const verbs, workers, title = 200, 4, "9791161571188"
	program := filepath.Join(t.TempDir(), "counter")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	dir := enrolledFolder(t)
	face, err := openFolder(t.Context(), dir, use{face: faceTerminal})
	if err != nil {
		t.Fatal(err)
	}

	var mu sync.Mutex
	shown := map[payback.OpRef]bool{}
	note := func(op payback.OpRef) {
		mu.Lock()
		defer mu.Unlock()
		if shown[op] {
			t.Errorf("op %+v was told twice", op)
		}
		shown[op] = true
	}
	turn := make(chan struct{})
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range verbs / workers {
				act := exec.CommandContext(t.Context(), program, "--data", dir, "--json", "stock", title, "--add", "1", "--wait", "0s")
				out, _ := act.Output()
				var said struct {
					Op payback.OpRef `json:"op"`
				}
				if json.Unmarshal(out, &said) != nil || said.Op.Run == "" {
					t.Errorf("a verb said %q", out)
					continue
				}
				note(said.Op)
				turn <- struct{}{}
			}
		})
	}
	go func() { all.Wait(); close(turn) }()
	acts := 0
	for range turn { // the other workers' verbs go on meanwhile
		made, err := face.counter.CountStock(t.Context(), title, 1, true, counter.SourceReceive)
		if err != nil || !made.OK() {
			t.Errorf("the face's act: %+v, %v", made, err)
			continue
		}
		note(made.Ref)
		acts++
	}
	if len(shown) != verbs+acts {
		t.Errorf("%d ops were told, want %d verbs and %d acts of the face", len(shown), verbs, acts)
	}
	wantOneRun(t, face, shown)
	if err := face.close(); err != nil {
		t.Fatal(err)
	}
	if n := wantShown(t, dir, shown); n > 0 {
		t.Errorf("%d of %d are gone", n, len(shown))
	}
}

// wantOneRun finds that what waits is one unbroken run of exactly these ops.
func wantOneRun(t *testing.T, f *folder, shown map[payback.OpRef]bool) {
	t.Helper()
	acts, err := f.db.Own(context.Background(), 1<<20, 0)
	if err != nil || len(acts) != len(shown) {
		t.Fatalf("%d ops are kept, %v; %d were told", len(acts), err, len(shown))
	}
	var before syncproto.Hash
	for i := range acts {
		a := acts[len(acts)-1-i]
		e, err := syncproto.Decode(a.Raw)
		if err != nil || e.Run != acts[0].Ref.Run || e.Wseq != uint64(i+1) || (i > 0 && e.Prev != before) {
			t.Fatalf("op %d is %s/%d after %v: %v", i+1, e.Run, e.Wseq, fmt.Sprintf("%x", e.Prev[:4]), err)
		}
		before = syncproto.HashOf(a.Raw)
	}
}
