// Package syncer exchanges ops with the server, whatever the network is like.
//
// One exchange (Step) sends everything that waits, in batches, then pulls until
// nothing is missing: the store's rows first, the catalogue in slices so that a
// clerk's act never waits for it. Run repeats that for as long as a face is open, at
// once when something was done here or the server says that something is new.
//
// Every request is signed by this device. A reply counts only if it carries the
// signature, under the key learnt at enrolment, of this very request's nonce,
// path, status and body. Whatever else comes back (the sign-in page of a Wi-Fi, a
// cut body, another server, an old reply played again) is no reply: nothing in it
// is believed, and the ops wait.
//
// # Errors
//
// All errors are faults. Their key, one of the Key constants, is the cause as a
// clerk should read it; the same key stands in db.SyncState.Cause. None of them
// ever drops an op:
//
//	unavailable   no network, no server, somebody else answered, a wrong clock
//	limited       asked to wait
//	unauthorized  not enrolled
//	forbidden     revoked, or this program is too old
//	conflict      already enrolled
//	invalid       an address or enrolment code that can't be right
//	internal      the server refused a message of ours, or sent one that makes no sense
package syncer
