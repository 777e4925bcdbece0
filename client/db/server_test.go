package db

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

const (
	testStore  = payback.StoreID("s01")
	testDevice = payback.DeviceID("pc1")
	testISBN   = payback.ISBN("9791161571188")
)

var testStart = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

// seeded is chance that repeats.
type seeded struct{ *rand.ChaCha8 }

func newSeeded() seeded { return seeded{rand.NewChaCha8([32]byte{1})} }

// folder is a data folder, its clock and what opens it.
type folder struct {
	dir    string
	clock  *stamp.Manual
	env    Env
	db     *DB
	server *shelf
}

// newFolder returns an enrolled folder with a run, beside an empty server.
func newFolder(t testing.TB) *folder {
	t.Helper()
	return newFolderIn(t, t.TempDir())
}

// newFolderIn is newFolder in a folder that may have been one before.
func newFolderIn(t testing.TB, dir string) *folder {
	t.Helper()
	clock := stamp.NewManual(testStart, "boot")
	chance := newSeeded()
	f := &folder{dir: dir, clock: clock, server: newShelf()}
	f.env = Env{Clock: clock, IDs: stamp.NewIDs(stamp.Times(clock), chance), Chance: chance}
	f.open(t)
	if err := f.db.SetEnrolment(t.Context(), Enrolment{Device: testDevice, Store: testStore, District: "seocho", Epoch: "e1"}); err != nil {
		t.Fatal(err)
	}
	if err := f.db.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *folder) open(t testing.TB) {
	t.Helper()
	d, err := Open(t.Context(), f.dir, f.env)
	if err != nil {
		t.Fatal(err)
	}
	f.db = d
	t.Cleanup(func() { d.Close() })
}

// shelf is a server of one district with one store: rows by bucket with their
// positions, and the reducer that sees them all.
type shelf struct {
	rows     map[payback.Key]sent
	gone     map[payback.Key]sent
	position uint64
	epoch    string
}

type sent struct {
	row      payback.Row
	raw      []byte
	bucket   payback.Bucket
	position uint64
}

func newShelf() *shelf {
	s := &shelf{rows: map[payback.Key]sent{}, gone: map[payback.Key]sent{}, epoch: "e1"}
	s.set(&payback.District{ID: "seocho", Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{"111001"}},
		&payback.PolicyRow{Policy: payback.DefaultPolicy()},
		&payback.Store{ID: testStore, Name: "한빛서점", Libraries: []payback.LibraryID{"111001"}},
		&payback.Library{ID: "111001", Name: "반포도서관"},
		&payback.Title{ISBN: testISBN, Name: "불편한 편의점", Author: "김호연", Price: 14000})
	return s
}

// set writes rows as one op.
func (s *shelf) set(rows ...payback.Row) {
	s.position++
	for _, r := range rows {
		raw, err := payback.EncodeRow(r)
		if err != nil {
			panic(err)
		}
		s.rows[r.Key()] = sent{payback.CloneRow(r), raw, r.Bucket(), s.position}
		delete(s.gone, r.Key())
	}
}

func (s *shelf) drop(k payback.Key) {
	s.position++
	s.gone[k] = sent{bucket: s.rows[k].bucket, position: s.position}
	delete(s.rows, k)
}

// Row lets payback.Apply see everything.
func (s *shelf) Row(k payback.Key) (payback.Row, payback.Presence) {
	if r, ok := s.rows[k]; ok {
		return r.row, payback.Present
	}
	return nil, payback.Absent
}

// push takes a batch in and answers as a server does.
func (s *shelf) push(t testing.TB, b Batch) syncproto.PushReply {
	t.Helper()
	reply := syncproto.PushReply{Epoch: s.epoch, Acked: b.Last}
	for i, raw := range b.Ops {
		op, err := opOf(raw, Enrolment{Store: testStore, Device: testDevice})
		if err != nil {
			t.Fatal(err)
		}
		env := payback.Env{Policies: payback.Policies{payback.DefaultPolicy()}, Zone: time.FixedZone("KST", 9*3600)}
		out := payback.Apply(s, op, env)
		rows := append(slices.Clone(out.Changed), &payback.VerdictRow{Store: testStore, Op: op.Ref, Verdict: out.Verdict,
			Reason: out.Reason, Winner: out.Winner, Case: out.Case, Subject: subjectOf(op)})
		s.set(rows...)
		for _, k := range out.Deleted {
			if _, ok := s.rows[k]; ok {
				s.gone[k] = sent{bucket: s.rows[k].bucket, position: s.position}
				delete(s.rows, k)
			}
		}
		reply.Verdicts = append(reply.Verdicts, syncproto.OpVerdict{Wseq: b.From + uint64(i), Position: s.position,
			Verdict: out.Verdict, Reason: out.Reason, Winner: out.Winner, Case: out.Case})
	}
	return reply
}

