package query

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Aside is an op of a PC that was kept and not done.
type Aside struct {
	Op   db.Op
	JSON string // its body, indented; "" if it can't be read
}

// AsideView is an op that was put aside, or that waits, with what it is about.
type AsideView struct {
	Aside
	Store  *payback.Store
	Device *payback.Device
	Title  *payback.Title // nil if it names none
	Facts  AsideFacts
	By     string // who did it, as the PC says
}

// AsideFacts is what its body says, as far as it can be read.
type AsideFacts struct {
	ISBN    payback.ISBN      `json:"isbn"`
	Request payback.RequestID `json:"request"`
	Loan    payback.LoanID    `json:"loan"`
	Copy    payback.CopyID    `json:"copy"`
	Number  string            `json:"number"`
	Paid    payback.Won       `json:"paid"`
	Amount  payback.Won       `json:"amount"`
	Due     payback.Date      `json:"due"`
}

// Open says that a person can still do something about it.
func (a AsideView) Open() bool {
	return a.Op.Verdict == payback.Held || a.Op.Verdict == payback.Quarantined
}

// Asides lists the ops that are held or quarantined, the oldest first.
func (q *Query) Asides(ctx context.Context, d payback.DistrictID, page int) (l List[AsideView], err error) {
	err = q.at(ctx, d, "query.Asides", func(m *moment) error {
		l = List[AsideView]{Filter: Filter{Page: page}, Now: m.now, Today: m.today}
		ops, total, err := m.Aside(ListSize, page*ListSize)
		if err != nil {
			return err
		}
		l.Total = total
		for _, o := range ops {
			v, err := m.aside(o)
			if err != nil {
				return err
			}
			l.Rows = append(l.Rows, v)
		}
		return nil
	})
	return l, err
}

// OneAside returns one op of a store's PC by run and number; not_found if there is
// none.
func (q *Query) OneAside(ctx context.Context, d payback.DistrictID, run payback.RunID, wseq uint64) (v AsideView, err error) {
	err = q.at(ctx, d, "query.OneAside", func(m *moment) error {
		list, err := m.OpsOfRun(run, wseq, 1)
		if err != nil {
			return err
		}
		if len(list) == 0 || list[0].Wseq != wseq || list[0].Device == "" {
			return fault.New(fault.NotFound, "")
		}
		v, err = m.aside(list[0])
		return err
	})
	return v, err
}

func (m *moment) aside(o db.Op) (AsideView, error) {
	v := AsideView{Aside: Aside{o, pretty(o.Raw)}}
	store, device := payback.StoreKey(o.Store), payback.DeviceKey(o.Device)
	if err := m.load(store, device); err != nil {
		return v, err
	}
	v.Store, v.Device = row[*payback.Store](m, store), row[*payback.Device](m, device)
	env, err := syncproto.Decode(o.Raw)
	if err != nil || json.Unmarshal(env.Body, &v.Facts) != nil {
		return v, nil // its bytes are all that is known
	}
	v.By = env.By
	if v.Facts.ISBN != "" {
		v.Title, err = one[*payback.Title](m, payback.TitleKey(v.Facts.ISBN))
	}
	return v, err
}

// maxAside is how many of a PC's ops a page shows.
const maxAside = 200

// KeptOf returns the ops of a PC that are quarantined, by run and number, at most
// 200 of its newest runs.
func (q *Query) KeptOf(ctx context.Context, d payback.DistrictID, device payback.DeviceID) (out []Aside, err error) {
	err = q.at(ctx, d, "query.KeptOf", func(m *moment) error {
		runs, err := m.Runs(device)
		if err != nil {
			return err
		}
		for _, run := range runs {
			if out, err = keptOfRun(m.Reader, run, out); err != nil || len(out) >= maxAside {
				return err
			}
		}
		return nil
	})
	return out, err
}

func keptOfRun(r db.Reader, run db.Run, out []Aside) ([]Aside, error) {
	const page = 500
	for from := uint64(1); from <= run.Wseq && len(out) < maxAside; from += page {
		ops, err := r.OpsOfRun(run.Run, from, page)
		if err != nil {
			return out, err
		}
		for _, o := range ops {
			if o.Verdict == payback.Quarantined && len(out) < maxAside {
				out = append(out, Aside{o, pretty(o.Raw)})
			}
		}
	}
	return out, nil
}

func pretty(raw []byte) string {
	env, err := syncproto.Decode(raw)
	var b bytes.Buffer
	if err != nil || json.Indent(&b, env.Body, "", "  ") != nil {
		return ""
	}
	return b.String()
}
