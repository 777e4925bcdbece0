package ingest

import (
	"github.com/bookpayback/bookpayback/shared/payback"
)

// The columns of stock, by place.
const (
	kStore = iota
	kISBN
	kCount
)

// freshFor is for how long an unchanged figure is not written again: a till's
// hourly file would otherwise send every row to every PC, and a figure's age is
// read in days.
const freshFor = 20 * 60 * 60 * 1000 // ms

// stock reads what stores have on their shelves, such as a till's export. The
// store must be known; a title need not be.
func stock() format {
	return format{table: payback.TStock, read: readStock, with: storeOf, judge: judgeStock, same: sameStock, columns: []column{
		kStore: {aliases: []string{"store", "서점번호", "서점코드", "storeid", "서점"}},
		kISBN:  {need: true, aliases: []string{"isbn", "도서번호", "isbn13", "바코드", "상품코드", "ean", "ean13"}},
		kCount: {need: true, aliases: []string{"count", "수량", "재고", "재고수량", "재고량", "현재고", "qty", "n", "권수", "부수"}},
	}}
}

func readStock(im *importing, c *cells) (entity, string, *flaw) {
	number, _, wrong := readISBN(c, kISBN)
	if wrong != nil {
		return entity{}, "", wrong
	}
	s := &payback.Stock{Store: im.o.Store, ISBN: number, Source: im.o.Source, AsOf: im.o.Ledger.Now()}
	if s.Source == "" {
		s.Source = "import"
	}
	if given := c.text(kStore); given != "" || s.Store == "" {
		s.Store = payback.StoreID(given)
	}
	if !code(string(s.Store)) {
		return entity{}, "", c.wrong(kStore, "ingest.code_form", "Limit", num(payback.MaxID))
	}
	if im.o.Store != "" && s.Store != im.o.Store {
		return entity{}, "", c.wrong(kStore, "ingest.store_other", "Store", string(im.o.Store))
	}
	n, ok := count(c.text(kCount))
	if !ok {
		return entity{}, "", c.wrong(kCount, "ingest.count_form", "Value", shorten(c.text(kCount), 40))
	}
	s.N = n
	return entity{row: s}, s.Key().ID, nil
}

func storeOf(e entity) payback.Key { return payback.StoreKey(e.row.(*payback.Stock).Store) }

func judgeStock(e entity, store payback.Row) (int, *flaw) {
	if store == nil {
		return kStore, bad("ingest.store_unknown", "Store", string(e.row.(*payback.Stock).Store))
	}
	return 0, nil
}

// sameStock says that the figure is the same and not old.
func sameStock(old, now payback.Row) bool {
	was, is := old.(*payback.Stock), now.(*payback.Stock)
	return was.N == is.N && is.AsOf-was.AsOf < freshFor
}
