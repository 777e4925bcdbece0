package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/syncserver/simtest/day"
)

// demoVerb plays a day of a sample district with the real programs and leaves its
// server running.
type demoVerb struct {
	Dir     string `help:"Empty folder for the demo's data (default: a new temporary one, deleted at the end)." type:"path" placeholder:"DIR"`
	Counter string `help:"The counter's program (default: counter, beside this one)." type:"path" placeholder:"FILE"`
	Once    bool   `help:"End when the day is over."`
}

// Run plays the day and waits for an interrupt.
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
	}
	played, err := day.Play(ctx, day.Options{Server: self, Counter: v.Counter, Dir: v.Dir, Lang: p.say.Lang(), Out: p.out})
	if err != nil {
		return fault.Wrap("main.demo", err)
	}
	defer played.Stop()
	p.tell("server.demo_running", "Address", played.Base, "Folder", played.Counter)
	if !v.Once {
		<-ctx.Done()
	}
	return nil
}
