// Package keys signs, seals and locks: the keys of devices, servers and
// persons, and where they are kept.
//
//	who           what for                                   how
//	device,server requests, tips of a run, acknowledgements  Ed25519 ([Key])
//	district      card numbers of walk-ins, to it alone      sealed box ([BoxKey])
//	person        names and phones, erased with the key      XChaCha20-Poly1305 ([PersonKey])
//	server        the persons' keys, tags of card numbers    wrapped under a [MasterKey]
//	people        passwords and PINs                         argon2id ([HashPassword])
//
// Chance comes in as an io.Reader, crypto/rand.Reader in the mains. Secrets
// print as their fingerprint or as a dot in every format verb.
//
// What a signature is about must be part of the message (a purpose in front);
// this package signs the bytes that it is given.
package keys
