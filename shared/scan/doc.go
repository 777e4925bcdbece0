// Package scan turns what a bar code scanner, a keyboard or the clipboard delivers into classified codes.
//
// It has two halves. A [Collector] takes keystrokes with their times and gives whole bursts; [Split] does the same for a
// text that is there at once. [Classify] says what one burst is. The package is pure: times come in as milliseconds of any
// steady clock, and nothing is looked up. Nothing typed or scanned is ever dropped: what makes no sense comes out as Damaged
// or Unknown with a message key that says why.
//
// # Which digits mean what
//
// After control characters, AIM prefixes (]E0), full-width forms, separators and a Hangul keyboard are undone, digits are
// told apart by their number:
//
//	3-4       Number: a pick-up number, typed
//	5         Damaged: an add-on code without its ISBN
//	8-14      Member: a library's own card, a candidate only, since such cards have no check digit known to us; but
//	  10      Book when it is a right ISBN-10 (Number keeps the digits, for a card that looks like one by chance)
//	  13      Book when it is a right EAN-13 of 978 or 979; NotBook for 977, 979-0 and 880
//	  10-14   Damaged when it begins with 978 or 979 and is none of these: a bar code read in part
//	15, 18    as 13 with the add-on of a magazine (2) or a book (5)
//	16        one of our own labels
//	26 and up several of the codes with a check digit, the Enter between them lost: Split separates them
//
// # Our own labels
//
// A label is a Code 128 of exactly 16 digits, so that no keyboard layout can change it:
//
//	0 K NNNNNNNNNNNNN C
//
// K is the kind: 5 request, 6 box, 7 copy, 8 slip, 9 member. N is the number with leading zeros, 1 to MaxNumber. C is the
// check digit by Luhn's rule (mod 10) over the fifteen before it, which finds every single wrong digit and every swap of
// neighbours but 0 and 9. The length keeps labels apart from every EAN (8, 13, 15, 18), UPC (12), ITF (14), ISBN-10 and
// library card. 04 to 09 begin no GS1-128 data (GS1 General Specifications 22, figure 7.8.2-1, has no such identifiers; 01 and 02
// with a carton's number also make 16 digits), and no payment card begins with 0.
package scan
