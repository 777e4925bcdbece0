// Package ledger orders the ops of a district, decides their verdicts, feeds
// counters and answers questions about the rows, over any database.
//
// The path of an op: Push or Act (who brings it) → batch (one transaction: order,
// merge, load) → fold (one op over the rows) → the batch writes ops, rows, bucket
// chains and digests, messages. Pull is the way back.
package ledger
