package sqldb

import (
	"database/sql"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Unarchived returns the runs after an id of which not every op is in a verified
// backup, by id.
func (s *session) Unarchived(after payback.RunID, limit int) ([]db.Run, error) {
	return s.runs(`AND run > $2 AND archived < wseq ORDER BY run LIMIT $3`, string(after), limit)
}

// Archive notes what a verified backup holds. A number that is beyond what is here
// is another history's and changes nothing.
func (s *session) Archive(position uint64, runs []db.Run) error {
	for _, r := range runs {
		err := s.exec(`UPDATE run SET archived = $3 WHERE district = $1 AND run = $2 AND archived < $3 AND wseq >= $3`,
			string(s.district), string(r.Run), int64(r.Wseq))
		if err != nil {
			return fault.Wrap("sqldb.Archive", err)
		}
	}
	return fault.Wrap("sqldb.Archive", s.exec(`UPDATE head SET archived = $2 WHERE district = $1 AND archived < $2 AND position >= $2`,
		string(s.district), int64(position)))
}

// AddEpoch notes a restore.
func (s *session) AddEpoch(e db.Epoch) error {
	return s.insert("epoch", []string{"district", "epoch", "before", "position", "hash", "began"},
		[][]any{{string(s.district), e.Epoch, e.Before, int64(e.Position), e.Hash[:], e.Began}}, "")
}

// Epochs returns the restores of the past, the oldest first.
func (s *session) Epochs() ([]db.Epoch, error) {
	rows, err := s.query(`SELECT epoch, before, position, hash, began, closed, told FROM epoch WHERE district = $1 ORDER BY began, epoch`, string(s.district))
	if err != nil {
		return nil, fault.Wrap("sqldb.Epochs", err)
	}
	return collect(rows, s.db.engine, func(r *sql.Rows) (e db.Epoch, err error) {
		var hash []byte
		err = r.Scan(&e.Epoch, &e.Before, &e.Position, &hash, &e.Began, &e.Closed, &e.Told)
		copy(e.Hash[:], hash)
		return e, err
	})
}
