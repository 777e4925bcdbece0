package query

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Aside is an op of a PC that was kept and not done.
type Aside struct {
	Op   db.Op
	JSON string // its body, indented; "" if it can't be read
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
