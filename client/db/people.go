package db

import (
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// Person is what may be shown of somebody.
type Person struct {
	Resident payback.ResidentID
	Name     string // masked
	Last4    string // of the phone number
}

// Known says that something may be shown.
func (p Person) Known() bool { return p.Name != "" }

// Person returns what may be shown of a resident; the zero value if nothing is
// open of theirs here.
func (d *DB) Person(ctx context.Context, id payback.ResidentID) (Person, error) {
	people, err := d.Persons(ctx, []payback.ResidentID{id})
	return people[id], err
}

// Persons returns what may be shown of residents.
func (d *DB) Persons(ctx context.Context, ids []payback.ResidentID) (map[payback.ResidentID]Person, error) {
	out := map[payback.ResidentID]Person{}
	for chunk := range slices.Chunk(ids, loadRows) {
		err := d.eachPerson(ctx, "SELECT resident, name, last4 FROM people WHERE resident IN "+marks(len(chunk)), anys(texts(chunk)),
			func(p Person) { out[p.Resident] = p })
		if err != nil {
			return nil, fault.Wrap("db.Persons", err)
		}
	}
	return out, nil
}

const personsByLast4 = "SELECT resident, name, last4 FROM people WHERE last4 = ? LIMIT 100"

// PersonsByLast4 returns the residents whose phone number ends so, of those of
// whom something is open here.
func (d *DB) PersonsByLast4(ctx context.Context, last4 string) (out []payback.ResidentID, err error) {
	err = d.eachPerson(ctx, personsByLast4, []any{last4}, func(p Person) { out = append(out, p.Resident) })
	return out, fault.Wrap("db.PersonsByLast4", err)
}

func (d *DB) eachPerson(ctx context.Context, query string, args []any, do func(Person)) error {
	rows, err := d.file.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p Person
		if err := rows.Scan(&p.Resident, &p.Name, &p.Last4); err != nil {
			return err
		}
		do(p)
	}
	return rows.Err()
}
