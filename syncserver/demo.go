package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/syncserver/simtest/day"
)

// demoVerb plays a day of a sample district with the real programs. At a terminal
// its server stays up and the first store's counter opens; without one it ends.
type demoVerb struct {
	Dir     string `help:"Empty folder for the demo's data (default: a new temporary one, deleted at the end)." type:"path" placeholder:"DIR"`
	Counter string `help:"The counter's program (default: counter, beside this one)." type:"path" placeholder:"FILE"`
	Once    bool   `help:"End when the day is over, also at a terminal."`
}

// Run plays the day, and opens the counter where somebody can use it.
func (v *demoVerb) Run(ctx context.Context, p *program) (err error) {
	self, err := os.Executable()
	if err != nil {
		return fault.Wrap("main.demo", err)
	}
	if v.Counter == "" {
		v.Counter = filepath.Join(filepath.Dir(self), "counter")
		if runtime.GOOS == "windows" {
			v.Counter += ".exe"
		}
	}
	if _, err := os.Stat(v.Counter); err != nil {
		return fault.New(fault.NotFound, "server.no_counter", "File", v.Counter).Because(err)
	}
	if v.Dir == "" {
		if v.Dir, err = os.MkdirTemp("", "bookpayback-demo-"); err != nil {
			return fault.New(fault.Unavailable, "fault.read_only").Because(err)
		}
		defer func() { _ = os.RemoveAll(v.Dir) }()
	} else if in, err := os.ReadDir(v.Dir); len(in) > 0 || err != nil && !errors.Is(err, os.ErrNotExist) {
		return fault.New(fault.Invalid, "server.demo_folder", "Folder", v.Dir)
	}
	played, err := day.Play(ctx, day.Options{Server: self, Counter: v.Counter, Dir: v.Dir, Lang: p.say.Lang(), Out: p.out})
	if err != nil {
		return fault.Wrap("main.demo", err)
	}
	defer played.Stop()
	if v.Once || !atTerminal() {
		return nil
	}
	p.tell("server.demo_running", "Address", played.Base, "Folder", played.Counter)
	p.tell("server.demo_accounts", "Address", played.Base, "Password", day.Password, "Card", played.Card, "Texts", played.Texts)
	p.tell("server.demo_enter")
	if !entered(ctx) {
		return nil
	}
	return v.openCounter(ctx, played)
}

// openCounter opens the first store's counter in this terminal, or its window, and
// waits until it is closed.
func (v *demoVerb) openCounter(ctx context.Context, played *day.Played) error {
	open := exec.CommandContext(ctx, v.Counter, "--data", played.Counter)
	open.Env = append(os.Environ(), played.Clock())
	open.Stdin, open.Stdout, open.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := open.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		return fault.New(fault.Unavailable, "server.demo_counter").Because(err)
	}
	return nil
}

// entered waits for Enter: the terminal's counter would cover what was just said.
// It is false when ctx ends first.
func entered(ctx context.Context) bool {
	line := make(chan struct{})
	go func() {
		var b [1]byte // byte by byte: what follows is the counter's
		for {
			if n, err := os.Stdin.Read(b[:]); err != nil || n == 1 && b[0] == '\n' {
				close(line)
				return
			}
		}
	}()
	select {
	case <-line:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// atTerminal says that somebody can see and type.
func atTerminal() bool {
	for _, f := range []*os.File{os.Stdin, os.Stdout} {
		if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
			return false
		}
	}
	return true
}
