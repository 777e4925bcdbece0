package db

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

const storeBucket = payback.Bucket("store/" + testStore)

// witness does one pull whose reply has sections, and says what is archived.
func (f *folder) witness(t *testing.T, archived uint64, sections ...syncproto.Section) {
	t.Helper()
	cursors, err := f.db.Cursors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reply, rows := f.server.pull(cursors)
	reply.Archived, reply.Sections = archived, sections
	for i := range reply.Sections {
		reply.Sections[i].Epoch = reply.Epoch
	}
	if _, err := f.db.ApplyPull(t.Context(), reply, rows); err != nil {
		t.Fatal(err)
	}
}

func section(from, to uint64, size int) syncproto.Section {
	return syncproto.Section{Bucket: storeBucket, From: from, To: to, Sig: "sig", Bytes: bytes.Repeat([]byte{byte(to)}, size)}
}

// brings returns what another epoch would be brought.
func (f *folder) brings(t *testing.T, epoch string) (out Witnesses) {
	t.Helper()
	out, err := f.db.Witnesses(t.Context(), epoch, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (f *folder) witnessed(t *testing.T) uint64 {
	t.Helper()
	cursors, err := f.db.Cursors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return cursors[0].Witness
}

func TestSectionsAreKeptAsTheyCameAndSurviveARestart(t *testing.T) {
	f := newFolder(t)
	for range 2 { // the same reply may come twice
		f.witness(t, 0, section(0, 5, 10), section(5, 9, 10))
	}
	_ = f.db.Close()
	f.open(t)
	if at := f.witnessed(t); at != 9 {
		t.Errorf("sections up to %d", at)
	}
	if w := f.brings(t, "e1"); !w.Empty() {
		t.Errorf("the present history is brought its own: %d", len(w.Sections))
	}
	w := f.brings(t, "e2")
	if len(w.Sections) != 2 || w.Before != "e1" || !bytes.Equal(w.Sections[1].Bytes, section(5, 9, 10).Bytes) || w.Sections[1].Sig != "sig" {
		t.Errorf("%+v", w)
	}
	if one, err := f.db.Witnesses(t.Context(), "e2", 1); err != nil || len(one.Sections) != 1 {
		t.Errorf("by one: %d, %v", len(one.Sections), err)
	}
	if err := f.db.Brought(t.Context(), "e2", w); err != nil {
		t.Fatal(err)
	}
	if w := f.brings(t, "e2"); !w.Empty() {
		t.Errorf("brought twice: %+v", w)
	}
	if w := f.brings(t, "e3"); len(w.Sections) != 2 {
		t.Errorf("a second restore gets %d", len(w.Sections))
	}
}

// A new history begins without sections, and keeps the old one's.
func TestANewHistoryIsWitnessedFromItsBeginning(t *testing.T) {
	f := newFolder(t)
	f.witness(t, 0, section(0, 5, 10))
	f.server.epoch = "e2"
	f.witness(t, 0)
	if at := f.witnessed(t); at != 0 {
		t.Errorf("sections of the new history up to %d", at)
	}
	f.witness(t, 0, section(0, 3, 10))
	if w := f.brings(t, "e3"); len(w.Sections) != 2 {
		t.Errorf("%d sections", len(w.Sections))
	}
}

// What is archived goes for want of room alone, the oldest first; what is not stays
// beyond that room; the newest always stays.
func TestArchivedSectionsGoWhenTheyTakeMuchRoom(t *testing.T) {
	const half = maxArchivedSections / 2
	for _, at := range []struct {
		last int // bytes of the third
		left int
	}{{-1, 3}, {0, 3}, {1, 2}} {
		t.Run(fmt.Sprint(at.last), func(t *testing.T) {
			f := newFolder(t)
			f.witness(t, 100, section(0, 1, half))
			f.witness(t, 100, section(1, 2, half-10))
			f.witness(t, 100, section(2, 3, 10+at.last))
			if w := f.brings(t, "e2"); len(w.Sections) != at.left || w.Sections[len(w.Sections)-1].To != 3 {
				t.Errorf("%d sections are left", len(w.Sections))
			}
		})
	}
	f := newFolder(t)
	for i := range uint64(3) {
		f.witness(t, 0, section(i, i+1, maxArchivedSections))
	}
	if w := f.brings(t, "e2"); len(w.Sections) != 3 {
		t.Errorf("not archived, and %d are left", len(w.Sections))
	}
	f.witness(t, 3, section(3, 4, 1))
	if w := f.brings(t, "e2"); len(w.Sections) != 1 || f.witnessed(t) != 4 {
		t.Errorf("archived, and %d are left", len(w.Sections))
	}
}

// told records an act and has it acknowledged by a signed reply.
func (f *folder) told(t *testing.T, n int) (reply syncproto.PushReply) {
	t.Helper()
	f.record(t, &payback.Count{ISBN: testISBN, N: 1 + n%9, Source: "count", ID: fmt.Sprint("told", n)})
	b, err := f.db.Pending(t.Context(), 1000, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	reply = f.server.push(t, b)
	reply.Run, reply.Device, reply.Store, reply.Hash = b.Run, testDevice, testStore, b.Hash
	if err := f.db.AckedBy(t.Context(), b.Run, reply, Proof{Nonce: fmt.Sprint(n), Sig: "sig", Body: []byte("body")}); err != nil {
		t.Fatal(err)
	}
	return reply
}

// A signed answer is kept with the ops that it is of until a section covers them or
// they are archived.
func TestSignedAnswersAreKeptUntilASectionSaysTheSame(t *testing.T) {
	for name, covers := range map[string]func(f *folder, at uint64){
		"section":  func(f *folder, at uint64) { f.witness(t, 0, section(0, at, 1)) },
		"archived": func(f *folder, at uint64) { f.witness(t, at) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.told(t, 1)
			at := f.told(t, 2).Verdicts[0].Position
			_ = f.db.Close()
			f.open(t)
			w := f.brings(t, "e2")
			if len(w.Answers) != 2 || w.Answers[1].Nonce != "2" || string(w.Answers[1].Body) != "body" || len(w.Answers[1].Raw) != 1 || w.Answers[1].Ops != 1 {
				t.Fatalf("%+v", w.Answers)
			}
			covers(f, at-1)
			if left := f.answers(t); !slices.Equal(left, []string{"2"}) {
				t.Errorf("one is covered: %v", left)
			}
			covers(f, at)
			if left := f.answers(t); len(left) != 0 {
				t.Errorf("both are covered: %v", left)
			}
		})
	}
}

// answers returns the nonces of the answers that are kept.
func (f *folder) answers(t *testing.T) (out []string) {
	t.Helper()
	rows, err := f.db.File().Read.QueryContext(t.Context(), "SELECT nonce FROM told ORDER BY n")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

// Sections are brought first; an answer that was brought is not brought again.
func TestAnswersAreBroughtAfterSectionsAndOnce(t *testing.T) {
	f := newFolder(t)
	f.witness(t, 0, section(0, 1, 1))
	f.told(t, 1)
	first := f.brings(t, "e2")
	if len(first.Sections) == 0 || len(first.Answers) != 0 {
		t.Fatalf("%+v", first)
	}
	for range 2 {
		if err := f.db.Brought(t.Context(), "e2", f.brings(t, "e2")); err != nil {
			t.Fatal(err)
		}
	}
	if w := f.brings(t, "e2"); !w.Empty() {
		t.Errorf("%+v", w)
	}
}

// Without a pull answers are bounded; one without a signature proves nothing.
func TestAnswersAreBounded(t *testing.T) {
	f := newFolder(t)
	f.record(t, &payback.Count{ISBN: testISBN, N: 1, Source: "count", ID: "unsigned"})
	f.push(t, true)
	if w := f.brings(t, "e2"); len(w.Answers) != 0 {
		t.Error("an unsigned answer is kept")
	}
	for i := range maxTold + 1 {
		f.told(t, i)
		if n := len(f.answers(t)); n != min(i+1, maxTold) {
			t.Fatalf("%d answers after %d", n, i+1)
		}
	}
	if w := f.brings(t, "e2"); len(w.Answers) != syncproto.MaxAnswers || w.Answers[0].Nonce != "1" {
		t.Errorf("%d answers at once, the first is %s", len(w.Answers), w.Answers[0].Nonce)
	}
}
