package payback

// Count says how many copies of a title a store has, or how many came in.
type Count struct {
	ISBN   ISBN    `json:"isbn"`
	N      int     `json:"n"`                // copies in the shop; with Add, copies more (or fewer)
	Add    bool    `json:"add,omitempty"`    // N is a difference
	Store  StoreID `json:"store,omitempty"`  // by the server's own acts; a device counts its own store
	Source string  `json:"source,omitempty"` // count, receive, till, import
	ID     string  `json:"id"`               // names this counting
}

// Kind is count.
func (*Count) Kind() Kind { return KCount }

// Act is one a counting.
func (b *Count) Act() string { return "count/" + b.ID }

// Subject is the store's stock of the title, if the body names the store.
func (b *Count) Subject() Key { return StockKey(b.Store, b.ISBN) }

// Check bounds the fields.
func (b *Count) Check() Reason {
	return first(b.ISBN.Valid(), "isbn", b.N >= -9999 && b.N <= 99999 && (b.Add || b.N >= 0), "n",
		short(MaxID, b.Store), "store", short(MaxID, b.Source), "source", idOK(b.ID), "id")
}

func (b *Count) apply(a *act) {
	store := a.op.Store
	if store == "" {
		store = b.Store
	}
	if store == "" {
		a.reject(OpRef{}, why("store_unknown"))
		return
	}
	st := a.stock(store, b.ISBN)
	switch {
	case b.Add:
		st.change(b.N, a.op.When, b.Source)
	case st.AsOf > a.op.When.Hi:
		a.note(why("count_older")) // a later count or sale is known already
		return
	default:
		st.N, st.AsOf, st.CountedAt, st.Source = b.N, a.op.When.Lo, a.op.When.Lo, b.Source
	}
	a.put(st)
	if st.N < len(st.Aside) {
		a.short(st)
	}
}

// short opens a case on the newest request whose copy seems not to be there.
func (a *act) short(st *Stock) {
	n := len(st.Aside)
	a.opened(Case{Kind: CaseShort, Store: st.Store, Owner: RoleOwner, Request: st.Aside[n-1],
		Reason: why("count_short", "have", num(st.N), "aside", num(n))})
}
