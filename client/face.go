package main

import (
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
	"github.com/bookpayback/bookpayback/client/wand"
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
	f, err := openFolder(ctx, p.dir, use{face: name, create: p.defaulted, shift: p.shift, log: log})
	if err != nil {
		return err
	}
	p.warn(f)
	kick, news := make(chan struct{}, 1), make(chan struct{}, 1)
	desk := counter.NewDesk(f.counter, counter.DeskEnv{Words: p.say, Demo: f.shifted, News: f.news(p.say), Export: f.export, Kick: func() {
		select {
		case kick <- struct{}{}:
		default:
		}
	}})
	err = p.showAndExchange(ctx, f, face{desk: desk, say: p.say, news: news, now: time.Now, dir: p.dir, ascii: ascii}, name, kick, news)
	if err == nil {
		farewell(ctx, f, log)
	}
	return errors.Join(err, f.close())
}

// showAndExchange runs the face and the exchange until the face ends.
func (p *program) showAndExchange(ctx context.Context, f *folder, shown face, name string, kick <-chan struct{}, news chan<- struct{}) error {
	ctx, cancel := context.WithCancel(ctx)
	var beside errgroup.Group
	beside.Go(func() error { return f.syncer.Run(ctx, kick, news) })
	tones := sound.NewPlayer(float64(p.Volume) / 100)
	beside.Go(func() error { tones.Run(ctx); return nil })
	if sound.Playable() { // else the terminal rings its bell
		shown.play = func(s counter.Sound) { tones.Play(sound.Tone(s)) }
	}
	other := make(chan counter.Event, 16)
	shown.other = other
	if p.Scanner != "" {
		port, err := wand.Parse(p.Scanner)
		if err != nil {
			cancel()
			return errors.Join(err, beside.Wait())
		}
		beside.Go(func() error { p.listen(ctx, port, other); return nil })
	}
	show := showTerminal
	if name == faceDesktop {
		show = showDesktop
	}
	err := show(ctx, shown)
	cancel()
	return errors.Join(err, beside.Wait())
}

// listen hands over what a serial scanner reads, and says when it is lost.
func (p *program) listen(ctx context.Context, port wand.Port, to chan<- counter.Event) {
	send := func(e counter.Event) {
		select {
		case to <- e:
		case <-ctx.Done():
		}
	}
	lost := false
	begun := time.Now()
	r := wand.Reader{Port: port, Now: func() int64 { return time.Since(begun).Milliseconds() }, Pause: pause,
		Scan: func(text string) { send(counter.Event{Scan: text}) },
		State: func(err error) {
			if err != nil && !lost { // once, however long it is away
				send(counter.Event{Notice: counter.Trouble(p.say, err)})
			}
			lost = err != nil
		}}
	r.Run(ctx)
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	return ctx.Err()
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
