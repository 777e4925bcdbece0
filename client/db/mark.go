package db

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
)

// markName is the mark of a clean end: what the file looked like then. The next
// start takes it away before it writes anything.
const markName = "closed"

// fileLook is what a file looks like from outside.
type fileLook struct {
	Size int64 `json:"size"`
	Time int64 `json:"time"` // last change, ns
}

func lookAt(files Files, dir string) (look fileLook, err error) {
	look.Size, look.Time, err = files.Stat(filepath.Join(dir, FileName))
	return look, err
}

// hasLog says that the file's log is there and holds something.
func hasLog(files Files, dir string) bool {
	size, _, err := files.Stat(filepath.Join(dir, FileName+"-wal"))
	return err == nil && size > 0
}

// leaveMark leaves the mark, unless the file's log is still there: then another
// program has it open.
func leaveMark(files Files, dir string) error {
	if hasLog(files, dir) {
		return nil
	}
	look, err := lookAt(files, dir)
	if err != nil {
		return jnlFault(err)
	}
	text, err := json.Marshal(look)
	if err != nil {
		return err
	}
	return replaceFile(files, dir, markName, text)
}

// takeMark says whether the last end was clean and nobody has changed the file
// since, and takes the mark away. A folder without a file is clean.
func (m *mending) takeMark() (clean bool, err error) {
	look, err := lookAt(m.files, m.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, jnlFault(err)
	}
	path := filepath.Join(m.dir, markName)
	text, err := m.files.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, jnlFault(err)
	}
	var was fileLook
	clean = json.Unmarshal(text, &was) == nil && was == look
	clean = clean && !hasLog(m.files, m.dir)
	return clean, jnlFault(errors.Join(m.files.Remove(path), m.files.SyncDir(m.dir)))
}
