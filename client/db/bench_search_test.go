package db

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/hangul"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// benchMillion is the size of a national catalogue.
const benchMillion = 1_000_000

// million is the folder of a million generated titles: made by the first benchmark
// that needs it, and kept beside other temporary files for the next.
func million() string { return filepath.Join(os.TempDir(), "bookpayback-million") }

// Syllables of generated titles, the commoner ones first, so that some pairs are in
// very many titles, as in real ones.
var benchSyllables = []rune("이의기사한나는지리인시가다대해자고정학국아전일제생도수어세주장문부를마을안화상하여론동인경성역비교무선조과우신보연구방법습실천행복마음편의점불편한그림책소설집공부영어초등수학과학사회역사")

// benchName is the nth title: three to five words of two to four syllables.
func benchName(n uint64) string {
	state := n*0x9E3779B97F4A7C15 + 1
	next := func(most uint64) uint64 {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		return state % most
	}
	var name []rune
	for range 3 + next(3) {
		if len(name) > 0 {
			name = append(name, ' ')
		}
		for range 2 + next(3) {
			if next(5) == 0 { // one in five is any syllable at all
				name = append(name, rune('가'+next(11172)))
				continue
			}
			at := min(next(uint64(len(benchSyllables))), next(uint64(len(benchSyllables))))
			name = append(name, benchSyllables[at])
		}
	}
	return string(name)
}

// millionFolder opens the folder, filling it the first time.
func millionFolder(b *testing.B) *folder {
	b.Helper()
	if err := os.MkdirAll(million(), 0o700); err != nil {
		b.Fatal(err)
	}
	f := newFolderIn(b, million())
	if titles := f.count(b, "SELECT COUNT(*) FROM c_title"); titles == benchMillion {
		return f
	}
	rows := make([]payback.Row, 0, 5000)
	for n := range benchMillion {
		rows = append(rows, &payback.Title{ISBN: payback.ISBN(fmt.Sprintf("979%010d", n)), Name: benchName(uint64(n)), Author: benchName(uint64(n))[:9], Price: 14000})
		if len(rows) == cap(rows) {
			f.bring(b, rows)
			rows = rows[:0]
		}
	}
	if err := f.db.fillKeys(b.Context(), true); err != nil {
		b.Fatal(err)
	}
	return f
}

func (f *folder) count(b *testing.B, query string) (n int64) {
	b.Helper()
	if err := f.db.file.Read.QueryRowContext(b.Context(), query).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkSearch is what a clerk waits for while typing, with a million titles:
// the first page for two syllables and for three initial consonants, of titles that
// are there. Aim: p99 of 15 ms. It reports the size of the index and of the file.
func BenchmarkSearch(b *testing.B) {
	f := millionFolder(b)
	index := f.count(b, "SELECT SUM(LENGTH(key) + LENGTH(isbns) + 4) FROM title_post")
	info, err := os.Stat(filepath.Join(million(), "counter.db"))
	if err != nil {
		b.Fatal(err)
	}
	for _, kind := range []struct {
		name string
		of   func(name []rune) string
	}{
		{"TwoSyllables", func(name []rune) string { return string(name[:2]) }},
		{"ThreeInitials", func(name []rune) string { return initialsOf(name)[:9] }},
		{"OneSyllable", func(name []rune) string { return string(name[:1]) }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			var took []time.Duration
			found, n := 0, uint64(0)
			for b.Loop() {
				n += 7919
				q := kind.of([]rune(benchName(n % benchMillion)))
				start := time.Now()
				titles, err := f.db.Titles(b.Context(), q, 51, 0)
				took = append(took, time.Since(start))
				if err != nil || len(titles) == 0 {
					b.Fatalf("%q: %d found, %v", q, len(titles), err)
				}
				found += len(titles)
			}
			report(b, took)
			slices.Sort(took)
			b.ReportMetric(took[len(took)-1].Seconds()*1000, "max-ms")
			b.ReportMetric(float64(found)/float64(len(took)), "found/op")
			b.ReportMetric(float64(index)/1e6, "index-MB")
			b.ReportMetric(float64(info.Size())/1e6, "file-MB")
		})
	}
}

func initialsOf(name []rune) string { return hangul.Initials(string(name)) }
