// Package paper is what both programs put on paper: sheets made of a few kinds of
// blocks, drawn as PDF with Korean text and bar codes that scan. A printer of slips
// draws the same blocks in its own way (client/print).
//
// What a sheet says comes in by parameter, already in the reader's language. Nothing
// here reads a clock: the same sheet gives the same bytes.
package paper
