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

// BenchmarkPart prints one part of the table, for profiles.
func BenchmarkPart(b *testing.B) {
	for name, size := range map[string]Size{"drain": {Ops: 10_000}, "poke": {Ops: 100, Pokes: 200}, "titles": {Titles: 100_000}} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				var out strings.Builder
				if err := Run(b.Context(), b.TempDir(), size, &out); err != nil {
					b.Fatal(err)
				}
				fmt.Println(&out)
			}
		})
	}
}

func TestEveryFigureIsMeasured(t *testing.T) {
	var out strings.Builder
	if err := Run(t.Context(), t.TempDir(), Size{Ops: 50, Pokes: 1, Rerun: 20, Titles: 100}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one row a transaction", "drain of 50", "signatures and chains", "catch-up", "bytes an op", "PC to PC", "re-run of 20", "beside a pull", "beside a snapshot"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, &out)
		}
	}
}
