package payback

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawer draws acts for a world: mostly about rows that are there, sometimes not.
type drawer struct {
	*rapid.T
	w *world
	n int // ids made so far
	// even, where it is given, draws instead of rapid, which prefers what comes first,
	// and acts are then mostly about what they fit.
	even *rand.Rand
	kind Kind // whose body is being drawn
	// near, where acts are to meet, are the rows that the last one wrote, and its titles.
	near   map[Key]bool
	titles map[ISBN]bool
	kept   int64 // when what was drawn last ended, if the act is to be told of late
}

// meet has the next acts be mostly about what this one wrote.
func (d *drawer) meet(out Outcome) {
	d.near, d.titles = map[Key]bool{}, map[ISBN]bool{}
	for _, r := range out.Changed {
		d.near[r.Key()] = true
		if i := titleOf(r); i != "" {
			d.titles[i] = true
		}
	}
}

// titleOf is the title that a row is about, if one.
func titleOf(r Row) ISBN {
	switch x := r.(type) {
	case *Request:
		return x.ISBN
	case *Loan:
		return x.ISBN
	case *Copy:
		return x.ISBN
	case *Reservation:
		return x.ISBN
	case *Stock:
		return x.ISBN
	case *Title:
		return x.ISBN
	}
	return ""
}

// isNear says that a row is one that the next act should rather be about.
func (d *drawer) isNear(r Row) bool { return d.near[r.Key()] || d.titles[titleOf(r)] }

func pick[T any](d *drawer, what string, from ...T) T {
	if d.even != nil {
		return from[d.even.IntN(len(from))]
	}
	return rapid.SampledFrom(from).Draw(d.T, what)
}

// fitting are the states of a request or loan that acts of a kind are meant for.
func fitting(k Kind) []State {
	switch k {
	case KAccept:
		return []State{Placed, Expired}
	case KOrder, KAsk:
		return []State{Placed}
	case KArrive:
		return []State{Ordered}
	case KDecline, KCancel, KExpire:
		return []State{Placed, Accepted, Ordered, Ready}
	case KChooseStore:
		return []State{Declined}
	case KLeave:
		return []State{LoanOut, LoanKept}
	case KReturn, KKeep:
		return []State{LoanOut}
	case KRule:
		return []State{LoanLeft}
	case KGiveBack, KGiveUp:
		return []State{LoanRefused}
	}
	return nil
}

// fits draws whether the row must be one that the kind is meant for.
func (d *drawer) fits() []State {
	if d.even != nil && d.chance(75) {
		return fitting(d.kind)
	}
	return nil
}

func (d *drawer) chance(percent int) bool {
	if d.even != nil {
		return d.even.IntN(100) < percent
	}
	return rapid.IntRange(1, 100).Draw(d.T, "chance") <= percent
}

func (d *drawer) fresh(prefix string) string {
	d.n++
	return fmt.Sprintf("%s%d", prefix, d.n)
}

// known draws a row of type R, or nil when there is none.
func known[R Row](d *drawer, fits func(R) bool) R {
	var found []R
	for _, r := range d.w.rows {
		if x, ok := r.(R); ok && (fits == nil || fits(x)) {
			found = append(found, x)
		}
	}
	slices.SortFunc(found, func(a, b R) int { return compareKeys(a.Key(), b.Key()) })
	if len(found) == 0 {
		var none R
		return none
	}
	if d.near != nil && d.chance(70) {
		if close := slices.DeleteFunc(slices.Clone(found), func(r R) bool { return !d.isNear(r) }); len(close) > 0 {
			found = close
		}
	}
	return pick(d, "row", found...)
}

func compareKeys(a, b Key) int {
	if a.String() < b.String() {
		return -1
	}
	return 1
}

func (d *drawer) isbn() ISBN {
	if len(d.titles) > 0 && d.chance(70) {
		return pick(d, "isbn", slices.Sorted(maps.Keys(d.titles))...)
	}
	if d.even != nil {
		return pick(d, "isbn", isbnA, isbnA, isbnA, isbnD, isbnD, isbnB, isbnC)
	}
	return pick(d, "isbn", isbnA, isbnA, isbnB, isbnC, isbnD)
}

