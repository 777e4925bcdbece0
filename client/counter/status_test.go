package counter

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

// pcTold is a PC as its exchanges leave it, beside what is true of it.
type pcTold struct {
	clock *stamp.Manual
	facts facts

	passed  time.Duration // of true time
	pulled  time.Duration // true time of the last complete pull; negative for never
	every   time.Duration
	unacked int
	differs bool
	damaged bool
	broken  bool // the last exchange failed
}

var rhythms = []time.Duration{15 * time.Second, 60 * time.Second}

var causes = []string{"sync.offline", "sync.server_down", "sync.portal", "sync.revoked", "sync.trouble", "sync.refused", "sync.busy", "sync.mismatch", "sync.wrong_server"}

// exchange is one exchange of the loop: it sends all that waits, or fails.
func (p *pcTold) exchange(t *rapid.T) {
	now := p.clock.Now()
	p.every = rapid.SampledFrom(rhythms).Draw(t, "every")
	p.facts.sync.Tried, p.facts.sync.Every = now.Wall, p.every.Milliseconds()
	pushes, pulls := rapid.Bool().Draw(t, "push answered"), rapid.Bool().Draw(t, "pull complete")
	if pushes {
		p.unacked, p.facts.waiting = 0, 0
		p.facts.sync.Pushed = now.Wall
	}
	if pushes && pulls {
		p.pulled, p.differs = p.passed, false
		p.facts.sound.Differs = false
		p.facts.sync.Pulled, p.facts.sync.PulledMono, p.facts.sync.Boot, p.facts.sync.AsOf = now.Wall, now.Mono, now.Boot, now.Wall
		p.facts.sync.Fails, p.facts.sync.Cause, p.broken = 0, payback.Reason{}, false
		return
	}
	p.facts.sync.Fails++
	p.broken = true
	p.facts.sync.Cause = payback.Reason{Key: rapid.SampledFrom(causes).Draw(t, "cause")}
}

// mayBeGreen is the rule: nothing waits, the last complete pull is newer than two
// polls, the digest is equal, nothing is damaged, and the last exchange succeeded.
func (p *pcTold) mayBeGreen() bool {
	return p.facts.enrolled && p.unacked == 0 && p.pulled >= 0 && p.passed-p.pulled < 2*p.every && !p.differs && !p.damaged && !p.broken
}

func TestAStatusIsNeverGreenWhileAnyConditionIsFalse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &pcTold{clock: stamp.NewManual(fixStart, "boot"), pulled: -1, facts: facts{enrolled: rapid.IntRange(0, 9).Draw(t, "enrolled") > 0}}
		wall := false // the clock was set since the last pull
		t.Repeat(map[string]func(*rapid.T){
			"act": func(*rapid.T) {
				p.unacked++
				if p.facts.waiting++; p.facts.oldest == 0 {
					p.facts.oldest = p.clock.Now().Wall
				}
			},
			"exchange": func(t *rapid.T) {
				p.exchange(t)
				wall = wall && p.broken
			},
			"time passes": func(t *rapid.T) {
				d := time.Duration(rapid.IntRange(1, 200).Draw(t, "seconds")) * time.Second
				p.passed += d
				p.clock.Advance(d)
			},
			"the clock is set": func(t *rapid.T) {
				wall = true
				p.clock.SetWall(fixStart.Add(p.passed + time.Duration(rapid.IntRange(-9000, 9000).Draw(t, "off"))*time.Second))
			},
			"rows differ":    func(*rapid.T) { p.differs, p.facts.sound.Differs = true, true },
			"the file fails": func(*rapid.T) { p.damaged, p.facts.sound.Damaged = true, true },
			"the journal":    func(*rapid.T) { p.damaged, p.facts.sync.Journal = true, payback.Reason{Key: db.KeyNoJournal} },
			"another disk":   func(*rapid.T) { p.damaged, p.facts.sync.Fork = true, "r9" },
			"ops are set aside": func(*rapid.T) {
				p.unacked++
				p.facts.sound.Stuck++
			},
			"": func(t *rapid.T) {
				p.facts.now = p.clock.Now()
				s := judge(p.facts)
				may := p.mayBeGreen() && p.facts.sound.Stuck == 0
				if s.Green() && !may {
					t.Fatalf("green, though %+v: %+v", p, s)
				}
				if may && !wall && !s.Green() {
					t.Fatalf("not green, though all is well: %+v", s)
				}
				if s.Green() != (len(s.Whys) == 0) {
					t.Fatalf("state %s with reasons %v", s.State, s.Whys)
				}
			},
		})
	})
}

func TestEveryReasonOfAStatusHasWordsInBothLanguages(t *testing.T) {
	keys := slices.Concat(causes, []string{whyNotEnrolled, whyDamaged, whyFork, whyRewound, "payback.refund_frozen", whyStuck, whyRefilling, whyDiffers, whyNever, whyOld, whyWaiting, whyCarried, whyNotTaken})
	for _, lang := range []string{"ko", "en"} {
		words := assets.NewSpeaker(lang)
		for _, key := range keys {
			if !words.Has(key) {
				t.Errorf("%s: no words for %s", lang, key)
			}
		}
	}
}

func TestDataIsStaleFromOneDay(t *testing.T) {
	now := stamp.NewManual(fixStart, "boot").Now()
	for _, c := range []struct {
		age  time.Duration
		want bool
	}{{staleFrom - time.Millisecond, false}, {staleFrom, true}, {staleFrom + time.Millisecond, true}} {
		s := judge(facts{enrolled: true, now: now, sync: db.SyncState{AsOf: now.Wall - c.age.Milliseconds()}})
		if s.Stale != c.want || s.Green() {
			t.Errorf("%v: %+v", c.age, s)
		}
	}
}

func TestARestoredServerIsSaidToBeRefilledUntilTheActsOfBeforeAreSent(t *testing.T) {
	now := stamp.NewManual(fixStart, "boot").Now()
	f := facts{enrolled: true, now: now, waiting: 2, oldest: now.Wall - 10, sync: db.SyncState{Restored: now.Wall, Pulled: now.Wall, Every: 15000}}
	if s := judge(f); !s.Refilling || s.Why().Key != whyRefilling || s.State != assets.StateLook {
		t.Errorf("%+v", s)
	}
	f.waiting, f.oldest = 0, 0
	if s := judge(f); s.Refilling || !s.Green() {
		t.Errorf("%+v", s)
	}
}
