package fault

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// Limits of the wire form. What passes a limit is left out, not refused: an
// error must always be readable by the other side.
const (
	MaxKey  = 100 // bytes of a message key; a longer one becomes the generic key
	MaxArgs = 16  // args of one error; more and none are kept
	MaxArg  = 500 // bytes of one arg's value, cut at a whole character
)

// wire is what crosses the wire: never Where, never Err.
type wire struct {
	Code Code              `json:"code"`
	Key  string            `json:"key"`
	Args map[string]string `json:"args,omitempty"`
}

// MarshalJSON returns {"code","key","args"}. It has a value receiver so that
// an Error inside another value can't leak its chain either.
func (e Error) MarshalJSON() ([]byte, error) {
	return json.Marshal(tame(wire{Code: e.Code, Key: e.Key, Args: e.Args}))
}

// UnmarshalJSON reads the wire form. A code that this version does not know is
// read as internal, a key or args beyond the limits as the generic sentence,
// so that a newer or broken peer is still understood.
func (e *Error) UnmarshalJSON(data []byte) error {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("fault: %w", err)
	}
	w = tame(w)
	*e = Error{Code: w.Code, Key: w.Key, Args: w.Args}
	return nil
}

// tame returns w within the limits.
func tame(w wire) wire {
	if _, known := lookup(w.Code); !known {
		w.Code = Internal
	}
	if !plainKey(w.Key) {
		w.Key = GenericKey(w.Code)
	}
	if len(w.Args) > MaxArgs {
		w.Args = nil
	}
	var args map[string]string
	for name, value := range w.Args {
		if args == nil {
			args = make(map[string]string, len(w.Args))
		}
		args[name] = cut(value)
	}
	w.Args = args
	return w
}

// plainKey reports whether key looks like one of ours, so that a peer's bytes
// are never used to look up anything else.
func plainKey(key string) bool {
	if key == "" || len(key) > MaxKey {
		return false
	}
	for _, r := range key {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		digit := r >= '0' && r <= '9'
		if !letter && !digit && r != '.' && r != '_' && r != '-' {
			return false
		}
	}
	return true
}

// cut returns value in at most MaxArg bytes.
func cut(value string) string {
	if len(value) <= MaxArg {
		return value
	}
	value = value[:MaxArg]
	for len(value) > 0 {
		r, size := utf8.DecodeLastRuneInString(value)
		if r != utf8.RuneError || size > 1 {
			break
		}
		value = value[:len(value)-1]
	}
	return value
}