// shop is where somebody asks for a copy.
func (d *drawer) shop() StoreID {
	if d.even != nil {
		return pick(d, "store", StoreID("s1"), "s2", "s2")
	}
	return pick(d, "store", StoreID("s1"), "s1", "s2", "s3")
}

// counted is the store whose shelf is counted by who is no PC.
func (d *drawer) counted() StoreID {
	if d.even != nil {
		return pick(d, "store", StoreID("s1"), "s2")
	}
	return "s1"
}

func (d *drawer) person() ResidentID {
	return pick(d, "resident", ResidentID("p1"), "p2", "p3", "p4", "p1", "p2")
}

func (d *drawer) req() *Request {
	if states := d.fits(); states != nil {
		if r := known(d, func(r *Request) bool { return slices.Contains(states, r.State) }); r != nil {
			return r
		}
	}
	if r := known[*Request](d, nil); r != nil {
		return r
	}
	return &Request{ID: "r?", Assign: 1, Store: "s1", State: Placed, ISBN: isbnA, EndsOn: "2026-03-09"}
}

func (d *drawer) lent() *Loan {
	if states := d.fits(); states != nil {
		if l := known(d, func(l *Loan) bool { return slices.Contains(states, l.State) }); l != nil {
			return l
		}
	}
	if l := known[*Loan](d, nil); l != nil && !d.chance(3) {
		return l
	}
	return &Loan{ID: "c?", Store: "s1", Paid: 14000, Kind: ByCard, Due: "2026-03-24"}
}

func (d *drawer) back() *Copy {
	if c := known[*Copy](d, nil); c != nil {
		return c
	}
	return &Copy{ID: "c?", ISBN: isbnA, Store: "s1"}
}

func (d *drawer) box() *Transfer {
	if t := known[*Transfer](d, nil); t != nil {
		return t
	}
	return &Transfer{ID: "t?", Store: "s1"}
}

func (d *drawer) lines() (ids []LineID) {
	for range rapid.IntRange(1, 3).Draw(d.T, "lines") {
		if l := known[*Line](d, nil); l != nil {
			ids = append(ids, l.ID)
		}
	}
	if ids == nil {
		ids = []LineID{"line?"}
	}
	return ids
}

// body draws an act of the kind.
func (d *drawer) body(k Kind) Body {
	d.kind = k
	for _, draw := range []func(Kind) Body{d.requests, d.waits, d.loans, d.copies, d.books, d.people} {
		if b := draw(k); b != nil {
			return b
		}
	}
	panic("no way to draw " + string(k))
}

