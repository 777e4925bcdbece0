//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// smallDisk mounts a disk in memory of 24 MiB, or skips.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skip("NOT TESTED: a small disk can only be mounted by root:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill leaves no room on the disk of dir; it returns the file that takes it.
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

// TestAFullDiskRefusesPushesAndLosesNothing fills the disk of a server in a process
// of its own: a push is refused, signed, and not acknowledged; what is read is
// still read; when there is room again everything goes on by itself.
func TestAFullDiskRefusesPushesAndLosesNothing(t *testing.T) {
	if testing.Short() || os.Getenv("BOOKPAYBACK_RACE") != "" {
		t.Skip("starts programs")
	}
	plain(t)
	dir := smallDisk(t)
	k := &killable{t: t, db: filepath.Join(dir, "server.db"), port: freePort(t), log: filepath.Join(t.TempDir(), "log")}
	if code, out, said := verb(t, k.db, "import", "stores", filepath.Join("..", "assets", "sample", "stores.csv")); code != 0 {
		t.Fatalf("import: %d %s%s", code, out, said)
	}
	k.start()
	t.Cleanup(k.kill)
	p := k.enrol("s01")
	if !p.push(20) {
		t.Fatal("the first push failed")
	}
	filler := fill(t, dir)
	refused := 0
	for range 400 { // there may be some room left in the database's own files
		if p.push(20) {
			fill(t, dir)
			continue
		}
		if p.status == http.StatusTooManyRequests {
			break // asked too often: the refusals so far must do
		}
		if p.status < 500 || !p.signed {
			t.Fatalf("a push on a full disk: status %d, signed %v", p.status, p.signed)
		}
		if refused++; refused == 5 {
			break
		}
	}
	if refused == 0 {
		t.Fatalf("the disk was never full: %d ops acknowledged", p.acked)
	}
	before := p.acked
	if hello(t, http.DefaultClient, p.base).Key != p.server {
		t.Error("hello from a full server")
	}
	body, _ := json.Marshal(syncproto.Pull{V: 1, MaxRows: 100, Buckets: []syncproto.BucketCursor{{Name: payback.StoreBucket("s01")}}})
	if _, ok := p.send("/v1/pull", body); !ok {
		t.Errorf("a pull from a full server: status %d, signed %v", p.status, p.signed)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if !p.push(1) || p.acked <= before {
		t.Errorf("with room again: status %d, acknowledged %d, before %d", p.status, p.acked, before)
	}
	k.kill()
	total, lost := nothingLost(t, k.db, []*pusher{p})
	t.Logf("RESULT full program=syncserver refused=%d acknowledged=%d lost=%d", refused, total, lost)
}
