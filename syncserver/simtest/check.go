package simtest

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// truth is what the server holds, read past all its use cases.
type truth struct {
	ops     []db.Op
	byID    map[opID]*db.Op
	rows    []payback.Row
	raw     map[payback.Key][]byte
	buckets map[payback.Bucket]db.Bucket
	back    map[uint64]bool // positions of ops that came back after a restore
}

// check compares everything, at a moment when all should agree.
func (s *Sim) check() {
	t := s.truth()
	s.result.Ops = len(t.ops)
	if !s.c.Plain {
		s.result.OnFault = len(t.ops)
	}
	s.note("ledger: %d ops, %d rows", len(t.ops), len(t.rows))
	s.checkLedger(t)
	s.checkActs(t)
	s.checkMoney(t)
	s.checkSlots(t)
	for _, w := range payback.Check(slices.Values(t.rows)) {
		s.violated("I4 I5: rows: %s", w)
	}
	s.conflicts(t)
	s.checkRuns(t)
	s.checkArchived(t)
	s.checkDoubt(t)
	for _, p := range s.pcs {
		s.checkOps(t, p)
		s.checkRows(t, p)
	}
	s.checkSecrets(t)
	rep, err := s.srv.ledger.Verify(s.ctx, district)
	if err != nil {
		s.violated("fail: verify: %v", err)
	}
	for _, w := range rep.Wrong {
		s.violated("I3: verify: %s", w)
	}
	if err := s.srv.file.FullCheck(s.ctx); err != nil {
		s.violated("file: the server's file: %v", err)
	}
	if len(s.result.Violations) > 0 {
		s.tell(t)
	}
}

// tell writes the whole ledger into the log, for who looks into a violation.
func (s *Sim) tell(t *truth) {
	if s.c.Log == nil {
		return
	}
	for _, o := range t.ops {
		body := "unreadable"
		if env, err := syncproto.Decode(o.Raw); err == nil {
			body = string(env.Body)
		}
		fmt.Fprintln(s.c.Log, o.Position, o.Kind, o.Subject, o.Verdict, o.Reason.Key, o.Case, o.Store, o.Device, body)
	}
	for _, row := range t.rows {
		fmt.Fprintln(s.c.Log, "row", row.Key(), string(t.raw[row.Key()]))
	}
}

// tables returns all tables, always in the same order.
func tables() []payback.Table { return slices.Sorted(slices.Values(payback.Tables())) }

func (s *Sim) truth() *truth {
	t := &truth{byID: map[opID]*db.Op{}, raw: map[payback.Key][]byte{}, buckets: map[payback.Bucket]db.Bucket{}, back: map[uint64]bool{}}
	s.srv.view(func(r db.Reader) error {
		for at := uint64(0); ; {
			page, err := r.Ops(at, 1000)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			t.ops, at = append(t.ops, page...), page[len(page)-1].Position
		}
		for _, table := range tables() {
			for offset := 0; ; offset += db.MaxSelect {
				page, err := r.Select(db.Select{Table: table, Offset: offset})
				if err != nil {
					return err
				}
				t.rows = append(t.rows, page...)
				if len(page) < db.MaxSelect {
					break
				}
			}
		}
		back, err := r.Refilled(0, 1<<30)
		if err != nil {
			return err
		}
		for _, x := range back {
			t.back[x.Position] = true
		}
		buckets, err := r.Buckets()
		for _, b := range buckets {
			t.buckets[b.Name] = b
		}
		return err
	})
	for i := range t.ops {
		o := &t.ops[i]
		t.byID[opID{string(o.Run), o.Wseq}] = o
		s.trace.Write(o.Hash[:])
	}
	for _, row := range t.rows {
		raw, err := payback.EncodeRow(row)
		if err != nil {
			s.violated("I3: row %s: %v", row.Key(), err)
		}
		t.raw[row.Key()] = raw
	}
	return t
}

// checkLedger: positions without a gap, every op with a verdict, and no fact
// refused; but taking back what has gone on meanwhile comes to nothing.
func (s *Sim) checkLedger(t *truth) {
	for i, o := range t.ops {
		if o.Position != uint64(i+1) {
			s.violated("I8: position %d follows %d", o.Position, i)
			return
		}
		if o.Verdict == "" {
			s.violated("I9: op %d has no verdict", o.Position)
		}
		if o.Verdict == payback.Rejected && o.Kind.Class() == payback.Fact && o.Kind != payback.KReverse && o.Device != "" {
			s.violated("4.1: a fact was refused: op %d, %s: %s", o.Position, o.Kind, o.Reason.Key)
		}
	}
}

