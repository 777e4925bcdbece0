//go:build linux

package db

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// smallDisk mounts a disk in memory of 24 MiB, or skips.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skip("NOT TESTED: a small disk can only be mounted by root:", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill leaves no room on the disk of dir.
func fill(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size >= 1; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			size /= 2
		}
	}
	return path
}

func TestOnAFullDiskRefundsFinishAndASaleIsRefusedInPlainWords(t *testing.T) {
	f := newFolder(t)
	f.db.Close()
	f.dir = smallDisk(t)
	f.env.FreeMB = func() int64 { return 1000 }
	f.freshAlone(t)
	var ids []payback.RequestID
	for n := range 40 {
		ids = append(ids, f.place(n+1))
	}
	f.pull(t)
	for i, id := range ids[:30] {
		f.record(t, accept(id), sell(id, payback.CopyID(fmt.Sprint("copy", i))))
	}
	filler := fill(t, f.dir)
	var key string
	for _, id := range ids[30:] { // the log may have some room left in itself
		_, _, err := f.db.Record(t.Context(), []Entry{{Body: accept(id), Role: payback.RoleClerk},
			{Body: sell(id, payback.CopyID("late"+id)), Role: payback.RoleClerk}}, nil)
		if key, _ = fault.Message(err); key != "" {
			break
		}
	}
	if key != KeyNoRoomSale {
		t.Fatalf("a sale on a full disk: %q, want %q", key, KeyNoRoomSale)
	}
	for i := range 30 {
		loan := payback.LoanID(fmt.Sprint("copy", i))
		f.record(t, &payback.Return{Loan: loan}, &payback.RefundPaidOut{Loan: loan, Payout: "p" + string(loan), Amount: 14000, PayBy: payback.ByCard, Cancel: fmt.Sprint(i)})
		if got := row[*payback.Refund](t, f.db, payback.RefundKey(loan)); got == nil || got.State != payback.RefundPaid {
			t.Fatalf("refund %d did not finish", i)
		}
	}
	want := unsent(t, f.db)
	logged, _, err := readJournal(systemFiles{}, filepath.Join(f.dir, JournalFolder))
	if err != nil || len(logged) != len(want) {
		t.Errorf("journal: %d of %d ops, %v", len(logged), len(want), err)
	}
	if _, _, err := f.db.Record(t.Context(), []Entry{{Body: sell(ids[39], "x"), Role: payback.RoleClerk}}, nil); err == nil {
		t.Error("a sale while the reserve is in use was taken")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := f.db.SetSyncState(t.Context(), SyncState{}); err != nil {
		t.Fatal(err)
	}
	f.record(t, accept(ids[39]), sell(ids[39], "copy99"))
	if err := f.db.file.FullCheck(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("RESULT full program=counter sales_refused=1 refunds_finished=30 recorded=%d in_the_journal=%d", len(want), len(logged))
}

// freshAlone opens a new folder with a real reserve, enrolled and with a run.
func (f *folder) freshAlone(t *testing.T) {
	t.Helper()
	d, _, err := OpenAlone(t.Context(), f.dir, f.env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	f.db = d
	if err := errors.Join(d.SetEnrolment(t.Context(), Enrolment{Device: testDevice, Store: testStore, District: "seocho", Epoch: "e1"}),
		d.BeginRun(t.Context())); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(d.reservePath()); err != nil || info.Size() != reserveSize {
		t.Fatalf("reserve: %v, %v", info, err)
	}
}
