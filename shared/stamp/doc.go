// Package stamp says when something happened and gives it a name: clock
// readings, hybrid logical time, evidence of time and the interval that
// follows from it, ids and codes.
//
// Time is evidence. A counter's clock may be wrong by decades, so each op
// carries what its clocks said ([Evidence]) and the server turns that into the
// interval in which the op happened ([IntervalOf]). A wrong clock never stops
// anything; it makes the interval wide.
//
// Nothing here reads a clock or chance by itself: both come in from the mains.
// Times are int64 milliseconds; wall times count from 1970-01-01 UTC.
package stamp
