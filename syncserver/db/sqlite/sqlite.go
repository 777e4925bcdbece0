// Package sqlite opens the embedded database of a server.
package sqlite

import (
	"context"
	"embed"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/syncserver/db/sqldb"
)

// readers is how many connections read at once; a page of either site is one
// short read.
const readers = 8

// Open opens the database file at path, making or upgrading it as needed.
func Open(ctx context.Context, path string) (*sqldb.DB, error) {
	d, _, err := OpenFile(ctx, path)
	return d, err
}

// OpenFile opens the database and returns its file too, for checks and backups.
func OpenFile(ctx context.Context, path string) (*sqldb.DB, *sqlitefile.File, error) {
	return OpenVFS(ctx, path, "")
}

// OpenVFS opens the database on a registered SQLite VFS, for simulations of disks.
func OpenVFS(ctx context.Context, path, vfs string) (*sqldb.DB, *sqlitefile.File, error) {
	f, err := sqlitefile.Open(ctx, path, sqlitefile.Options{ReadConns: readers, VFS: vfs})
	if err != nil {
		return nil, nil, fault.Wrap("sqlite.Open", err)
	}
	if _, _, err := sqlitefile.Migrate(ctx, f, schema(), "schema"); err != nil {
		_ = f.Close()
		return nil, nil, fault.Wrap("sqlite.Open", err)
	}
	return sqldb.New(f.Read, f.Write, sqldb.Engine{Fault: sqlitefile.Fault, Close: f.Close, Unnamed: true}), f, nil
}

func schema() embed.FS { return sqldb.Schema }
