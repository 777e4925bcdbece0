package simtest

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/bookpayback/bookpayback/client/counter"
	cdb "github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/client/syncer"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/sqlitefile/faultvfs"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// opID names an op by run and number.
type opID struct {
	run  string
	wseq uint64
}

// told is what a counter was told of an op of its own.
type told struct {
	hash  syncproto.Hash
	at    int64 // true time of the act, ms; 0 = not known
	kind  payback.Kind
	acked bool // the server said that it has it
	stuck bool // behind a fork
	kept  bool // in a backup of the server: the counter need not have it
	loose bool // may be lost: nobody was told, or the disk was put back to before it
	timed bool // its evidence must tell when it was
}

// pc is one counter.
type pc struct {
	s      *Sim
	name   string
	store  payback.StoreID
	clock  *stamp.Manual
	chance *rand.ChaCha8
	drift  int64 // ppm
	disk   *faultvfs.Disk
	ring   keys.Ring
	verb   bool // goes on in the run that it finds, as a verb does

	up       bool
	db       *cdb.DB
	desk     *counter.Counter
	sync     *syncer.Syncer
	boots    int
	cut      time.Time // no network until then
	image    faultvfs.Image
	imaged   int   // ops known when the image was made; -1 = no image
	blurred  bool  // its clock was set since the last exchange
	injected int   // disk errors seen
	twin     bool  // its disk was restored or copied: two write under one name
	atStart  int   // disk errors when the program started
	single   *told // the act in whose saving the power went
	rebuilt  bool  // its file was damaged, and no pull has brought back what it had

	status int              // of the last reply, for sabotages
	missed syncproto.Digest // likewise
	whole  bool             // likewise: a snapshot came, and no pull since

	ops   map[opID]*told
	order []opID
	sold  []sale // that this counter was told as done
}

// sale is a copy that was sold here, and the op that says so.
type sale struct {
	loan payback.LoanID
	op   opID
}

func (s *Sim) newPC(name string, store payback.StoreID) (*pc, error) {
	s.made++
	p := &pc{s: s, name: name, store: store, chance: rand.NewChaCha8(seedOf(s.c.Seed, byte(10+s.made))), imaged: -1, ops: map[opID]*told{}}
	p.clock = stamp.NewManual(s.now, name+"-boot")
	if s.c.Faults.Clock {
		p.drift = int64(s.rnd.IntN(161) - 80)
		s.faulted("clock drifts")
		p.clock.SetWall(s.now.Add(time.Duration(s.rnd.IntN(7_200_000)-3_600_000) * time.Millisecond))
	}
	p.ring = keys.Ring{Dir: filepath.Join(s.c.Dir, name)}
	var err error
	if p.disk, err = s.disk(name); err != nil {
		return nil, err
	}
	if s.c.Sabotage == NoSync {
		p.disk.IgnoreSync(true)
	}
	return p, p.open()
}

// drifted is what this counter's clocks make of a stretch of true time.
func (p *pc) drifted(d time.Duration) time.Duration {
	return d + time.Duration(int64(d)/1_000_000*p.drift)
}

// open starts the program.
func (p *pc) open() error {
	p.boots++
	p.clock.Reboot(fmt.Sprintf("%s-%d", p.name, p.boots))
	ids := stamp.NewIDs(stamp.Times(p.clock), p.chance)
	p.atStart = p.disk.Injected()
	d, mended, err := cdb.OpenAlone(p.s.ctx, folder, cdb.Env{Clock: p.clock, IDs: ids, Chance: p.chance, VFS: p.disk.Name(), Files: p.files()})
	if err != nil {
		return err
	}
	p.db = d
	p.mended(mended)
	p.desk = counter.New(d, counter.Env{Clock: p.clock, IDs: ids, Chance: p.chance})
	p.desk.SetActor(counter.Actor{Role: payback.RoleClerk, By: "c1"})
	p.sync, err = syncer.New(d, syncer.Env{Clock: p.clock, Chance: p.chance, Ring: p.ring, Program: "sim", Face: "terminal", Transport: &network{p: p}})
	if err != nil {
		return err
	}
	p.up = true
	if _, enrolled, err := d.Enrolment(p.s.ctx); err != nil || !enrolled || p.verb && p.boots == 1 {
		return err
	}
	err = d.BeginRun(p.s.ctx)
	p.s.c.Sabotage.opened(p)
	return err
}

