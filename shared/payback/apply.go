package payback

import (
	"slices"
	"time"

	"github.com/bookpayback/bookpayback/shared/hangul"
)

// Presence says what the caller knows of a row.
type Presence int

// The presences. Unloaded makes Apply report the key in Outcome.Missing.
const (
	Unloaded Presence = iota
	Absent
	Present
	NotVisible // it may exist, but not for us: a counter and the server's own rows
)

// Rows gives Apply the rows that were loaded for it.
type Rows interface {
	// Row returns the row and what is known of it; the row is nil unless Present.
	// Apply never changes a row that it gets here.
	Row(k Key) (Row, Presence)
}

// RowMap is the plain Rows: a key that is not in it is Unloaded.
type RowMap map[Key]Row

// Row returns the row; a nil entry is Absent.
func (m RowMap) Row(k Key) (Row, Presence) {
	r, ok := m[k]
	switch {
	case !ok:
		return nil, Unloaded
	case r == nil:
		return nil, Absent
	}
	return r, Present
}

// Env is what Apply needs besides rows and op: the district's rules and zone.
type Env struct {
	Policies Policies
	Zone     *time.Location
}

// Verdict is what became of an op. Every op ends with one (DESIGN 4.5).
type Verdict string

// The verdicts.
const (
	Applied     Verdict = "applied"
	Duplicate   Verdict = "duplicate"
	Rejected    Verdict = "rejected"
	InCase      Verdict = "case"
	Held        Verdict = "held"
	Quarantined Verdict = "quarantined"
)

// Notice is a text message to a resident that an op causes; the server sends it.
type Notice struct {
	To      ResidentID
	Key     string // message "notice."+Key
	Request RequestID
	Args    map[string]string
}

// Outcome is what an op does.
type Outcome struct {
	Verdict     Verdict
	Reason      Reason // why, for everything but a plain applied
	Winner      OpRef  // rejected, duplicate: the op that was there first
	Case        CaseID // case: which one
	Wait        Key    // held: the row that must come first
	Changed     []Row  // rows to write, each once
	Deleted     []Key
	Notices     []Notice // server only
	Follow      []Body   // derived ops that the server appends right after
	Provisional bool     // a needed row is not visible here
	Missing     []Key    // rows to load before the answer counts; all else is void then
}

// Apply returns what op does to rows under the rules of env. It is pure: the same
// rows, op and env give the same outcome on every machine. Call it again after
// loading Outcome.Missing until that is empty.
func Apply(rows Rows, op *Op, env Env) Outcome {
	a := &act{rows: rows, op: op, env: env, changed: map[Key]Row{}}
	op.Body.apply(a)
	if len(a.out.Missing) > 0 {
		return Outcome{Missing: a.out.Missing}
	}
	if a.out.Verdict == "" {
		a.out.Verdict = Applied
	}
	if a.out.Verdict == Held {
		a.forget() // it will be run again, whole, when what it waits for has come
	}
	a.closing()
	for _, k := range a.order {
		if r := a.changed[k]; r != nil {
			a.out.Changed = append(a.out.Changed, r)
		} else {
			a.out.Deleted = append(a.out.Deleted, k)
		}
	}
	return a.out
}

// Needs returns the rows that op depends on and that rows does not hold yet. It
// is Apply's own walk, so that the two can never differ: load what it names and
// ask again until it names nothing.
func Needs(rows Rows, op *Op, env Env) []Key { return Apply(rows, op, env).Missing }

// act is one run of Apply.
type act struct {
	rows    Rows
	op      *Op
	env     Env
	changed map[Key]Row
	order   []Key
	out     Outcome
}

// want names rows that will be needed, so that they are loaded at once.
func (a *act) want(keys ...Key) {
	for _, k := range keys {
		a.look(k)
	}
}

func (a *act) look(k Key) (Row, Presence) {
	if k.ID == "" {
		return nil, Absent
	}
	if r, ok := a.changed[k]; ok {
		if r == nil {
			return nil, Absent
		}
		return r, Present
	}
	r, p := a.rows.Row(k)
	switch p {
	case Unloaded:
		if !slices.Contains(a.out.Missing, k) {
			a.out.Missing = append(a.out.Missing, k)
		}
	case NotVisible:
		a.out.Provisional = true
	}
	return r, p
}

// get returns the row that may be changed and put, or nil.
func get[T Row](a *act, k Key) T {
	r, p := a.look(k)
	var none T
	if p != Present {
		return none
	}
	if _, ours := a.changed[k]; !ours {
		r = r.clone()
	}
	return r.(T)
}

