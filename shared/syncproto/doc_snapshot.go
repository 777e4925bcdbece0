// Package syncproto, chapter of snapshots.
//
// # Snapshots
//
// A counter whose catalogue is empty, or that had no complete pull for 14 days, has
// its store's bucket pulled first and then asks for a snapshot: the catalogue at one
// position, resumable at any byte. Only the catalogue has one.
//
// POST /v1/snapshot, body as JSON [SnapshotAsk]: v, epoch, schema, bucket, cursor,
// chain. The reply is the manifest, [Snapshot]:
//
//	v, epoch, bucket
//	id        1 to 64 characters of base64url, names the bytes: the same id, the same bytes
//	position  of the snapshot; chain and digest are the bucket's there
//	rows      how many
//	size      bytes in all; sha256 is their hash
//	pieces    in their order: size (bytes), rows, sha256
//
// 404 with key sync.no_snapshot: fewer than 10,000 rows are missing, or this server
// makes none: pull. An older server answers 404 with another key: pull, too. While it
// is made the reply waits, some seconds for 100,000 titles.
//
// A piece is a packet with the header {"v":1,"piece":n}, n from 0, and rows of bucket
// 0; its rows' frames have at most 1 MiB, unless one row alone is longer. The pieces
// follow one another without anything between: their bytes are a zstd stream too.
// Rows come in the order of a pull, none that has left.
//
// GET /v1/snapshot/{id} with the header Range: bytes=from-to (RFC 9110; one range,
// with a beginning; to may be absent) answers 206 with Content-Range and at most 1
// MiB from there, so Content-Range may end earlier than was asked. 404: the server has
// that snapshot no more: ask for a manifest again; the same id means that what is
// here is good. 400: the range begins at or beyond the end.
//
// The manifest is signed and proves the bytes, whoever brought them: what came of a reply
// that was cut is kept, and the next request begins behind it. A piece is used when its
// hash is the manifest's; one that is not is fetched again alone, three times, then
// the counter drops the snapshot and pulls. The rows of a piece may be taken in
// before the next has come, in transactions as short as the counter likes, with a
// note of how many pieces are taken in; taking one in twice changes nothing.
//
// At the end rows that the snapshot did not bring are dropped, the digest over the
// rows held must be the manifest's (never adopted; if not, pull from 0), cursor and
// chain are set to the manifest's, and the tail comes by pull. Between two requests
// the counter pushes and pulls its store's bucket. Its own ops stay on top all the
// while.
//
// # Carried ops
//
// A push may be carried for another device of the same district: header.author (an
// id, at most 64 characters) names the device whose ops these are. The request is
// signed by the carrier, the tip by the author; the store and the rights of the ops
// are those of the author's row, never the carrier's, and the attachments are the
// author's. The answer is the same, and so is that to a later push of the same ops by
// the author itself: the first verdicts. header.status is ignored. An author that is
// not known is refused with 403 (sync.author_unknown); what one wrote whose enrolment
// was revoked is answered as if that device sent it (quarantined, device_revoked).
// Servers before that refused it with 403 (sync.author_revoked).
//
// A file carries ops by USB stick or mail. It begins with the 21 bytes
// "bookpayback carry v1\n"; then come parts: a length (4 bytes, big endian), the
// SHA-256 of the part (32 bytes) and the part. The first part is JSON:
//
//	{"v":1,"district":"seocho","device":"<author>","public_key":"<Ed25519, base64url>",
//	 "made":1795410000000,"packets":2,"ops":1004}
//
// made is UTC ms by the author. Each of the "packets" parts after it is the body of a
// push (a packet, with author, at most 1,000 ops of one run and its signed tip), in
// the order in which they must be sent. A part whose hash does not fit is left out
// and the others count. A file is at most 64 MiB. testdata/vectors/carry.json is one.
package syncproto
