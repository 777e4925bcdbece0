// Package vault keeps people, each under a key of their own, and says who signs
// in.
//
// A resident's name, phone and card number are sealed under the resident's key,
// which is wrapped under the server's master key; dropping the row erases the
// person, in backups too once the master key is renewed. Everybody else knows a
// pseudonym. A card number is found by a keyed tag: one kind for the server, one
// for each store, so that a store's list of tags tells another store nothing.
//
//	who                 signs in with                       stays
//	resident            library card + code by text         15 minutes idle, 12 hours at most
//	officer, librarian  name + password (argon2id)          30 minutes idle, 8 hours at most
//	first officer,      a set-up link that works once       24 hours (invited: 7 days)
//	invited librarian
//
// Answers to unknown cards and names are the same as to known ones. Limits are
// counted in this process: a server of several processes multiplies them.
package vault
