package db

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"sort"

	"github.com/bookpayback/bookpayback/shared/sqlitefile"
)

// posting is what titles have one key. A title's keys were written together: all of
// them into one block, or all of them into few. So a question of several keys is
// answered block by block, and what is half in one and half in another is of two
// versions of a title and no answer.
type posting struct {
	few    []int64 // of title_key, rising
	blocks []block // of title_post, by number
}

// block is the titles of one fill that have a key, six bytes a number, rising.
type block struct {
	n     int
	isbns []byte
}

const (
	postFew  = "SELECT DISTINCT isbn FROM title_key WHERE key = ? ORDER BY isbn"
	postMany = "SELECT block, isbns FROM title_post WHERE key = ? AND block >= ? AND block < ? ORDER BY block"
	postSize = "SELECT IFNULL(SUM(LENGTH(isbns)), 0), IFNULL(MAX(block), 0) FROM title_post WHERE key = ?"
)

// postStep is how many blocks are read at once: a question that very many titles
// answer needs only the first of them.
const postStep = 6

// few returns the posting of title_key.
func (d *DB) few(ctx context.Context, key string) (p posting, err error) {
	rows, err := d.file.Read.QueryContext(ctx, postFew, key)
	if err != nil {
		return p, sqlitefile.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return p, sqlitefile.Fault(err)
		}
		p.few = append(p.few, n)
	}
	return p, sqlitefile.Fault(rows.Err())
}

// many returns the posting of title_post from one block until before another.
func (d *DB) many(ctx context.Context, key string, from, to int) (p posting, err error) {
	blocks, err := d.file.Read.QueryContext(ctx, postMany, key, from, to)
	if err != nil {
		return p, sqlitefile.Fault(err)
	}
	defer blocks.Close()
	for blocks.Next() {
		var b block
		if err := blocks.Scan(&b.n, &b.isbns); err != nil {
			return p, sqlitefile.Fault(err)
		}
		p.blocks = append(p.blocks, b)
	}
	return p, sqlitefile.Fault(blocks.Err())
}

// postings returns one posting of each key.
func postings(keys []string, read func(key string) (posting, error)) ([]posting, error) {
	ps := make([]posting, len(keys))
	for i, k := range keys {
		var err error
		if ps[i], err = read(k); err != nil {
			return nil, err
		}
	}
	return ps, nil
}

// rarest returns the keys that fewest titles have, the rarest first, and the last
// block that all of them may be in.
func (d *DB) rarest(ctx context.Context, keys []string) ([]string, int, error) {
	type sized struct {
		key        string
		size, last int
	}
	all := make([]sized, len(keys))
	for i, k := range keys {
		all[i].key = k
		if err := d.file.Read.QueryRowContext(ctx, postSize, k).Scan(&all[i].size, &all[i].last); err != nil {
			return nil, 0, sqlitefile.Fault(err)
		}
	}
	slices.SortStableFunc(all, func(a, b sized) int { return cmp.Compare(a.size, b.size) })
	last := all[0].last
	rare := make([]string, 0, maxSearchKeys)
	for _, x := range all[:min(len(all), maxSearchKeys)] {
		rare, last = append(rare, x.key), min(last, x.last)
	}
	return rare, last, nil
}

// in returns the block of that number; an empty one if there is none.
func (p posting) in(n int) block {
	at := sort.Search(len(p.blocks), func(i int) bool { return p.blocks[i].n >= n })
	if at < len(p.blocks) && p.blocks[at].n == n {
		return p.blocks[at]
	}
	return block{}
}

func (b block) len() int { return len(b.isbns) / numberSize }

// at returns the ith number.
func (b block) at(i int) int64 {
	at := b.isbns[i*numberSize:]
	return int64(binary.BigEndian.Uint16(at))<<32 | int64(binary.BigEndian.Uint32(at[2:numberSize]))
}

// from returns where the first number of at least n stands at or after i. The step
// doubles, so that a short list walks through a long one quickly.
func (b block) from(i int, n int64) int {
	low, step := i, 1
	for low+step < b.len() && b.at(low+step) < n {
		low, step = low+step, 2*step
	}
	return low + sort.Search(min(step+1, b.len()-low), func(k int) bool { return b.at(low+k) >= n })
}

// common returns the numbers that all the postings have, at most limit of them and
// one maybe twice. The first posting should be the shortest.
func common(ps []posting, limit int) (out []int64) {
	add := func(n int64) bool {
		out = append(out, n)
		return len(out) < limit
	}
	for _, n := range ps[0].few {
		if inAll(ps[1:], func(p posting) bool {
			at := sort.Search(len(p.few), func(i int) bool { return p.few[i] >= n })
			return at < len(p.few) && p.few[at] == n
		}) && !add(n) {
			return out
		}
	}
	for _, b := range ps[0].blocks {
		rest := make([]block, len(ps)-1)
		at := make([]int, len(rest))
		for i, p := range ps[1:] {
			rest[i] = p.in(b.n)
		}
		for i := range b.len() {
			n := b.at(i)
			if inBlocks(rest, at, n) && !add(n) {
				return out
			}
		}
	}
	return out
}

func inAll(ps []posting, has func(posting) bool) bool {
	for _, p := range ps {
		if !has(p) {
			return false
		}
	}
	return true
}

// inBlocks says whether all blocks have n, and keeps in at how far each was read.
func inBlocks(blocks []block, at []int, n int64) bool {
	for i, b := range blocks {
		at[i] = b.from(at[i], n)
		if at[i] >= b.len() || b.at(at[i]) != n {
			return false
		}
	}
	return true
}