func (d *drawer) requests(k Kind) Body {
	price := pick(d, "price", Won(0), 0, 0, 12000, 60000)
	switch k {
	case KPlace:
		b := &Place{Request: RequestID(d.fresh("r")), Resident: d.person(), ISBN: d.isbn(), Store: d.shop()}
		if v := known(d, func(v *Reservation) bool { return v.State == Offered }); v != nil && d.chance(70) {
			b.Resident, b.ISBN, b.Reservation = v.Resident, v.ISBN, v.ID
		}
		return b
	case KAsk:
		r := d.req()
		return &Ask{Request: r.ID, Assign: r.Assign}
	case KChooseStore:
		r := d.req()
		return &ChooseStore{Request: r.ID, Store: pick(d, "store", StoreID("s1"), "s2"), Assign: r.Assign + 1}
	case KAccept:
		r := d.req()
		if d.even != nil && r.Price == 0 {
			price = 12000
		}
		if d.even != nil && r.State == Expired && r.EndsOn != "" {
			d.kept = r.EndsOn.End(d.w.env.Zone)
		}
		return &Accept{Request: r.ID, Assign: r.Assign, Turn: r.Turn, Price: price, Hold: 1}
	case KOrder:
		r := d.req()
		return &Order{Request: r.ID, Assign: r.Assign, Turn: r.Turn, ReadyBy: "2026-04-01"}
	case KArrive:
		r := d.req()
		if d.even != nil && r.Price == 0 {
			price = 12000
		}
		return &Arrive{Request: r.ID, Assign: r.Assign, Turn: r.Turn, Price: price}
	case KDecline:
		r := d.req()
		from := r.State
		if !slices.Contains([]State{Placed, Accepted, Ordered, Ready}, from) {
			from = Placed
		}
		return &Decline{Request: r.ID, Assign: r.Assign, Turn: r.Turn, From: from, Reason: pick(d, "reason", DeclineReasons()...)}
	case KCancel:
		r := d.req()
		return &Cancel{Request: r.ID, Turn: r.Turn}
	case KExpire:
		r := d.req()
		if r.EndsOn == "" || !r.Open() {
			return &Expire{Request: r.ID, Assign: r.Assign, From: Placed, Day: "2026-03-09"}
		}
		if d.chance(80) && d.w.now < r.EndsOn.End(d.w.env.Zone) {
			d.w.now = r.EndsOn.End(d.w.env.Zone) + 1000
		}
		return &Expire{Request: r.ID, Assign: r.Assign, From: r.State, Day: r.EndsOn}
	}
	return nil
}

func (d *drawer) waits(k Kind) Body {
	v := known(d, func(v *Reservation) bool { return v.State == Waiting || v.State == Offered })
	if v == nil {
		v = &Reservation{ID: "v?", EndsOn: "2026-03-09"}
	}
	switch k {
	case KReserve:
		return &Reserve{Reservation: ReservationID(d.fresh("v")), Resident: d.person(), ISBN: d.isbn(), Stores: []StoreID{"s1"}}
	case KPromote:
		return &Promote{Reservation: v.ID, After: d.fresh("after")}
	case KEndWait:
		if o := known(d, func(v *Reservation) bool { return v.State == Offered }); d.even != nil && o != nil && d.chance(60) {
			v = o
		}
		if d.chance(50) {
			return &EndWait{Reservation: v.ID}
		}
		d.w.now = max(d.w.now, v.EndsOn.End(d.w.env.Zone)+1)
		return &EndWait{Reservation: v.ID, Day: v.EndsOn}
	}
	return nil
}

