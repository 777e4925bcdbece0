package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/syncserver/db/sqldb"
)

// Backup writes the database's present state to copied, and the wrapped keys of its
// persons to keys: without them the copy's names and phones are noise, so that an
// erased person is gone from old copies when the keys are (they are kept for a short
// time only). Both appear whole and synced or not at all. work is a folder for
// Backup alone; it is emptied before and removed after. Writers go on meanwhile.
func Backup(ctx context.Context, f *sqlitefile.File, work, copied, keys string) error {
	return fault.Wrap("sqlite.Backup", inWork(work, func() error {
		name := filepath.Join(work, "copy.db")
		if err := f.BackupTo(ctx, name); err != nil {
			return err
		}
		stage, err := sqlitefile.Open(ctx, name, sqlitefile.Options{ReadConns: 1})
		if err != nil {
			return err
		}
		err = saveKeys(ctx, stage, filepath.Join(work, "keys.db"), keys)
		if err == nil {
			err = stage.Tx(ctx, func(tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE person SET wrapped = x''")
				return err
			})
		}
		if err == nil {
			err = stage.BackupTo(ctx, copied) // once more, so that nothing deleted is in it
		}
		return errors.Join(err, stage.Close())
	}))
}

// inWork runs do with an empty folder that is gone afterwards.
func inWork(work string, do func() error) error {
	if err := os.RemoveAll(work); err != nil {
		return fault.New(fault.Unavailable, "fault.read_only").Because(err)
	}
	if err := os.MkdirAll(work, 0o700); err != nil {
		return fault.New(fault.Unavailable, "fault.read_only").Because(err)
	}
	return errors.Join(do(), os.RemoveAll(work))
}

// personKey is one person's wrapped key.
type personKey struct {
	district, id string
	wrapped      []byte
}

const keysTable = `CREATE TABLE person_key (
    district TEXT NOT NULL,
    id       TEXT NOT NULL,
    wrapped  BLOB NOT NULL,
    PRIMARY KEY (district, id)
) STRICT`

// saveKeys writes the persons' keys into a file of their own.
func saveKeys(ctx context.Context, from *sqlitefile.File, work, keys string) error {
	list, err := readKeys(ctx, from.Read, "SELECT district, id, wrapped FROM person")
	if err != nil {
		return err
	}
	to, err := sqlitefile.Open(ctx, work, sqlitefile.Options{ReadConns: 1})
	if err != nil {
		return err
	}
	err = to.Tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, keysTable); err != nil {
			return err
		}
		return each(ctx, tx, "INSERT INTO person_key (wrapped, district, id) VALUES (?, ?, ?)", list)
	})
	if err == nil {
		err = to.BackupTo(ctx, keys)
	}
	return errors.Join(err, to.Close())
}

func readKeys(ctx context.Context, from *sql.DB, query string) (list []personKey, err error) {
	rows, err := from.QueryContext(ctx, query)
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var k personKey
		if err := rows.Scan(&k.district, &k.id, &k.wrapped); err != nil {
			return nil, sqlitefile.Fault(err)
		}
		list = append(list, k)
	}
	return list, sqlitefile.Fault(rows.Err())
}

func each(ctx context.Context, tx *sql.Tx, query string, list []personKey) error {
	stmt, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, k := range list {
		if _, err := stmt.ExecContext(ctx, k.wrapped, k.district, k.id); err != nil {
			return err
		}
	}
	return nil
}

// OpenCopy opens a finished backup for reading.
func OpenCopy(path string) (*sqldb.DB, error) {
	read, err := sqlitefile.OpenCopy(path)
	if err != nil {
		return nil, fault.Wrap("sqlite.OpenCopy", err)
	}
	return sqldb.New(read, read, sqldb.Engine{Fault: sqlitefile.Fault, Close: read.Close, Unnamed: true}), nil
}

// Refreshed is what was done to a backup before a server takes it up.
type Refreshed struct {
	People   int // whose keys were put back
	Gone     int // persons without a key: erased since the backup, or the keys are lost
	Messages int // texts that may have been sent after the backup was made
}

// Refresh makes a restored copy fit to be served: the persons' keys come back from
// their file ("" for none) and persons without a key go; sign-ins, codes and
// sessions end; texts that waited count as failed, since nobody knows whether they
// were sent meanwhile, and a resident should not get them twice.
func Refresh(ctx context.Context, f *sqlitefile.File, keys string) (r Refreshed, err error) {
	var list []personKey
	if keys != "" {
		from, err := sqlitefile.OpenCopy(keys)
		if err != nil {
			return r, fault.Wrap("sqlite.Refresh", err)
		}
		list, err = readKeys(ctx, from, "SELECT district, id, wrapped FROM person_key")
		if err := errors.Join(err, from.Close()); err != nil {
			return r, fault.Wrap("sqlite.Refresh", err)
		}
	}
	err = f.Tx(ctx, func(tx *sql.Tx) error {
		if err := each(ctx, tx, "UPDATE person SET wrapped = ? WHERE district = ? AND id = ?", list); err != nil {
			return err
		}
		for _, step := range []struct {
			n     *int
			query string
		}{
			{&r.Gone, "DELETE FROM person WHERE length(wrapped) = 0"},
			{nil, "DELETE FROM secret"},
			{nil, "DELETE FROM session"},
			{&r.Messages, "UPDATE message SET state = 'failed', error = 'restored' WHERE state = 'waiting'"},
		} {
			done, err := tx.ExecContext(ctx, step.query)
			if err != nil {
				return err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return err
			}
			if step.n != nil {
				*step.n = int(n)
			}
		}
		return tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM person").Scan(&r.People)
	})
	return r, fault.Wrap("sqlite.Refresh", err)
}