// pull answers a pull as a server does, in one page.
func (s *shelf) pull(cursors []syncproto.BucketCursor) (syncproto.PullReply, []PulledRow) {
	reply := syncproto.PullReply{Epoch: s.epoch}
	var rows []PulledRow
	for i, c := range cursors {
		part := syncproto.BucketPart{Name: c.Name, From: c.Cursor, To: s.position, Head: s.position}
		var part1 []PulledRow
		for k, r := range s.rows {
			if r.bucket != c.Name {
				continue
			}
			part.Digest.Add(k.Table, k.ID, r.raw)
			if r.position > c.Cursor {
				part1 = append(part1, PulledRow{syncproto.RowName{Bucket: i, Table: string(k.Table), ID: k.ID, Position: r.position}, r.raw})
			}
		}
		for k, r := range s.gone {
			if r.bucket == c.Name && r.position > c.Cursor {
				part1 = append(part1, PulledRow{syncproto.RowName{Bucket: i, Table: string(k.Table), ID: k.ID, Position: r.position}, nil})
			}
		}
		slices.SortFunc(part1, func(a, b PulledRow) int { return int(a.Position) - int(b.Position) })
		rows = append(rows, part1...)
		reply.Buckets = append(reply.Buckets, part)
	}
	return reply, rows
}

// pull does one pull of a folder.
func (f *folder) pull(t testing.TB) Pulled {
	t.Helper()
	cursors, err := f.db.Cursors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reply, rows := f.server.pull(cursors)
	out, err := f.db.ApplyPull(t.Context(), reply, rows)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// push does one push of a folder; ack false loses the reply.
func (f *folder) push(t testing.TB, ack bool) {
	t.Helper()
	b, err := f.db.Pending(t.Context(), 1000, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if b.Empty() {
		return
	}
	reply := f.server.push(t, b)
	if !ack {
		return
	}
	if err := f.db.Acked(t.Context(), b.Run, reply); err != nil {
		t.Fatal(err)
	}
}

// record records acts of a clerk and fails the test if it can't.
func (f *folder) record(t testing.TB, bodies ...payback.Body) []Recorded {
	t.Helper()
	f.clock.Advance(time.Second)
	var entries []Entry
	for _, b := range bodies {
		entries = append(entries, Entry{Body: b, Role: payback.RoleClerk, By: "c1"})
	}
	done, no, err := f.db.Record(t.Context(), entries, nil)
	if err != nil || !no.None() {
		t.Fatalf("Record: refused %v, error %v", no, err)
	}
	return done
}

// place puts a request of a resident onto the server.
func (f *folder) place(n int) payback.RequestID {
	id := payback.RequestID(fmt.Sprintf("r%03d", n))
	f.server.set(&payback.Request{ID: id, Resident: payback.ResidentID(fmt.Sprintf("p%03d", n)), ISBN: testISBN, Store: testStore,
		Assign: 1, State: payback.Placed, Number: fmt.Sprintf("%04d", n), Slot: n, Reserved: 14000, Price: 14000,
		PlacedAt: testStart.UnixMilli(), EndsOn: "2026-11-30"})
	return id
}

func row[R payback.Row](t testing.TB, d *DB, k payback.Key) R {
	t.Helper()
	r, err := d.Row(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	var none R
	if r == nil {
		return none
	}
	return r.(R)
}

// overlayRows counts the rows of the overlay.
func overlayRows(t testing.TB, d *DB) (n int) {
	t.Helper()
	for _, s := range specs {
		var m int
		if err := d.file.Read.QueryRowContext(context.Background(), "SELECT COUNT(*) FROM o_"+string(s.table)).Scan(&m); err != nil {
			t.Fatal(err)
		}
		n += m
	}
	return n
}

// recomputed is the digest of the confirmed rows of a bucket, from the file.
func recomputed(t testing.TB, d *DB, b payback.Bucket) (sum syncproto.Digest) {
	t.Helper()
	tables := map[string]payback.Table{}
	for _, s := range specs {
		if inBucket(s.table, b) {
			tables["SELECT id, raw FROM c_"+string(s.table)] = s.table
		}
	}
	for query, table := range tables {
		rows, err := d.file.Read.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id string
			var raw []byte
			if err := rows.Scan(&id, &raw); err != nil {
				t.Fatal(err)
			}
			sum.Add(table, id, bytes.Clone(raw))
		}
		rows.Close()
	}
	return sum
}
