package sqldb

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

const opColumns = "position, raw, hash, run, wseq, act, kind, device, store, lo, hi, received, card, subject, verdict, reason, winner, case_id, wait, final"

func textOf(v any, none bool) string {
	if none {
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// AppendOps writes ops in one multi-row statement.
func (s *session) AppendOps(ops []db.Op) error {
	columns := append([]string{"district"}, strings.Split(opColumns, ", ")...)
	values := make([][]any, 0, len(ops))
	for _, o := range ops {
		values = append(values, []any{string(s.district), int64(o.Position), o.Raw, o.Hash[:], string(o.Run), int64(o.Wseq), o.Act,
			string(o.Kind), string(o.Device), string(o.Store), o.When.Lo, o.When.Hi, o.Received, string(o.Card), keyText(o.Subject),
			string(o.Verdict), textOf(o.Reason, o.Reason.None()), textOf(o.Winner, o.Winner.Zero()), string(o.Case),
			keyText(o.Wait), int64(o.Final)})
	}
	return s.insert("op", columns, values, "")
}

func keyText(k payback.Key) string {
	if k.ID == "" {
		return ""
	}
	return k.String()
}

func textKey(s string) payback.Key {
	t, id, _ := strings.Cut(s, "/")
	return payback.Key{Table: payback.Table(t), ID: id}
}

// SetVerdict writes the last verdict of an op that was held, or could not be read
// before, with its act and subject.
func (s *session) SetVerdict(o db.Op) error {
	return fault.Wrap("sqldb.SetVerdict", s.exec(`UPDATE op SET verdict = $3, reason = $4, winner = $5, case_id = $6, wait = $7, final = $8, act = $9, subject = $10
WHERE district = $1 AND position = $2`, string(s.district), int64(o.Position), string(o.Verdict), textOf(o.Reason, o.Reason.None()),
		textOf(o.Winner, o.Winner.Zero()), string(o.Case), keyText(o.Wait), int64(o.Final), o.Act, keyText(o.Subject)))
}

func (s *session) ops(tail string, args ...any) ([]db.Op, error) {
	rows, err := s.query(`SELECT `+opColumns+` FROM op WHERE district = $1 `+tail, append([]any{string(s.district)}, args...)...)
	if err != nil {
		return nil, fault.Wrap("sqldb.ops", err)
	}
	return collect(rows, s.db.engine, scanOp)
}

func scanOp(r *sql.Rows) (o db.Op, err error) {
	var hash []byte
	var reason, winner, wait, subject string
	err = r.Scan(&o.Position, &o.Raw, &hash, &o.Run, &o.Wseq, &o.Act, &o.Kind, &o.Device, &o.Store, &o.When.Lo, &o.When.Hi, &o.Received,
		&o.Card, &subject, &o.Verdict, &reason, &winner, &o.Case, &wait, &o.Final)
	if err != nil {
		return o, err
	}
	copy(o.Hash[:], hash)
	o.Wait, o.Subject = textKey(wait), textKey(subject)
	if reason != "" {
		if err = json.Unmarshal([]byte(reason), &o.Reason); err != nil {
			return o, err
		}
	}
	if winner != "" {
		err = json.Unmarshal([]byte(winner), &o.Winner)
	}
	return o, err
}

// Ops returns the ops after a position, rising.
func (s *session) Ops(after uint64, limit int) ([]db.Op, error) {
	return s.ops(`AND position > $2 ORDER BY position LIMIT $3`, int64(after), limit)
}

// OpAt returns the op at a position, nil if there is none.
func (s *session) OpAt(position uint64) (*db.Op, error) {
	list, err := s.ops(`AND position = $2`, int64(position))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// OpsOfRun returns the ops of a run from a number on, rising.
func (s *session) OpsOfRun(run payback.RunID, from uint64, limit int) ([]db.Op, error) {
	return s.ops(`AND run = $2 AND wseq >= $3 ORDER BY wseq LIMIT $4`, string(run), int64(from), limit)
}

// OpsByAct returns the first op of each act key whose verdict stands.
func (s *session) OpsByAct(acts []string) (map[string]db.Op, error) {
	out := map[string]db.Op{}
	err := shapes(acts, func(part []string) error {
		args := make([]any, 0, len(part))
		for _, a := range part {
			args = append(args, a)
		}
		list, err := s.ops(fmt.Sprintf(`AND act IN (%s) AND verdict IN ('applied', 'case', 'held')`, s.db.params(2, len(part))), args...)
		for _, o := range list {
			if first, ok := out[o.Act]; !ok || o.Position < first.Position {
				out[o.Act] = o
			}
		}
		return err
	})
	return out, err
}

// OpsAbout returns the ops whose subject is the row, rising.
func (s *session) OpsAbout(k payback.Key, limit int) ([]db.Op, error) {
	return s.ops(`AND subject = $2 ORDER BY position LIMIT $3`, keyText(k), limit)
}

// Waiting returns the held ops that wait for any of the keys, by position.
func (s *session) Waiting(keys []payback.Key) ([]db.Op, error) {
	var out []db.Op
	err := shapes(keys, func(part []payback.Key) error {
		args := make([]any, 0, len(part))
		for _, k := range part {
			args = append(args, keyText(k))
		}
		list, err := s.ops(fmt.Sprintf(`AND wait <> '' AND wait IN (%s)`, s.db.params(2, len(part))), args...)
		out = append(out, list...)
		return err
	})
	// Not ORDER BY: asked for an order by position, the planner walks all ops in it.
	slices.SortFunc(out, func(a, b db.Op) int { return cmp.Compare(a.Position, b.Position) })
	return out, err
}

// Held returns the ops after a position that are held still and were received
// before an instant, by position. (position + 0: asked for an order by position
// itself, the planner walks all ops in it.)
func (s *session) Held(after uint64, before int64, limit int) ([]db.Op, error) {
	return s.ops(`AND wait <> '' AND verdict = 'held' AND position > $2 AND received < $3 ORDER BY position + 0 LIMIT $4`,
		int64(after), before, limit)
}

// Aside returns the ops that are held or quarantined now, by position.
func (s *session) Aside(limit, offset int) (list []db.Op, total int, err error) {
	const which = `AND verdict IN ('held', 'quarantined') `
	rows, err := s.query(`SELECT COUNT(*) FROM op WHERE district = $1 `+which, string(s.district))
	if err != nil {
		return nil, 0, fault.Wrap("sqldb.Aside", err)
	}
	counts, err := collect(rows, s.db.engine, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) })
	if err != nil || counts[0] == 0 {
		return nil, 0, err
	}
	list, err = s.ops(which+`ORDER BY position LIMIT $2 OFFSET $3`, limit, offset)
	return list, counts[0], err
}

const runColumns = "run, device, public_key, after_run, after_wseq, after_hash, wseq, hash, tip, archived, last_seen, last_at"

func (s *session) runs(tail string, args ...any) ([]db.Run, error) {
	rows, err := s.query(`SELECT `+runColumns+` FROM run WHERE district = $1 `+tail, append([]any{string(s.district)}, args...)...)
	if err != nil {
		return nil, fault.Wrap("sqldb.runs", err)
	}
	return collect(rows, s.db.engine, func(r *sql.Rows) (x db.Run, err error) {
		var after syncproto.After
		var afterHash, hash []byte
		var tip string
		if err = r.Scan(&x.Run, &x.Device, &x.Key, &after.Run, &after.Wseq, &afterHash, &x.Wseq, &hash, &tip, &x.Archived, &x.LastSeen, &x.LastAt); err != nil {
			return x, err
		}
		copy(x.Hash[:], hash)
		if after.Run != "" {
			copy(after.Hash[:], afterHash)
			x.After = &after
		}
		if tip != "" {
			err = json.Unmarshal([]byte(tip), &x.Tip)
		}
		return x, err
	})
}

// Run returns how far a run got, nil if it is unknown.
func (s *session) Run(id payback.RunID) (*db.Run, error) {
	list, err := s.runs(`AND run = $2`, string(id))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// Runs returns a device's runs, latest first, at most 1,000.
func (s *session) Runs(device payback.DeviceID) ([]db.Run, error) {
	return s.runs(`AND device = $2 ORDER BY last_seen DESC LIMIT 1000`, string(device))
}

// Latest returns the writer's run that was seen last, nil if it has none.
func (s *session) Latest(device payback.DeviceID) (*db.Run, error) {
	list, err := s.runs(`AND device = $2 ORDER BY last_seen DESC, run DESC LIMIT 1`, string(device))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// PutRun writes how far a run got.
func (s *session) PutRun(x db.Run) error {
	columns := append([]string{"district"}, strings.Split(runColumns, ", ")...)
	after := syncproto.After{}
	if x.After != nil {
		after = *x.After
	}
	return s.insert("run", columns, [][]any{{string(s.district), string(x.Run), string(x.Device), x.Key, string(after.Run), int64(after.Wseq),
		after.Hash[:], int64(x.Wseq), x.Hash[:], textOf(x.Tip, x.Tip.Run == ""), int64(x.Archived), x.LastSeen, x.LastAt}}, replace(columns[:2], columns))
}
