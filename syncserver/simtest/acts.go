package simtest

import (
	"time"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// mostAtOnce is how many people act, at most, before a counter has an exchange: a
// quarter of an hour of a busy store.
const mostAtOnce = 4

// step lets one thing go on in the town and perhaps one go wrong, then some people
// act, then some counters have an exchange.
func (s *Sim) step() {
	s.pass(time.Duration(2000+s.rnd.IntN(600_000)) * time.Millisecond)
	switch n := s.rnd.IntN(100); {
	case n < 3:
		s.night()
	case n < 13:
		s.work()
	case n < 16:
		s.srv.backup()
	case n < 18:
		s.lastEvening()
	case n < 19 && s.c.Faults.Net:
		pick(s, s.pcs).pries()
	case n < 22 && s.srv.up:
		s.town.lapse()
	case n < 25:
		s.bothPay()
	case n < 27:
		s.bothTakeBack()
	}
	s.mishap()
	s.bringUp()
	for range 1 + s.rnd.IntN(mostAtOnce) {
		s.act()
	}
	for _, p := range s.pcs {
		if p.up && s.odds(3) {
			p.exchange()
		}
	}
}

// act lets one of the people do one thing.
func (s *Sim) act() {
	s.result.Acts++
	if p := pick(s, s.pcs); p.up && s.rnd.IntN(100) < 62 {
		p.clerk()
	} else if s.srv.up {
		s.town.act()
	}
}

// night skips to the next morning, now and then some days.
func (s *Sim) night() {
	days := 1
	if s.odds(3) {
		days += s.rnd.IntN(8)
	}
	s.note("%d days go by", days)
	s.pass(time.Duration(days) * 24 * time.Hour)
	s.work()
}

// lastEvening goes to the minutes around midnight of somebody's last day, when a
// return is in time or late by a hair, at a counter whose clock nobody trusts.
func (s *Sim) lastEvening() {
	p := pick(s, s.pcs)
	if !p.up {
		return
	}
	out := p.loans(payback.LoanOut)
	if len(out) == 0 || !p.up {
		return
	}
	end := pick(s, out).Due.End(s.zone)
	around := time.Duration(s.rnd.IntN(3_600_000)-2_700_000) * time.Millisecond
	wait := time.UnixMilli(end).Add(around).Sub(s.now)
	if wait < 0 || wait > 30*24*time.Hour {
		return
	}
	s.note("the last evening of a loan at %s", p.name)
	s.pass(wait)
	if s.c.Faults.Clock && !s.odds(3) {
		p.setClock()
	}
	for range 3 {
		if p.up {
			p.takeBack()
		}
	}
}

// work lets the server do what is due by time.
func (s *Sim) work() {
	if !s.srv.up {
		return
	}
	err := s.srv.works.Step(s.ctx, district)
	s.note("clockwork: %t", err == nil)
	s.srv.failed("clockwork", err)
}

// bothPay lets two counters of one store pay the same refund, neither knowing of the
// other: the owner stands at one of them.
func (s *Sim) bothPay() {
	first := pick(s, s.pcs)
	if !first.up {
		return
	}
	due, err := first.db.Refunds(s.ctx, payback.RefundDue)
	if first.failed("list of refunds", err) || len(due) == 0 {
		return
	}
	r := pick(s, due)
	for _, p := range s.pcs {
		if p.store == first.store && p.up {
			s.note("%s pays refund %s too", p.name, r.Loan)
			p.pay(r.Loan, true)
		}
	}
}

// bothTakeBack lets two counters of one store record the same return, as when a clerk
// scans again at the next desk.
func (s *Sim) bothTakeBack() {
	first := pick(s, s.pcs)
	if !first.up {
		return
	}
	out := first.loans(payback.LoanOut)
	if len(out) == 0 {
		return
	}
	l := pick(s, out)
	for _, p := range s.pcs {
		if p.store == first.store && p.up {
			done, err := p.desk.Return(s.ctx, l.ID)
			p.did("return", done, err)
		}
	}
}
