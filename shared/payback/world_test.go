package payback

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"
)

// The ISBNs of the test world: an ordinary title, another, a bestseller, and one
// that nobody has described.
const (
	isbnA = ISBN("9788936434267")
	isbnB = ISBN("9788937460449")
	isbnC = ISBN("9788954641630")
	isbnD = ISBN("9788932917245")
)

// noon is 2026-03-02 12:00 in Seoul, a Monday; day is 24 hours in milliseconds.
const (
	noon = int64(1772420400000)
	day  = int64(24 * 3600 * 1000)
)

// world is a server without a database: all rows in a map, ops applied in order,
// what they cause applied right after, held ones again when what they wait for
// has come.
type world struct {
	t    testing.TB
	rows RowMap
	env  Env
	now  int64
	wseq uint64
	acts map[string]bool
	held []*Op
	told []Notice
	// seen is which tables ops of a kind read (false) or wrote (true).
	seen map[Kind]map[Table]bool
	look map[Key][]byte // what the op that is being applied was given, as it was
	// met is told, where somebody wants to know, what an op looked at and wrote; an
	// act that is there already has neither.
	met func(op *Op, looked map[Key][]byte, out Outcome)
}

func seoul(t testing.TB) *time.Location {
	t.Helper()
	return time.FixedZone("KST", 9*3600)
}

// newWorld is a district with two open stores of two PCs and one PC, two libraries,
// three residents and three titles.
func newWorld(t testing.TB) *world {
	p := DefaultPolicy()
	p.CapOther, p.CapBestseller = 2, 3
	w := &world{t: t, rows: RowMap{}, env: Env{Policies: Policies{p}, Zone: seoul(t)}, now: noon,
		acts: map[string]bool{}, seen: map[Kind]map[Table]bool{}, look: map[Key][]byte{}}
	w.put(&District{ID: "test", Name: "시험구", Zone: "Asia/Seoul", Libraries: []LibraryID{"111001", "111002"}},
		&Store{ID: "s1", Name: "반포서점", Libraries: []LibraryID{"111001", "111002"}},
		&Store{ID: "s2", Name: "서래서점", Libraries: []LibraryID{"111001", "111002"}},
		&Store{ID: "s3", Name: "닫는서점"},
		&Library{ID: "111001", Name: "반포도서관"}, &Library{ID: "111002", Name: "내곡도서관"},
		&Title{ISBN: isbnA, Name: "소년이 온다", Price: 14000}, &Title{ISBN: isbnB, Name: "수레바퀴 아래서", Price: 9000},
		&Title{ISBN: isbnC, Name: "베스트", Price: 16000, Class: Bestseller},
		&Resident{ID: "p1", CardTag: "tag1"}, &Resident{ID: "p2"}, &Resident{ID: "p3"},
		&Device{ID: "d1", Store: "s1", State: DeviceEnrolled}, &Device{ID: "d2", Store: "s1", State: DeviceEnrolled},
		&Device{ID: "d3", Store: "s2", State: DeviceEnrolled}, &Clerk{ID: "k1", Store: "s1", Owner: true},
		&Stock{Store: "s1", ISBN: isbnA, N: 3, Source: "count"}, &Stock{Store: "s2", ISBN: isbnA, N: 1, Source: "count"})
	return w
}

func (w *world) put(rows ...Row) {
	for _, r := range rows {
		w.rows[r.Key()] = r
	}
}

// policy changes the rules of the world.
func (w *world) policy(change func(*Policy)) {
	p := w.env.Policies[0]
	change(&p)
	w.env.Policies = Policies{p}
}

// Row is the server's view: everything is there or is not.
func (w *world) Row(k Key) (Row, Presence) {
	r := w.rows[k]
	if _, again := w.look[k]; !again {
		w.look[k] = nil
		if r != nil {
			w.look[k] = encode(w.t, r)
		}
	}
	if r != nil {
		return r, Present
	}
	return nil, Absent
}

// who acts, where and when.
type who struct {
	role   Role
	by     string
	store  StoreID
	device DeviceID
	when   Interval
	card   ResidentID
}

// The usual actors. The zero when is the world's now.
var (
	theServer = who{role: RoleServer}
	pc1       = who{role: RoleClerk, by: "k1", store: "s1", device: "d1"}
	pc2       = who{role: RoleClerk, by: "k1", store: "s1", device: "d2"}
	pc3       = who{role: RoleClerk, by: "k3", store: "s2", device: "d3"}
	resident  = who{role: RoleResident, by: "p1"}
	officer   = who{role: RoleOfficer, by: "o1"}
	officer2  = who{role: RoleOfficer, by: "o2"}
	librarian = who{role: RoleLibrarian, by: "b1"}
)

