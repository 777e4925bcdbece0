package db

import (
	"context"
	"database/sql"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// hot are the statements of an act, prepared once: an act is a dozen of them, and
// compiling would cost more than running.
type hot struct {
	get       map[payback.Table]*sql.Stmt // a row by id, as a clerk sees it
	put       map[payback.Table]*sql.Stmt // an overlay row
	run       *sql.Stmt
	runNext   *sql.Stmt
	outbox    *sql.Stmt
	meta      *sql.Stmt
	metaWrite *sql.Stmt
	policies  *sql.Stmt
	others    *sql.Stmt
	post      *sql.Stmt
	has       *sql.Stmt // whether a run is of this folder
	take      map[payback.Table]takeStmts
}

// takeStmts are the statements that take rows of a pull in.
type takeStmts struct {
	have *sql.Stmt // readRows rows by id
	many *sql.Stmt // writes readRows rows
	one  *sql.Stmt // writes one
}

func (d *DB) prepare(ctx context.Context) error {
	d.hot.take = map[payback.Table]takeStmts{}
	d.hot.get, d.hot.put, d.seen = map[payback.Table]*sql.Stmt{}, map[payback.Table]*sql.Stmt{}, map[payback.Table]*sql.Stmt{}
	for i := range specs {
		s := &specs[i]
		byID := "SELECT raw FROM " + string(s.table) + " WHERE id = ?"
		if err := prepareOne(ctx, d.file.Read, byID, d.seen, s.table); err != nil {
			return err
		}
		if err := prepareOne(ctx, d.file.Write, byID, d.hot.get, s.table); err != nil {
			return err
		}
		put := s.overlayInsert() + marks(2+len(s.cols))
		if err := prepareOne(ctx, d.file.Write, put, d.hot.put, s.table); err != nil {
			return err
		}
		if err := d.prepareTake(ctx, s); err != nil {
			return err
		}
	}
	for _, p := range []struct {
		stmt  **sql.Stmt
		query string
	}{
		{&d.hot.run, runRead}, {&d.hot.runNext, runNext}, {&d.hot.outbox, outboxWrite},
		{&d.hot.meta, "SELECT value FROM meta WHERE name = ?"}, {&d.hot.metaWrite, metaWrite},
		{&d.hot.policies, policyRead}, {&d.hot.others, othersRead}, {&d.hot.post, postWrite},
		{&d.hot.has, "SELECT EXISTS (SELECT 1 FROM outbox WHERE run = ?)"},
	} {
		var err error
		if *p.stmt, err = d.file.Write.PrepareContext(ctx, p.query); err != nil {
			return err
		}
	}
	return nil
}

// prepareTake prepares the statements that take rows of a table in.
func (d *DB) prepareTake(ctx context.Context, s *spec) (err error) {
	one := marks(4 + len(s.cols))
	var t takeStmts
	for stmt, query := range map[**sql.Stmt]string{
		&t.have: "SELECT id, raw, position, gen FROM c_" + string(s.table) + " WHERE id IN " + marks(readRows),
		&t.many: s.confirmedInsert() + strings.TrimSuffix(strings.Repeat(one+", ", readRows), ", "),
		&t.one:  s.confirmedInsert() + one,
	} {
		if *stmt, err = d.file.Write.PrepareContext(ctx, query); err != nil {
			return err
		}
	}
	d.hot.take[s.table] = t
	return nil
}

func prepareOne(ctx context.Context, pool *sql.DB, query string, into map[payback.Table]*sql.Stmt, t payback.Table) error {
	stmt, err := pool.PrepareContext(ctx, query)
	into[t] = stmt
	return err
}

// visible gives payback.Apply the rows as a clerk sees them, each read when it is
// first asked for, and keeps what ops change.
type visible struct {
	ctx  context.Context
	tx   *sql.Tx
	get  map[payback.Table]*sql.Stmt
	rows map[payback.Key]payback.Row // nil = absent
	err  error                       // the first that a read met
}

// Row returns the row and what is known of it.
func (v *visible) Row(k payback.Key) (payback.Row, payback.Presence) {
	if k.Table.Scope() == payback.ScopeServer {
		return nil, payback.NotVisible
	}
	r, ok := v.rows[k]
	if !ok && v.err == nil {
		r, v.err = rowBy(v.ctx, v.tx.StmtContext(v.ctx, v.get[k.Table]), k)
		v.rows[k] = r
	}
	if r == nil {
		return nil, payback.Absent
	}
	return r, payback.Present
}

// take keeps what an op changed.
func (v *visible) take(out payback.Outcome) {
	for _, r := range out.Changed {
		v.rows[r.Key()] = r
	}
	for _, k := range out.Deleted {
		v.rows[k] = nil
	}
}

const (
	districtRead = "SELECT raw FROM district WHERE id = ?"
	policyRead   = "SELECT raw FROM policy"
)

// rulesIn reads the district's rules and zone.
func (d *DB) rulesIn(ctx context.Context, q queries) (payback.Env, error) {
	districts, err := listOf[*payback.District](ctx, q, payback.TDistrict, districtRead, payback.DistrictKey().ID)
	if err != nil {
		return payback.Env{}, err
	}
	policies, err := listOf[*payback.PolicyRow](ctx, q, payback.TPolicy, policyRead)
	return d.rulesOf(districts, policies), err
}

// rulesFor reads the same within an act, by prepared statements.
func (d *DB) rulesFor(ctx context.Context, tx *sql.Tx) (payback.Env, error) {
	rows, err := tx.StmtContext(ctx, d.hot.get[payback.TDistrict]).QueryContext(ctx, payback.DistrictKey().ID)
	districts, err := decodeAll[*payback.District](rows, err, payback.TDistrict)
	if err != nil {
		return payback.Env{}, err
	}
	rows, err = tx.StmtContext(ctx, d.hot.policies).QueryContext(ctx)
	policies, err := decodeAll[*payback.PolicyRow](rows, err, payback.TPolicy)
	return d.rulesOf(districts, policies), err
}

func (d *DB) rulesOf(districts []*payback.District, policies []*payback.PolicyRow) (env payback.Env) {
	zone := ""
	if len(districts) > 0 {
		zone = districts[0].Zone
	}
	env.Zone = d.zone(zone)
	for _, p := range policies {
		env.Policies = env.Policies.With(p.Policy)
	}
	return env
}

// listOf returns the rows of a query whose one column is raw.
func listOf[R payback.Row](ctx context.Context, q queries, t payback.Table, query string, args ...any) ([]R, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	return decodeAll[R](rows, err, t)
}

// decodeAll reads and closes what a query of raw rows returned.
func decodeAll[R payback.Row](rows *sql.Rows, err error, t payback.Table) ([]R, error) {
	if err != nil {
		return nil, sqlitefile.Fault(err)
	}
	defer rows.Close()
	var out []R
	for rows.Next() {
		var raw sql.RawBytes
		if err := rows.Scan(&raw); err != nil {
			return nil, sqlitefile.Fault(err)
		}
		r, err := payback.DecodeRow(t, raw)
		if err != nil {
			return nil, fault.New(fault.Internal, "").Because(err)
		}
		out = append(out, r.(R))
	}
	return out, sqlitefile.Fault(rows.Err())
}

// whenOf returns when an act was done, as far as this PC can tell: the measured
// offset with its doubt, or the plain wall clock where none is known. It depends
// on nothing but the evidence, so that an op re-run gives the same day.
func whenOf(e stamp.Evidence) payback.Interval {
	if e.OffsetAge < 0 || e.Stepped {
		return payback.At(e.Wall)
	}
	const ever = int64(1) << 60
	i := stamp.IntervalOf(e, ever, -ever)
	return payback.Interval{Lo: i.Lo, Hi: i.Hi}
}

// opOf reads an op back from its bytes. Errors: what DecodeBody says.
func opOf(raw []byte, e Enrolment) (*payback.Op, error) {
	env, err := syncproto.Decode(raw)
	if err != nil {
		return nil, err
	}
	body, err := payback.DecodeBody(env.Kind, env.Body)
	if err != nil {
		return nil, fault.New(fault.Invalid, "").Because(err)
	}
	when := whenOf(env.At)
	return &payback.Op{Body: body, Role: env.Role, By: env.By, Store: e.Store, Device: e.Device, When: when,
		Ref: payback.OpRef{Kind: env.Kind, Run: env.Run, Wseq: env.Wseq, At: when.Lo}}, nil
}
