package report

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Funnel is the way of the requests that were placed in a period, and of the
// walk-ins that were sold in it, as far as they have come: each copy is counted
// where it stands, so the figures of a period stand still once all its loans
// have ended and all its copies are shelved.
type Funnel struct {
	Period   Period
	AsOf     AsOf
	Asked    int // requests placed
	Accepted int // of these: a store set a copy aside or has it, also if it was then not fetched
	Bought   int // of these: sold
	WalkIns  int // sold without a request; in the figures below with the others
	Out      int // of all sold: still with the resident, in time or late
	Left     int // left at a store, not yet ruled on
	Returned int // came back for a refund
	Kept     int // the resident's own: kept, or refused
	Shelved  int // of the returned: on a library's shelf
	// Refunded is what residents were or will be given for the returned copies.
	Refunded payback.Won
}

// Sold is how many copies went home with residents.
func (f Funnel) Sold() int { return f.Bought + f.WalkIns }

// Funnel follows the requests of a period. It reads every one of them, a day at a
// time: some seconds for a large district's year.
func (r *Reports) Funnel(ctx context.Context, d payback.DistrictID, p Period) (Funnel, error) {
	out := Funnel{Period: p}
	if err := p.Check(); err != nil {
		return out, err
	}
	err := r.read(ctx, d, "Funnel", func(in reading) error {
		out.AsOf = in.asOf
		for day := p.From; day <= p.To; day = day.Add(1) {
			if err := ctx.Err(); err != nil {
				return err
			}
			placed := db.Select{Table: payback.TRequest, Where: []db.Cond{db.Eq("placed_on", string(day))}}
			if err := each(in, placed, func(lot []*payback.Request) error { return out.requests(in, lot) }); err != nil {
				return err
			}
			sold := db.Select{Table: payback.TLoan, Where: []db.Cond{db.Eq("sold_on", string(day))}}
			if err := each(in, sold, func(lot []*payback.Loan) error { return out.walkIns(in, lot) }); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// requests counts requests, and follows the sold ones.
func (f *Funnel) requests(in reading, lot []*payback.Request) error {
	var keys []payback.Key
	for _, q := range lot {
		f.Asked++
		if wasAccepted(q) {
			f.Accepted++
		}
		if q.State == payback.Sold {
			f.Bought++
			keys = append(keys, payback.LoanKey(q.Loan))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	rows, err := in.Rows(keys)
	if err != nil {
		return err
	}
	var loans []*payback.Loan
	for _, k := range keys {
		if l, ok := rows[k].Row.(*payback.Loan); ok {
			loans = append(loans, l)
		}
	}
	return f.follow(in, loans)
}

func wasAccepted(q *payback.Request) bool {
	for _, s := range []payback.State{q.State, q.Was} {
		switch s {
		case payback.Accepted, payback.Ready, payback.Sold, payback.NoShow:
			return true
		}
	}
	return false
}

// walkIns follows the loans that no request led to.
func (f *Funnel) walkIns(in reading, lot []*payback.Loan) error {
	var loans []*payback.Loan
	for _, l := range lot {
		if l.Request == "" && l.State != payback.LoanVoid {
			f.WalkIns++
			loans = append(loans, l)
		}
	}
	return f.follow(in, loans)
}

// follow counts where sold copies stand.
func (f *Funnel) follow(in reading, loans []*payback.Loan) error {
	var keys []payback.Key
	for _, l := range loans {
		switch l.State {
		case payback.LoanOut:
			f.Out++
		case payback.LoanLeft:
			f.Left++
		case payback.LoanReturned:
			f.Returned++
			f.Refunded += l.Paid
			keys = append(keys, payback.CopyKey(l.ID))
		case payback.LoanKept, payback.LoanRefused, payback.LoanGivenUp:
			f.Kept++
		}
	}
	if len(keys) == 0 {
		return nil
	}
	rows, err := in.Rows(keys)
	for _, st := range rows {
		if st.Row.(*payback.Copy).State == payback.CopyShelved {
			f.Shelved++
		}
	}
	return err
}

// Cost is what the copies cost that became the district's in a period.
type Cost struct {
	Period Period
	AsOf   AsOf
	Owed   payback.Won // to stores, corrections among it, by the day on which it was owed
	Copies int         // taken in by libraries, or lost after a hand-over
}

// Cost adds up the settlement lines of a period.
func (r *Reports) Cost(ctx context.Context, d payback.DistrictID, p Period) (Cost, error) {
	out := Cost{Period: p}
	if err := p.Check(); err != nil {
		return out, err
	}
	err := r.read(ctx, d, "Cost", func(in reading) error {
		out.AsOf = in.asOf
		sums, err := in.sums(db.Select{Table: payback.TLine, Where: append([]db.Cond{lineStates()}, p.within("owed_on")...)}, "amount", "cause")
		for _, s := range sums {
			out.Owed += payback.Won(s.Total)
			if s.By[0] == "intake" || s.By[0] == "write_off" {
				out.Copies += int(s.N)
			}
		}
		return err
	})
	return out, err
}

// PerCopy is the cost of one copy, so many texts at so much each included; 0
// while there is no copy.
func (c Cost) PerCopy(texts int, each payback.Won) payback.Won {
	if c.Copies == 0 {
		return 0
	}
	return (c.Owed + payback.Won(texts)*each) / payback.Won(c.Copies)
}