// enrol makes it a device of its store.
func (p *pc) enrol() error {
	code := stamp.NewIDs(stamp.Times(p.s.srv.clock), p.s.chance).Code(syncproto.CodeGroups)
	hash, _ := syncproto.CodeHash(code)
	_, err := p.s.srv.ledger.Act(p.s.ctx, district, ledger.Actor{Role: payback.RoleOfficer, By: "officer"},
		&payback.MakeEnrolCode{Hash: hash, Store: p.store, Label: p.name, Expires: p.s.srv.ledger.Now() + 600_000})
	if err != nil {
		return err
	}
	p.talk(func() { _, err = p.sync.Enrol(p.s.ctx, "http://127.0.0.1:1", code) })
	if err != nil {
		return err
	}
	return p.db.BeginRun(p.s.ctx)
}

func (p *pc) shut() {
	if p.db != nil {
		_ = p.db.Close()
		p.db = nil
	}
	p.up = false
}

// crash ends the program: with the power, or by itself. Either way it can't put its
// files in order first.
func (p *pc) crash(power bool) {
	if power {
		p.s.note("%s: the power went", p.name)
		p.s.faulted("counter power cut")
		p.disk.Restart(p.s.powerless())
	} else {
		p.s.note("%s: the program was killed", p.name)
		p.s.faulted("counter killed")
		p.disk.Restart(nil)
	}
	p.shut()
	p.damage()
}

// wake starts the program again, if it is not running.
func (p *pc) wake() {
	if p.up {
		return
	}
	if err := p.open(); err != nil {
		switch {
		case p.disk.Dead():
			p.crash(true)
			return
		case p.troubled():
			p.s.note("%s: the disk gave an error at its start", p.name)
			p.crash(false)
			return
		}
		p.shut()
		p.s.violated("fail: %s does not start again: %v", p.name, err)
		return
	}
	p.s.note("%s is back", p.name)
	p.heard()
}

// failed looks at an error of the counter: with the power gone, or a disk that
// gives errors, it is expected and the program ends; otherwise it is a violation.
func (p *pc) failed(what string, err error) bool {
	switch {
	case p.disk.Dead():
		p.crash(true)
	case err == nil:
		return false
	case p.troubled():
		p.s.note("%s: %s fails, the disk gave an error", p.name, what)
		p.crash(false)
	default:
		p.s.violated("fail: %s fails at %s: %v", p.name, what, err)
	}
	return true
}

// talk does what asks the server for something; meanwhile this counter can't begin
// anything else.
func (p *pc) talk(f func()) {
	was := p.s.talking
	p.s.talking = p
	f()
	p.s.talking = was
}

// exchange makes one exchange with the server. That it fails is no violation: the
// network may.
func (p *pc) exchange() {
	if !p.up {
		return
	}
	var r syncer.Report
	var err error
	p.talk(func() { r, err = p.sync.Step(p.s.ctx) })
	p.s.note("%s: exchange: sent %d, rows %d, failed %t", p.name, r.Sent, r.Rows, err != nil)
	if p.disk.Dead() || p.disk.Injected() > p.injected {
		if p.failed("exchange", err) {
			return
		}
	}
	if err == nil {
		p.blurred, p.rebuilt = false, false
	}
	if len(r.Mismatch) > 0 { // I3, I8: what the feed brings is all that there is
		p.s.violated("I8: %s: rows of %v were not the server's and had to be fetched anew", p.name, r.Mismatch)
		t := p.s.truth()
		p.s.checkRows(t, p)
		p.s.tell(t)
	}
	if p.s.calm && err != nil {
		p.s.note("%s: %v", p.name, err)
	}
	p.s.c.Sabotage.exchanged(p)
	if p.up {
		p.heard()
	}
	if p.up {
		p.still()
	}
}

