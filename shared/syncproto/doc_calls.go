// Package syncproto, chapter of calls.
//
// # Calls: refusals
//
// A reply with another status than 200 (206 for a snapshot's bytes) has as its body
// {"code","key","args"}: code is one of those below, key names a sentence for people
// ("sync.nonce_used"), args are its values, texts, absent if it has none. A counter
// goes by the status, and by the keys that these chapters name. No refusal drops an op.
//
//	400 invalid       a request that can't be: report a fault. Key sync.broken_chain: see
//	                  push, fork
//	401 unauthorized  unknown or revoked device, or a wrong signature: keep everything,
//	                  tell the clerk, ask again at the usual rhythm
//	403 forbidden     another store's bucket
//	404 not_found     no such path or method (sync.no_such_path: an older server) or
//	                  thing: do without
//	409 conflict      key sync.nonce_used: the same again with a new nonce, at once; other
//	                  keys: see enrol and refill, never at once
//	413 invalid or    packet, op (args Wseq) or number of ops or attachments too large:
//	    limited       half as many ops; one alone: report it
//	426 forbidden     the server does not read this version, args Oldest and Newest: keep
//	                  everything, say that the program must be updated
//	429 limited       args Seconds (header Retry-After too): the same after that time
//	500 internal, 503 unavailable   later, with waits that grow
//	no reply          offline, server down, portal, cut: the same later
//
// A device may send 20 requests a second, 200 at once, with bodies of 4 MiB a second,
// 32 MiB at once. All requests may be repeated: a push merges, a pull only reads. A nonce is remembered for ten minutes.
//
// # Calls: GET /v1/hello
//
// Anybody may ask, without headers. The reply is [Hello]: v the newest and oldest
// the oldest version that the server reads, server its program's version, now, key,
// epoch, district (its name). While no key is pinned the reply must verify under the
// key that it names.
//
// # Calls: POST /v1/enrol
//
// An enrolment code is groups of four characters of Crockford's base 32 with
// hyphens, as a person types it: any case, O as 0, I and L as 1, hyphens and spaces
// ignored. The first three groups (60 bits) are the secret, good once and for a
// limited time. Four more (80 bits), if present, are the first ten bytes of the
// SHA-256 of the server's own CA certificate (DER). The server keeps the hash of the
// first three groups in capitals with their hyphens ("7K3M-Q2ZX-0F1A"). What has not
// 12 or 28 characters of the alphabet (0-9 and A-Z without I, L, O, U) is no code, and is
// not sent. A server takes a code with or without the four groups.
//
// The PC makes its key and device id first, and signs with that key. Body
// [EnrolRequest]: v, code, device (its id, as in the header), public_key, label (at
// most 100 bytes, may be absent). Reply [EnrolReply]: district, store, label,
// server_key (pin it), card_key (32 bytes in base64 with padding: tags cards for
// this store), box_key (X25519, seals cards to the district), epoch, demo. A lost reply
// is asked for again with the same device, key and code. Refusals: 404 with key
// payback.code_unknown; 409 with key payback.code_used (by another device) or
// payback.code_expired: another code is needed; 409 with key payback.device_known: the
// device id has another key, make a new one.
//
// # Calls: POST /v1/push
//
// One run's ops, rising by one from header.from; at most 1,000 ops and 100
// attachments. Header [Push]: v, epoch (as last heard), run, from (wseq of the first
// op), ops (how many frames are ops), tip (of the last op sent, no other),
// attachments (ids), status, clock. The runs of a device are pushed in their order.
//
// Clock is {"o","r"}: the offset (ms, server minus device) and round trip (ms, at least
// 1) that the counter has measured since its program's start and since its clock was
// last set; absent if it measured none. A counter that has none asks /v1/hello before
// it pushes. The server compares it with the offset by which each op marked "u" was
// dated: where they differ by more than half of both round trips, 500 ppm of the time
// since the older measurement and 2 s, the clock was set while the program was off,
// and the op gets everything from the writer's op before to its receipt as its
// interval; where they agree, its interval holds the answers by both offsets. Without a clock
// an op marked "u" gets that whole interval too.
//
// An attachment is the number of a card shown at a walk-in sale, upper case, letters
// and digits alone, sealed to box_key as NaCl's anonymous box (libsodium's
// crypto_box_seal), at most 1,024 bytes; the op names its id in its body. It is
// not part of any hash, and is deleted once it has been joined.
//
// The server skips ops that it holds with the same hash and answers with their present
// verdict. Reply, as JSON, [PushReply]:
//
//	v, epoch        now: when they differ from the counter's, see Epochs
//	received, now   when the request came and when it was answered: with the times of
//	                sending and getting they give the clock's offset
//	acked           every op of the run up to here is durable on the server (0 if no op
//	                was sent)
//	archived        every op up to here is in a verified backup: until then a counter
//	                keeps an op, its attachments and the answer
//	verdicts        of each op sent up to acked: wseq, position, verdict, reason, winner
//	                {"kind","run","wseq","at"}, case, first (the op's own position, where
//	                it was held and position is its answer's)
//	gap             the wseq that the server needs next: nothing of the push was taken,
//	                send from there
//	run, device, store, hash   whose ops these are, and the hash of the op acked: see
//	                the chapter of refills. Absent if the push has no verdicts
//	fork            the first wseq of those sent that it holds with another hash: another
//	                disk went on with this run. Nothing from there on is taken, and the
//	                counter begins a new run after the op before it and writes those ops
//	                into it once more, body, person and evidence of time as they were
//
// An op is the counter's own on the server only if it was sent and has a verdict: with
// fork, acked may count the other disk's ops (older servers even to the end of the run),
// so a counter takes less than fork as acknowledged, and of that what has a verdict. If
// fork is the first op sent, the two may have parted earlier: the counter pushes again
// from an earlier op that it keeps, until one before the fork has a verdict or fork is 1.
//
// The server compares prev with the op before, of the same push or held: if it differs,
// or an op names another run or wseq, the push is refused with 400, key
// sync.broken_chain and args Wseq, and nothing is taken. Where Wseq is the first op
// sent, the run parted before it: the counter pushes from an earlier op, and the answer
// says fork. A tip that is not the last op's, or not signed by the author, is refused
// with 400, key sync.bad_tip. An op that can't be read, has no prev where it must or has
// one in the first place, is quarantined (unreadable), and the next op's prev is the
// hash of its bytes all the same.
//
// A revoked device's push is answered like any other: its ops are acknowledged and
// quarantined with the reason device_revoked, none is done, and an officer decides of
// each. Its other calls are refused with 401, and no refusal makes it drop an op.
//
// Verdicts: applied; duplicate (the same act was told before, see winner); rejected
// (a rule or winner stands against it, see reason); case (it stands, and a person
// decides what follows); held (it waits for what must come first); quarantined (it
// can't be read: unreadable, not_at_counter, poison, or unknown_kind, which a newer
// server does later; device_revoked). An officer may have a quarantined or held op done
// as it is, done as rewritten, or struck: then it is rejected with the reason voided, and
// its winner is the officer's op, of the kind mend. Only held and quarantined change
// later; the verdict's row in the store's bucket (table verdict, id run "/" wseq)
// then says so, at a later position. An op is acknowledged whatever its verdict, and
// stops no other.
//
// [Status] is what the counter says of itself: program, face, waiting (ops), oldest
// (time), free_mb. No personal data.
//
// # Calls: POST /v1/pull
//
// Body, as JSON, [Pull]: v, epoch, schema (number of the counter's tables), buckets
// (1 to 4: name, cursor, chain as they came with the last reply, cursor 0 without chain),
// max_rows (0 to 10,000; 0 = as the server likes), status. Reply: a packet with the header
// [PullReply]: v, epoch, received, now, rows, people, archived (a position: ops up to it
// are in a verified backup), and buckets, in the order asked, with for each
//
//	name, from, to   the reply has the rows that changed in (from, to], each as it is now,
//	                 in rising position; the next cursor is to
//	head             last position that touched the bucket; to = head: it is complete
//	chain            at to
//	digest           of all rows, if to = head; otherwise it is that of no rows and says
//	                 nothing
//	fresh            the cursor was none of this history: rows that the new fetch, from 0
//	                 up to head, does not bring are to be dropped
//
// Positions are not split: all rows of one come in one reply, though they be more than
// max_rows. The buckets are filled in the order asked; what is left out comes by the next
// pull. With fresh, from is 0; a cursor above 0 without its chain is none of this history.
// A counter applies a bucket's rows, cursor and digest in one transaction, or rows first
// and the cursor last; taking a reply in twice must change nothing. When a bucket is
// complete, its digest, computed by the counter over the rows it holds, must be the
// reply's. If not, the bucket is fetched from cursor 0 once, and reported. It is never
// adopted.
//
// An op of the counter's own leaves its overlay when the store's cursor passes the
// position of its acknowledgement, not before.
//
// runs in the reply: of the asking device the last op that the server holds of the run
// that it was written to last (run, wseq, hash); absent before the device's first op. A
// counter that has less of that run, or does not know it, was set back to an older
// state or has a twin: it ends the run it writes to and begins another after the last op
// that it has. What it lost comes back as rows.
//
// # Calls: lineage
//
// A run's first op names the op before it (see the chapter of bytes). The server
// takes a run that does not follow all the same, and opens one case of the kind lineage
// for the device, with one of these reasons:
//
//	lineage_cloned    two ops under one number; two runs that follow one op; or runs that
//	                  part at an older one and are written to in turn
//	lineage_restored  the run follows an older op than the device's last, or none though the
//	                  device has some
//	lineage_lost      the run before it has ops that never came
//	lineage_dropped   the run before it never came
//
// While that case is open the device's row has its id in frozen: the counter pays no
// refund then, and is granted no right to. It ends by a person's decision, or by itself
// when the missing ops of a lost or dropped run have come.
//
// # Calls: people
//
// Names and numbers are not rows. Masked name and last four digits of those whose
// requests or loans are open come beside the rows of a pull, in no chain and no
// digest: [Person] resident (pseudonym), name, last4. A counter drops them when nothing
// of theirs is open any more. An open request has a card_tag: the first 16 bytes, in
// base64url, of HMAC-SHA256 under card_key of the length of "card" (4 bytes, big endian),
// "card", and the card's number in its normal form, as for attachments.
//
// # Calls: GET /v1/poke
//
// Server-sent events (WHATWG HTML) whose data are bucket heads: {"store/s01":123};
// the first names all that the device may pull, a later one those that moved. They
// carry nothing else. A comment follows at least every 25 s; a counter that hears
// nothing for 45 s counts the stream as dead. A head that is not the counter's
// cursor means: pull. A device may hold two. Polling is the safety net: every 15 s,
// or every 60 s while pokes are heard.
package syncproto
