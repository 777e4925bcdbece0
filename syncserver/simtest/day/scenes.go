package day

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const oneDay = 24 * time.Hour

// serverUp starts the server on an empty folder and brings the catalogue in.
func (d *day) serverUp(ctx context.Context) error {
	if err := d.p.start(ctx, "--demo", "--district", "seocho", "--district-name", "서초구"); err != nil {
		return err
	}
	d.tell("server", "Address", d.p.base)
	for _, what := range []string{"libraries", "stores", "titles", "residents", "stock"} {
		if _, err := d.p.admin(ctx, "import", what, filepath.Join(d.p.dir, what+".csv")); err != nil {
			return err
		}
	}
	d.tell("catalogue")
	return nil
}

// enrolment joins the PCs of two stores.
func (d *day) enrolment(ctx context.Context) error {
	for _, c := range []*counterAt{d.a, d.b} {
		a, err := d.p.admin(ctx, "device", "code", "--store", c.name, "--label", "PC 1")
		if err != nil {
			return err
		}
		code := regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){2,}`).FindString(a.out)
		if code == "" {
			return fmt.Errorf("no enrolment code in %q", a.out)
		}
		if _, err := c.do(ctx, []int{0}, "enrol", "--server", d.p.base, "--code", code); err != nil {
			return err
		}
		if _, err := c.do(ctx, []int{0}, "sync"); err != nil {
			return err
		}
		d.tell("enrolled", "Store", c.name)
	}
	return nil
}

// declined plays the loan that will be late: one store declines, another has it.
func (d *day) declined(ctx context.Context) error {
	if err := d.request(ctx, rLate, late, "s01"); err != nil {
		return err
	}
	d.tell("requested", "Title", late, "Store", "s01")
	if err := d.verbs(ctx, d.a, "decline "+d.numbers[rLate]+" --reason not_on_shelf"); err != nil {
		return err
	}
	if err := must2(d.look(ctx, rLate)); err != nil {
		return err
	}
	b := d.people[rLate]
	if err := b.open(ctx, d.reqs[rLate]+"/store"); err != nil {
		return err
	}
	if err := b.submit(ctx, "/store", map[string]string{"store": "s02"}); err != nil {
		return err
	}
	if err := d.remember(rLate); err != nil {
		return err
	}
	d.tell("moved", "From", "s01", "To", "s02")
	if err := d.verbs(ctx, d.b, "accept "+d.numbers[rLate]); err != nil {
		return err
	}
	if err := d.verbs(ctx, d.b, "sell "+d.numbers[rLate]+" --approval 30418801"); err != nil {
		return err
	}
	d.tell("sold", "Number", d.numbers[rLate], "Store", "s02")
	return nil
}

// must2 drops a text that only had to come.
func must2(_ string, err error) error { return err }

// verbs syncs, does one verb at a counter and syncs again.
func (d *day) verbs(ctx context.Context, c *counterAt, line string) error {
	for _, args := range [][]string{{"sync"}, strings.Fields(line), {"sync"}} {
		if _, err := c.do(ctx, []int{0, 8}, args...); err != nil {
			return err
		}
	}
	return nil
}

// threeWeeks lets time pass: the server is stopped as an operator would and
// started with its clock three weeks on.
func (d *day) threeWeeks(ctx context.Context) error {
	d.p.stop()
	d.p.shift += 22 * oneDay
	if err := d.p.start(ctx); err != nil {
		return err
	}
	d.people = map[int]*browser{} // sessions are over by now
	d.tell("weeks")
	return nil
}

// requests is the morning: residents ask, and one title is at its cap.
func (d *day) requests(ctx context.Context) error {
	for _, r := range []struct {
		who         int
		isbn, store string
	}{
		{rInTime, inTime, "s01"}, {rOrdered, ordered, "s01"}, {rOnPC, onPC, "s01"},
		{rCap1, capped, "s02"}, {rCap2, capped, "s02"}, {rCap3, capped, "s02"},
	} {
		if err := d.request(ctx, r.who, r.isbn, r.store); err != nil {
			return err
		}
	}
	d.tell("morning", "N", "6")
	b, err := d.signIn(ctx, rWaits)
	if err != nil {
		return err
	}
	if err := b.open(ctx, "/titles/"+capped); err != nil {
		return err
	}
	if err := b.submit(ctx, "/waits", map[string]string{"store": "s02"}); err != nil {
		return err
	}
	d.reqs[rWaits] = b.at.Path
	d.tell("waits", "Title", capped)
	return nil
}

// answers are the store's: one accepted, one ordered that arrives.
func (d *day) answers(ctx context.Context) error {
	n := len(d.texts())
	if err := d.verbs(ctx, d.a, "accept "+d.numbers[rInTime]); err != nil {
		return err
	}
	d.tell("accepted", "Number", d.numbers[rInTime], "Store", "s01")
	if _, err := d.waitText(ctx, n, d.numbers[rInTime]); err != nil {
		return err
	}
	d.tell("text", "Number", d.numbers[rInTime])
	if err := d.verbs(ctx, d.a, "order "+d.numbers[rOrdered]+" --days 1"); err != nil {
		return err
	}
	if err := d.verbs(ctx, d.a, "arrive "+d.numbers[rOrdered]); err != nil {
		return err
	}
	d.tell("arrived", "Number", d.numbers[rOrdered])
	return nil
}

// pickUp sells the accepted copy; the other sale was three weeks ago.
func (d *day) pickUp(ctx context.Context) error {
	if err := d.verbs(ctx, d.a, "sell "+d.numbers[rInTime]+" --approval 30418827"); err != nil {
		return err
	}
	text, err := d.look(ctx, rInTime)
	if err != nil {
		return err
	}
	d.tell("sold", "Number", d.numbers[rInTime], "Store", "s01")
	return must(text, d.numbers[rInTime])
}

// without is what the counters do while the server is dead.
func (d *day) without(ctx context.Context) error {
	if err := d.p.kill(); err != nil {
		return err
	}
	d.tell("killed")
	d.p.shift += oneDay
	if _, err := d.a.do(ctx, []int{8}, "return", d.numbers[rInTime]); err != nil {
		return err
	}
	d.tell("returned", "Number", d.numbers[rInTime])
	if _, err := d.a.do(ctx, []int{8}, "refund", d.numbers[rInTime], "--cancel", "3052"); err != nil {
		return err
	}
	d.tell("refunded", "Number", d.numbers[rInTime])
	a, err := d.a.do(ctx, []int{0, 4}, "return", d.numbers[rInTime])
	if err != nil {
		return err
	}
	d.tell("twice", "Said", strings.TrimSpace(a.out+a.err))
	if a, err = d.a.do(ctx, []int{4}, "refund", d.numbers[rInTime], "--cancel", "3053"); err != nil {
		return err
	}
	d.tell("refund_twice", "Said", strings.TrimSpace(a.out+a.err))
	if _, err := d.b.do(ctx, []int{8}, "return", d.numbers[rLate], "--leave"); err != nil {
		return err
	}
	d.tell("left", "Number", d.numbers[rLate], "Store", "s02")
	if _, err := d.a.do(ctx, []int{8}, "accept", d.numbers[rOnPC]); err != nil {
		return err
	}
	d.tell("accepted_alone", "Number", d.numbers[rOnPC])
	return nil
}

// outboxLine is what the outbox verb prints of one act.
type status struct {
	Waiting int `json:"waiting"`
}

// back starts the server again; the counters send what they have, by themselves.
func (d *day) back(ctx context.Context) error {
	var s status
	if err := d.a.json(ctx, &s, "status"); err != nil {
		return err
	}
	if s.Waiting == 0 {
		return fmt.Errorf("nothing waits at s01, and three acts should")
	}
	follow, err := d.a.follow(ctx)
	if err != nil {
		return err
	}
	defer follow()
	if err := d.p.start(ctx); err != nil {
		return err
	}
	d.tell("again", "Waiting", fmt.Sprint(s.Waiting))
	if err := d.empty(ctx, d.a); err != nil {
		return err
	}
	if _, err := d.b.do(ctx, []int{0}, "sync"); err != nil {
		return err
	}
	if err := d.empty(ctx, d.b); err != nil {
		return err
	}
	d.people = map[int]*browser{}
	text, err := d.look(ctx, rInTime)
	if err != nil {
		return err
	}
	d.tell("synced")
	return must(text, d.numbers[rInTime])
}

// empty waits until nothing waits at a counter any more.
func (d *day) empty(ctx context.Context, c *counterAt) error {
	ctx, stop := context.WithTimeout(ctx, 60*time.Second)
	defer stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var s status
		if err := c.json(ctx, &s, "status"); err != nil {
			return err
		}
		if s.Waiting == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d acts still wait at %s", s.Waiting, c.name)
		case <-tick.C:
		}
	}
}

// library is the way of the copy: into the box, to the library, onto the books.
func (d *day) library(ctx context.Context) error {
	if err := d.box(ctx); err != nil {
		return err
	}
	if err := d.signInStaff(ctx); err != nil {
		return err
	}
	return d.intake(ctx)
}

// books compares what both sides have.
func (d *day) books(ctx context.Context) error {
	for _, c := range []*counterAt{d.a, d.b} {
		if _, err := c.do(ctx, []int{0}, "sync"); err != nil {
			return err
		}
	}
	a, err := d.p.admin(ctx, "verify")
	if err != nil {
		return err
	}
	for _, c := range []*counterAt{d.a, d.b} {
		v, err := c.do(ctx, []int{0}, "verify")
		if err != nil {
			return err
		}
		digests := regexp.MustCompile(`[A-Za-z0-9_-]{43}`).FindAllString(v.out, -1)
		if len(digests) == 0 {
			return fmt.Errorf("counter verify shows no digest: %s", v.out)
		}
		for i, x := range digests {
			if !strings.Contains(a.out, x) {
				return fmt.Errorf("%s has the digest %s, the server has not: %s", c.name, x, a.out)
			}
			d.digests[fmt.Sprintf("%s/%d", c.name, i)] = x
		}
	}
	d.tell("agree", "N", fmt.Sprint(len(d.digests)))
	return nil
}