// blind says that the row can't be seen from here.
func (a *act) blind(k Key) bool {
	_, p := a.look(k)
	return p == NotVisible
}

func (a *act) put(rows ...Row) {
	for _, r := range rows {
		k := r.Key()
		if _, ok := a.changed[k]; !ok {
			a.order = append(a.order, k)
		}
		a.changed[k] = r
	}
}

func (a *act) drop(k Key) {
	if _, ok := a.changed[k]; !ok {
		a.order = append(a.order, k)
	}
	a.changed[k] = nil
}

// today is the civil day of the act: its latest possible instant, so that a
// deadline counted from it is never too short.
func (a *act) today() Date { return DateOf(a.op.When.Hi, a.env.Zone) }

func (a *act) policy() Policy { return a.env.Policies.On(a.today()) }

func (a *act) byEndOf(d Date) bool { return a.op.When.ByEndOf(d, a.env.Zone) }

// reject ends an intent that lost, with the op that was there first.
func (a *act) reject(winner OpRef, r Reason) {
	a.out.Verdict, a.out.Winner, a.out.Reason = Rejected, winner, r
}

// duplicate ends an op that says what is already so.
func (a *act) duplicate(first OpRef, r Reason) {
	a.out.Verdict, a.out.Winner, a.out.Reason = Duplicate, first, r
}

// hold keeps the op until the row appears.
func (a *act) hold(k Key, r Reason) {
	a.out.Verdict, a.out.Wait, a.out.Reason = Held, k, r
}

// note adds a reason to an op that is applied all the same. A case's reason stays.
func (a *act) note(r Reason) {
	if a.out.Verdict == "" {
		a.out.Reason = r
	}
}

// opened opens a case for a person; the op stands as far as it can.
func (a *act) opened(c Case) CaseID {
	c.ID = CaseID(string(c.Kind) + ":" + a.op.Body.Act())
	c.State, c.OpenedAt, c.Op = CaseOpen, a.op.When.Lo, a.op.Ref
	if c.Owner == "" {
		c.Owner = RoleOfficer
	}
	if have := get[*Case](a, CaseKey(c.ID)); have == nil {
		a.put(&c)
	}
	a.out.Verdict, a.out.Case = InCase, c.ID
	if a.out.Reason.None() {
		a.out.Reason = c.Reason
	}
	return c.ID
}

func (a *act) tell(to ResidentID, key string, req RequestID, args ...string) {
	if to == "" {
		return
	}
	n := Notice{To: to, Key: key, Request: req, Args: why(key, args...).Args}
	a.out.Notices = append(a.out.Notices, n)
}

// store and district return the rows that opening days depend on; nil if unknown.
func (a *act) store(id StoreID) *Store { return get[*Store](a, StoreKey(id)) }
func (a *act) district() *District     { return get[*District](a, DistrictKey()) }

// opensAfter returns the first day from d on which the store is open.
func (a *act) opensAfter(id StoreID, d Date) Date { return NextOpen(a.store(id), a.district(), d) }

// titleName is for notices; a title that nobody described goes by its number.
func (a *act) titleName(i ISBN) string {
	if t := get[*Title](a, TitleKey(i)); t != nil && t.Name != "" {
		return t.Name
	}
	return i.Hyphenated()
}

// ours says that the acting store may touch a row of store s; an act of the
// server's own (no store) may touch every store's.
func (a *act) ours(s StoreID) bool { return a.op.Store == "" || a.op.Store == s }

// maxHeirs bounds how many stores' successors are followed.
const maxHeirs = 8

// mine says that a fact about a row of store s is the acting store's to tell: its
// own row, or one that went to its successor when it closed. An act of the server's
// own (no store) may tell of every store's.
func (a *act) mine(s StoreID) bool {
	at := a.op.Store
	for range maxHeirs {
		if at == s {
			return true
		}
		if at == "" {
			break
		}
		closed := a.store(at)
		if closed == nil || closed.Successor == "" {
			return false
		}
		at = closed.Successor
	}
	return a.op.Store == ""
}

// foreign ends a fact about another store's row: nothing of it changes, and the
// acting store and the office see what was said.
func (a *act) foreign(c Case) {
	c.Kind, c.Store, c.Reason = CaseForeign, a.op.Store, why("other_store")
	a.opened(c)
}

// SearchText is what a title is found by, in one place for both databases.
func (t *Title) SearchText() []string { return hangul.Keys(t.Name + " " + t.Author) }
