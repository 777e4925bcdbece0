package db

import (
	"context"

	"github.com/bookpayback/bookpayback/shared/payback"
)

// StockOf returns the store's stock of titles, of which there are at most 500;
// those never counted are left out.
func (d *DB) StockOf(ctx context.Context, isbns []payback.ISBN) ([]*payback.Stock, error) {
	if len(isbns) == 0 {
		return nil, nil
	}
	q := query{from: "stock"}
	q.in("isbn", texts(isbns)...)
	return list[*payback.Stock](ctx, d, "db.StockOf", payback.TStock, q, "isbn", 0)
}
