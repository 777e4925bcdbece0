package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/print"
	"github.com/bookpayback/bookpayback/client/sound"
	"github.com/bookpayback/bookpayback/client/wand"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/paper"
)

// devices are what stands around a counter: printers, a loudspeaker, a scanner on a
// serial port. They are set by flags or variables, else by the settings that are kept
// in the data folder.
type devices struct {
	p      *program
	f      *folder
	desk   *counter.Desk
	tones  *sound.Player
	queue  *print.Queue
	port   string             // of the scanner at the start
	ports  chan string        // another one
	events chan counter.Event // for the face
	ctx    context.Context    // of the face, while it runs
}

// The names of settings that can be given at the start.
const (
	setSlip    = "slip"
	setPage    = "page"
	setScanner = "scanner"
	setVolume  = "volume"
	setLang    = "lang"
)

// inForce lays what was given at the start over the settings that are kept, and
// says which those are.
func (p *program) inForce(s counter.Settings) (counter.Settings, map[string]bool) {
	forced := map[string]bool{}
	text := func(name, given string, to *string) {
		if given != "" {
			*to, forced[name] = given, true
		}
	}
	text(setSlip, p.SlipPrinter, &s.Slip)
	text(setPage, p.PagePrinter, &s.Page)
	text(setScanner, p.Scanner, &s.Scanner)
	text(setLang, p.Lang, &s.Lang)
	if p.Volume != nil {
		s.Volume, forced[setVolume] = *p.Volume, true
	}
	return s, forced
}

// newDevices makes the devices of a face; the scanner's port must be readable. It
// also lets the program speak the language that is set.
func (p *program) newDevices(ctx context.Context, f *folder) (*devices, map[string]bool, error) {
	kept, err := f.counter.Settings(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, forced := p.inForce(kept)
	if err := readable(counter.Settings{Scanner: s.Scanner}); err != nil {
		return nil, nil, err
	}
	if s.Lang != "" && s.Lang != p.say.Lang() {
		p.say = assets.NewSpeaker(s.Lang)
	}
	p.full = s.Full
	d := &devices{p: p, f: f, port: s.Scanner, ports: make(chan string, 1), events: make(chan counter.Event, 16), tones: sound.NewPlayer(float64(s.Volume) / 100)}
	d.queue = print.NewQueue(time.Now, d.printed)
	return d, forced, nil
}

// readable says whether the printers and the port of settings can be read.
func readable(s counter.Settings) error {
	for _, printer := range []string{s.Slip, s.Page} {
		if printer == "" {
			continue
		}
		if _, err := print.Parse(printer); err != nil {
			return err
		}
	}
	if s.Scanner == "" {
		return nil
	}
	_, err := wand.Parse(s.Scanner)
	return err
}

// run serves the devices until ctx ends.
func (d *devices) run(ctx context.Context, beside *errgroup.Group) {
	d.ctx = ctx
	beside.Go(func() error { d.tones.Run(ctx); return nil })
	beside.Go(func() error { d.queue.Run(ctx); return nil })
	beside.Go(func() error { d.listen(ctx); return nil })
}

// use puts changed settings to use; those that can't be read are refused.
func (d *devices) use(s counter.Settings) error {
	if err := readable(s); err != nil {
		return err
	}
	s, _ = d.p.inForce(s)
	d.tones.SetVolume(float64(s.Volume) / 100)
	select { // only the newest counts
	case <-d.ports:
	default:
	}
	d.ports <- s.Scanner
	return nil
}

// print hands a paper to the printer that it is for.
func (d *devices) print(p counter.Paper) error {
	printer, err := d.p.printerFor(d.ctx, d.f, &p.Sheet)
	if err != nil {
		return err
	}
	return d.queue.Print(print.Job{ID: p.ID, Printer: printer, Sheet: p.Sheet})
}

// printerFor returns the setting of the printer for a sheet, which gets its size.
func (p *program) printerFor(ctx context.Context, f *folder, sheet *paper.Sheet) (string, error) {
	kept, err := f.counter.Settings(ctx)
	if err != nil {
		return "", err
	}
	s, _ := p.inForce(kept)
	var printer string
	printer, sheet.Size = counter.PrinterFor(s, sheet.Size)
	return printer, nil
}

// printed hears from the queue how a job ended.
func (d *devices) printed(j print.Job, err error) {
	if notice := d.desk.Printed(context.WithoutCancel(d.ctx), counter.Paper{ID: j.ID, Sheet: j.Sheet}, err); notice != "" {
		d.send(d.ctx, counter.Event{Notice: notice})
	}
}

func (d *devices) send(ctx context.Context, e counter.Event) {
	select {
	case d.events <- e:
	case <-ctx.Done():
	}
}

// hear plays all tones, one after the other.
func (d *devices) hear() {
	go func(ctx context.Context) {
		for _, t := range []sound.Tone{sound.Done, sound.Look, sound.Not, sound.New} {
			d.tones.Play(t)
			if pause(ctx, 1200*time.Millisecond) != nil {
				return
			}
		}
	}(d.ctx)
}

// listen reads the scanner's port, and another one when that is set.
func (d *devices) listen(ctx context.Context) {
	for port := d.port; ; {
		reading, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if at, err := wand.Parse(port); port != "" && err == nil {
				d.read(reading, at)
			}
		}()
		for next := port; next == port; {
			select {
			case <-ctx.Done():
				stop()
				<-ended
				return
			case next = <-d.ports:
			}
			if next != port {
				stop()
				<-ended
				port = next
				break
			}
		}
	}
}

// read hands over what the scanner reads, and says when it is lost.
func (d *devices) read(ctx context.Context, port wand.Port) {
	lost := false
	begun := time.Now()
	r := wand.Reader{Port: port, Now: func() int64 { return time.Since(begun).Milliseconds() }, Pause: pause,
		Scan: func(text string) { d.send(ctx, counter.Event{Scan: text}) },
		State: func(err error) {
			if err != nil && !lost { // once, however long it is away
				d.send(ctx, counter.Event{Notice: counter.Trouble(d.p.say, err)})
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

// printNow prints a paper, or writes it into a file, and returns when that is done.
func (p *program) printNow(ctx context.Context, f *folder, sheet paper.Sheet, file string) error {
	if file != "" {
		return writePDF(file, sheet)
	}
	setting, err := p.printerFor(ctx, f, &sheet)
	if err != nil {
		return err
	}
	printer, err := print.Parse(setting)
	if err != nil {
		return err
	}
	return printer.Print(ctx, sheet, time.Now())
}

// writePDF writes a sheet as a file, which appears whole or not at all.
func writePDF(file string, sheet paper.Sheet) error {
	out, err := os.CreateTemp(filepath.Dir(file), ".paper-*.pdf")
	if err != nil {
		return fault.New(fault.Invalid, "main.no_file", "File", file).Because(err)
	}
	defer os.Remove(out.Name()) // gone already where all went well
	err = paper.PDF(out, sheet, time.Now())
	if e := out.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(out.Name(), file)
	}
	if err != nil {
		return fault.New(fault.Invalid, "main.no_file", "File", file).Because(err)
	}
	return nil
}
