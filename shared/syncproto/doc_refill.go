// Package syncproto, chapter of witnesses and refills.
//
// # Witnesses
//
// A counter keeps the server's own record of what touched its buckets, so that a
// server restored from a backup gets it back, with the answers that were given. A
// pull says refills (true) and, with each bucket, witness: the highest "to" of the
// sections that it holds of that bucket and this epoch, 0 for none. The reply's
// sections say epoch, bucket, from (exclusive) and to (inclusive) as positions, and
// sig; their bytes are as many frames after the rows, in the same order (rows counts
// rows alone). A section covers what follows both witness and archived; it may end
// before the bucket's head, and the next pull goes on. It is at most 512 KiB unless
// one batch of the server's is larger. It may be empty. sig is the server's signature of
//
//	"bookpayback witness v1\n" epoch "\n" bucket "\n" from "\n" to "\n" hash of the bytes
//
// with from and to in decimal. A section whose sig does not verify makes the reply no
// reply. The bytes are frames as in a packet (length in 4 bytes, big endian). Each is
// one line of JSON, [Entry], "\n", and the op's bytes:
//
//	p, f        position; where a held op got its last verdict (absent: at p)
//	run, n      its run and wseq
//	h           hash of the op's bytes, where these are left out: of the asking
//	            device's own ops, which it holds itself; unless the pull says whole,
//	            as after its disk was set back
//	lo, hi, at  interval of the act, and when the server had it (times)
//	d, s, card  device (absent: the server's own), store, whose card was attached (a pseudonym)
//	v, r, w, c  verdict, reason, winner, case, as in the answer to a push
//
// One op may be in several sections; the one with the highest f counts. The store's
// sections have all ops of its devices and those of the server's that touched its
// bucket, with the codes that its devices were enrolled by, but for imports with another
// store's rows; the catalogue's have ops of the
// server's of at most 16 KiB. What is in neither, such as an import of titles, is not
// witnessed. The counter keeps a section as it came. It lets go of the oldest that are
// archived when they take much room: a server may be restored from an older backup
// than its newest.
//
// # Calls: POST /v1/refill
//
// hello's restores lists the histories that ended with a restore (before: the epoch,
// position: up to where the backup went), and hello's open is true while the server
// waits for its counters. While it does, pushes, pulls and snapshots are answered with
// status 503 and the fault key sync.refilling, signed; nothing may be dropped for it.
// Afterwards the same answer goes to a device that says refills and names another epoch
// than the server's, until it has been refilled by that device. (A device that answers
// 401 with the key sync.device_unknown may have joined after the backup: it looks at
// hello's restores, too.)
//
// The counter then sends packets with the header [Refill]: v, epoch (hello's), before
// (its own), cursor (the highest position of that it was told of), sections (at most
// 200, of other epochs than hello's, header as they came), ops, done. The frames are the
// sections' bytes, then so many ops: the bytes of its own that the sections only name.
// Then, of each of answers (at most 50: nonce, sig, ops, attachments), the body of a
// reply to a push as it came, so many of the ops that it acknowledged, the last of them
// the acked one, and their attachments. A counter keeps replies until sections cover what
// they say or it is archived, and brings those of other epochs: the reply's run,
// device, store and hash (of the acked op), under its signature, prove the verdicts.
// Reply, as JSON, [RefillReply]: v, epoch, taken (sections that verified), open. If epoch
// is not the server's, the refusal is 409 with key sync.refill_epoch: ask hello again.
// What comes when open is false is taken too.
// Everything may be sent twice and in any order, also by a device that is not known; of
// a known one no section of another store is taken.
// When nothing is left the counter sends a packet with done and no sections; if the
// answer says open, it asks again some seconds later, otherwise it goes on as always.
//
// The server ends its waiting when every device that was seen in the week before the
// backup is done, or after two minutes. It runs the ops in the order of their old
// positions, known histories before unknown ones, with time, run and wseq as they
// were, and new positions. Of its own runs some ops may be missing for good. An op that it
// would answer otherwise now, since what it depended on is lost, keeps the answer that
// was told and changes rows only if it stands
// by both (applied or case), or can by what it says itself: a request brings the bare row
// of its resident, whose own is in no bucket; a sale is made without its request and
// waits for a case; a payment for which nothing is due is an incident. A person decides. What comes later is done the
// same way then. Positions up to the highest that any counter was told of which nobody
// brought the op are listed as lost. Then the counters push as after any new epoch: what
// the server has gets the answer it was given.
package syncproto
