package fresh

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/client/syncer"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/stamp"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	server "github.com/bookpayback/bookpayback/syncserver/db"
	"github.com/bookpayback/bookpayback/syncserver/ledger"
)

// pc is a counter of the store with its folder and what a clerk can do there.
type pc struct {
	*counterPC
	w    *town
	dir  string
	desk *counter.Counter
}

// opens opens a folder as a face does, or as a verb that goes on with its run.
func (w *town) opens(dir string, seed byte, face bool) *pc {
	w.t.Helper()
	clock := stamp.NewManual(w.clock.Now().Time(), fmt.Sprint("boot", seed))
	chance := rand.NewChaCha8([32]byte{seed})
	env := db.Env{Clock: clock, IDs: stamp.NewIDs(stamp.Times(clock), chance), Chance: chance}
	var d *db.DB
	var err error
	if face {
		thin(w, dir)
		d, _, err = db.OpenAlone(w.t.Context(), dir, env)
	} else {
		d, err = db.Open(w.t.Context(), dir, env)
	}
	w.must(err)
	w.t.Cleanup(func() { d.Close() })
	s, err := syncer.New(d, syncer.Env{Clock: clock, Chance: chance, Ring: keys.Ring{Dir: dir + "/keys"}, Program: "identity", Face: "verb", Transport: w})
	w.must(err)
	p := &pc{&counterPC{clock, d, s}, w, dir, counter.New(d, counter.Env{Clock: clock, IDs: env.IDs, Chance: chance})}
	p.desk.SetActor(counter.Actor{Role: payback.RoleClerk, By: "c1"})
	if face {
		w.must(d.BeginRun(w.t.Context()))
	}
	return p
}

// thin makes the room for a full disk out of nothing.
func thin(w *town, dir string) {
	path := filepath.Join(dir, "reserve")
	w.must(errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(path, nil, 0o600), os.Truncate(path, 8<<20)))
}

// code is a fresh enrolment code for a PC of the store.
func (w *town) code(label string) string {
	w.t.Helper()
	code := stamp.NewIDs(stamp.Times(w.clock), w.chance).Code(syncproto.CodeGroups)
	hash, _ := syncproto.CodeHash(code)
	w.officer(&payback.MakeEnrolCode{Hash: hash, Store: "s01", Label: label, Expires: w.l.Now() + 600_000})
	return code
}

// officer does an act of head office.
func (w *town) officer(b payback.Body) {
	w.t.Helper()
	done, err := w.l.Act(w.t.Context(), district, ledger.Actor{Role: payback.RoleOfficer, By: "o"}, b)
	w.must(err)
	if !done[0].Done() {
		w.t.Fatalf("%s: %+v", b.Kind(), done[0])
	}
}

// newPC enrols a PC in a folder of its own; face as opens.
func (w *town) newPC(seed byte) *pc {
	w.t.Helper()
	p := w.opens(w.t.TempDir(), seed, true)
	_, err := p.Enrol(w.t.Context(), "http://127.0.0.1:1", w.code(fmt.Sprint("PC ", seed)))
	w.must(err)
	p.step()
	return p
}

func (p *pc) step() syncer.Report {
	p.w.t.Helper()
	p.clock.Advance(time.Second)
	r, err := p.Step(p.w.t.Context())
	p.w.must(err)
	return r
}

func (p *pc) sell(ids ...string) {
	p.w.t.Helper()
	due := payback.DateOf(p.clock.Now().Wall, time.FixedZone("KST", 9*3600)).Add(21)
	for _, id := range ids {
		n := slices.Index(copies, id)
		p.do(p.w, &payback.Sell{Copy: payback.CopyID(id), Request: payback.RequestID("q-" + id), Number: fmt.Sprintf("%04d", n), ISBN: isbnAt(n), Paid: 14000, List: 14000, PayBy: payback.ByCash, Due: due})
	}
}

// copied is the folder as it lies, somewhere else.
func (p *pc) copied() string {
	p.w.t.Helper()
	to := p.w.t.TempDir()
	p.w.must(filepath.WalkDir(p.dir, func(path string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(p.dir, path)
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		case e.Name() == "reserve" || filepath.Ext(e.Name()) == ".db-shm":
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o600)
	}))
	return to
}

func (p *pc) device() *payback.Device {
	p.w.t.Helper()
	e, _, err := p.db.Enrolment(p.w.t.Context())
	p.w.must(err)
	return row[*payback.Device](p.w, payback.DeviceKey(e.Device))
}

// refund tells why the PC may not pay for a loan; "" if it may.
func (p *pc) refund(loan string) string {
	p.w.t.Helper()
	no, err := p.desk.MayRefund(p.w.t.Context(), payback.LoanID(loan))
	p.w.must(err)
	return no.Key
}

