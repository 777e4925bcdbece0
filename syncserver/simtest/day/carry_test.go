package day

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/client/term"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// TestActsAreCarriedByFile exports what one counter can't send, to another counter
// and to the server's operator, and compares what each of them says it did.
func TestActsAreCarriedByFile(t *testing.T) {
	build := os.Getenv("BOOKPAYBACK_BUILD")
	if build == "" {
		t.Skip("BOOKPAYBACK_BUILD does not name the built programs")
	}
	d, err := newDay(Options{Server: filepath.Join(build, "syncserver"), Counter: filepath.Join(build, "counter"), Dir: t.TempDir(), Lang: "en", Out: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.p.stop() })
	ctx, file := t.Context(), filepath.Join(d.p.dir, "carried.bpc")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do := func(c *counterAt, code int, words string, args ...string) {
		t.Helper()
		a, err := c.do(ctx, []int{code}, args...)
		must(err)
		if !strings.Contains(a.out+a.err, words) {
			t.Errorf("%v: %q, want %q", args, a.out+a.err, words)
		}
	}
	must(d.serverUp(ctx))
	must(d.enrolment(ctx))
	do(d.a, 3, "", "export", "--out", file) // nothing waits
	d.p.stop()
	for range 3 {
		do(d.a, 8, "", "stock", late, "--add", "1", "--wait", "0")
	}
	var list []term.OutboxJSON
	must(d.a.json(ctx, &list, "outbox", "--all", "--raw"))
	if len(list) < 3 || list[0].Sent || list[0].Raw == nil {
		t.Fatalf("the outbox: %+v", list)
	}
	var out term.ExportJSON
	must(d.a.json(ctx, &out, "export", "--out", file))
	if info, err := os.Stat(file); err != nil || out.Ops != 3 || info.Size() != int64(out.Size) {
		t.Errorf("%+v, %v", out, err)
	}
	do(d.a, 4, "", "export", "--out", file) // it is there already
	do(d.b, 3, "", "import", filepath.Join(d.p.dir, "no.bpc"))
	do(d.b, 8, "3", "import", file) // no server: it waits here
	do(d.b, 0, "", "outbox")

	must(d.p.start(ctx))
	spoilt := filepath.Join(d.p.dir, "spoilt.bpc")
	whole, err := os.ReadFile(file)
	must(err)
	whole[len(whole)-1] ^= 1
	must(os.WriteFile(spoilt, whole, 0o600))
	if a, err := d.p.run(ctx, d.p.server, "import", "ops", spoilt, "--db", d.p.db(), "--json"); err != nil || a.code != 2 {
		t.Errorf("a damaged file: %+v, %v", a, err)
	}
	do(d.b, 0, "", "import", file)
	var done struct{ Ops, New, Damaged, Refused int }
	a, err := d.p.admin(ctx, "import", "ops", file, "--json")
	must(err)
	must(json.Unmarshal([]byte(a.out), &done))
	if done.Ops != 3 || done.New != 0 || done.Damaged+done.Refused != 0 {
		t.Errorf("the operator's import after the other counter's: %+v", done)
	}
	do(d.a, 0, "", "sync")
	must(d.a.json(ctx, &list, "outbox", "--all"))
	for _, o := range list {
		if !o.Sent || !o.Final || o.Verdict != payback.Applied {
			t.Errorf("its author says: %+v", o)
		}
	}

	d.p.stop()
	do(d.a, 8, "", "stock", late, "--add", "1", "--wait", "0")
	again := filepath.Join(d.p.dir, "again.bpc")
	do(d.a, 0, "", "export", "--out", again)
	a, err = d.p.admin(ctx, "import", "ops", again, "--json")
	must(err)
	must(json.Unmarshal([]byte(a.out), &done))
	if done.Ops != 1 || done.New != 1 {
		t.Errorf("the operator's import: %+v", done)
	}
	must(d.p.start(ctx))
	must(d.books(ctx))
}