func (d *drawer) loans(k Kind) Body {
	switch k {
	case KSell:
		b := &Sell{Copy: CopyID(d.fresh("c")), ISBN: d.isbn(), Paid: 14000, List: 14000, PayBy: pick(d, "kind", ByCard, ByCash), Due: "2026-03-24"}
		switch r := known[*Request](d, nil); {
		case r != nil && d.chance(60):
			b.Request, b.ISBN = r.ID, r.ISBN
		case r != nil && d.chance(50):
			b.Number, b.ISBN = r.Number, r.ISBN
		case d.even != nil && d.chance(70): // the number that the next request will get
			b.Number, b.ISBN = "0001", isbnA
			if n := known(d, func(n *Numbers) bool { return n.Store == "s1" }); n != nil {
				b.Number = fmt.Sprintf("%04d", n.Last+1)
			}
		case d.chance(50):
			b.Number = pick(d, "number", "0001", "0002", "0003", "0004", "0005")
		}
		return b
	case KReturn:
		l := d.lent()
		return &Return{Loan: l.ID, Turn: l.Turn}
	case KLeave:
		l := d.lent()
		if d.even != nil && l.State == LoanKept {
			d.kept = l.EndedAt
		}
		return &Leave{Loan: l.ID, Turn: l.Turn, Faults: []string{FaultWet}}
	case KRule:
		l := d.lent()
		return &Rule{Loan: l.ID, Turn: l.Turn, Refund: d.chance(50)}
	case KGiveBack:
		l := d.lent()
		return &GiveBack{Loan: l.ID, Turn: l.Turn}
	case KKeep:
		l := d.lent()
		if d.chance(60) {
			return &Keep{Loan: l.ID, Turn: l.Turn}
		}
		on := l.Due.Add(d.w.env.Policies[0].KeptAfterDays)
		d.w.now = max(d.w.now, on.End(d.w.env.Zone)+1)
		return &Keep{Loan: l.ID, Turn: l.Turn, Day: on}
	case KGiveUp:
		l := d.lent()
		if w := known(d, func(l *Loan) bool { return l.State == LoanRefused }); w != nil && d.chance(80) {
			l = w
		}
		day := max(l.FetchBy, "2026-03-09")
		d.w.now = max(d.w.now, day.End(d.w.env.Zone)+1)
		return &GiveUp{Loan: l.ID, Turn: l.Turn, Day: day}
	case KUnmatched:
		l := d.lent()
		if w := known(d, func(l *Loan) bool { return l.WaitsSince() != "" }); w != nil && d.chance(80) {
			l = w
		}
		day := max(l.SoldOn, "2026-03-02").Add(7)
		d.w.now = max(d.w.now, day.End(d.w.env.Zone)+1)
		return &Unmatched{Loan: l.ID, Day: day}
	case KRefund:
		l := d.lent()
		if r := known(d, func(r *Refund) bool { return r.State == RefundDue }); r != nil && d.chance(50) {
			l = d.w.loan(r.Loan)
		}
		b := &RefundPaidOut{Loan: l.ID, Payout: d.fresh("pay"), Amount: l.Paid, PayBy: l.Kind, Override: d.chance(10)}
		if d.chance(20) {
			b.Amount -= 1000
		}
		if d.chance(70) {
			b.Cancel = pick(d, "cancel", "777", "888")
		}
		return b
	case KGiveRight:
		return &GiveRight{Loans: []LoanID{d.lent().ID}, Exit: d.fresh("exit")}
	case KGrantRight:
		l := d.lent()
		to := pick(d, "device", DeviceID("d1"), "d2", "d3")
		if pc := known[*Device](d, nil); d.even != nil && pc != nil {
			to = pc.ID
		}
		return &GrantRight{Loan: l.ID, Device: to, From: l.Right, After: d.fresh("after")}
	case KReverse:
		return d.reverse()
	}
	return nil
}

func (d *drawer) reverse() Body {
	what := pick(d, "what", Reversible()...)
	b := &Reverse{What: what}
	switch what {
	case KSell, KReturn, KLeave, KKeep:
		l := d.lent()
		b.Of, b.Turn = string(l.ID), l.Turn
	case KCloseBox, KHandOver:
		t := d.box()
		b.Of, b.Turn = string(t.ID), t.Turn
	default:
		r := d.req()
		b.Of, b.Turn = string(r.ID), r.Turn
	}
	return b
}

func (d *drawer) copies(k Kind) Body {
	transfer, library := pick(d, "transfer", TransferID("t1"), "t2", "t3"), pick(d, "library", LibraryID("111001"), "111002")
	switch k {
	case KPack:
		c := d.back()
		return &Pack{Copy: c.ID, Transfer: transfer, Library: library, Box: 1, Serial: 1, Turn: c.Turn}
	case KUnpack:
		c := d.back()
		if c.Transfer != "" {
			transfer = c.Transfer
		}
		return &Unpack{Copy: c.ID, Transfer: transfer, Turn: c.Turn}
	case KCloseBox:
		t := d.box()
		return &CloseBox{Transfer: t.ID, Turn: t.Turn}
	case KHandOver:
		t := d.box()
		return &HandOver{Transfer: t.ID, Taker: "T7", Turn: t.Turn}
	case KIntake:
		c := d.back()
		b := &Intake{Copy: c.ID, ISBN: c.ISBN, Library: library, Transfer: transfer, Scan: d.fresh("scan")}
		if d.chance(10) {
			b.Copy = ""
		}
		return b
	case KEndIntake:
		return &EndIntake{Transfer: d.box().ID, Library: library}
	case KWriteOff:
		return &WriteOff{Copy: d.back().ID}
	case KShelve:
		return &Shelve{Copy: d.back().ID, Accession: "EM1"}
	}
	return nil
}