func (h who) at(ms int64) who          { h.when = At(ms); return h }
func (h who) between(lo, hi int64) who { h.when = Interval{lo, hi}; return h }
func (h who) as(r Role) who            { h.role = r; return h }
func (h who) carded(r ResidentID) who  { h.card = r; return h }

func (w *world) op(h who, b Body) *Op {
	w.wseq++
	if h.when == (Interval{}) {
		h.when = At(w.now)
	}
	return &Op{Body: b, Ref: OpRef{Kind: b.Kind(), Run: "run", Wseq: w.wseq, At: h.when.Lo}, Role: h.role, By: h.by,
		Store: h.store, Device: h.device, When: h.when, Card: h.card}
}

// do has an act happen, with all that it causes, and returns its outcome. The act
// must be one that Check lets pass.
func (w *world) do(h who, b Body) Outcome {
	w.t.Helper()
	if r := b.Check(); !r.None() {
		w.t.Fatalf("%s: bad body: %v", b.Kind(), r)
	}
	return w.run(w.op(h, b))
}

// must is do for an act that is plainly applied.
func (w *world) must(h who, b Body) Outcome {
	w.t.Helper()
	out := w.do(h, b)
	if out.Verdict != Applied {
		w.t.Fatalf("%s: %s %v", b.Act(), out.Verdict, out.Reason)
	}
	return out
}

func (w *world) run(op *Op) Outcome {
	w.t.Helper()
	out := w.once(op)
	if out.Verdict == Held {
		w.held = append(w.held, op)
		return out
	}
	for again := true; again; {
		again = false
		for i, h := range w.held {
			if w.rows[w.apply(h).Wait] == nil && w.apply(h).Verdict == Held {
				continue
			}
			w.held = slices.Delete(w.held, i, i+1)
			if late := w.once(h); late.Verdict == Held {
				w.held = append(w.held, h)
			} else {
				again = true
			}
			break
		}
	}
	return out
}

// once applies an op unless its act is known, writes what it changes and lets
// happen what it causes. A rejected op leaves its act key to others.
func (w *world) once(op *Op) Outcome {
	w.t.Helper()
	if w.acts[op.Body.Act()] {
		if w.met != nil {
			w.met(op, nil, Outcome{Verdict: Duplicate})
		}
		return Outcome{Verdict: Duplicate}
	}
	out := w.apply(op)
	if w.met != nil {
		w.met(op, w.look, out)
	}
	if out.Verdict == Held {
		return out
	}
	w.write(op.Body.Kind(), out)
	if out.Verdict != Rejected {
		w.acts[op.Body.Act()] = true
	}
	w.told = append(w.told, out.Notices...)
	for _, b := range out.Follow {
		if r := b.Check(); !r.None() {
			w.t.Fatalf("%s causes a bad %s: %v", op.Body.Act(), b.Act(), r)
		}
		w.run(w.op(theServer, b))
	}
	return out
}

func (w *world) write(k Kind, out Outcome) {
	for _, r := range out.Changed {
		if slices.Contains(touches(k).makes, r.Key().Table) && w.rows[r.Key()] != nil {
			w.t.Errorf("%s says that it only makes rows of %s, and changes %s", k, r.Key().Table, r.Key())
		}
		w.rows[r.Key()] = r
		w.seen[k][r.Key().Table] = true
	}
	for _, key := range out.Deleted {
		delete(w.rows, key)
		w.seen[k][key.Table] = true
	}
}

