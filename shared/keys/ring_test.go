package keys

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/bookpayback/bookpayback/shared/fault"
)

func TestAKeyIsMadeOnceAndFoundAgain(t *testing.T) {
	r := Ring{Dir: filepath.Join(t.TempDir(), "keys")}
	if _, _, err := r.Key("device", nil); fault.CodeOf(err) != fault.NotFound {
		t.Fatalf("before: got %v, want not_found", err)
	}
	a, kept, err := r.Key("device", seeded(1))
	if err != nil || kept != (Kept{In: InFile, Created: true}) {
		t.Fatalf("got %+v, %v", kept, err)
	}
	b, kept, err := r.Key("device", seeded(2))
	if err != nil || kept != (Kept{In: InFile}) || a.Public() != b.Public() {
		t.Errorf("second time: got %+v, %v", kept, err)
	}
	if box, _, err := r.BoxKey("district", seeded(3)); err != nil || box.Zero() {
		t.Errorf("box: %v", err)
	}
	if m, _, err := r.MasterKey("master", seeded(4)); err != nil || m.Zero() {
		t.Errorf("master: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(r.Dir, "*.tmp")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := errors.Join(r.Forget("device"), r.Forget("device")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Key("device", nil); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("after forgetting: got %v", err)
	}
}

func TestKeyFilesAreTheirOwnersOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	r := Ring{Dir: filepath.Join(t.TempDir(), "keys")}
	if _, _, err := r.Key("device", seeded(1)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{r.Dir: 0o700, r.path("device"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, want %v", path, info.Mode().Perm(), want)
		}
	}
	if err := os.Chmod(r.path("device"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, kept, err := r.Key("device", nil); err != nil || !kept.WasOpen {
		t.Errorf("an open file: got %+v, %v", kept, err)
	}
	if info, _ := os.Stat(r.path("device")); info.Mode().Perm() != 0o600 {
		t.Errorf("not mended: %v", info.Mode().Perm())
	}
}

func TestADamagedKeyFileIsNeverReplaced(t *testing.T) {
	r := Ring{Dir: t.TempDir()}
	if _, _, err := r.Key("device", seeded(1)); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(r.path("device"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "x", string(good[:30]), strings.Replace(string(good), "1 ", "2 ", 1), flip(good), strings.Repeat("x", 5000)} {
		if err := os.WriteFile(r.path("device"), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := r.Key("device", seeded(2))
		if key, _ := fault.Message(err); fault.CodeOf(err) != fault.Internal || key != keyDamaged {
			t.Errorf("%.40q: got %v", bad, err)
		}
		if now, _ := os.ReadFile(r.path("device")); string(now) != bad {
			t.Errorf("%.40q was replaced", bad)
		}
	}
}

// flip returns the file with one character of its secret changed.
func flip(file []byte) string {
	b := []byte(string(file))
	at := len(fileMark) + 7
	if b[at] == 'A' {
		b[at] = 'B'
	} else {
		b[at] = 'A'
	}
	return string(b)
}

func TestManyProgramsStartingAtOnceGetOneKey(t *testing.T) {
	r := Ring{Dir: filepath.Join(t.TempDir(), "keys")}
	var mu sync.Mutex
	seen := map[Public]bool{}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			k, _, err := r.Key("device", seeded(byte(i)))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			seen[k.Public()] = true
		})
	}
	wg.Wait()
	if len(seen) != 1 {
		t.Errorf("got %d keys, want 1", len(seen))
	}
}

func TestTheKeyringHoldsTheSecretAndTheFolderANote(t *testing.T) {
	keyring.MockInit()
	r := Ring{Dir: t.TempDir(), Service: "BookPayback test", Keyring: true}
	a, kept, err := r.Key("device", seeded(1))
	if err != nil || kept != (Kept{In: InKeyring, Created: true}) {
		t.Fatalf("got %+v, %v", kept, err)
	}
	note, _ := os.ReadFile(r.path("device"))
	if strings.Contains(string(note), encode(a.private().Seed())[:20]) {
		t.Error("the secret is in the folder")
	}
	if b, kept, err := r.Key("device", nil); err != nil || a.Public() != b.Public() || kept.In != InKeyring {
		t.Errorf("second time: got %+v, %v", kept, err)
	}
	other := Ring{Dir: t.TempDir(), Service: r.Service, Keyring: true}
	if b, _, err := other.Key("device", seeded(2)); err != nil || a.Public() == b.Public() {
		t.Errorf("another folder of the same person shares the key: %v", err)
	}
	if err := r.Forget("device"); err != nil {
		t.Fatal(err)
	}
	if err := keyring.Set(r.Service, "x", "y"); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.Get(r.Service, strings.TrimSpace(strings.TrimPrefix(string(note), keyringMark))); !errors.Is(err, keyring.ErrNotFound) {
		t.Errorf("still in the keyring: %v", err)
	}
}

func TestWithoutAKeyringTheFileIsUsedAndSaidSo(t *testing.T) {
	keyring.MockInitWithError(errors.New("no secret service"))
	r := Ring{Dir: t.TempDir(), Service: "s", Keyring: true}
	a, kept, err := r.Key("device", seeded(1))
	if err != nil || kept.In != InFile || kept.Fallback == nil {
		t.Fatalf("got %+v, %v", kept, err)
	}
	keyring.MockInit() // later there is one: the device keeps its identity
	if b, kept, err := r.Key("device", seeded(2)); err != nil || a.Public() != b.Public() || kept.In != InFile {
		t.Errorf("got %+v, %v", kept, err)
	}
}

func TestALockedOrEmptiedKeyringNeverMakesANewKey(t *testing.T) {
	keyring.MockInit()
	r := Ring{Dir: t.TempDir(), Service: "s", Keyring: true}
	if _, _, err := r.Key("device", seeded(1)); err != nil {
		t.Fatal(err)
	}
	keyring.MockInitWithError(errors.New("locked"))
	_, _, err := r.Key("device", seeded(2))
	if key, _ := fault.Message(err); fault.CodeOf(err) != fault.Unavailable || key != keyringLocked {
		t.Errorf("locked: got %v", err)
	}
	keyring.MockInit()
	_, _, err = r.Key("device", seeded(2))
	if key, _ := fault.Message(err); fault.CodeOf(err) != fault.NotFound || key != keyLost {
		t.Errorf("emptied: got %v", err)
	}
}
