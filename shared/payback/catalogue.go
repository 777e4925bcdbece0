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
		if t, ok := r.(*Title); ok && !t.ISBN.Valid() {
			return bad("isbn")
		}
	}
	return first(idOK(b.ID), "id")
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
	if a.op.Store != "" && (b.Table != TTitle || !b.Fill) && !b.ownHours(a, rows) {
		a.reject(OpRef{}, why("not_yours"))
		return
	}
	for _, r := range rows {
		a.put(b.merge(a, r))
	}
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
		if old := get[*Resident](a, r.Key()); old != nil {
			old.CardTag, old.Blocked = r.CardTag, r.Blocked || (old.Blocked && old.Reason != "")
			return old
		}
	case *Stock:
		if old := get[*Stock](a, r.Key()); old != nil {
			old.N, old.Source, old.AsOf = r.N, r.Source, r.AsOf
			return old
		}
	case *Title:
		if old := get[*Title](a, r.Key()); old != nil {
			return b.title(old, r)
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
