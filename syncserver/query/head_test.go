package query_test

import "github.com/bookpayback/bookpayback/syncserver/db"

// position reads how far the ledger got.
func position(into *uint64) func(db.Reader) error {
	return func(r db.Reader) error {
		h, err := r.Head()
		*into = h.Position
		return err
	}
}
