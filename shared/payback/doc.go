// Package payback is the domain: what a district, its stores, libraries and
// residents can do with one another, as pure functions over values.
//
// A resident asks for a title at a store (Request). The store sets a copy aside
// and sells it (Loan). The copy comes back in time and in order, the price is
// refunded (Refund), the copy travels to a library (Transfer) and the district
// owes the store (Line). Every change is an Op. Both programs hand the same op
// and the same rows to Apply and get the same answer: the server with every row
// in sight, a counter with its own store's rows (the rest is NotVisible, and the
// answer provisional).
//
// The walk through the files follows the copy: requests.go, answers.go,
// waiting.go, sales.go, returns.go, refunds.go, transfers.go, intake.go,
// settlement.go; then stock.go, catalogue.go, people.go, cases.go for what stands beside it. op.go names the
// kinds, rows.go the rows, policy.go the numbers, apply.go the machine, touches.go
// what each kind touches, conflicts.go what happens when two acts meet,
// invariants.go what is true after any history.
//
// The package does no I/O, reads no clock and no chance and holds no SQL: times,
// zone and ids come in from the caller.
package payback
