package sqldb

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Feed returns the rows of a bucket changed in (after, upTo], by position. First it
// finds out by each table's index of bucket and position, in one statement, how far
// the limit reaches and which tables have any rows; then it reads those.
func (s *session) Feed(b payback.Bucket, after, upTo uint64, limit int) ([]db.FeedRow, error) {
	ahead, err := s.ahead(b, after, upTo, limit)
	if err != nil || len(ahead) == 0 {
		return nil, err
	}
	upTo = reach(ahead, upTo, limit)
	var all []db.FeedRow
	for i, p := range ahead {
		if i > 0 && ahead[i-1].table == p.table {
			continue // rows of one table follow one another
		}
		query := fmt.Sprintf(`SELECT '%s', id, position, raw FROM %s`, p.table, p.table)
		if p.table == goneTable {
			query = `SELECT tbl, id, position, NULL FROM gone`
		}
		part, err := s.feedOf(query+feedWhere, b, after, upTo)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	slices.SortFunc(all, func(x, y db.FeedRow) int {
		return cmp.Or(cmp.Compare(x.Position, y.Position), cmp.Compare(x.Key.Table, y.Key.Table), cmp.Compare(x.Key.ID, y.Key.ID))
	})
	return all, nil
}

const (
	goneTable = "gone"
	feedWhere = ` WHERE district = $1 AND bucket = $2 AND position > $3 AND position <= $4`
)

// feedTables returns the tables that a bucket's rows are in.
func (s *session) feedTables(b payback.Bucket) []string {
	scope := payback.ScopeStore
	if b == payback.BucketCatalogue {
		scope = payback.ScopeCatalogue
	}
	tables := []string{goneTable}
	for t := range s.db.specs {
		if t.Scope() == scope {
			tables = append(tables, string(t))
		}
	}
	slices.Sort(tables) // the same statement each time
	return tables
}

// place is where a row of a bucket stands.
type place struct {
	table    string
	position uint64
}

// ahead returns the places of the bucket's first rows after a position, of each
// table one more than limit at most.
func (s *session) ahead(b payback.Bucket, after, upTo uint64, limit int) ([]place, error) {
	var parts []string
	for _, t := range s.feedTables(b) {
		parts = append(parts, fmt.Sprintf(`SELECT * FROM (SELECT '%s' AS tbl, position FROM %s%s ORDER BY position LIMIT $5) AS of_%s`, t, t, feedWhere, t))
	}
	rows, err := s.query(strings.Join(parts, " UNION ALL "), string(s.district), string(b), int64(after), int64(upTo), limit+1)
	if err != nil {
		return nil, fault.Wrap("sqldb.Feed", err)
	}
	out, err := collect(rows, s.db.engine, func(r *sql.Rows) (p place, err error) { return p, r.Scan(&p.table, &p.position) })
	slices.SortStableFunc(out, func(x, y place) int { return cmp.Compare(x.table, y.table) })
	return out, fault.Wrap("sqldb.Feed", err)
}

// reach returns the last position whose rows are within the limit, without
// splitting one; the rows of the first position come whole however many.
func reach(ahead []place, upTo uint64, limit int) uint64 {
	if len(ahead) <= limit {
		return upTo
	}
	at := make([]uint64, len(ahead))
	for i, p := range ahead {
		at[i] = p.position
	}
	slices.Sort(at)
	over := at[limit]
	if at[0] == over {
		return over
	}
	n, _ := slices.BinarySearch(at, over)
	return at[n-1]
}

// FeedSize counts the rows of a bucket changed after a position, at most limit.
func (s *session) FeedSize(b payback.Bucket, after uint64, limit int) (int, error) {
	all := 0
	for _, t := range s.feedTables(b) {
		n := 0
		_, err := s.row("SELECT COUNT(*) FROM (SELECT 1 FROM "+t+" WHERE district = $1 AND bucket = $2 AND position > $3 LIMIT $4) AS part",
			[]any{string(s.district), string(b), int64(after), limit}, &n)
		if err != nil {
			return 0, fault.Wrap("sqldb.FeedSize", err)
		}
		if all += n; all >= limit {
			return limit, nil
		}
	}
	return all, nil
}

func (s *session) feedOf(query string, b payback.Bucket, after, upTo uint64) ([]db.FeedRow, error) {
	rows, err := s.query(query, string(s.district), string(b), int64(after), int64(upTo))
	if err != nil {
		return nil, fault.Wrap("sqldb.Feed", err)
	}
	return collect(rows, s.db.engine, func(r *sql.Rows) (f db.FeedRow, err error) {
		err = r.Scan(&f.Key.Table, &f.Key.ID, &f.Position, &f.Raw)
		return f, err
	})
}

const bucketColumns = "name, position, chain, digest"

func scanBucket(scan func(...any) error) (b db.Bucket, err error) {
	var chain []byte
	var digest string
	if err = scan(&b.Name, &b.Position, &chain, &digest); err != nil {
		return b, err
	}
	copy(b.Chain[:], chain)
	return b, b.Digest.UnmarshalText([]byte(digest))
}

// Buckets returns the state of every bucket, by name.
func (s *session) Buckets() ([]db.Bucket, error) {
	rows, err := s.query(`SELECT `+bucketColumns+` FROM bucket WHERE district = $1 ORDER BY name`, string(s.district))
	if err != nil {
		return nil, fault.Wrap("sqldb.Buckets", err)
	}
	return collect(rows, s.db.engine, func(r *sql.Rows) (db.Bucket, error) { return scanBucket(r.Scan) })
}

// Bucket returns the state of one bucket; an empty one if nothing ever changed it.
func (s *session) Bucket(name payback.Bucket) (db.Bucket, error) {
	rows, err := s.query(`SELECT `+bucketColumns+` FROM bucket WHERE district = $1 AND name = $2`, string(s.district), string(name))
	if err != nil {
		return db.Bucket{}, fault.Wrap("sqldb.Bucket", err)
	}
	list, err := collect(rows, s.db.engine, func(r *sql.Rows) (db.Bucket, error) { return scanBucket(r.Scan) })
	if err != nil || len(list) == 0 {
		return db.Bucket{Name: name}, fault.Wrap("sqldb.Bucket", err)
	}
	return list[0], nil
}

// PutBucket writes a bucket's state and remembers its chain at that position.
func (s *session) PutBucket(b db.Bucket) error {
	columns := []string{"district", "name", "position", "chain", "digest"}
	err := s.insert("bucket", columns, [][]any{{string(s.district), string(b.Name), int64(b.Position), b.Chain[:], b.Digest.String()}},
		replace(columns[:2], columns))
	if err != nil {
		return err
	}
	columns = []string{"district", "name", "position", "chain", "ops"}
	return s.insert("bucket_chain", columns, [][]any{{string(s.district), string(b.Name), int64(b.Position), b.Chain[:], packOps(b.Ops)}},
		replace(columns[:3], columns))
}

// Chain returns the bucket's chain as last remembered at or before a position. It
// is remembered where a batch ended.
func (s *session) Chain(b payback.Bucket, position uint64) (h syncproto.Hash, err error) {
	var have []byte
	_, err = s.row(`SELECT chain FROM bucket_chain WHERE district = $1 AND name = $2 AND position <= $3 ORDER BY position DESC LIMIT 1`,
		[]any{string(s.district), string(b), int64(position)}, &have)
	copy(h[:], have)
	return h, fault.Wrap("sqldb.Chain", err)
}

// keyTitles writes what titles are found by.
func (s *session) keyTitles(rows []db.Stored, old map[payback.Key]db.Stored) error {
	var values [][]any
	for _, r := range rows {
		t := r.Row.(*payback.Title)
		have := map[string]bool{}
		if was, ok := old[t.Key()]; ok {
			for _, k := range was.Row.(*payback.Title).SearchText() {
				have[k] = true
			}
		}
		for _, k := range t.SearchText() {
			if have[k] {
				delete(have, k)
			} else {
				values = append(values, []any{string(s.district), k, string(t.ISBN)})
			}
		}
		for k := range have {
			if err := s.exec(`DELETE FROM title_key WHERE district = $1 AND key = $2 AND isbn = $3`, string(s.district), k, string(t.ISBN)); err != nil {
				return fault.Wrap("sqldb.keyTitles", err)
			}
		}
	}
	slices.SortFunc(values, func(a, b []any) int { return cmp.Compare(a[1].(string), b[1].(string)) })
	return s.insert("title_key", []string{"district", "key", "isbn"}, values, " ON CONFLICT DO NOTHING")
}

// SearchTitles returns the titles that have all the keys, by name. The rarest key
// is not known beforehand: each further key is a lookup by primary key.
func (s *session) SearchTitles(keys []string, limit, offset int) ([]*payback.Title, error) {
	if len(keys) == 0 || limit <= 0 {
		return nil, nil
	}
	if len(keys) > 16 {
		keys = keys[:16]
	}
	keys = slices.Clone(keys)
	slices.SortFunc(keys, func(x, y string) int { return cmp.Compare(len(y), len(x)) })
	args := []any{string(s.district)}
	var b strings.Builder
	b.WriteString(`SELECT t.raw FROM title_key k1 CROSS JOIN title t ON t.district = k1.district AND t.id = k1.isbn WHERE k1.district = $1 AND k1.key = $2`)
	args = append(args, keys[0])
	for _, k := range keys[1:] {
		args = append(args, k)
		fmt.Fprintf(&b, ` AND EXISTS (SELECT 1 FROM title_key x WHERE x.district = $1 AND x.key = $%d AND x.isbn = k1.isbn)`, len(args))
	}
	fmt.Fprintf(&b, ` ORDER BY t.name, t.id LIMIT %d OFFSET %d`, limit, max(0, offset))
	rows, err := s.query(b.String(), args...)
	if err != nil {
		return nil, fault.Wrap("sqldb.SearchTitles", err)
	}
	return collect(rows, s.db.engine, func(r *sql.Rows) (*payback.Title, error) {
		var raw []byte
		if err := r.Scan(&raw); err != nil {
			return nil, err
		}
		row, err := payback.DecodeRow(payback.TTitle, raw)
		if err != nil {
			return nil, err
		}
		return row.(*payback.Title), nil
	})
}
