package db

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// damageRounds is how often a folder is damaged; make damage sets it.
var damageRounds = flag.Int("damage.rounds", 40, "how often a data folder is damaged")

// TestRandomDamageLosesNothingUnsent damages one of the two copies at a time, of a
// folder whose program was killed or, every third round, closed; every eighth round
// both copies, which may lose ops but not in silence. -damage.rounds says how often.
func TestRandomDamageLosesNothingUnsent(t *testing.T) {
	rounds := *damageRounds
	f := worked(t)
	older := outdated(t, f)
	want := unsent(t, f.db)
	whole, err := f.db.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	closed := f.crashed(t)
	closed.openAlone(t)
	if err := closed.db.Close(); err != nil {
		t.Fatal(err)
	}
	said, aside, lost, longest := 0, 0, 0, time.Duration(0)
	for n := range rounds {
		dir := t.TempDir()
		c := *f
		c.dir = dir
		from := f.dir
		if n%3 == 2 {
			from = closed.dir
		}
		copyFolder(t, from, dir)
		thin(t, dir)
		chance := rand.New(rand.NewPCG(1, uint64(n)))
		names := []string{FileName, FileName + "-wal", filepath.Join(JournalFolder, "00000001")}
		if n%3 == 2 {
			names = []string{names[0], names[2]}
		}
		what := ""
		if n%8 == 7 {
			what = injure(t, dir, names[0], "", chance) + "; " + injure(t, dir, names[len(names)-1], "", chance)
		} else {
			what = injure(t, dir, names[chance.IntN(len(names))], older, chance)
		}
		began := time.Now()
		d, r, err := OpenAlone(t.Context(), dir, f.env)
		longest = max(longest, time.Since(began))
		if err != nil {
			t.Fatalf("round %d, %s: %v", n, what, err)
		}
		c.db = d
		for ref, raw := range want {
			if got := unsent(t, d); !bytes.Equal(got[ref], raw) {
				if n%8 == 7 && r.Any() {
					lost++
					break
				}
				t.Fatalf("round %d, %s: op %s/%d is lost or changed; recovered %+v", n, what, ref.run, ref.wseq, r)
			}
		}
		v, err := d.Verify(t.Context())
		if err != nil || (len(v.Wrong) > 0 && (n%8 != 7 || r.Missing == 0)) || (v.Ops < len(want) && n%8 != 7) {
			t.Fatalf("round %d, %s: %v, %d ops, %v", n, what, v.Wrong, v.Ops, err)
		}
		if !r.Any() && (v.Ops != whole.Ops || fmt.Sprint(v.Sums) != fmt.Sprint(whole.Sums)) {
			t.Fatalf("round %d, %s: damage went unnoticed: %+v, before %+v", n, what, v, whole)
		}
		if r.Any() {
			said++
		}
		if r.Quarantine != "" {
			aside++
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		os.RemoveAll(dir)
	}
	t.Logf("RESULT damage rounds=%d mended=%d harmless=%d unnoticed=0 fresh_files=%d unsent_lost=0 both_copies_damaged=%d of_these_lost_but_told=%d longest_recovery=%v",
		rounds, said, rounds-said, aside, rounds/8, lost, longest.Round(time.Millisecond))
}

// outdated returns a copy of the folder as it is now, and goes on in f, so that no
// file of the copy is like that of f any more.
func outdated(t testing.TB, f *folder) string {
	t.Helper()
	copied := f.crashed(t).dir
	for n := range 8 {
		f.record(t, &payback.Count{ISBN: testISBN, N: n, Source: "count", ID: fmt.Sprint("late", n)})
		if n == 3 {
			if _, err := f.db.file.Checkpoint(t.Context(), "TRUNCATE"); err != nil {
				t.Fatal(err)
			}
		}
	}
	return copied
}

// injure does one damage and says which. With a folder of older copies one may take
// the file's place.
func injure(t testing.TB, dir, name, older string, r *rand.Rand) string {
	t.Helper()
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		return name + " is gone already"
	}
	used := max(1, len(bytes.TrimRight(data, "\x00")))
	at := r.IntN(used)
	what := ""
	kinds := 5
	if older != "" {
		kinds = 6
	}
	switch r.IntN(kinds) {
	case 0, 1:
		data[at] ^= 1 << r.IntN(8)
		what = fmt.Sprintf("%s: bit at %d", name, at)
	case 2:
		data = data[:at]
		what = fmt.Sprintf("%s: cut at %d", name, at)
	case 3:
		page := at / 4096 * 4096
		clear(data[page:min(len(data), page+4096)])
		what = fmt.Sprintf("%s: page at %d zeroed", name, page)
	case 4:
		what = name + ": deleted"
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return what
	case 5:
		what = name + ": put back to an older one"
		if data, err = os.ReadFile(filepath.Join(older, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return what
}