// checkActs: each act took effect at most once.
func (s *Sim) checkActs(t *truth) {
	done := map[string]uint64{}
	for _, o := range t.ops {
		if o.Act == "" || (o.Verdict != payback.Applied && o.Verdict != payback.InCase) {
			continue
		}
		if first, twice := done[o.Act]; twice {
			s.violated("I2: act %s took effect at %d and at %d", o.Act, first, o.Position)
		}
		done[o.Act] = o.Position
	}
}

// checkMoney: one refund a loan; every payment beyond it is an incident with a case.
func (s *Sim) checkMoney(t *truth) {
	incidents, cases, paid := map[payback.LoanID]int{}, map[payback.CaseID]bool{}, map[payback.LoanID]int{}
	for _, row := range t.rows {
		switch r := row.(type) {
		case *payback.Incident:
			incidents[r.Loan]++
			if r.Case == "" {
				s.violated("I4: incident of loan %s has no case", r.Loan)
			}
		case *payback.Case:
			cases[r.ID] = true
		}
	}
	for _, row := range t.rows {
		if r, ok := row.(*payback.Incident); ok && r.Case != "" && !cases[r.Case] {
			s.violated("I4: the case of incident %s is not there", r.Key())
		}
	}
	for _, o := range t.ops {
		if o.Kind == payback.KRefund && (o.Verdict == payback.Applied || o.Verdict == payback.InCase) {
			paid[payback.LoanID(o.Subject.ID)]++
		}
	}
	for _, o := range t.ops { // by op, not over the map: always in the same order
		id := payback.LoanID(o.Subject.ID)
		if n := paid[id]; o.Kind == payback.KRefund && n > 1+incidents[id] {
			s.violated("I4: loan %s was refunded %d times with %d incidents", id, n, incidents[id])
			delete(paid, id)
		}
	}
}

// checkSlots: no title has more copies than its cap but with a case.
func (s *Sim) checkSlots(t *truth) {
	for _, row := range t.rows {
		if r, ok := row.(*payback.Slot); ok && r.State != payback.SlotFreed && r.N > r.Cap && r.Case == "" {
			s.violated("I5: %s is beyond the cap of %d without a case", r.Key(), r.Cap)
		}
	}
}

// checkOps: what a counter was told as done is in the ledger, with the same bytes;
// and the ledger's time of it is when it was. What its own disk lost too and a restore
// of the server lists as lost is told to people.
func (s *Sim) checkOps(t *truth, p *pc) {
	for _, id := range p.order {
		x := p.ops[id]
		o := t.byID[id]
		switch {
		case x.stuck || x.loose && (!x.acked || s.gone[id]): // no disk has it any more, and it is listed
		case o == nil && x.acked:
			s.violated("I1: %s: op %v (%s) was acknowledged and is not in the ledger", p.name, id, x.kind)
		case o == nil:
			s.violated("I1: %s: op %v (%s) was told as done and is not in the ledger", p.name, id, x.kind)
		case o.Hash != x.hash:
			s.violated("I1: %s: op %v (%s) is in the ledger with other bytes", p.name, id, x.kind)
		case x.timed && !p.twin && !s.late(t, o) && x.at > 0 && (x.at < o.When.Lo-slack || x.at > o.When.Hi+slack):
			s.violated("4.9: %s: op %v (%s) was at %d, the ledger says %d to %d", p.name, id, x.kind, x.at, o.When.Lo, o.When.Hi)
		}
	}
}

// slack is the rounding of times, in ms.
const slack = 5

// differs says how this counter's rows stand to the server's, "" = the same digest.
func (p *pc) differs() (no string) {
	p.s.srv.view(func(r db.Reader) error {
		for _, name := range []payback.Bucket{payback.StoreBucket(p.store), payback.BucketCatalogue} {
			b, err := r.Bucket(name)
			if err != nil {
				return err
			}
			var cursor uint64
			var digest string
			err = p.db.File().Read.QueryRowContext(p.s.ctx, "SELECT cursor, digest FROM bucket WHERE name = ?", string(name)).Scan(&cursor, &digest)
			if err != nil || digest != b.Digest.String() {
				no = fmt.Sprintf("bucket %s at %d of %d differs (%v)", name, cursor, b.Position, err)
			}
		}
		return nil
	})
	return no
}

