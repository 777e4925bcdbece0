package fault

// Exit codes that are no fault code's. See the table in the package comment.
const (
	ExitDone    = 0 // the act was carried out
	ExitUsage   = 2 // a verb or flag that does not exist; equals Exit(Invalid)
	ExitWaiting = 8 // recorded here and waiting to be sent; not an error
	ExitHeld    = 9 // another program holds the data folder
)

// row is what the outside sees of one code.
type row struct {
	code   Code
	status int
	exit   int
}

// table is the one place that gives a code its status and exit code.
var table = [...]row{
	{Invalid, 400, 2},
	{NotFound, 404, 3},
	{Conflict, 409, 4},
	{Unauthorized, 401, 5},
	{Forbidden, 403, 5},
	{Limited, 429, 6},
	{Unavailable, 503, 7},
	{Internal, 500, 1},
}

// Codes returns every code, in the order of the table in the package comment.
func Codes() []Code {
	codes := make([]Code, 0, len(table))
	for _, r := range table {
		codes = append(codes, r.code)
	}
	return codes
}

// Status returns the HTTP status of code; 500 for a code it does not know.
func Status(code Code) int {
	r, _ := lookup(code)
	return r.status
}

// Exit returns the exit code of the programs for code; 1 for a code it does
// not know.
func Exit(code Code) int {
	r, _ := lookup(code)
	return r.exit
}

// ExitOf returns the exit code of the programs for err: 0 for nil, [ExitHeld]
// when the data folder is in use, otherwise that of its code.
func ExitOf(err error) int {
	if err == nil {
		return ExitDone
	}
	e := As(err)
	if e.Key == KeyHeld {
		return ExitHeld
	}
	return Exit(e.Code)
}

// FromStatus returns the code that an HTTP status stands for when the reply
// has no readable body. Statuses that proxies and captive portals send (3xx,
// 407, 408, 502, 504, 511) mean unavailable, since our server never spoke; 426
// means forbidden, since waiting will not help and nothing may be dropped.
// It returns the empty code for 2xx.
func FromStatus(status int) Code {
	for _, r := range table {
		if r.status == status {
			return r.code
		}
	}
	switch {
	case status >= 200 && status < 300:
		return ""
	case status < 400, status == 407, status == 408, status == 502, status == 504, status == 511:
		return Unavailable
	case status == 410:
		return NotFound
	case status == 412, status == 423:
		return Conflict
	case status == 426:
		return Forbidden
	case status < 500:
		return Invalid
	}
	return Internal
}

// lookup returns the row of code, or that of internal and false.
func lookup(code Code) (row, bool) {
	for _, r := range table {
		if r.code == code {
			return r, true
		}
	}
	return table[len(table)-1], false
}