// sold says that the district has exactly these loans, and that its rows are what
// its ops make.
func (w *town) sold(want ...string) {
	w.t.Helper()
	var got []string
	w.must(w.l.View(w.t.Context(), district, func(r server.Reader) error {
		rows, err := r.Select(server.Select{Table: payback.TLoan})
		for _, x := range rows {
			got = append(got, string(x.(*payback.Loan).ID))
		}
		return err
	}))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("loans %v, want %v", got, want)
	}
	rep, err := w.l.Verify(w.t.Context(), district)
	w.must(err)
	if len(rep.Wrong) > 0 {
		w.t.Errorf("verify: %v", rep.Wrong)
	}
}

// broken returns the one open case of the PC's history.
func (p *pc) broken(why ...string) *payback.Case {
	p.w.t.Helper()
	var open []*payback.Case
	p.w.must(p.w.l.View(p.w.t.Context(), district, func(r server.Reader) error {
		rows, err := r.Select(server.Select{Table: payback.TCase})
		for _, x := range rows {
			if c := x.(*payback.Case); c.State == payback.CaseOpen {
				open = append(open, c)
			}
		}
		return err
	}))
	if len(open) != 1 || open[0].Kind != payback.CaseLineage || !slices.Contains(why, open[0].Reason.Key) ||
		open[0].Device != p.device().ID || open[0].Reason.Args["label"] == "" || p.device().Frozen != open[0].ID {
		for _, c := range open {
			p.w.t.Logf("open: %+v", *c)
		}
		p.w.t.Fatalf("want one of %v; frozen by %q", why, p.device().Frozen)
	}
	return open[0]
}

// restsUntilDecided takes the loan back and finds that the PC pays nothing before a
// person has decided.
func (p *pc) restsUntilDecided(loan string, why ...string) {
	t := p.w.t
	t.Helper()
	c := p.broken(why...)
	p.step()
	p.do(p.w, &payback.Return{Loan: payback.LoanID(loan)})
	if no := p.refund(loan); no != "refund_frozen" {
		t.Errorf("a refund while the case is open: %q", no)
	}
	in := counter.RefundIn{Loan: payback.LoanID(loan), Amount: 14000, Kind: payback.ByCash}
	if done, err := p.desk.Refund(t.Context(), in); err != nil || done.Refused.Key != "refund_frozen" {
		t.Errorf("paid while the case is open: %+v, %v", done, err)
	}
	p.step()
	p.w.officer(&payback.Decide{Case: c.ID, Choice: payback.ChooseNoted, Note: "looked"})
	p.step()
	if no := p.refund(loan); no != "" {
		t.Errorf("no refund after the decision: %s", no)
	}
	if st, err := p.db.SyncState(t.Context()); err != nil || st.Fork != "" {
		t.Errorf("a fork is told of after the decision: %+v, %v", st, err)
	}
}

// copies are what residents have asked for: nothing of it needs a person.
var copies = []string{"a", "b", "c", "d", "e", "f", "both", "p1", "p2", "p3", "q1", "q2", "q3", "unsent"}

func identityTown(t *testing.T) *town {
	w := newTown(t)
	for n, id := range copies {
		who := payback.ResidentID("r-" + id)
		w.put(title(n))
		w.put(&payback.Resident{ID: who})
		done, err := w.l.Act(t.Context(), district, ledger.Actor{Role: payback.RoleResident, By: string(who)},
			&payback.Place{Request: payback.RequestID("q-" + id), Resident: who, ISBN: isbnAt(n), Store: "s01"})
		w.must(err)
		if !done[0].Done() {
			t.Fatalf("place: %+v", done[0])
		}
	}
	return w
}

func TestACopiedFolderLosesNothingAndPaysNothing(t *testing.T) {
	w := identityTown(t)
	p := w.newPC(2)
	p.sell("a")
	p.step()
	w.must(p.db.Close())
	copied := p.copied()
	p, q := w.opens(p.dir, 3, true), w.opens(copied, 4, true)
	p.sell("p1")
	q.sell("q1")
	for range 3 {
		p.step()
		q.step()
	}
	p.sell("p2")
	q.sell("q2")
	for range 3 {
		p.step()
		q.step()
	}
	w.sold("a", "p1", "p2", "q1", "q2")
	for _, x := range []*pc{p, q} {
		for _, id := range []string{"a", "p1", "p2", "q1", "q2"} {
			if shown[*payback.Loan](t, x.counterPC, payback.LoanKey(payback.LoanID(id))) == nil {
				t.Errorf("a PC does not show loan %s", id)
			}
		}
	}
	p.restsUntilDecided("a", "lineage_cloned")

	// Nobody enrolled the copy anew: both go on, and that is told again.
	q.step()
	q.sell("q3")
	q.step()
	p.sell("p3")
	p.step()
	p.broken("lineage_cloned", "lineage_restored")
	w.sold("a", "p1", "p2", "p3", "q1", "q2", "q3")
}

