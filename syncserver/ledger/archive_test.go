package ledger_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/sqldb"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// backup makes a backup of the world's database and opens it.
func backup(t *testing.T, path string) (file string, copied *sqldb.DB) {
	t.Helper()
	_, f, err := sqlite.OpenFile(t.Context(), path)
	must(t, err)
	defer f.Close()
	dir := t.TempDir()
	file = filepath.Join(dir, "backup.db")
	must(t, sqlite.Backup(t.Context(), f, filepath.Join(dir, "work"), file, filepath.Join(dir, "keys.db")))
	copied, err = sqlite.OpenCopy(file)
	must(t, err)
	t.Cleanup(func() { _ = copied.Close() })
	return file, copied
}

func (w *world) archived(d *device) (push, pull uint64) {
	w.t.Helper()
	reply, _, _, err := w.l.Pull(w.t.Context(), d.Device, syncproto.Pull{V: 1, Buckets: []syncproto.BucketCursor{{Name: payback.BucketCatalogue}}}, w.l.Now())
	must(w.t, err)
	return w.push(d, 1).Archived, reply.Archived
}

func TestOnlyWhatACheckedBackupHoldsIsArchived(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.db")
	w := newWorldWith(t, path, slog.New(slog.DiscardHandler))
	d := w.device["s01"]
	for n := range 3 {
		w.write(d, &payback.Count{ISBN: w.isbns[0], N: n, ID: string(rune('a' + n))})
	}
	w.push(d, 1)
	if push, pull := w.archived(d); push != 0 || pull != 0 {
		t.Fatalf("before a backup %d and %d are archived", push, pull)
	}
	_, copied := backup(t, path)
	head, err := ledger.CheckCopy(t.Context(), seocho, copied, 0)
	must(t, err)
	w.write(d, &payback.Count{ISBN: w.isbns[0], N: 9, ID: "d"})
	w.push(d, 4)
	position, err := w.l.Archive(t.Context(), seocho, copied)
	must(t, err)
	if push, pull := w.archived(d); push != 3 || pull != head.Position || position != head.Position {
		t.Errorf("archived: op %d, position %d, said %d; want 3 and %d", push, pull, position, head.Position)
	}
	if _, err := ledger.CheckCopy(t.Context(), seocho, copied, head.Position-1); err != nil {
		t.Errorf("checked from its end on: %v", err)
	}
	w.sound()
}

func TestACopyOfAnotherHistoryIsNotCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.db")
	w := newWorldWith(t, path, slog.New(slog.DiscardHandler))
	_, copied := backup(t, path)
	e, err := w.l.OpenEpoch(t.Context(), seocho)
	must(t, err)
	must(t, w.l.CloseRefill(t.Context(), seocho))
	if _, err := w.l.Archive(t.Context(), seocho, copied); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("got %v", err)
	}
	must(t, w.l.View(t.Context(), seocho, func(r db.Reader) error {
		head, err := r.Head()
		if head.Epoch != e.Epoch || head.Archived != 0 || e.Position != head.Position {
			t.Errorf("head %+v, epoch %+v", head, e)
		}
		return err
	}))
	w.sound()
}

// A restored server takes the ops of its PCs again, from wherever they begin.
func TestARestoredServerIsFilledAgainByPushes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.db")
	w := newWorldWith(t, path, slog.New(slog.DiscardHandler))
	d := w.device["s01"]
	w.write(d, &payback.Count{ISBN: w.isbns[0], N: 1, ID: "a"}, &payback.Count{ISBN: w.isbns[0], N: 2, ID: "b"})
	w.push(d, 1)
	file, _ := backup(t, path)
	w.write(d, &payback.Count{ISBN: w.isbns[0], N: 3, ID: "c"}, &payback.Count{ISBN: w.isbns[0], N: 4, ID: "d"})
	w.push(d, 3)

	restored, err := sqlite.Open(t.Context(), file)
	must(t, err)
	defer restored.Close()
	key, err := keys.Generate(chance(7)) // as newWorldWith does
	must(t, err)
	l, err := ledger.New(restored, ledger.Options{Clock: w.clock, IDs: w.ids, Key: key, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	e, err := l.OpenEpoch(t.Context(), seocho)
	must(t, err)
	w.l = l
	must(t, l.CloseRefill(t.Context(), seocho))
	if r := w.push(d, 4); r.Gap != 3 || r.Epoch != e.Epoch {
		t.Errorf("asked with the last op: %+v, want a gap at 3 in epoch %s", r, e.Epoch)
	}
	for range 2 {
		if r := w.push(d, 1); r.Acked != 4 || len(r.Verdicts) != 4 || r.Verdicts[3].Verdict != payback.Applied {
			t.Errorf("pushed again: %+v", r)
		}
	}
	if st := row[*payback.Stock](w, payback.StockKey("s01", w.isbns[0])); st == nil || st.N != 4 {
		t.Errorf("stock %+v, want 4", st)
	}
	w.sound()
}
