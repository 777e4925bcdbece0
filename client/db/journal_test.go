package db

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

func someRecords(n int) []jnlRecord {
	var out []jnlRecord
	for i := range n {
		out = append(out, jnlRecord{what: jnlOp, run: "run", wseq: uint64(i + 1), data: bytes.Repeat([]byte{byte(i)}, 100+i)})
	}
	return out
}

func wseqs(records []jnlRecord) (out []uint64) {
	for _, r := range records {
		out = append(out, r.wseq)
	}
	return out
}

func TestTornTailIsToleratedAndADamagedRecordSkipped(t *testing.T) {
	var whole []byte
	var ends []int
	for _, r := range someRecords(3) {
		whole = r.appendTo(whole)
		ends = append(ends, len(whole))
	}
	whole = append(whole, make([]byte, 500)...) // room that was made
	for cut := ends[1]; cut < ends[2]; cut++ {
		data := append(bytes.Clone(whole[:cut]), make([]byte, 1000)...)
		got, end, bad := scanJnl(data)
		if len(got) != 2 || bad != 0 || end < ends[1] || end > cut {
			t.Fatalf("cut at %d: got %v, end %d, bad %d", cut, wseqs(got), end, bad)
		}
	}
	for at := ends[0]; at < ends[1]; at++ {
		data := bytes.Clone(whole)
		data[at] ^= 0x10
		got, end, bad := scanJnl(data)
		if fmt.Sprint(wseqs(got)) != "[1 3]" || bad != 1 || end != ends[2] {
			t.Fatalf("flip at %d: got %v, end %d, bad %d", at, wseqs(got), end, bad)
		}
	}
	if got, end, bad := scanJnl(whole); len(got) != 3 || end != ends[2] || bad != 0 {
		t.Errorf("undamaged: got %v, end %d, bad %d", wseqs(got), end, bad)
	}
}

func TestRecordsOfTwoProgramsDoNotOverwriteEachOther(t *testing.T) {
	dir := t.TempDir()
	a, b := &journal{dir: dir, files: systemFiles{}}, &journal{dir: dir, files: systemFiles{}}
	defer a.close()
	defer b.close()
	for i := range 40 {
		j := a
		if i%3 == 1 {
			j = b
		}
		if err := j.append(jnlRecord{what: jnlOp, run: "r", wseq: uint64(i + 1), data: bytes.Repeat([]byte("x"), 20_000*(i%3))}); err != nil {
			t.Fatal(err)
		}
	}
	got, bad, err := readJournal(systemFiles{}, dir)
	if err != nil || bad != 0 || len(got) != 40 {
		t.Fatalf("got %d records, %d bad, %v", len(got), bad, err)
	}
	for i, r := range got {
		if r.wseq != uint64(i+1) {
			t.Fatalf("record %d is %d", i+1, r.wseq)
		}
	}
}

func TestSegmentsGoWhenAllTheirOpsAreArchived(t *testing.T) {
	dir := t.TempDir()
	j := &journal{dir: dir, files: systemFiles{}}
	defer j.close()
	big := bytes.Repeat([]byte("x"), 60<<10)
	for i := range 200 { // some 12 MiB
		if err := j.append(jnlRecord{what: jnlOp, run: "r", wseq: uint64(i + 1), data: big}); err != nil {
			t.Fatal(err)
		}
	}
	before, _ := segments(systemFiles{}, dir)
	for _, n := range before {
		if info, err := os.Stat(segmentPath(dir, n)); err != nil || info.Size() > jnlSegment {
			t.Errorf("segment %d: %v, %v", n, info.Size(), err)
		}
	}
	until := func(last uint64) func(payback.RunID, uint64) (bool, error) {
		return func(_ payback.RunID, wseq uint64) (bool, error) { return wseq <= last, nil }
	}
	if err := j.drop(until(100)); err != nil {
		t.Fatal(err)
	}
	left, _, _ := readJournal(systemFiles{}, dir)
	if left[0].wseq > 101 || left[0].wseq < 2 || left[len(left)-1].wseq != 200 {
		t.Errorf("left are %d to %d of 200, 100 archived", left[0].wseq, left[len(left)-1].wseq)
	}
	if err := j.drop(until(1000)); err != nil {
		t.Fatal(err)
	}
	if after, _ := segments(systemFiles{}, dir); len(after) != 1 || after[0] != before[len(before)-1] {
		t.Errorf("segments left: %v of %v, want the newest", after, before)
	}
}

func TestWithoutAJournalActsGoOnButMoneyStops(t *testing.T) {
	f := newFolder(t)
	id := f.place(1)
	f.pull(t)
	at := filepath.Join(f.dir, JournalFolder)
	if err := os.WriteFile(at, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	f.record(t, accept(id))
	st, err := f.db.SyncState(t.Context())
	if err != nil || st.Journal.Key != KeyNoJournal {
		t.Fatalf("state: %+v, %v", st, err)
	}
	_, _, err = f.db.Record(t.Context(), []Entry{{Body: sell(id, "copy1"), Role: payback.RoleClerk}}, nil)
	if key, _ := fault.Message(err); key != KeyNoJournal || fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("a sale: %v", err)
	}
	if err := os.Remove(at); err != nil {
		t.Fatal(err)
	}
	f.record(t, sell(id, "copy1"))
	got, _, err := readJournal(systemFiles{}, at)
	if st, _ := f.db.SyncState(t.Context()); err != nil || len(got) != 2 || got[0].wseq != 1 || !st.Journal.None() {
		t.Errorf("journal after the repair: %v, %v, %v", wseqs(got), st.Journal, err)
	}
}
