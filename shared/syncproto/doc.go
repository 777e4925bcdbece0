// Package syncproto is what travels between a counter and the server, version 1.
// This comment is its specification; testdata/vectors holds worked examples and
// testdata/wire real messages that every later version must read.
//
// # Words
//
// An op is one immutable act. A run is one stretch of a program holding its data
// folder (or of a server process); it numbers its ops from 1 (wseq). The server
// gives each op of a district a position. Times are UTC milliseconds. Hashes are
// SHA-256, signatures Ed25519; both travel as unpadded base64url (43 and 86
// characters).
//
// # An op
//
// The bytes of an op are one JSON object, at most 64 KiB (1 MiB for an op of the
// server's), written once by its author and never re-encoded:
//
//	{"v":1,"kind":"return","run":"0192…","wseq":7,"prev":"<hash>",
//	 "at":{…},"role":"clerk","by":"<pseudonym>","body":{…}}
//
// "prev" is the hash of the bytes of the op before it in the run. The first op of
// a run has instead "after":{"run","wseq","hash"}, the last op of the device's
// previous run, or neither if there was none. So a lost tail, a dropped run or
// two successors of one op show themselves. "at" is the evidence of time
// (stamp.Evidence), "body" what package payback defines for the kind. Unknown
// fields are kept, since the bytes are kept.
//
// The chain hash of an op is the hash of its bytes. A tip says how far a run got:
// the device signs
//
//	"bookpayback tip v1\n" run "\n" wseq "\n" chain-hash
//
// which covers every op of the run up to wseq and may be carried by anybody.
//
// # A packet
//
// A push and the reply to a pull are packets: zstd over frames. A pull's request, a
// push's reply and everything else is JSON. A frame is a length (4 bytes,
// big endian) and that many bytes. The first frame is a JSON header. In a push
// the next header.ops frames are ops, then header.attachments frames follow. In a
// pull's reply each further frame is a row: a JSON line naming it, "\n", and the
// row's bytes; no bytes at all after the newline mean that the row has left the
// bucket. A packet is at most 8 MiB unpacked.
//
// # Requests and replies
//
// Every request of a device has the headers Bookpayback-Device, Bookpayback-Nonce
// (16 fresh random bytes, base64url) and Bookpayback-Signature: the device's
// signature of
//
//	"bookpayback request v1\n" method "\n" path "\n" device "\n" nonce "\n" hash-of-body
//
// A nonce that was used within the last minutes is refused; all requests may be
// repeated with a new one. Every reply has Bookpayback-Signature, the server's
// signature of
//
//	"bookpayback reply v1\n" status "\n" path "\n" nonce-of-the-request "\n" hash-of-body
//
// over the body as sent (of a poke, whose body has no end, over no bytes). A reply
// that does not verify under the server key learnt at enrolment is no reply,
// whatever it says: nothing in it may be believed.
// Errors are signed too; their body is a fault as JSON {"code","key","args"}.
//
// # Push: POST /v1/push
//
// One run's ops, rising by one from header.from. The server skips those it holds
// with the same hash and answers with their first verdict; another hash under a
// held number is a fork, a number beyond the next one a gap: the header of the
// reply says so and nothing is lost. Acked says up to which wseq everything is
// durable; each op up to there has a verdict. 401, 403 and 426 never mean that an
// op may be dropped.
//
// Archived, here and in a pull's reply (there as a position), says what is inside a
// verified backup. Until then a counter keeps an op, its attachments and its answer.
//
// # Epochs
//
// An epoch names one unbroken history of positions. A server that was restored from
// a backup begins a new one where the backup ends, and every reply says so. The
// counter then forgets the positions of its ops that are not archived and sends them
// again, the same bytes under the same run and wseq. Since the backup may be older
// than the newest one that it was told of, it also sends the last op of each of its
// newest runs: a gap in the answer says what the server lacks besides. All of it may
// be repeated; what the server has gets its first verdict. A cursor of the epoch
// before gets a fresh bucket.
//
// # Pull: POST /v1/pull
//
// The counter names its buckets with the cursor and chain that it has of each.
// The server answers with the rows that changed after the cursor, each as it is
// now, in rising position. A reply covers a bucket up to its To; when To is its
// Head the bucket is complete and Digest is the sum, modulo 2^256 and little
// endian, of the hashes of table "\x00" id "\x00" bytes of all its rows. The
// counter computes its own; a difference means that rows must be fetched again,
// and is never adopted.
//
// People are not rows: names (masked) and last four digits of those whose
// requests or loans are in the reply come beside them in its header, in no chain
// and no digest, and are dropped when nothing of theirs is open any more.
//
// # Poke: GET /v1/poke
//
// Server-sent events whose data are bucket heads: {"store/s01":123}; the first names
// all that the device may pull, a later one those that moved. They carry nothing
// else. A comment follows at least every 25 s; a counter that hears nothing for 45 s
// counts the stream as dead. A head that is not the counter's cursor means: pull.
// Polling is the safety net: every 15 s, or every 60 s while pokes are heard.
//
// # Versions
//
// A version is a whole number in every header ("v"). A program reads its own and
// the two before it. A server that cannot read a header answers 426 with its own
// range; the counter keeps all ops.
package syncproto
