package payback

import (
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// Reason says in words why an act had the answer it had: Key names a sentence
// (message "payback."+Key), Args fill it in. Amounts are plain digits, days
// "2006-01-02"; the face that shows them formats both. No personal data.
type Reason struct {
	Key  string            `json:"key,omitempty"`
	Args map[string]string `json:"args,omitempty"`
}

// None says that there is no reason to state.
func (r Reason) None() bool { return r.Key == "" }

// Fault returns the reason as a fault: arguments named as texts name them, with a
// capital, and not formatted.
func (r Reason) Fault(code fault.Code) *fault.Error {
	f := &fault.Error{Code: code, Key: "payback." + r.Key}
	if len(r.Args) > 0 {
		f.Args = make(map[string]string, len(r.Args))
		for name, value := range r.Args {
			f.Args[strings.ToUpper(name[:1])+name[1:]] = value
		}
	}
	return f
}

func why(key string, args ...string) Reason {
	r := Reason{Key: key}
	if len(args) > 0 {
		r.Args = make(map[string]string, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			r.Args[args[i]] = args[i+1]
		}
	}
	return r
}

func won(w Won) string { return strconv.FormatInt(int64(w), 10) }
func num(n int) string { return strconv.Itoa(n) }

func year(d Date) int {
	n, err := strconv.Atoi(d.Year())
	if err != nil {
		return 0
	}
	return n
}
