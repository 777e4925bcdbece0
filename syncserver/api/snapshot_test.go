package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// snapshotFrom is how many rows a device of a test must lack.
const snapshotFrom = 50

// ask asks for a snapshot.
func (p *pc) ask(a syncproto.SnapshotAsk) exchange {
	p.w.t.Helper()
	a.V = 1
	body, err := json.Marshal(a)
	p.w.must(err)
	return p.w.send(p.sign("POST", "/v1/snapshot", body))
}

// manifest returns that of the catalogue, for a fresh device.
func (p *pc) manifest() (m syncproto.Snapshot) {
	p.w.t.Helper()
	p.ask(syncproto.SnapshotAsk{Bucket: payback.BucketCatalogue}).ok(&m)
	p.w.must(m.Check())
	return m
}

// bytes fetches a stretch of a snapshot; header "" asks for no range.
func (p *pc) bytes(id, header string) exchange {
	p.w.t.Helper()
	r := p.sign("GET", "/v1/snapshot/"+id, nil)
	r.byteRange = header
	return p.w.send(r)
}

// titles puts titles into the catalogue, from number first on.
func (w *world) titles(first, n int) {
	w.t.Helper()
	var rows []payback.Row
	for i := range n {
		rows = append(rows, &payback.Title{ISBN: isbnAt(first + i), Name: fmt.Sprintf("책 %d", first+i), Price: 12000})
	}
	w.upsert(rows...)
}

// isbnAt returns the i-th of a row of valid numbers.
func isbnAt(i int) payback.ISBN {
	digits := fmt.Sprintf("97911%07d", i)
	sum := 0
	for k, r := range digits {
		sum += int(r-'0') * (1 + 2*(k%2))
	}
	return payback.ISBN(fmt.Sprintf("%s%d", digits, (10-sum%10)%10))
}

func TestASnapshotIsTheBucketAtItsPositionAndProvesItself(t *testing.T) {
	w := newWorld(t)
	w.titles(0, 200)
	p := w.enrolled("s01")
	m := p.manifest()
	var all []byte
	for len(all) < int(m.Size) {
		x := p.bytes(m.ID, syncproto.ByteRange(int64(len(all)), m.Size))
		if x.status != http.StatusPartialContent || len(x.body) == 0 {
			t.Fatalf("%d %s", x.status, x.body)
		}
		if got, want := x.header.Get("Content-Range"), syncproto.ContentRange(int64(len(all)), int64(len(all)+len(x.body)), m.Size); got != want {
			t.Errorf("Content-Range %q, want %q", got, want)
		}
		all = append(all, x.body...)
	}
	if syncproto.HashOf(all) != m.SHA256 {
		t.Error("the bytes are not those of the manifest")
	}
	var sum syncproto.Digest
	rows := 0
	for n := range m.Pieces {
		from, to := m.Span(n)
		frames, err := m.ReadPiece(w.packer, n, all[from:to])
		w.must(err)
		for _, f := range frames {
			name, raw, err := syncproto.ReadRow(f)
			w.must(err)
			sum.Add(payback.Table(name.Table), name.ID, raw)
			rows++
		}
	}
	h, _ := p.pull("s01")
	if sum != m.Digest || m.Digest != h.Buckets[0].Digest || m.Chain != h.Buckets[0].Chain || m.Position != h.Buckets[0].Head || rows != m.Rows {
		t.Errorf("snapshot of %d rows at %d, digest %s; the pull says %+v", rows, m.Position, sum, h.Buckets[0])
	}
}

func TestASnapshotIsForDevicesThatLackMuchOfTheCatalogue(t *testing.T) {
	w := newWorld(t)
	w.titles(0, snapshotFrom-10)
	p := w.enrolled("s01")
	cat := syncproto.SnapshotAsk{Bucket: payback.BucketCatalogue}
	p.ask(cat).refused(404, "sync.no_snapshot") // few titles
	w.titles(100, 20)
	h, _ := p.pull("s01")
	cat.Epoch, cat.Cursor, cat.Chain = h.Epoch, h.Buckets[0].To, h.Buckets[0].Chain
	p.ask(cat).refused(404, "sync.no_snapshot") // nothing is missing
	cat.Chain = syncproto.HashOf([]byte("another history"))
	p.ask(cat).ok(new(syncproto.Snapshot))
	p.ask(syncproto.SnapshotAsk{Bucket: payback.StoreBucket("s01")}).refused(404, "sync.no_snapshot")
	p.ask(syncproto.SnapshotAsk{Bucket: payback.StoreBucket("s02")}).refused(403, "sync.not_your_bucket")
	p.bytes("nothing", "").refused(404, "sync.no_snapshot")
	body := []byte(`{"v":2,"bucket":"cat"}`)
	w.send(p.sign("POST", "/v1/snapshot", body)).refused(426, "sync.version")
}

func TestRangesThatCannotBeAreRefused(t *testing.T) {
	w := newWorld(t)
	w.titles(0, 100)
	p := w.enrolled("s01")
	m := p.manifest()
	for _, header := range []string{"bytes=x-", "bytes=-5", "items=0-1", "bytes=5-3", syncproto.ByteRange(m.Size, m.Size+1), "bytes=0-1,3-4"} {
		p.bytes(m.ID, header).refused(400, "sync.bad_range")
	}
	for header, want := range map[string]int64{"": m.Size, "bytes=1-": m.Size - 1, "bytes=0-0": 1, syncproto.ByteRange(m.Size-1, m.Size+9): 1} {
		if x := p.bytes(m.ID, header); int64(len(x.body)) != want {
			t.Errorf("%q: %d bytes, want %d", header, len(x.body), want)
		}
	}
}

func TestDevicesShareAFileAndOldFilesGo(t *testing.T) {
	w := newWorld(t)
	w.titles(0, 100)
	a, b := w.enrolled("s01"), w.enrolled("s02")
	var wg sync.WaitGroup
	var ids [2]string
	for i, p := range []*pc{a, b} {
		r := p.sign("POST", "/v1/snapshot", []byte(`{"v":1,"bucket":"cat"}`))
		wg.Go(func() {
			var m syncproto.Snapshot
			w.send(r).ok(&m)
			ids[i] = m.ID
		})
	}
	wg.Wait()
	files := func() int {
		list, err := os.ReadDir(w.shelf)
		w.must(err)
		return len(list)
	}
	if ids[0] != ids[1] || files() != 1 {
		t.Fatalf("snapshots %v in %d files, want one", ids, files())
	}
	w.titles(1000, 10) // a short tail: the file is good still
	if m := a.manifest(); m.ID != ids[0] {
		t.Error("another file was made for a few rows")
	}
	for n := range 3 {
		w.titles(2000+n*100, snapshotFrom)
		w.clock.Advance(time.Minute)
		a.manifest()
	}
	if n := files(); n != 2 {
		t.Errorf("%d files are kept, want the newest and the one before", n)
	}
	b.bytes(ids[0], "").refused(404, "sync.no_snapshot")
}
