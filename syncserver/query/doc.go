// Package query answers what the sites ask of the ledger: can this title be had,
// what comes next with my request, what needs an officer this morning, whose box
// does this copy belong in.
//
// It holds no rule. Whether something may be done is found by trying: the very
// reducer that will decide (payback.Apply) is run over the rows of one moment and
// its changes are thrown away. So a page never promises what the ledger refuses,
// but for what others do in between.
package query
