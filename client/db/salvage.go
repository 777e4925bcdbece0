package db

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// salvaged is what a damaged file still gave.
type salvaged struct {
	ops  []jnlRecord
	who  Enrolment
	rows savedRows
	set  *Settings // nil if none were found
}

// salvage reads what it can of a damaged file that was put aside: ops that are not
// archived and whose bytes have their hash, from both ends of the outbox up to what
// can't be read, the enrolment, and rows if they are all sound. It never fails: what the file doesn't give, the
// journal has.
func salvage(ctx context.Context, path, vfs string) (out salvaged) {
	seen := map[opRef]bool{}
	for _, how := range []string{"mode=ro", "immutable=1"} { // the second without its log
		db, err := sql.Open("sqlite", salvageDSN(path, how, vfs))
		if err != nil {
			continue
		}
		db.SetMaxOpenConns(1)
		for _, order := range []string{"seq", "seq DESC", "run, wseq"} {
			out.read(ctx, db, order, seen)
		}
		if set := (*Settings)(nil); out.set == nil && metaIn(ctx, db, metaSettings, &set) == nil {
			out.set = set
		}
		if out.who.Device == "" {
			var who Enrolment
			if metaIn(ctx, db, metaEnrolment, &who) == nil {
				out.who = who
			}
		}
		if out.who.Device != "" && len(out.rows.buckets) == 0 {
			out.rows = saveRows(ctx, db, out.who)
		}
		_ = db.Close() // it was only read
	}
	return out
}

// salvageDSN returns the address of a file of which nothing is trusted.
func salvageDSN(path, how, vfs string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	if vfs != "" {
		how += "&vfs=" + url.QueryEscape(vfs)
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath() + "?" + how +
		"&_query_only=1&_defensive=1&_busy_timeout=5000&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)&_pragma=mmap_size(0)"
}

func (s *salvaged) read(ctx context.Context, db *sql.DB, order string, seen map[opRef]bool) {
	rows, err := db.QueryContext(ctx, "SELECT o.run, o.wseq, o.raw, o.hash, o.archived FROM outbox AS o ORDER BY "+order)
	if err != nil {
		return
	}
	defer rows.Close()
	for rows.Next() {
		r := jnlRecord{what: jnlOp}
		var hash []byte
		var archived bool
		if rows.Scan(&r.run, &r.wseq, &r.data, &hash, &archived) != nil {
			continue
		}
		own := syncproto.HashOf(r.data)
		if archived || seen[r.ref()] || string(own[:]) != string(hash) || !readableOp(r) {
			continue
		}
		seen[r.ref()] = true
		s.ops = append(s.ops, r)
	}
	s.attachments(ctx, db, seen)
}

func (s *salvaged) attachments(ctx context.Context, db *sql.DB, of map[opRef]bool) {
	rows, err := db.QueryContext(ctx, "SELECT id, run, wseq, data FROM attachment")
	if err != nil {
		return
	}
	defer rows.Close()
	for rows.Next() {
		r := jnlRecord{what: jnlAttachment}
		if rows.Scan(&r.id, &r.run, &r.wseq, &r.data) == nil && of[opRef{payback.RunID(r.run), r.wseq}] {
			s.ops = append(s.ops, r)
		}
	}
}
