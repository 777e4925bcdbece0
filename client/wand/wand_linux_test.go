package wand

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// pair opens a pseudo-terminal: what is written to the file is what a program reads
// that opens the name as a serial port.
func pair(t *testing.T) (*os.File, string) {
	t.Helper()
	f, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(f.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, fmt.Sprintf("/dev/pts/%d", n)
}

// reading starts a reader and returns what it hears.
func reading(t *testing.T, name string) (scans chan string, states chan error) {
	t.Helper()
	scans, states = make(chan string, 100), make(chan error, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	r := &Reader{Port: Port{name, 9600}, Now: func() int64 { return 0 }, Scan: func(s string) { scans <- s }, State: func(err error) { states <- err },
		Pause: func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }}
	go func() { r.Run(ctx); close(done) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Error("the reader does not end")
		}
	})
	return scans, states
}

func next[T any](t *testing.T, from chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing comes")
	}
	return v
}

func TestScansOfASerialScannerArriveWhole(t *testing.T) {
	out, name := pair(t)
	scans, states := reading(t, name)
	if err := next(t, states); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sent string
		want []string
	}{
		{"9788936434120\r", []string{"9788936434120"}},
		{"9788936434120\r\n9791161571188\r\n", []string{"9788936434120", "9791161571188"}},
		{"9788936434120", []string{"9788936434120"}},                                 // no Enter: silence ends it
		{"97889364341209791161571188\r", []string{"9788936434120", "9791161571188"}}, // the Enter between them was lost
		{"\x02]E09788936434120\x03\r", []string{"]E09788936434120"}},
	} {
		if _, err := out.WriteString(c.sent); err != nil {
			t.Fatal(err)
		}
		var got []string
		for range c.want {
			got = append(got, next(t, scans))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.sent, got, c.want)
		}
	}
	if len(scans) > 0 {
		t.Errorf("and %q besides", <-scans)
	}
}

func TestThreeHundredScansInARowAreThreeHundred(t *testing.T) {
	out, name := pair(t)
	scans, states := reading(t, name)
	if err := next(t, states); err != nil {
		t.Fatal(err)
	}
	go func() {
		for i := range 300 {
			fmt.Fprintf(out, "05000%010d0\r", i)
		}
	}()
	for i := range 300 {
		if got, want := next(t, scans), fmt.Sprintf("05000%010d0", i); got != want {
			t.Fatalf("scan %d is %q", i, got)
		}
	}
}

func TestAScannerThatIsPulledOutIsSaid(t *testing.T) {
	out, name := pair(t)
	_, states := reading(t, name)
	if err := next(t, states); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := next(t, states); err == nil || fault.As(err).Key != KeyLost {
		t.Errorf("pulled out: %v", err)
	}
	_, states = reading(t, "/dev/none")
	if err := next(t, states); err == nil || fault.As(err).Key != KeyLost {
		t.Errorf("no such port: %v", err)
	}
}

func TestEverySettingOfAPort(t *testing.T) {
	for setting, want := range map[string]Port{"COM3": {"COM3", 9600}, "/dev/ttyACM0,115200": {"/dev/ttyACM0", 115200}, "a,300": {"a", 300}, "a,921600": {"a", 921600}} {
		if got, err := Parse(setting); err != nil || got != want {
			t.Errorf("%s: %+v, %v", setting, got, err)
		}
	}
	for _, setting := range []string{"", ",9600", "a,299", "a,921601", "a,fast"} {
		if _, err := Parse(setting); err == nil || fault.As(err).Key != KeyBadPort {
			t.Errorf("%q: %v", setting, err)
		}
	}
}
