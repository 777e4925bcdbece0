package day

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
)

// opName is an op by its place in its run.
type opName struct {
	run  payback.RunID
	wseq uint64
}

// answered is an op and what it was answered.
type answered struct {
	hash    syncproto.Hash
	kind    payback.Kind
	verdict payback.Verdict
	reason  string
	from    int64
}

// opsOf returns all ops in a database that no server serves.
func opsOf(t *testing.T, path string) map[opName]answered {
	t.Helper()
	d, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	found := map[opName]answered{}
	err = d.View(t.Context(), "seocho", func(r db.Reader) error {
		list, err := r.Ops(0, 10_000)
		for _, o := range list {
			found[opName{o.Run, o.Wseq}] = answered{o.Hash, o.Kind, o.Verdict, o.Reason.Key, o.When.Lo}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestARestoredServerGetsBackWhatTheCountersHave kills the server, restores a backup
// that is older than the newest one it told its counters of, and compares.
func TestARestoredServerGetsBackWhatTheCountersHave(t *testing.T) {
	build := os.Getenv("BOOKPAYBACK_BUILD")
	if build == "" {
		t.Skip("BOOKPAYBACK_BUILD does not name the built programs")
	}
	t.Setenv("BOOKPAYBACK_BACKUP_EVERY", "0") // those of the test alone
	d, err := newDay(Options{Server: filepath.Join(build, "syncserver"), Counter: filepath.Join(build, "counter"), Dir: t.TempDir(), Lang: "en", Out: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.p.stop() })
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, vault := t.Context(), filepath.Join(d.p.dir, "vault")
	backup := func() (file string) {
		a, err := d.p.admin(ctx, "backup", vault, "--json")
		must(err)
		var made struct{ File string }
		must(json.Unmarshal([]byte(a.out), &made))
		return made.File
	}
	must(d.serverUp(ctx))
	must(d.enrolment(ctx))
	must(d.request(ctx, rInTime, inTime, "s01"))
	must(d.verbs(ctx, d.a, "accept "+d.numbers[rInTime]))
	first := backup()
	must(d.verbs(ctx, d.a, "sell "+d.numbers[rInTime]+" --approval 30418801"))
	must(d.verbs(ctx, d.b, "stock "+late+" --set 7"))
	backup()
	for _, c := range []*counterAt{d.a, d.b} { // both learn that all of theirs is archived
		_, err := c.do(ctx, []int{0}, "sync")
		must(err)
	}
	must(d.request(ctx, rLate, late, "s01")) // by a resident on the web
	must(d.verbs(ctx, d.a, "accept "+d.numbers[rLate]))
	must(d.verbs(ctx, d.a, "return "+d.numbers[rInTime]))
	must(d.verbs(ctx, d.a, "refund "+d.numbers[rInTime]+" --cancel 3052"))
	must(d.p.kill())

	home := filepath.Join(d.p.dir, "server")
	dead := filepath.Join(d.p.dir, "dead")
	must(os.Rename(home, dead))
	before := opsOf(t, filepath.Join(dead, "server.db"))
	if len(before) < 5 {
		t.Fatalf("the counters' ops before: %d", len(before))
	}
	if a, err := d.p.run(ctx, d.p.server, "restore", first, "--db", d.p.db()); err != nil || a.code == 0 || !strings.Contains(a.err, "keys are not in") {
		t.Fatalf("restored without the server's keys: %v %+v", err, a)
	}
	must(os.CopyFS(filepath.Join(home, "keys"), os.DirFS(filepath.Join(dead, "keys"))))
	a, err := d.p.admin(ctx, "restore", first)
	must(err)
	t.Log(a.out)
	if a, err := d.p.run(ctx, d.p.server, "restore", first, "--db", d.p.db()); err != nil || a.code == 0 || !strings.Contains(a.err, "database already") {
		t.Fatalf("restored over a database: %v %+v", err, a)
	}
	if got := opsOf(t, filepath.Join(home, "server.db")); len(got) >= len(before) {
		t.Fatalf("the backup has %d ops, no fewer than %d", len(got), len(before))
	}
	must(d.p.start(ctx))
	// Until both have brought what they hold, the server only listens.
	if _, err := d.a.do(ctx, []int{7}, "sync"); err != nil {
		t.Errorf("the first PC: %v", err)
	}
	for range 2 { // once more: pushing again changes nothing
		for _, c := range []*counterAt{d.b, d.a} {
			_, err := c.do(ctx, []int{0}, "sync")
			must(err)
			must(d.empty(ctx, c))
		}
	}
	must(d.books(ctx))
	v, err := d.p.admin(ctx, "verify", "--json")
	must(err)
	var said struct {
		Epochs []db.Epoch `json:"epochs"`
		Wrong  []string   `json:"wrong"`
	}
	must(json.Unmarshal([]byte(v.out), &said))
	if len(said.Epochs) != 1 || len(said.Wrong) != 0 {
		t.Errorf("verify: %s", v.out)
	}
	d.p.stop()
	after := opsOf(t, filepath.Join(home, "server.db"))
	for name, was := range before {
		if after[name] != was {
			t.Errorf("op %s/%d was %+v, is %+v", name.run, name.wseq, was, after[name])
		}
	}
	if extra := len(after) - len(before); extra != 0 {
		t.Errorf("%d ops more than before", extra)
	}
	fmt.Fprintf(t.Output(), "%d ops are there again, with the answers that were told\n", len(after))
}
