package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/client/term"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Scans into the real program: each is one act, none is lost, none is doubled.

// manyScans is how many books a test scans.
const manyScans = 300

// asCounter is the variable by which a test starts this very binary as the counter.
const asCounter = "BOOKPAYBACK_TEST_COUNTER"

func TestMain(m *testing.M) {
	if os.Getenv(asCounter) != "" {
		ctx, stop := context.WithCancel(context.Background())
		code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// isbnOf returns the i-th of a row of right ISBNs.
func isbnOf(i int) string {
	code := fmt.Sprintf("978%09d", 893640000+i)
	sum := 0
	for at, r := range code {
		sum += int(r-'0') * (1 + 2*(at%2))
	}
	return code + fmt.Sprint((10-sum%10)%10)
}

// busyFolder returns the data folder of a store in which n requests wait, each for
// another book: to scan one is to accept its request.
func busyFolder(t *testing.T, n int) string {
	t.Helper()
	dir := enrolledFolder(t)
	f, err := openFolder(t.Context(), dir, use{face: faceVerb})
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	rows := []payback.Row{&payback.District{ID: "seocho", Name: "서초구", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{"111001"}},
		&payback.PolicyRow{Policy: payback.DefaultPolicy()}, &payback.Store{ID: "s01", Name: "반포서점", Libraries: []payback.LibraryID{"111001"}},
		&payback.Library{ID: "111001", Name: "반포도서관"}}
	ends := payback.Date(time.Now().AddDate(0, 0, 7).Format(time.DateOnly))
	for i := range n {
		rows = append(rows, &payback.Title{ISBN: payback.ISBN(isbnOf(i)), Name: fmt.Sprintf("어서 오세요, 휴남동 서점입니다 %d", i+1), Author: "황보름", Price: 14000},
			&payback.Request{ID: payback.RequestID(fmt.Sprintf("r%04d", i)), Resident: payback.ResidentID(fmt.Sprintf("p%04d", i)), ISBN: payback.ISBN(isbnOf(i)),
				Store: "s01", Assign: 1, State: payback.Placed, Number: fmt.Sprintf("%04d", i+1), Slot: i + 1, Reserved: 14000, Price: 14000,
				PlacedAt: time.Now().UnixMilli(), EndsOn: ends, Library: "111001", Year: string(ends[:4])})
	}
	served(t, f, rows)
	return dir
}

// served puts rows into a folder as a server's reply does.
func served(t *testing.T, f *folder, rows []payback.Row) {
	t.Helper()
	cursors, err := f.db.Cursors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reply := syncproto.PullReply{Epoch: "e1", Now: time.Now().UnixMilli()}
	var pulled []db.PulledRow
	for i, c := range cursors {
		part := syncproto.BucketPart{Name: c.Name, To: 1, Head: 1}
		for _, r := range rows {
			if r.Bucket() != c.Name {
				continue
			}
			raw, err := payback.EncodeRow(r)
			if err != nil {
				t.Fatal(err)
			}
			part.Digest.Add(r.Key().Table, r.Key().ID, raw)
			pulled = append(pulled, db.PulledRow{RowName: syncproto.RowName{Bucket: i, Table: string(r.Key().Table), ID: r.Key().ID, Position: 1}, Raw: raw})
		}
		reply.Buckets = append(reply.Buckets, part)
	}
	if _, err := f.db.ApplyPull(t.Context(), reply, pulled); err != nil {
		t.Fatal(err)
	}
}

// counterEnv is the environment of a counter that tests start.
func counterEnv(t *testing.T) []string {
	home := t.TempDir()
	return append(os.Environ(), asCounter+"=1", "BOOKPAYBACK_VOLUME=0", "BOOKPAYBACK_LANG=ko", "HOME="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"),
		"XDG_CONFIG_HOME="+filepath.Join(home, "config"), "LC_ALL=C.UTF-8", "TERM=xterm-256color")
}

// own returns all acts of a folder's PC, as its verb lists them beside an open face.
func own(t *testing.T, dir string) (list []term.OutboxJSON) {
	t.Helper()
	code, out, news := runCounter(t, "--data", dir, "--json", "outbox", "--all", "--limit", "1000")
	if code != 0 {
		t.Fatalf("outbox: code %d, %s", code, news)
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// until waits until something holds, for so long at most.
func until(t *testing.T, limit time.Duration, holds func() bool) bool {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), limit)
	defer stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// wantEachOnce checks that each of n books was accepted once, and nothing else done.
func wantEachOnce(t *testing.T, dir string, n int) {
	t.Helper()
	list := own(t, dir)
	times := map[string]int{}
	for _, o := range list {
		if !strings.Contains(o.Text, assets.NewSpeaker("en").Say("payback.kind.accept", nil)) {
			t.Errorf("recorded besides: %s", o.Text)
		}
		times[o.Title]++
	}
	lost, doubled := 0, 0
	for i := range n {
		switch times[fmt.Sprintf("어서 오세요, 휴남동 서점입니다 %d", i+1)] {
		case 1:
		case 0:
			lost++
		default:
			doubled++
		}
	}
	t.Logf("%d scans, %d acts, %d lost, %d doubled", n, len(list), lost, doubled)
	if len(list) != n || lost+doubled > 0 {
		t.Errorf("%d scans became %d acts: %d lost, %d doubled", n, len(list), lost, doubled)
	}
}
