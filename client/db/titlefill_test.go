package db

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// shelve puts n titles onto the server, at most a thousand an op.
func (f *folder) shelve(name string, from, n int) {
	var rows []payback.Row
	for i := from; i < from+n; i++ {
		rows = append(rows, &payback.Title{ISBN: payback.ISBN(fmt.Sprintf("979%010d", i)), Name: fmt.Sprintf("%s %d권", name, i), Price: 14000})
		if len(rows) == 1000 || i == from+n-1 {
			f.server.set(rows...)
			rows = rows[:0]
		}
	}
}

func (f *folder) finds(t *testing.T, question string, want int) {
	t.Helper()
	found, err := f.db.Titles(t.Context(), question, 0, 0)
	if err != nil || len(found) != want {
		t.Errorf("%q finds %d titles, want %d (%v)", question, len(found), want, err)
	}
}

func waiting(t *testing.T, d *DB) (n int) {
	t.Helper()
	if err := d.file.Read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM title_new").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTitlesThatCameManyAtOnceAreFoundLikeTheOthers(t *testing.T) {
	f := newFolder(t)
	f.shelve("바다의 역사", 0, manyTitles-1)
	f.pull(t) // with the shelf's own title: as many as are made findable together
	f.shelve("도시 이야기", 10_000, 1200)
	f.shelve("밤의 도시", 20_000, 3)
	f.pull(t)
	if n := waiting(t, f.db); n != 0 {
		t.Errorf("%d titles wait to be made findable", n)
	}
	f.finds(t, "바다의 역사", manyTitles-1)
	f.finds(t, "ㅂㄷ 역사 17권", 5) // 17, 117, 217, 317 and 417
	f.finds(t, "도시 이야기", 1200)
	f.finds(t, "도시", 1203)
	f.finds(t, "없는 책", 0)

	// One is renamed, one is dropped: by one row each, after the many.
	f.server.set(&payback.Title{ISBN: "9790000010007", Name: "새 이름"})
	f.server.drop(payback.TitleKey("9790000010008"))
	f.pull(t)
	f.finds(t, "도시 이야기", 1198)
	f.finds(t, "새 이름", 1)

	// All come once more, as after a difference: nothing is found twice.
	c, err := f.db.Cursors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reply, rows := f.server.pull([]syncproto.BucketCursor{{Name: c[0].Name}, {Name: c[1].Name}})
	for i := range reply.Buckets {
		reply.Buckets[i].Fresh = true
	}
	if _, err := f.db.ApplyPull(t.Context(), reply, rows); err != nil {
		t.Fatal(err)
	}
	f.finds(t, "도시 이야기", 1198)
	f.finds(t, "새 이름", 1)
}

// The program ends between the rows and their keys.
func TestAFillThatWasBrokenOffIsDoneAgain(t *testing.T) {
	f := newFolder(t)
	f.shelve("바다", 0, 700)
	f.pull(t)
	if _, err := f.db.file.Write.ExecContext(t.Context(), "INSERT INTO title_new SELECT CAST(id AS INTEGER) FROM c_title"); err != nil {
		t.Fatal(err)
	}
	f.db.Close()
	f.open(t)
	f.shelve("하늘", 5000, 1)
	f.pull(t)
	if n := waiting(t, f.db); n != 0 {
		t.Errorf("%d titles wait still", n)
	}
	f.finds(t, "바다", 700)
	f.finds(t, "하늘", 1)
}

func TestPostingsAreJoinedWithinTheirBlocks(t *testing.T) {
	of := func(n int, ns ...int64) block {
		b := block{n: n}
		for _, n := range ns {
			b.isbns = append(b.isbns, byte(n>>40), byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
		}
		return b
	}
	const most = 9_799_999_999_999
	a := posting{few: []int64{3, most}, blocks: []block{of(1, 1, 5, 9_788_937_473_135), of(2), of(4, 2, 7, most)}}
	b := posting{few: []int64{4, most}, blocks: []block{of(1, 0, 1, 2, 3, 4, 5, 6, 9_788_937_473_135), of(3, 2), of(4, 7, 8)}}
	for name, c := range map[string]struct {
		ps   []posting
		most int
		want []int64
	}{
		"one":     {[]posting{a}, 100, []int64{3, most, 1, 5, 9_788_937_473_135, 2, 7, most}},
		"two":     {[]posting{a, b}, 100, []int64{most, 1, 5, 9_788_937_473_135, 7}},
		"twice":   {[]posting{a, b, b}, 100, []int64{most, 1, 5, 9_788_937_473_135, 7}},
		"limited": {[]posting{a, b}, 2, []int64{most, 1}},
		"at most": {[]posting{a, b}, 5, []int64{most, 1, 5, 9_788_937_473_135, 7}},
		"none":    {[]posting{{}, a}, 100, nil},
	} {
		if got := common(c.ps, c.most); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
