package simtest

import (
	"fmt"
	"time"

	"github.com/bookpayback/bookpayback/shared/sqlitefile/faultvfs"
)

// mishap lets something go wrong, now and then.
func (s *Sim) mishap() {
	f, p := s.c.Faults, pick(s, s.pcs)
	switch n := s.rnd.IntN(150); {
	case n < 5 && f.Net:
		p.cut = s.now.Add(time.Duration(s.rnd.IntN(36*60)) * time.Minute)
		s.note("%s: no network until %s", p.name, p.cut.Format("01-02 15:04"))
		s.faulted("partition")
	case n < 12 && f.Crash && p.up:
		p.disk.CutAfter(1 + s.rnd.Int64N(60))
	case n < 15 && f.Crash && p.up:
		p.crash(false)
	case n < 18 && f.Crash && s.srv.up:
		s.srv.disk.CutAfter(1 + s.rnd.Int64N(80))
	case n < 20 && f.Clone:
		p.keepImage()
	case n < 22 && f.Clone && p.imaged >= 0:
		p.restoreImage()
	case n < 23 && f.Clone && len(s.pcs) < s.c.Counters+2 && p.up:
		s.cloneOf(p)
	case n < 27 && f.Clock && p.up:
		p.setClock()
	case n < 30 && f.Disk && p.up:
		code := pick(s, []faultvfs.Code{faultvfs.Full, faultvfs.IOErr, faultvfs.SyncErr})
		p.disk.FailAfter(1+s.rnd.Int64N(20), 1, code)
		s.faulted("disk error")
	case n < 32 && f.Disk && s.srv.up:
		code := pick(s, []faultvfs.Code{faultvfs.Full, faultvfs.IOErr, faultvfs.SyncErr})
		s.srv.disk.FailAfter(1+s.rnd.Int64N(40), 1, code)
		s.faulted("server disk error")
	case n < 33 && f.Crash && s.srv.up:
		s.srv.kill()
	case n == 33 && s.srv.up:
		s.town.closeStore()
	case n > 33 && n < 38 && f.Clone && s.srv.up && len(s.pcs) < s.c.Counters+2:
		s.newcomer()
	}
}

// newcomer is a counter that a store gets in place of another, or beside it.
func (s *Sim) newcomer() {
	p, err := s.newPC(fmt.Sprintf("pc%d", len(s.pcs)+1), pick(s, stores))
	if err == nil {
		s.pcs = append(s.pcs, p) // so that its clock goes on meanwhile
		was := s.talking
		s.talking = p
		err = p.enrol()
		s.talking = was
		if err != nil {
			s.pcs = s.pcs[:len(s.pcs)-1]
		}
	}
	switch {
	case err == nil:
		s.note("%s is new at %s", p.name, p.store)
		s.faulted("counter new")
	case s.srv.disk.Dead() || p.up:
		s.note("a new counter could not be enrolled")
		s.srv.failed("enrolment", nil)
		p.shut()
		_ = p.disk.Close()
	default:
		s.violated("fail: a new counter: %v", err)
	}
}

// bringUp starts what is down, after a while.
func (s *Sim) bringUp() {
	if !s.srv.up && s.odds(3) {
		s.srv.wake()
	}
	for _, p := range s.pcs {
		if !p.up && s.odds(3) {
			p.wake()
		}
	}
}

// restored ends all faults and starts everything.
func (s *Sim) restored() {
	s.srv.disk.CutAfter(0)
	s.srv.disk.FailAfter(0, 0, 0)
	for _, p := range s.pcs {
		p.disk.CutAfter(0)
		p.disk.FailAfter(0, 0, 0)
		p.cut = time.Time{}
		_ = p.troubled() // an error that it lived through explains no later failure
	}
	if s.srv.troubled() { // and nobody has asked it since
		s.srv.shut()
		s.srv.disk.Restart(nil)
	}
	s.srv.wake()
	for _, p := range s.pcs {
		if p.disk.Dead() { // the power went when the program was just ending
			p.crash(true)
		}
		p.wake()
	}
}

// troubled says that the disk has given an error since it was last asked.
func (p *pc) troubled() bool {
	n := p.disk.Injected()
	was := p.injected
	p.injected = n
	return n > was
}

// setClock steps the wall clock, as people do.
func (p *pc) setClock() {
	by := time.Duration(10_000+p.s.rnd.IntN(7_200_000)) * time.Millisecond
	if p.s.odds(2) {
		by = -by
	}
	p.clock.SetWall(p.clock.Now().Time().Add(by))
	p.blurred = true
	p.s.note("%s: clock set by %s", p.name, by)
	p.s.faulted("clock set")
}

// keepImage copies the disk, to be put back later.
func (p *pc) keepImage() {
	p.image, p.imaged = p.disk.Snapshot(), len(p.order)
	p.s.note("%s: disk imaged", p.name)
}

// restoreImage puts the copy back. What was recorded since and not sent is lost:
// nothing can bring it back, and the next start must not confuse the server.
func (p *pc) restoreImage() {
	p.shut()
	p.disk.Restore(p.image)
	p.twin = true
	for _, id := range p.order[p.imaged:] {
		p.ops[id].loose = true
	}
	p.sold = nil
	p.s.note("%s: disk restored", p.name)
	p.s.faulted("disk restored")
}

// cloneOf starts a copy of a counter's disk beside it: two devices under one name
// go on from the same run.
func (s *Sim) cloneOf(p *pc) {
	image := p.disk.Snapshot()
	q, err := s.newPC(fmt.Sprintf("pc%d-of-%s", len(s.pcs)+1, p.name), p.store)
	if err != nil {
		s.violated("fail: cloning: %v", err)
		return
	}
	q.shut()
	q.disk.Restore(image)
	q.ring, q.verb, q.boots = p.ring, s.odds(2), 0
	q.twin, p.twin = true, true
	s.pcs = append(s.pcs, q)
	s.note("%s: disk cloned to %s", p.name, q.name)
	s.faulted("disk cloned")
	q.wake()
}