// Both go on with one run, as a virtual machine does that is copied while it runs.
func TestARunThatGoesOnTwiceIsRelabelled(t *testing.T) {
	w := identityTown(t)
	p := w.newPC(2)
	p.sell("a")
	p.step()
	q := w.opens(p.copied(), 4, false)
	p.sell("p1", "both")
	q.sell("q1", "both")
	for range 3 {
		p.step()
		q.step()
	}
	w.sold("a", "both", "p1", "q1")
	if n, _, err := q.db.OutboxState(t.Context()); err != nil || n != 0 {
		t.Errorf("%d ops wait at the copy, %v", n, err)
	}
	if st, err := q.db.SyncState(t.Context()); err != nil || st.Fork == "" {
		t.Errorf("the copy does not say so: %+v, %v", st, err)
	}
	q.restsUntilDecided("q1", "lineage_cloned")
}

func TestARestoredFolderGetsBackWhatItLostAndGoesOn(t *testing.T) {
	for _, when := range []string{"before the first exchange", "after it"} {
		t.Run(when, func(t *testing.T) {
			w := identityTown(t)
			p := w.newPC(2)
			p.sell("a")
			p.step()
			old := p.copied()
			p.sell("b", "c")
			p.step()
			w.must(p.db.Close())
			p = w.opens(old, 3, true)
			if when == "after it" {
				if r := p.step(); r.Behind == "" {
					t.Error("the exchange does not find that the folder is an older one")
				}
				if r := p.step(); r.Behind != "" {
					t.Error("it is found twice")
				}
				if st, err := p.db.SyncState(t.Context()); err != nil || st.Rewound == "" || st.RewoundAt == 0 {
					t.Errorf("nobody is told: %+v, %v", st, err)
				}
			}
			p.sell("d")
			p.step()
			w.sold("a", "b", "c", "d")
			if shown[*payback.Loan](t, p.counterPC, payback.LoanKey("c")) == nil {
				t.Error("what was lost is not shown")
			}
			p.restsUntilDecided("c", "lineage_restored", "lineage_cloned")
			p.sell("e")
			p.step()
			w.must(p.db.Close())
			p = w.opens(p.dir, 4, true)
			p.sell("f")
			p.step()
			w.sold("a", "b", "c", "d", "e", "f")
			if d := p.device(); d.Frozen != "" {
				t.Errorf("frozen again by %s, without anything new", d.Frozen)
			}
		})
	}
}

// The folder is gone and the PC is enrolled anew, by another key or the one that it
// had.
func TestADeletedFolderIsEnrolledAnew(t *testing.T) {
	w := identityTown(t)
	p := w.newPC(2)
	p.sell("a")
	p.step()
	before := p.device().ID
	w.must(p.db.Close())
	w.must(os.RemoveAll(p.dir))
	p = w.newPC(3)
	if shown[*payback.Loan](t, p.counterPC, payback.LoanKey("a")) == nil || p.device().ID == before {
		t.Fatal("the new PC does not know what was sold")
	}
	p.sell("b")
	p.step()
	w.sold("a", "b")
	p.do(w, &payback.Return{Loan: "a"})
	if no := p.refund("a"); no != "refund_elsewhere" {
		t.Errorf("the right of the lost PC: %q", no)
	}
	p.step()
	w.officer(&payback.Revoke{Device: before, Loans: []payback.LoanID{"a"}})
	w.must(func() error {
		_, err := w.l.Act(t.Context(), district, ledger.Actor{}, &payback.GrantRight{Loan: "a", Device: p.device().ID, From: payback.RightServer, After: "x"})
		return err
	}())
	p.step()
	if no := p.refund("a"); no != "" {
		t.Errorf("the right of a revoked PC does not come: %s", no)
	}
}

// The newest part of the journal is gone, and the file is an older one.
func TestADroppedTailOfTheJournalIsToldAndWhatWasSentComesBack(t *testing.T) {
	w := identityTown(t)
	p := w.newPC(2)
	p.sell("a")
	p.step()
	old := p.copied()
	p.sell("b", "c")
	p.step()
	p.sell("unsent")
	w.must(p.db.Close())

	// The file alone is older: the journal has everything.
	w.must(os.RemoveAll(filepath.Join(old, "outbox.jnl")))
	whole := p.copied()
	w.must(os.CopyFS(filepath.Join(old, "outbox.jnl"), os.DirFS(filepath.Join(whole, "outbox.jnl"))))
	lost := (&pc{w: w, dir: old}).copied()
	q := w.opens(old, 3, true)
	if n, _, err := q.db.OutboxState(t.Context()); err != nil || n != 3 {
		t.Errorf("%d ops wait, %v; want those after the copy", n, err)
	}
	q.step()
	w.sold("a", "b", "c", "unsent")
	if d := q.device(); d.Frozen != "" {
		t.Errorf("frozen by %s, though nothing is missing", d.Frozen)
	}
	w.must(q.db.Close())

	// Now the journal's newest part is gone too.
	parts, err := filepath.Glob(filepath.Join(lost, "outbox.jnl", "0*"))
	w.must(err)
	if len(parts) == 0 {
		t.Fatal("the journal has no parts")
	}
	w.must(os.Remove(parts[len(parts)-1]))
	q = w.opens(lost, 4, true)
	q.sell("d")
	q.step()
	w.sold("a", "b", "c", "d", "unsent")
	q.restsUntilDecided("b", "lineage_restored", "lineage_cloned")
}