// checkRows: the counter has the server's rows, those of its store and of the
// catalogue and no others, and nothing over them.
func (s *Sim) checkRows(t *truth, p *pc) {
	if !p.up {
		return
	}
	want := map[payback.Key][]byte{}
	for _, row := range t.rows {
		if b := row.Bucket(); b == payback.BucketCatalogue || b == payback.StoreBucket(p.store) {
			want[row.Key()] = t.raw[row.Key()]
		}
	}
	sums := map[payback.Bucket]*syncproto.Digest{payback.BucketCatalogue: {}, payback.StoreBucket(p.store): {}}
	n := 0
	for _, table := range tables() {
		if table.Scope() == payback.ScopeServer {
			continue
		}
		n += s.checkTable(p, table, want, sums)
	}
	if n < len(want) {
		s.violated("I3: %s: %d of the server's %d rows are missing", p.name, len(want)-n, len(want))
	}
	for _, name := range []payback.Bucket{payback.BucketCatalogue, payback.StoreBucket(p.store)} {
		if *sums[name] != t.buckets[name].Digest {
			s.violated("I3: %s: the rows of %s do not have the server's digest", p.name, name)
		}
	}
	if err := p.db.File().FullCheck(s.ctx); err != nil {
		s.violated("file: %s: its file: %v", p.name, err)
	}
}

// checkTable compares one table and returns how many rows are as they should be.
func (s *Sim) checkTable(p *pc, table payback.Table, want map[payback.Key][]byte, sums map[payback.Bucket]*syncproto.Digest) (n int) {
	rows, err := p.db.File().Read.QueryContext(s.ctx, "SELECT id, raw FROM c_"+string(table)+" ORDER BY id")
	if err != nil {
		s.violated("fail: %s: table %s: %v", p.name, table, err)
		return 0
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var raw []byte
		if err := rows.Scan(&id, &raw); err != nil {
			s.violated("fail: %s: table %s: %v", p.name, table, err)
			return n
		}
		k := payback.Key{Table: table, ID: id}
		row, err := payback.DecodeRow(table, raw)
		if err != nil {
			s.violated("I3: %s: row %s: %v", p.name, k, err)
			continue
		}
		sum := sums[row.Bucket()]
		switch {
		case sum == nil:
			s.violated("I6: %s: row %s belongs to %s", p.name, k, row.Bucket())
			continue
		case want[k] == nil:
			s.violated("I3: %s: row %s is not the server's", p.name, k)
		case !bytes.Equal(want[k], raw):
			s.violated("I3: %s: row %s differs from the server's", p.name, k)
		default:
			n++
		}
		sum.Add(table, id, raw)
	}
	s.checkOverlay(p, table)
	return n
}

// checkOverlay: with nothing waiting, nothing lies over the confirmed rows.
func (s *Sim) checkOverlay(p *pc, table payback.Table) {
	var over int
	err := p.db.File().Read.QueryRowContext(s.ctx, "SELECT COUNT(*) FROM o_"+string(table)).Scan(&over)
	if err != nil || over > 0 {
		s.violated("I3: %s: %d rows of %s lie over the server's (%v)", p.name, over, table, err)
	}
}

// checkSecrets: no name, phone or card in an op, on a counter's disk, or plain on
// the server's.
func (s *Sim) checkSecrets(t *truth) {
	for _, secret := range []string{canaryName, canaryPhone, canaryCard} {
		for _, o := range t.ops {
			if bytes.Contains(o.Raw, []byte(secret)) {
				s.violated("I10: op %d (%s) contains %q", o.Position, o.Kind, secret)
			}
		}
		if s.srv.disk.Contains(secret) {
			s.violated("I10: the server's disk contains %q", secret)
		}
		for _, p := range s.pcs {
			if p.disk.Contains(secret) {
				s.violated("I10: the disk of %s contains %q", p.name, secret)
			}
		}
	}
}
