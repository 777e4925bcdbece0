package payback

import "encoding/json"

// Upsert changes up to MaxRows rows of one table that people keep: titles,
// libraries, stores, residents, policies, the district. It is how an import and
// an officer's edit arrive. Stock comes as rows of it too, from a till's file.
type Upsert struct {
	Table Table             `json:"table"`
	Rows  []json.RawMessage `json:"rows"`
	ID    string            `json:"id"`             // names this edit or this part of an import
	Fill  bool              `json:"fill,omitempty"` // a store or librarian completes a title: only empty fields change
}

// Kind is upsert.
func (*Upsert) Kind() Kind { return KUpsert }

// Act is one an edit.
func (b *Upsert) Act() string { return "upsert/" + b.ID }

// Subject is the first row.
func (b *Upsert) Subject() Key {
	rows, bad := b.decode()
	if bad || len(rows) == 0 {
		return Key{}
	}
	return rows[0].Key()
}

// upsertable are the tables whose rows people keep.
func upsertable(t Table) bool {
	switch t {
	case TTitle, TLibrary, TStore, TResident, TPolicy, TDistrict, TStock:
		return true
	}
	return false
}

// Check bounds the rows and reads each.
func (b *Upsert) Check() Reason {
	if !upsertable(b.Table) {
		return bad("table")
	}
	rows, broken := b.decode()
	if broken || len(rows) == 0 || len(rows) > MaxRows {
		return bad("rows")
	}
	for _, r := range rows {
		if r.Key().ID == "" || len(r.Key().ID) > 2*MaxID {
			return bad("rows")
		}
		if field := badRow(r); field != "" {
			return bad(field)
		}
	}
	return first(idOK(b.ID), "id")
}

// badRow names the first field of a row that can't be right, or nothing.
func badRow(row Row) string {
	switch r := row.(type) {
	case *Title:
		switch {
		case !r.ISBN.Valid():
			return "isbn"
		case r.Price < 0 || r.Price > MaxAmount:
			return "price"
		case r.Class != "" && r.Class != Bestseller:
			return "class"
		}
	case *Stock:
		if !r.ISBN.Valid() || r.Store == "" || r.N < 0 || r.N > 99999 {
			return "stock"
		}
	case *PolicyRow:
		if _, err := ParseDate(string(r.From)); err != nil {
			return "from"
		}
		return r.badNumber()
	}
	return ""
}

func (b *Upsert) decode() (rows []Row, broken bool) {
	for _, raw := range b.Rows {
		r, err := DecodeRow(b.Table, raw)
		if err != nil {
			return nil, true
		}
		rows = append(rows, r)
	}
	return rows, false
}

func (b *Upsert) apply(a *act) {
	rows, _ := b.decode()
	for _, r := range rows {
		a.want(r.Key())
	}
	if !b.may(a, rows) {
		a.reject(OpRef{}, why("not_yours"))
		return
	}
	for _, r := range rows {
		a.put(b.merge(a, r))
	}
}

// may says whether who acts keeps these rows: head office all of them, a librarian
// titles, a store its own row and the empty fields of titles.
func (b *Upsert) may(a *act, rows []Row) bool {
	switch {
	case a.op.Role == RoleLibrarian:
		return b.Table == TTitle
	case a.op.Store == "":
		return true
	}
	return (b.Table == TTitle && b.Fill) || b.ownHours(a, rows)
}

// ownHours says that a store edits nothing but its own row.
func (b *Upsert) ownHours(a *act, rows []Row) bool {
	return b.Table == TStore && len(rows) == 1 && rows[0].Key() == StoreKey(a.op.Store)
}

// merge lays a row over the one that is there, keeping what the row's source does
// not know: a resident's bans, a store's pause, what is set aside.
func (b *Upsert) merge(a *act, row Row) Row {
	switch r := row.(type) {
	case *Resident:
		old := get[*Resident](a, r.Key())
		switch {
		case old == nil:
			return &Resident{ID: r.ID, CardTag: r.CardTag, Blocked: r.Blocked}
		case old.Erase || old.Erased: // a list that still has them brings nobody back
			return old
		}
		old.CardTag, old.Blocked = r.CardTag, r.Blocked || (old.Blocked && old.Reason != "")
		return old
	case *Stock:
		return b.counted(a, r)
	case *Title:
		if old := get[*Title](a, r.Key()); old != nil {
			return b.title(old, r)
		}
		if b.Fill { // class and note are not a store's to say
			r.Class, r.Blocked, r.Other = "", "", ""
		}
	case *Store:
		old := get[*Store](a, r.Key())
		if old == nil {
			return row
		}
		if a.op.Store != "" { // its own hours, holidays and pause; never name or successor
			old.Hours, old.Holidays, old.Paused, old.Tel = r.Hours, r.Holidays, r.Paused, r.Tel
			return old
		}
		if len(r.Libraries) == 0 {
			r.Libraries = old.Libraries
		}
		if len(r.Holidays) == 0 {
			r.Holidays = old.Holidays
		}
		r.Paused, r.Successor = old.Paused, old.Successor
	}
	return row
}

// counted takes over a figure from a till's file, unless a newer one is known.
func (b *Upsert) counted(a *act, r *Stock) *Stock {
	at := r.AsOf
	if at <= 0 || at > a.op.When.Hi {
		at = a.op.When.Lo
	}
	st := a.stock(r.Store, r.ISBN)
	if st.AsOf <= at {
		st.N, st.Source, st.AsOf, st.CountedAt = r.N, r.Source, at, at
	}
	if st.N < len(st.Aside) {
		a.short(st)
	}
	return st
}

// title completes or replaces a title. When two stores complete one, the first
// wins and the other value is kept for a librarian to see.
func (b *Upsert) title(old, t *Title) *Title {
	if !b.Fill {
		if t.Price == 0 {
			t.Price = old.Price
		}
		if t.AddOn == "" {
			t.AddOn = old.AddOn
		}
		if t.Class == "" {
			t.Class = old.Class
		}
		if t.Blocked == "" {
			t.Blocked = old.Blocked
		}
		return t
	}
	fill := func(have *string, value string) {
		switch {
		case value == "" || value == *have:
		case *have == "":
			*have = value
		default:
			old.Other = cut(value, MaxNote)
		}
	}
	fill(&old.Name, t.Name)
	fill(&old.Author, t.Author)
	fill(&old.Publisher, t.Publisher)
	fill(&old.Published, t.Published)
	fill(&old.AddOn, t.AddOn)
	if old.Price == 0 {
		old.Price = t.Price
	}
	return old
}
