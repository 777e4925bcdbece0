package bench

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkExchange prints the table once; the time of the whole is nobody's goal.
func BenchmarkExchange(b *testing.B) {
	var out strings.Builder
	for range b.N {
		out.Reset()
		if err := Run(b.Context(), b.TempDir(), Full, &out); err != nil {
			b.Fatal(err)
		}
	}
	fmt.Println(&out) // a benchmark's log is cut short
}

func TestEveryFigureIsMeasured(t *testing.T) {
	var out strings.Builder
	if err := Run(t.Context(), t.TempDir(), Size{Ops: 50, Pokes: 1, Rerun: 20, Titles: 100}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one row a transaction", "drain of 50", "signatures and chains", "catch-up", "bytes an op", "PC to PC", "re-run of 20", "beside a pull"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, &out)
		}
	}
}
