// Package term is the counter as text: the terminal face of a counter.Desk, and
// the verbs for scripts.
//
// The face (Run) draws a counter.Screen and hands back events; it decides
// nothing. It needs 80 by 24 cells, no mouse and no colour: without colour the
// same words and shapes stand reversed and bold. The cursor is the terminal's
// own, so that a half-made Hangul syllable appears where it will stand.
//
// The verbs (Verbs) are kong commands over the same use cases. Each writes one
// plain sentence or, with --json, one JSON value to its output, and ends with an
// exit code of package fault; an act refused by the programme's rules ends with
// 4, an act that is recorded and waits to be sent with 8.
package term