// outboxRow is one op as the counter keeps it.
type outboxRow struct {
	opID
	hash         syncproto.Hash
	acked, stuck bool
	archived     bool
	kind         payback.Kind
}

func (p *pc) outbox() (out []outboxRow, err error) {
	rows, err := p.db.File().Read.QueryContext(p.s.ctx, "SELECT run, wseq, hash, acked, stuck, archived, kind FROM outbox ORDER BY seq")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r outboxRow
		var hash []byte
		if err := rows.Scan(&r.run, &r.wseq, &hash, &r.acked, &r.stuck, &r.archived, &r.kind); err != nil {
			return nil, err
		}
		copy(r.hash[:], hash)
		out = append(out, r)
	}
	return out, rows.Err()
}

// heard notes what the counter's file says of its own ops: all that a clerk was
// told as done must be in it.
func (p *pc) heard() {
	rows, err := p.outbox()
	if p.failed("reading its outbox", err) {
		return
	}
	there := map[opID]bool{}
	for _, r := range rows {
		there[r.opID] = true
		t := p.ops[r.opID]
		if t == nil { // recorded, and the power went before anybody was told
			t = &told{hash: r.hash, loose: true}
			p.ops[r.opID] = t
			p.order = append(p.order, r.opID)
		}
		t.kind, t.stuck = r.kind, r.stuck
		switch {
		case t.hash == syncproto.Hash{}: // told as done in the moment when the power went
			t.hash = r.hash
		case t.hash != r.hash && p.twin:
			t.hash, t.at = r.hash, 0
		case t.hash != r.hash:
			p.s.violated("I7: %s: op %v has another hash than before", p.name, r.opID)
		}
		t.acked, t.kept = t.acked || r.acked, t.kept || r.archived
	}
	for _, id := range p.order {
		if t := p.ops[id]; !there[id] && !t.loose && !t.kept {
			p.s.violated("I1: %s: %s op %v was told as done and is gone", p.name, t.kind, id)
			t.loose = true
		}
	}
}

// recorded notes an act that a clerk was told as done.
func (p *pc) recorded(done counter.Done) {
	id := opID{string(done.Ref.Run), done.Ref.Wseq}
	t := &told{at: p.s.now.UnixMilli(), kind: done.Ref.Kind, timed: !p.blurred && !p.twin}
	if p.ops[id] == nil {
		p.order = append(p.order, id)
	}
	p.ops[id] = t
	p.s.result.Done[string(done.Ref.Kind)]++
	if done.Ref.Kind == payback.KSell {
		p.sold = append(p.sold, sale{payback.LoanID(done.Subject.ID), id})
	}
	if p.disk.Dead() { // the act is durable all the same, but may have no second copy: nobody saw it on the screen
		p.single = t
		p.crash(true)
		p.single = nil
	}
}

// still checks that nothing that was sold here has vanished from the screen, but
// what lies behind a fork, and what a restored server has not been brought yet.
func (p *pc) still() {
	if p.s.refilling || p.rebuilt {
		return
	}
	for i, x := range p.sold {
		if x.loan == "" || p.ops[x.op].stuck {
			continue
		}
		if l, err := p.desk.Loan(p.s.ctx, x.loan); err == nil && l == nil {
			p.s.violated("4.3: %s: sold copy %s is not on the screen any more (op %v, acknowledged %t)", p.name, x.loan, x.op, p.ops[x.op].acked)
			p.sold[i].loan = ""
		}
	}
}

// apart says what keeps this counter from agreeing with the server, "" = nothing.
func (p *pc) apart() string {
	if !p.up {
		return "not running"
	}
	n, _, err := p.db.OutboxState(p.s.ctx)
	if err != nil || n > 0 {
		return fmt.Sprintf("%d ops wait (%v)", n, err)
	}
	return p.differs()
}
