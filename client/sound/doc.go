// Package sound makes the counter's tones and plays them.
//
// A clerk hears without looking what became of a scan: one high tone is done, two
// are "look here", three low ones "not done", a soft tick the same code twice, a
// rising pair a new request. They differ by count and pitch, so that neither a good
// ear nor a good loudspeaker is needed. The tones are computed, not recorded.
package sound
