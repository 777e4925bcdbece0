//go:build !cgo

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// terminal is a real terminal with the counter in it.
type terminal struct {
	t      *testing.T
	socket string
}

// newTerminal opens the counter in 80 by 24 cells.
func newTerminal(t *testing.T, dir string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &terminal{t: t, socket: filepath.Join(t.TempDir(), "tmux")}
	cmd := exec.CommandContext(t.Context(), "tmux", "-S", s.socket, "-u", "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24",
		"--", program, "terminal", "--data", dir)
	cmd.Env = counterEnv(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", s.socket, "kill-server").Run() }) // it is gone with its last session
	if !until(t, 20*time.Second, func() bool { return strings.Contains(s.screen(), "반포서점") }) {
		t.Fatalf("the counter does not come up:\n%s", s.screen())
	}
	return s
}

// do gives tmux commands, several at once.
func (s *terminal) do(args ...string) string {
	out, err := exec.CommandContext(s.t.Context(), "tmux", append([]string{"-S", s.socket}, args...)...).CombinedOutput()
	if err != nil {
		return "" // the session is over
	}
	return string(out)
}

func (s *terminal) screen() string { return s.do("capture-pane", "-p") }

// scan types a code at once and Enter after it, as a scanner does, then keys.
func (s *terminal) scan(code string, keys ...string) {
	args := []string{"send-keys", "-l", code, ";", "send-keys", "Enter"}
	for _, k := range keys {
		args = append(args, ";", "send-keys", k)
	}
	s.do(args...)
}

func TestThreeHundredScansInATerminalAreThreeHundredActs(t *testing.T) {
	dir := busyFolder(t, manyScans)
	s := newTerminal(t, dir)
	between := [][]string{nil, {"F3"}, {"F1"}, {"F1"}, {"F4"}, {"Down", "Up"}, {"F7"}, {"F12"}, {"Escape"}, {"F2"}, {"Left"}, {"F5"}}
	began := time.Now()
	for i := range manyScans {
		keys := between[i%len(between)]
		if i%3 != 0 {
			keys = nil // several in a row, too
		}
		s.scan(isbnOf(i), keys...)
	}
	typed := time.Since(began)
	until(t, 60*time.Second, func() bool { return len(own(t, dir)) >= manyScans })
	s.do("send-keys", "C-q")
	if !until(t, 5*time.Second, func() bool { return strings.Contains(s.screen(), "닫을까요") }) {
		t.Errorf("it does not ask whether to close:\n%s", s.screen())
	}
	s.do("send-keys", "1")
	if !until(t, 10*time.Second, func() bool { return s.screen() == "" }) {
		t.Errorf("it does not close:\n%s", s.screen())
	}
	t.Logf("typed in %v", typed.Round(time.Millisecond))
	wantEachOnce(t, dir, manyScans)
}
