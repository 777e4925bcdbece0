// Package portal is the residents' site: find a title, see whether it can be had
// and where, ask for it or stand in line, and know at any time what comes next.
//
// One page is one use case. Whether something is possible is asked of package
// query, what is done goes through the ledger; no page decides.
//
//	/                     search
//	/titles/{isbn}        one title: stores, limits and money before the form
//	/my, /my/{id}         what I have, and one of them
//	/my/{id}/store        name another store
//	/waits/{id}           a place in line, or the offer that came of it
//	/notices              the texts that were sent to me
//	/sign-in              library card, then the code that comes by text
package portal
