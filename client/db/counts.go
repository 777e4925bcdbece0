package db

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// Counts are numbers of what stands open.
type Counts struct {
	Placed   int // requests that wait for an answer
	Ordered  int
	Holds    int // accepted and ready
	Cases    int // open
	Boxes    int // open and closed
	Loose    int // returned copies in no box
	Owed     int // refunds due
	Left     int // loans left against a slip, and refused copies not fetched
	Claims   int // lines owed and contested
	Waiting  int // ops not acknowledged
	Rejected int // own ops since an instant that the server did not simply apply
}

const countsQuery = `SELECT
	(SELECT COUNT(*) FROM request WHERE state = 'placed'),
	(SELECT COUNT(*) FROM request WHERE state = 'ordered'),
	(SELECT COUNT(*) FROM request WHERE state IN ('accepted', 'ready')),
	(SELECT COUNT(*) FROM case_ WHERE state = 'open'),
	(SELECT COUNT(*) FROM transfer WHERE state IN ('open', 'closed')),
	(SELECT COUNT(*) FROM copy WHERE state = 'at_store'),
	(SELECT COUNT(*) FROM refund WHERE state = 'due'),
	(SELECT COUNT(*) FROM loan WHERE state IN ('left', 'refused')),
	(SELECT COUNT(*) FROM line WHERE state IN ('owed', 'contested')),
	(SELECT COUNT(*) FROM outbox WHERE acked = 0 AND stuck = 0),
	(SELECT COUNT(*) FROM outbox WHERE verdict NOT IN ('', 'applied', 'duplicate') AND at >= ?)`

// Counts returns the numbers on the tabs; Rejected counts from since on (UTC ms).
func (d *DB) Counts(ctx context.Context, since int64) (c Counts, err error) {
	err = d.file.Read.QueryRowContext(ctx, countsQuery, since).Scan(&c.Placed, &c.Ordered, &c.Holds, &c.Cases, &c.Boxes, &c.Loose,
		&c.Owed, &c.Left, &c.Claims, &c.Waiting, &c.Rejected)
	c.Loose = max(0, c.Loose-c.Left) // what was left or refused lies at the store too
	return c, fault.Wrap("db.Counts", err)
}
