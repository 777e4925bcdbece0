package portal_test

import (
	"strings"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// allBytes reads every op and row of a district as text.
func allBytes(into map[string]string) func(db.Reader) error {
	return func(r db.Reader) error {
		ops, err := r.Ops(0, 1000)
		if err != nil {
			return err
		}
		var text strings.Builder
		for _, op := range ops {
			text.Write(op.Raw)
		}
		into["ops"] = text.String()
		for _, t := range payback.Tables() {
			rows, err := r.Select(db.Select{Table: t})
			if err != nil {
				return err
			}
			for _, row := range rows {
				raw, err := payback.EncodeRow(row)
				if err != nil {
					return err
				}
				into["rows of "+string(t)] += string(raw)
			}
		}
		return nil
	}
}
