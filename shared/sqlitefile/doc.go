// Package sqlitefile opens one SQLite file as both programs need it: durable,
// one writer, many readers, the same settings on every connection.
//
//	setting                     why
//	journal_mode=WAL            readers never wait for the writer; set once, under a lock file,
//	                            since setting it in the DSN fails when programs start together
//	synchronous=FULL            what was shown as saved survives a power cut; NORMAL loses it
//	BEGIN IMMEDIATE             a transaction that will write never fails half way through
//	one writing connection      no waiting inside SQLite, no busy errors within one program
//	readers open read-only      a reader can't write by mistake
//	foreign_keys, on each one   a pragma belongs to a connection, not to a file
//	secure_delete               a deleted person's bytes are overwritten
//	defensive, trusted_schema=0 a file from outside can't run code
//	OFD locks (Linux)           no close of a descriptor elsewhere in the program drops SQLite's locks
//	fdatasync (Linux)           as durable as fsync and faster
//
// No other code of the house opens the file: not with os.Open, not with
// another driver. The sqlite3 program of Debian 12 has a bug that can corrupt
// a file in use; don't point it at one.
//
// SQLite reports a file whose write-ahead log was lost as sound ([File.QuickCheck]
// finds damaged pages only). What must not be lost is therefore also counted
// and chained outside; see the journal of the counter.
package sqlitefile
