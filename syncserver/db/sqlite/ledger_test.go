package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/db/dbtest"
	"github.com/bookpayback/bookpayback/syncserver/db/sqlite"
)

func TestTheEmbeddedDatabaseKeepsTheLedgersContract(t *testing.T) {
	dbtest.RunLedger(t, func(t *testing.T) db.DB {
		d, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "server.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		return d
	})
}
