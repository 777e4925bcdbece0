//go:build cgo

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// newWindow opens the counter's window on the display and returns when it is there.
func newWindow(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	if os.Getenv("DISPLAY") == "" {
		t.Skip("no display")
	}
	if _, err := exec.LookPath("xdotool"); err != nil {
		t.Skip("no xdotool")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "--data", dir)
	cmd.Env = counterEnv(t)
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := fmt.Sprint(cmd.Process.Pid)
	if !until(t, 20*time.Second, func() bool {
		out, err := exec.CommandContext(t.Context(), "xdotool", "search", "--onlyvisible", "--pid", pid).Output()
		return err == nil && len(bytes.TrimSpace(out)) > 0
	}) {
		t.Fatal("no window")
	}
	return cmd
}

// xdotool carries a script of its commands out.
func xdotool(t *testing.T, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "xdotool", "-")
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v %s", err, out)
	}
}

// TestThreeHundredScansIntoAWindowAreThreeHundredActs types 300 codes at 2 ms a key,
// while the key list and tabs come and go.
func TestThreeHundredScansIntoAWindowAreThreeHundredActs(t *testing.T) {
	dir := busyFolder(t, manyScans)
	window := newWindow(t, dir)
	between := []string{"", "F3", "F1", "F1", "F4", "Down", "F7", "F12", "Escape", "F2", "ctrl+2", "F5"}
	var script strings.Builder
	for i := range manyScans {
		fmt.Fprintf(&script, "type --delay 2 %s\nkey --delay 2 Return\n", isbnOf(i))
		if key := between[i%len(between)]; i%3 == 0 && key != "" {
			fmt.Fprintf(&script, "key --delay 2 %s\n", key)
		}
	}
	began := time.Now()
	xdotool(t, script.String())
	typed := time.Since(began)
	until(t, 60*time.Second, func() bool { return len(own(t, dir)) >= manyScans })
	t.Logf("typed in %v, recorded after %v", typed.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	closed := make(chan error, 1)
	go func() { closed <- window.Wait() }()
	over := until(t, 10*time.Second, func() bool {
		select {
		case err := <-closed:
			if err != nil {
				t.Errorf("the counter ended with %v", err)
			}
			return true
		default:
			_ = exec.CommandContext(t.Context(), "xdotool", "key", "ctrl+q", "sleep", "0.3", "key", "1").Run() // it may just have closed
			return false
		}
	})
	if !over {
		t.Error("it does not close")
	}
	wantEachOnce(t, dir, manyScans)
}
