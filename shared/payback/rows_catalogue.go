package payback

import (
	"strconv"
	"strings"
)

// District is the authority with its rules; the one row of its table, id "district".
type District struct {
	ID        DistrictID  `json:"id"`
	Name      string      `json:"name"`
	Zone      string      `json:"zone"`                // IANA name, such as Asia/Seoul
	Holidays  []Date      `json:"holidays,omitempty"`  // days on which every store counts as closed
	Libraries []LibraryID `json:"libraries,omitempty"` // libraries that receive copies, in the order of the rota
	Demo      bool        `json:"demo,omitempty"`      // made by the demo: a shifted clock is honoured
}

// DistrictKey is the key of the one district row.
func DistrictKey() Key { return Key{TDistrict, "district"} }

// Key returns the row's key.
func (*District) Key() Key { return DistrictKey() }

// Bucket returns the catalogue.
func (*District) Bucket() Bucket { return BucketCatalogue }
func (d *District) clone() Row   { c := *d; return &c }

// PolicyRow holds the rules from one day on; id = that day.
type PolicyRow struct {
	Policy
}

// Key returns the row's key.
func (p *PolicyRow) Key() Key { return Key{TPolicy, string(p.From)} }

// Bucket returns the catalogue.
func (*PolicyRow) Bucket() Bucket { return BucketCatalogue }
func (p *PolicyRow) clone() Row   { c := *p; return &c }

// Bestseller is the class of the titles with the larger cap.
const Bestseller = "bestseller"

// Title is an edition by ISBN. Source of the fields: import, or the first store
// or librarian who completes it.
type Title struct {
	ISBN      ISBN   `json:"isbn"`
	Name      string `json:"name"`
	Author    string `json:"author,omitempty"`
	Publisher string `json:"publisher,omitempty"`
	Published string `json:"published,omitempty"` // "2006", "2006-01" or "2006-01-02"
	Price     Won    `json:"price,omitempty"`     // list price; 0 = unknown
	Class     string `json:"class,omitempty"`     // Bestseller or ""
	AddOn     string `json:"addon,omitempty"`     // five digits beside the ISBN
	Blocked   string `json:"blocked,omitempty"`   // a librarian's note why it can't be had
	Other     string `json:"other,omitempty"`     // a second store's differing value, for a librarian to look at
}

// TitleKey is the key of a title.
func TitleKey(i ISBN) Key { return Key{TTitle, string(i)} }

// Key returns the row's key.
func (t *Title) Key() Key { return TitleKey(t.ISBN) }

// Bucket returns the catalogue.
func (*Title) Bucket() Bucket { return BucketCatalogue }
func (t *Title) clone() Row   { c := *t; return &c }

// Year returns the year of publication, 0 if unknown.
func (t *Title) Year() int {
	n, err := strconv.Atoi(cut(t.Published, 4))
	if err != nil {
		return 0
	}
	return n
}

// studyAid: first digit of the add-on code, 5 secondary or 6 primary school aid.
func (t *Title) studyAid() bool {
	return strings.HasPrefix(t.AddOn, "5") || strings.HasPrefix(t.AddOn, "6")
}

// Library is a public library of the district.
type Library struct {
	ID      LibraryID `json:"id"` // the six-digit code of the national library list
	Name    string    `json:"name"`
	Address string    `json:"address,omitempty"`
	Tel     string    `json:"tel,omitempty"`
	Hours   string    `json:"hours,omitempty"`
	Closed  string    `json:"closed,omitempty"`
}

// Key returns the row's key.
func (l *Library) Key() Key { return Key{TLibrary, string(l.ID)} }

// Bucket returns the catalogue.
func (*Library) Bucket() Bucket { return BucketCatalogue }
func (l *Library) clone() Row   { c := *l; return &c }

// Store is a partner bookshop.
type Store struct {
	ID        StoreID     `json:"id"`
	Name      string      `json:"name"`
	Address   string      `json:"address,omitempty"`
	Tel       string      `json:"tel,omitempty"`
	Hours     Hours       `json:"hours,omitzero"`
	Holidays  []Date      `json:"holidays,omitempty"`
	Libraries []LibraryID `json:"libraries,omitempty"` // its boxes: number 1 is the first
	Paused    bool        `json:"paused,omitempty"`    // takes no new requests
	Successor StoreID     `json:"successor,omitempty"` // closed: who takes over
}

// Hours are a store's opening hours by weekday, Sunday first: "10:00-21:00", ""
// for closed. No entry at all means unknown, taken as open every day.
type Hours [7]string

// Known says whether any day's hours are given.
func (h Hours) Known() bool { return h != Hours{} }

// StoreKey is the key of a store.
func StoreKey(id StoreID) Key { return Key{TStore, string(id)} }

// Key returns the row's key.
func (s *Store) Key() Key { return StoreKey(s.ID) }

// Bucket returns the catalogue.
func (*Store) Bucket() Bucket { return BucketCatalogue }
func (s *Store) clone() Row   { c := *s; return &c }

// OpenOn says whether the store is open on day d: its hours, its holidays and
// the district's. A nil store or district counts as always open.
func OpenOn(s *Store, dist *District, d Date) bool {
	if dist != nil && hasDate(dist.Holidays, d) {
		return false
	}
	if s == nil {
		return true
	}
	if hasDate(s.Holidays, d) {
		return false
	}
	return !s.Hours.Known() || s.Hours[d.Weekday()] != ""
}

// NextOpen returns the first day from d on when the store is open; after 60
// closed days in a row it gives up and returns d.
func NextOpen(s *Store, dist *District, d Date) Date {
	for i := 0; i < 60; i++ {
		if e := d.Add(i); OpenOn(s, dist, e) {
			return e
		}
	}
	return d
}

// WorkingDays returns the day n days on which the store is open after d.
func WorkingDays(s *Store, dist *District, d Date, n int) Date {
	for ; n > 0; n-- {
		d = NextOpen(s, dist, d.Add(1))
	}
	return d
}

func hasDate(ds []Date, d Date) bool {
	for _, x := range ds {
		if x == d {
			return true
		}
	}
	return false
}

// Box returns the number of the box at this store that copies for library l go
// into, from 1; 0 if the store has no box for it.
func (s *Store) Box(l LibraryID) int {
	if s == nil {
		return 0
	}
	for i, x := range s.Libraries {
		if x == l {
			return i + 1
		}
	}
	return 0
}
