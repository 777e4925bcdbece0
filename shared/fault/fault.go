package fault

import (
	"context"
	"errors"
	"maps"
	"strings"
)

// Code says what kind of trouble an error is. The set is closed and
// append-only: a code once released keeps its name, status and exit code.
type Code string

// The codes. The table in the package comment says what each asks of the caller.
const (
	Invalid      Code = "invalid"
	NotFound     Code = "not_found"
	Conflict     Code = "conflict"
	Unauthorized Code = "unauthorized"
	Forbidden    Code = "forbidden"
	Limited      Code = "limited"
	Unavailable  Code = "unavailable"
	Internal     Code = "internal"
)

// KeyHeld is the message key of "another program holds this data folder", the
// one key that has an exit code of its own ([ExitHeld]).
const KeyHeld = "fault.held"

// Error is an error with a code. Errors made by [New] and [Wrap] are never
// changed afterwards and may be shared between goroutines.
type Error struct {
	Code  Code
	Key   string            // message key of the sentence that people read
	Args  map[string]string // values of the sentence's fields; may be personal
	Where string            // package and act that the error passed, for operators
	Err   error             // cause, for operators
}

// New returns an error with code and message key. An empty key means the
// generic sentence of the code ([GenericKey]). Args are pairs of name and
// value; a name without a value gets the empty value.
func New(code Code, key string, args ...string) *Error {
	if key == "" {
		key = GenericKey(code)
	}
	e := &Error{Code: code, Key: key}
	for i := 0; i < len(args); i += 2 {
		if e.Args == nil {
			e.Args = make(map[string]string, (len(args)+1)/2)
		}
		value := ""
		if i+1 < len(args) {
			value = args[i+1]
		}
		e.Args[args[i]] = value
	}
	return e
}

// Because returns a copy of e whose cause is err. The code and the sentence
// stay those of e, whatever err is.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Wrap says that err passed where, and keeps its code, key and args. It
// returns nil when err is nil. An error of unknown kind becomes internal, an
// ended context unavailable.
func Wrap(where string, err error) error {
	if err == nil {
		return nil
	}
	e := As(err)
	return &Error{Code: e.Code, Key: e.Key, Args: e.Args, Where: where, Err: err}
}

// As returns the fault that err is or wraps, the outermost first. It returns
// nil only when err is nil: an ended context gives unavailable and every other
// error internal, both with the generic sentence and err as the cause.
func As(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) && e != nil {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return New(Unavailable, "").Because(err)
	}
	return New(Internal, "").Because(err)
}

// CodeOf returns the code of err: internal if it has none, unavailable for an
// ended context, and the empty code for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return As(err).Code
}

// Message returns what a person should be told about err: a message key and a
// copy of its args. It returns "" and nil when err is nil.
func Message(err error) (key string, args map[string]string) {
	if err == nil {
		return "", nil
	}
	e := As(err)
	if e.Key == "" {
		return GenericKey(e.Code), maps.Clone(e.Args)
	}
	return e.Key, maps.Clone(e.Args)
}

// GenericKey returns the message key that fits every error with this code.
func GenericKey(code Code) string {
	if _, known := lookup(code); !known {
		code = Internal
	}
	return "fault." + string(code)
}

// Error returns the text for operators: where the error passed, its code and
// key, and its cause. It holds no args, so nothing that a person typed.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Where != "" {
		b.WriteString(e.Where)
		b.WriteString(": ")
	}
	// A wrapping layer repeats the code and key of the fault inside it; only the
	// innermost prints them.
	var inner *Error
	if errors.As(e.Err, &inner) && inner.Code == e.Code && inner.Key == e.Key {
		b.WriteString(e.Err.Error())
		return b.String()
	}
	b.WriteString(string(e.Code))
	if e.Key != "" && e.Key != GenericKey(e.Code) {
		b.WriteString(" (" + e.Key + ")")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause, so that errors.Is and errors.As see the chain.
func (e *Error) Unwrap() error { return e.Err }
