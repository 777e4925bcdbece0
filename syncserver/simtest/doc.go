// Package simtest runs counters and a ledger together in one thread, under
// simulated time, over simulated networks and disks, and tries to make them lose,
// double or confuse something.
//
// One seed decides everything: who does what, when, what the network loses, when
// the power goes, which disk is restored or copied. The same seed gives the same
// trace. Each phase of a run has people's acts and faults; then the faults end and
// all must agree within ten simulated minutes, and code that knows nothing of how
// the engines work compares what each counter was told with what the ledger has
// (check.go).
//
// The invariants, by the numbers that violations name. I1: nothing that was said to be
// done or acknowledged is lost, unless listed. I2: each act takes effect once. I3: rows
// and digests are the same everywhere and what the ops make. I4: money balances, one
// refund a loan, each other payment an incident with a case. I5: no slot beyond a cap
// without a case. I6: no other store's rows. I7: runs without gaps, chained. I8: what a
// pull brings is all there is. I9: every op has a verdict. I10: no person's name, phone
// or card where it must not be. I12: all agree ten minutes after the faults end. I11, an
// audit log with outside witnesses, is not in the design: what counters keep of the
// server's history, signed, is its witness, and I1 checks it after a restore. Besides:
// 4.1 no fact is refused, 4.3 nothing vanishes from a screen, 4.9 an op's interval holds
// its true time and doubt favours the resident.
//
// A counter's whole data folder is on its disk, the journal too, and is opened as a
// face does: compared, mended and put aside at each start. A crash may spoil the file,
// its log or the journal besides, but not two of them, and then nothing may be missing.
//
// A [Sabotage] is a fault in our own code, switched on to see that the checks
// would notice it. Nearly all are wrappings of the server's database or of the
// network, so that the programs need no switches for them.
package simtest
