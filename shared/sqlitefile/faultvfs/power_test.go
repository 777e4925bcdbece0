package faultvfs_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/sqlitefile/faultvfs"
)

// powerCycles is how often the power is cut; make power sets it.
var powerCycles = flag.Int("power.cycles", 2000, "how often the power is cut")

// raced says that this run is for the race detector, which simulations are too
// slow for.
func raced() bool { return os.Getenv("BOOKPAYBACK_RACE") != "" }

func newDisk(t testing.TB, name string) *faultvfs.Disk {
	t.Helper()
	d, err := faultvfs.New(name, faultvfs.Fault)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// write makes transactions until the disk fails, and returns how many were
// acknowledged. NORMAL is the sabotage: it syncs only when the log is folded in.
func write(ctx context.Context, t testing.TB, d *faultvfs.Disk, r *rand.Rand, synchronous string) (acked int) {
	f, err := sqlitefile.Open(ctx, "data/a.db", sqlitefile.Options{VFS: d.Name(), ReadConns: 1})
	if err != nil {
		return 0
	}
	defer f.Close() // fails after a cut, and must not hang
	for _, q := range []string{"PRAGMA synchronous = " + synchronous, "PRAGMA wal_autocheckpoint = 8",
		"CREATE TABLE IF NOT EXISTS op (id INTEGER PRIMARY KEY, a INTEGER, pad BLOB) STRICT"} {
		if _, err := f.Write.ExecContext(ctx, q); err != nil {
			return 0
		}
	}
	for k := 1; k <= 60; k++ {
		pad := make([]byte, r.IntN(3000))
		err := f.Tx(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, "INSERT INTO op VALUES (?, ?, ?)", k, k*7, pad); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "UPDATE op SET a = a + 1 WHERE id = ?", k/2)
			return err
		})
		if err != nil {
			break
		}
		acked = k
	}
	return acked
}

// cycle is one power cut; it returns what is wrong with the file after it.
func cycle(ctx context.Context, t testing.TB, d *faultvfs.Disk, seed uint64, synchronous string) (acked int, wrong string) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	d.Restore(faultvfs.Image{})
	d.CutAfter(1 + r.Int64N(300))
	acked = write(ctx, t, d, r, synchronous)
	d.Cut()
	d.Restart(r)
	f, err := sqlitefile.Open(ctx, "data/a.db", sqlitefile.Options{VFS: d.Name(), ReadConns: 1})
	if err != nil {
		return acked, fmt.Sprint("does not open: ", err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			wrong = fmt.Sprint("does not close: ", err)
		}
	}()
	if err := f.FullCheck(ctx); err != nil {
		return acked, fmt.Sprint("damaged: ", err)
	}
	if acked == 0 {
		return 0, ""
	}
	var n int
	if err := f.Read.QueryRowContext(ctx, "SELECT COUNT(*) FROM op WHERE id <= ?", acked).Scan(&n); err != nil || n != acked {
		return acked, fmt.Sprintf("lost: %d of %d acknowledged transactions are there, %v", n, acked, err)
	}
	return acked, ""
}

func TestPowerCutsLoseNothingThatWasAcknowledged(t *testing.T) {
	cuts := *powerCycles
	if raced() || testing.Short() {
		cuts = min(cuts, 40)
	}
	d := newDisk(t, "power-full")
	acked, bad := 0, 0
	for seed := range cuts {
		n, wrong := cycle(t.Context(), t, d, uint64(seed), "FULL")
		if wrong != "" {
			bad++
			t.Errorf("seed %d: %s", seed, wrong)
		}
		acked += n
	}
	t.Logf("RESULT power seeds=0..%d cycles=%d acknowledged=%d lost_or_damaged=%d", cuts-1, cuts, acked, bad)
}

// TestPowerCutsShowWhatNormalLoses holds the harness to its purpose: a setting
// that is known to lose transactions must be seen to do so.
func TestPowerCutsShowWhatNormalLoses(t *testing.T) {
	d := newDisk(t, "power-normal")
	lost := 0
	for seed := range 60 {
		if _, wrong := cycle(t.Context(), t, d, uint64(seed), "NORMAL"); strings.HasPrefix(wrong, "lost") {
			lost++
		} else if wrong != "" {
			t.Errorf("seed %d: NORMAL may lose transactions, not the file: %s", seed, wrong)
		}
	}
	if lost == 0 {
		t.Error("60 power cuts lost nothing with synchronous = NORMAL: this harness sees nothing")
	}
}

func TestADiskThatDoesNotSyncIsFoundOut(t *testing.T) {
	d := newDisk(t, "power-liar")
	d.IgnoreSync(true)
	lost := 0
	for seed := range 40 {
		if _, wrong := cycle(t.Context(), t, d, uint64(seed), "FULL"); wrong != "" {
			lost++
		}
	}
	if lost == 0 {
		t.Error("40 power cuts on a disk that never syncs lost nothing")
	}
}

func TestInjectedErrorsLoseNothingThatWasAcknowledged(t *testing.T) {
	rounds := 300
	if raced() || testing.Short() {
		rounds = 20
	}
	d := newDisk(t, "errors")
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		d.Restore(faultvfs.Image{})
		code := []faultvfs.Code{faultvfs.Full, faultvfs.IOErr, faultvfs.SyncErr}[r.IntN(3)]
		d.FailAfter(1+r.Int64N(300), 1+r.Int64N(3), code)
		acked := write(t.Context(), t, d, r, "FULL")
		d.Restart(nil)
		f, err := sqlitefile.Open(t.Context(), "data/a.db", sqlitefile.Options{VFS: d.Name(), ReadConns: 1})
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			continue
		}
		var n int
		err = f.FullCheck(t.Context())
		if err == nil && acked > 0 {
			err = f.Read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM op WHERE id <= ?", acked).Scan(&n)
		}
		if err != nil || n != acked {
			t.Errorf("seed %d, code %d: %d of %d acknowledged, %v", seed, code, n, acked, err)
		}
		if err := f.Close(); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	if d.Injected() == 0 {
		t.Error("nothing was injected")
	}
}
