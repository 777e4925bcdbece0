// Package api is the server's HTTP for devices, as package syncproto specifies
// it, and for those who watch over the server.
//
//	GET  /v1/hello   anybody            who the server is, its clock, key and versions
//	POST /v1/enrol   a code, new key    a PC becomes a device of a store
//	POST /v1/push    a device           ops in
//	POST /v1/pull    a device           rows out
//	POST /v1/snapshot       a device    what a snapshot of the catalogue is made of
//	GET  /v1/snapshot/{id}  a device    a stretch of its bytes, at most 1 MiB
//	GET  /v1/update         a device    the signed manifest of a newer program
//	GET  /v1/update/{name}  a device    a stretch of its bytes, at most 1 MiB
//	GET  /v1/poke    a device           heads of its buckets, as they move
//	GET  /healthz    anybody            the process answers
//	GET  /readyz     anybody            the database answers
//	GET  /metrics    loopback and Options.MetricsFrom
//
// # Who asks
//
// A device is found by its header, its row says which store it is of and which
// key must have signed; nothing in a body widens that. A request passes, in this
// order: the limit of its address, the size of its body, a known device, the
// signature, a device that is not revoked, the device's limit, a fresh nonce.
//
// # Replies
//
// Every reply under /v1/ is signed with the server's key, errors too; their body
// is a fault as JSON. The signature of a poke's reply, a stream without end, is
// over no body and vouches for its beginning. Statuses are those of package
// fault, and besides
//
//	413  the packet, or an op in it, is larger than the protocol's limit: send less
//	426  the server does not read this version; args Oldest and Newest say which
//
// 401, 403, 409, 413, 426 and 429 never mean that an op may be dropped. A
// conflict with the key sync.nonce_used wants the same request with a new nonce.
//
// # Limits
//
// A device may send 20 requests a second, 200 at once, with 4 MiB of bodies a
// second, 32 MiB at once, and hold two pokes. An address may try 30 enrolments an
// hour, and send 60 requests a minute, 120 at once, that no device signed. Limits and nonces are counted in this process and
// by its monotonic clock; after a restart a nonce of before would pass again,
// which costs nothing: a push merges and a pull only reads.
package api
