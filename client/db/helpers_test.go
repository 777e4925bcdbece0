package db

import (
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

func decoded(t testing.TB, raw []byte) syncproto.Envelope {
	t.Helper()
	e, err := syncproto.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func wantCode(t testing.TB, d *DB, entries []Entry, want fault.Code) {
	t.Helper()
	_, _, err := d.Record(t.Context(), entries, nil)
	if got := fault.CodeOf(err); got != want {
		t.Errorf("got %v, want code %s", err, want)
	}
}

// kept is the digest that the file keeps of a bucket.
func kept(t testing.TB, d *DB, name payback.Bucket) syncproto.Digest {
	t.Helper()
	var text string
	var sum syncproto.Digest
	if err := d.file.Read.QueryRowContext(t.Context(), "SELECT digest FROM bucket WHERE name = ?", string(name)).Scan(&text); err != nil {
		t.Fatal(err)
	}
	if err := sum.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return sum
}
