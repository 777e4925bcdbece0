// Package day plays a day of one district with the real programs: residents at
// the site, clerks of two stores at their counters, an officer and a librarian at
// the console, and the server killed in the middle. It is the demo, and as a test
// it is the proof that the parts are one whole.
package day
