package syncer

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// neighbour returns another PC of the server's district.
func neighbour(t *testing.T, far *server) *counterPC {
	t.Helper()
	clock := stamp.NewManual(start, "boot2")
	dir, chance := t.TempDir(), rand.NewChaCha8([32]byte{21})
	d, err := db.Open(t.Context(), dir, db.Env{Clock: clock, IDs: stamp.NewIDs(stamp.Times(clock), chance), Chance: chance})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	s, err := New(d, Env{Clock: clock, Chance: chance, Ring: keys.Ring{Dir: dir + "/keys"}, Program: "test", Face: "verb", Transport: direct{far}})
	if err != nil {
		t.Fatal(err)
	}
	pc := &counterPC{t: t, clock: clock, dir: dir, db: d, Syncer: s, counted: 1000}
	if _, err := pc.Enrol(t.Context(), "http://127.0.0.1:1", onceCode); err != nil {
		t.Fatal(err)
	}
	if err := d.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	return pc
}

// exported returns the file of what a PC could not send.
func (p *counterPC) exported(want int) []byte {
	p.t.Helper()
	file, n, err := p.Export(p.t.Context(), nil)
	if err != nil || n != want {
		p.t.Fatalf("export: %d ops, %v; want %d", n, err, want)
	}
	return file
}

func TestWhatOnePCExportsAnotherPassesOnAndNothingIsTakenTwice(t *testing.T) {
	pc, far := enrolled(t)
	other := neighbour(t, far)
	pc.record(3)
	file := pc.exported(3)
	for range 2 {
		in, err := other.Import(t.Context(), bytes.NewReader(file))
		if err != nil || in.Ops != 3 || in.Damaged != 0 || in.Packets != 1 {
			t.Fatalf("import: %+v, %v", in, err)
		}
		if _, err := other.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if far.held() != 3 {
			t.Errorf("the server holds %d ops, want 3", far.held())
		}
	}
	if left, err := other.db.Relays(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("%d packets stay, %v", len(left), err)
	}
	if _, err := pc.Step(t.Context()); err != nil || pc.waits() != 0 || far.held() != 3 {
		t.Errorf("the author afterwards: %v, %d wait, %d held", err, pc.waits(), far.held())
	}
	if _, _, err := pc.Export(t.Context(), nil); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("exporting nothing: %v", err)
	}
}

func TestRunsAreExportedInPiecesAndByName(t *testing.T) {
	pc, far := enrolled(t)
	pc.record(2)
	if err := pc.db.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	pc.record(syncproto.MaxPushOps + 1)
	head, packets, err := syncproto.ReadCarry(bytes.NewReader(pc.exported(syncproto.MaxPushOps + 3)))
	if err != nil || len(packets) != 3 || head.Packets != 3 {
		t.Fatalf("%d packets, %+v, %v", len(packets), head, err)
	}
	var second syncproto.Push
	if _, err := pc.packer.Unpack(packets[1], &second); err != nil {
		t.Fatal(err)
	}
	_, n, err := pc.Export(t.Context(), []payback.RunID{second.Run})
	if err != nil || n != syncproto.MaxPushOps+1 {
		t.Errorf("one run: %d ops, %v", n, err)
	}
	if _, _, err := pc.Export(t.Context(), []payback.RunID{"none"}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an unknown run: %v", err)
	}
	other := neighbour(t, far)
	if _, err := other.Import(t.Context(), bytes.NewReader(pc.exported(syncproto.MaxPushOps+3))); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Step(t.Context()); err != nil || far.held() != syncproto.MaxPushOps+3 {
		t.Errorf("the server holds %d, %v", far.held(), err)
	}
}

func TestGoodPartsOfADamagedFileAreKept(t *testing.T) {
	pc, far := enrolled(t)
	other := neighbour(t, far)
	pc.record(2)
	if err := pc.db.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	pc.record(2)
	file := pc.exported(4)
	file[len(file)-3] ^= 1
	in, err := other.Import(t.Context(), bytes.NewReader(file))
	if err != nil || in.Damaged != 1 || in.Ops != 2 || in.Taken != 1 {
		t.Errorf("%+v, %v", in, err)
	}
	if _, err := other.Import(t.Context(), bytes.NewReader(file[:40])); keyOf(err) != "sync.carry_not_one" {
		t.Errorf("a stump: %v", err)
	}
	if _, err := pc.Import(t.Context(), bytes.NewReader(file)); keyOf(err) != KeyOwnFile {
		t.Errorf("its own file: %v", err)
	}
	head, packets, err := syncproto.ReadCarry(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	head.District = "other"
	foreign, err := syncproto.EncodeCarry(head, packets)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Import(t.Context(), bytes.NewReader(foreign)); keyOf(err) != KeyOtherDistrict {
		t.Errorf("another district's: %v", err)
	}
}

func TestWhatTheServerRefusesToTakeIsKeptWithItsReasonAndStopsNothing(t *testing.T) {
	pc, far := enrolled(t)
	other := neighbour(t, far)
	pc.record(1)
	if _, err := other.Import(t.Context(), bytes.NewReader(pc.exported(1))); err != nil {
		t.Fatal(err)
	}
	far.refusing(http.StatusForbidden, fault.New(fault.Forbidden, "sync.author_revoked"), pathPush)
	if _, err := other.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := other.db.Relays(t.Context())
	if err != nil || len(left) != 1 || left[0].Refused.Key != "sync.author_revoked" {
		t.Errorf("%+v, %v", left, err)
	}
	far.honest()
	if _, err := other.Import(t.Context(), bytes.NewReader(pc.exported(1))); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Step(t.Context()); err != nil || far.held() != 1 {
		t.Errorf("once more: %d held, %v", far.held(), err)
	}
}

func TestAnExportNeverOverwritesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.ops")
	if err := WriteNew(path, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := WriteNew(path, []byte("two")); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("got %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "one" {
		t.Errorf("%q, %v", got, err)
	}
	if err := WriteNew(filepath.Join(path, "below"), nil); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
}
