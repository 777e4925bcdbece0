// Package db is the counter's one SQLite file: what the server sent (confirmed
// rows), what this PC did and the server has not yet answered (the outbox and
// its overlay of rows), and how far the exchange has come.
//
// A row is seen through a view: the overlay's if it has one, else the confirmed
// one. The overlay is nothing but the outbox applied to the confirmed rows by
// payback.Apply, so it can be made anew at any time, and is after each pull. An
// op leaves the overlay when the cursor of the store's bucket has passed the
// position that the server gave to it: what a clerk did never vanishes from the
// screen between acknowledgement and pull.
//
// Every exported method is one transaction, except ApplyPull, which brings the
// catalogue in slices so that a clerk's act never waits for it. All may be
// called by several goroutines, and by several programs on one folder, at once.
//
// Every op is kept twice. After an act is committed its op goes to the journal
// (JournalFolder), and only then is it shown: SQLite calls a file sound that has
// lost the end of its log. OpenAlone compares the two at each start and mends
// what one of them lacks; see Recovered.
package db
