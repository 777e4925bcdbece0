package syncer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// offer is the snapshot of a test's server.
type offer struct {
	syncproto.Snapshot
	bytes  []byte
	served int // bytes
	cut    func(n int) int
}

// offers makes the server offer a snapshot of its catalogue as it is, in pieces of
// so many rows. The caller must not hold mu.
func (s *server) offers(pieceRows int) *offer {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := &offer{}
	rows := s.rows[payback.BucketCatalogue]
	for from := 0; from < len(rows); from += pieceRows {
		var frames [][]byte
		for _, row := range rows[from:min(from+pieceRows, len(rows))] {
			o.Digest.Add(payback.Table(row.Table), row.ID, row.raw)
			f, err := syncproto.AppendRow(nil, row.RowName, row.raw)
			if err != nil {
				s.t.Error(err)
			}
			frames = append(frames, f)
		}
		packed, err := s.packer.Pack(syncproto.PieceHead{V: 1, Piece: len(o.Pieces)}, frames)
		if err != nil {
			s.t.Error(err)
		}
		o.Pieces = append(o.Pieces, syncproto.SnapshotChunk{Size: int64(len(packed)), Rows: len(frames), SHA256: syncproto.HashOf(packed)})
		o.bytes = append(o.bytes, packed...)
		o.Rows += len(frames)
	}
	o.V, o.Epoch, o.Bucket, o.Size, o.SHA256 = 1, s.epoch, payback.BucketCatalogue, int64(len(o.bytes)), syncproto.HashOf(o.bytes)
	o.Position = s.heads[o.Bucket]
	o.Chain, o.ID = s.chains[o.Bucket][o.Position], o.SHA256.String()
	s.meddle = func(w http.ResponseWriter, r *http.Request, honest http.Handler) { o.serve(s, w, r, honest) }
	return o
}

func (o *offer) serve(s *server, w http.ResponseWriter, r *http.Request, honest http.Handler) {
	switch {
	case r.URL.Path == pathSnapshot:
		var ask syncproto.SnapshotAsk
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || ask.Bucket != payback.BucketCatalogue {
			s.t.Errorf("asked for a snapshot of %q: %v", ask.Bucket, err)
		}
		s.reply(w, r, 200, asJSON(s.t, o.Snapshot))
	case r.URL.Path == pathSnapshot+"/"+o.ID:
		from, to, err := syncproto.ParseByteRange(r.Header.Get("Range"), o.Size)
		if err != nil {
			s.t.Error(err)
		}
		body := o.bytes[from:to]
		w.Header().Set("Content-Range", syncproto.ContentRange(from, to, o.Size))
		w.Header().Set(syncproto.HeaderSignature, string(syncproto.SignReply(s.key, 206, r.URL.Path, r.Header.Get(syncproto.HeaderNonce), body)))
		w.WriteHeader(206)
		if o.cut != nil {
			body = body[:o.cut(len(body))]
		}
		o.served += len(body)
		w.Write(body)
	default:
		honest.ServeHTTP(w, r)
	}
}

// stands compares the PC's catalogue with the server's.
func (p *counterPC) stands(far *server) {
	p.t.Helper()
	var want syncproto.Digest
	far.mu.Lock()
	for _, row := range far.rows[payback.BucketCatalogue] {
		want.Add(payback.Table(row.Table), row.ID, row.raw)
	}
	rows, head := len(far.rows[payback.BucketCatalogue]), far.heads[payback.BucketCatalogue]
	far.mu.Unlock()
	cursors, err := p.db.Cursors(p.t.Context())
	if err != nil || cursors[1].Cursor != head {
		p.t.Fatalf("the catalogue is at %v, want %d (%v)", cursors, head, err)
	}
	n := 0
	for i := range 10 * rows {
		row, err := p.db.Row(p.t.Context(), payback.TitleKey(isbnAt(i)))
		if err != nil {
			p.t.Fatal(err)
		}
		if row != nil {
			n++
		}
		if n == rows {
			break
		}
	}
	if n != rows {
		p.t.Errorf("%d of %d titles are here", n, rows)
	}
	if sum, err := p.db.Digest(p.t.Context(), payback.BucketCatalogue); err != nil || sum != want {
		p.t.Errorf("digest %s, want %s (%v)", sum, want, err)
	}
}

func TestAFreshCounterGetsTheCatalogueBySnapshotAndTheTailByPull(t *testing.T) {
	pc, far := enrolled(t)
	far.titles(300)
	o := far.offers(70)
	far.titles(20) // changed since
	pc.record(3)
	r, err := pc.Step(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pc.stands(far)
	if o.served != len(o.bytes) || r.Rows < 320 || far.held() != 3 {
		t.Errorf("%d bytes of %d served, %d rows, %d ops", o.served, len(o.bytes), r.Rows, far.held())
	}
	for _, ask := range far.asked[1:] {
		if len(ask.Buckets) > 1 && ask.Buckets[1].Cursor < o.Position {
			t.Errorf("the catalogue was pulled from %d", ask.Buckets[1].Cursor)
		}
	}
}

// Every reply is cut at a random byte, and the program ends and starts again now
// and then.
func TestASnapshotGoesOnWhereverItWasCut(t *testing.T) {
	for seed := range uint64(25) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		pc, far := enrolled(t)
		far.titles(120)
		o := far.offers(1 + rnd.IntN(60))
		o.cut = func(n int) int { return rnd.IntN(n + 1) }
		for tries := 0; ; tries++ {
			if tries == 20 {
				o.cut = nil
			}
			_, err := pc.Step(t.Context())
			if err == nil {
				break
			}
			if tries > 25 {
				t.Fatal(err)
			}
			if rnd.IntN(3) == 0 {
				pc = pc.restarted(far, byte(100+tries))
			}
		}
		pc.stands(far)
		if o.served != len(o.bytes) {
			t.Errorf("seed %d: %d bytes were served of a snapshot of %d", seed, o.served, len(o.bytes))
		}
	}
}