// apply is Apply, watched: it must give the same answer twice, change no row that
// it is given and write each row once.
func (w *world) apply(op *Op) Outcome {
	w.t.Helper()
	clear(w.look)
	out := Apply(w, op, w.env)
	if w.seen[op.Body.Kind()] == nil {
		w.seen[op.Body.Kind()] = map[Table]bool{}
	}
	for k := range w.look {
		w.seen[op.Body.Kind()][k.Table] = w.seen[op.Body.Kind()][k.Table] || false
	}
	if again := Apply(w, op, w.env); !bytes.Equal(encode(w.t, out), encode(w.t, again)) {
		w.t.Fatalf("%s: two answers\n%s\n%s", op.Body.Act(), encode(w.t, out), encode(w.t, again))
	}
	for k, before := range w.look {
		if r := w.rows[k]; r != nil && !bytes.Equal(before, encode(w.t, r)) {
			w.t.Fatalf("%s changed a row that it was given\n%s\n%s", op.Body.Act(), before, encode(w.t, r))
		}
	}
	if len(out.Missing) > 0 {
		w.t.Fatalf("%s misses rows although all are there: %v", op.Body.Act(), out.Missing)
	}
	written := map[Key]bool{}
	for _, r := range out.Changed {
		if written[r.Key()] {
			w.t.Fatalf("%s writes %s twice", op.Body.Act(), r.Key())
		}
		written[r.Key()] = true
	}
	return out
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// dump is every row as it is stored, by key.
func (w *world) dump() []byte {
	var out bytes.Buffer
	keys := slices.SortedFunc(maps.Keys(w.rows), func(a, b Key) int { return bytes.Compare([]byte(a.String()), []byte(b.String())) })
	for _, k := range keys {
		fmt.Fprintf(&out, "%s %s\n", k, encode(w.t, w.rows[k]))
	}
	return out.Bytes()
}

// clone is another world of the same rows.
func (w *world) clone() *world {
	c := *w
	c.rows, c.acts, c.held, c.told = maps.Clone(w.rows), maps.Clone(w.acts), slices.Clone(w.held), nil
	c.seen, c.look = map[Kind]map[Table]bool{}, map[Key][]byte{}
	return &c
}

func (w *world) all() iter.Seq[Row] { return maps.Values(w.rows) }

// sound fails the test if the rows contradict themselves.
func (w *world) sound() {
	w.t.Helper()
	for _, wrong := range Check(w.all()) {
		w.t.Errorf("unsound: %s", wrong)
	}
	if w.t.Failed() {
		w.t.Fatalf("rows:\n%s", w.dump())
	}
}

func (w *world) request(id RequestID) *Request { r, _ := w.rows[RequestKey(id)].(*Request); return r }
func (w *world) loan(id LoanID) *Loan          { l, _ := w.rows[LoanKey(id)].(*Loan); return l }
func (w *world) copyOf(id CopyID) *Copy        { c, _ := w.rows[CopyKey(id)].(*Copy); return c }
func (w *world) refund(id LoanID) *Refund      { r, _ := w.rows[RefundKey(id)].(*Refund); return r }
func (w *world) transfer(id TransferID) *Transfer {
	t, _ := w.rows[TransferKey(id)].(*Transfer)
	return t
}
func (w *world) budget() *Budget {
	if b, ok := w.rows[BudgetKey("2026")].(*Budget); ok {
		return b
	}
	return &Budget{}
}
func (w *world) quota(i ISBN) Quota {
	if q, ok := w.rows[QuotaKey(i)].(*Quota); ok {
		return *q
	}
	return Quota{}
}
func (w *world) stock(s StoreID, i ISBN) *Stock {
	if st, ok := w.rows[StockKey(s, i)].(*Stock); ok {
		return st
	}
	return &Stock{}
}
func (w *world) person(id ResidentID) *Resident {
	r, _ := w.rows[ResidentKey(id)].(*Resident)
	return r
}
func (w *world) tally(r ResidentID, period string) int {
	if t, ok := w.rows[TallyKey(r, period)].(*Tally); ok {
		return t.N
	}
	return 0
}

// cases returns the kinds of the open cases, sorted.
func (w *world) cases() []CaseKind {
	var out []CaseKind
	for _, r := range w.rows {
		if c, ok := r.(*Case); ok && c.State == CaseOpen {
			out = append(out, c.Kind)
		}
	}
	slices.Sort(out)
	return out
}

// Short ways to the usual acts.
func place(id RequestID, p ResidentID, i ISBN) *Place {
	return &Place{Request: id, Resident: p, ISBN: i, Store: "s1"}
}

func (w *world) accept(id RequestID) *Accept {
	return &Accept{Request: id, Assign: w.request(id).Assign, Turn: w.request(id).Turn}
}

func (w *world) sale(c CopyID, id RequestID) *Sell {
	r := w.request(id)
	return &Sell{Copy: c, Request: id, ISBN: r.ISBN, Paid: max(r.Price, 1000), List: max(r.Price, 1000), PayBy: ByCard, Approval: "12345678",
		Due: DateOf(w.now, w.env.Zone).Add(21)}
}

// lend places, accepts and sells: the loan c1 of request r1 and resident p1.
func (w *world) lend() {
	w.t.Helper()
	w.must(resident, place("r1", "p1", isbnA))
	w.must(pc1, w.accept("r1"))
	w.must(pc1, w.sale("c1", "r1"))
}

func payout(id LoanID, n string, amount Won) *RefundPaidOut {
	return &RefundPaidOut{Loan: id, Payout: "pay" + n, Amount: amount, PayBy: ByCard, Cancel: n}
}
