// Package syncproto, chapter of bytes.
//
// # Bytes: an op
//
// The bytes of an op are one JSON object, at most 65,536 bytes (1,048,576 for an op
// of the server's), written once by its author and never re-encoded: they are
// stored, sent, hashed and relayed as they are.
//
//	{"v":1,"kind":"return","run":"0192…","wseq":7,"prev":"<hash>",
//	 "at":{…},"role":"clerk","by":"<pseudonym>","body":{…}}
//
//	v      version, from 1
//	kind   what was done, 1 to 64 bytes: package payback lists the kinds and their bodies
//	run    id of the run
//	wseq   number in the run, from 1
//	prev   hash of the bytes of op wseq-1; absent in the first op of a run and only there
//	after  in the first op of a run: {"run","wseq","hash"}, the last op of the device's
//	       previous run; absent if there was none. So a lost tail, a dropped run and two
//	       successors of one op show themselves
//	at     evidence of time, below
//	role   clerk, owner or device, as who was at the counter; a device that claims
//	       another is not believed
//	by     pseudonym of the person, at most 64 bytes, may be absent. No personal data
//	       stands in an op
//	body   an object as the kind wants it: the count of a title in the shop has
//	       {"isbn":"9788937473135","n":2,"id":"<id of this counting>"}
//
// The chain hash of an op is the SHA-256 of its bytes, which hold the hash of the op
// before.
//
// "at" is what the device knew of the time: w its wall clock, m its monotonic clock
// since the program's start (ms), b the name of the boot in which m can be compared,
// h its hybrid time [ms,count], o the last measured offset (server minus device,
// ms), a the age of that measurement (ms; absent: never measured), r its round trip
// (ms), s true if the wall clock was set since, u true if the program was started
// since, so that nobody saw whether it was set. Any numbers are accepted, and any may be
// absent: evidence that makes no sense gives a wide interval, never a refusal.
//
// # Bytes: a tip
//
// A tip {"run","wseq","hash","sig"} says how far a run got. The device signs
//
//	"bookpayback tip v1\n" run "\n" wseq "\n" hash
//
// wseq in decimal, hash in its 43 characters, no newline at the end. It covers every op
// of the run up to wseq and may be carried by anybody. The server stores the latest.
//
// # Bytes: a packet
//
// A push and the reply to a pull are packets: one zstd frame (RFC 8878) over frames. A
// frame is its length (4 bytes, big endian, not counting itself) and that many bytes.
// The first frame is the header, a JSON object. A packet has at most 8,388,608 bytes
// unpacked and 20,000 frames, the header among them, and no more nor fewer than its
// header names. The frame's window is at most 8 MiB (zstd's levels up to 19, without
// --long above 23): one with a larger window is refused as too large, however little it
// holds. Level and checksum are the writer's choice. Everything else travels as plain
// JSON. Content-Type is not looked at.
//
// In a push, header.ops frames are ops, and the rest, as many as header.attachments
// names, are attachments. In a pull's reply header.rows frames are rows. A row's frame is
// one line of JSON, "\n", and the row's bytes:
//
//	{"b":1,"t":"loan","k":"<id>","p":123}
//
//	b  index into the header's buckets     t  table
//	p  position of the last change         k  id of the row in the table
//
// No byte after the newline means that the row is not in the bucket any more. A
// counter keeps the bytes as sent, of tables that it does not know too.
//
// # Bytes: digest and chain of a bucket
//
// The digest of a bucket is the sum, modulo 2^256, of the hash of each of its rows,
// read as a number with the least significant byte first; a row's hash is the SHA-256 of
//
//	table "\x00" id "\x00" bytes
//
// Written, it is 32 bytes, least significant first, in 43 characters of base64url.
// The digest of no rows is 43 characters "A".
//
// The chain of a bucket at a position is, from 32 zero bytes on, for every op that
// touched the bucket, in the order of positions, the SHA-256 of
//
//	chain before (32 bytes)  position (8 bytes, big endian)  the op's chain hash (32 bytes)
//
// A counter does not compute chains: it returns the one that came with its cursor,
// and the server sees whether that cursor is of its history.
//
// # Bytes: requests and replies
//
// Every request of a device has the headers Bookpayback-Device (its id),
// Bookpayback-Nonce (16 fresh random bytes, 22 characters of base64url) and
// Bookpayback-Signature, the device's signature of
//
//	"bookpayback request v1\n" method "\n" path "\n" device "\n" nonce "\n" hash-of-body
//
// where path has its query, if any, and neither scheme nor host, and hash-of-body is the
// SHA-256 of the body as sent, of no bytes for no body, written as a hash. Every reply
// has Bookpayback-Signature, the server's signature of
//
//	"bookpayback reply v1\n" status "\n" path "\n" nonce-of-the-request "\n" hash-of-body
//
// with the status in decimal, over the body as sent (of a poke, whose body has no end,
// over no bytes). The path is the request's, with its query; the nonce is empty if the request
// had none, as hello's. No proxy may re-encode a body. A reply that does not verify under the
// server's key learnt at enrolment is no reply, whatever it says: nothing in it may
// be believed, and no op may be dropped for it.
//
// TLS 1.3 carries it all; http only on loopback. The server's certificate is checked
// against the system's roots, or against the CA whose fingerprint came with the
// enrolment code; its dates by the server's own time once that is known.
package syncproto