// restarted is the same folder under a program that was started again.
func (p *counterPC) restarted(far *server, seed byte) *counterPC {
	p.t.Helper()
	if err := p.db.Close(); err != nil {
		p.t.Fatal(err)
	}
	chance := rand.NewChaCha8([32]byte{seed})
	d, err := db.Open(p.t.Context(), p.dir, db.Env{Clock: p.clock, IDs: stamp.NewIDs(stamp.Times(p.clock), chance), Chance: chance})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { d.Close() })
	s, err := New(d, Env{Clock: p.clock, Chance: chance, Ring: p.env.Ring, Program: "test", Face: "verb", Transport: direct{far}})
	if err != nil {
		p.t.Fatal(err)
	}
	return &counterPC{t: p.t, clock: p.clock, dir: p.dir, db: d, Syncer: s, counted: p.counted}
}

func TestADamagedPieceIsFetchedAgainAlone(t *testing.T) {
	pc, far := enrolled(t)
	far.titles(300)
	o := far.offers(50)
	honest := bytes.Clone(o.bytes)
	from, to := o.Span(2)
	o.bytes[from+5] ^= 1
	o.cut = func(n int) int { // whole, and mended after the first
		return n
	}
	far.meddling(func(w http.ResponseWriter, r *http.Request, h http.Handler) {
		o.serve(far, w, r, h)
		if strings.HasPrefix(r.URL.Path, pathSnapshot+"/") {
			o.bytes = honest
		}
	})
	if _, err := pc.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	pc.stands(far)
	if want := len(o.bytes) + int(to-from); o.served != want {
		t.Errorf("%d bytes served, want the snapshot and one piece: %d", o.served, want)
	}
}

func TestASnapshotThatStaysWrongIsLeftForThePull(t *testing.T) {
	pc, far := enrolled(t)
	far.titles(100)
	o := far.offers(30)
	from, _ := o.Span(1)
	o.bytes[from+5] ^= 1
	if _, err := pc.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	pc.stands(far)
}

func TestASnapshotOfOtherRowsThanItSaysIsNeverAdopted(t *testing.T) {
	pc, far := enrolled(t)
	far.titles(100)
	o := far.offers(30)
	o.Digest.Add(payback.TTitle, "x", []byte("x"))
	if _, err := pc.Step(t.Context()); err == nil {
		t.Fatal("a digest that differs is no error")
	}
	if _, err := pc.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	pc.stands(far)
}

func TestASnapshotThatTheServerNoLongerHasIsReplaced(t *testing.T) {
	pc, far := enrolled(t)
	far.titles(100)
	first := far.offers(20)
	stop := true
	first.cut = func(n int) int { return n / 2 }
	_, _ = pc.Step(t.Context())
	far.titles(10)
	second := far.offers(20)
	far.meddling(func(w http.ResponseWriter, r *http.Request, h http.Handler) {
		if stop && r.URL.Path == pathSnapshot+"/"+first.ID {
			s, body := refuse(t, errNoSnapshot)
			far.reply(w, r, s, body)
			return
		}
		second.serve(far, w, r, h)
	})
	for range 3 {
		if _, err := pc.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	pc.stands(far)
}

// A portal that answers in the middle leaves nothing that is believed.
func TestAPortalInTheMiddleOfASnapshotChangesNothing(t *testing.T) {
	pc, far := enrolled(t)
	far.titles(100)
	o := far.offers(20)
	n := 0
	far.meddling(func(w http.ResponseWriter, r *http.Request, h http.Handler) {
		if strings.HasPrefix(r.URL.Path, pathSnapshot+"/") {
			if n++; n == 1 {
				rec := httptest.NewRecorder()
				o.serve(far, rec, r, h)
				w.Header().Set("Content-Range", rec.Header().Get("Content-Range"))
				w.Header().Set(syncproto.HeaderSignature, string(syncproto.SignReply(generate(t, 66), 206, r.URL.Path, "", nil)))
				w.WriteHeader(206)
				fmt.Fprint(w, strings.Repeat("<html>", rec.Body.Len()/6+1)[:rec.Body.Len()])
				return
			}
		}
		o.serve(far, w, r, h)
	})
	if _, err := pc.Step(t.Context()); keyOf(err) != KeyWrongServer {
		t.Fatalf("a portal's bytes: %v", err)
	}
	if _, err := pc.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	pc.stands(far)
}
