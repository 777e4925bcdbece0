package clockwork

import (
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// heldFor is how long an op may wait for what must come first until a person is
// asked, from when the server had it. Source: states, edges: case after 24 hours.
const heldFor = 24 * time.Hour

// overdue: an op is held and what it waits for has not come. One for which the
// question was asked is left alone.
func overdue(r db.Reader, m moment) ([]payback.Body, error) {
	const page = db.MaxSelect
	var due []payback.Body
	for after := uint64(0); ; {
		held, err := r.Held(after, m.now-heldFor.Milliseconds()+1, page)
		if err != nil || len(held) == 0 {
			return due, err
		}
		acts := make([]string, len(held))
		for i, o := range held {
			acts[i] = payback.OverdueAct(o.Run, o.Wseq)
		}
		asked, err := r.OpsByAct(acts)
		if err != nil {
			return nil, err
		}
		for i, o := range held {
			// The server's own acts have no verdict row and are held only behind its own.
			if _, done := asked[acts[i]]; !done && o.Store != "" {
				due = append(due, &payback.Overdue{Run: o.Run, Wseq: o.Wseq, Why: o.Reason})
			}
			after = o.Position
		}
		if len(held) < page || len(due) >= maxDue {
			return due, nil
		}
	}
}
