package query

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Number is one of the numbers that an officer sees first.
type Number struct {
	N      int
	Oldest int64 // UTC ms of the oldest among them; 0 = none or not known
	Sum    payback.Won
	Detail string // further words: a store, a day
	More   int    // a second count: copies more than a week late, texts to numbers that don't exist
}

// Monday is the page of numbers by which an officer's week begins.
type Monday struct {
	Now        int64
	Today      payback.Date
	Unanswered Number // requests placed whose store is silent past its time; Sum unused
	Placed     int    // all requests without an answer
	Refunds    Number // due to residents and not paid; Sum in won
	Boxes      Number // handed over and not taken in by their day; Detail: the latest possible day of the oldest
	Texts      Number // that could not be sent
	Cases      Number // to be decided
	Budget     Budget
	Lines      Number // owed to stores, to be approved; Sum in won
	Late       Number // copies out past their due day; More: by over seven days
	OpenCases  []CaseView
	PCs        Fleet
}

// Budget is this year's money.
type Budget struct {
	Year                         string
	Limit, Spent, Reserved, Free payback.Won  // Spent: due to residents or paid by stores; Limit 0 = none
	Until                        payback.Date // when it is spent at this year's pace; "" if it lasts or nothing is known
	Days                         int          // from today until then
}

// SpentOf is the part of length that the spent money takes of the limit; Upto adds
// what is reserved, of a length of 1000.
func (b Budget) SpentOf(length int) int { return b.part(b.Spent, length) }

// Upto is how far spent and reserved money reach on a bar of 1000.
func (b Budget) Upto() int {
	const length = 1000
	return b.part(b.Spent+b.Reserved, length)
}

func (b Budget) part(w payback.Won, length int) int {
	if b.Limit <= 0 {
		return 0
	}
	return int(min(payback.Won(length), max(0, w*payback.Won(length)/b.Limit)))
}

// casesOnMonday is how many cases the first page lists.
const casesOnMonday = 5

// Monday counts what needs somebody.
func (q *Query) Monday(ctx context.Context, d payback.DistrictID) (mo Monday, err error) {
	failed, err := q.db.ListMessages(ctx, d, "failed", db.MaxSelect)
	if err != nil {
		return Monday{}, fault.Wrap("query.Monday", err)
	}
	err = q.at(ctx, d, "query.Monday", func(m *moment) error {
		mo.Now, mo.Today = m.now, m.today
		mo.Texts = Number{N: len(failed)}
		for _, t := range failed {
			mo.Texts.Oldest = older(mo.Texts.Oldest, t.Made)
		}
		for _, count := range []func(*Monday) error{m.unanswered, m.refunds, m.boxes, m.cases, m.budget, m.owed, m.late} {
			if err := count(&mo); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return mo, err
	}
	mo.PCs, err = q.Fleet(ctx, d)
	return mo, err
}

func older(a, b int64) int64 {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}

// unanswered counts requests whose store had its working day and said nothing.
func (m *moment) unanswered(mo *Monday) (err error) {
	placed := db.Eq("state", string(payback.Placed))
	if mo.Placed, err = m.Count(db.Select{Table: payback.TRequest, Where: []db.Cond{placed}}); err != nil {
		return err
	}
	silent := []db.Cond{placed, {Column: "ask_on", Op: "<", Value: string(m.today)}}
	if mo.Unanswered.N, err = m.Count(db.Select{Table: payback.TRequest, Where: silent}); err != nil {
		return err
	}
	first, err := all[*payback.Request](m, db.Select{Table: payback.TRequest, Where: silent, Order: "placed_at", Limit: 1})
	if len(first) > 0 {
		mo.Unanswered.Oldest = first[0].PlacedAt
	}
	return err
}

func (m *moment) refunds(mo *Monday) error {
	due, err := all[*payback.Refund](m, db.Select{Table: payback.TRefund, Where: []db.Cond{db.Eq("state", string(payback.RefundDue))}, Order: "due_at"})
	for _, r := range due {
		mo.Refunds.N++
		mo.Refunds.Sum += r.Amount
		mo.Refunds.Oldest = older(mo.Refunds.Oldest, r.DueAt)
	}
	return err
}

func (m *moment) boxes(mo *Monday) error {
	late, err := all[*payback.Transfer](m, db.Select{Table: payback.TTransfer, Where: []db.Cond{
		db.Eq("state", string(payback.TransferHanded)), {Column: "late_on", Op: "<", Value: string(m.today)}}, Order: "late_on"})
	if err != nil || len(late) == 0 {
		return err
	}
	mo.Boxes.N, mo.Boxes.Oldest = len(late), late[0].HandedAt
	s, err := one[*payback.Store](m, payback.StoreKey(late[0].Store))
	if err != nil {
		return err
	}
	l, err := one[*payback.Library](m, payback.Key{Table: payback.TLibrary, ID: string(late[0].Library)})
	if s != nil && l != nil {
		mo.Boxes.Detail = s.Name + " → " + l.Name
	}
	return err
}

func (m *moment) cases(mo *Monday) (err error) {
	open := []db.Cond{db.Eq("state", string(payback.CaseOpen))}
	if mo.Cases.N, err = m.Count(db.Select{Table: payback.TCase, Where: open}); err != nil {
		return err
	}
	mo.OpenCases, err = m.caseViews(open, casesOnMonday)
	if len(mo.OpenCases) > 0 {
		mo.Cases.Oldest = mo.OpenCases[0].Case.OpenedAt
	}
	return err
}

// budget reads this year's money and how long it lasts at the pace so far.
func (m *moment) budget(mo *Monday) error {
	b := Budget{Year: m.today.Year(), Limit: m.policy().BudgetYear}
	have, err := one[*payback.Budget](m, payback.BudgetKey(b.Year))
	if err != nil {
		return err
	}
	if have != nil {
		b.Spent, b.Reserved = have.Due+have.Paid, have.Reserved
	}
	if b.Limit > 0 {
		b.Free = max(0, b.Limit-b.Spent-b.Reserved)
		b.Until, b.Days = lasts(b, m.today)
	}
	mo.Budget = b
	return nil
}

// lasts says when the free money is spent if it goes on as it did since New Year:
// what is spent and held, by the days that are over.
func lasts(b Budget, today payback.Date) (payback.Date, int) {
	newYear := payback.Date(b.Year + "-01-01")
	gone := payback.Won(newYear.Until(today) + 1)
	used := b.Spent + b.Reserved
	if used <= 0 {
		return "", 0
	}
	days := int(b.Free * gone / used)
	until := today.Add(min(days, 400))
	if until.Year() != b.Year {
		return "", 0
	}
	return until, days
}

// owed counts the lines that stores are owed and nobody has approved.
func (m *moment) owed(mo *Monday) error {
	lines := db.Select{Table: payback.TLine, Where: []db.Cond{db.Eq("state", string(payback.LineOwed))}}
	n, err := m.Count(lines)
	if err != nil {
		return err
	}
	sums, err := m.SumBy(lines, "amount", "state")
	mo.Lines.N = n
	for _, s := range sums {
		mo.Lines.Sum += payback.Won(s.Total)
	}
	return err
}

func (m *moment) late(mo *Monday) (err error) {
	out := db.Eq("state", string(payback.LoanOut))
	before := func(d payback.Date) db.Select {
		return db.Select{Table: payback.TLoan, Where: []db.Cond{out, {Column: "due", Op: "<", Value: string(d)}}}
	}
	if mo.Late.N, err = m.Count(before(m.today)); err != nil {
		return err
	}
	mo.Late.More, err = m.Count(before(m.today.Add(-7)))
	return err
}
