package clockwork

import (
	"context"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// rule: the office had its time to decide on a copy that was left; the resident
// gets the money. Source: states, edges: no decision by the day means refund.
func rule(r db.Reader, m moment) ([]payback.Body, error) {
	rows, err := all[*payback.Loan](r, db.Select{Table: payback.TLoan, Order: "decide_by", Where: over("decide_by", payback.LoanLeft, m)})
	var due []payback.Body
	for _, l := range rows {
		due = append(due, &payback.Rule{Loan: l.ID, Turn: l.Turn, Refund: true, Day: l.DecideBy})
	}
	return due, err
}

// giveUp: nobody fetched a refused copy in time; it is the store's.
func giveUp(r db.Reader, m moment) ([]payback.Body, error) {
	rows, err := all[*payback.Loan](r, db.Select{Table: payback.TLoan, Order: "fetch_by", Where: over("fetch_by", payback.LoanRefused, m)})
	var due []payback.Body
	for _, l := range rows {
		due = append(due, &payback.GiveUp{Loan: l.ID, Turn: l.Turn, Day: l.FetchBy})
	}
	return due, err
}

// unmatched: a sale by a number has waited for its request as long as it may.
func unmatched(r db.Reader, m moment) ([]payback.Body, error) {
	last := m.today.Add(-m.policy.UnmatchedDays - 1)
	rows, err := all[*payback.Loan](r, db.Select{Table: payback.TLoan, Order: "waits_since", Where: []db.Cond{
		{Column: "waits_since", Op: ">", Value: ""}, {Column: "waits_since", Op: "<=", Value: string(last)},
	}})
	var due []payback.Body
	for _, l := range rows {
		due = append(due, &payback.Unmatched{Loan: l.ID, Day: l.SoldOn.Add(m.policy.UnmatchedDays)})
	}
	return due, err
}

// How long a loan that would become kept waits for a store that is cut off, since
// its PC may hold a return that was in time. Source: states, edges.
const (
	cutOffAfter = 24 * time.Hour // without an exchange with any PC of the store
	cutOffWait  = 14             // days that it waits at most
)

// keeper finds the loans that are so late that they are their residents' now.
func (k *Clockwork) keeper(ctx context.Context, d payback.DistrictID) duty {
	return func(r db.Reader, m moment) ([]payback.Body, error) {
		last := m.today.Add(-m.policy.KeptAfterDays - 1) // due then: the day on which it becomes kept is over
		rows, err := all[*payback.Loan](r, db.Select{Table: payback.TLoan, Order: "due", Where: []db.Cond{
			db.Eq("state", string(payback.LoanOut)), {Column: "due", Op: "<=", Value: string(last)},
		}})
		if err != nil {
			return nil, err
		}
		off := map[payback.StoreID]bool{}
		var due []payback.Body
		for _, l := range rows {
			if _, known := off[l.Store]; !known {
				if off[l.Store], err = k.cutOff(ctx, d, r, l.Store, m.now); err != nil {
					return nil, err
				}
			}
			if !off[l.Store] || l.Due <= last.Add(-cutOffWait) {
				due = append(due, &payback.Keep{Loan: l.ID, Turn: l.Turn, Day: l.Due.Add(m.policy.KeptAfterDays)})
			}
		}
		return due, nil
	}
}

// cutOff says that no PC of the store has been heard of for a day. A store
// without PCs has none that could hold anything back.
func (k *Clockwork) cutOff(ctx context.Context, d payback.DistrictID, r db.Reader, s payback.StoreID, now int64) (bool, error) {
	devices, err := all[*payback.Device](r, db.Select{Table: payback.TDevice, Where: []db.Cond{db.Eq("store", string(s))}})
	if err != nil {
		return false, err
	}
	enrolled, newest := 0, int64(0)
	for _, dev := range devices {
		if dev.State != payback.DeviceEnrolled {
			continue
		}
		enrolled++
		heard, err := k.heard(ctx, d, r, dev.ID)
		if err != nil {
			return false, err
		}
		newest = max(newest, dev.Since, heard)
	}
	return enrolled > 0 && now-newest > cutOffAfter.Milliseconds(), nil
}

// heard is when a PC was last heard of, UTC ms.
func (k *Clockwork) heard(ctx context.Context, d payback.DistrictID, r db.Reader, dev payback.DeviceID) (newest int64, err error) {
	if k.c.Seen != nil {
		if newest, err = k.c.Seen(ctx, d, dev); err != nil {
			return 0, err
		}
	}
	runs, err := r.Runs(dev)
	for _, run := range runs {
		newest = max(newest, run.LastSeen)
	}
	return newest, err
}

// remindBefore is how many days before the due day residents are reminded. A
// reminder whose day passed while the server stood still goes out later, but not
// two at once.
func remindBefore() []int { return []int{1, 3} }

// remind queues a text for each loan that is due soon. Its id names loan and day,
// so it is sent once.
func (k *Clockwork) remind(ctx context.Context, d payback.DistrictID, m moment) error {
	days := remindBefore()
	var texts []db.Message
	err := k.c.Ledger.View(ctx, d, func(r db.Reader) error {
		loans, err := all[*payback.Loan](r, db.Select{Table: payback.TLoan, Order: "due", Where: []db.Cond{
			db.Eq("state", string(payback.LoanOut)), {Column: "due", Op: ">", Value: string(m.today)},
			{Column: "due", Op: "<=", Value: string(m.today.Add(days[len(days)-1]))},
		}})
		if err != nil {
			return err
		}
		texts, err = reminders(r, loans, m)
		return err
	})
	if err != nil {
		return err
	}
	return k.c.Notifier.Queue(ctx, d, texts...)
}

// reminders makes the texts for loans that are due within the next days.
func reminders(r db.Reader, loans []*payback.Loan, m moment) ([]db.Message, error) {
	var keys []payback.Key
	for _, l := range loans {
		keys = append(keys, payback.TitleKey(l.ISBN), payback.StoreKey(l.Store))
	}
	have, err := r.Rows(keys)
	if err != nil {
		return nil, err
	}
	var texts []db.Message
	for _, l := range loans {
		on := remindOn(l, m.today)
		if l.Resident == "" || on == "" {
			continue
		}
		title, store := l.ISBN.Hyphenated(), string(l.Store)
		if t, ok := have[payback.TitleKey(l.ISBN)].Row.(*payback.Title); ok && t.Name != "" {
			title = t.Name
		}
		if s, ok := have[payback.StoreKey(l.Store)].Row.(*payback.Store); ok {
			store = s.Name
		}
		texts = append(texts, db.Message{ID: "remind/" + string(l.ID) + "/" + string(on), To: l.Resident, Key: "remind",
			Args:    map[string]string{"title": title, "store": store, "due": string(l.Due)},
			Request: l.Request, Store: l.Store, Made: m.now, NotUntil: morning(on, m.zone)})
	}
	return texts, nil
}

// remindOn is the reminding day that was reached last; "" if there was none since
// the sale, whose own text named the due day.
func remindOn(l *payback.Loan, today payback.Date) payback.Date {
	for _, days := range remindBefore() {
		if on := l.Due.Add(-days); on <= today {
			if on <= l.SoldOn {
				return ""
			}
			return on
		}
	}
	return ""
}

// morning is ten o'clock of a day: the practice of libraries' own reminders.
func morning(d payback.Date, zone *time.Location) int64 {
	const ten = 10 * time.Hour
	return d.Add(-1).End(zone) + ten.Milliseconds()
}
