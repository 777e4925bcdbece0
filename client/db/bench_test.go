package db

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// The size of a counter that has been used for years in a large district.
const (
	benchTitles   = 100_000
	benchRequests = 20_000
)

// BenchmarkAct is one clerk's act (an accept) in a full file, from call to disk,
// beside BenchmarkBareCommit: one row in a file of the same settings. Aim: p99 of
// 10 ms.
func BenchmarkAct(b *testing.B) {
	f := fullFolder(b)
	var took []time.Duration
	n := 0
	for b.Loop() {
		id := payback.RequestID(fmt.Sprintf("r%03d", n%benchRequests))
		if n >= benchRequests {
			b.Fatal("more rounds than requests")
		}
		if n++; n%10 == 0 { // an exchange ends now and then, as beside a clerk; it is not the act's time
			if err := f.db.SetSyncState(b.Context(), SyncState{}); err != nil {
				b.Fatal(err)
			}
		}
		f.clock.Advance(time.Second)
		start := time.Now()
		_, no, err := f.db.Record(b.Context(), []Entry{{Body: accept(id), Role: payback.RoleClerk, By: "c1"}}, nil)
		took = append(took, time.Since(start))
		if err != nil || !no.None() {
			b.Fatal(no, err)
		}
	}
	report(b, took)
}

// BenchmarkCatchUp is a second PC of a store that takes in what the first one did,
// durably: requests, loans and verdicts in replies of 5,000 rows.
func BenchmarkCatchUp(b *testing.B) {
	var replies [][]payback.Row
	for part := range 20 {
		var rows []payback.Row
		for i := range 5000 / 3 {
			n := part*5000/3 + i
			id := fmt.Sprintf("0192f4c1-0000-7000-8000-%012d", n)
			rows = append(rows, &payback.Request{ID: payback.RequestID(id), Resident: payback.ResidentID(fmt.Sprint("p", n)), ISBN: payback.ISBN(fmt.Sprintf("979%010d", n)),
				Store: testStore, Assign: 1, State: payback.Placed, Number: fmt.Sprintf("%04d", n%10000), Slot: 1, Reserved: 14000, Price: 14000,
				PlacedAt: testStart.UnixMilli(), EndsOn: "2026-11-30"},
				&payback.Loan{ID: payback.LoanID(id), Store: testStore, State: payback.LoanOut, ISBN: payback.ISBN(fmt.Sprintf("979%010d", n)), Resident: payback.ResidentID(fmt.Sprint("p", n)), Number: fmt.Sprintf("%04d", n%10000), Due: "2026-12-14"},
				&payback.VerdictRow{Store: testStore, Op: payback.OpRef{Kind: "sale", Run: "r1", Wseq: uint64(n + 1), At: int64(n)}, Verdict: payback.Applied, Subject: payback.LoanKey(payback.LoanID(id))})
		}
		replies = append(replies, rows)
	}
	rows := 0
	var took time.Duration
	for b.Loop() {
		f := newFolder(b)
		for _, r := range replies {
			took += f.bring(b, r)
			rows += len(r)
		}
	}
	b.ReportMetric(float64(rows)/took.Seconds(), "rows/s")
}

// BenchmarkBareCommit is one row written and committed: what the disk and SQLite
// ask of everybody.
func BenchmarkBareCommit(b *testing.B) {
	f := newFolder(b)
	if _, err := f.db.file.Write.ExecContext(b.Context(), "CREATE TABLE bare (id INTEGER PRIMARY KEY, raw BLOB NOT NULL) STRICT"); err != nil {
		b.Fatal(err)
	}
	raw := make([]byte, 600)
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		err := f.db.file.Tx(b.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(b.Context(), "INSERT INTO bare (raw) VALUES (?)", raw)
			return err
		})
		took = append(took, time.Since(start))
		if err != nil {
			b.Fatal(err)
		}
	}
	report(b, took)
}

func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	at := func(p int) float64 { return took[min(len(took)-1, len(took)*p/100)].Seconds() * 1000 }
	b.ReportMetric(at(50), "p50-ms")
	b.ReportMetric(at(99), "p99-ms")
}

// fullFolder returns a folder with a large catalogue and many requests.
func fullFolder(b *testing.B) *folder {
	f := newFolder(b)
	words := []string{"불편한", "편의점", "채식주의자", "아몬드", "역사", "과학", "시간", "여행", "바다", "도시", "밤", "소년", "이야기", "철학", "수학", "요리"}
	var rows []payback.Row
	for n := range benchTitles {
		name := words[n%16] + " " + words[n/16%16] + " " + words[n/256%16] + fmt.Sprint(n)
		rows = append(rows, &payback.Title{ISBN: payback.ISBN(fmt.Sprintf("979%010d", n)), Name: name, Author: words[n/7%16], Price: 14000})
		if len(rows) == 5000 {
			f.bring(b, rows)
			rows = rows[:0]
		}
	}
	for n := range benchRequests {
		id := payback.RequestID(fmt.Sprintf("r%03d", n))
		rows = append(rows, &payback.Request{ID: id, Resident: payback.ResidentID(fmt.Sprint("p", n)), ISBN: payback.ISBN(fmt.Sprintf("979%010d", n)),
			Store: testStore, Assign: 1, State: payback.Placed, Number: fmt.Sprintf("%04d", n%10000), Slot: 1, Reserved: 14000, Price: 14000,
			PlacedAt: testStart.UnixMilli(), EndsOn: "2026-11-30"})
	}
	f.pull(b)
	f.bring(b, rows)
	return f
}

// bring applies rows as one page of an unfinished pull and returns how long it took.
func (f *folder) bring(b *testing.B, rows []payback.Row) time.Duration {
	cursors, err := f.db.Cursors(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	reply := syncproto.PullReply{Epoch: "e1"}
	var out []PulledRow
	f.server.position++
	for i, c := range cursors {
		reply.Buckets = append(reply.Buckets, syncproto.BucketPart{Name: c.Name, From: c.Cursor, To: f.server.position, Head: 1 << 40})
		for _, r := range rows {
			if r.Bucket() != c.Name {
				continue
			}
			raw, err := payback.EncodeRow(r)
			if err != nil {
				b.Fatal(err)
			}
			out = append(out, PulledRow{syncproto.RowName{Bucket: i, Table: string(r.Key().Table), ID: r.Key().ID, Position: f.server.position}, raw})
		}
	}
	start := time.Now()
	if _, err := f.db.ApplyPull(b.Context(), reply, out); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}
