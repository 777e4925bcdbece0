package update

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/release"
)

// far offers one program.
type far struct {
	signed []byte
	body   []byte
	cut    int64 // no byte from here on; 0 = none is lacking
	asked  []int64
}

func (f *far) Update(context.Context, string, string, string) ([]byte, error) {
	if f.signed == nil {
		return nil, fault.New(fault.NotFound, "")
	}
	return f.signed, nil
}

func (f *far) UpdateBytes(_ context.Context, _ release.Manifest, from, to int64, into io.Writer) error {
	f.asked = append(f.asked, from)
	if f.cut > 0 && to > f.cut {
		_, err := into.Write(f.body[from:max(from, f.cut)])
		return errors.Join(err, fault.New(fault.Unavailable, "sync.offline"))
	}
	_, err := into.Write(f.body[from:to])
	return err
}

// place is a folder with a program in it, beside a folder with records.
type place struct {
	*testing.T
	Program
	key  keys.Key
	data string
}

const records = "an op that was not sent yet"

// build builds a program of that version, which can open its data folder unless broken.
func build(t *testing.T, to, version, broken string, key keys.Key) {
	t.Helper()
	flags := "-s -w -X main.version=" + version + " -X main.broken=" + broken + " -X main.key=" + string(key.Public())
	if out, err := exec.Command("go", "build", "-ldflags", flags, "-o", to, "./testdata/program").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
}

func newPlace(t *testing.T, oldVersion string) *place {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("programs replace themselves by exec here")
	}
	key, err := keys.Generate(rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	p := &place{T: t, key: key, data: filepath.Join(t.TempDir(), "outbox.jnl"), Program: Program{Path: filepath.Join(t.TempDir(), "counter"),
		Version: oldVersion, OS: runtime.GOOS, Arch: runtime.GOARCH, Face: release.Terminal, Schema: 1, Key: key.Public()}}
	if err := os.WriteFile(p.data, []byte(records), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if got, err := os.ReadFile(p.data); err != nil || string(got) != records {
			t.Errorf("the records became %q, %v", got, err)
		}
	})
	return p
}

// offer returns a server with a program built as that version.
func (p *place) offer(version, broken string) *far {
	p.Helper()
	path := filepath.Join(p.TempDir(), "new")
	build(p.T, path, version, broken, p.key)
	body, err := os.ReadFile(path)
	if err != nil {
		p.Fatal(err)
	}
	return p.offerBytes(version, body)
}

func (p *place) offerBytes(version string, body []byte) *far {
	p.Helper()
	sum := sha256.Sum256(body)
	signed, err := release.Sign(p.key, release.Manifest{Version: version, OS: p.OS, Arch: p.Arch, Face: p.Face,
		Size: int64(len(body)), SHA256: hex.EncodeToString(sum[:]), MinSchema: 1})
	if err != nil {
		p.Fatal(err)
	}
	return &far{signed: signed, body: body}
}

// start runs what lies at the program's place and returns what it said.
func (p *place) start() string {
	out, _ := exec.Command(p.Path, p.Path).CombinedOutput() // its code is part of no rule
	return strings.TrimSpace(string(out))
}

func (p *place) want(got, want string) {
	p.Helper()
	if got != want {
		p.Errorf("got %q, want %q", got, want)
	}
}

func TestAGoodProgramIsPutInPlaceAtTheNextStartAndSaidOnce(t *testing.T) {
	p := newPlace(t, "1.0.0")
	build(t, p.Path, "1.0.0", "", p.key)
	from := p.offer("1.1.0", "")
	p.want(p.start(), "1.0.0   <nil>")
	if m, err := p.Fetch(t.Context(), from); err != nil || m.Version != "1.1.0" {
		t.Fatalf("%+v, %v", m, err)
	}
	p.want(p.start(), "1.1.0 update.updated 1.1.0 <nil>")
	p.want(p.start(), "1.1.0   <nil>")
	if _, err := os.Stat(p.Path + ".old"); err != nil {
		t.Errorf("the old program is not kept: %v", err)
	}
	p.Version = "1.1.0"
	if _, err := p.Fetch(t.Context(), from); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("the same again: %v", err)
	}
}

func TestAProgramThatCannotOpenIsRolledBackAtItsThirdStartAndNotFetchedAgain(t *testing.T) {
	p := newPlace(t, "1.0.0")
	build(t, p.Path, "1.0.0", "", p.key)
	from := p.offer("1.1.0", "yes")
	if _, err := p.Fetch(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	p.want(p.start(), "1.1.0 can't open")
	p.want(p.start(), "1.1.0 can't open")
	p.want(p.start(), "1.0.0 update.rolled_back 1.1.0 <nil>")
	p.want(p.start(), "1.0.0   <nil>")
	if _, err := p.Fetch(t.Context(), from); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("fetched again: %v", err)
	}
	if _, err := p.Fetch(t.Context(), p.offer("1.1.1", "")); err != nil {
		t.Fatal(err)
	}
	p.want(p.start(), "1.1.1 update.updated 1.1.1 <nil>")
}

