// Command counter is what a bookstore's clerk works with: a desktop window where
// there is a display, else the same screens in the terminal, and verbs for scripts.
// All work without a network, on one data folder.
//
// This package wires the parts and holds no rule.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // a PC without zone files must still know the district's days

	"github.com/alecthomas/kong"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/term"
	"github.com/bookpayback/bookpayback/shared/command"
	"github.com/bookpayback/bookpayback/shared/fault"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// program is one start of the counter.
type program struct {
	settings
	say       *assets.Speaker
	dir       string
	defaulted bool // no data folder was named
	shift     time.Duration
	full      bool         // the window fills the screen
	again     bool         // a newer program is there: it starts when this one has closed
	log       *slog.Logger // of a face
	out, err  io.Writer
}

// run does what the arguments ask for and returns the exit code.
func run(ctx context.Context, args []string, out, news io.Writer) (code int) {
	p := &program{say: assets.NewSpeaker(command.Language(args, os.Getenv, systemLanguage())), out: out, err: news}
	face := command.Command{Name: "counter", Text: p.say.Say("main.about", nil), Vars: map[string]string{"data": defaultData()},
		Say: p.say, Out: out, News: news}
	refuse := func(problem string) { p.complain(fault.New(fault.Invalid, "main.usage", "Problem", problem)) }
	return face.Run(&p.settings, args, refuse, func(asked *kong.Context) (code int) {
		if p.dir, p.defaulted = p.Data, p.Data == ""; p.defaulted {
			p.dir = defaultData()
		}
		var err error
		if p.shift, err = command.ClockShift(os.Getenv(command.ClockVariable)); err != nil {
			return p.exit(err)
		}
		return p.do(ctx, asked)
	})
}

// do runs the verb or opens a face, and returns the exit code.
func (p *program) do(ctx context.Context, asked *kong.Context) int {
	switch asked.Command() {
	case "open":
		return p.exit(p.open(ctx))
	case "terminal":
		return p.exit(p.runFace(ctx, faceTerminal, p.Terminal.ASCII))
	case "update":
		return p.exit(p.update(ctx))
	case "training":
		return p.exit(p.train(ctx))
	case "version":
		_, err := fmt.Fprintln(p.out, appName, version)
		return p.exit(err)
	}
	return p.verb(ctx, asked)
}

// open opens the desktop, or the terminal where no window can be opened.
func (p *program) open(ctx context.Context) error {
	if !canShowDesktop() {
		return p.runFace(ctx, faceTerminal, false)
	}
	err := p.runFace(ctx, faceDesktop, false)
	if errors.Is(err, errNoWindow) {
		return p.runFace(ctx, faceTerminal, false)
	}
	return err
}

// verb runs a verb, which opens the data folder if it needs one.
func (p *program) verb(ctx context.Context, asked *kong.Context) int {
	var f *folder
	call := &term.Call{Ctx: ctx, Words: p.say, Common: p.Common, JSON: p.JSON, Out: p.out, Err: p.err}
	call.Open = func(ctx context.Context) (parts *term.Parts, err error) {
		log := slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelError}))
		f, err = openFolder(ctx, p.dir, use{face: faceVerb, create: asked.Command() == "enrol", shift: p.shift, log: log})
		if err != nil {
			return nil, err
		}
		p.warn(f)
		return &term.Parts{Counter: f.counter, Sync: f.syncer, Print: func(ctx context.Context, made counter.Paper, file string) error {
			return p.printNow(ctx, f, made.Sheet, file)
		}, Check: f.check(p.say)}, nil
	}
	err := asked.Run(call)
	if f != nil {
		err = errors.Join(err, f.close())
	}
	return call.Finish(err)
}

// warn says what was mended, and that a shifted clock was asked for where none
// counts.
func (p *program) warn(f *folder) {
	if news := f.news(p.say); news != "" {
		fmt.Fprintln(p.err, news)
	}
	if f.ignored {
		fmt.Fprintln(p.err, p.say.Say("main.clock_ignored", nil))
	}
}

// exit says what went wrong and returns the exit code.
func (p *program) exit(err error) int {
	if err == nil {
		return fault.ExitDone
	}
	p.complain(err)
	return fault.ExitOf(err)
}

// complain says an error to a person: its sentence, never what is inside. With
// --json it is a value that holds the code and key too. What our own mistakes are
// like, operators read besides.
func (p *program) complain(err error) {
	_, sentence := command.Sentence(p.say, err)
	if p.JSON {
		_ = json.NewEncoder(p.err).Encode(map[string]any{"error": fault.As(err), "text": sentence}) // nothing is left to tell it to
		return
	}
	fmt.Fprintln(p.err, sentence)
	if fault.CodeOf(err) == fault.Internal {
		fmt.Fprintln(p.err, err)
	}
}
