// Package fault is the one kind of error that crosses the wire: a closed set
// of codes, a message for people, and a chain for operators.
//
// The set is append-only. A code decides what a program does next; a key picks
// the sentence a person reads. One table gives each code its HTTP status and
// the exit code of both programs:
//
//	code          HTTP  exit  what to do about it
//	invalid       400   2     change the input; the same input will fail again
//	not_found     404   3     nothing has that name, or it may not be seen
//	conflict      409   4     the state has moved on; look again, then decide
//	unauthorized  401   5     sign in, or enrol
//	forbidden     403   5     ask somebody who may
//	limited       429   6     too often or too much; wait
//	unavailable   503   7     nothing is wrong with the request; try later
//	internal      500   1     our mistake; tell the operator
//
// Exit codes without a code of their own: 0 done, 8 recorded and waiting to be
// sent ([ExitWaiting], not an error), 9 the data folder is in use ([ExitHeld]).
// Both programs print this list in their help.
//
// A refusal by the programme's rules is a value of the domain, is stored and
// synced, and is not an error; at the command line it exits with 4.
//
// Every error is wrapped once per layer with where it passed:
//
//	return fault.Wrap("counter.Sell", err)
//
// Operators read the chain, once, at the edge. People read the text of the
// key. Args may hold what a person typed, so [Error.Error] leaves them out, and
// Where and Err never leave the process.
package fault
