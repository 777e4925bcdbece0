package counter

import (
	"context"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// SearchTitles returns titles by words, syllables or initial consonants.
func (c *Counter) SearchTitles(ctx context.Context, query string, limit int) ([]*payback.Title, error) {
	titles, err := c.db.Titles(ctx, query, limit, 0)
	return titles, fault.Wrap("counter.SearchTitles", err)
}

// LabelDigits returns the digits of our own label for a request, loan (slip or
// copy) or box; false if the id is none of ours. The number is the millisecond in
// the id (UUID version 7), which is its first 48 bits: a table is searched by it.
func LabelDigits(kind scan.Kind, id string) (string, bool) {
	if len(id) != 36 {
		return "", false
	}
	n, err := strconv.ParseInt(id[:8]+id[9:13], 16, 64)
	if err != nil {
		return "", false
	}
	digits, err := scan.Label(kind, n)
	return digits, err == nil
}

// labelPrefix is the beginning of the ids with that number.
func labelPrefix(n int64) string {
	hex := strconv.FormatInt(n, 16)
	hex = strings.Repeat("0", max(0, 12-len(hex))) + hex
	return hex[:8] + "-" + hex[8:12]
}
