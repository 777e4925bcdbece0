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
// A [Sabotage] is a fault in our own code, switched on to see that the checks
// would notice it. Nearly all are wrappings of the server's database or of the
// network, so that the programs need no switches for them.
package simtest
