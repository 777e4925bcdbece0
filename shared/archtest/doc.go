// Package archtest holds the code to the plan of the house: the import map in map.txt,
// which gives each arrow between our packages and the reason why there are no more, and
// the habits that keep the domain replayable and the tree readable.
//
// The habits: clock, chance and environment are read in the mains alone; no init
// functions; SQL only beside its schema; no build tag but cgo and the operating system;
// every package and every exported name has a comment.
//
// Source files are parsed, not compiled, so that files of every operating system and of
// both builds of the counter are seen at once.
package archtest
