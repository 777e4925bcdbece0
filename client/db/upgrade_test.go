package db

import (
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// A newer server sends rows of a table that this program does not know. It keeps
// them for the digest, its cursor passes them, and the program that knows the table
// fetches them: nothing is passed silently (Dexie Cloud #2331).
func TestRowsThatAnOldProgramIgnoredComeAfterItsUpgrade(t *testing.T) {
	f := newFolder(t)
	f.place(1)
	f.pull(t)
	// What the old program did with the row of a title, had it not known titles.
	raw := f.server.rows[payback.TitleKey(testISBN)].raw
	for _, q := range []string{"DELETE FROM c_title", "DELETE FROM title_key",
		"INSERT INTO c_other (bucket, tbl, id, raw, position, gen) SELECT 'cat', 'title', '" + string(testISBN) + "', x'', position, gen FROM c_library"} {
		if _, err := f.db.file.Write.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.db.file.Write.ExecContext(t.Context(), "UPDATE c_other SET raw = ?", raw); err != nil {
		t.Fatal(err)
	}
	if p := f.pull(t); len(p.Mismatch) > 0 || !p.Complete {
		t.Fatalf("the old program's digest: %+v", p)
	}
	if row[*payback.Title](t, f.db, payback.TitleKey(testISBN)) != nil {
		t.Fatal("the old program knows titles")
	}

	f.db.Close()
	f.open(t)
	if err := f.db.upgraded(t.Context(), Schema+1); err != nil {
		t.Fatal(err)
	}
	if row[*payback.Request](t, f.db, payback.RequestKey("r001")) == nil {
		t.Error("what can be read is hidden until the rows have come again")
	}
	cursors, err := f.db.Cursors(t.Context())
	if err != nil || cursors[0].Cursor != 0 || cursors[1].Cursor != 0 {
		t.Fatalf("cursors %v, %v; want a fetch from the beginning", cursors, err)
	}
	if p := f.pull(t); len(p.Mismatch) > 0 || !p.Complete {
		t.Fatalf("after the upgrade: %+v", p)
	}
	if row[*payback.Title](t, f.db, payback.TitleKey(testISBN)) == nil {
		t.Error("the title did not come")
	}
	var left int
	if err := f.db.file.Read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM c_other").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows are kept apart still, %v", left, err)
	}
}

func TestTheSameProgramFetchesNothingAnew(t *testing.T) {
	f := newFolder(t)
	f.pull(t)
	before, err := f.db.Cursors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.db.Close()
	f.open(t)
	after, err := f.db.Cursors(t.Context())
	if err != nil || after[0] != before[0] || after[1] != before[1] {
		t.Errorf("cursors %v, then %v (%v)", before, after, err)
	}
}

// Fields that this program does not know are kept, since the bytes are kept.
func TestUnknownFieldsOfARowAreKept(t *testing.T) {
	f := newFolder(t)
	f.pull(t)
	raw := []byte(`{"isbn":"` + string(testISBN) + `","name":"새 판","price":15000,"future":{"a":[1]}}`)
	cursors, err := f.db.Cursors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	part := syncproto.BucketPart{Name: payback.BucketCatalogue, From: cursors[1].Cursor, To: cursors[1].Cursor + 1, Head: 1 << 30}
	name := syncproto.RowName{Table: string(payback.TTitle), ID: string(testISBN), Position: part.To}
	if _, err := f.db.ApplyPull(t.Context(), syncproto.PullReply{Epoch: "e1", Buckets: []syncproto.BucketPart{part}}, []PulledRow{{name, raw}}); err != nil {
		t.Fatal(err)
	}
	var kept string
	if err := f.db.file.Read.QueryRowContext(t.Context(), "SELECT raw FROM c_title WHERE id = ?", string(testISBN)).Scan(&kept); err != nil || kept != string(raw) {
		t.Errorf("kept %s, %v", kept, err)
	}
	if got := row[*payback.Title](t, f.db, payback.TitleKey(testISBN)); got.Name != "새 판" {
		t.Errorf("title %+v", got)
	}
}
