// Package update replaces the counter's program by a newer one of its own server, and
// puts the old one back if the new one can't open the data folder. It knows nothing of
// what is in that folder and never touches it: the outbox is not its to lose.
//
// Beside a program NAME lie, while they are needed:
//
//	NAME.part      what has come of a newer one; a later start goes on with it
//	NAME.new       a newer one, whole, and NAME.new.json, its signed manifest
//	NAME.trial     it was put in place and has not opened the data folder yet: how often it tried
//	NAME.old       the program before
//	NAME.refused   the version that was rolled back: it is not fetched again
//
// The order of an installation: the old program is kept under its second name, the
// marker is on disk, then one rename puts the new one in place. A crash at any point
// leaves a program that starts. (On Windows a program that runs can't be replaced, only
// renamed: there, between two renames, only NAME.old is there.)
package update
