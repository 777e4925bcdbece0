// Command syncserver is BookPayback's server: the ledger, the devices' interface,
// the residents' site and the console, over one database.
//
// This package wires the parts and holds no rule.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // a machine without zone files must still know the district's days

	"github.com/alecthomas/kong"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/command"
	"github.com/bookpayback/bookpayback/shared/fault"
)

// version is what the program says of itself; a build sets it to its tag.
var version = "0.1.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// program is one start of the server's program.
type program struct {
	settings
	say       *assets.Speaker
	shift     time.Duration // of BOOKPAYBACK_CLOCK
	log       *slog.Logger
	out, news io.Writer
}

// run does what the arguments ask for and returns the exit code.
func run(ctx context.Context, args []string, out, news io.Writer) (code int) {
	p := &program{say: assets.NewSpeaker(command.Language(args, os.Getenv, command.Locale(os.Getenv))), out: out, news: news}
	face := command.Command{Name: "syncserver", Text: p.say.Say("server.about", nil), Without: []int{fault.ExitWaiting}, // a counter's alone
		Say: p.say, Out: out, News: news}
	refuse := func(problem string) { p.complain(fault.New(fault.Invalid, "server.usage", "Problem", problem)) }
	return face.Run(&p.settings, args, refuse, func(asked *kong.Context) int {
		p.log = slog.New(slog.NewTextHandler(news, &slog.HandlerOptions{Level: level(p.Log)}))
		var err error
		if p.shift, err = command.ClockShift(os.Getenv(command.ClockVariable)); err == nil {
			asked.BindTo(ctx, (*context.Context)(nil))
			err = asked.Run(p)
		}
		if err != nil {
			p.complain(err)
		}
		return fault.ExitOf(err)
	})
}

// tell prints a sentence to the output.
func (p *program) tell(key string, args ...string) {
	fmt.Fprintln(p.out, p.say.Say(key, pairs(args)))
}

// warn prints a sentence beside the output.
func (p *program) warn(key string, args ...string) {
	fmt.Fprintln(p.news, p.say.Say(key, pairs(args)))
}

// inJSON prints a value for scripts.
func (p *program) inJSON(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetIndent("", "  ")
	return fault.Wrap("main.inJSON", enc.Encode(v))
}

// complain says an error to a person: its sentence, never what is inside. Of our
// own mistakes, and of what a machine lacks, operators read the chain besides.
func (p *program) complain(err error) {
	key, sentence := command.Sentence(p.say, err)
	code := fault.CodeOf(err)
	fmt.Fprintln(p.news, "syncserver: "+sentence)
	if p.JSON {
		failed := map[string]any{"error": map[string]any{"code": code, "key": key, "sentence": sentence}}
		if json.NewEncoder(p.out).Encode(failed) != nil {
			return // nobody reads
		}
	}
	if code == fault.Internal || code == fault.Unavailable {
		fmt.Fprintln(p.news, err)
	}
}

// pairs makes arguments of names and values.
func pairs(list []string) map[string]string {
	args := make(map[string]string, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		args[list[i]] = list[i+1]
	}
	return args
}
