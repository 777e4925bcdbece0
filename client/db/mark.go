package db

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
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

func lookAt(dir string) (fileLook, error) {
	info, err := os.Stat(filepath.Join(dir, FileName))
	if err != nil {
		return fileLook{}, err
	}
	return fileLook{info.Size(), info.ModTime().UnixNano()}, nil
}

// leaveMark leaves the mark, unless the file's log is still there: then another
// program has it open.
func leaveMark(dir string) error {
	if info, err := os.Stat(filepath.Join(dir, FileName+"-wal")); err == nil && info.Size() > 0 {
		return nil
	}
	look, err := lookAt(dir)
	if err != nil {
		return jnlFault(err)
	}
	text, err := json.Marshal(look)
	if err != nil {
		return err
	}
	return replaceFile(dir, markName, text)
}

// takeMark says whether the last end was clean and nobody has changed the file
// since, and takes the mark away. A folder without a file is clean.
func (m *mending) takeMark() (clean bool, err error) {
	look, err := lookAt(m.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, jnlFault(err)
	}
	path := filepath.Join(m.dir, markName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, jnlFault(err)
	}
	var was fileLook
	clean = json.Unmarshal(text, &was) == nil && was == look
	if info, err := os.Stat(filepath.Join(m.dir, FileName+"-wal")); err == nil && info.Size() > 0 {
		clean = false
	}
	return clean, jnlFault(errors.Join(os.Remove(path), syncFolder(m.dir)))
}