func (d *drawer) books(k Kind) Body {
	switch k {
	case KContest:
		return &Contest{Line: d.lines()[0], Note: "다릅니다"}
	case KApprove:
		return &Approve{Lines: d.lines(), Batch: d.fresh("batch")}
	case KPay:
		return &Pay{Lines: d.lines(), Payment: d.fresh("bank")}
	case KCorrect:
		return &Correct{Line: LineID(d.fresh("fix")), Corrects: d.lines()[0], Amount: -500, Note: "정정"}
	case KCount:
		return &Count{ISBN: d.isbn(), N: rapid.IntRange(0, 3).Draw(d.T, "n"), Add: d.chance(40), Store: d.counted(), Source: "count", ID: d.fresh("count")}
	case KUpsert:
		return d.upsert()
	case KDecide:
		c := known(d, func(c *Case) bool { return c.State == CaseOpen })
		if c == nil {
			c = &Case{ID: "case?", Kind: CaseAmount}
		}
		if block := known(d, func(c *Case) bool { return c.State == CaseOpen && len(c.Choices()) > 1 }); block != nil && d.chance(70) {
			c = block
		}
		return &Decide{Case: c.ID, Choice: pick(d, "choice", c.Choices()...), Note: "봄"}
	}
	return nil
}

func (d *drawer) upsert() Body {
	var row Row
	fill := false
	switch pick(d, "table", TTitle, TTitle, TStore, TResident, TPolicy, TDistrict, TLibrary, TStock) {
	case TTitle:
		row, fill = &Title{ISBN: d.isbn(), Name: pick(d, "name", "가", "나"), Price: pick(d, "price", Won(0), 11000)}, d.chance(50)
	case TStore:
		row = &Store{ID: pick(d, "store", StoreID("s1"), "s2"), Name: "바뀐 이름", Holidays: []Date{"2026-03-05"}}
	case TResident:
		row = &Resident{ID: d.person(), CardTag: "t", Blocked: d.chance(10)}
	case TPolicy:
		row = &PolicyRow{DefaultPolicy()}
	case TDistrict:
		row = &District{ID: "test", Name: "시험구", Libraries: []LibraryID{"111002", "111001"}, Holidays: []Date{"2026-03-10"}}
	case TLibrary:
		row = &Library{ID: "111001", Name: "반포"}
	default:
		row = &Stock{Store: "s1", ISBN: d.isbn(), N: rapid.IntRange(0, 3).Draw(d.T, "n"), Source: "till", AsOf: d.w.now}
	}
	raw, err := EncodeRow(row)
	if err != nil {
		panic(err)
	}
	return &Upsert{Table: row.Key().Table, Rows: []json.RawMessage{raw}, ID: d.fresh("u"), Fill: fill}
}

