// Package syncproto is what travels between a counter and the server, version 1.
// These comments are its specification: with them and the vectors somebody who has
// not seen this code writes another counter. Chapters: words and forms (here), bytes,
// calls, snapshots, refills, versions. testdata/vectors holds worked examples (encoded
// and read back by the tests), testdata/wire real messages of each version, which every
// later one must read and answer. In the vectors a key with seed n has a secret of 32 bytes
// n, bytes that are no text are base64url without padding, and a code without a hash is
// no code. The bodies of ops and the contents of rows belong to the domain: the members
// that package payback names for each kind and table.
//
// # Words
//
// An op is one immutable act. A run is one stretch of a program holding its data
// folder (or of a server process); it numbers its ops from 1 (wseq). The server
// gives each op of a district a position, from 1 without a gap, and a verdict. A
// row is a thing of the domain as ops left it. Rows travel in buckets: "cat", the
// catalogue, which all devices see, and "store/" and a store's id, which only that
// store's devices see. A cursor is the last position that a counter took in of a
// bucket. An epoch names one unbroken history of positions.
//
// # Forms
//
//	text       UTF-8; JSON as RFC 8259; a field that is not listed is ignored and, inside
//	           an op or row, kept, since their bytes are kept
//	time       a whole number, milliseconds since 1970-01-01T00:00Z
//	position, wseq, cursor   a whole number from 0 to 2^63-1; 0 is "before the first"
//	money      a whole number of won
//	hash       SHA-256, as 43 characters of base64url (RFC 4648 section 5) without
//	           padding; the decoder takes no other spelling. "no hash" is "" or absent
//	key        an Ed25519 public key (RFC 8032), 32 bytes as 43 characters of base64url
//	signature  Ed25519, 64 bytes as 86 characters of base64url
//	id         1 to 64 bytes of A-Z a-z 0-9 - _; made by who makes the thing, a UUID
//	           version 7 (RFC 9562) as a rule; other ids of rows are package payback's
//	absent     a field that may be absent means 0, "", false or the empty list
//
// # Order of calls
//
// A new PC: hello (to learn the server's key), enrol (once), then exchanges for
// good. An exchange is: push until nothing waits; pull the store's bucket until it
// is complete; if the catalogue is empty or old, ask for a snapshot; pull both
// buckets until they are complete. Between two replies of a pull or snapshot the
// counter pushes what was done meanwhile, so that a long pull never keeps a sale
// from the server. An exchange that brings nothing costs one request.
//
// Exchanges come every 15 s (60 s while pokes are heard), within a second of an act,
// and at once when a poke names a head that is not the cursor. After the n-th
// failure in a row a counter waits for 1 s and a time drawn evenly from the rest of
// 1 s · 2ⁿ, at most 5 minutes in all, unless the server said how long.
package syncproto
