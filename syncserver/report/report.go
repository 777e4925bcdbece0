// Package report counts what the district's programme did: the three statistics
// of the case study (returns per library, residents who used it, holdings per
// library), the way of requests from asking to the shelf, and what is owed to
// stores. It reads and changes nothing, and sees pseudonyms only.
//
// Every figure has a written definition (message "report.<name>.definition") and
// says as of which op of the ledger it was counted, so that two prints of one
// state are equal to the letter. Days are those of the district's zone, and both
// ends of a period belong to it.
package report

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// View runs f over the rows of a district at one moment (ledger.View).
type View func(ctx context.Context, d payback.DistrictID, f func(db.Reader) error) error

// Reports counts. It may be used by several goroutines at once.
type Reports struct{ view View }

// New returns reports over what view shows.
func New(view View) *Reports { return &Reports{view} }

// MaxDays is the longest period, in days.
const MaxDays = 3660

// Period is some days, From and To among them.
type Period struct{ From, To payback.Date }

// Check says what is wrong with a period: invalid with report.period for a day
// that is none, an end before its beginning, or more than MaxDays.
func (p Period) Check() error {
	_, errFrom := payback.ParseDate(string(p.From))
	_, errTo := payback.ParseDate(string(p.To))
	if n := p.From.Until(p.To) + 1; errFrom != nil || errTo != nil || n < 1 || n > MaxDays {
		return fault.New(fault.Invalid, "report.period")
	}
	return nil
}

// within selects the rows whose day lies in the period.
func (p Period) within(column string) []db.Cond {
	return []db.Cond{{Column: column, Op: ">=", Value: string(p.From)}, {Column: column, Op: "<=", Value: string(p.To)}}
}

// instants selects the rows whose instant, UTC ms, lies in the period.
func (p Period) instants(column string, zone *time.Location) []db.Cond {
	return []db.Cond{{Column: column, Op: ">=", Value: p.From.Add(-1).End(zone)}, {Column: column, Op: "<", Value: p.To.End(zone)}}
}

// AsOf is the state of the ledger that was counted.
type AsOf struct {
	Position uint64
	At       int64          // when the server took the last op in, UTC ms; 0 = there is none
	Zone     *time.Location // the district's
}

// reading is one reading of a district at one moment.
type reading struct {
	db.Reader
	district *payback.District // nil if nobody has described it
	asOf     AsOf
}

// read runs f over a district at one moment.
func (r *Reports) read(ctx context.Context, d payback.DistrictID, where string, f func(reading) error) error {
	return fault.Wrap("report."+where, r.view(ctx, d, func(x db.Reader) error {
		in := reading{Reader: x, asOf: AsOf{Zone: time.UTC}}
		head, err := x.Head()
		if err != nil {
			return err
		}
		in.asOf.Position = head.Position
		if head.Position > 0 {
			last, err := x.OpAt(head.Position)
			if err != nil {
				return err
			}
			if last != nil {
				in.asOf.At = last.Received
			}
		}
		rows, err := x.Rows([]payback.Key{payback.DistrictKey()})
		if err != nil {
			return err
		}
		if in.district, _ = rows[payback.DistrictKey()].Row.(*payback.District); in.district != nil {
			if zone, err := time.LoadLocation(in.district.Zone); err == nil { // in the program: time/tzdata
				in.asOf.Zone = zone
			}
		}
		return f(in)
	}))
}

// sums is SumBy, with limited instead of a silent cut when there are too many groups.
func (in reading) sums(s db.Select, column string, by ...string) ([]db.Sum, error) {
	found, err := in.SumBy(s, column, by...)
	if err == nil && len(found) == db.MaxSelect {
		return nil, fault.New(fault.Limited, "")
	}
	return found, err
}

// each calls f with the rows of a selection, in lots.
func each[R payback.Row](in reading, s db.Select, f func([]R) error) error {
	for s.Offset = 0; ; s.Offset += db.MaxSelect {
		rows, err := in.Select(s)
		if err != nil {
			return err
		}
		lot := make([]R, len(rows))
		for i, row := range rows {
			lot[i] = row.(R)
		}
		if err := f(lot); err != nil || len(rows) < db.MaxSelect {
			return err
		}
	}
}

// libraries returns the names of the libraries named, and of all that receive
// copies, by id; "" for an id that nobody has described.
func (in reading) libraries(ids ...payback.LibraryID) (map[payback.LibraryID]string, error) {
	if in.district != nil {
		ids = append(slices.Clone(in.district.Libraries), ids...)
	}
	keys := make([]payback.Key, 0, len(ids))
	names := map[payback.LibraryID]string{}
	for _, id := range ids {
		names[id] = ""
		keys = append(keys, payback.Key{Table: payback.TLibrary, ID: string(id)})
	}
	rows, err := in.Rows(keys)
	for _, st := range rows {
		l := st.Row.(*payback.Library)
		names[l.ID] = l.Name
	}
	return names, err
}

// LibraryCount is a number of copies at or for a library.
type LibraryCount struct {
	Library payback.LibraryID // "" = none was named yet
	Name    string            // "" = nobody described it
	N       int
	Coming  int // holdings only: copies on their way
}

// ordered sorts by number, most first, then by name.
func ordered(of map[payback.LibraryID]LibraryCount) []LibraryCount {
	var out []LibraryCount
	for _, c := range of {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b LibraryCount) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(b.Coming, a.Coming), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Library, b.Library))
	})
	return out
}
