package ledger

import (
	"slices"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// mending is what a Reread or a Mend says of an op, and where.
type mending struct {
	payback.Mend
	ref      payback.OpRef // of the Mend; zero for a Reread, which nobody did
	position uint64
}

// mendingBy returns what an op says of another one; false if it says nothing, or
// does not stand.
func mendingBy(o *db.Op, body payback.Body) (m mending, ok bool) {
	if o.Verdict != payback.Applied {
		return m, false
	}
	m.position = o.Position
	switch x := body.(type) {
	case *payback.Reread:
		m.Run, m.Wseq, m.Was, m.What = x.Run, x.Wseq, payback.Quarantined, payback.MendAgain
		return m, true
	case *payback.Mend:
		m.Mend, m.ref = *x, payback.OpRef{Kind: o.Kind, Run: o.Run, Wseq: o.Wseq, At: o.When.Lo}
		return m, true
	}
	return m, false
}

// maxMendings bounds how often people look at one op.
const maxMendings = 1000

// mendings returns all that was said of an op, in order; more are ops that are not
// in the database yet.
func mendings(r db.Reader, o *db.Op, more []db.Op) ([]mending, error) {
	about := payback.VerdictKey(o.Run, o.Wseq)
	list, err := r.OpsAbout(about, maxMendings)
	if err != nil {
		return nil, err
	}
	var out []mending
	for _, x := range append(list, more...) {
		if x.Subject != about || x.Kind != payback.KReread && x.Kind != payback.KMend {
			continue
		}
		env, err := syncproto.Decode(x.Raw)
		if err != nil {
			continue
		}
		if body, err := payback.DecodeBody(env.Kind, env.Body); err == nil {
			if m, ok := mendingBy(&x, body); ok {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// rewritten is an op as an officer wrote it; nil if that can't be read.
func (m mending) rewritten(o *db.Op) *payback.Op {
	body, err := m.Rewritten()
	if err != nil {
		return nil
	}
	op := &payback.Op{Body: body, Role: payback.RoleClerk, Store: o.Store, Device: o.Device, When: o.When, Card: o.Card,
		Ref: payback.OpRef{Kind: m.Of, Run: o.Run, Wseq: o.Wseq, At: o.When.Lo}}
	if env, err := syncproto.Decode(o.Raw); err == nil {
		op.By = env.By
		if env.Role.AtCounter() {
			op.Role = env.Role
		}
	}
	roles := []payback.Role{op.Role, payback.RoleClerk, payback.RoleOwner, payback.RoleDevice}
	op.Role = roles[max(0, slices.IndexFunc(roles, m.Of.May))]
	return op
}

// mended returns a stored op as the reducer takes it: as the last officer wrote it
// who did, or as it was written. more is as in mendings.
func mended(r db.Reader, o *db.Op, more []db.Op) (*payback.Op, error) {
	if o.Final != 0 {
		all, err := mendings(r, o, more)
		if err != nil {
			return nil, err
		}
		for _, m := range slices.Backward(all) {
			if m.What == payback.MendRewrite && m.position <= o.Final {
				return m.rewritten(o), nil
			}
		}
	}
	env, err := syncproto.Decode(o.Raw)
	if err != nil {
		return nil, nil
	}
	return actOf(o, env), nil
}

// mend gives the op that an entry names its verdict, at the entry's own position, if
// the entry is a Reread or a Mend that stands.
func (b *batch) mend(by *entry) error {
	if by.act == nil {
		return nil
	}
	m, ok := mendingBy(&by.op, by.act.Body)
	if !ok {
		return nil
	}
	list, err := b.w.OpsOfRun(m.Run, m.Wseq, 1)
	if err != nil || len(list) == 0 || list[0].Verdict != m.Was {
		return err
	}
	e := &entry{op: list[0]}
	e.op.Reason, e.op.Winner, e.op.Wait, e.op.Final = payback.Reason{}, payback.OpRef{}, payback.Key{}, b.head.Position
	switch m.What {
	case payback.MendVoid:
		e.op.Verdict, e.op.Reason, e.op.Winner = payback.Rejected, payback.WhyVoided(), m.ref
		if err := b.told(e, payback.Outcome{}); err != nil {
			return err
		}
		return b.setVerdict(e.op)
	case payback.MendRewrite:
		if e.act = b.seen(m.rewritten(&e.op)); e.act != nil {
			e.op.Act, e.op.Subject = e.act.Body.Act(), e.act.Body.Subject()
		}
	case payback.MendAgain:
		env, err := syncproto.Decode(e.op.Raw)
		if err != nil {
			return nil // it stays where it is
		}
		b.readBody(e, env, nil)
	}
	return b.doAgain(e, m)
}

// doAgain decides an op anew, and runs what follows from it.
func (b *batch) doAgain(e *entry, m mending) error {
	if e.act != nil {
		if err := b.recall(e); err != nil {
			return err
		}
		if err := b.load(b.needs(e)); err != nil {
			return err
		}
	}
	e.by = &m
	follow, err := b.decide(e)
	if err != nil {
		return err
	}
	if err := b.setVerdict(e.op); err != nil {
		return err
	}
	for _, body := range follow {
		f, err := b.own(body, Actor{Role: payback.RoleServer})
		if err != nil {
			return err
		}
		if err := b.step(f); err != nil {
			return err
		}
	}
	return nil
}

// says writes into an op's verdict who had it done, where the verdict itself leaves
// room for that.
func (m *mending) says(o *db.Op) {
	if m == nil || m.ref.Zero() || o.Verdict != payback.Applied {
		return
	}
	if o.Reason.None() {
		o.Reason = payback.WhyMended(m.What)
	}
	if o.Winner.Zero() {
		o.Winner = m.ref
	}
}
