package clockwork

import (
	"context"
	"fmt"
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// When a PC counts as online: a counter polls every fifteen seconds.
const (
	onlineFor = time.Minute
	// goneAfter is how much later than its hand-back of rights a PC must be heard of
	// to be at work again: the exchange of its exit ends within it.
	goneAfter = 30 * time.Second
)

// grant: a refund is due and the server has the right to pay it, as after a clean
// exit of the PC that sold or a decision of the office. The right goes to a PC of
// the store that is online; while none is, the money is promised (DESIGN 4.8).
func (k *Clockwork) grant(ctx context.Context, d payback.DistrictID) duty {
	return func(r db.Reader, m moment) ([]payback.Body, error) {
		refunds, err := all[*payback.Refund](r, db.Select{Table: payback.TRefund, Order: "due_at", Where: []db.Cond{db.Eq("state", string(payback.RefundDue))}})
		if err != nil || len(refunds) == 0 {
			return nil, err
		}
		keys := make([]payback.Key, len(refunds))
		for i, x := range refunds {
			keys[i] = payback.LoanKey(x.Loan)
		}
		loans, err := r.Rows(keys)
		if err != nil {
			return nil, err
		}
		head, err := r.Head()
		if err != nil {
			return nil, err
		}
		online := map[payback.StoreID]payback.DeviceID{}
		var due []payback.Body
		for _, key := range keys {
			l, ok := loans[key].Row.(*payback.Loan)
			if !ok || l.Right != payback.RightServer {
				continue
			}
			if _, known := online[l.Store]; !known {
				if online[l.Store], err = k.online(ctx, d, r, l.Store, m.now); err != nil {
					return nil, err
				}
			}
			if to := online[l.Store]; to != "" {
				due = append(due, &payback.GrantRight{Loan: l.ID, Device: to, From: l.Right, After: fmt.Sprintf("due/%d", head.Position)})
			}
		}
		return due, nil
	}
}

// online returns the PC of a store that was heard of last, "" if none is at work.
func (k *Clockwork) online(ctx context.Context, d payback.DistrictID, r db.Reader, s payback.StoreID, now int64) (payback.DeviceID, error) {
	devices, err := all[*payback.Device](r, db.Select{Table: payback.TDevice, Where: []db.Cond{db.Eq("store", string(s))}})
	if err != nil {
		return "", err
	}
	best, newest := payback.DeviceID(""), now-onlineFor.Milliseconds()
	for _, dev := range devices {
		if dev.State != payback.DeviceEnrolled || dev.Frozen != "" {
			continue
		}
		heard, err := k.heard(ctx, d, r, dev.ID)
		if err != nil {
			return "", err
		}
		if heard <= newest {
			continue
		}
		left, err := leftAt(r, dev.ID)
		if err != nil {
			return "", err
		}
		if heard > left {
			best, newest = dev.ID, heard
		}
	}
	return best, nil
}

// leftAt returns until when what is heard of a PC may still be its exit: its last
// op handed its rights back. 0 if it did not.
func leftAt(r db.Reader, dev payback.DeviceID) (int64, error) {
	run, err := r.Latest(dev)
	if err != nil || run == nil {
		return 0, err
	}
	last, err := r.OpsOfRun(run.Run, run.Wseq, 1)
	if err != nil || len(last) == 0 || last[0].Kind != payback.KGiveRight {
		return 0, err
	}
	return last[0].Received + goneAfter.Milliseconds(), nil
}
