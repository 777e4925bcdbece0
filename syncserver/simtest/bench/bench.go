package bench

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"runtime"
	"strconv"
	"text/tabwriter"
	"time"
)

// Size is how much is measured. What is 0 is left out.
type Size struct {
	Ops    int // waiting ops drained by one PC, a multiple of 5
	Pokes  int // ops sent from PC to PC, one after the other
	Rerun  int // pending ops re-run after a pull, a multiple of 5
	Titles int // pulled beside a clerk
}

// Full is what the goals are set for.
var Full = Size{Ops: 10_000, Pokes: 200, Rerun: 5_000, Titles: 100_000}

// figure is one line of the table.
type figure struct{ name, goal, ours, limit, peer string }

// bench is one run.
type bench struct {
	w       *world
	size    Size
	figures []figure
	bare    limits
	drained time.Duration
}

// Run measures in dir, which should be empty and on the disk that is meant, and
// prints a table.
func Run(ctx context.Context, dir string, size Size, out io.Writer) error {
	w, err := newWorld(ctx, dir)
	if w != nil {
		defer w.close()
	}
	if err != nil {
		return err
	}
	b := &bench{w: w, size: size}
	if err := b.all(); err != nil {
		return err
	}
	return b.print(out)
}

func (b *bench) all() error {
	if err := b.w.catalogue(2000); err != nil {
		return err
	}
	requests, err := b.w.requests(max(b.size.Ops, b.size.Rerun) / dayPerLoan)
	if err != nil {
		return err
	}
	first, err := b.w.newPC("pc1", b.w.web)
	if err != nil {
		return err
	}
	if err := b.exchange(first); err != nil {
		return err
	}
	if err := b.rerun(requests[:b.size.Rerun/dayPerLoan]); err != nil {
		return err
	}
	if err := b.drain(first, requests[:b.size.Ops/dayPerLoan]); err != nil {
		return err
	}
	second, err := b.w.newPC("pc2", b.w.web)
	if err != nil {
		return err
	}
	if err := b.catchUp("second PC", second); err != nil {
		return err
	}
	if err := b.pokes(first, second); err != nil {
		return err
	}
	return b.titles()
}

// titles measures how the whole catalogue comes in, by pulls and by a snapshot.
func (b *bench) titles() error {
	if b.size.Titles == 0 {
		return nil
	}
	if err := b.w.catalogue(b.size.Titles); err != nil {
		return err
	}
	for _, by := range []struct {
		name string
		web  *httptest.Server
	}{{"pull", b.w.web}, {"snapshot", b.w.shelf}} {
		quiet, err := b.w.newPC("quiet-"+by.name, by.web)
		if err != nil {
			return err
		}
		if err := b.catchUp("PC with "+strconv.Itoa(b.size.Titles)+" titles by "+by.name, quiet); err != nil {
			return err
		}
		busy, err := b.w.newPC("busy-"+by.name, by.web)
		if err != nil {
			return err
		}
		if err := b.besideClerk(by.name, busy); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) add(f figure) { b.figures = append(b.figures, f) }

func (b *bench) print(out io.Writer) error {
	fmt.Fprintf(out, "\n%s/%s, %d CPUs, %s; SQLite synchronous=FULL on both sides (one fdatasync a commit); HTTP on loopback, no TLS.\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	fmt.Fprintf(out, "Peers' figures were published by their own measurement on a machine of this kind, not measured now; they carry no verdicts, signatures or chains.\n\n")
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "what\tgoal\tours\tlimit, same run\tpeer, published")
	for _, f := range b.figures {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", f.name, f.goal, f.ours, f.limit, f.peer)
	}
	return t.Flush()
}

func perSecond(n int, d time.Duration) string { return fmt.Sprintf("%.0f/s", float64(n)/d.Seconds()) }

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
