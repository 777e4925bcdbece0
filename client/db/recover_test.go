package db

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// openAlone opens the folder as a face does.
func (f *folder) openAlone(t testing.TB) Recovered {
	t.Helper()
	thin(t, f.dir)
	d, r, err := OpenAlone(t.Context(), f.dir, f.env)
	if err != nil {
		t.Fatal(err)
	}
	f.db = d
	t.Cleanup(func() { d.Close() })
	return r
}

// thin makes a reserve that takes no room.
func thin(t testing.TB, dir string) {
	t.Helper()
	path := filepath.Join(dir, reserveName)
	if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, reserveSize)); err != nil {
		t.Fatal(err)
	}
}

// crashed returns a copy of the folder as it lies, as if its program had gone.
func (f *folder) crashed(t testing.TB) *folder {
	t.Helper()
	c := *f
	c.dir, c.db = t.TempDir(), nil
	copyFolder(t, f.dir, c.dir)
	return &c
}

func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		if e.Name() == FileName+"-shm" || e.Name() == reserveName {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// unsent returns the ops that wait, by run and number.
func unsent(t testing.TB, d *DB) map[opRef][]byte {
	t.Helper()
	rows, err := d.file.Read.QueryContext(t.Context(), "SELECT run, wseq, raw FROM outbox WHERE acked = 0 AND stuck = 0")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[opRef][]byte{}
	for rows.Next() {
		var ref opRef
		var raw []byte
		if err := rows.Scan(&ref.run, &ref.wseq, &raw); err != nil {
			t.Fatal(err)
		}
		out[ref] = raw
	}
	return out
}

// worked returns a folder with two runs: some ops acknowledged, some not.
func worked(t testing.TB) *folder {
	t.Helper()
	f := newFolder(t)
	var ids []payback.RequestID
	for n := range 12 {
		ids = append(ids, f.place(n+1))
	}
	f.pull(t)
	for i, id := range ids[:6] {
		f.record(t, accept(id), sell(id, payback.CopyID(fmt.Sprint("copy", i))))
	}
	f.push(t, true)
	f.pull(t)
	if err := f.db.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.db.file.Checkpoint(t.Context(), "TRUNCATE"); err != nil {
		t.Fatal(err)
	}
	for i, id := range ids[6:] {
		f.record(t, accept(id), sell(id, payback.CopyID(fmt.Sprint("copy", 6+i))))
	}
	card := &Attachment{ID: "card1", Data: []byte("sealed")}
	_, no, err := f.db.Record(t.Context(), []Entry{{Body: &payback.Return{Loan: "copy7"}, Role: payback.RoleClerk, Attach: card}}, nil)
	if err != nil || !no.None() {
		t.Fatal(no, err)
	}
	return f
}

// wantAll fails unless every op of want waits, with its bytes.
func wantAll(t testing.TB, d *DB, want map[opRef][]byte) {
	t.Helper()
	got := unsent(t, d)
	for ref, raw := range want {
		if !bytes.Equal(got[ref], raw) {
			t.Fatalf("op %s/%d is lost or changed", ref.run, ref.wseq)
		}
	}
}

func TestLostLogIsNoticedAndItsOpsComeBack(t *testing.T) {
	f := worked(t)
	want := unsent(t, f.db)
	c := f.crashed(t)
	if err := os.Remove(filepath.Join(c.dir, FileName+"-wal")); err != nil {
		t.Fatal(err)
	}
	r := c.openAlone(t)
	if r.Quarantine != "" || r.Ops != len(want) || r.Missing != 0 {
		t.Errorf("recovered: %+v, want %d ops in the same file", r, len(want))
	}
	wantAll(t, c.db, want)
	if got := row[*payback.Loan](t, c.db, payback.LoanKey("copy8")); got == nil || got.State != payback.LoanOut {
		t.Errorf("the loan of a sale that was lost: %v", got)
	}
	goesOn(t, c)
	if n := rowsOf(t, c.db, "attachment"); n != 1 {
		t.Errorf("%d attachments left after the push, want 1: it is in no backup yet", n)
	}
	if err := c.db.Close(); err != nil {
		t.Fatal(err)
	}
	if again := c.openAlone(t); again.Any() {
		t.Errorf("the next start mends again: %+v", again)
	}
}

func rowsOf(t testing.TB, d *DB, table string) (n int) {
	t.Helper()
	if err := d.file.Read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// goesOn begins a run, records, sends everything and checks the folder.
func goesOn(t testing.TB, f *folder) {
	t.Helper()
	if err := f.db.BeginRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.record(t, &payback.Count{ISBN: testISBN, N: 1, Add: true, ID: "after"})
	server := *f
	server.server = newShelf()
	for len(unsent(t, f.db)) > 0 {
		server.push(t, true)
	}
	v, err := f.db.Verify(t.Context())
	if err != nil || len(v.Wrong) > 0 {
		t.Fatalf("verify: %v, %v", v.Wrong, err)
	}
}

func TestDamagedFileIsPutAsideAndNothingUnsentIsLost(t *testing.T) {
	f := worked(t)
	want := unsent(t, f.db)
	for _, size := range []int64{0, 100, 5000} {
		c := f.crashed(t)
		if err := os.Truncate(filepath.Join(c.dir, FileName), size); err != nil {
			t.Fatal(err)
		}
		r := c.openAlone(t)
		wantAll(t, c.db, want)
		if r.Quarantine != "" {
			if _, err := os.Stat(filepath.Join(r.Quarantine, FileName)); err != nil {
				t.Errorf("cut at %d: the damaged file is not kept: %v", size, err)
			}
		}
		e, ok, err := c.db.Enrolment(t.Context())
		if !ok || err != nil || e.Device != testDevice || r.Missing != 0 {
			t.Errorf("cut at %d: enrolment %+v, %v; recovered %+v", size, e, err, r)
		}
		if key, _ := r.Message(); key == "" {
			t.Errorf("cut at %d: nothing is said", size)
		}
		goesOn(t, c)
		c.pull(t)
	}
}

func TestOpsThatTheJournalLostAreSavedFromTheDamagedFile(t *testing.T) {
	f := worked(t)
	want := unsent(t, f.db)
	c := f.crashed(t)
	if err := os.RemoveAll(filepath.Join(c.dir, JournalFolder)); err != nil {
		t.Fatal(err)
	}
	d, err := Open(t.Context(), c.dir, c.env)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.file.Write.ExecContext(t.Context(), "UPDATE run SET hash = x'00' WHERE wseq > 0"); err != nil {
		t.Fatal(err)
	}
	set := Settings{Slip: "tcp:192.0.2.7", Auto: true}
	if err := d.SetSettings(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	d.Close()
	r := c.openAlone(t)
	if r.Quarantine == "" {
		t.Fatal("a run with another hash than its last op's was not noticed")
	}
	wantAll(t, c.db, want)
	if got := row[*payback.Loan](t, c.db, payback.LoanKey("copy2")); got == nil || got.State != payback.LoanOut {
		t.Errorf("a loan that the server had sent, before any pull: %v", got)
	}
	if got := row[*payback.Title](t, c.db, payback.TitleKey(testISBN)); got == nil {
		t.Error("the title of a loan is gone until the next pull")
	}
	if got, err := c.db.Settings(t.Context()); err != nil || got != set {
		t.Errorf("the settings are %+v, %v", got, err)
	}
	logged, _, err := readJournal(systemFiles{}, filepath.Join(c.dir, JournalFolder))
	if err != nil || len(logged) < len(want) {
		t.Errorf("the journal has %d records (%v), want %d again", len(logged), err, len(want))
	}
	if rowsOf(t, c.db, "attachment") != 1 {
		t.Error("the attachment is gone")
	}
	if p := c.pull(t); !p.Complete || len(p.Mismatch) > 0 {
		t.Errorf("the pull behind it: %+v", p)
	}
	if v, err := c.db.Verify(t.Context()); err != nil || len(v.Wrong) > 0 {
		t.Errorf("verify: %v, %v", v.Wrong, err)
	}
}

func TestDamagedJournalIsWrittenAnewOnce(t *testing.T) {
	f := worked(t)
	want := unsent(t, f.db)
	c := f.crashed(t)
	path := segmentPath(filepath.Join(c.dir, JournalFolder), 1)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(data[2000:3000])
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := c.openAlone(t); r.Journal == 0 || r.Quarantine != "" || r.Ops != 0 {
		t.Errorf("recovered: %+v", r)
	}
	wantAll(t, c.db, want)
	c.db.Close()
	if r := c.openAlone(t); r.Any() {
		t.Errorf("the second start: %+v", r)
	}
	os.RemoveAll(filepath.Join(c.dir, FileName))
	c.db.Close()
	c.openAlone(t)
	wantAll(t, c.db, want) // the new journal alone is enough
}

func TestFolderSetBackGoesOnUnderANewRun(t *testing.T) {
	f := newFolder(t)
	f.pull(t)
	count := func(n string) payback.Body { return &payback.Count{ISBN: testISBN, N: 1, Add: true, ID: n} }
	f.record(t, count("a"))
	old := f.crashed(t)
	f.record(t, count("b"), count("c"))
	f.push(t, true)
	old.openAlone(t)
	b, err := old.db.Pending(t.Context(), 10, 1<<20)
	if err != nil || len(b.Ops) != 1 {
		t.Fatal(len(b.Ops), err)
	}
	if err := old.db.Acked(t.Context(), b.Run, syncproto.PushReply{Epoch: "e1", Acked: 3}); err != nil {
		t.Fatal(err)
	}
	st, err := old.db.SyncState(t.Context())
	if err != nil || st.Rewound != b.Run {
		t.Errorf("state: %+v, %v, want run %s set back", st, err, b.Run)
	}
	e := decoded(t, old.record(t, count("d"))[0].Raw)
	if e.Run == b.Run || e.Wseq != 1 || e.After == nil || e.After.Run != b.Run || e.After.Wseq != 1 {
		t.Errorf("the next op: %+v", e)
	}
}

func TestOpsBehindOneThatIsGoneForGoodBlockNobody(t *testing.T) {
	f := newFolder(t)
	f.pull(t)
	for n := range 4 {
		f.record(t, &payback.Count{ISBN: testISBN, N: 1, Add: true, ID: fmt.Sprint("c", n)})
	}
	if _, err := f.db.file.Write.ExecContext(t.Context(), "DELETE FROM outbox WHERE wseq = 2"); err != nil {
		t.Fatal(err)
	}
	b, err := f.db.Pending(t.Context(), 10, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.db.Acked(t.Context(), b.Run, syncproto.PushReply{Epoch: "e1", Acked: 1, Gap: 2}); err != nil {
		t.Fatal(err)
	}
	next := f.record(t, &payback.Count{ISBN: testISBN, N: 1, Add: true, ID: "next"})
	got := unsent(t, f.db)
	if e := decoded(t, next[0].Raw); len(got) != 1 || e.Run == b.Run || e.After == nil || e.After.Wseq != 1 {
		t.Errorf("waiting: %d ops, the next is %+v", len(got), e)
	}
	if odd, err := f.db.Odd(t.Context(), 10, 0); err != nil || len(odd) != 2 || odd[0].Reason.Key != reasonGap || !odd[0].Stuck {
		t.Errorf("set aside: %+v, %v", odd, err)
	}
}

// BenchmarkRecover is a start after which the file is gone and the journal holds
// 5,000 unsent ops, beside a catalogue of 100,000 titles: until an act could be
// recorded. Aim: 10 s.
func BenchmarkRecover(b *testing.B) {
	f := fullFolder(b)
	for n := range 5000 {
		if _, no, err := f.db.Record(b.Context(), []Entry{{Body: accept(payback.RequestID(fmt.Sprintf("r%03d", n))), Role: payback.RoleClerk}}, nil); err != nil || !no.None() {
			b.Fatal(no, err)
		}
	}
	for b.Loop() {
		b.StopTimer()
		damaged := f.crashed(b)
		if err := os.Truncate(filepath.Join(damaged.dir, FileName), 20<<20); err != nil {
			b.Fatal(err)
		}
		sound := f.crashed(b)
		b.StartTimer()
		start := time.Now()
		r := damaged.openAlone(b)
		b.ReportMetric(time.Since(start).Seconds(), "damaged-s")
		if r.Quarantine == "" || r.Ops != 5000 {
			b.Fatalf("%+v", r)
		}
		start = time.Now()
		if r := sound.openAlone(b); r.Any() {
			b.Fatalf("%+v", r)
		}
		b.ReportMetric(time.Since(start).Seconds(), "killed-s")
	}
}
