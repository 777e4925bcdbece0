package vault

import (
	"context"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/hangul"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Limits of what is kept of a person, in characters.
const (
	MaxName  = 100
	MaxPhone = 30
	MaxCard  = 40
	MaxBatch = 1000 // persons in one Import
)

// Details is what is known of a person. It prints as a dot, so that no log or
// error can hold it by accident.
type Details struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"` // as given; digits and hyphens
	Card  string `json:"card,omitempty"`
}

// String is a dot.
func (Details) String() string { return "·" }

// GoString is a dot.
func (Details) GoString() string { return "·" }

// Masked is what a screen may show of a person.
type Masked struct {
	Name  string // 홍*동
	Last4 string // of the phone number, "" if there is none
}

// Imported is what became of one person of an import.
type Imported struct {
	ID      payback.ResidentID
	CardTag string // the server's, for Resident.CardTag
	New     bool
}

// Import keeps residents by their card numbers: a known card keeps its pseudonym
// and gets the new name and phone, an unknown one gets a new pseudonym. The
// answer is in the order of in. The rows of the ledger are the caller's to write.
// Invalid for more than MaxBatch, for a missing card or name, and for what is
// longer than the limits: check with [Details.Check] first to say which line.
func (v *Vault) Import(ctx context.Context, d payback.DistrictID, in []Details) ([]Imported, error) {
	if len(in) > MaxBatch {
		return nil, fault.Wrap("vault.Import", fault.New(fault.Invalid, ""))
	}
	tags := make([]string, len(in))
	for i, p := range in {
		if err := p.Check(); err != nil {
			return nil, fault.Wrap("vault.Import", err)
		}
		tags[i] = v.tag(d, p.Card)
	}
	known, err := v.c.DB.PeopleByTag(ctx, d, tags)
	if err != nil {
		return nil, fault.Wrap("vault.Import", err)
	}
	out := make([]Imported, len(in))
	var sealed []db.Person
	ids := map[string]string{} // by tag: a card twice in one batch is one person, the later line wins
	for i, p := range in {
		old, have := known[tags[i]]
		id, again := ids[tags[i]]
		switch {
		case have:
			id = old.ID
		case !again:
			id = v.c.NewID()
		}
		ids[tags[i]] = id
		out[i] = Imported{ID: payback.ResidentID(id), CardTag: tags[i], New: !have && !again}
		row, err := v.seal(d, id, p, old.Wrapped)
		if err != nil {
			return nil, fault.Wrap("vault.Import", err)
		}
		sealed = append(sealed, row)
	}
	return out, fault.Wrap("vault.Import", v.c.DB.PutPeople(ctx, d, sealed))
}

// Check says what is wrong with a resident's details: invalid with the key
// vault.card, vault.name or vault.phone, nil if nothing.
func (p Details) Check() error {
	switch {
	case keys.NormalCard(p.Card) == "" || utf8.RuneCountInString(p.Card) > MaxCard:
		return fault.New(fault.Invalid, "vault.card")
	case strings.TrimSpace(p.Name) == "" || utf8.RuneCountInString(p.Name) > MaxName:
		return fault.New(fault.Invalid, "vault.name")
	case utf8.RuneCountInString(p.Phone) > MaxPhone || (p.Phone != "" && len(digits(p.Phone)) < 8):
		return fault.New(fault.Invalid, "vault.phone")
	}
	return nil
}

// Put keeps the details of one person whose pseudonym exists: a clerk's name, an
// officer's, a resident's corrected phone.
func (v *Vault) Put(ctx context.Context, d payback.DistrictID, id string, p Details) error {
	have, err := v.c.DB.PeopleByID(ctx, d, []string{id})
	if err != nil {
		return fault.Wrap("vault.Put", err)
	}
	row, err := v.seal(d, id, p, have[id].Wrapped)
	if err != nil {
		return fault.Wrap("vault.Put", err)
	}
	return fault.Wrap("vault.Put", v.c.DB.PutPeople(ctx, d, []db.Person{row}))
}

// seal encrypts p under the person's key: the wrapped one, or a new one.
func (v *Vault) seal(d payback.DistrictID, id string, p Details, wrapped []byte) (db.Person, error) {
	about := aboutPerson(d, id)
	var key keys.PersonKey
	var err error
	if wrapped != nil {
		key, err = v.c.Master.Unwrap(wrapped, about)
	} else {
		if key, err = keys.NewPersonKey(v.c.Chance); err == nil {
			wrapped, err = v.c.Master.Wrap(key, about, v.c.Chance)
		}
	}
	if err != nil {
		return db.Person{}, err
	}
	plain, err := json.Marshal(p)
	if err != nil {
		return db.Person{}, err
	}
	sealed, err := key.Seal(plain, about, v.c.Chance)
	if err != nil {
		return db.Person{}, err
	}
	return db.Person{ID: id, Wrapped: wrapped, Sealed: sealed, CardTag: v.tag(d, p.Card)}, nil
}

