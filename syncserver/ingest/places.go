package ingest

import (
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// The columns of libraries, by place.
const (
	lID = iota
	lName
	lAddress
	lTel
	lHours
	lClosed
)

func libraries() format {
	return format{table: payback.TLibrary, read: readLibrary, after: fillBoxes, columns: []column{
		lID:      {need: true, aliases: []string{"code", "도서관번호", "도서관코드", "libcode", "id", "코드", "번호"}},
		lName:    {need: true, aliases: []string{"name", "이름", "도서관명", "libname", "도서관이름", "도서관"}},
		lAddress: {aliases: []string{"address", "주소", "addr", "소재지"}},
		lTel:     {aliases: []string{"tel", "전화", "전화번호", "phone", "연락처"}},
		lHours:   {aliases: []string{"openhours", "운영시간", "hours", "이용시간", "operatingtime"}},
		lClosed:  {aliases: []string{"closed", "휴관일", "휴관"}},
	}}
}

func readLibrary(_ *importing, c *cells) (entity, string, *flaw) {
	l := &payback.Library{ID: payback.LibraryID(c.text(lID)), Name: c.named(lName), Address: c.short(lAddress),
		Tel: c.short(lTel), Hours: c.named(lHours), Closed: c.named(lClosed)}
	if wrong := placed(c, lID, lName); wrong != nil {
		return entity{}, "", wrong
	}
	return entity{row: l}, string(l.ID), nil
}

// placed checks what a library and a store both need.
func placed(c *cells, id, name int) *flaw {
	switch {
	case !code(c.text(id)):
		return c.wrong(id, "ingest.code_form", "Limit", num(payback.MaxID))
	case c.text(name) == "":
		return c.wrong(name, "ingest.name_empty")
	}
	return nil
}

// The columns of stores, by place.
const (
	sID = iota
	sName
	sAddress
	sTel
	sHours
	sHolidays
	sLibraries
)

func stores() format {
	return format{table: payback.TStore, read: readStore, after: fillBoxes, columns: []column{
		sID:        {need: true, aliases: []string{"store", "서점번호", "서점코드", "id", "code", "storeid", "번호"}},
		sName:      {need: true, aliases: []string{"name", "이름", "서점명", "상호", "서점이름", "서점"}},
		sAddress:   {aliases: []string{"address", "주소", "addr", "소재지"}},
		sTel:       {aliases: []string{"tel", "전화", "전화번호", "phone", "연락처"}},
		sHours:     {aliases: []string{"hours", "영업시간", "openhours", "운영시간"}},
		sHolidays:  {aliases: []string{"holidays", "휴무일", "쉬는날"}},
		sLibraries: {aliases: []string{"libraries", "납품도서관", "도서관"}},
	}}
}

func readStore(_ *importing, c *cells) (entity, string, *flaw) {
	s := &payback.Store{ID: payback.StoreID(c.text(sID)), Name: c.named(sName), Address: c.short(sAddress), Tel: c.short(sTel)}
	if wrong := placed(c, sID, sName); wrong != nil {
		return entity{}, "", wrong
	}
	if given := c.text(sHours); given != "" {
		hours, err := payback.ParseHours(given)
		if err != nil {
			return entity{}, "", c.wrong(sHours, "ingest.hours_form", "Value", shorten(given, 60))
		}
		s.Hours = hours
	}
	for _, word := range list(c.text(sHolidays)) {
		day, err := payback.ParseDate(word)
		if err != nil {
			return entity{}, "", c.wrong(sHolidays, "ingest.day_form", "Value", shorten(word, 40))
		}
		s.Holidays = append(s.Holidays, day)
	}
	for _, word := range list(c.text(sLibraries)) {
		if !code(word) {
			return entity{}, "", c.wrong(sLibraries, "ingest.code_form", "Limit", num(payback.MaxID))
		}
		s.Libraries = append(s.Libraries, payback.LibraryID(word))
	}
	return entity{row: s}, string(s.ID), nil
}

// MaxReceiving is up to how many libraries a district is taken to send copies to
// all of them. A list with more is one of a whole country: then head office says
// which receive.
const MaxReceiving = 100

// fillBoxes gives a district its receiving libraries, all that it has, and each
// store a box for each of those, where nobody has said otherwise. Boxes are
// numbered in the order of the libraries' codes.
func fillBoxes(ctx context.Context, im *importing) error {
	if im.o.Check {
		return nil
	}
	var found boxes
	err := im.o.Ledger.View(ctx, im.o.District, func(r db.Reader) error { return found.read(r) })
	if err != nil || found.district == nil {
		return err
	}
	if len(found.district.Libraries) == 0 {
		if len(found.libraries) > MaxReceiving {
			im.note(1, bad("ingest.receiving_many", "Count", num(len(found.libraries)), "Limit", num(MaxReceiving)))
			return nil
		}
		d := *found.district
		d.Libraries = found.libraries
		found.district = &d
		if err := im.side(ctx, payback.TDistrict, []payback.Row{&d}, found.have); err != nil {
			return err
		}
	}
	var rows []payback.Row
	for _, s := range found.stores {
		if len(s.Libraries) == 0 && s.Successor == "" {
			c := *s
			c.Libraries = found.district.Libraries
			rows = append(rows, &c)
		}
	}
	return im.side(ctx, payback.TStore, rows, found.have)
}

// side writes rows that the file does not name itself: they are not in its counts.
func (im *importing) side(ctx context.Context, t payback.Table, rows []payback.Row, have rowsAt) error {
	changed, same := im.report.Changed, im.report.Same
	for part := range slices.Chunk(rows, payback.MaxRows) {
		if err := im.write(ctx, t, part, have); err != nil {
			return err
		}
	}
	im.report.Changed, im.report.Same = changed, same
	return nil
}

// boxes is what fillBoxes must know.
type boxes struct {
	district  *payback.District
	libraries []payback.LibraryID // by code; one more than MaxReceiving at most
	stores    []*payback.Store
	have      rowsAt
}

func (b *boxes) read(r db.Reader) error {
	var err error
	if b.have, err = r.Rows([]payback.Key{payback.DistrictKey()}); err != nil {
		return err
	}
	b.district, _ = b.have[payback.DistrictKey()].Row.(*payback.District)
	libraries, err := r.Select(db.Select{Table: payback.TLibrary})
	if err != nil {
		return err
	}
	for _, row := range libraries {
		b.libraries = append(b.libraries, row.(*payback.Library).ID)
	}
	var keys []payback.Key
	for at := 0; ; at += db.MaxSelect {
		rows, err := r.Select(db.Select{Table: payback.TStore, Offset: at})
		if err != nil {
			return err
		}
		for _, row := range rows {
			b.stores = append(b.stores, row.(*payback.Store))
			keys = append(keys, row.Key())
		}
		if len(rows) < db.MaxSelect {
			break
		}
	}
	stored, err := r.Rows(keys)
	for k, s := range stored {
		b.have[k] = s
	}
	return err
}
