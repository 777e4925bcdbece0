package db

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// TestRandomDamageLosesNothingUnsent damages one of the two copies at a time, of a
// folder whose program was killed or, every third round, closed; every eighth round
// both copies, which may lose ops but not in silence. More rounds than 40:
// BOOKPAYBACK_DAMAGES=N.
func TestRandomDamageLosesNothingUnsent(t *testing.T) {
	rounds := 40
	if n, err := strconv.Atoi(os.Getenv("BOOKPAYBACK_DAMAGES")); err == nil {
		rounds = n
	}
	f := worked(t)
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
	said, aside, lost := 0, 0, 0
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
			what = injure(t, dir, names[0], chance) + "; " + injure(t, dir, names[len(names)-1], chance)
		} else {
			what = injure(t, dir, names[chance.IntN(len(names))], chance)
		}
		d, r, err := OpenAlone(t.Context(), dir, f.env)
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
	t.Logf("%d rounds, %d with something to mend, %d with a fresh file, %d that lost ops of which both copies were damaged", rounds, said, aside, lost)
}

// injure does one damage and says which.
func injure(t testing.TB, dir, name string, r *rand.Rand) string {
	t.Helper()
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		return name + " is gone already"
	}
	used := max(1, len(bytes.TrimRight(data, "\x00")))
	at := r.IntN(used)
	what := ""
	switch r.IntN(5) {
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
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return what
}
