package sqlitefile

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// versionTable is where the applied migrations are listed.
const versionTable = "schema_version"

// Migrate brings the file's schema up to the newest of the numbered .sql files
// in dir of files (goose's format, "-- +goose Up"). Each runs in a transaction
// of its own, so that a start that was cut off goes on where it stopped.
// Several programs may migrate at the same time. It returns the version before
// and after.
//
// A file that a newer program has migrated further is left alone: conflict,
// with the key fault.newer_file. Migrations run with foreign keys on; one that
// rebuilds a table says PRAGMA defer_foreign_keys = ON first.
func Migrate(ctx context.Context, f *File, files fs.FS, dir string) (from, to int64, err error) {
	from, to, err = migrate(ctx, f, files, dir)
	return from, to, fault.Wrap("sqlitefile.Migrate", Fault(err))
}

func migrate(ctx context.Context, f *File, files fs.FS, dir string) (from, to int64, err error) {
	start, err := f.lockStart(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer start.Release()
	sub, err := fs.Sub(files, dir)
	if err != nil {
		return 0, 0, err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, f.Write, sub,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return 0, 0, err
	}
	from, target, err := p.GetVersions(ctx)
	if err != nil {
		return 0, 0, err
	}
	if from > target {
		why := fmt.Errorf("the file is at version %d, this program knows %d", from, target)
		return from, from, fault.New(fault.Conflict, keyNewerFile).Because(why)
	}
	results, err := p.Up(ctx)
	to = from
	for _, r := range results {
		to = r.Source.Version
	}
	return from, to, err
}
