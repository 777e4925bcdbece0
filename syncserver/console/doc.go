// Package console is the site of everybody who works for the programme and has no
// counter: officers at head office and librarians.
//
//	/console/               Monday: what needs somebody, in eight numbers
//	/console/cases          what must be decided, oldest first
//	/console/requests       all requests
//	/console/pcs            the stores' PCs, worst first; codes for new ones
//	/console/boxes          transfers
//	/console/texts          texts that could not be sent
//	/console/accounts       who signs in here
//	/console/stats          statistics (package report)
//	/console/intake         a library's boxes; one on the desk, scanned in
//	/console/shelve         copies that were taken in, on their way to the shelf
//
// An officer sees all of it; a librarian the last two, of their own library. An
// intake is a librarian's act, so an officer only looks. Who came by is checked at
// every request against the account as it is then.
package console
