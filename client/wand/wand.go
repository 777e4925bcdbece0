// Package wand reads a scanner behind a serial (COM) port, a second source of scans
// beside the keyboard. Such a scanner needs no focus and no keyboard layout: neither
// another window in front nor the Korean input method can get between it and the
// counter.
package wand

import (
	"context"
	"strconv"
	"strings"
	"time"

	"go.bug.st/serial"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// The keys of what a clerk is told.
const (
	KeyBadPort = "wand.bad_port" // the setting can't be read; args Text
	KeyLost    = "wand.lost"     // the scanner is unplugged, or another program has it; args Port
)

// defaultBaud is what scanners leave the factory with; USB ones ignore it.
const defaultBaud = 9600

// silence after which what came is a whole code, for scanners that send no Enter.
const silence = 120 * time.Millisecond

// Backoff of opening a port again.
const (
	firstPause = time.Second
	lastPause  = 10 * time.Second
)

// Port is where the scanner is: COM3, /dev/ttyACM0.
type Port struct {
	Name string
	Baud int
}

// Parse reads a setting: a port's name, and after a comma its speed in baud (300 to
// 921600). Errors: KeyBadPort.
func Parse(setting string) (Port, error) {
	name, speed, given := strings.Cut(setting, ",")
	p := Port{Name: name, Baud: defaultBaud}
	var err error
	if given {
		p.Baud, err = strconv.Atoi(speed)
	}
	if err != nil || name == "" || len(setting) > 200 || p.Baud < 300 || p.Baud > 921_600 {
		return Port{}, fault.New(fault.Invalid, KeyBadPort, "Text", setting)
	}
	return p, nil
}

// Reader reads one port for as long as a face is open.
type Reader struct {
	Port  Port
	Now   func() int64                                     // ms of a steady clock
	Pause func(ctx context.Context, d time.Duration) error // waits for d or the end of ctx
	Scan  func(text string)                                // hears each code, from Run's goroutine
	State func(err error)                                  // hears nil when the port is open, a fault when it is lost
}

// Run reads until ctx ends. A scanner that is pulled out is waited for.
func (r *Reader) Run(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		port, err := serial.Open(r.Port.Name, &serial.Mode{BaudRate: r.Port.Baud})
		if err == nil {
			r.State(nil)
			pause = firstPause
			r.read(ctx, port)
		}
		if ctx.Err() != nil {
			return
		}
		r.State(fault.New(fault.Unavailable, KeyLost, "Port", r.Port.Name).Because(err))
		if r.Pause(ctx, pause) != nil {
			return
		}
		pause = min(2*pause, lastPause)
	}
}

// read hands codes over until the port fails or ctx ends.
func (r *Reader) read(ctx context.Context, port serial.Port) {
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-ctx.Done():
		case <-over:
		}
		_ = port.Close() // ends a read that waits
	}()
	if port.SetReadTimeout(silence) != nil {
		return
	}
	var text strings.Builder
	chunk := make([]byte, 256)
	for {
		n, err := port.Read(chunk)
		for _, b := range chunk[:n] {
			if b == '\r' || b == '\n' || b == '\t' || text.Len() >= scan.MaxRaw {
				r.whole(&text)
			}
			if b > ' ' && b < 0x7f {
				text.WriteByte(b)
			}
		}
		if err != nil {
			return
		}
		if n == 0 {
			r.whole(&text)
		}
	}
}

// whole hands over what has come: one code, or several whose Enter was lost.
func (r *Reader) whole(text *strings.Builder) {
	if text.Len() == 0 {
		return
	}
	var c scan.Collector
	for _, b := range c.Paste(text.String(), r.Now()) {
		r.Scan(b.Text)
	}
	text.Reset()
}
