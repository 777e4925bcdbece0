package counter

import (
	"context"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/hangul"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/scan"
)

// Bounds of a search.
const (
	leastISBN = 3 // digits that may be part of an ISBN; with fewer everything has them
	mostISBN  = 13
)

// Hit is one thing that a search found. For a title, Open says what this store has
// to do with it.
type Hit struct {
	Match
	Stock *payback.Stock // of a title; nil if never counted
	Asked int            // of a title: its open requests at this store
	Out   int            // of a title: its loans of this store that are not over
}

// Search finds what a text may mean, from its first character on: words, syllables
// or initial consonants of title and author; a pick-up number; the last four digits
// of a phone; an ISBN or a part of it of at least three digits. Letters that were
// typed with the Hangul keyboard off are read as if it had been on where they find
// nothing else. More says that there are others beyond limit.
func (c *Counter) Search(ctx context.Context, text string, limit int) (hits []Hit, more bool, err error) {
	var ms []Match
	if digits := digitsOf(text); digits != "" {
		ms, err = c.searchDigits(ctx, digits, limit+1)
	} else {
		ms, err = c.searchWords(ctx, text, limit+1)
	}
	if err != nil {
		return nil, false, fault.Wrap("counter.Search", err)
	}
	more = len(ms) > limit
	ms = ms[:min(len(ms), limit)]
	hits = make([]Hit, len(ms))
	for i, m := range ms {
		hits[i].Match = m
	}
	return hits, more, fault.Wrap("counter.Search", c.aboutTitles(ctx, hits))
}

// digitsOf returns the digits of a text that has nothing else but hyphens and
// spaces; "" for any other.
func digitsOf(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '０' && r <= '９':
			b.WriteRune(r - '０' + '0')
		case r != '-' && r != ' ':
			return ""
		}
	}
	return b.String()
}

func (c *Counter) searchWords(ctx context.Context, text string, limit int) ([]Match, error) {
	titles, err := c.db.Titles(ctx, text, limit, 0)
	if again := hangul.FromQWERTY(text); err == nil && len(titles) == 0 && again != text {
		titles, err = c.db.Titles(ctx, again, limit, 0)
	}
	return titleMatches(titles), err
}

func titleMatches(titles []*payback.Title) []Match {
	ms := make([]Match, len(titles))
	for i, t := range titles {
		ms[i] = Match{Kind: MatchTitle, Title: t}
	}
	return ms
}

func (c *Counter) searchDigits(ctx context.Context, digits string, limit int) (ms []Match, err error) {
	if len(digits) <= 4 {
		found, err := c.Find(ctx, scan.Code{Kind: scan.Number, Number: digits})
		if err != nil {
			return nil, err
		}
		ms = found.Matches
	}
	if len(digits) < leastISBN || len(digits) > mostISBN {
		return ms, nil
	}
	titles, err := c.db.TitlesByDigits(ctx, digits, limit)
	return append(ms, titleMatches(titles)...), err
}

// aboutTitles fills in what the store has to do with titles.
func (c *Counter) aboutTitles(ctx context.Context, hits []Hit) error {
	at := map[payback.ISBN]*Hit{}
	var isbns []payback.ISBN
	for i := range hits {
		if hits[i].Kind == MatchTitle {
			at[hits[i].Title.ISBN] = &hits[i]
			isbns = append(isbns, hits[i].Title.ISBN)
		}
	}
	for chunk := range slices.Chunk(isbns, 200) {
		requests, err := c.db.Requests(ctx, db.RequestFilter{ISBNs: chunk, States: openRequests()})
		if err != nil {
			return err
		}
		for _, r := range requests {
			at[r.ISBN].Asked++
		}
		loans, err := c.db.Loans(ctx, db.LoanFilter{ISBNs: chunk, States: []payback.State{payback.LoanOut, payback.LoanLeft, payback.LoanRefused}})
		if err != nil {
			return err
		}
		for _, l := range loans {
			at[l.ISBN].Out++
		}
		stocks, err := c.db.StockOf(ctx, chunk)
		if err != nil {
			return err
		}
		for _, s := range stocks {
			at[s.ISBN].Stock = s
		}
	}
	return nil
}