func (d *drawer) people(k Kind) Body {
	switch k {
	case KBlock:
		return &Block{Resident: d.person(), On: d.chance(20), Note: "까닭", ID: d.fresh("b")}
	case KErase:
		return &Erase{Resident: pick(d, "resident", ResidentID("p3"), "p4")}
	case KReread:
		return &Reread{Run: "run", Wseq: uint64(rapid.IntRange(1, 40).Draw(d.T, "wseq")), Program: "2.0"}
	case KMend:
		return &Mend{Run: "run", Wseq: uint64(rapid.IntRange(1, 40).Draw(d.T, "wseq")), Was: Quarantined, What: MendVoid, Note: "까닭", ID: d.fresh("m")}
	case KOverdue:
		if d.even != nil && len(d.w.held) > 0 { // the ledger has a verdict of each
			h := pick(d, "held", d.w.held...)
			d.w.put(&VerdictRow{Store: h.Store, Op: h.Ref, Verdict: Held, Subject: d.w.apply(h).Wait})
			return &Overdue{Run: h.Ref.Run, Wseq: h.Ref.Wseq, Why: why("loan_unknown")}
		}
		return &Overdue{Run: "run", Wseq: uint64(rapid.IntRange(1, 40).Draw(d.T, "wseq")), Why: why("loan_unknown")}
	case KLineage:
		return &Lineage{Device: pick(d, "device", DeviceID("d1"), "d2"), What: pick(d, "break", BreakCloned, BreakRestored, BreakLost, BreakDropped), Before: "run", Wseq: 3, Run: RunID(d.fresh("run"))}
	case KRestored:
		return &Restored{Epoch: "e", Run: "run", Wseq: uint64(rapid.IntRange(1, 40).Draw(d.T, "wseq")), Of: KSell, Store: "s1", About: LoanKey("c1"), Told: Applied, Now: Rejected}
	case KReveal:
		return &RevealPhone{Resident: d.person(), ID: d.fresh("look")}
	case KCloseStore:
		b := &CloseStore{Store: "s2", To: "s1", Part: d.n}
		if d.chance(30) {
			b.Store = "s3"
		}
		for _, r := range d.w.rows {
			switch x := r.(type) {
			case *Request:
				b.Requests = append(b.Requests, x.ID)
			case *Loan:
				b.Loans = append(b.Loans, x.ID)
			case *Transfer:
				b.Transfers = append(b.Transfers, x.ID)
			}
		}
		slices.Sort(b.Requests)
		slices.Sort(b.Loans)
		slices.Sort(b.Transfers)
		d.n++
		return b
	case KEnrolCode:
		return &MakeEnrolCode{Hash: pick(d, "hash", "h1", "h2"), Store: d.shop(), Label: "PC 3", Expires: d.w.now + day}
	case KEnrol:
		return &Enrol{Device: DeviceID(d.fresh("d")), Hash: pick(d, "hash", "h1", "h2"), PublicKey: "0123456789012345678901234567890123456789012"}
	case KRevoke:
		return &Revoke{Device: pick(d, "device", DeviceID("d2"), "d3"), Loans: []LoanID{d.lent().ID}, Part: d.n}
	case KClerk:
		return &SetClerk{Clerk: pick(d, "clerk", ClerkID("k1"), "k2"), Store: "s1", ID: d.fresh("k")}
	}
	return nil
}

// actor draws who does the act: a PC may have been offline, so that its act is
// older than the server's now, and its clock uncertain.
func (d *drawer) actor(k Kind) who {
	var fit []who
	for _, h := range []who{pc1, pc2, pc3, theServer, officer, officer2, resident, librarian,
		{role: RoleOwner, by: "k1"}, {role: RoleDevice, store: "s1", device: "d1"}} {
		if k.May(h.role) {
			fit = append(fit, h)
		}
	}
	h := pick(d, "who", fit...)
	h.when = At(d.w.now)
	if h.device != "" && d.chance(40) {
		ago := rapid.Int64Range(0, 20*24).Draw(d.T, "hours ago") * 3600_000
		h.when = Interval{d.w.now - ago, d.w.now - ago + rapid.Int64Range(0, 3600_000).Draw(d.T, "doubt")}
	}
	if d.kept > 0 && h.device != "" && d.chance(80) { // it was done before, and is told of now
		h.when = At(d.kept - 1)
	}
	d.kept = 0
	if k == KSell && d.chance(50) {
		h.card = d.person()
	}
	return h
}

// act draws one act of the kind and has it happen.
func (d *drawer) act(k Kind) Outcome {
	b := d.body(k)
	if r := b.Check(); !r.None() {
		d.Fatalf("drew a bad %s: %v", k, r)
	}
	return d.w.run(d.w.op(d.actor(k), b))
}

