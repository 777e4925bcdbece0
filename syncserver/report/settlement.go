package report

import (
	"cmp"
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Amounts are what a store is owed, by how far it has come.
type Amounts struct {
	Owed, Contested, Approved, Paid payback.Won
	Lines                           int
}

// Total is all of it, paid or not.
func (a Amounts) Total() payback.Won { return a.Owed + a.Contested + a.Approved + a.Paid }

func (a *Amounts) add(state payback.State, amount payback.Won, lines int) {
	a.Lines += lines
	switch state {
	case payback.LineOwed:
		a.Owed += amount
	case payback.LineContested:
		a.Contested += amount
	case payback.LineApproved:
		a.Approved += amount
	case payback.LinePaid:
		a.Paid += amount
	}
}

// lineStates selects lines in any state, in the way that the index wants it.
func lineStates() db.Cond {
	return db.Cond{Column: "state", Op: "in", Value: []string{
		string(payback.LineOwed), string(payback.LineContested), string(payback.LineApproved), string(payback.LinePaid),
	}}
}

// StoreAmounts is what one store is owed.
type StoreAmounts struct {
	Store payback.StoreID
	Name  string
	Amounts
}

// Settlements is what all stores are owed for a period, by name.
type Settlements struct {
	Period Period
	AsOf   AsOf
	Rows   []StoreAmounts
	Total  Amounts
}

// Settlements adds up the lines that became owed in the period, by store.
func (r *Reports) Settlements(ctx context.Context, d payback.DistrictID, p Period) (Settlements, error) {
	out := Settlements{Period: p}
	if err := p.Check(); err != nil {
		return out, err
	}
	err := r.read(ctx, d, "Settlements", func(in reading) error {
		out.AsOf = in.asOf
		of := map[payback.StoreID]*StoreAmounts{}
		for _, state := range lineStates().Value.([]string) {
			where := append([]db.Cond{db.Eq("state", state)}, p.within("owed_on")...)
			sums, err := in.sums(db.Select{Table: payback.TLine, Where: where}, "amount", "store")
			if err != nil {
				return err
			}
			for _, s := range sums {
				id := payback.StoreID(s.By[0])
				if of[id] == nil {
					of[id] = &StoreAmounts{Store: id, Name: s.By[0]}
				}
				of[id].add(payback.State(state), payback.Won(s.Total), int(s.N))
				out.Total.add(payback.State(state), payback.Won(s.Total), int(s.N))
			}
		}
		return out.name(in, of)
	})
	return out, err
}

func (s *Settlements) name(in reading, of map[payback.StoreID]*StoreAmounts) error {
	var keys []payback.Key
	for id := range of {
		keys = append(keys, payback.StoreKey(id))
	}
	rows, err := in.Rows(keys)
	if err != nil {
		return err
	}
	for id, a := range of {
		if st, ok := rows[payback.StoreKey(id)].Row.(*payback.Store); ok {
			a.Name = st.Name
		}
		s.Rows = append(s.Rows, *a)
	}
	slices.SortFunc(s.Rows, func(a, b StoreAmounts) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Store, b.Store)) })
	return nil
}

// MaxLines is the most lines that one settlement lists: take a shorter period.
const MaxLines = 20_000

// LineOf is a settlement line with the title's name.
type LineOf struct {
	*payback.Line
	Title string // the ISBN where nobody has described it
}

// Settlement is what one store is owed for a period, line by line, by day.
type Settlement struct {
	Store  payback.StoreID
	Name   string
	Period Period
	AsOf   AsOf
	Lines  []LineOf
	Sum    Amounts
}

// Settlement lists the lines of one store that became owed in the period. Limited
// with report.lines for more than MaxLines.
func (r *Reports) Settlement(ctx context.Context, d payback.DistrictID, store payback.StoreID, p Period) (Settlement, error) {
	out := Settlement{Store: store, Name: string(store), Period: p}
	if err := p.Check(); err != nil {
		return out, err
	}
	err := r.read(ctx, d, "Settlement", func(in reading) error {
		out.AsOf = in.asOf
		rows, err := in.Rows([]payback.Key{payback.StoreKey(store)})
		if err != nil {
			return err
		}
		if s, ok := rows[payback.StoreKey(store)].Row.(*payback.Store); ok {
			out.Name = s.Name
		}
		where := append([]db.Cond{db.Eq("store", string(store)), lineStates()}, p.within("owed_on")...)
		return each(in, db.Select{Table: payback.TLine, Where: where}, func(lot []*payback.Line) error { return out.take(in, lot) })
	})
	slices.SortStableFunc(out.Lines, func(a, b LineOf) int { return cmp.Or(cmp.Compare(a.OwedOn, b.OwedOn), cmp.Compare(a.ID, b.ID)) })
	return out, err
}

func (s *Settlement) take(in reading, lot []*payback.Line) error {
	if len(s.Lines)+len(lot) > MaxLines {
		return fault.New(fault.Limited, "report.lines")
	}
	var keys []payback.Key
	for _, l := range lot {
		keys = append(keys, payback.TitleKey(l.ISBN))
	}
	titles, err := in.Rows(keys)
	if err != nil {
		return err
	}
	for _, l := range lot {
		line := LineOf{Line: l, Title: l.ISBN.Hyphenated()}
		if t, ok := titles[payback.TitleKey(l.ISBN)].Row.(*payback.Title); ok && t.Name != "" {
			line.Title = t.Name
		}
		s.Sum.add(l.State, l.Amount, 1)
		s.Lines = append(s.Lines, line)
	}
	return nil
}

// Overdue is what a person must look after, since no clock decides it: boxes that
// were handed over and not taken in in time, and copies that a library missed.
// Writing a copy off is an officer's act.
type Overdue struct {
	AsOf    AsOf
	Boxes   []*payback.Transfer // longest late first
	Missing []*payback.Copy
}

// Overdue lists the boxes whose last day was before today, and missing copies; at
// most db.MaxSelect of each.
func (r *Reports) Overdue(ctx context.Context, d payback.DistrictID, today payback.Date) (Overdue, error) {
	var out Overdue
	err := r.read(ctx, d, "Overdue", func(in reading) error {
		out.AsOf = in.asOf
		boxes, err := in.Select(db.Select{Table: payback.TTransfer, Order: "late_on", Where: []db.Cond{
			db.Eq("state", string(payback.TransferHanded)), {Column: "late_on", Op: ">", Value: ""}, {Column: "late_on", Op: "<", Value: string(today)},
		}})
		if err != nil {
			return err
		}
		for _, b := range boxes {
			out.Boxes = append(out.Boxes, b.(*payback.Transfer))
		}
		missing, err := in.Select(db.Select{Table: payback.TCopy, Where: []db.Cond{db.Eq("state", string(payback.CopyMissing))}})
		for _, c := range missing {
			out.Missing = append(out.Missing, c.(*payback.Copy))
		}
		return err
	})
	return out, err
}
