package report

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Libraries is a number of copies by library, most first; libraries that receive
// copies are there with nought as well.
type Libraries struct {
	Name   string // of the statistic: returns or holdings
	Period Period // zero for holdings: they are of now
	AsOf   AsOf
	Rows   []LibraryCount
	Total  int
	Coming int
}

// Returns counts the copies that came back in the period, by the library that
// they are for. A copy counts when its return stands (the resident gets the
// price), on the day of the take-back; a return that was taken back does not.
// Source: case study, "statistical figures on returns per library".
func (r *Reports) Returns(ctx context.Context, d payback.DistrictID, p Period) (Libraries, error) {
	out := Libraries{Name: "returns", Period: p}
	if err := p.Check(); err != nil {
		return out, err
	}
	err := r.read(ctx, d, "Returns", func(in reading) error {
		out.AsOf = in.asOf
		where := append([]db.Cond{db.Eq("state", string(payback.LoanReturned))}, p.instants("ended_at", in.asOf.Zone)...)
		sums, err := in.sums(db.Select{Table: payback.TLoan, Where: where}, "", "library")
		if err != nil {
			return err
		}
		return out.fill(in, sums, nil)
	})
	return out, err
}

// Holdings counts the copies that came through the programme and are now at each
// library (taken in or on its shelf), and beside them those on their way: at a
// store, in a box, handed over. Missing and lost ones are in neither.
// Source: case study, "inventories per library".
func (r *Reports) Holdings(ctx context.Context, d payback.DistrictID) (Libraries, error) {
	out := Libraries{Name: "holdings"}
	err := r.read(ctx, d, "Holdings", func(in reading) error {
		out.AsOf = in.asOf
		here, err := in.copies(payback.CopyTaken, payback.CopyShelved)
		if err != nil {
			return err
		}
		// A copy at a store may be one that was left and not yet ruled on: those are
		// not on their way, but can't be told apart here; they are few.
		coming, err := in.copies(payback.CopyAtStore, payback.CopyInBox, payback.CopyHanded)
		if err != nil {
			return err
		}
		return out.fill(in, here, coming)
	})
	return out, err
}

func (in reading) copies(states ...payback.State) ([]db.Sum, error) {
	values := make([]string, len(states))
	for i, s := range states {
		values[i] = string(s)
	}
	return in.sums(db.Select{Table: payback.TCopy, Where: []db.Cond{{Column: "state", Op: "in", Value: values}}}, "", "library")
}

// fill makes rows of what was counted.
func (l *Libraries) fill(in reading, here, coming []db.Sum) error {
	var ids []payback.LibraryID
	for _, s := range append(append([]db.Sum{}, here...), coming...) {
		ids = append(ids, payback.LibraryID(s.By[0]))
	}
	names, err := in.libraries(ids...)
	if err != nil {
		return err
	}
	rows := map[payback.LibraryID]LibraryCount{}
	for id, name := range names {
		rows[id] = LibraryCount{Library: id, Name: name}
	}
	for _, s := range here {
		c := rows[payback.LibraryID(s.By[0])]
		c.N = int(s.N)
		rows[c.Library] = c
		l.Total += c.N
	}
	for _, s := range coming {
		c := rows[payback.LibraryID(s.By[0])]
		c.Coming = int(s.N)
		rows[c.Library] = c
		l.Coming += c.Coming
	}
	l.Rows = ordered(rows)
	return nil
}

// Users is how many different residents used the programme in a period.
type Users struct {
	Period Period
	AsOf   AsOf
	Asked  int // placed a request, whatever came of it
	Bought int // took a copy home, on request or as a walk-in
}

// Users counts different residents, by pseudonym: who did something several times
// counts once, and who was erased since still counts. A walk-in without a card
// has no resident and counts for none.
// Source: case study, "number of BookPayback users per any given period".
func (r *Reports) Users(ctx context.Context, d payback.DistrictID, p Period) (Users, error) {
	out := Users{Period: p}
	if err := p.Check(); err != nil {
		return out, err
	}
	err := r.read(ctx, d, "Users", func(in reading) (err error) {
		out.AsOf = in.asOf
		out.Asked, err = in.Distinct(db.Select{Table: payback.TRequest, Where: p.within("placed_on")}, "resident")
		if err != nil {
			return err
		}
		where := append(p.within("sold_on"), db.Cond{Column: "state", Op: "<>", Value: string(payback.LoanVoid)})
		out.Bought, err = in.Distinct(db.Select{Table: payback.TLoan, Where: where}, "resident")
		return err
	})
	return out, err
}
