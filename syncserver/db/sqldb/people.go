package sqldb

import (
	"context"
	"database/sql"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// execer is what a statement can be run on: the writing connection or a
// transaction of it.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// said gives an error of the database its place; nil stays nil.
func (d *DB) said(where string, err error) error {
	return fault.Wrap(where, d.engine.Fault(err))
}

// PutPeople writes persons, all or none. Conflict: a card tag that is another
// person's.
func (d *DB) PutPeople(ctx context.Context, district payback.DistrictID, ps []db.Person) error {
	const put = `INSERT INTO person (district, id, wrapped, sealed, card_tag)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (district, id) DO UPDATE SET
    wrapped = excluded.wrapped,
    sealed = excluded.sealed,
    card_tag = excluded.card_tag`
	if len(ps) == 0 {
		return nil
	}
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return d.said("sqldb.PutPeople", err)
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareContext(ctx, put)
	if err != nil {
		return d.said("sqldb.PutPeople", err)
	}
	defer stmt.Close()
	for _, p := range ps {
		if _, err := stmt.ExecContext(ctx, string(district), p.ID, p.Wrapped, p.Sealed, p.CardTag); err != nil {
			return d.said("sqldb.PutPeople", err)
		}
	}
	return d.said("sqldb.PutPeople", tx.Commit())
}

// PeopleByID returns those that exist, by id.
func (d *DB) PeopleByID(ctx context.Context, district payback.DistrictID, ids []string) (map[string]db.Person, error) {
	found, err := d.people(ctx, district, "id", ids, func(p db.Person) string { return p.ID })
	return found, d.said("sqldb.PeopleByID", err)
}

// PeopleByTag returns those that have one of the card tags, by tag.
func (d *DB) PeopleByTag(ctx context.Context, district payback.DistrictID, tags []string) (map[string]db.Person, error) {
	tags = without(tags, "")
	found, err := d.people(ctx, district, "card_tag", tags, func(p db.Person) string { return p.CardTag })
	return found, d.said("sqldb.PeopleByTag", err)
}

func (d *DB) people(ctx context.Context, district payback.DistrictID, column string, values []string, key func(db.Person) string) (map[string]db.Person, error) {
	found := make(map[string]db.Person, len(values))
	for len(values) > 0 {
		part := values[:min(chunk, len(values))]
		values = values[len(part):]
		query := `SELECT id, wrapped, sealed, card_tag FROM person WHERE district = $1 AND ` + column + ` IN (` + d.params(2, len(part)) + `)`
		if err := d.peopleOf(ctx, query, withDistrict(district, part), key, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (d *DB) peopleOf(ctx context.Context, query string, args []any, key func(db.Person) string, into map[string]db.Person) error {
	rows, err := d.read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p db.Person
		if err := rows.Scan(&p.ID, &p.Wrapped, &p.Sealed, &p.CardTag); err != nil {
			return err
		}
		into[key(p)] = p
	}
	return rows.Err()
}

// DropPeople destroys persons and their keys; those that do not exist are no error.
func (d *DB) DropPeople(ctx context.Context, district payback.DistrictID, ids []string) error {
	return d.said("sqldb.DropPeople", d.dropPeople(ctx, d.write, district, ids))
}

func (d *DB) dropPeople(ctx context.Context, x execer, district payback.DistrictID, ids []string) error {
	for len(ids) > 0 {
		part := ids[:min(chunk, len(ids))]
		ids = ids[len(part):]
		drop := `DELETE FROM person WHERE district = $1 AND id IN (` + d.params(2, len(part)) + `)`
		if _, err := x.ExecContext(ctx, drop, withDistrict(district, part)...); err != nil {
			return err
		}
	}
	return nil
}

func withDistrict(district payback.DistrictID, values []string) []any {
	args := make([]any, 0, len(values)+1)
	args = append(args, string(district))
	for _, v := range values {
		args = append(args, v)
	}
	return args
}

func without(values []string, unwanted string) []string {
	kept := make([]string, 0, len(values))
	for _, v := range values {
		if v != unwanted {
			kept = append(kept, v)
		}
	}
	return kept
}