func TestAStartThatFoundTheFolderTakenIsNotCounted(t *testing.T) {
	p := newPlace(t, "1.1.0")
	for range 5 {
		if err := p.setTrial("1.1.0", 0); err != nil {
			t.Fatal(err)
		}
		if again, err := p.Start(); again || err != nil {
			t.Fatal(again, err)
		}
		if err := p.Uncount(); err != nil {
			t.Fatal(err)
		}
	}
	if _, starts, ok := p.trial(); !ok || starts != 0 {
		t.Errorf("%d starts, %t", starts, ok)
	}
}

func TestOnlyWhatTheReleaseKeySignedForThisPlaceIsFetched(t *testing.T) {
	p := newPlace(t, "1.0.0")
	good := p.offerBytes("1.1.0", []byte("program"))
	other := *p
	var err error
	if other.key, err = keys.Generate(rand.NewChaCha8([32]byte{2})); err != nil {
		t.Fatal(err)
	}
	foreign := other.offerBytes("1.1.0", []byte("program"))
	if _, err := p.Fetch(t.Context(), foreign); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("another's signature: %v", err)
	}
	if _, err := p.Fetch(t.Context(), p.offerBytes("0.9.0", []byte("x"))); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an older one: %v", err)
	}
	if _, err := p.Fetch(t.Context(), &far{}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("none: %v", err)
	}
	good.body = []byte("pr0gram")
	if _, err := p.Fetch(t.Context(), good); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("other bytes: %v", err)
	}
	p.nothingWaits()
	unsigned := p.Program
	unsigned.Key = ""
	if _, err := unsigned.Fetch(t.Context(), good); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("without a key: %v", err)
	}
}

func (p *place) nothingWaits() {
	p.Helper()
	for _, suffix := range []string{".part", ".new", ".new.json", ".trial"} {
		if _, err := os.Lstat(p.Path + suffix); err == nil {
			p.Errorf("%s is there", suffix)
		}
	}
	if again, err := p.Install(); again || err != nil {
		p.Errorf("installed: %t, %v", again, err)
	}
}

func TestWhatWasChangedOnTheDiskAfterItWasFetchedIsNotPutInPlace(t *testing.T) {
	p := newPlace(t, "1.0.0")
	if _, err := p.Fetch(t.Context(), p.offerBytes("1.1.0", []byte("program"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.Path+".new", []byte("pr0gram"), 0o755); err != nil {
		t.Fatal(err)
	}
	if again, err := p.Start(); again || err != nil {
		t.Errorf("%t, %v", again, err)
	}
	p.nothingWaits()
}

func TestACutDownloadGoesOnWhereItWas(t *testing.T) {
	p := newPlace(t, "1.0.0")
	body := make([]byte, 3*pieceSize+5)
	rand.NewChaCha8([32]byte{3}).Read(body)
	from := p.offerBytes("1.1.0", body)
	from.cut = pieceSize + 100
	if _, err := p.Fetch(t.Context(), from); fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("cut: %v", err)
	}
	from.cut, from.asked = 0, nil
	if _, err := p.Fetch(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	if len(from.asked) != 3 || from.asked[0] != pieceSize {
		t.Errorf("asked from %v", from.asked)
	}
	from.asked = nil
	if _, err := p.Fetch(t.Context(), from); err != nil || from.asked != nil {
		t.Errorf("what is there is fetched again: %v, %v", from.asked, err)
	}
}

func TestAFullDiskStopsAFetchAndItsRoomIsGivenBack(t *testing.T) {
	p := newPlace(t, "1.0.0")
	from := p.offerBytes("1.1.0", []byte("program"))
	if err := os.Symlink("/dev/full", p.Path+".part"); err != nil {
		t.Skip(err)
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	if _, err := p.Fetch(t.Context(), from); fault.As(err).Key != KeyNoRoom {
		t.Errorf("a full disk: %v", err)
	}
	p.nothingWaits()
	for free, want := range map[int64]bool{0: true, reserve - 1: false, reserve: true} {
		p.Free = func() int64 { return free }
		if _, err := p.Fetch(t.Context(), from); (err == nil) != want {
			t.Errorf("%d MiB free: %v", free, err)
		}
		if err := errors.Join(remove(p.Path+".new"), remove(p.Path+".new.json")); err != nil {
			t.Fatal(err)
		}
	}
}
