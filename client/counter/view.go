package counter

import (
	"context"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// viewer gathers the titles and people that a list shows, so that each kind is
// read in one statement and not one a row. What it is given must stay where it is
// until fill.
type viewer struct {
	c       *Counter
	titles  map[payback.ISBN][]**payback.Title
	persons map[payback.ResidentID][]*db.Person
}

func (c *Counter) viewer() *viewer {
	return &viewer{c: c, titles: map[payback.ISBN][]**payback.Title{}, persons: map[payback.ResidentID][]*db.Person{}}
}

// title will fill in a title; one that is not known gets its number alone.
func (v *viewer) title(at **payback.Title, i payback.ISBN) {
	*at = &payback.Title{ISBN: i}
	if i != "" {
		v.titles[i] = append(v.titles[i], at)
	}
}

// person will fill in what may be shown of a resident.
func (v *viewer) person(at *db.Person, id payback.ResidentID) {
	if id != "" {
		v.persons[id] = append(v.persons[id], at)
	}
}

func (v *viewer) fill(ctx context.Context) error {
	titles, err := v.c.db.TitlesByISBN(ctx, keysOf(v.titles))
	if err != nil {
		return err
	}
	for i, t := range titles {
		for _, at := range v.titles[i] {
			*at = t
		}
	}
	persons, err := v.c.db.Persons(ctx, keysOf(v.persons))
	for id, p := range persons {
		for _, at := range v.persons[id] {
			*at = p
		}
	}
	return err
}

func keysOf[K comparable, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}
