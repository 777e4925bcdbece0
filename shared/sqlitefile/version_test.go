package sqlitefile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

func TestSQLiteIsNewEnough(t *testing.T) {
	f := mustOpen(t, filepath.Join(t.TempDir(), "a.db"))
	var version string
	if err := f.Read.QueryRow("SELECT sqlite_version()").Scan(&version); err != nil {
		t.Fatal(err)
	}
	var got [3]int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &got[0], &got[1], &got[2]); err != nil {
		t.Fatal(err)
	}
	// 3.51.3 mended the WAL-reset corruption; 3.54.1 is what was tried.
	if want := [3]int{3, 54, 1}; got[0]*1e6+got[1]*1e3+got[2] < want[0]*1e6+want[1]*1e3+want[2] {
		t.Errorf("got %s, want at least %v", version, want)
	}
}

// The driver is generated for one version of its C library; another one
// breaks it in ways that no compiler sees.
func TestTheDriverHasExactlyItsOwnLibc(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-m", "-json", "modernc.org/sqlite", "modernc.org/libc")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	type module struct{ Path, Version, GoMod string }
	var mods [2]module
	dec := json.NewDecoder(bytes.NewReader(out))
	for i := range mods {
		if err := dec.Decode(&mods[i]); err != nil {
			t.Fatal(err)
		}
	}
	wants, err := os.ReadFile(mods[0].GoMod)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`modernc\.org/libc (v\S+)`).FindSubmatch(wants)
	if m == nil || string(m[1]) != mods[1].Version {
		t.Errorf("%s %s wants libc %s, the build has %s", mods[0].Path, mods[0].Version, m, mods[1].Version)
	}
}
