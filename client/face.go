package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/sound"
	"github.com/bookpayback/bookpayback/client/term"
)

// The names of the faces, as the officer's list of PCs shows them.
const (
	faceDesktop  = "desktop"
	faceTerminal = "terminal"
	faceVerb     = "verb"
)

// face is all that a face is given: it draws, and decides nothing.
type face struct {
	desk  *counter.Desk
	say   *assets.Speaker
	news  <-chan struct{}      // the exchange changed something: hand Event{News: true} to the desk
	other <-chan counter.Event // from beside the keyboard
	play  func(counter.Sound)  // nil where nothing can be heard
	now   func() time.Time     // paces of keys are measured by it
	dir   string               // data folder, for what a face remembers of itself
	full  bool                 // desktop: the window fills the screen
	ascii bool                 // terminal: no character beyond ASCII
}

// errNoWindow is the error of a desktop that can't open on this machine.
var errNoWindow = errors.New("no window can be opened here")

// goodbye is how long a face waits at its end for the server to take rights back.
const goodbye = 3 * time.Second

// runFace opens the data folder and shows a face on it until it is closed; beside
// it, acts are exchanged with the server.
func (p *program) runFace(ctx context.Context, name string, ascii bool) error {
	log, done := faceLog(p.dir, name)
	defer done()
	p.log = log
	if over, err := p.starts(log); over {
		return err
	}
	f, err := openFolder(ctx, p.dir, use{face: name, create: p.defaulted, shift: p.shift, log: log})
	told := p.opened(err, log)
	if err != nil {
		return err
	}
	p.warn(f)
	err = p.withDevices(ctx, f, name, ascii, told)
	if err == nil {
		farewell(ctx, f, log)
	}
	err = errors.Join(err, f.close())
	if err == nil && p.again {
		return p.restart()
	}
	return err
}

// withDevices makes the desk with its devices, and shows it.
func (p *program) withDevices(ctx context.Context, f *folder, name string, ascii bool, told string) error {
	around, forced, err := p.newDevices(ctx, f)
	if err != nil {
		return err
	}
	kick, news := make(chan struct{}, 1), make(chan struct{}, 1)
	env := counter.DeskEnv{Words: p.say, Demo: f.shifted, News: cmp.Or(f.news(p.say), told), Export: f.export, Forced: forced, Print: around.print, Use: around.use,
		Kick: func() { nudge(kick) }, Wake: func() { nudge(news) }}
	shown := face{say: p.say, news: news, other: around.events, now: time.Now, dir: p.dir, ascii: ascii, full: p.full}
	if sound.Playable() { // else the terminal rings its bell
		shown.play = func(s counter.Sound) { around.tones.Play(sound.Tone(s)) }
		env.Hear = around.hear
	}
	around.desk = counter.NewDesk(f.counter, env)
	shown.desk = around.desk
	return p.showAndExchange(ctx, f, shown, around, name, kick, news)
}

// showAndExchange runs the face, its devices and the exchange until the face ends.
func (p *program) showAndExchange(ctx context.Context, f *folder, shown face, around *devices, name string, kick <-chan struct{}, news chan<- struct{}) error {
	ctx, cancel := context.WithCancel(ctx)
	var beside errgroup.Group
	beside.Go(func() error { return f.syncer.Run(ctx, kick, news) })
	around.run(ctx, &beside)
	beside.Go(func() error { return p.keepUpdated(ctx, f, shown.desk, p.log, cancel) })
	show := showTerminal
	if name == faceDesktop {
		show = showDesktop
	}
	err := show(ctx, shown)
	cancel()
	return errors.Join(err, beside.Wait())
}

// showTerminal shows the terminal face until the clerk leaves.
func showTerminal(ctx context.Context, f face) error {
	return term.Run(ctx, f.desk, term.Options{Words: term.WordsOf(f.say), Now: f.now, News: f.news, Play: f.play, Other: f.other, ASCII: f.ascii || !utf8Locale()})
}

// farewell hands the rights to pay refunds back, if the server is there at once.
// It goes on after a signal, so that closing a session counts as a clean exit.
func farewell(ctx context.Context, f *folder, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	n, err := f.syncer.HandBack(ctx)
	if err != nil {
		log.Warn("rights not handed back", "error", err)
		return
	}
	log.Info("rights handed back", "count", n)
}

// The log of a face lies in the data folder, since its screen is taken. It holds no
// personal data.
const (
	logName    = "counter.log"
	maxLogSize = 1 << 20
)

// faceLog opens the log; a large one is put aside, so that two are kept at most.
// Without a place to write, a face goes on without a log.
func faceLog(dir, name string) (log *slog.Logger, done func()) {
	quiet := slog.New(slog.DiscardHandler)
	path := filepath.Join(dir, logName)
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxLogSize && os.Rename(path, path+".1") != nil {
		return quiet, func() {}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return quiet, func() {}
	}
	log = slog.New(slog.NewTextHandler(file, nil)).With("face", name)
	return log, func() { file.Close() }
}

// nudge lets whoever listens know, once for all calls since it last did.
func nudge(bell chan<- struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}