// drawn makes a world with drawn rules.
func drawn(t *rapid.T, outer testing.TB) *drawer {
	d := &drawer{T: t, w: newWorld(outer)}
	d.w.policy(func(p *Policy) {
		p.BudgetYear = pick(d, "budget", Won(0), 0, 45000, 100000)
		p.CapOther = rapid.IntRange(1, 3).Draw(t, "cap")
		p.MonthLimit = pick(d, "month", 0, 2, 5)
		p.Late = pick(d, "late", LateChoice, LateRefuse, LateRefund)
		p.CancelAccepted, p.TwoPerson = d.chance(70), d.chance(50)
	})
	d.w.put(&Resident{ID: "p4"})
	d.prelude()
	return d
}

// prelude takes one copy some way along its walk, so that histories reach its end.
func (d *drawer) prelude() {
	w, depth := d.w, rapid.IntRange(0, 12).Draw(d.T, "prelude")
	for i, step := range []func(){
		func() { w.must(resident, place("r0", "p1", isbnA)) },
		func() { w.must(pc1, w.accept("r0")) },
		func() { w.must(pc1, w.sale("c0", "r0")) },
		func() { w.must(pc1, &Return{Loan: "c0"}) },
		func() { w.must(pc1, payout("c0", "777", 14000)) },
		func() { w.must(pc1, &Pack{Copy: "c0", Transfer: "t1", Library: "111001", Box: 1}) },
		func() { w.must(pc1, &CloseBox{Transfer: "t1"}) },
		func() { w.must(pc1, &HandOver{Transfer: "t1", Taker: "T7"}) },
		func() {
			w.must(librarian, &Intake{Copy: "c0", ISBN: isbnA, Library: "111001", Transfer: "t1", Scan: "s0"})
		},
		func() { w.must(librarian, &EndIntake{Transfer: "t1", Library: "111001"}) },
		func() { w.must(librarian, &Shelve{Copy: "c0"}) },
		func() { w.must(officer, &Approve{Lines: []LineID{"c0"}, Batch: "b0"}) },
	} {
		if i < depth {
			step()
		}
	}
}

// often are the kinds of a copy's usual walk, drawn more often than the others so
// that histories go far.
func often() []Kind {
	walk := []Kind{KPlace, KPlace, KPlace, KAccept, KAccept, KAccept, KSell, KSell, KSell, KReturn, KReturn, KReturn, KRefund, KPack, KPack, KIntake,
		KReserve, KCancel, KKeep, KReverse, KReverse, KLeave, KRule, KHandOver, KDecide, KApprove, KOrder, KArrive, KDecline, KChooseStore}
	return append(walk, slices.Sorted(slices.Values(Kinds()))...)
}

// mayReject are the facts that can be refused all the same: they come online, from
// someone who can be told at once, or change nothing in the world.
var mayReject = []Kind{KEnrol, KClerk, KCount}

func TestAnyHistoryLeavesTheRowsSound(t *testing.T) {
	kinds := often()
	rapid.Check(t, func(rt *rapid.T) {
		d := drawn(rt, t)
		var log []string
		for range rapid.IntRange(5, 70).Draw(rt, "acts") {
			k := rapid.SampledFrom(kinds).Draw(rt, "kind")
			b, h := d.body(k), d.actor(k)
			out := d.w.run(d.w.op(h, b))
			log = append(log, fmt.Sprintf("%s %s %s %s: %s %s", h.role, h.device, DateOf(h.when.Lo, d.w.env.Zone), encode(t, b), k, out.Verdict)+" "+out.Reason.Key)
			if k.Class() == Fact && out.Verdict == Rejected && !slices.Contains(mayReject, k) {
				rt.Fatalf("a fact was refused: %s", log[len(log)-1])
			}
			if wrong := Check(maps.Values(d.w.rows)); len(wrong) > 0 {
				for _, l := range log {
					rt.Log(l)
				}
				rt.Fatalf("after %s: %v", log[len(log)-1], wrong)
			}
			if d.chance(25) {
				d.w.now += rapid.Int64Range(0, 5*24).Draw(rt, "hours") * 3600_000
			}
		}
	})
}
