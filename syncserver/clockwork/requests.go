package clockwork

import (
	"fmt"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// ask: a store has not answered by the end of the day on which it should have.
func ask(r db.Reader, m moment) ([]payback.Body, error) {
	rows, err := all[*payback.Request](r, db.Select{Table: payback.TRequest, Order: "ask_on", Where: []db.Cond{
		db.Eq("state", string(payback.Placed)), {Column: "ask_on", Op: ">", Value: ""}, {Column: "ask_on", Op: "<", Value: string(m.today)},
		db.Eq("asked", int64(0)),
	}})
	var due []payback.Body
	for _, q := range rows {
		due = append(due, &payback.Ask{Request: q.ID, Assign: q.Assign})
	}
	return due, err
}

// expire: a request's last day in its state is over.
func expire(r db.Reader, m moment) ([]payback.Body, error) {
	var due []payback.Body
	for _, state := range []payback.State{payback.Placed, payback.Declined, payback.Accepted, payback.Ordered, payback.Ready} {
		rows, err := all[*payback.Request](r, db.Select{Table: payback.TRequest, Order: "ends_on", Where: over("ends_on", state, m)})
		if err != nil {
			return nil, err
		}
		for _, q := range rows {
			due = append(due, &payback.Expire{Request: q.ID, Assign: q.Assign, From: q.State, Day: q.EndsOn})
		}
	}
	return due, nil
}

// over selects the rows in a state whose day, where they have one, is over.
func over(column string, state payback.State, m moment) []db.Cond {
	return []db.Cond{db.Eq("state", string(state)), {Column: column, Op: ">", Value: ""}, {Column: column, Op: "<", Value: string(m.today)}}
}

// endWait: a place in line or an offer is over.
func endWait(r db.Reader, m moment) ([]payback.Body, error) {
	var due []payback.Body
	for _, state := range []payback.State{payback.Offered, payback.Waiting} {
		rows, err := all[*payback.Reservation](r, db.Select{Table: payback.TReservation, Order: "ends_on", Where: over("ends_on", state, m)})
		if err != nil {
			return nil, err
		}
		for _, v := range rows {
			due = append(due, &payback.EndWait{Reservation: v.ID, Day: v.EndsOn})
		}
	}
	return due, nil
}

// promote: a title has free slots and people waiting, because money came back, a
// year began, or the cap was raised. (A slot that is freed promotes by itself.)
// Nothing is tried for which there is no slot or no money, so that the ledger
// does not fill with refusals.
func promote(r db.Reader, m moment) ([]payback.Body, error) {
	quotas, err := all[*payback.Quota](r, db.Select{Table: payback.TQuota, Where: []db.Cond{{Column: "waiting", Op: ">", Value: int64(0)}}})
	if err != nil || len(quotas) == 0 {
		return nil, err
	}
	head, err := r.Head()
	if err != nil {
		return nil, err
	}
	keys := []payback.Key{payback.BudgetKey(m.today.Year())}
	for _, q := range quotas {
		keys = append(keys, payback.TitleKey(q.ISBN))
	}
	have, err := r.Rows(keys)
	if err != nil {
		return nil, err
	}
	purse := purse{limit: m.policy.BudgetYear}
	if b, ok := have[keys[0]].Row.(*payback.Budget); ok {
		purse.used = b.Used()
	}
	var due []payback.Body
	for _, q := range quotas {
		title, _ := have[payback.TitleKey(q.ISBN)].Row.(*payback.Title)
		price := payback.Won(0)
		if title != nil {
			price = title.Price
		}
		for i := 0; i < len(q.Line) && len(q.Held)+i < m.policy.CopyCap(title) && purse.take(m.policy.Reserve(price)); i++ {
			// The position names the state in which it was due: two servers at one
			// moment derive one act, and a later try is another one.
			due = append(due, &payback.Promote{Reservation: q.Line[i], After: fmt.Sprintf("free/%d", head.Position)})
		}
	}
	return due, nil
}

// purse is the year's money while promotions are being chosen.
type purse struct{ used, limit payback.Won }

func (p *purse) take(amount payback.Won) bool {
	if p.limit > 0 && p.used+amount > p.limit {
		return false
	}
	p.used += amount
	return true
}
