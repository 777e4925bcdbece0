package day

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bookpayback/bookpayback/assets"
)

// Options are what a day is played with.
type Options struct {
	Server  string    // path of the server's program
	Counter string    // path of the counter's program
	Dir     string    // where the day's data lie; made if missing, and must be empty
	Lang    string    // ko or en: the language of the lines
	Out     io.Writer // one line a step
}

// Played is what a finished day leaves behind. Stop ends the server.
type Played struct {
	Base    string // the server's address
	Counter string // data folder of the first store's counter
	Shift   time.Duration
	Digests map[string]string // bucket → digest, as both sides computed it
	Card    string            // a resident's library card, to sign in with at the site
	Texts   string            // file of the text messages, with the sign-in codes
	Stop    func()
}

// Clock is the setting under which a program shares the day's time.
func (p *Played) Clock() string { return "BOOKPAYBACK_CLOCK=" + clockText(p.Shift) }

// Play plays the day and leaves the server running. What goes wrong stops it with
// an error that names the step.
func Play(ctx context.Context, o Options) (*Played, error) {
	d, err := newDay(o)
	if err != nil {
		return nil, err
	}
	for _, s := range d.scenes() {
		if err := s.play(ctx); err != nil {
			d.p.stop()
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return &Played{Base: d.p.base, Counter: d.a.dir, Shift: d.p.shift, Digests: d.digests,
		Card: d.cards[rOrdered], Texts: d.textsFile(), Stop: d.p.stop}, nil
}

// scene is one stretch of the day.
type scene struct {
	name string
	play func(context.Context) error
}

// day is the day as it goes on.
type day struct {
	p     *programs
	say   *assets.Speaker
	out   io.Writer
	began time.Time
	step  int

	a, b      *counterAt // the two stores' PCs
	cards     []string   // of the residents, as the sample has them
	people    map[int]*browser
	numbers   map[int]string // pick-up numbers by resident
	reqs      map[int]string // pages of their requests
	officer   *browser
	librarian *browser

	libraryName string            // whose box the returned copy went into
	names       map[string]string // of stores and titles, as the lines say them
	digests     map[string]string
}

// The titles of the day, from the sample district, and what happens to each.
const (
	inTime  = "9788937473135" // accepted, sold, comes back in time
	late    = "9791167372864" // declined, another store, sold, comes back late
	capped  = "9788937460432" // three copies are the cap: the fourth resident waits
	ordered = "9788954677158" // ordered for its resident, arrives
	onPC    = "9788937473401" // requested before the server dies, accepted without it
)

// The residents of the day, by line of the sample.
const (
	rInTime = iota
	rLate
	rCap1
	rCap2
	rCap3
	rWaits
	rOrdered
	rOnPC
)

func newDay(o Options) (*day, error) {
	listen, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, "server"), 0o700); err != nil {
		return nil, err
	}
	d := &day{say: assets.NewSpeaker(o.Lang), out: o.Out, began: time.Now(), people: map[int]*browser{}, numbers: map[int]string{},
		reqs: map[int]string{}, digests: map[string]string{}, names: map[string]string{},
		p: &programs{server: o.Server, counter: o.Counter, dir: o.Dir, listen: listen, base: "http://" + listen, lang: o.Lang, shift: untilMorning(time.Now())}}
	d.a, d.b = d.p.pc("s01"), d.p.pc("s02")
	return d, d.sample()
}

// sample writes the sample district's files where the import verbs find them, and
// reads the residents' cards.
func (d *day) sample() error {
	for _, name := range []string{"libraries.csv", "titles.csv", "stores.csv", "residents.csv", "stock.csv"} {
		f, err := assets.Sample().Open(name)
		if err != nil {
			return err
		}
		b, err := io.ReadAll(f)
		_ = f.Close()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(d.p.dir, name), b, 0o600); err != nil {
			return err
		}
	}
	people, err := d.read("residents.csv")
	if err != nil {
		return err
	}
	for _, r := range people {
		if r[3] == "정회원" {
			d.cards = append(d.cards, r[0])
		}
	}
	for _, name := range []string{"stores.csv", "titles.csv"} {
		rows, err := d.read(name)
		if err != nil {
			return err
		}
		for _, r := range rows {
			d.names[r[0]] = r[1]
		}
	}
	return nil
}

// read returns the rows of one of the sample's files, without its header.
func (d *day) read(name string) ([][]string, error) {
	f, err := os.Open(filepath.Join(d.p.dir, name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[1:], nil
}

// tell prints one line of the day.
func (d *day) tell(key string, args ...string) {
	m := map[string]string{}
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i]] = args[i+1]
		if name, ok := d.names[args[i+1]]; ok {
			m[args[i]] = name
		}
	}
	d.step++
	_, _ = fmt.Fprintf(d.out, "%2d  %5.1fs  %s\n", d.step, time.Since(d.began).Seconds(), d.say.Say("day."+key, m))
}

func (d *day) scenes() []scene {
	return []scene{
		{"server", d.serverUp},
		{"enrolment", d.enrolment},
		{"declined", d.declined},
		{"three weeks", d.threeWeeks},
		{"requests", d.requests},
		{"answers", d.answers},
		{"pick-up", d.pickUp},
		{"without a server", d.without},
		{"back", d.back},
		{"library", d.library},
		{"books", d.books},
	}
}

// must says that a text that a person reads holds what it must.
func must(text string, parts ...string) error {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return fmt.Errorf("%q is not in: %s", p, brief(text))
		}
	}
	return nil
}
