package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// Entry is an act to be recorded.
type Entry struct {
	Body   payback.Body
	Role   payback.Role
	By     string      // pseudonym of the person
	Attach *Attachment // nil for most
}

// Attachment travels beside an op and can be deleted without touching it: a
// walk-in's card, sealed to the district's key.
type Attachment struct {
	ID   string
	Data []byte // at most syncproto.MaxAttachment
}

// Recorded is an act that is durable here.
type Recorded struct {
	Ref     payback.OpRef
	Raw     []byte // the op's bytes
	Outcome payback.Outcome
}

// errRefused rolls a transaction back that somebody refused.
var errRefused = errors.New("refused")

const outboxWrite = `INSERT INTO outbox
	(run, wseq, raw, hash, kind, subject, at, actor, local_verdict, local_reason, provisional)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// Record writes acts in one transaction, and returns when they are on disk. Each
// is applied to the rows as a clerk sees them, those of the acts before it
// included. Refuse, if not nil, looks at each outcome; a reason stops everything
// and nothing is written. The run is read inside the transaction, so that a verb
// continues the run of the face beside it.
//
// After the commit the ops go to the journal, by one sync for all of them. If that
// fails they stay recorded, SyncState says so, and acts with money are refused
// until it succeeds. On a full disk the reserve lets everything but sales go on.
//
// Errors: unavailable with KeyNoJournal or KeyNoRoomSale, unauthorized if this folder is not enrolled, conflict if no run was
// begun, forbidden for a role that may not do it, invalid for a body that can't
// be right, limited for one too large.
func (d *DB) Record(ctx context.Context, entries []Entry, refuse func(payback.Outcome) payback.Reason) ([]Recorded, payback.Reason, error) {
	for _, e := range entries {
		if err := checkEntry(e); err != nil {
			return nil, payback.Reason{}, fault.Wrap("db.Record", err)
		}
	}
	if err := d.mayRecord(entries); err != nil {
		return nil, payback.Reason{}, fault.Wrap("db.Record", err)
	}
	var done []Recorded
	var no payback.Reason
	d.acting.Add(1)
	defer d.acting.Add(-1)
	err := d.withRoom(entries, func() error {
		return d.file.Tx(ctx, func(tx *sql.Tx) error {
			r := &recording{d: d, ctx: ctx, tx: tx, refuse: refuse}
			if err := r.all(entries); err != nil {
				no = r.no
				return err
			}
			done = r.done
			return nil
		})
	})
	if errors.Is(err, errRefused) {
		return nil, no, nil
	}
	if err != nil {
		d.noticed(err)
		return nil, payback.Reason{}, fault.Wrap("db.Record", err)
	}
	d.journalDone(entries, done)
	select {
	case d.acted <- struct{}{}:
	default:
	}
	return done, payback.Reason{}, nil
}

// journalDone appends what was recorded to the journal. An error is not the act's,
// which is durable: SyncState tells it, and mayRecord acts on it.
func (d *DB) journalDone(entries []Entry, done []Recorded) {
	var records []jnlRecord
	for i, r := range done {
		records = append(records, jnlOpOf(opRef{r.Ref.Run, r.Ref.Wseq}, r.Raw, entries[i].Attach)...)
	}
	_ = d.journalOwed(records...) // remembered there
}

// noticed remembers that the file is damaged or its disk fails, so that the next
// start checks it whole.
func (d *DB) noticed(err error) {
	if key, _ := fault.Message(err); key == keyDamaged || key == keyDiskFailing {
		d.odd.Store(true)
	}
}

func checkEntry(e Entry) error {
	if r := e.Body.Check(); !r.None() {
		return fault.New(fault.Invalid, "payback."+r.Key, "field", r.Args["field"])
	}
	if !e.Body.Kind().May(e.Role) || !e.Body.Kind().AtCounter() {
		return fault.New(fault.Forbidden, "counter.role")
	}
	if e.Attach != nil && len(e.Attach.Data) > syncproto.MaxAttachment {
		return fault.New(fault.Limited, "")
	}
	return nil
}

// recording is one transaction of Record.
type recording struct {
	d      *DB
	ctx    context.Context
	tx     *sql.Tx
	refuse func(payback.Outcome) payback.Reason
	who    Enrolment
	run    run
	rows   *visible
	rules  payback.Env
	done   []Recorded
	no     payback.Reason
}

func (r *recording) all(entries []Entry) (err error) {
	if err := r.begin(); err != nil {
		return err
	}
	for _, e := range entries {
		if err := r.one(e); err != nil {
			return err
		}
	}
	if _, err := r.tx.StmtContext(r.ctx, r.d.hot.runNext).ExecContext(r.ctx, r.run.wseq, r.run.hash, string(r.run.id)); err != nil {
		return err
	}
	if err := r.writeOverlay(); err != nil {
		return err
	}
	text, err := tojson(r.d.watch.Memory())
	if err != nil {
		return err
	}
	_, err = r.tx.StmtContext(r.ctx, r.d.hot.metaWrite).ExecContext(r.ctx, metaWatch, text)
	return err
}

// begin reads what every act needs: who we are, the run, the rules, and the
// hybrid time of another program on this folder.
func (r *recording) begin() (err error) {
	if err := r.setting(metaEnrolment, &r.who); err != nil {
		return err
	}
	if r.who.Device == "" {
		return fault.New(fault.Unauthorized, "counter.not_enrolled")
	}
	if r.run, err = r.d.readRun(r.ctx, r.tx); err != nil {
		return err
	}
	var mem stamp.Memory
	if err := r.setting(metaWatch, &mem); err != nil {
		return err
	}
	if r.d.watch.Memory().HLC.Compare(mem.HLC) < 0 {
		r.d.watch.Seen(mem.HLC)
	}
	r.rows = &visible{ctx: r.ctx, tx: r.tx, get: r.d.hot.get, rows: map[payback.Key]payback.Row{}}
	r.rules, err = r.d.rulesFor(r.ctx, r.tx)
	return err
}

func (r *recording) setting(name string, v any) error {
	var text string
	err := r.tx.StmtContext(r.ctx, r.d.hot.meta).QueryRowContext(r.ctx, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return sqlitefile.Fault(err)
	}
	return unjson(text, v)
}

// one applies one act and writes its op.
func (r *recording) one(e Entry) error {
	body, err := json.Marshal(e.Body)
	if err != nil {
		return fault.New(fault.Internal, "").Because(err)
	}
	env := syncproto.Envelope{Kind: e.Body.Kind(), At: r.d.watch.Stamp(), Role: e.Role, By: e.By, Body: body}
	r.run.chain(&env)
	when := whenOf(env.At)
	op := &payback.Op{Body: e.Body, Role: e.Role, By: e.By, Store: r.who.Store, Device: r.who.Device, When: when,
		Ref: payback.OpRef{Kind: env.Kind, Run: env.Run, Wseq: env.Wseq, At: when.Lo}}
	out := payback.Apply(r.rows, op, r.rules)
	if r.rows.err != nil {
		return r.rows.err
	}
	if r.refuse != nil {
		if r.no = r.refuse(out); !r.no.None() {
			return errRefused
		}
	}
	raw, err := env.Encode(syncproto.MaxOp)
	if err != nil {
		return err
	}
	r.rows.take(out)
	hash := syncproto.HashOf(raw)
	r.run.wseq, r.run.hash = env.Wseq, hash[:]
	r.done = append(r.done, Recorded{Ref: op.Ref, Raw: raw, Outcome: out})
	return r.write(e, op, raw, out)
}

// write puts an op into the outbox, with what travels beside it.
func (r *recording) write(e Entry, op *payback.Op, raw []byte, out payback.Outcome) error {
	reason, err := tojson(out.Reason)
	if err != nil {
		return err
	}
	_, err = r.tx.StmtContext(r.ctx, r.d.hot.outbox).ExecContext(r.ctx, string(op.Ref.Run), op.Ref.Wseq, raw, r.run.hash,
		string(op.Ref.Kind), subjectOf(op).String(), op.Ref.At, e.By, string(out.Verdict), reason, out.Provisional)
	if err != nil || e.Attach == nil {
		return err
	}
	_, err = r.tx.ExecContext(r.ctx, "INSERT INTO attachment (id, run, wseq, data) VALUES (?, ?, ?, ?)",
		e.Attach.ID, string(op.Ref.Run), op.Ref.Wseq, e.Attach.Data)
	return err
}

// subjectOf is the body's subject; a count by a device names its own store's.
func subjectOf(op *payback.Op) payback.Key {
	if c, ok := op.Body.(*payback.Count); ok && c.Store == "" {
		return payback.StockKey(op.Store, c.ISBN)
	}
	return op.Body.Subject()
}

// writeOverlay writes the rows that the acts changed, each once as it is at last.
func (r *recording) writeOverlay() error {
	wrote := map[payback.Key]bool{}
	for i := len(r.done) - 1; i >= 0; i-- {
		out := r.done[i].Outcome
		keys := make([]payback.Key, 0, len(out.Changed)+len(out.Deleted))
		for _, row := range out.Changed {
			keys = append(keys, row.Key())
		}
		for _, k := range append(keys, out.Deleted...) {
			if wrote[k] || specOf(k.Table) == nil {
				continue
			}
			wrote[k] = true
			if err := r.d.writeRow(r.ctx, r.tx, k, r.rows.rows[k]); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeRow writes one overlay row; a nil row is a deleted one.
func (d *DB) writeRow(ctx context.Context, tx *sql.Tx, k payback.Key, row payback.Row) error {
	s := specOf(k.Table)
	args, err := overlayArgs(s, k.ID, row)
	if err != nil {
		return err
	}
	if k.Table == payback.TTitle {
		if err := overlayTitle(ctx, tx, k.ID, row); err != nil {
			return err
		}
	}
	_, err = tx.StmtContext(ctx, d.hot.put[k.Table]).ExecContext(ctx, args...)
	return err
}

func overlayArgs(s *spec, id string, row payback.Row) ([]any, error) {
	args := make([]any, 2+len(s.cols))
	args[0] = id
	if row == nil {
		return args, nil
	}
	raw, err := payback.EncodeRow(row)
	if err != nil {
		return nil, fault.New(fault.Internal, "").Because(err)
	}
	args[1] = raw
	copy(args[2:], s.values(row))
	return args, nil
}