func (v *Vault) open(d payback.DistrictID, p db.Person) (Details, error) {
	about := aboutPerson(d, p.ID)
	key, err := v.c.Master.Unwrap(p.Wrapped, about)
	if err != nil {
		return Details{}, err
	}
	plain, err := key.Open(p.Sealed, about)
	if err != nil {
		return Details{}, err
	}
	var out Details
	return out, json.Unmarshal(plain, &out)
}

func aboutPerson(d payback.DistrictID, id string) []byte {
	return []byte("person/" + string(d) + "/" + id)
}

// Details returns what is kept of a person, not_found if there is nobody. Who
// calls it for a person to see writes a reveal op first.
func (v *Vault) Details(ctx context.Context, d payback.DistrictID, id payback.ResidentID) (Details, error) {
	have, err := v.c.DB.PeopleByID(ctx, d, []string{string(id)})
	if err != nil {
		return Details{}, fault.Wrap("vault.Details", err)
	}
	p, ok := have[string(id)]
	if !ok {
		return Details{}, fault.Wrap("vault.Details", fault.New(fault.NotFound, ""))
	}
	out, err := v.open(d, p)
	return out, fault.Wrap("vault.Details", err)
}

// Phone returns a person's phone number for sending a text: digits only, "" if
// there is none; not_found if there is nobody.
func (v *Vault) Phone(ctx context.Context, d payback.DistrictID, id payback.ResidentID) (string, error) {
	p, err := v.Details(ctx, d, id)
	return digits(p.Phone), err
}

// People returns what a screen may show of persons, by pseudonym; those that do
// not exist are left out. A row that can't be opened is the error.
func (v *Vault) People(ctx context.Context, d payback.DistrictID, ids []payback.ResidentID) (map[payback.ResidentID]Masked, error) {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	rows, err := v.c.DB.PeopleByID(ctx, d, names)
	if err != nil {
		return nil, fault.Wrap("vault.People", err)
	}
	out := make(map[payback.ResidentID]Masked, len(rows))
	for id, row := range rows {
		p, err := v.open(d, row)
		if err != nil {
			return nil, fault.Wrap("vault.People", err)
		}
		out[payback.ResidentID(id)] = p.mask()
	}
	return out, nil
}

func (p Details) mask() Masked {
	m := Masked{Name: hangul.Mask(p.Name)}
	if n := digits(p.Phone); len(n) >= 4 {
		m.Last4 = n[len(n)-4:]
	}
	return m
}

// Named returns the full names of people who work here, clerks and officers, by
// pseudonym, for screens of their own colleagues.
func (v *Vault) Named(ctx context.Context, d payback.DistrictID, ids []string) (map[string]string, error) {
	rows, err := v.c.DB.PeopleByID(ctx, d, ids)
	if err != nil {
		return nil, fault.Wrap("vault.Named", err)
	}
	out := make(map[string]string, len(rows))
	for id, row := range rows {
		p, err := v.open(d, row)
		if err != nil {
			return nil, fault.Wrap("vault.Named", err)
		}
		out[id] = p.Name
	}
	return out, nil
}

// ByCard finds a resident by card number; false if nobody has it.
func (v *Vault) ByCard(ctx context.Context, d payback.DistrictID, card string) (payback.ResidentID, bool, error) {
	tag := v.tag(d, card)
	rows, err := v.c.DB.PeopleByTag(ctx, d, []string{tag})
	if err != nil {
		return "", false, fault.Wrap("vault.ByCard", err)
	}
	p, ok := rows[tag]
	return payback.ResidentID(p.ID), ok, nil
}

// StoreTag is the tag at a store of a resident's card, for the op by which they
// ask there: "" if no card is kept.
func (v *Vault) StoreTag(ctx context.Context, d payback.DistrictID, s payback.StoreID, id payback.ResidentID) (string, error) {
	p, err := v.Details(ctx, d, id)
	if err != nil {
		return "", fault.Wrap("vault.StoreTag", err)
	}
	return v.CardTag(d, s, p.Card), nil
}

// Erase destroys what is kept of a person, with their key. The ledger's own
// erase does the same in its transaction (db.Writer.DropPerson).
func (v *Vault) Erase(ctx context.Context, d payback.DistrictID, id payback.ResidentID) error {
	return fault.Wrap("vault.Erase", v.c.DB.DropPeople(ctx, d, []string{string(id)}))
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
