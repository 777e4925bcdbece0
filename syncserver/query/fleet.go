package query

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Health says how a PC is, worst first.
type Health string

// The healths.
const (
	PCSilent  Health = "silent"  // nothing heard for long within opening hours
	PCLate    Health = "late"    // something waits to be sent, or not heard for a while
	PCFine    Health = "fine"    // heard lately
	PCClosed  Health = "closed"  // its store is closed now
	PCNew     Health = "new"     // never heard of since it was enrolled
	PCRevoked Health = "revoked" // taken out
)

// Within opening hours, how long a PC may be unheard until it counts as late and
// as silent.
const (
	lateAfter   = 10 * time.Minute
	silentAfter = 60 * time.Minute
	// lateOps is how many unsent ops make a PC late although it is heard.
	lateOps = 50
)

// PC is one device with what is known of it.
type PC struct {
	Device   *payback.Device
	Store    *payback.Store
	Health   Health
	LastSeen int64 // UTC ms; 0 = never
	Status   syncproto.Status
}

// Fleet is all PCs, worst first.
type Fleet struct {
	PCs []PC
	Now int64
}

// Count is how many PCs are of one of the healths.
func (f Fleet) Count(of ...Health) (n int) {
	for _, pc := range f.PCs {
		if slices.Contains(of, pc.Health) {
			n++
		}
	}
	return n
}

// In returns how many PCs take part.
func (f Fleet) In() int { return len(f.PCs) - f.Count(PCRevoked) }

// Fine is how many of them need nobody.
func (f Fleet) Fine() int { return f.Count(PCFine, PCClosed, PCNew) }

// Silent returns those that somebody must call.
func (f Fleet) Silent() []PC {
	return slices.DeleteFunc(slices.Clone(f.PCs), func(pc PC) bool { return pc.Health != PCSilent })
}

// Late returns those that are late.
func (f Fleet) Late() []PC {
	return slices.DeleteFunc(slices.Clone(f.PCs), func(pc PC) bool { return pc.Health != PCLate })
}

// statusName is the setting in which the devices' interface keeps what a device
// last said of itself.
func statusName(d payback.DistrictID, id payback.DeviceID) string {
	return "device_status/" + string(d) + "/" + string(id)
}

// deviceStatus is the form of that setting.
type deviceStatus struct {
	Seen   int64            `json:"seen"`
	Status syncproto.Status `json:"status"`
}

// Fleet returns all PCs of the district.
func (q *Query) Fleet(ctx context.Context, d payback.DistrictID) (f Fleet, err error) {
	var dist *payback.District
	var zone *time.Location
	err = q.at(ctx, d, "query.Fleet", func(m *moment) error {
		f.Now, zone = m.now, m.env.Zone
		if _, err := m.stores(); err != nil {
			return err
		}
		if dist, err = one[*payback.District](m, payback.DistrictKey()); err != nil {
			return err
		}
		devices, err := all[*payback.Device](m, db.Select{Table: payback.TDevice})
		for _, x := range devices {
			f.PCs = append(f.PCs, PC{Device: x, Store: row[*payback.Store](m, payback.StoreKey(x.Store))})
		}
		return err
	})
	if err != nil {
		return f, err
	}
	for i := range f.PCs {
		if err := q.status(ctx, d, &f.PCs[i]); err != nil {
			return f, fault.Wrap("query.Fleet", err)
		}
		f.PCs[i].Health = health(f.PCs[i], dist, time.UnixMilli(f.Now).In(zone))
	}
	order := []Health{PCSilent, PCLate, PCNew, PCFine, PCClosed, PCRevoked}
	slices.SortStableFunc(f.PCs, func(a, b PC) int {
		return cmp.Or(slices.Index(order, a.Health)-slices.Index(order, b.Health), strings.Compare(a.storeName(), b.storeName()),
			strings.Compare(a.Device.Label, b.Device.Label))
	})
	return f, nil
}

func (pc PC) storeName() string {
	if pc.Store == nil {
		return string(pc.Device.Store)
	}
	return pc.Store.Name
}

func (q *Query) status(ctx context.Context, d payback.DistrictID, pc *PC) error {
	value, err := q.db.Setting(ctx, statusName(d, pc.Device.ID))
	if err != nil || value == "" {
		return err
	}
	var s deviceStatus
	if json.Unmarshal([]byte(value), &s) == nil { // what can't be read is as good as nothing heard
		pc.LastSeen, pc.Status = s.Seen, s.Status
	}
	return nil
}

// health judges a PC by its store's opening hours: a closed shop is not late.
func health(pc PC, dist *payback.District, now time.Time) Health {
	silent := time.Duration(now.UnixMilli()-pc.LastSeen) * time.Millisecond
	switch {
	case pc.Device.State == payback.DeviceRevoked:
		return PCRevoked
	case pc.LastSeen == 0:
		return PCNew
	case silent < lateAfter && pc.Status.Waiting <= lateOps:
		return PCFine
	case !openSince(pc.Store, dist, now, lateAfter):
		return PCClosed
	case silent >= silentAfter && openSince(pc.Store, dist, now, silentAfter):
		return PCSilent
	}
	return PCLate
}

// openSince says that the store is open now and has been for at least that long.
// Unknown hours count as from nine to six.
func openSince(s *payback.Store, dist *payback.District, now time.Time, long time.Duration) bool {
	today := payback.Date(now.Format(time.DateOnly))
	if !payback.OpenOn(s, dist, today) {
		return false
	}
	hours := "09:00-18:00"
	if s != nil && s.Hours.Known() {
		hours = s.Hours[now.Weekday()]
	}
	from, to, ok := strings.Cut(hours, "-")
	opens, err1 := time.ParseInLocation("2006-01-02 15:04", string(today)+" "+from, now.Location())
	closes, err2 := time.ParseInLocation("2006-01-02 15:04", string(today)+" "+to, now.Location())
	if !ok || err1 != nil || err2 != nil {
		return false
	}
	return now.Sub(opens) >= long && now.Before(closes)
}

// HeldBy returns the loans whose refunds a device may pay: what a revocation
// gives back to the server.
func (q *Query) HeldBy(ctx context.Context, d payback.DistrictID, device payback.DeviceID) (ids []payback.LoanID, err error) {
	err = q.at(ctx, d, "query.HeldBy", func(m *moment) error {
		for {
			loans, err := all[*payback.Loan](m, db.Select{Table: payback.TLoan,
				Where: []db.Cond{db.Eq("holder", string(payback.DeviceRight(device)))}, Offset: len(ids)})
			if err != nil {
				return err
			}
			for _, l := range loans {
				ids = append(ids, l.ID)
			}
			if len(loans) < db.MaxSelect {
				return nil
			}
		}
	})
	return ids, err
}
